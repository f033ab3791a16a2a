"""The steps of a night as plain functions; flows/nightly/deployed hands them to Prefect. Each is safe to repeat: what is there already
is not done again, and each says in the firm's journal how it ended.

    ingest      wait for the custodians, land and check the day's extracts
    monitor     who is due and why, into a table
    rebalance   those who are due, into a run folder
    report      the newest run's book, exceptions and places, for the Prefect UI
    release     the order files of what was approved (flows/approvals)
    reconcile   the newest run beside the first extracts after it
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from flows.approvals.desk import Moment, never_rebalanced, submit
from flows.approvals.ledger import open_ledger
from flows.approvals.proposals import read_run
from flows.approvals.release import release
from flows.deliveries import find_day
from flows.ingest import ingest
from flows.log import keep_log
from flows.nightly.deliveries_due import wait_for
from flows.nightly.journal import entered, last_run
from flows.nightly.monitor import Watch, watch_book
from flows.nightly.watch_list import write_watch_list
from flows.operations import read_operations
from flows.rebalance import read_policy
from flows.rebalance import rebalance as make_run
from flows.record import now
from flows.settings import RUNS, Request, demand_firm, ledger_of, unusable, warehouse_of
from validation.findings import Severity
from validation.gate import gate

if TYPE_CHECKING:
    from flows.rebalance import Runner

NIGHT = "nightly"
"""Who the ledger says did what no person did."""
RELEASES = Path("releases")


@dataclass(frozen=True, slots=True)
class Told:
    """How a step ended: a sentence, and what may be shown."""

    sentence: str
    place: Path | None = None
    watch: Watch | None = None
    lines: Sequence[str] = field(default=())


def ingest_day(firm: Path, as_of: date | None = None, say: Callable[[str], None] = print) -> Told:
    """Land the day's extracts and check them, waiting for custodians as operations.yaml says."""
    keep_log()
    demand_firm(firm)
    with entered(firm, "ingest") as entry:
        delivery = wait_for(firm, as_of, say=say)
        entry.as_of = str(delivery.day)
        landed = ingest(firm, delivery.day, warehouse_of(firm, None))
        book = gate(landed.marts, landed.as_of)
        blocked = sum(book.is_blocked(each) for each in book.household_ids)
        errors = sum(found.severity is Severity.ERROR for found in book.findings)
        entry.waits = bool(delivery.missing or blocked)
        entry.counts |= {"households": len(book.household_ids), "blocked": blocked, "errors": errors, "missing": len(delivery.missing)}
    missing = tuple(f"{found.code}: {found.message}" for found in delivery.missing)
    return Told(f"{delivery.day}: {len(book.household_ids)} households, {blocked} blocked, {errors} errors", lines=missing)


def monitor_day(firm: Path, as_of: date | None = None) -> Told:
    """Scan the book of the day, loading it where it is not loaded yet, and write who is due."""
    keep_log()
    demand_firm(firm)
    with entered(firm, "monitor") as entry:
        watch = scan_firm(firm, as_of)
        place = write_watch_list(firm, watch)
        entry.as_of = str(watch.as_of)
        entry.counts |= {
            "households": watch.rows.height,
            "due": len(watch.due_ids),
            "harvest": watch.to_harvest.height,
            "asked": watch.asked,
        }
    sentence = (
        f"{watch.as_of}: {len(watch.due_ids)} of {watch.rows.height} households due, {watch.to_harvest.height} with losses worth taking"
    )
    return Told(sentence, place, watch=watch)


def scan_firm(firm: Path, as_of: date | None, warehouse: Path | None = None) -> Watch:
    """The watch of the latest extract day that is not after `as_of`; the day is loaded first where it changed."""
    place = warehouse_of(firm, warehouse)
    day = find_day(firm, as_of)[0]
    policy, _ = read_policy(firm, day)
    ingest(firm, day, place)
    return watch_book(place, firm, day, policy)


def rebalance_due(
    firm: Path, as_of: date | None = None, only_due: bool = True, workers: int | None = None, pdf: bool = True, runner: Runner | None = None
) -> Told:
    """Run those who are due on the day, by the watch list of that day where there is one; all of the book where `only_due` is false."""
    keep_log()
    demand_firm(firm)
    with entered(firm, "rebalance") as entry:
        day = wait_for(firm, as_of).day
        entry.as_of = str(day)
        due_ids: tuple[str, ...] = ()
        if only_due:
            due_ids = scan_firm(firm, day).due_ids
            if not due_ids:
                return Told(f"{day}: nobody is due")
        finished = make_run(Request(firm, day, workers=workers, pdf=pdf, households=due_ids), runner)
        waits = submit_run(firm, finished.folder)
        waiting = sum(not ending.status.is_decided for ending in finished.endings)
        entry.run, entry.waits = str(finished.folder), bool(waiting or waits)
        entry.counts |= {"households": len(finished.endings), "waiting": waiting, "to_approve": waits}
    sentence = f"{day}: {len(finished.endings)} households in {finished.folder}, {waiting} undecided, {waits} proposals to approve"
    return Told(sentence, finished.folder)


def submit_run(firm: Path, run: Path) -> int:
    """Enter the run's proposals into the firm's ledger of approvals; how many of them wait for a person. Safe to repeat."""
    at = now()
    with open_ledger(ledger_of(firm, None)) as ledger:
        submitted = submit(ledger, read_run(run), never_rebalanced(firm), read_operations(firm), Moment(at, at.date()), NIGHT)
    return len(submitted.waiting)


def release_approved(firm: Path) -> Told:
    """Write the order files of what was approved and not released before. Nothing is written twice."""
    keep_log()
    demand_firm(firm)
    with entered(firm, "release") as entry:
        at = now()
        with open_ledger(ledger_of(firm, None)) as ledger:
            done = release(ledger, firm, read_operations(firm), RUNS, RELEASES, NIGHT, Moment(at, at.date()))
        households = sum(len(each.households) for each in done)
        entry.counts |= {"releases": len(done), "households": households}
    places = tuple(str(each.folder) for each in done)
    return Told(f"{households} households released" if done else "nothing is approved that was not released before", lines=places)


def newest_run(firm: Path, run: Path | None) -> Path:
    """The run that a later step speaks of: the one given, or the newest of the firm's nights."""
    found = run or last_run(firm)
    if found is None:
        raise unusable("missing-run", f"no night has made a run for {firm}", "the deployment `rebalance` makes one; or name a run's folder")
    return found


def reconcile_run(firm: Path, run: Path | None = None) -> Told:
    """Compare the newest run with the first extract day after it; nothing to do where that day has not come."""
    from flows.next_day.page import put_down
    from flows.next_day.reconcile import reconcile
    from flows.next_day.sent import read_run as read_sent

    keep_log()
    demand_firm(firm)
    with entered(firm, "reconcile") as entry:
        made = newest_run(firm, run)
        sent, entry.run = read_sent(made), str(made)
        day = day_after(firm, sent.as_of)
        if day is None:
            return Told(f"no extracts after {sent.as_of} yet")
        entry.as_of = str(day)
        target = made.with_name(f"{made.resolve().name}-reconciled-{day}")
        if target.exists():
            return Told(f"{target} is there already", target)
        result = reconcile(made, firm / "extracts" / day.isoformat(), firm)
        put_down(result, target)
        entry.waits = not result.is_clean
        entry.counts |= {"sent": result.sent, "differences": len(result.differences)}
    return Told(f"{result.sent} orders compared with {day}: {len(result.differences)} differences", target)


def day_after(firm: Path, day: date) -> date | None:
    """The first extract day after a day, None where none came yet."""
    later = []
    for folder in (firm / "extracts").iterdir():
        try:
            found = date.fromisoformat(folder.name)
        except ValueError:
            continue
        if found > day:
            later.append(found)
    return min(later, default=None)
