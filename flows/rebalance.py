"""One run over a firm's book, from extracts to the run folder. Plain functions; flows/book wraps the same body in Prefect.

`rebalance` is the table of contents. It is handed a way to take a step: called as it is at a desk, as a Prefect task in
the flow, so that both do exactly the same.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Protocol, TypeVar

from flows.crew import Crew, crew
from flows.deliver import sheets
from flows.deliveries import find_day
from flows.explanation import explanation_json
from flows.ingest import ingest
from flows.log import logger
from flows.orders.desk import read_desk
from flows.orders.write import write_orders
from flows.pages import PRINT_SECONDS, REPORTS, get_ready_to_print, run_facts, write_pages
from flows.progress import Watcher, clock_of_this_run
from flows.propose import Question, decide, nothing_but_a_name
from flows.record import identify, now, run_json
from flows.run_folder import appearing, demand_free
from flows.settings import RUNS, Request, demand_firm, warehouse_of
from rules.load import load_policy
from rules.policy import Policy
from rules.tax import TaxYear, load_tax_year
from solver.decision import Decision
from templates.filters import file_name
from templates.render import engine_findings
from validation.findings import Finding, FirmUnusable, Severity, in_order
from validation.gate import GatedBook, gate
from validation.units import ZERO

SOLVE_SECONDS = 0.04
"""What a household takes, about."""
BATCH = 250
"""Households per step: an orchestrated step costs a second, a household some hundredths of one."""
Result = TypeVar("Result")


class Step(Protocol):
    """Takes one step of the run and returns what it returns."""

    def __call__(self, name: str, work: Callable[[], Result]) -> Result:
        """Do `work`, known as `name` to whoever watches."""


def plainly(name: str, work: Callable[[], Result]) -> Result:
    """A step without orchestration."""
    return work()


@dataclass(frozen=True, slots=True)
class Finished:
    """A run that stands in its folder."""

    run_id: str
    as_of: date
    folder: Path
    decisions: tuple[Decision, ...]
    findings: tuple[Finding, ...]
    seconds: dict[str, float]
    history: tuple[Finding, ...] = ()
    """What the warehouse remembers of earlier deliveries: said on the screen, and not in the folder, which follows from the
    inputs alone."""

    @property
    def all_decided(self) -> bool:
        """False where a household is blocked, in conflict or failed."""
        return all(decision.status.is_decided for decision in self.decisions)


def rebalance(request: Request, step: Step = plainly) -> Finished:
    """Run a firm's book and return where it stands.

    Raises FirmUnusable, with every finding that says why, when no run can be made; then nothing is left behind.
    """
    started, clock = now(), clock_of_this_run()
    demand_firm(request.firm)
    with clock.stage("policy"):
        day, _ = find_day(request.firm, request.as_of)
        policy, remarks = step("read policy", lambda: read_policy(request.firm, day))
        tax_year = load_tax_year(day.year)
        identity = identify(request.firm, day, request.as_of)
        facts = run_facts(identity, request.firm)
        desk = read_desk(request.firm)
    target = request.out or RUNS / identity.run_id
    demand_free(target, identity.run_id)
    with clock.stage("ingest"):
        landed = step("ingest extracts", lambda: ingest(request.firm, request.as_of, warehouse_of(request.firm, request.warehouse)))
    with clock.stage("gate"):
        book = step("check data", lambda: gate(landed.marts, landed.as_of))
    with appearing(target) as folder, crew(request.workers) as hands:
        hands.get_ready(get_ready_to_print, len(book.household_ids) * PRINT_SECONDS if request.pdf else 0.0)
        with clock.stage("decide", len(book.household_ids)) as watcher:
            decisions = decide_book(questions_of(book, remarks), policy, tax_year, hands, step, watcher)
        with clock.stage("pages", len(decisions)) as watcher:
            no_pdf = engine_findings() if request.pdf else []
            told = in_order([*no_pdf, *remarks, *landed.findings, *book.findings])
            pdf = request.pdf and not no_pdf
            decisions = step("write reports", partial(write_pages, folder, facts, decisions, told, hands, watcher, pdf=pdf))
        told += step("write orders", lambda: write_orders(folder, decisions, desk))
        findings = ranked([*told, *(each for one in decisions for each in own_findings(book, one))])
        with clock.stage("record"):
            for sheet in sheets(decisions, findings):
                (folder / sheet.name).write_text(sheet.page(), encoding="utf-8", newline="")
            for decision in decisions:
                page = folder / REPORTS / f"{file_name(decision.household.household_id)}.json"
                page.write_text(explanation_json(decision), encoding="utf-8", newline="")
        record = run_json(identity, (decision.status for decision in decisions), started, now(), clock.seconds)
        (folder / "run.json").write_text(record, encoding="utf-8", newline="")
    return Finished(identity.run_id, identity.as_of, target, tuple(decisions), tuple(findings), dict(clock.seconds), landed.history)


def own_findings(book: GatedBook, decision: Decision) -> Iterator[Finding]:
    """What deciding found, without what the gate had said already: there a finding of many households stands once."""
    told = set(book.findings_of(decision.household.household_id))
    return (finding for finding in decision.findings if finding not in told)


def ranked(findings: Iterable[Finding]) -> list[Finding]:
    """Errors before warnings before notes, within each the most dollars at stake first; twins once."""
    order = list(Severity)
    return sorted(in_order(findings), key=lambda each: (order.index(each.severity), -(each.at_stake_usd or ZERO)))


def read_policy(firm: Path, day: date) -> tuple[Policy, list[Finding]]:
    """The firm's policy with the remarks on it; raises FirmUnusable where an error of the policy stands in any of its files."""
    policy, findings = load_policy(firm, day)
    if policy is None:
        raise FirmUnusable(findings)
    return policy, findings


def questions_of(book: GatedBook, remarks: Iterable[Finding]) -> list[Callable[[], Question]]:
    """Every household by id, each to be read when its batch comes; what the policy's check says of one goes with it."""
    told: dict[str, list[Finding]] = defaultdict(list)
    for remark in remarks:
        told[remark.household_id].append(remark)

    return [partial(_question, book, each, told[each]) for each in book.household_ids]


def _question(book: GatedBook, household_id: str, told: Sequence[Finding]) -> Question:
    """One household as the gate has it; a household that cannot even be read is a question of its own, and fails alone."""
    try:
        household, trouble = book.read(household_id), ""
    except Exception as error:
        logger.exception("household %s cannot be read", household_id)
        household, trouble = nothing_but_a_name(household_id, book.book.as_of), type(error).__name__
    return Question(household, (*book.findings_of(household_id), *told), book.is_blocked(household_id), trouble)


def decide_book(
    questions: Sequence[Callable[[], Question]], policy: Policy, tax_year: TaxYear, hands: Crew, step: Step, watcher: Watcher
) -> list[Decision]:
    """Every household's decision, in the order of the questions, batch by batch."""
    decisions: list[Decision] = []
    for start in range(0, len(questions), BATCH):
        batch = questions[start : start + BATCH]
        name = f"rebalance households {start + 1} to {start + len(batch)}"
        decisions += step(name, partial(_decide_batch, batch, partial(decide, policy, tax_year), hands, watcher))
    return decisions


def _decide_batch(
    batch: Sequence[Callable[[], Question]], answer: Callable[[Question], Decision], hands: Crew, watcher: Watcher
) -> list[Decision]:
    decisions = []
    for decision in hands.map(answer, [question() for question in batch], SOLVE_SECONDS):
        decisions.append(decision)
        watcher.step()
    return decisions
