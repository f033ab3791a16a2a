"""`rules test`: every case's household decided under the firm's policy, with what the case gives put in, and compared."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path

from flows.crew import crew
from flows.deliveries import find_day
from flows.expectations import failures
from flows.ingest import ingest
from flows.progress import clock_of_this_run
from flows.propose import Question, decide
from flows.questions import questions_of
from flows.rebalance import SOLVE_SECONDS, read_policy
from flows.settings import demand_firm, unusable, warehouse_of
from rules.cases import Given
from rules.checking import shown_path
from rules.facts import read_facts
from rules.policy import PlacedRule, Policy
from rules.read_cases import PlacedCase, case_files, read_cases, unknown_in
from rules.tax import TaxYear, load_tax_year
from validation.findings import Finding, Place, in_order
from validation.gate import gate
from validation.household import Cash, Household

FOLDER = "cases"
STALE = "stale-price"


@dataclass(frozen=True, slots=True)
class Tried:
    """One case that was decided. `failures` is empty where everything came as expected."""

    household_id: str
    sentence: str
    place: Place
    failures: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """All cases of the paths that were named. `findings` are those of cases that could not be tried; places are as a person in
    the working folder would type them."""

    tried: tuple[Tried, ...]
    findings: tuple[Finding, ...]
    files: int

    @property
    def told(self) -> list[Finding]:
        """Bad cases first, then what failed, by place."""
        return [*self.findings, *in_order(each for one in self.tried for each in one.failures)]


@dataclass(frozen=True, slots=True)
class Trial:
    """A case with the policy and the household that it gives."""

    placed: PlacedCase
    policy: Policy
    question: Question


def try_cases(paths: Sequence[Path], as_of: date | None = None, warehouse: Path | None = None, workers: int | None = None) -> Report:
    """Try the cases of firms' folders, folders of cases, or files of them. Raises FirmUnusable where there is none, or where a
    firm's policy or data cannot be used."""
    by_firm: dict[Path, list[Path]] = {}
    for path in paths:
        if not path.exists():
            raise unusable("no-such-path", f"`{path}` does not exist", "name a firm's folder, its cases/, or a file in it")
        firm = firm_of(path)
        place = path.resolve()
        found = case_files(place / FOLDER if place == firm else place)
        if not found:
            raise unusable("nothing-to-check", f"`{path}` holds no cases", "cases stand in <firm>/cases/*.yaml")
        by_firm[firm] = [*dict.fromkeys([*by_firm.get(firm, ()), *found])]
    reports = [_try_firm(firm, files, as_of, warehouse, workers) for firm, files in by_firm.items()]
    return Report(
        tuple(each for report in reports for each in report.tried),
        tuple(each for report in reports for each in report.findings),
        sum(report.files for report in reports),
    )


def firm_of(path: Path) -> Path:
    """The firm's folder that a path is or lies in; raises FirmUnusable where there is none."""
    place = path.resolve()
    for folder in (place, *place.parents):
        if (folder / "policy").is_dir() and (folder / "extracts").is_dir():
            return folder
    raise unusable("missing-firm", f"`{path}` lies in no firm's folder", "cases stand in <firm>/cases/*.yaml, beside policy/ and extracts/")


def _try_firm(firm: Path, files: Sequence[Path], as_of: date | None, warehouse: Path | None, workers: int | None) -> Report:
    clock = clock_of_this_run()
    demand_firm(firm)
    day, _ = find_day(firm, as_of)
    with clock.stage("policy"):
        policy, remarks = read_policy(firm, day)
        reading, facts, tax_year = read_cases(files, firm), read_facts(firm, day), load_tax_year(day.year)
    unknown = {id(placed): list(unknown_in(placed, facts, policy.rules)) for placed in reading.cases}
    good = [placed for placed in reading.cases if not unknown[id(placed)]]
    tried: list[Tried] = []
    if good:
        with clock.stage("ingest"):
            landed = ingest(firm, as_of, warehouse_of(firm, warehouse))
        with clock.stage("gate"):
            book = gate(landed.marts, landed.as_of)
        questions = dict(zip(book.household_ids, questions_of(book, remarks), strict=True))
        trials = [
            Trial(placed, given_policy(policy, placed), given(questions[placed.case.household](), placed.case.given)) for placed in good
        ]
        with clock.stage("decide", len(trials)) as watcher, crew(workers) as hands:
            for one in hands.map(partial(try_one, tax_year), trials, SOLVE_SECONDS):
                tried.append(replace(one, place=_shown(one.place, firm), failures=tuple(_placed(one.failures, firm))))
                watcher.step()
    findings = in_order([*reading.findings, *(each for told in unknown.values() for each in told)])
    return Report(tuple(tried), tuple(_placed(findings, firm)), len(reading.files))


def try_one(tax_year: TaxYear, trial: Trial) -> Tried:
    """Decide the trial's household and hold the decision to what is expected."""
    placed = trial.placed
    decision = decide(trial.policy, tax_year, trial.question)
    return Tried(placed.case.household, placed.case.case, placed.place_of("case"), tuple(failures(placed, decision)))


def given(question: Question, changes: Given) -> Question:
    """The household with what the case gives, and nothing else changed."""
    household = question.household
    if changes.last_rebalanced is not None:
        household = replace(household, last_rebalanced=changes.last_rebalanced)
    if changes.model is not None:
        household = replace(household, model=changes.model)
    household = _with_cash(_with_gains(_with_prices(household, changes), changes), changes)
    told = tuple(each for each in question.findings if not (each.code == STALE and each.subject in changes.prices_usd))
    return replace(question, household=household, findings=told)


def given_policy(policy: Policy, placed: PlacedCase) -> Policy:
    """The policy without the rules that the case drops, and with those that it adds, nearest to the household."""
    changes = placed.case.given
    kept = tuple(each for each in policy.rules if each.rule.id not in changes.without_rules)
    added = tuple(
        PlacedRule(rule, placed.path, placed.spot.below(("given", "with_rules", i)), "household")
        for i, rule in enumerate(changes.with_rules)
    )
    replaced = {each.rule.id for each in added}
    return replace(policy, rules=(*(each for each in kept if not (each.layer == "household" and each.rule.id in replaced)), *added))


def _with_prices(household: Household, changes: Given) -> Household:
    securities = dict(household.securities)
    for symbol, price in changes.prices_usd.items():
        security = securities[symbol]
        frozen = "" if security.frozen == STALE else security.frozen
        securities[symbol] = replace(security, price_usd=price, price_date=household.as_of, frozen=frozen)
    return replace(household, securities=securities)


def _with_gains(household: Household, changes: Given) -> Household:
    def payer_of(payer_id: str) -> Iterator[tuple[str, object]]:
        year = changes.realized_usd.get(payer_id)
        if year is not None:
            yield from (("realized_st_ytd_usd", year.short_term_usd), ("realized_lt_ytd_usd", year.long_term_usd))

    taxpayers = tuple(replace(each, **dict(payer_of(each.taxpayer_id))) for each in household.taxpayers)  # type: ignore[arg-type]
    return replace(household, taxpayers=taxpayers)


def _with_cash(household: Household, changes: Given) -> Household:
    kept = [each for each in household.cash if each.account_id not in changes.cash_usd]
    return replace(household, cash=(*kept, *(Cash(account_id, amount) for account_id, amount in changes.cash_usd.items())))


def _placed(findings: Sequence[Finding], firm: Path) -> Iterator[Finding]:
    return (replace(each, place=_shown(each.place, firm)) for each in findings)


def _shown(place: Place, firm: Path) -> Place:
    return replace(place, path=shown_path(firm / place.path)) if place.path else place
