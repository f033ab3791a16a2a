"""The wash-sale ledger: what was bought, and sold at a loss, within thirty days before the as-of date, anywhere in the
household's view (26 U.S.C. § 1091; the window is 30 days on each side of a sale).

Purchases are lots acquired in the window, buys and reinvestments that no such lot stands for, and purchases held away;
accounts count whatever their status or treatment. Loss sales are those of taxable accounts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from validation.codes import finding
from validation.findings import Finding, Place
from validation.marts import Marts

WINDOW = timedelta(days=30)
SHARES = pl.Decimal(24, 8)
PURCHASE = ("household_id", "taxpayer_id", "symbol", "trade_date", "quantity", "account_id", "lot_id")
LOSS_SALE = ("household_id", "taxpayer_id", "symbol", "sold_date", "quantity", "loss", "account_id")


@dataclass(frozen=True)
class WashLedger:
    """`purchases` and `loss_sales`: one row per event (columns PURCHASE, LOSS_SALE), by household and date."""

    purchases: pl.DataFrame
    loss_sales: pl.DataFrame
    findings: tuple[Finding, ...]


def wash_ledger(marts: Marts, lots: pl.DataFrame, as_of: date) -> WashLedger:
    """The ledger of the thirty days up to `as_of`. `lots` are the lots that count (copies left out)."""
    taxpayer = marts.accounts.select("account_id", "taxpayer_id")
    acquired = (
        lots.filter(pl.col("acquired_date").is_between(as_of - WINDOW, as_of), pl.col("quantity") > 0)
        .join(taxpayer, on="account_id", maintain_order="left")
        .select("household_id", "taxpayer_id", "symbol", pl.col("acquired_date").alias("trade_date"), "quantity", "account_id", "lot_id")
    )
    bought = _bought(marts, acquired, as_of).join(taxpayer, on="account_id", maintain_order="left")
    unknown = bought.filter(pl.col("quantity").is_null())
    away = (
        marts.held_away.filter(pl.col("side") == "buy", pl.col("trade_date").is_between(as_of - WINDOW, as_of))
        .join(marts.taxpayers.select("taxpayer_id", "household_id"), on="taxpayer_id", maintain_order="left")
        .with_columns(pl.lit("").alias("account_id"), pl.lit("").alias("lot_id"))
    )
    purchases = pl.concat(
        [frame.select(PURCHASE).cast({"quantity": SHARES}) for frame in (acquired, bought.with_columns(pl.lit("").alias("lot_id")), away)]
    )
    losses, unmatched = _loss_sales(marts, taxpayer, as_of)
    paths = dict(marts.deliveries.select("file_no", "path").iter_rows())
    findings = [
        *(
            finding(
                "purchase-without-quantity",
                f"a purchase of {symbol} on {day} in account {account} has no quantity",
                Place(paths[file_no], line),
                household_id=household,
                subject=symbol,
            )
            for household, account, symbol, day, file_no, line in unknown.select(
                "household_id", "account_id", "symbol", "trade_date", "file_no", "line"
            ).iter_rows()
        ),
        *(
            finding(
                "sale-without-gain",
                f"{symbol} was sold on {day} in account {account}, and no realised lot says at what gain",
                Place(paths[file_no], line),
                household_id=household,
                subject=symbol,
            )
            for household, account, symbol, day, file_no, line in unmatched.select(
                "household_id", "account_id", "symbol", "sold_date", "file_no", "line"
            ).iter_rows()
        ),
    ]
    return WashLedger(
        purchases.filter(pl.col("quantity") > 0).sort("household_id", "trade_date", "account_id", "symbol", "lot_id"),
        losses.sort("household_id", "sold_date", "account_id", "symbol"),
        tuple(findings),
    )


def _bought(marts: Marts, acquired: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """Buys and reinvestments of the window that no lot of the same account, security and day stands for."""
    buys = marts.transactions.filter(
        pl.col("action").is_in(["buy", "reinvest"]),
        pl.col("trade_date").is_between(as_of - WINDOW, as_of),
        pl.col("symbol") != "",
    ).with_columns(pl.col("quantity").abs())
    return buys.join(
        acquired.select("account_id", "symbol", "trade_date"), on=["account_id", "symbol", "trade_date"], how="anti", maintain_order="left"
    )


def _loss_sales(marts: Marts, taxpayer: pl.DataFrame, as_of: date) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Loss sales of the window, and sales of which nobody says whether they were: those bar replacements too."""
    since = as_of - WINDOW
    realized = marts.realized.filter(pl.col("is_taxable"), pl.col("sold_date").is_between(since, as_of))
    loss = pl.col("cost_basis") - pl.col("proceeds")
    known = realized.with_columns(loss.fill_null(0).alias("loss"), pl.col("quantity").abs()).filter((pl.col("loss") > 0) | loss.is_null())
    sold = marts.transactions.filter(
        pl.col("action") == "sell", pl.col("trade_date").is_between(since, as_of), pl.col("symbol") != ""
    ).rename({"trade_date": "sold_date"})
    taxable = marts.accounts.filter(pl.col("tax_treatment") == "taxable").select("account_id")
    unmatched = sold.join(taxable, on="account_id", how="semi", maintain_order="left").join(
        realized.select("account_id", "symbol", "sold_date"), on=["account_id", "symbol", "sold_date"], how="anti", maintain_order="left"
    )
    unsaid = unmatched.join(taxpayer, on="account_id", maintain_order="left").with_columns(
        pl.lit(0).cast(pl.Decimal(24, 6)).alias("loss"), pl.col("quantity").abs().fill_null(0)
    )
    money = {"quantity": SHARES, "loss": pl.Decimal(24, 6)}
    return pl.concat([frame.select(LOSS_SALE).cast(money) for frame in (known, unsaid)]), unmatched  # type: ignore[arg-type]
