"""Identities across tables: lots and positions, cash, accounts. Each broken one is a finding with its effect.

Deliveries (totals, rejects, dates) are in validation/deliveries.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

import polars as pl

from validation.codes import finding
from validation.findings import Finding, Place
from validation.footing import KEY, Footing, foot
from validation.household import CASH
from validation.marts import Marts
from validation.plain import plain
from validation.pricing import Pricing
from validation.units import cents

FROZEN_CODES = ("identity-conflict", "short-position", "lots-missing", "lots-do-not-foot", "ambiguous-lots")
"""Codes of a holding that freeze it in its account."""
VALUE_TOLERANCE = 0.005
LEAST_DIFFERENCE_USD = 1.0


@dataclass(frozen=True)
class Reconciled:
    """Holdings and lots with what is frozen (`frozen`: the code, empty where free), and every finding."""

    holdings: pl.DataFrame
    lots: pl.DataFrame
    findings: tuple[Finding, ...]


def reconcile(marts: Marts, pricing: Pricing, as_of: date) -> Reconciled:
    """Check every identity of accounts, positions, lots and cash; freeze what does not hold."""
    paths = dict(marts.deliveries.select("file_no", "path").iter_rows())
    footing = foot(replace(marts, **{name: getattr(marts, name).filter(pl.col("symbol") != CASH) for name in ("positions", "tax_lots")}))
    places = Places(paths)
    lots = footing.lots.with_columns(_lot_code(as_of).alias("frozen"))
    holdings = footing.holdings.with_columns(
        pl.when(pl.col("code").is_in(FROZEN_CODES)).then(pl.col("code")).otherwise(pl.lit("")).alias("frozen")
    )
    findings = [
        *_lot_findings(lots, pricing, places), *_copy_findings(footing, places), *_holding_findings(holdings, pricing, places),
        *_price_findings(marts, holdings, pricing, as_of, places), *_value_findings(holdings, pricing, places), *_cash_findings(marts, places),
        *_twice_findings(marts, places),
    ]
    return Reconciled(holdings, lots, tuple(findings))


@dataclass(frozen=True, slots=True)
class Places:
    """File numbers as places."""

    paths: dict[int, str]

    def at(self, file_no: int, line: int) -> Place:
        """The place of a fact."""
        return Place(self.paths[file_no], line)


def _lot_code(as_of: date) -> pl.Expr:
    """What bars a lot of a taxable account from being sold; in untaxed accounts basis and date are irrelevant."""
    basis, acquired = pl.col("cost_basis"), pl.col("acquired_date")
    trouble = (
        pl.when(basis.is_null()).then(pl.lit("missing-basis"))
        .when(basis == 0).then(pl.lit("zero-basis"))
        .when((basis < 0) & (pl.col("quantity") > 0)).then(pl.lit("negative-basis"))
        .when(acquired.is_null()).then(pl.lit("undated-lot"))
        .when(acquired > as_of).then(pl.lit("acquired-after-as-of"))
        .otherwise(pl.lit(""))
    )
    return pl.when(pl.col("is_taxable")).then(trouble).otherwise(pl.lit(""))


def _lot_findings(lots: pl.DataFrame, pricing: Pricing, places: Places) -> Iterator[Finding]:
    said = {
        "missing-basis": "has no cost basis", "zero-basis": "is reported with a basis of zero", "negative-basis": "is reported with a basis below zero",
        "undated-lot": "has no acquisition date", "acquired-after-as-of": "was acquired after the as-of date",
    }
    troubled = lots.filter(pl.col("frozen") != "").select("household_id", "account_id", "symbol", "lot_id", "quantity", "frozen", "file_no", "line")
    for household, account, symbol, lot_id, quantity, code, file_no, line in troubled.iter_rows():
        yield finding(
            code, f"lot {lot_id} of {symbol} in account {account} {said[code]}", places.at(file_no, line), household_id=household, subject=lot_id,
            at_stake_usd=_value(pricing, symbol, quantity),
        )


def _copy_findings(footing: Footing, places: Places) -> Iterator[Finding]:
    for frame, code, words in (
        (footing.copies, "duplicate-lots", "stands there twice; the copy was left out"), (footing.empty, "empty-lot", "has no shares"),
        (footing.renamed, "duplicate-lot-id", "carries an id that another lot of the holding has"),
    ):
        for household, account, symbol, lot_id, file_no, line in frame.select("household_id", "account_id", "symbol", "lot_id", "file_no", "line").iter_rows():
            yield finding(code, f"lot {lot_id} of {symbol} in account {account} {words}", places.at(file_no, line), household_id=household, subject=lot_id or symbol)


def _holding_findings(holdings: pl.DataFrame, pricing: Pricing, places: Places) -> Iterator[Finding]:
    troubled = holdings.filter(pl.col("code") != "", pl.col("code") != "positions-from-lots")
    for row in troubled.iter_rows(named=True):
        symbol, account, code = row["symbol"], row["account_id"], row["code"]
        quantity, summed = plain(row["quantity"]), plain(row["lot_quantity"]) if row["lot_quantity"] is not None else None
        said = {
            "negative-quantity": f"account {account} holds {quantity} {symbol}, below zero",
            "identity-conflict": f"{symbol} in account {account} is {row['disputed_symbol']} by its CUSIP",
            "short-position": f"account {account} is short {symbol}: {quantity}",
            "lots-missing": f"account {account} holds {quantity} {symbol} and no lots of it were delivered",
            "lots-do-not-foot": f"the lots of {symbol} in account {account} sum to {summed}, the position is {quantity}",
            "ambiguous-lots": f"lots of {symbol} in account {account} share an id, and no position was delivered",
            "lots-rounded": f"the lots of {symbol} in account {account} sum to {summed}, the position is {quantity}",
        }[code]
        held_back = max(abs(quantity), abs(summed or quantity))
        yield finding(
            code, said, places.at(row["file_no"], row["line"]), household_id=row["household_id"], subject=symbol,
            at_stake_usd=None if code == "lots-rounded" else _value(pricing, symbol, held_back),
        )
    from_lots = holdings.filter(pl.col("code") == "positions-from-lots").unique("account_id", keep="first", maintain_order=True)
    for household, account, file_no, line in from_lots.select("household_id", "account_id", "file_no", "line").iter_rows():
        yield finding("positions-from-lots", f"account {account} was delivered with lots and without positions", places.at(file_no, line), household_id=household, subject=account)
    for household, account, symbol, file_no, line in holdings.filter(pl.col("is_unsettled")).select(*KEY, "file_no", "line").iter_rows():
        yield finding("unsettled-trades", f"{symbol} in account {account} has trades that have not settled", places.at(file_no, line), household_id=household, subject=symbol)


def _price_findings(marts: Marts, holdings: pl.DataFrame, pricing: Pricing, as_of: date, places: Places) -> Iterator[Finding]:
    """A holding that counts and has no price blocks its household: its value, and so its whole allocation, is unknown."""
    unpriced = [symbol for book in (pricing.known, pricing.unknown) for symbol, security in book.items() if not security.has_price]
    rows = holdings.filter(pl.col("symbol").is_in(unpriced), (pl.col("quantity") != 0) | (pl.col("lots") > 0))
    for household, account, symbol, status, file_no, line in rows.select(*KEY, "status", "file_no", "line").iter_rows():
        code = "no-price-anywhere" if status == "excluded" else "no-price"
        yield finding(code, f"{symbol} in account {account} has no price on or before {as_of}", places.at(file_no, line), household_id=household, subject=symbol)


def _value_findings(holdings: pl.DataFrame, pricing: Pricing, places: Places) -> Iterator[Finding]:
    prices = pl.DataFrame(
        [(symbol, float(security.price_usd)) for book in (pricing.known, pricing.unknown) for symbol, security in book.items() if security.has_price],
        schema={"symbol": pl.String, "_price": pl.Float64}, orient="row",
    )
    ours = pl.col("quantity").cast(pl.Float64) * pl.col("_price")
    theirs = pl.col("market_value").cast(pl.Float64)
    off = (ours - theirs).abs()
    rows = holdings.filter(pl.col("market_value").is_not_null()).join(prices, on="symbol").filter(off > VALUE_TOLERANCE * theirs.abs(), off > LEAST_DIFFERENCE_USD)
    for household, account, symbol, value, quantity, price, file_no, line in rows.sort(KEY).select(*KEY, "market_value", "quantity", "_price", "file_no", "line").iter_rows():
        yield finding(
            "value-differs", f"the custodian values {symbol} in account {account} at ${cents(value):,}, quantity × price is ${cents(quantity * Decimal(str(price))):,}",
            places.at(file_no, line), household_id=household, subject=symbol,
        )


def _cash_findings(marts: Marts, places: Places) -> Iterator[Finding]:
    foreign = marts.cash.filter(pl.col("currency") != "USD", (pl.col("settled_cash") != 0) | (pl.col("unsettled_cash") != 0))
    for household, account, currency, file_no, line in foreign.select("household_id", "account_id", "currency", "file_no", "line").iter_rows():
        yield finding("foreign-currency", f"account {account} holds {currency}", places.at(file_no, line), household_id=household, subject=account)
    total = (pl.col("settled_cash") + pl.col("unsettled_cash")).sum().alias("total")
    for household, account, owed, file_no, line in marts.cash.group_by("household_id", "account_id", maintain_order=True).agg(
        total, pl.col("file_no").first(), pl.col("line").first()
    ).filter(pl.col("total") < 0).iter_rows():
        yield finding("negative-cash", f"the cash of account {account} is ${cents(owed):,}", places.at(file_no, line), household_id=household, subject=account)
    as_security = pl.concat([frame.select("household_id", "account_id", "symbol", "file_no", "line") for frame in (marts.positions, marts.tax_lots)])
    for household, account, _, file_no, line in as_security.filter(pl.col("symbol") == CASH).iter_rows():
        yield finding("cash-as-position", f"account {account} was delivered with a security CASH", places.at(file_no, line), household_id=household, subject=account)


def _twice_findings(marts: Marts, places: Places) -> Iterator[Finding]:
    """One account's positions or cash in two files, or one holding's lots: nobody knows which counts, both would double."""
    for frame, keys, what in (
        (marts.positions, ("household_id", "account_id"), "positions"), (marts.cash, ("household_id", "account_id"), "cash"), (marts.tax_lots, KEY, "lots"),
    ):
        if frame["file_no"].n_unique() < 2:
            continue
        twice = frame.group_by(keys, maintain_order=True).agg(pl.col("file_no").n_unique().alias("files"), pl.col("file_no").max()).filter(pl.col("files") > 1)
        for row in twice.iter_rows(named=True):
            account = row["account_id"]
            yield finding(
                "delivered-twice", f"{what} of account {account} stand in {row['files']} files", places.at(row["file_no"], 0), household_id=row["household_id"],
                subject=account,
            )


def _value(pricing: Pricing, symbol: str, quantity: Decimal) -> Decimal | None:
    security = pricing.known.get(symbol) or pricing.unknown.get(symbol)
    return cents(abs(quantity) * security.price_usd) if security and security.has_price else None
