"""What there is to say about lots and holdings: one finding per lot, holding or account, with its place and dollars."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import polars as pl

from validation.codes import finding
from validation.findings import Finding, Place
from validation.footing import KEY, Footing
from validation.plain import plain
from validation.pricing import Pricing
from validation.units import cents

VALUE_TOLERANCE = 0.005
LEAST_DIFFERENCE_USD = 1.0


@dataclass(frozen=True, slots=True)
class Places:
    """File numbers as places."""

    paths: dict[int, str]

    def at(self, file_no: int, line: int) -> Place:
        """The place of a fact."""
        return Place(self.paths[file_no], line)


def lot_findings(lots: pl.DataFrame, pricing: Pricing, places: Places) -> Iterator[Finding]:
    """One finding per frozen lot, with the dollars it holds back."""
    said = {
        "missing-basis": "has no cost basis",
        "zero-basis": "is reported with a basis of zero",
        "negative-basis": "is reported with a basis below zero",
        "undated-lot": "has no acquisition date",
        "acquired-after-as-of": "was acquired after the as-of date",
    }
    troubled = lots.filter(pl.col("frozen") != "").select(
        "household_id", "account_id", "symbol", "lot_id", "quantity", "frozen", "file_no", "line"
    )
    for household, account, symbol, lot_id, quantity, code, file_no, line in troubled.iter_rows():
        yield finding(
            code,
            f"lot {lot_id} of {symbol} in account {account} {said[code]}",
            places.at(file_no, line),
            household_id=household,
            subject=lot_id,
            at_stake_usd=_value(pricing, symbol, quantity),
        )


def copy_findings(footing: Footing, places: Places) -> Iterator[Finding]:
    """One finding per lot that was left out or renamed."""
    for frame, code, words in (
        (footing.copies, "duplicate-lots", "stands there twice; the copy was left out"),
        (footing.empty, "empty-lot", "has no shares"),
        (footing.renamed, "duplicate-lot-id", "carries an id that another lot of the holding has"),
    ):
        for household, account, symbol, lot_id, file_no, line in frame.select(
            "household_id", "account_id", "symbol", "lot_id", "file_no", "line"
        ).iter_rows():
            yield finding(
                code,
                f"lot {lot_id} of {symbol} in account {account} {words}",
                places.at(file_no, line),
                household_id=household,
                subject=lot_id or symbol,
            )


def holding_findings(holdings: pl.DataFrame, pricing: Pricing, places: Places) -> Iterator[Finding]:
    """One finding per holding whose positions and lots disagree, and per account that came without positions."""
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
            code,
            said,
            places.at(row["file_no"], row["line"]),
            household_id=row["household_id"],
            subject=symbol,
            at_stake_usd=None if code == "lots-rounded" else _value(pricing, symbol, held_back),
        )
    from_lots = holdings.filter(pl.col("code") == "positions-from-lots").unique("account_id", keep="first", maintain_order=True)
    for household, account, file_no, line in from_lots.select("household_id", "account_id", "file_no", "line").iter_rows():
        yield finding(
            "positions-from-lots",
            f"account {account} was delivered with lots and without positions",
            places.at(file_no, line),
            household_id=household,
            subject=account,
        )
    for household, account, symbol, file_no, line in holdings.filter(pl.col("is_unsettled")).select(*KEY, "file_no", "line").iter_rows():
        yield finding(
            "unsettled-trades",
            f"{symbol} in account {account} has trades that have not settled",
            places.at(file_no, line),
            household_id=household,
            subject=symbol,
        )


def price_findings(holdings: pl.DataFrame, pricing: Pricing, as_of: date, places: Places) -> Iterator[Finding]:
    """A holding that counts and has no price blocks its household: its value, and so its whole allocation, is unknown."""
    unpriced = [symbol for book in (pricing.known, pricing.unknown) for symbol, security in book.items() if not security.has_price]
    rows = holdings.filter(pl.col("symbol").is_in(unpriced), (pl.col("quantity") != 0) | (pl.col("lots") > 0))
    for household, account, symbol, status, file_no, line in rows.select(*KEY, "status", "file_no", "line").iter_rows():
        code = "no-price-anywhere" if status == "excluded" else "no-price"
        yield finding(
            code,
            f"{symbol} in account {account} has no price on or before {as_of}",
            places.at(file_no, line),
            household_id=household,
            subject=symbol,
        )


def value_findings(holdings: pl.DataFrame, pricing: Pricing, places: Places) -> Iterator[Finding]:
    """A warning per holding that the custodian values otherwise than quantity × price."""
    prices = pl.DataFrame(
        [
            (symbol, float(security.price_usd))
            for book in (pricing.known, pricing.unknown)
            for symbol, security in book.items()
            if security.has_price
        ],
        schema={"symbol": pl.String, "_price": pl.Float64},
        orient="row",
    )
    ours = pl.col("quantity").cast(pl.Float64) * pl.col("_price")
    theirs = pl.col("market_value").cast(pl.Float64)
    off = (ours - theirs).abs()
    rows = (
        holdings.filter(pl.col("market_value").is_not_null())
        .select(*KEY, "market_value", "quantity", "file_no", "line")
        .join(prices, on="symbol")
        .filter(off > VALUE_TOLERANCE * theirs.abs(), off > LEAST_DIFFERENCE_USD)
    )
    for household, account, symbol, value, quantity, price, file_no, line in (
        rows.sort(KEY).select(*KEY, "market_value", "quantity", "_price", "file_no", "line").iter_rows()
    ):
        ours_usd = quantity * Decimal(str(price))
        yield finding(
            "value-differs",
            f"the custodian values {symbol} in account {account} at ${cents(value):,}, quantity × price is ${cents(ours_usd):,}",
            places.at(file_no, line),
            household_id=household,
            subject=symbol,
        )


def _value(pricing: Pricing, symbol: str, quantity: Decimal) -> Decimal | None:
    security = pricing.known.get(symbol) or pricing.unknown.get(symbol)
    return cents(abs(quantity) * security.price_usd) if security and security.has_price else None
