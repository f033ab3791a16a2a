"""Lots that the custodian tells otherwise than the day before, though nothing was traded: basis, date, holding period.

Custodians do this for good reasons (late basis from a former custodian, wash sales across accounts, corrections), and a
trade list made on the earlier figures rests on another tax than the one that will be owed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal

from validation.codes import finding
from validation.findings import Finding, Place
from validation.marts import Marts
from validation.units import cents


def restated_findings(marts: Marts) -> Iterator[Finding]:
    """One warning per restated lot, with what was said before and what is said now."""
    paths = dict(marts.deliveries.select("file_no", "path").iter_rows())
    for row in marts.restated.iter_rows(named=True):
        lot = f"lot {row['lot_id']}" if row["lot_id"] else f"a lot of {row['quantity'].normalize():f} shares"
        yield finding(
            "restated-lot",
            f"{lot} of {row['symbol']} in account {row['account_id']}: {'; '.join(_changes(row))}",
            Place(paths[row["file_no"]], row["line"]),
            household_id=row["household_id"],
            subject=row["lot_id"] or row["symbol"],
        )


def _changes(row: Mapping[str, object]) -> Iterator[str]:
    for what, before, now in (
        ("basis", row["basis_before"], row["basis_now"]),
        ("acquired", row["acquired_before"], row["acquired_now"]),
        ("held from", row["holding_before"], row["holding_now"]),
    ):
        if before != now:
            yield f"{what} {_said(now)}, on {row['day_before']} it was {_said(before)}"


def _said(value: object) -> str:
    if isinstance(value, Decimal):
        return f"${cents(value):,}"
    return value.isoformat() if isinstance(value, date) else "missing"
