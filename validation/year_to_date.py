"""Realised gains of the calendar year before this run, per return: as taxpayers.csv states them, or else from the
realised lots of every taxable account, excluded ones too.

    gain = proceeds − basis + wash_disallowed        (a disallowed loss counts in its replacement's basis, not here)
    term by the day that the holding period began    (26 U.S.C. § 1222)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import polars as pl

from validation.codes import finding
from validation.findings import Finding, Place
from validation.holding_period import long_term_from
from validation.marts import Marts
from validation.plain import plain
from validation.units import ZERO


@dataclass(frozen=True, slots=True)
class YearToDate:
    """Signed dollars, before carryforwards."""

    short_term_usd: Decimal
    long_term_usd: Decimal


NOTHING = YearToDate(ZERO, ZERO)


@dataclass(frozen=True)
class YearsToDate:
    """Taxpayer → year to date, for those with realised lots and nothing stated."""

    of: Mapping[str, YearToDate]
    findings: tuple[Finding, ...]

    def resolve(self, taxpayer_id: str, stated_st: Decimal | None, stated_lt: Decimal | None) -> YearToDate:
        """What counts for a return: both stated columns, or else the extracts."""
        if stated_st is not None and stated_lt is not None:
            return YearToDate(plain(stated_st), plain(stated_lt))
        return self.of.get(taxpayer_id, NOTHING)


def years_to_date(marts: Marts, as_of: date) -> YearsToDate:
    """Sum the realised lots of the as-of year up to the as-of date, over all taxable accounts of each return."""
    paths = dict(marts.deliveries.select("file_no", "path").iter_rows())
    silent = marts.taxpayers.filter(pl.col("realized_st_ytd").is_null() & pl.col("realized_lt_ytd").is_null())
    rows = marts.realized.filter(
        pl.col("is_taxable"),
        pl.col("sold_date").is_between(date(as_of.year, 1, 1), as_of),
        pl.col("taxpayer_id").is_in(silent["taxpayer_id"].implode()),
    )
    of: dict[str, YearToDate] = {}
    findings: list[Finding] = []
    columns = (
        "household_id",
        "taxpayer_id",
        "symbol",
        "acquired_date",
        "sold_date",
        "proceeds",
        "cost_basis",
        "wash_disallowed",
        "term_reported",
        "file_no",
        "line",
    )
    for household, taxpayer, symbol, acquired, sold, proceeds, basis, disallowed, term, file_no, line in rows.select(columns).iter_rows():
        place = Place(paths[file_no], line)
        if proceeds is None or basis is None:
            missing = "proceeds" if proceeds is None else "cost basis"
            findings.append(
                finding("unknown-gain", f"a sale of {symbol} on {sold} has no {missing}", place, household_id=household, subject=symbol)
            )
            continue
        gain = plain(proceeds - basis + disallowed)
        before = of.get(taxpayer, NOTHING)
        if acquired is None and term not in ("ST", "LT"):
            findings.append(
                finding(
                    "realized-without-date",
                    f"a sale of {symbol} on {sold} has no acquisition date",
                    place,
                    household_id=household,
                    subject=symbol,
                )
            )
        if _is_long(acquired, sold, term, gain):
            of[taxpayer] = YearToDate(before.short_term_usd, before.long_term_usd + gain)
        else:
            of[taxpayer] = YearToDate(before.short_term_usd + gain, before.long_term_usd)
    return YearsToDate(of, (*findings, *_unreported(marts, set(silent["taxpayer_id"]))))


def _is_long(acquired: date | None, sold: date, term: str, gain: Decimal) -> bool:
    if acquired is not None:
        return sold >= long_term_from(acquired)
    # Without a date the custodian's word stands; without that, the worse side: a gain is short, a loss is long.
    return term == "LT" or (term != "ST" and gain < 0)


def _unreported(marts: Marts, silent: set[str]) -> list[Finding]:
    """Custodians that hold taxable accounts of such a return and delivered no realised lots at all."""
    kinds = marts.deliveries.filter(pl.col("profile").str.contains("realized|closed|flex"))
    reported = set(kinds["custodian"]) | set(marts.realized.select("file_no").unique().join(marts.deliveries, on="file_no")["custodian"])
    theirs = marts.accounts.filter(pl.col("tax_treatment") == "taxable", pl.col("taxpayer_id").is_in([*silent]))
    return [
        finding(
            "no-realized-extract",
            f"{custodian} delivered no realised lots; {count} taxable accounts count none this year",
            Place(f"extracts/…/{custodian}"),
            subject=custodian,
        )
        for custodian, count in theirs.group_by("custodian").len().sort("custodian").iter_rows()
        if custodian not in reported
    ]
