"""Identities across tables: lots and positions, cash, accounts. Each broken one is a finding with its effect.

Deliveries (totals, rejects, dates) are in validation/deliveries.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

import polars as pl

from validation.codes import finding
from validation.findings import Finding
from validation.footing import KEY, foot
from validation.holding_findings import Places, copy_findings, holding_findings, lot_findings, price_findings, value_findings
from validation.household import CASH
from validation.marts import Marts
from validation.pricing import Pricing
from validation.units import cents

FROZEN_CODES = ("identity-conflict", "short-position", "lots-missing", "lots-do-not-foot", "ambiguous-lots")
"""Codes of a holding that freeze it in its account."""


@dataclass(frozen=True)
class Reconciled:
    """Holdings and lots with what is frozen (`frozen`: the code, empty where free), and every finding."""

    holdings: pl.DataFrame
    lots: pl.DataFrame
    findings: tuple[Finding, ...]


def reconcile(marts: Marts, pricing: Pricing, as_of: date) -> Reconciled:
    """Check every identity of accounts, positions, lots and cash; freeze what does not hold."""
    paths = dict(marts.deliveries.select("file_no", "path").iter_rows())
    footing = foot(replace(marts, positions=_securities_only(marts.positions), tax_lots=_securities_only(marts.tax_lots)))
    places = Places(paths)
    lots = footing.lots.with_columns(_lot_code(as_of).alias("frozen"))
    holdings = footing.holdings.with_columns(
        pl.when(pl.col("code").is_in(FROZEN_CODES)).then(pl.col("code")).otherwise(pl.lit("")).alias("frozen")
    )
    findings = [
        *lot_findings(lots, pricing, places),
        *copy_findings(footing, places),
        *holding_findings(holdings, pricing, places),
        *price_findings(holdings, pricing, as_of, places),
        *value_findings(holdings, pricing, places),
        *_cash_findings(marts, places),
        *_twice_findings(marts, places),
    ]
    return Reconciled(holdings, lots, tuple(findings))


def _securities_only(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame without rows of a security CASH (they have a finding); itself where there is none, as ever."""
    return frame.filter(pl.col("symbol") != CASH) if (frame["symbol"] == CASH).any() else frame


def _lot_code(as_of: date) -> pl.Expr:
    """What bars a lot of a taxable account from being sold; in untaxed accounts basis and date are irrelevant."""
    basis, acquired = pl.col("cost_basis"), pl.col("acquired_date")
    trouble = (
        pl.when(basis.is_null())
        .then(pl.lit("missing-basis"))
        .when(basis == 0)
        .then(pl.lit("zero-basis"))
        .when((basis < 0) & (pl.col("quantity") > 0))
        .then(pl.lit("negative-basis"))
        .when(acquired.is_null())
        .then(pl.lit("undated-lot"))
        .when(acquired > as_of)
        .then(pl.lit("acquired-after-as-of"))
        .otherwise(pl.lit(""))
    )
    return pl.when(pl.col("is_taxable")).then(trouble).otherwise(pl.lit(""))


def _cash_findings(marts: Marts, places: Places) -> Iterator[Finding]:
    foreign = marts.cash.filter(pl.col("currency") != "USD", (pl.col("settled_cash") != 0) | (pl.col("unsettled_cash") != 0))
    for household, account, currency, file_no, line in foreign.select(
        "household_id", "account_id", "currency", "file_no", "line"
    ).iter_rows():
        yield finding(
            "foreign-currency", f"account {account} holds {currency}", places.at(file_no, line), household_id=household, subject=account
        )
    total = (pl.col("settled_cash") + pl.col("unsettled_cash")).sum().alias("total")
    for household, account, owed, file_no, line in (
        marts.cash.group_by("household_id", "account_id", maintain_order=True)
        .agg(total, pl.col("file_no").first(), pl.col("line").first())
        .filter(pl.col("total") < 0)
        .iter_rows()
    ):
        yield finding(
            "negative-cash",
            f"the cash of account {account} is ${cents(owed):,}",
            places.at(file_no, line),
            household_id=household,
            subject=account,
        )
    as_security = pl.concat(
        [
            frame.filter(pl.col("symbol") == CASH).select("household_id", "account_id", "file_no", "line")
            for frame in (marts.positions, marts.tax_lots)
        ]
    )
    for household, account, file_no, line in as_security.iter_rows():
        yield finding(
            "cash-as-position",
            f"account {account} was delivered with a security CASH",
            places.at(file_no, line),
            household_id=household,
            subject=account,
        )


def _twice_findings(marts: Marts, places: Places) -> Iterator[Finding]:
    """One account's positions or cash in two files, or one holding's lots: nobody knows which counts, both would double."""
    for frame, keys, what in (
        (marts.positions, ("household_id", "account_id"), "positions"),
        (marts.cash, ("household_id", "account_id"), "cash"),
        (marts.tax_lots, KEY, "lots"),
    ):
        if frame["file_no"].n_unique() < 2:
            continue
        twice = (
            frame.group_by(keys, maintain_order=True)
            .agg(pl.col("file_no").n_unique().alias("files"), pl.col("file_no").last())
            .filter(pl.col("files") > 1)
        )
        for row in twice.iter_rows(named=True):
            account = row["account_id"]
            yield finding(
                "delivered-twice",
                f"{what} of account {account} stand in {row['files']} files",
                places.at(row["file_no"], 0),
                household_id=row["household_id"],
                subject=account,
            )
