"""A night's decisions as one function, so that a test can kill it anywhere and ask again."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

from flows.approvals.desk import Moment, approve, submit
from flows.approvals.ledger import open_ledger
from flows.approvals.proposals import read_run
from flows.approvals.release import release
from flows.approvals.states import State, standings
from flows.operations import Operations

DAY = date(2026, 11, 20)
NOW = Moment(datetime(2026, 11, 20, 21, 0, tzinfo=UTC), DAY)
RULES = Operations()


def carry_out(firm: str, runs: str, run_id: str, place: str) -> None:
    """Submit the run, let a person approve every second household, release: from wherever an earlier attempt stopped."""
    ledger, releases = Path(place) / "ledger.jsonl", Path(place) / "releases"
    run = read_run(Path(runs) / run_id)
    with open_ledger(ledger) as opened:
        submit(opened, run, (), RULES, NOW, "night")
    chosen = [each.household_id for each in run.proposals][::2]
    for household_id in chosen:
        with open_ledger(ledger) as opened:
            if standings(opened.entries)[run_id, household_id].state is State.PROPOSED:
                approve(opened, [household_id], "Ruth Amsel", "", NOW)
    with open_ledger(ledger) as opened:
        release(opened, Path(firm), RULES, Path(runs), releases, "night", NOW)
