"""The warehouse: one DuckDB file per house, one writer at a time, every load whole or not at all.

DuckDB itself lets one process write and turns others away at once. A lock file beside the database lets the second
writer wait instead, and tells it whom it waits for. The operating system releases the lock when its holder dies, and
DuckDB's log rolls an unfinished transaction back, so `kill -9` leaves the book of the last finished load.
"""

from __future__ import annotations

import fcntl
import json
import os
import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from io import TextIOWrapper
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from flows.deliveries import fingerprint_of
from validation.findings import Finding, FirmUnusable, Place, Scope, Severity

POLL_SECONDS = 0.2
MEMORY_LIMIT, READING_LIMIT = "2500MB", "800MB"
PATIENCE_SECONDS = 120.0
"""How long a second writer waits before it gives up and says who holds the warehouse."""

STAGING = ("positions", "tax_lots", "cash", "transactions", "realized", "unreadable")
FACTS = ("positions", "tax_lots", "cash", "transactions", "realized", "unmapped", "rejected", "control_totals", "restated")
REFERENCE = (
    "households",
    "taxpayers",
    "owners",
    "accounts",
    "securities",
    "exposures",
    "prices",
    "cash_orders",
    "held_away",
    "aliases",
    "waivers",
    "bad_cells",
)


class Warehouse:
    """An open warehouse. Made by `open_warehouse` only; its connection has the schema of today."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection

    def run(self, name: str) -> None:
        """Run sql/<name>.sql."""
        self.connection.execute(sql(name))

    def query(self, text: str, parameters: list[object] | None = None) -> pl.DataFrame:
        """The answer as a frame."""
        frame: pl.DataFrame = self.connection.sql(text, params=parameters or []).pl()
        return frame

    def first(self, text: str, parameters: Sequence[object] = ()) -> tuple[Any, ...] | None:
        """The answer's first row. All rows are fetched: DuckDB lets nothing else run beside a half-read answer."""
        rows = self.connection.execute(text, list(parameters)).fetchall()
        return rows[0] if rows else None

    def slim(self) -> None:
        """Let go of what the load kept in memory; reading needs little."""
        self.connection.execute(f"SET memory_limit = '{READING_LIMIT}'")

    def append(self, table: str, frame: pl.DataFrame) -> None:
        """Append a frame's rows by column name."""
        if frame.height:
            self.connection.register("arriving", frame)
            self.connection.execute(f"INSERT INTO {table} BY NAME SELECT * FROM arriving")
            self.connection.unregister("arriving")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of it, or nothing."""
        self.connection.execute("BEGIN TRANSACTION")
        try:
            yield
        except BaseException:
            self.connection.execute("ROLLBACK")
            raise
        self.connection.execute("COMMIT")


@contextmanager
def open_warehouse(path: Path, patience_seconds: float = PATIENCE_SECONDS) -> Iterator[Warehouse]:
    """The warehouse at `path`, made where there is none. Raises FirmUnusable with `warehouse-locked` where another
    process holds it for longer than the patience, with `warehouse-unreadable` where the file is no warehouse."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with _lock(path.with_name(path.name + ".lock"), patience_seconds), _connect(path) as connection:
        house = Warehouse(connection)
        try:
            _prepare(house)
            yield house
        except duckdb.Error as error:
            message = f"the warehouse {path.name} failed: {str(error).splitlines()[0]}"
            help_ = "the load was rolled back; free disk space and memory are the usual needs"
            raise FirmUnusable([Finding("warehouse-failed", Severity.ERROR, Scope.FILE, message, help_, Place(str(path)))]) from error


def _prepare(house: Warehouse) -> None:
    """Give the warehouse the schema of today. Marts and staging can be built again from land, so those of another
    version are dropped; what was landed stays."""
    house.run("land/schema")
    house.connection.execute("CREATE TABLE IF NOT EXISTS land.version (marts VARCHAR)")
    found = house.first("SELECT marts FROM land.version")
    if found is None or found[0] != sql_fingerprint():
        with house.transaction():
            house.connection.execute("DROP SCHEMA IF EXISTS staging CASCADE")
            house.connection.execute("DROP SCHEMA IF EXISTS marts CASCADE")
            for name in ("marts/schema", *(f"staging/{table}" for table in STAGING)):
                house.run(name)
            house.connection.execute("DELETE FROM land.version")
            house.connection.execute("INSERT INTO land.version VALUES (?)", [sql_fingerprint()])


@contextmanager
def _connect(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    try:
        # Beyond this DuckDB spills to disk beside its file; the frames that are read out afterwards need room too.
        connection = duckdb.connect(str(path), config={"memory_limit": MEMORY_LIMIT})
    except duckdb.Error as error:
        locked = "lock" in str(error).lower()
        raise FirmUnusable(
            [
                Finding(
                    "warehouse-locked" if locked else "warehouse-unreadable",
                    Severity.ERROR,
                    Scope.FILE,
                    f"the warehouse {path.name} cannot be opened: {str(error).splitlines()[0]}",
                    "another program has it open; it can be closed there"
                    if locked
                    else "the file is damaged or no warehouse; moved away, it is built anew from the extracts",
                    Place(str(path)),
                )
            ]
        ) from error
    try:
        yield connection
    finally:
        connection.close()


@contextmanager
def _lock(path: Path, patience_seconds: float) -> Iterator[None]:
    with path.open("a+", encoding="utf-8") as file:
        deadline = time.monotonic() + patience_seconds
        while not _try_lock(file):
            if time.monotonic() >= deadline:
                raise FirmUnusable(
                    [
                        Finding(
                            "warehouse-locked",
                            Severity.ERROR,
                            Scope.FILE,
                            f"the warehouse is in use by {_holder(path)}; waited {patience_seconds:.0f} s",
                            "a run can start when the other one has ended",
                            Place(str(path)),
                        )
                    ]
                )
            time.sleep(POLL_SECONDS)
        file.truncate(0)
        started = datetime.now(UTC).isoformat(timespec="seconds")
        file.write(json.dumps({"pid": os.getpid(), "host": socket.gethostname(), "since": started}))
        file.flush()
        yield


def _try_lock(file: TextIOWrapper) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _holder(path: Path) -> str:
    try:
        holder = json.loads(path.read_text(encoding="utf-8"))
        return f"process {holder['pid']} on {holder['host']} since {holder['since']}"
    except (OSError, ValueError, KeyError):
        return "another process"


@cache
def sql(name: str) -> str:
    """The text of sql/<name>.sql."""
    return (files("flows") / "sql" / f"{name}.sql").read_text(encoding="utf-8")


@cache
def sql_fingerprint() -> str:
    """Changes when any statement of the warehouse does: then marts are built again."""
    names = ["land/schema", "marts/schema", "marts/scope", *(f"staging/{name}" for name in STAGING), *(f"marts/{name}" for name in FACTS)]
    return fingerprint_of(sql(name) for name in names)
