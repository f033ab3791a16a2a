"""From custodian files to the book of a day: land what was delivered, type it, resolve it, hand over the marts.

One transaction per load: the warehouse holds the whole load or none of it. A load that would change nothing is not made.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from flows.deliveries import DeliveredFile, day_before, find_day, find_files, fingerprint_of
from flows.landing import land, reader_fingerprint
from flows.reference import Reference, load_reference
from flows.supersession import duplicates, history_of
from flows.warehouse import FACTS, PATIENCE_SECONDS, REFERENCE, Warehouse, open_warehouse, sql_fingerprint
from validation.findings import Finding, Place, Scope, Severity, in_order
from validation.marts import Marts

MART_ORDER = {"bad_cells": 'path, line, "column", code'}
"""Reference tables stand by line; facts are read as they were written (their sql/marts file says how): sorting ten million
rows again costs memory."""


@dataclass(frozen=True)
class Ingested:
    """The book of `as_of` as the warehouse has it, and what was found while reading it.

    findings    what follows from the firm's folder alone: the same for every warehouse, so a run records it
    history     what only this warehouse knows, because it saw earlier deliveries of the day: told to whoever watches and by
                `rooftree deliveries`, and never part of a run, whose bytes follow from its inputs
    """

    as_of: date
    marts: Marts
    findings: tuple[Finding, ...]
    history: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class Day:
    """What lies in the folder of one extract day."""

    as_of: date
    files: Sequence[DeliveredFile]


def ingest(firm: Path, as_of: date | None, warehouse: Path, patience_seconds: float = PATIENCE_SECONDS) -> Ingested:
    """Land and read the firm's book of the latest extract day that is not after `as_of` (None: the latest at all).

    Raises FirmUnusable where the folder, a required reference file or the warehouse does not allow a run.
    """
    day, said = find_day(firm, as_of)
    reference = load_reference(firm)
    delivered, misplaced = find_files(firm, day)
    earlier = day_before(firm, day)
    before = Day(earlier, find_files(firm, earlier)[0]) if earlier else None
    name = str(firm.resolve())
    with open_warehouse(warehouse, patience_seconds) as house:
        number = _load(house, name, Day(day, delivered), before, reference)
        findings = (*said, *reference.findings, *misplaced, *_file_findings(house, name, day), *duplicates(house, name, day))
        house.slim()  # the frames take the room that the load took
        marts = _read_marts(house, number, tuple(in_order(findings)))
        history = tuple(in_order(history_of(house, name, day)))
    return Ingested(day, marts, marts.findings, history)


def _load(house: Warehouse, firm: str, today: Day, before: Day | None, reference: Reference) -> int:
    """Bring the day's snapshot in line with the folder and return its number. The day before is landed, too: what a
    custodian restated overnight is seen beside it."""
    day, files = today.as_of, [*today.files, *(before.files if before else ())]
    wanted = fingerprint_of(
        (
            reader_fingerprint(),
            sql_fingerprint(),
            reference.fingerprint,
            *(part for file in files for part in (file.custodian, file.place, file.sha256)),
        )
    )
    row = house.first("SELECT snapshot_no, fingerprint FROM marts.snapshot WHERE firm = ? AND as_of = ?", [firm, day])
    if row is not None and row[1] == wanted:
        return int(row[0])
    with house.transaction():
        newest = house.first("SELECT coalesce(max(snapshot_no), 0) + 1 FROM marts.snapshot")
        number = int(newest[0]) if newest else 1
        for landing in (before, today) if before else (today,):
            land(house, firm, landing.as_of, landing.files)
        if row is not None:
            for table in ("snapshot", *REFERENCE, *FACTS):
                house.connection.execute(f"DELETE FROM marts.{table} WHERE snapshot_no = ?", [row[0]])
        house.connection.execute("INSERT INTO marts.snapshot VALUES (?, ?, ?, ?)", [number, firm, day, wanted])
        _build(house, number, firm, day, before.as_of if before else None, reference)
    return number


def _build(house: Warehouse, number: int, firm: str, day: date, before: date | None, reference: Reference) -> None:
    for table, frame in (*reference.frames.items(), ("bad_cells", reference.bad_cells)):
        house.connection.register("arriving", frame)
        house.connection.execute(f"INSERT INTO marts.{table} BY NAME SELECT {number} AS snapshot_no, * FROM arriving")
        house.connection.unregister("arriving")
    for name, value in (("snapshot_no", number), ("firm", firm), ("as_of", day), ("day_before", before)):
        house.connection.execute(f"SET VARIABLE {name} = ?", [value])
    house.run("marts/scope")
    for table in FACTS:
        if table != "restated" or before:
            house.run(f"marts/{table}")


def _read_marts(house: Warehouse, number: int, findings: tuple[Finding, ...]) -> Marts:
    frames = {}
    for table in (*REFERENCE, *FACTS):
        order = "" if table in FACTS else f"ORDER BY {MART_ORDER.get(table, 'line')}"
        frames[table] = house.query(f"SELECT * EXCLUDE (snapshot_no) FROM marts.{table} WHERE snapshot_no = {number} {order}")
    deliveries = house.query(
        """
        SELECT f.file_no, f.custodian, f.path, f.sha256, f.bytes, f.profile, f.profile_version, f.encoding, f.stated_as_of, f.as_of_source,
            f.period_from, f.period_to, f.lines, f.facts, f.rejects, f.ignored, f.status,
            (SELECT count(*) FROM land.finding AS n WHERE n.file_no = f.file_no) AS findings
        FROM land.source_file AS f
        JOIN marts.snapshot AS s ON s.firm = f.firm AND s.as_of = f.as_of AND s.snapshot_no = $1
        WHERE f.status IN ('current', 'duplicate')
        ORDER BY f.path
        """,
        [number],
    )
    return Marts(**frames, deliveries=deliveries, findings=findings)


def _file_findings(house: Warehouse, firm: str, day: date) -> list[Finding]:
    """What the profiles said about the files that count, as they said it when they read them."""
    rows = house.connection.execute(
        """
        SELECT n.code, n.severity, n.scope, n.message, n.help, n.path, n.line, n."column", n.width, n.subject, n.snippet
        FROM land.finding AS n JOIN land.source_file AS f USING (file_no)
        WHERE f.firm = ? AND f.as_of = ? AND f.status = 'current'
        """,
        [firm, day],
    ).fetchall()
    return [
        Finding(code, Severity(severity), Scope(scope), message, help_, Place(path, line, column, width), "", subject, snippet)
        for code, severity, scope, message, help_, path, line, column, width, subject, snippet in rows
    ]
