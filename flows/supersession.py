"""What a corrected, repeated or withdrawn delivery changed. Custodians restate basis and dates after the fact: a trade
list that used a restated lot is void.

A copy lies in the folder for everybody to see. That a file was corrected or withdrawn is known to a warehouse that saw the
earlier one and to no other; it is history, and a run does not record it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from flows.settings import unusable
from flows.warehouse import Warehouse, open_warehouse
from validation.findings import Finding, Place, Scope, Severity, in_order


@dataclass(frozen=True, slots=True)
class Delivered:
    """One file as the warehouse saw it; lines = facts + rejects + ignored."""

    as_of: date
    path: str
    status: str
    profile: str
    lines: int
    facts: int
    rejects: int
    ignored: int
    landed_at: datetime


def deliveries_of(warehouse: Path, firm: Path, day: date | None) -> tuple[list[Delivered], list[Finding]]:
    """Every delivery of the firm (of one extract day, or of all), the latest day first and within it by path and arrival,
    with what was corrected, copied or withdrawn. Raises FirmUnusable where there is no such warehouse."""
    if not warehouse.is_file():
        raise unusable("missing-warehouse", f"there is no warehouse {warehouse}", "`rooftree run` makes it; --warehouse names another")
    name = str(firm.resolve())
    with open_warehouse(warehouse) as house:
        rows = house.connection.execute(
            """
            SELECT as_of, path, status, profile, lines, facts, rejects, ignored, landed_at
            FROM land.source_file WHERE firm = ? AND (?::DATE IS NULL OR as_of = ?::DATE) ORDER BY as_of DESC, path, file_no
            """,
            [name, day, day],
        ).fetchall()
        days = sorted({row[0] for row in rows}, reverse=True)
        said = [found for each in days for find in (duplicates, history_of) for found in find(house, name, each)]
    return [Delivered(*row) for row in rows], in_order(said)


def duplicates(house: Warehouse, firm: str, day: date) -> list[Finding]:
    """One finding per file of the day whose bytes stand in the folder under another name, too."""
    rows = house.connection.execute(
        "SELECT path FROM land.source_file WHERE firm = ? AND as_of = ? AND status = 'duplicate' ORDER BY path", [firm, day]
    ).fetchall()
    return [
        _finding(
            "duplicate-file",
            Severity.WARNING,
            "the same bytes stand in the folder under another name; they count once",
            "one of the copies can be removed",
            path,
        )
        for (path,) in rows
    ]


def history_of(house: Warehouse, firm: str, day: date) -> list[Finding]:
    """One finding per file of the day that took another's place or is gone."""
    rows = house.connection.execute(
        "SELECT file_no, path, supersedes, status FROM land.source_file WHERE firm = ? AND as_of = ? ORDER BY path, file_no",
        [firm, day],
    ).fetchall()
    newest = {path: file_no for file_no, path, _, _ in rows}
    findings = []
    for file_no, path, supersedes, status in rows:
        if status == "withdrawn" and newest[path] == file_no:
            findings.append(
                _finding(
                    "withdrawn-file",
                    Severity.WARNING,
                    "the file was delivered for this day and is gone from the folder; it counts no more",
                    "its earlier bytes are kept in the warehouse",
                    path,
                )
            )
        elif status == "current" and supersedes is not None:
            findings.append(
                _finding(
                    "superseded-file",
                    Severity.WARNING,
                    f"a corrected delivery took the place of an earlier one: {_changes(house, supersedes, file_no)}",
                    "trade lists made from the earlier delivery are void",
                    path,
                )
            )
    return findings


def _changes(house: Warehouse, old: int, new: int) -> str:
    """What changed between two deliveries of one path, counted; lots are matched by account, symbol and lot id, or else by quantity."""
    row = house.first(
        """
        WITH
        before AS (SELECT *, coalesce(lot_id, quantity) AS lot FROM land.tax_lots WHERE file_no = $1),
        after AS (SELECT *, coalesce(lot_id, quantity) AS lot FROM land.tax_lots WHERE file_no = $2),
        pairs AS (
            SELECT b.account_ref IS NULL AS is_new, a.account_ref IS NULL AS is_gone,
                a.cost_basis IS DISTINCT FROM b.cost_basis OR a.unit_cost IS DISTINCT FROM b.unit_cost AS basis,
                a.acquired_date IS DISTINCT FROM b.acquired_date AS dated, a.quantity IS DISTINCT FROM b.quantity AS amount
            FROM before AS b FULL JOIN after AS a USING (account_ref, symbol, lot)
        )
        SELECT
            count(*) FILTER (is_new), count(*) FILTER (is_gone), count(*) FILTER (basis AND NOT is_new AND NOT is_gone),
            count(*) FILTER (dated AND NOT is_new AND NOT is_gone), count(*) FILTER (amount AND NOT is_new AND NOT is_gone)
        FROM pairs
        """,
        [old, new],
    )
    counts = [int(count) for count in row] if row else []
    words = ("lots new", "lots gone", "lots with another basis", "lots with another date", "lots with another quantity")
    said = [f"{count} {word}" for count, word in zip(counts, words, strict=True) if count]
    return ", ".join(said) or "no lot changed"


def _finding(code: str, severity: Severity, message: str, help_: str, path: str) -> Finding:
    return Finding(code, severity, Scope.FILE, message, help_, Place(path), "", path.rsplit("/", 1)[-1])
