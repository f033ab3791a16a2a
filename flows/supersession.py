"""What a corrected, repeated or withdrawn delivery changed. Custodians restate basis and dates after the fact: a trade
list that used a restated lot is void."""

from __future__ import annotations

from datetime import date

from flows.warehouse import Warehouse
from validation.findings import Finding, Place, Scope, Severity


def superseded(house: Warehouse, firm: str, day: date) -> list[Finding]:
    """One finding per file of the day that took another's place, stands there twice, or is gone."""
    rows = house.connection.execute(
        "SELECT file_no, path, supersedes, status FROM land.source_file WHERE firm = ? AND as_of = ? ORDER BY path, file_no",
        [firm, day],
    ).fetchall()
    newest = {path: file_no for file_no, path, _, _ in rows}
    findings = []
    for file_no, path, supersedes, status in rows:
        if status == "duplicate":
            findings.append(
                _finding(
                    "duplicate-file",
                    Severity.WARNING,
                    "the same bytes stand in the folder under another name; they count once",
                    "one of the copies can be removed",
                    path,
                )
            )
        elif status == "withdrawn" and newest[path] == file_no:
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
