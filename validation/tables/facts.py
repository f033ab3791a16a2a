"""Contracts of the facts: what custodians delivered, resolved to the firm's accounts and securities."""

from __future__ import annotations

from datetime import date

import pandera.polars as pa
import polars as pl

from validation.tables.reference import Money, Shares

EARLIEST = date(1900, 1, 1)
"""No lot, trade or sale is older; a date before it is a misread one."""
ACTIONS = (
    "buy",
    "sell",
    "reinvest",
    "dividend",
    "interest",
    "transfer_in",
    "transfer_out",
    "deposit",
    "withdrawal",
    "fee",
    "split",
    "other",
)


class Fact(pa.DataFrameModel):
    """one row per delivered row of a mapped account, with its household and the file and line it came from"""

    household_id: str = pa.Field(str_length={"min_value": 1})
    account_id: str = pa.Field(str_length={"min_value": 1})
    file_no: pl.Int32 = pa.Field(ge=1)
    line: pl.Int32 = pa.Field(ge=0)

    class Config:
        strict = True


class Positions(Fact):
    """one row per security per sub-account per account as of the statement date, trade-date basis"""

    symbol: str = pa.Field(str_length={"min_value": 1})
    cusip: str
    is_known: bool
    disputed_symbol: str
    sub_account: str
    description: str
    quantity: Shares
    settled_quantity: Shares = pa.Field(nullable=True)
    pending_split_quantity: Shares
    market_value: Money = pa.Field(nullable=True)
    is_short: bool


class TaxLots(Fact):
    """one row per lot per account as of the statement date"""

    symbol: str = pa.Field(str_length={"min_value": 1})
    disputed_symbol: str
    is_taxable: bool
    lot_id: str = pa.Field(str_length={"min_value": 1})
    is_derived: bool
    acquired_date: pl.Date = pa.Field(nullable=True, ge=EARLIEST)
    holding_from: pl.Date = pa.Field(nullable=True, ge=EARLIEST)
    quantity: Shares
    decimals: pl.Int32 = pa.Field(ge=0)
    cost_basis: Money = pa.Field(nullable=True)
    covered: bool


class CashRows(Fact):
    """one row per currency and sub-account per account as of the statement date"""

    currency: str = pa.Field(str_length={"min_value": 3, "max_value": 3})
    settled_cash: Money
    unsettled_cash: Money


class Transactions(Fact):
    """one row per event per account in the period of the delivered report"""

    symbol: str
    trade_date: pl.Date = pa.Field(ge=EARLIEST)
    settle_date: pl.Date = pa.Field(nullable=True)
    action: str = pa.Field(isin=ACTIONS)
    quantity: Shares = pa.Field(nullable=True)
    price: Shares = pa.Field(nullable=True)
    amount: Money = pa.Field(nullable=True)


class Realized(Fact):
    """one row per lot sold per account in the period of the delivered report"""

    taxpayer_id: str
    is_taxable: bool
    symbol: str
    lot_id: str
    acquired_date: pl.Date = pa.Field(nullable=True, ge=EARLIEST)
    sold_date: pl.Date = pa.Field(ge=EARLIEST)
    quantity: Shares
    proceeds: Money = pa.Field(nullable=True)
    cost_basis: Money = pa.Field(nullable=True)
    wash_disallowed: Money = pa.Field(ge=0)
    term_reported: str


class Deliveries(pa.DataFrameModel):
    """one row per file that was delivered for the as-of date and stands in the folder"""

    file_no: pl.Int32 = pa.Field(ge=1)
    custodian: str
    path: str
    sha256: str = pa.Field(str_length={"min_value": 64, "max_value": 64})
    bytes: pl.Int64
    profile: str
    profile_version: pl.Int32
    encoding: str
    stated_as_of: pl.Date = pa.Field(nullable=True)
    as_of_source: str
    period_from: pl.Date = pa.Field(nullable=True)
    period_to: pl.Date = pa.Field(nullable=True)
    lines: pl.Int64 = pa.Field(ge=0)
    facts: pl.Int64 = pa.Field(ge=0)
    rejects: pl.Int64 = pa.Field(ge=0)
    ignored: pl.Int64 = pa.Field(ge=0)
    status: str = pa.Field(isin=("current", "duplicate"))
    findings: pl.Int64 = pa.Field(ge=0)

    class Config:
        strict = True


class ControlTotals(pa.DataFrameModel):
    """one row per total that a file states, with what its rows add up to"""

    custodian: str
    file_no: pl.Int32
    line: pl.Int32
    scope: str
    account_ref: str
    symbol: str
    measure: str = pa.Field(isin=("rows", "records", "quantity", "market_value", "cost_basis"))
    of_file: str
    reported: Shares = pa.Field(nullable=True)
    decimals: pl.Int32
    computed: Shares = pa.Field(nullable=True)
    addends: pl.Int64
    rejects: pl.Int64
    is_present: bool


class Unmapped(pa.DataFrameModel):
    """one row per file, table and account reference that accounts.csv does not know"""

    custodian: str
    account_ref: str
    table_name: str
    file_no: pl.Int32
    line: pl.Int32
    rows: pl.Int64
    market_value: Money = pa.Field(nullable=True)


class Rejected(pa.DataFrameModel):
    """one row per delivered row that became no fact"""

    custodian: str
    file_no: pl.Int32
    line: pl.Int32
    table_name: str
    account_ref: str
    account_id: str
    household_id: str
    column_name: str
    reason: str
    raw: str


class Restated(Fact):
    """one row per lot whose basis or dates are other than on the extract day before, without a trade"""

    symbol: str
    lot_id: str
    quantity: Shares
    day_before: pl.Date
    basis_before: Money = pa.Field(nullable=True)
    basis_now: Money = pa.Field(nullable=True)
    acquired_before: pl.Date = pa.Field(nullable=True)
    acquired_now: pl.Date = pa.Field(nullable=True)
    holding_before: pl.Date = pa.Field(nullable=True)
    holding_now: pl.Date = pa.Field(nullable=True)
