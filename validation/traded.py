"""What the calendar year has traded before this run, as far as the delivered transactions tell: by account and security.

Purchases and sales by decision; reinvested dividends and transfers are nobody's turnover. Dollars are the transaction's
amount, or else quantity × price.
"""

from __future__ import annotations

from datetime import date

import polars as pl

from validation.marts import Marts

TRADED = ("household_id", "account_id", "symbol", "traded_usd", "since")
DOLLARS = pl.Decimal(24, 6)


def traded_to_date(marts: Marts, as_of: date) -> pl.DataFrame:
    """One row per account and security traded in the as-of year up to the as-of date (columns TRADED).

    since   the account's first transaction of the year, of any kind: what came before it, nobody has delivered
    """
    year = marts.transactions.filter(pl.col("trade_date").is_between(date(as_of.year, 1, 1), as_of))
    since = year.group_by("account_id").agg(pl.col("trade_date").min().alias("since"))
    dollars = pl.coalesce(pl.col("amount").abs().cast(DOLLARS), (pl.col("quantity") * pl.col("price")).abs().cast(DOLLARS, strict=False))
    return (
        year.filter(pl.col("action").is_in(["buy", "sell"]), pl.col("symbol") != "")
        .group_by("household_id", "account_id", "symbol")
        .agg(dollars.sum().cast(DOLLARS).alias("traded_usd"))
        .join(since, on="account_id")
        .select(TRADED)
        .sort("household_id", "account_id", "symbol")
    )
