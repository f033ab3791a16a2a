"""Whether a day was delivered: which custodians the firm waits for, what came of each, and what to do about one that did not come.

`deliveries:` of the firm's operations.yaml says what: `go_on` (the households of the missing custodian are blocked, as the gate finds
them, and everybody else goes on), `wait` (look again every two minutes, at most `wait_minutes`, then stop) or `stop` (no run).

Half a delivery is a missing one: files that its manifest announces, or that the custodian sent the day before, are not there.
"""

from __future__ import annotations

import csv
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from flows.deliveries import day_before, find_day, find_files
from flows.operations import read_operations
from flows.record import now
from validation.findings import Finding, FirmUnusable, Place, Scope, Severity

MANIFEST = "manifest.csv"
LOOK_AGAIN_SECONDS = 120.0
CLOCK_SLACK_DAYS = 1
"""How far an extract day may lie ahead of this machine's clock (which may stand in another time zone)."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """The day that a run would stand on, and what is missing of it."""

    day: date
    missing: tuple[Finding, ...]


def look(firm: Path, as_of: date | None, today: date | None = None) -> Delivery:
    """What came for the day. Raises FirmUnusable where there is no day at all, or where it lies in the future: then a clock is wrong."""
    day, _ = find_day(firm, as_of)
    today = today or now().date()
    if (day - today).days > CLOCK_SLACK_DAYS:
        message = f"the extracts are of {day}, and this machine's clock says {today}"
        raise FirmUnusable(
            [
                _error(
                    "clock-behind",
                    message,
                    "the clock is set, or the folder is misdated; `rooftree doctor` looks at both",
                    f"extracts/{day}",
                )
            ]
        )
    came: dict[str, set[str]] = {}
    for file in find_files(firm, day)[0]:
        came.setdefault(file.custodian, set()).add(Path(file.place).name)
    missing = [
        _error(
            "custodian-missing",
            f"{custodian} delivered nothing for {day}",
            "its files belong in this folder",
            f"extracts/{day}/{custodian}",
            custodian,
        )
        for custodian in sorted(expected(firm) - came.keys())
    ]
    earlier = day_before(firm, day)
    for custodian in sorted(came):
        for name in sorted((_announced(firm, day, custodian) | _usual(firm, earlier, custodian, day)) - came[custodian]):
            message = f"{custodian} delivered {day} in part: {name} is not there"
            missing.append(
                _error(
                    "delivery-in-part", message, "the custodian can be asked to send it", f"extracts/{day}/{custodian}/{name}", custodian
                )
            )
    return Delivery(day, tuple(missing))


def wait_for(
    firm: Path, as_of: date | None, sleep: Callable[[float], None] = time.sleep, clock: Callable[[], float] = time.monotonic,
    say: Callable[[str], None] = lambda line: None,
) -> Delivery:  # fmt: skip
    """The delivery that the night goes on with. Raises FirmUnusable where the firm would rather stop."""
    policy = read_operations(firm).deliveries
    deadline, delivery = clock() + policy.wait_minutes * 60, look(firm, as_of)
    while delivery.missing and policy.missing_custodian == "wait" and clock() < deadline:
        say(f"waiting for {', '.join(sorted({found.subject for found in delivery.missing}))}")
        sleep(min(LOOK_AGAIN_SECONDS, max(0.0, deadline - clock())))
        delivery = look(firm, as_of)
    if delivery.missing and policy.missing_custodian != "go_on":
        raise FirmUnusable(list(delivery.missing))
    return delivery


def expected(firm: Path) -> set[str]:
    """The custodians that accounts.csv names for accounts that count."""
    with (firm / "reference" / "accounts.csv").open(encoding="utf-8-sig", newline="") as page:
        return {row["custodian"].strip() for row in csv.DictReader(page) if row.get("custodian") and row.get("status") != "excluded"}


def _announced(firm: Path, day: date, custodian: str) -> set[str]:
    """The files that the custodian's manifest names."""
    path = firm / "extracts" / day.isoformat() / custodian / MANIFEST
    try:
        with path.open(encoding="utf-8-sig", newline="") as page:
            return {Path(row["file"]).name for row in csv.DictReader(page) if row.get("file")}
    except (OSError, csv.Error, UnicodeDecodeError):
        return set()


def _usual(firm: Path, earlier: date | None, custodian: str, day: date) -> set[str]:
    """The files that the custodian sent the day before, under the names of today. Names with other digits (times, counters) differ from
    day to day and say nothing."""
    if earlier is None:
        return set()
    usual = set()
    for file in find_files(firm, earlier)[0]:
        name = Path(file.place).name
        for form in ("%Y-%m-%d", "%Y%m%d", "%m%d%Y", "%m%d%y", "%y%m%d"):
            if file.custodian == custodian and earlier.strftime(form) in name:
                name = name.replace(earlier.strftime(form), day.strftime(form))
                usual.add(name)
                break
        else:
            if file.custodian == custodian and not any(letter.isdigit() for letter in name):
                usual.add(name)
    return usual


def _error(code: str, message: str, help_: str, place: str, subject: str = "") -> Finding:
    return Finding(code, Severity.ERROR, Scope.FILE, message, help_, Place(place), "", subject)
