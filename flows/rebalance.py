"""One run over a firm's book, from extracts to the run folder. Plain functions; flows/book wraps the same body in Prefect.

`rebalance` is the table of contents. It is handed a way to take steps: called as they are at a desk, as Prefect tasks in
the flow, on workers of a Dask cluster; so that all do exactly the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Protocol, TypeAlias, TypeVar

from flows.batches.hand_over import Bucket, publish
from flows.batches.hands import all_at_once, do
from flows.batches.merge import Merger
from flows.batches.results import Ending
from flows.batches.work import Done, Ground, Task, get_ready
from flows.batches.workplace import workplace
from flows.crew import Crew, crew
from flows.deliver import findings_sheet
from flows.deliveries import find_day
from flows.ingest import Ingested, ingest
from flows.orders.desk import read_desk
from flows.orders.write import write_orders
from flows.pages import PRINT_SECONDS, run_facts, write_book
from flows.progress import Clock, Watcher, clock_of_this_run
from flows.record import Identity, identify, now, outputs_of, run_json, versions_sha256
from flows.run_folder import appearing, demand_free
from flows.settings import RUNS, Request, demand_firm, unusable, warehouse_of
from rules.load import load_policy
from rules.policy import Policy
from rules.tax import load_tax_year
from templates.render import engine_findings
from validation.findings import Finding, FirmUnusable, Severity, in_order
from validation.gate import GatedBook, gate
from validation.units import ZERO

SOLVE_SECONDS = 0.06
"""What a household takes, about, to be decided and told."""
BATCHES_PER_PRINTER = 2
"""The PDF engine's libraries keep half a megabyte of every PDF: after some five hundred a fresh process takes over."""
Result = TypeVar("Result")
CrewOrNone: TypeAlias = Callable[[], AbstractContextManager[Crew | None]]
"""Makes the crew for the length of a body; None where the work is not worth one."""


class Runner(Protocol):
    """Takes the steps of a run, one by one, and its batches, many at once."""

    def step(self, name: str, work: Callable[[], Result]) -> Result:
        """Do `work`, known as `name` to whoever watches."""

    def batches(self, ground: Ground, tasks: Sequence[Task], crew: CrewOrNone) -> Iterator[tuple[Done, ...]]:
        """Do every task, in any order, by the crew's processes, here where there is none, or elsewhere; parts as they are done."""


class Plainly:
    """Without orchestration: calls, and threads that wait for worker processes."""

    def step(self, name: str, work: Callable[[], Result]) -> Result:
        """Call it."""
        return work()

    def batches(self, ground: Ground, tasks: Sequence[Task], crew: CrewOrNone) -> Iterator[tuple[Done, ...]]:
        """By the crew, as many at once as it has processes."""
        with crew() as hands:
            call = partial(do, hands, ground)
            yield from map(call, tasks) if hands is None else all_at_once(call, tasks, hands.size)


@dataclass(frozen=True, slots=True)
class Finished:
    """A run that stands in its folder."""

    run_id: str
    as_of: date
    folder: Path
    endings: tuple[Ending, ...]
    findings: tuple[Finding, ...]
    seconds: dict[str, float]
    history: tuple[Finding, ...] = ()
    """What the warehouse remembers of earlier deliveries: said on the screen, and not in the folder, which follows from the
    inputs alone."""

    @property
    def all_decided(self) -> bool:
        """False where a household is blocked, in conflict or failed."""
        return all(ending.status.is_decided for ending in self.endings)


def rebalance(request: Request, runner: Runner | None = None) -> Finished:
    """Run a firm's book and return where it stands. Batches that an earlier, dead run of the same name had made are picked up.

    Raises FirmUnusable, with every finding that says why, when no run can be made; then nothing is left behind but those batches.
    """
    started, clock, runner = now(), clock_of_this_run(), runner or Plainly()
    demand_firm(request.firm)
    with clock.stage("policy"):
        day, _ = find_day(request.firm, request.as_of)
        policy, remarks = runner.step("read policy", lambda: read_policy(request.firm, day))
        tax_year = load_tax_year(day.year)
        identity = identify(request.firm, day, request.as_of, request.households)
        facts = run_facts(identity, request.firm)
        desk = read_desk(request.firm)
    target = request.out or RUNS / identity.run_id
    demand_free(target, identity.run_id)
    with workplace(target, identity.run_id) as place:
        landed, book = read_book(request, runner, clock)
        no_pdf = engine_findings() if request.pdf else []
        told = in_order([*no_pdf, *remarks, *landed.findings, *book.findings])
        pdf = request.pdf and not no_pdf
        ground = Ground(
            identity.run_id,
            versions_sha256(identity.versions),
            landed.as_of,
            policy,
            tax_year,
            book.book.pricing,
            facts,
            desk,
            pdf,
            place.results,
        )
        with clock.stage("publish"):
            buckets = runner.step("hand over the book", partial(publish, book, remarks, place.buckets))
        history, households = landed.history, len(book.household_ids)
        del landed, book  # the buckets have it; from here on no process holds the book
        with clock.stage("decide", households) as watcher:
            done = decide_book(ground, buckets, households, request, runner, watcher)
        with appearing(target) as folder:
            finished = partial(finish, request, identity, Merger([place.results / each.key for each in done]), told, ground, clock)
            endings, findings = runner.step("put the run together", partial(finished, folder))
            record = run_json(identity, (ending.status for ending in endings), started, now(), clock.seconds, outputs_of(folder))
            (folder / "run.json").write_text(record, encoding="utf-8", newline="")
    return Finished(identity.run_id, identity.as_of, target, tuple(endings), tuple(findings), dict(clock.seconds), history)


def read_book(request: Request, runner: Runner, clock: Clock) -> tuple[Ingested, GatedBook]:
    """What custodians delivered, and what of it may be acted on."""
    with clock.stage("ingest"):
        landed = runner.step("ingest extracts", lambda: ingest(request.firm, request.as_of, warehouse_of(request.firm, request.warehouse)))
    with clock.stage("gate"):
        book = runner.step("check data", lambda: gate(landed.marts, landed.as_of))
    return landed, only(book, request.households) if request.households else book


def only(book: GatedBook, household_ids: Sequence[str]) -> GatedBook:
    """The book of these households. Raises FirmUnusable where one is not in it: a run never leaves out in silence what was asked for."""
    strangers = sorted(set(household_ids) - set(book.household_ids))
    if strangers:
        message = f"{', '.join(strangers[:3])}{' and others' if len(strangers) > 3 else ''}: not in the book of {book.book.as_of}"
        raise unusable("household-not-in-book", message, "ids as the column `household_id` of households.csv has them")
    mine = set(household_ids)
    said = tuple(found for found in book.findings if not found.household_id or found.household_id in mine)
    return replace(book, household_ids=tuple(sorted(mine)), findings=said)


def decide_book(
    ground: Ground, buckets: Sequence[Bucket], households: int, request: Request, runner: Runner, watcher: Watcher
) -> list[Done]:
    """Every household decided and told, batch by batch; the batches in the order of their households."""
    tasks = [Task(bucket, bucket.household_ids) for bucket in buckets]
    done: list[Done] = []
    seconds_each = SOLVE_SECONDS + (PRINT_SECONDS if ground.pdf else 0.0)
    crew = partial(crew_for, request.workers, households * seconds_each, BATCHES_PER_PRINTER if ground.pdf else None)
    for parts in runner.batches(ground, tasks, crew):
        done += parts
        for _ in range(sum(len(part.task.household_ids) for part in parts)):
            watcher.step()
    done.sort(key=lambda each: each.task.household_ids)
    if sum(len(each.task.household_ids) for each in done) != households:
        raise AssertionError("a household is missing from the batches: the run is not put together")
    return done


@contextmanager
def crew_for(workers: int | None, seconds: float, batches_per_process: int | None = None) -> Iterator[Crew | None]:
    """Worker processes, started and importing, where so much work is worth them; None where it is done in this process."""
    with crew(workers, batches_per_process) as hands:
        if hands.is_worth(seconds):
            hands.get_ready(get_ready)
            yield hands
        else:
            yield None


def finish(
    request: Request, identity: Identity, merger: Merger, told: Sequence[Finding], ground: Ground, clock: Clock, folder: Path
) -> tuple[list[Ending], list[Finding]]:
    """Put the run folder together from its batches. Returns every household's ending and every finding, both in order."""
    endings = list(merger.endings())
    with clock.stage("pages", len(endings)) as watcher:
        merger.move_reports(folder, watcher.step)
        write_book(folder, ground.facts, merger.lines(), told)
    with clock.stage("record"):
        orders = write_orders(folder, merger.write_drafts(folder), ground.as_of, ground.desk)
        findings = ranked([*told, *orders, *merger.findings()])
        merger.write_sheets(folder)
        (folder / "findings.csv").write_text(findings_sheet(findings).page(), encoding="utf-8", newline="")
    return endings, findings


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
