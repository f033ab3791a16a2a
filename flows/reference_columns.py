"""The columns of every reference file, as the contract spells them: what is in them and what may be empty."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from validation.findings import Scope
from validation.household import AccountStatus, FilingStatus, OrderKind, ReliefMethod, TaxTreatment


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `needed`: an empty cell is bad. `optional`: the file may lack the column, which reads as empty; `rare`: and
    nothing is said of it."""

    name: str
    kind: str = "text"
    needed: bool = False
    optional: bool = False
    choices: tuple[str, ...] = ()
    sign: str = ""
    scale: int = 6
    rare: bool = False

    @property
    def wanted(self) -> str:
        """What a cell has to be, as a statement."""
        if self.kind == "text":
            return "must not be empty"
        above = {"positive": " above 0", "not_negative": " of 0 or more"}.get(self.sign, "")
        words = {
            "choice": f"is one of {', '.join(self.choices)}",
            "date": "is a date like 2026-11-20",
            "flag": "is true or false",
            "decimal": f"is a plain number{above} with at most {self.scale} decimals",
        }
        return words[self.kind] + ("" if self.needed else ", or empty")


@dataclass(frozen=True, slots=True)
class ReferenceFile:
    """One file: its name, columns and key (empty: rows may repeat); `without` says what a missing file means (empty: nothing
    that needs saying)."""

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    required: bool = True
    without: str = ""


def _id(name: str) -> Column:
    return Column(name, needed=True)


def _text(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name, optional=True) for name in names)


def _money(*names: str, needed: bool = True, sign: str = "", optional: bool = False) -> tuple[Column, ...]:
    return tuple(Column(name, "decimal", needed, optional, (), sign) for name in names)


FILES: Mapping[str, ReferenceFile] = MappingProxyType(
    {
        "households": ReferenceFile(
            "households.csv",
            (
                _id("household_id"),
                *_text("name", "advisor"),
                Column("model"),
                Column("last_rebalanced", "date", optional=True),
                Column("mode", "choice", optional=True, choices=("joint", "copies")),
            ),
            ("household_id",),
        ),
        "taxpayers": ReferenceFile(
            "taxpayers.csv",
            (
                _id("taxpayer_id"),
                _id("household_id"),
                Column("filing_status", "choice", True, choices=tuple(FilingStatus)),
                _id("state"),
                *_money("ordinary_income"),
                *_money("taxable_interest", "nonqualified_dividends", "qualified_dividends", sign="not_negative"),
                *_money("deduction", "deduction_amt_addback", needed=False, sign="not_negative", optional=True),
                *_money("st_carryforward", "lt_carryforward", sign="not_negative"),
                *_money("realized_st_ytd", "realized_lt_ytd", needed=False, optional=True),
            ),
            ("taxpayer_id",),
        ),
        "owners": ReferenceFile(
            "owners.csv",
            (
                _id("owner"),
                _id("taxpayer_id"),
                Column("birth_date", "date"),
                Column("spouse_of", optional=True),
            ),
            ("owner",),
        ),
        "accounts": ReferenceFile(
            "accounts.csv",
            (
                _id("account_id"),
                _id("household_id"),
                _id("taxpayer_id"),
                _id("owner"),
                _id("custodian"),
                _id("custodian_ref"),
                *_text("registration"),
                Column("tax_treatment", "choice", True, choices=tuple(TaxTreatment)),
                Column("status", "choice", True, choices=tuple(AccountStatus)),
                Column("relief_method", "choice", optional=True, choices=tuple(ReliefMethod)),
                Column("reinvest_dividends", "flag", optional=True),
            ),
            ("account_id",),
        ),
        "securities": ReferenceFile(
            "securities.csv",
            (
                _id("symbol"),
                *_text("cusip", "name"),
                _id("security_type"),
                *_text("identity_group", "equivalent_group"),
                *_money("half_spread_bps", sign="not_negative"),
                Column("whole_shares", "flag"),
                *_text("issuer"),
                Column("redemption_fee_frac", "decimal", optional=True, sign="not_negative", rare=True),
            ),
            ("symbol",),
        ),
        "exposures": ReferenceFile(
            "exposures.csv",
            (
                _id("symbol"),
                _id("asset_class"),
                Column("weight", "decimal", True, sign="not_negative", scale=10),
            ),
            ("symbol", "asset_class"),
        ),
        "prices": ReferenceFile(
            "prices.csv",
            (
                _id("symbol"),
                Column("date", "date", True),
                Column("price", "decimal", True, sign="positive", scale=8),
                *_text("source"),
            ),
            ("symbol", "date", "source"),
        ),
        "cash_orders": ReferenceFile(
            "flows.csv",
            (
                Column("account_id"),
                Column("household_id"),
                Column("kind", "choice", True, choices=tuple(OrderKind)),
                *_money("amount", sign="positive"),
                Column("due", "date", True),
            ),
            (),
            required=False,
            without="nobody has ordered cash",
        ),
        "held_away": ReferenceFile(
            "held_away.csv",
            (
                _id("taxpayer_id"),
                _id("symbol"),
                Column("trade_date", "date", True),
                Column("side", "choice", True, choices=("buy", "sell")),
                Column("quantity", "decimal", True, sign="positive", scale=8),
            ),
            (),
            required=False,
            without="no purchase elsewhere is known",
        ),
        "aliases": ReferenceFile(
            "aliases.csv",
            (
                _id("alias"),
                _id("symbol"),
                Column("from", "date"),
                Column("until", "date"),
            ),
            (),
            required=False,
        ),
        "waivers": ReferenceFile(
            "waivers.csv",
            (
                _id("code"),
                Column("scope", "choice", True, choices=tuple(Scope)),
                _id("subject"),
                Column("household_id", optional=True),
                _id("who"),
                _id("why"),
                Column("from", "date", True),
                Column("until", "date", True),
            ),
            (),
            required=False,
        ),
    }
)
"""Table of the marts → the file it is read from."""
