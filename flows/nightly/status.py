"""How a firm stands: the book, the last nights, who is due, what waits for a person, which locks are held and by whom.

Read from what lies on disk; nothing is made, waited for or changed. What cannot be read is said as such, and the rest is told.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

from flows.approvals.ledger import read_entries
from flows.approvals.states import State, standings
from flows.deliveries import find_day
from flows.nightly.journal import read_journal
from flows.nightly.living import RUNNING, holder_of, holders
from flows.nightly.watch_list import read_watch_list
from flows.settings import RUNS, ledger_of, warehouse_of
from validation.findings import FirmUnusable

NIGHTS = 6
SERVER_SECONDS = 3.0
LOCAL = build_opener(ProxyHandler({}))
"""A server on the loopback is never asked through a proxy."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the answer: what about, and how it stands. `waits`: a person has to look."""

    about: str
    said: str
    waits: bool = False


def status_of(firm: Path, warehouse: Path | None = None) -> Iterator[Line]:
    """Every line, in the order of a night."""
    yield _extracts(firm)
    place = warehouse_of(firm, warehouse)
    yield Line("warehouse", f"{place}, {place.stat().st_size / 1e6:,.0f} MB" if place.exists() else "not made yet; the first run makes it")
    nights = read_journal(firm)[-NIGHTS:]
    for night in reversed(nights):
        why = f" ({night['why']})" if night.get("why") else ""
        run = f", {night['run']}" if night.get("run") else ""
        said = (
            f"{night.get('at', '')[:16].replace('T', ' ')} {night.get('step')}: {night.get('outcome')}{why}{run}, {night.get('seconds')} s"
        )
        yield Line("night", said, night.get("outcome") not in {"done"})
    if not nights:
        yield Line("night", "no night was run here yet")
    yield _due(firm)
    yield _proposals(firm)
    yield from _locks(place)
    yield _server()


def _extracts(firm: Path) -> Line:
    try:
        return Line("extracts", f"the latest day is {find_day(firm, None)[0]}")
    except FirmUnusable as error:
        return Line("extracts", error.findings[0].message, waits=True)


def _due(firm: Path) -> Line:
    found = read_watch_list(firm)
    if found is None:
        return Line("due", "not known yet; `rooftree monitor` says")
    day, rows = found
    harvest = rows.filter(rows["harvest_usd"] > 0)
    return Line("due", f"{int(rows['is_due'].sum())} of {rows.height} households on {day}; {harvest.height} with losses worth taking")


def _proposals(firm: Path) -> Line:
    try:
        found = list(standings(read_entries(ledger_of(firm, None))).values())
    except FirmUnusable as error:
        return Line("proposals", f"the ledger cannot be read: {error.findings[0].message}", waits=True)
    waiting = [each for each in found if each.state is State.PROPOSED]
    approved = [each for each in found if each.state is State.APPROVED]
    return Line("proposals", f"{len(waiting)} wait for a person, {len(approved)} approved and not released", bool(waiting))


def _locks(warehouse: Path) -> Iterator[Line]:
    held = [holder_of(warehouse.with_name(warehouse.name + ".lock")), *holders(RUNNING)]
    held += [holder_of(folder / "lock") for folder in RUNS.glob(".*.work")]
    living = [each for each in held if each is not None and each.lives]
    for holder in living:
        yield Line("lock", f"held by {holder}")
    # The warehouse's lock file stays when its holder ends; those of runs do not, unless the run was killed.
    for dead in held[1:]:
        if dead is not None and not dead.lives:
            yield Line("lock", f"{dead}: the next run clears it")
    if not living:
        yield Line("lock", "none is held")


def _server() -> Line:
    address = os.environ.get("PREFECT_API_URL", "")
    if not address:
        return Line("server", "none is configured; runs bring their own (PREFECT_API_URL names one)")
    try:
        with LOCAL.open(f"{address.rstrip('/')}/health", timeout=SERVER_SECONDS) as answer:
            return Line("server", f"{address} answers" if answer.read().strip() == b"true" else f"{address} is not well")
    except (URLError, OSError, ValueError) as error:
        return Line("server", f"{address} does not answer ({type(error).__name__})", waits=True)
