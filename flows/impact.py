"""`rules impact`: a firm's whole book decided under two policies, from one ingest, household by household.

A household that both policies bind alike is decided once: it cannot end in two ways.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from importlib import metadata
from pathlib import Path

from flows.batches.hand_over import LARGEST
from flows.crew import crew
from flows.deliveries import find_day
from flows.ingest import ingest
from flows.progress import clock_of_this_run
from flows.propose import Question, decide
from flows.questions import questions_of
from flows.rebalance import SOLVE_SECONDS
from flows.record import name_of
from flows.settings import demand_firm, unusable, warehouse_of
from rules.load import load_reading
from rules.policy import Policy
from rules.read import files_below, read_folders
from rules.tax import TaxYear, load_tax_year
from rules.tell import diff
from solver.decision import Decision
from solver.endings import Effect, effect_of
from solver.impact import Impact
from templates.render import RunFacts, render_impact
from validation.findings import Finding, FirmUnusable, in_order
from validation.gate import GatedBook, gate


@dataclass(frozen=True, slots=True)
class PolicyFolders:
    """Where one policy and its assumption sets lie."""

    policy: Path
    assumptions: Path


@dataclass(frozen=True, slots=True)
class Rollout:
    """Two policies over one book. `sentences` say what differs between them, in words."""

    firm_name: str
    as_of: date
    old: str
    new: str
    sentences: str
    impact: Impact


def weigh(
    old: Path, new: Path, firm: Path | None = None, as_of: date | None = None, warehouse: Path | None = None, workers: int | None = None
) -> Rollout:
    """Decide every household under both policies. The book is `firm`'s, else the new folder's, else the old one's.

    Raises FirmUnusable where there is no book, no policy, or a policy has errors.
    """
    clock = clock_of_this_run()
    book_of = firm or _with_a_book(new, old)
    demand_firm(book_of)
    day, _ = find_day(book_of, as_of)
    with clock.stage("policy"):
        policies = [_policy(folders_of(each, book_of), book_of, day) for each in (old, new)]
        tax_year = load_tax_year(day.year)
    with clock.stage("ingest"):
        landed = ingest(book_of, as_of, warehouse_of(book_of, warehouse))
    with clock.stage("gate"):
        book = gate(landed.marts, landed.as_of)
    (before, _), (after, _) = policies
    pairs = _pairs(book, *(remarks for _, remarks in policies))
    answer, effects = partial(decide_both, before, after, tax_year), []
    with clock.stage("decide", len(pairs)) as watcher, crew(workers) as hands:
        for start in range(0, len(pairs), LARGEST):
            for effect in hands.map(answer, [pair() for pair in pairs[start : start + LARGEST]], 2 * SOLVE_SECONDS):
                effects.append(effect)
                watcher.step()
    return Rollout(name_of(book_of), landed.as_of, _named(old), _named(new), diff(before, after), Impact(tuple(effects)))


def write_page(file: Path, rollout: Rollout, broken: Sequence[str]) -> None:
    """Write the self-contained HTML page, complete or not at all; `broken` are the limits that were exceeded."""
    facts = RunFacts("", rollout.as_of, rollout.firm_name, f"Rooftree {metadata.version('rooftree')}")
    text = render_impact(rollout.impact, facts, rollout.old, rollout.new, rollout.sentences, broken)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        unfinished = file.with_name(f".{file.name}.unfinished")
        unfinished.write_text(text, encoding="utf-8")
        unfinished.replace(file)
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        raise unusable("unwritable-page", f"`{file}` cannot be written: {reason}", "`--page` names a file that can be") from error


def _pairs(book: GatedBook, old: list[Finding], new: list[Finding]) -> list[Callable[[], tuple[Question, Question]]]:
    """Every household as each policy finds it, to be read when its batch comes, and once where both checks remark the same."""

    def pair(was: Callable[[], Question], now: Callable[[], Question]) -> tuple[Question, Question]:
        question = was()
        return question, question if old == new else now()

    return [partial(pair, *each) for each in zip(questions_of(book, old), questions_of(book, new), strict=True)]


def decide_both(old: Policy, new: Policy, tax_year: TaxYear, pair: tuple[Question, Question]) -> Effect:
    """One household under both policies; never raises, as `decide` does not."""
    before = decide(old, tax_year, pair[0])
    alike = pair[0] == pair[1] and _binds_alike(before, new)
    return effect_of(before, before if alike else decide(new, tax_year, pair[1]))


def _binds_alike(old: Decision, new: Policy) -> bool:
    """Whether the new policy says the same to the household as the one it was decided under, wherever that stands."""
    try:
        policies = (old.policy, new.for_household(old.household))
    except Exception:  # deciding the household will tell what breaks
        return False
    if policies[0] is None:
        return False
    said = [[(placed.rule, placed.layer) for placed in each.rules] for each in policies if each]
    return said[0] == said[1] and policies[0].assumptions == policies[1].assumptions


def folders_of(path: Path, firm: Path) -> PolicyFolders:
    """The folders of a policy that was named as a folder that holds policy/, or as a folder of rules itself; without
    assumption sets beside it, the firm's hold. Raises FirmUnusable where there are no rules."""
    policy = path / "policy" if (path / "policy").is_dir() else path
    if not policy.is_dir() or not files_below(policy, read_folders(policy, policy / "none"), policy):
        raise unusable("no-policy", f"`{path}` holds no policy", "a firm's folder, a folder that holds policy/, or a folder of rules")
    beside = policy.parent / "assumptions"
    return PolicyFolders(policy, beside if beside.is_dir() else firm / "assumptions")


def _with_a_book(*folders: Path) -> Path:
    """The first folder that holds a firm's data."""
    for folder in folders:
        if (folder / "extracts").is_dir() and (folder / "reference").is_dir():
            return folder
    message = f"neither {' nor '.join(f'`{each}`' for each in folders)} holds extracts/ and reference/"
    raise unusable("missing-firm", message, "`--firm` names the firm whose book is decided")


def _policy(folders: PolicyFolders, firm: Path, day: date) -> tuple[Policy, list[Finding]]:
    policy, findings = load_reading(read_folders(folders.policy, folders.assumptions), firm, day)
    if policy is None:
        raise FirmUnusable(in_order(findings))
    return policy, findings


def _named(path: Path) -> str:
    """How a person calls the folder: `.` by its real name, `policy` with the folder that holds it."""
    place = path.resolve()
    return f"{place.parent.name}/{place.name}" if place.name == "policy" else place.name
