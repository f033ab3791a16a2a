"""Which contract belongs to which mart, and what a broken one means."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

import pandera.errors
import pandera.polars as pa
import polars as pl
from pandera.config import ValidationDepth, config_context

from validation.codes import finding
from validation.findings import Finding, Place, Scope, Severity
from validation.marts import Marts
from validation.tables import facts, reference

CONTRACTS: Mapping[str, type[pa.DataFrameModel]] = MappingProxyType(
    {
        "households": reference.Households,
        "taxpayers": reference.Taxpayers,
        "owners": reference.Owners,
        "accounts": reference.Accounts,
        "securities": reference.Securities,
        "exposures": reference.Exposures,
        "prices": reference.Prices,
        "cash_orders": reference.CashOrders,
        "held_away": reference.HeldAway,
        "aliases": reference.Aliases,
        "waivers": reference.Waivers,
        "positions": facts.Positions,
        "tax_lots": facts.TaxLots,
        "cash": facts.CashRows,
        "transactions": facts.Transactions,
        "realized": facts.Realized,
        "deliveries": facts.Deliveries,
        "control_totals": facts.ControlTotals,
        "unmapped": facts.Unmapped,
        "rejected": facts.Rejected,
        "restated": facts.Restated,
    }
)
"""Mart → its contract."""
PIECE_ROWS = 1_000_000
"""Rows that are checked at once: every promise is one of a row, and the intermediates of ten million take gigabytes."""
FILE_OF = {"cash_orders": "flows"}
"""Marts whose reference file has another name."""


def check_contracts(marts: Marts) -> list[Finding]:
    """Every row that breaks its table's contract, as a finding that blocks its household; a table that is not even of
    the promised shape is an error of the house and blocks nobody silently: it is a finding of the whole file."""
    paths = dict(marts.deliveries.select("file_no", "path").iter_rows())
    return [
        found
        for name, frame in marts.frames()
        if name in CONTRACTS
        for piece in frame.iter_slices(PIECE_ROWS)
        for found in _check(name, piece, paths)
    ]


def _check(name: str, frame: pl.DataFrame, paths: Mapping[int, str]) -> Iterator[Finding]:
    try:
        with config_context(validation_depth=ValidationDepth.SCHEMA_AND_DATA):
            CONTRACTS[name].validate(frame, lazy=True)
    except pandera.errors.SchemaErrors as errors:
        cases = errors.failure_cases
        for column, check, index, value in cases.select("column", "check", "index", "failure_case").unique(maintain_order=True).iter_rows():
            if index is None:
                raise TypeError(f"mart {name} is not of its contract's shape: {column}: {check} ({value})") from errors
            yield _broken(name, frame.row(index, named=True), str(column), str(check), value, paths)


def _broken(name: str, row: Mapping[str, object], column: str, check: str, value: object, paths: Mapping[int, str]) -> Finding:
    line = int(str(row.get("line") or 0))
    file_no = row.get("file_no")
    place = (
        Place(paths.get(int(str(file_no)), ""), line) if file_no is not None else Place(f"reference/{FILE_OF.get(name, name)}.csv", line)
    )
    household = str(row.get("household_id") or "")
    message = f"{column} of {name} breaks its contract: {check}, not {value}"
    if household:
        return finding(
            "table-contract", message, place, household_id=household, subject=str(row.get("symbol") or row.get("account_id") or column)
        )
    return Finding(
        "table-contract",
        Severity.ERROR,
        Scope.FILE if file_no is not None else Scope.ROW,
        message,
        "the row was not used",
        place,
        "",
        column,
    )
