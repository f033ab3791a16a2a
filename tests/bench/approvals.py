"""What a book costs in the ledger: `python -m tests.bench.approvals [--households 10000]`, CPU seconds per act."""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from flows.approvals.desk import Moment, approve, never_rebalanced, submit
from flows.approvals.ledger import open_ledger, read_entries
from flows.approvals.proposals import read_run
from flows.approvals.release import release
from flows.approvals.states import standings
from flows.operations import Operations
from tests.flows.approvals.made_run import deliver, made_firm, made_run

DAY = date(2026, 11, 20)
NOW = Moment(datetime(2026, 11, 20, 21, tzinfo=UTC), DAY)


def timed(what: str, work: Callable[[], Any]) -> Any:
    began = time.process_time()
    found = work()
    print(f"{what:<10} {time.process_time() - began:6.2f} s CPU")
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--households", type=int, default=10_000)
    count = parser.parse_args().households
    ids = tuple(f"H{number:06d}" for number in range(count))
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        firm = made_firm(place / "firm", ids)
        deliver(firm, DAY, "delivery\n")
        run = made_run(place / "runs", "run-1", firm, DAY, dict.fromkeys(ids, 3))
        with open_ledger(place / "ledger.jsonl") as ledger:
            timed("submit", lambda: submit(ledger, read_run(run), never_rebalanced(firm), Operations(), NOW, "night"))
            timed("approve", lambda: approve(ledger, ids, "Ann", "", NOW))
            releases = place / "releases"
            (done,) = timed("release", lambda: release(ledger, firm, Operations(), place / "runs", releases, "night", NOW))
        timed("read", lambda: standings(read_entries(place / "ledger.jsonl")))
        size = (place / "ledger.jsonl").stat().st_size / 1e6
        print(f"{len(done.households):,} households released; the ledger holds {size:.1f} MB")


if __name__ == "__main__":
    main()
