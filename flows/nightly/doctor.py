"""What would spoil the next night: the environment, the folders, the clock, the policy, the tax years, the locks; each with its remedy."""

from __future__ import annotations

import ctypes.util
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from importlib import metadata
from pathlib import Path

from flows.approvals.ledger import read_entries
from flows.deliveries import find_day
from flows.nightly.living import RUNNING, holder_of, holders
from flows.nightly.status import status_of
from flows.operations import read_operations
from flows.record import now
from flows.settings import HOUSEKEEPING, RUNS, ledger_of, warehouse_of
from rules.load import load_policy
from rules.tax import load_tax_year
from validation.findings import FirmUnusable, Severity

FREE_GB, LITTLE_GB = 5.0, 1.0
PYTHON = (3, 11)
STALE_DAYS = 5
NEEDED = ("prefect", "duckdb", "polars", "pandera", "pyomo", "highspy", "jinja2", "fastapi", "sqlalchemy")
BOUNDS = {"fastapi": (0, 151), "sqlalchemy": (2, 1)}
"""Below which version, (major, minor), Prefect 3.8 works: with a newer one its server fails, or its scheduler dies without a word."""


@dataclass(frozen=True, slots=True)
class Check:
    """One line. `remedy` is empty where all is well; `is_fatal`: no run can be made."""

    name: str
    said: str
    remedy: str = ""
    is_fatal: bool = False

    @property
    def is_well(self) -> bool:
        return not self.remedy


def examine(firm: Path | None, today: date | None = None) -> Iterator[Check]:
    """Every check, the machine's before the firm's. A check that breaks is a finding itself."""
    day = today or now().date()
    checks: list[Callable[[], Iterator[Check]]] = [
        _python,
        _versions,
        _pango,
        _chromium,
        _disk,
        _folders,
        _prefect,
        lambda: _tax_years(day),
        _runs_here,
    ]
    if firm is not None:
        checks += [
            lambda: _extracts(firm, day),
            lambda: _policy(firm),
            lambda: _operations(firm),
            lambda: _ledger(firm),
            lambda: _locks(firm),
        ]
    for check in checks:
        try:
            yield from check()
        except Exception as error:
            yield Check(
                "doctor", f"a check broke ({type(error).__name__}: {error})", "the log has more; the other checks stand", is_fatal=False
            )


def _python() -> Iterator[Check]:
    version = ".".join(map(str, sys.version_info[:3]))
    yield Check("python", version, "" if sys.version_info[:2] == PYTHON else "Python 3.11 is what the lock file is made for")


def _versions() -> Iterator[Check]:
    for name in NEEDED:
        try:
            version = metadata.version(name)
        except metadata.PackageNotFoundError:
            yield Check(
                "packages", f"{name} is not installed", "`python3 commands.py setup` installs what the lock file names", is_fatal=True
            )
            continue
        bound = BOUNDS.get(name)
        if bound and tuple(int(part) for part in version.split(".")[:2]) >= bound:
            yield Check("packages", f"{name} {version}", f"Prefect 3.8 needs one below {bound[0]}.{bound[1]}: `python3 commands.py setup`")
    yield Check(
        "packages", f"prefect {metadata.version('prefect')}, duckdb {metadata.version('duckdb')}, highspy {metadata.version('highspy')}"
    )


def _pango() -> Iterator[Check]:
    found = ctypes.util.find_library("pangoft2-1.0")
    yield Check(
        "pango", found or "missing: there will be no PDFs", "" if found else "Debian: apt-get install libpango-1.0-0 libpangoft2-1.0-0"
    )


def _chromium() -> Iterator[Check]:
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    yield Check("chromium", found or "missing: only tests need it")


def _disk() -> Iterator[Check]:
    place = HOUSEKEEPING if HOUSEKEEPING.exists() else Path()
    free = shutil.disk_usage(place).free / 1e9
    said = f"{free:,.1f} GB free at {place.resolve()}"
    remedy = "" if free >= FREE_GB else f"a night needs {FREE_GB:.0f} GB: old runs can go, .rooftree/ can be deleted and is built again"
    yield Check("disk", said, remedy, free < LITTLE_GB)


def _folders() -> Iterator[Check]:
    for folder in (HOUSEKEEPING, RUNS, Path("releases"), ledger_of(Path(), None).parent.parent):
        place = folder
        while not place.exists():
            place = place.parent if place.parent != place else Path()
        try:
            with tempfile.TemporaryFile(dir=place):
                pass
        except OSError as error:
            yield Check(
                "folders",
                f"{folder} cannot be written: {error.strerror}",
                f"the user of the worker needs to write below {place.resolve()}",
                True,
            )
            continue
        is_open = folder.exists() and folder.stat().st_mode & 0o007
        yield Check("folders", f"{folder} can be written" + (", and read by everybody on this machine" if is_open else ""),
                    f"client data: chmod o-rwx {folder}" if is_open else "")  # fmt: skip


def _prefect() -> Iterator[Check]:
    server = [line for line in status_of(Path("."), Path("none")) if line.about == "server"]
    for line in server:
        yield Check("prefect", line.said, "`prefect server start`, or PREFECT_API_URL names another" if line.waits else "")
    address = os.environ.get("PREFECT_API_URL", "")
    proxied = (os.environ.get("HTTP_PROXY") or os.environ.get("http_proxy")) and "127.0.0.1" in address
    if proxied and "127.0.0.1" not in os.environ.get("NO_PROXY", os.environ.get("no_proxy", "")):
        yield Check("prefect", "a proxy would be asked for 127.0.0.1", "NO_PROXY=127.0.0.1,localhost")
    if address and os.environ.get("PREFECT_SERVER_ANALYTICS_ENABLED", "true").lower() not in {"false", "0"}:
        yield Check("prefect", "the server may send usage statistics", "PREFECT_SERVER_ANALYTICS_ENABLED=false and DO_NOT_TRACK=1")


def _tax_years(day: date) -> Iterator[Check]:
    for year in (day.year, day.year + 1):
        try:
            load_tax_year(year)
            yield Check("tax years", f"{year} is known")
        except Exception:
            is_now = year == day.year
            remedy = "rules/tax gets the year's parameters" + ("" if is_now else f" before extracts of {year} arrive")
            yield Check("tax years", f"{year} is not known" + ("" if is_now else " yet"), remedy, is_now)


def _runs_here() -> Iterator[Check]:
    dead = [each for each in holders(RUNNING) if not each.lives]
    for each in dead:
        yield Check("locks", f"{each}", "the next night marks the run as crashed and clears it")


def _extracts(firm: Path, today: date) -> Iterator[Check]:
    day = find_day(firm, None)[0]
    if day > today + timedelta(days=1):
        yield Check(
            "clock", f"the latest extracts are of {day}, the clock says {today}", "the clock is set, or the folder is misdated", True
        )
    elif (today - day).days > STALE_DAYS:
        yield Check(
            "extracts", f"the latest extracts are of {day}, {(today - day).days} days ago", "what became of the custodians' deliveries?"
        )
    else:
        yield Check("extracts", f"the latest day is {day}")


def _policy(firm: Path) -> Iterator[Check]:
    policy, findings = load_policy(firm, find_day(firm, None)[0])
    errors = [found for found in findings if found.severity is Severity.ERROR]
    said = f"{len(policy.rules)} rules" if policy else "cannot be used"
    yield Check("policy", f"{said}, {len(errors)} errors", f"`rooftree rules check {firm}`" if errors else "", policy is None)


def _operations(firm: Path) -> Iterator[Check]:
    try:
        deliveries = read_operations(firm).deliveries
        yield Check("operations", f"a custodian that does not deliver: {deliveries.missing_custodian}")
    except FirmUnusable as error:
        yield Check("operations", error.findings[0].message, f"{error.findings[0].place}: {error.findings[0].help}", True)


def _ledger(firm: Path) -> Iterator[Check]:
    try:
        yield Check("ledger", f"{len(read_entries(ledger_of(firm, None)))} entries")
    except FirmUnusable as error:
        yield Check("ledger", error.findings[0].message, error.findings[0].help, True)


def _locks(firm: Path) -> Iterator[Check]:
    warehouse = warehouse_of(firm, None)
    holder = holder_of(warehouse.with_name(warehouse.name + ".lock"))
    if holder is not None and holder.lives:
        yield Check("locks", f"the warehouse is held by {holder}", "wait for it, or end that process; the lock goes with it")
    else:
        yield Check("locks", "the warehouse is free")
