"""Contracts of what the firm knows. A cell that could not be read stands here as null and in `bad_cells` with its line."""

from __future__ import annotations

from typing import Annotated

import pandera.polars as pa
import polars as pl

Money = Annotated[pl.Decimal, 24, 6]
Shares = Annotated[pl.Decimal, 24, 8]


class Table(pa.DataFrameModel):
    """one row per line of its file; columns exactly as declared"""

    line: pl.Int32 = pa.Field(ge=0)

    class Config:
        strict = True


class Households(Table):
    """one row per household"""

    household_id: str
    name: str
    advisor: str
    model: str
    last_rebalanced: pl.Date = pa.Field(nullable=True)
    mode: str


class Taxpayers(Table):
    """one row per tax return of the as-of year"""

    taxpayer_id: str
    household_id: str
    filing_status: str
    state: str
    ordinary_income: Money = pa.Field(nullable=True)
    taxable_interest: Money = pa.Field(nullable=True)
    nonqualified_dividends: Money = pa.Field(nullable=True)
    qualified_dividends: Money = pa.Field(nullable=True)
    deduction: Money = pa.Field(nullable=True)
    deduction_amt_addback: Money = pa.Field(nullable=True)
    st_carryforward: Money = pa.Field(nullable=True)
    lt_carryforward: Money = pa.Field(nullable=True)
    realized_st_ytd: Money = pa.Field(nullable=True)
    realized_lt_ytd: Money = pa.Field(nullable=True)


class Owners(Table):
    """one row per person"""

    owner: str
    taxpayer_id: str
    birth_date: pl.Date = pa.Field(nullable=True)
    spouse_of: str


class Accounts(Table):
    """one row per account of the firm on the as-of date"""

    account_id: str
    household_id: str
    taxpayer_id: str
    owner: str
    custodian: str
    custodian_ref: str
    registration: str
    tax_treatment: str
    status: str
    relief_method: str
    reinvest_dividends: bool = pa.Field(nullable=True)


class Securities(Table):
    """one row per security that the firm knows"""

    symbol: str
    cusip: str
    name: str
    security_type: str
    identity_group: str
    equivalent_group: str
    half_spread_bps: Money = pa.Field(nullable=True)
    whole_shares: bool = pa.Field(nullable=True)
    issuer: str
    redemption_fee_frac: Money = pa.Field(nullable=True)


class Exposures(Table):
    """one row per security and asset class"""

    symbol: str
    asset_class: str
    weight: Annotated[pl.Decimal, 18, 10] = pa.Field(nullable=True)


class Prices(Table):
    """one row per security, day and source"""

    symbol: str
    date: pl.Date = pa.Field(nullable=True)
    price: Shares = pa.Field(nullable=True)
    source: str


class CashOrders(Table):
    """one row per cash order of an account or of a household"""

    account_id: str
    household_id: str
    kind: str
    amount: Money = pa.Field(nullable=True)
    due: pl.Date = pa.Field(nullable=True)


class HeldAway(Table):
    """one row per trade made outside of the extracts"""

    taxpayer_id: str
    symbol: str
    trade_date: pl.Date = pa.Field(nullable=True)
    side: str
    quantity: Shares = pa.Field(nullable=True)


class Aliases(Table):
    """one row per name that a security had for a while (a former ticker, a former CUSIP)"""

    alias: str
    symbol: str
    # `from` is no name in Python.
    starts: pl.Date = pa.Field(alias="from", nullable=True)
    until: pl.Date = pa.Field(nullable=True)


class Waivers(Table):
    """one row per finding that a person lifts for a while"""

    code: str
    scope: str
    subject: str
    household_id: str
    who: str
    why: str
    # `from` is no name in Python.
    starts: pl.Date = pa.Field(alias="from", nullable=True)
    until: pl.Date = pa.Field(nullable=True)
