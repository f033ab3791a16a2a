"""What comes out of a custodian's file: canonical rows, rejects, ignored lines, and nothing lost in between.

Every landed row ends in exactly one of three ways, and `ParsedFile.foots` says that the counts add up:

    fact      it became one row or more of a canonical table (`fact_count` counts the landed rows, not what they became)
    reject    no rule knew it, or a cell of it could not be read; the reason says which
    ignored   a rule of the profile names it as noise (a header, a blank line, a disclaimer)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import NamedTuple

from validation.findings import Finding, Scope, Severity

POSITIONS = (
    "account_ref",
    "sub_account",
    "symbol",
    "cusip",
    "isin",
    "description",
    "quantity",
    "settled_quantity",
    "pending_split_quantity",
    "price",
    "price_date",
    "market_value",
    "cost_basis",
    "is_short",
)
TAX_LOTS = (
    "account_ref",
    "symbol",
    "cusip",
    "lot_id",
    "acquired_date",
    "holding_from",
    "quantity",
    "cost_basis",
    "unit_cost",
    "wash_disallowed",
    "covered",
    "term",
)
CASH = ("account_ref", "currency", "settled_cash", "unsettled_cash")
TRANSACTIONS = (
    "account_ref",
    "trade_date",
    "settle_date",
    "action",
    "raw_action",
    "symbol",
    "quantity",
    "price",
    "amount",
)
REALIZED = (
    "account_ref",
    "symbol",
    "lot_id",
    "acquired_date",
    "sold_date",
    "quantity",
    "proceeds",
    "cost_basis",
    "wash_disallowed",
    "term",
)
CONTROL_TOTALS = ("scope", "account_ref", "symbol", "measure", "of_file", "reported")

TABLES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "positions": POSITIONS,
        "tax_lots": TAX_LOTS,
        "cash": CASH,
        "transactions": TRANSACTIONS,
        "realized": REALIZED,
        "control_totals": CONTROL_TOTALS,
    }
)
"""Canonical table → its columns. A row names only the columns that its layout knows; an absent column is missing."""


class ParsedRow(NamedTuple):
    """One canonical row: exact text, cleaned (plain decimals, ISO dates, None = missing), and the line it came from.
    (A tuple: millions are made.)"""

    table: str
    line_no: int
    values: Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Reject:
    """One landed row that became no fact: why, which column where one cell is to blame, and its text as delivered.

    table, account_ref: what the row would have become and whose it is, where that much could be read; empty else.
    """

    line_no: int
    reason: str
    raw: str
    column: str = ""
    table: str = ""
    account_ref: str = ""


@dataclass(frozen=True, slots=True)
class ParsedFile:
    """One file, read.

    profile          name of the layout; empty where none or several fit (then a finding says so and rows are empty)
    as_of            the day that the content states; None where it states none (the folder's date decides)
    as_of_source     header, footer, rows, manifest, or empty
    period           first and last day that a report of events covers, where stated
    ignored          line numbers of the rows that a rule of the profile passes over
    lines            landed rows (CSV records, fixed-width lines, XML elements)
    fact_count       landed rows that became facts
    trailer_count    detail records that the file's trailer states; None where it has no trailer
    detail_count     detail records that the file holds
    meta             what the file says of itself (labels, account references, file type), as text
    """

    profile: str
    profile_version: int
    custodian: str
    encoding: str
    as_of: date | None
    as_of_source: str
    period: tuple[date, date] | None
    rows: tuple[ParsedRow, ...]
    rejects: tuple[Reject, ...]
    ignored: tuple[int, ...]
    lines: int
    findings: tuple[Finding, ...]
    trailer_count: int | None = None
    detail_count: int = 0
    meta: Mapping[str, str] = field(default_factory=dict)
    fact_count: int = 0

    @property
    def foots(self) -> bool:
        """Whether every landed row is accounted for: facts + rejects + ignored = lines."""
        return self.fact_count + len(self.rejects) + len(self.ignored) == self.lines

    @property
    def is_usable(self) -> bool:
        """False where a finding holds back the whole file (unknown layout, truncated, missing column)."""
        return not any(finding.severity is Severity.ERROR and finding.scope is Scope.FILE for finding in self.findings)

    def of_table(self, table: str) -> tuple[ParsedRow, ...]:
        """The rows of one canonical table, in the order of the file."""
        return tuple(row for row in self.rows if row.table == table)
