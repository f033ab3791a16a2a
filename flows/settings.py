"""What one run is asked to do, and where this house keeps what it remembers between runs.

.rooftree/<firm>-<hash>.duckdb   the warehouse of a firm (`--warehouse`, ROOFTREE_WAREHOUSE)
.rooftree/prefect/               Prefect's own small database, so that nobody's profile is touched
.rooftree/rooftree.log           tracebacks of what failed; never shown, never compared
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from validation.findings import Finding, FirmUnusable, Scope, Severity

HOUSEKEEPING = Path(".rooftree")
"""Beside the person who runs it: relative to the working directory."""
LOG = HOUSEKEEPING / "rooftree.log"
RUNS, RELEASES, LEDGERS = Path("runs"), Path("releases"), Path("ledgers")
SEED = 0
"""The solver is deterministic; the seed stands in the run's identity so that one could vary it."""
LOCAL_CLUSTER = "local"
TRUE = frozenset({"1", "true", "yes", "on"})


@dataclass(frozen=True, slots=True)
class Request:
    """One run as it was asked for. `as_of` None: the latest extract day. `out` None: runs/<run_id>."""

    firm: Path
    as_of: date | None = None
    out: Path | None = None
    warehouse: Path | None = None
    workers: int | None = None
    pdf: bool = True
    """PDFs of the proposed households, beside their HTML."""
    dask: str | None = None
    """Where batches are done: None, by processes of this machine; `local`, by a Dask cluster made for the run; else the address
    of a Dask scheduler whose workers see the folder of the run under the same path."""
    households: tuple[str, ...] = ()
    """Only these, by id; empty: all of the book."""


def warehouse_of(firm: Path, given: Path | None) -> Path:
    """The DuckDB file of this firm: as given, else ROOFTREE_WAREHOUSE, else a name that no other firm's folder shares."""
    named = given or (Path(os.environ["ROOFTREE_WAREHOUSE"]) if os.environ.get("ROOFTREE_WAREHOUSE") else None)
    if named is not None:
        return named
    return beside_warehouse(firm, "duckdb")


def beside_warehouse(firm: Path, ending: str) -> Path:
    """A file that the house keeps of this firm, under a name that no other firm's folder shares."""
    place = firm.resolve()
    return HOUSEKEEPING / f"{place.name}-{hashlib.sha256(str(place).encode()).hexdigest()[:8]}.{ending}"


def ledger_of(firm: Path, given: Path | None) -> Path:
    """The firm's ledger of approvals: as given, else ledgers/<firm>-<hash>/ledger.jsonl. Unlike what lies in .rooftree it cannot
    be built again: it belongs into a backup."""
    place = firm.resolve()
    return given or LEDGERS / f"{place.name}-{hashlib.sha256(str(place).encode()).hexdigest()[:8]}" / "ledger.jsonl"


def demand_firm(firm: Path) -> None:
    """Raise FirmUnusable unless the folder looks like a firm's: extracts, reference and policy are there."""
    if not firm.is_dir():
        raise unusable("missing-firm", f"there is no folder {firm}", "the path of a firm's folder; examples/maple_wealth is one")
    missing = [f"`{name}`" for name in ("extracts", "reference", "policy") if not (firm / name).is_dir()]
    if missing:
        message = f"{firm} has no folder {' and no folder '.join(missing)}"
        raise unusable("missing-firm", message, "a firm's folder holds extracts/, reference/, policy/ and assumptions/")


def unusable(code: str, message: str, help: str) -> FirmUnusable:
    """The exception that ends a run before it begins, for one reason."""
    return FirmUnusable([Finding(code, Severity.ERROR, Scope.FILE, message, help)])


def be_private(environment: dict[str, str] | None = None) -> bool:
    """Prepare this process for Prefect, before it is imported. True where the embedded server is to be used.

    A person who set PREFECT_API_URL or PREFECT_PROFILE has a server: their settings hold. Everybody else gets an
    embedded server on the loopback with a database of its own: nothing to start, nothing sent, nothing of ~/.prefect
    read or written. Values that were set by hand stay.
    """
    env = os.environ if environment is None else environment
    embedded = not (env.get("PREFECT_API_URL") or env.get("PREFECT_PROFILE"))
    quiet = {
        "DO_NOT_TRACK": "1",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_CLOUD_ENABLE_ORCHESTRATION_TELEMETRY": "false",
        "PREFECT_LOGGING_LEVEL": "CRITICAL",
    }
    alone = {
        "PREFECT_HOME": str((HOUSEKEEPING / "prefect").absolute()),
        "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE": "true",
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "180",
        "PREFECT_LOGGING_TO_API_ENABLED": "false",
        "PREFECT_SERVER_LOGGING_LEVEL": "CRITICAL",
    }
    for name, value in (quiet | alone if embedded else quiet).items():
        env.setdefault(name, value)
    if embedded:
        if env["PREFECT_HOME"] == alone["PREFECT_HOME"]:
            with contextlib.suppress(OSError):  # where it cannot be made, Prefect says so itself
                Path(env["PREFECT_HOME"]).mkdir(parents=True, exist_ok=True)
        # A proxy that the machine is told to use must not be asked for the loopback.
        for name in ("NO_PROXY", "no_proxy"):
            env[name] = ",".join(filter(None, [env.get(name, ""), "127.0.0.1", "localhost"]))
    return embedded
