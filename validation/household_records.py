"""One household as records, out of the book's frames. Everything was checked before; here nothing is judged.

Where a household is blocked because a cell cannot be read, the record holds the cautious reading (locked, taxable, zero)
so that the rest can still be shown; nothing is traded on it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeVar

import polars as pl

from validation.findings import NOWHERE, Place
from validation.household import (
    Account,
    AccountStatus,
    Cash,
    CashOrder,
    FilingStatus,
    Household,
    Lot,
    OrderKind,
    Owner,
    Position,
    RecentLossSale,
    RecentPurchase,
    ReliefMethod,
    Security,
    Taxpayer,
    TaxTreatment,
    Traded,
)
from validation.plain import plain
from validation.pricing import Pricing
from validation.units import ZERO
from validation.year_to_date import YearsToDate

Choice = TypeVar("Choice", bound=StrEnum)
Row = Mapping[str, Any]


class ByHousehold:
    """A frame that is cut by household in constant time. Shape as given, sorted by household, its own order within."""

    def __init__(self, frame: pl.DataFrame) -> None:
        column = frame["household_id"]
        self.frame = frame if column.is_sorted() else frame.sort("household_id", maintain_order=True)
        runs = self.frame["household_id"].rle().struct.unnest()
        starts = runs["len"].cum_sum() - runs["len"]
        self.slices = dict(zip(runs["value"].to_list(), zip(starts.to_list(), runs["len"].to_list(), strict=True), strict=True))

    def rows(self, household_id: str) -> list[dict[str, Any]]:
        """The household's rows, by column name."""
        start, length = self.slices.get(household_id, (0, 0))
        return self.frame.slice(start, length).to_dicts() if length else []


@dataclass(frozen=True)
class Book:
    """Every frame that a household is read from, cut by household."""

    as_of: date
    households: Mapping[str, Row]
    taxpayers: ByHousehold
    owners: ByHousehold
    accounts: ByHousehold
    orders: ByHousehold
    holdings: ByHousehold
    lots: ByHousehold
    cash: ByHousehold
    purchases: ByHousehold
    loss_sales: ByHousehold
    traded: ByHousehold
    pricing: Pricing
    years_to_date: YearsToDate
    paths: Mapping[int, str]

    def read(self, household_id: str) -> Household:
        """The household as far as it is known. Raises KeyError where the book has none of that id."""
        row = self.households[household_id]
        positions = self._positions(household_id)
        held_unknown = {position.symbol for position in positions} & set(self.pricing.unknown)
        securities: Mapping[str, Security] = self.pricing.known
        if held_unknown:
            securities = {**securities, **{symbol: self.pricing.unknown[symbol] for symbol in sorted(held_unknown)}}
        return Household(
            household_id=household_id,
            name=row["name"] or "",
            advisor=row["advisor"] or "",
            model=row["model"] or "",
            last_rebalanced=row["last_rebalanced"],
            mode=row["mode"] or "joint",
            as_of=self.as_of,
            taxpayers=tuple(self._taxpayer(taxpayer) for taxpayer in self.taxpayers.rows(household_id)),
            owners=_owners(self.owners.rows(household_id)),
            accounts=tuple(_account(account) for account in self.accounts.rows(household_id)),
            positions=positions,
            cash=_cash(self.cash.rows(household_id)),
            orders=tuple(
                _order(order)
                for order in self.orders.rows(household_id)
                if order["amount"] and order["amount"] > 0 and order["due"] and order["kind"] in tuple(OrderKind)
            ),
            securities=securities,
            recent_purchases=tuple(
                RecentPurchase(r["taxpayer_id"], r["symbol"], r["trade_date"], plain(r["quantity"]), r["account_id"], r["lot_id"])
                for r in self.purchases.rows(household_id)
            ),
            recent_loss_sales=tuple(
                RecentLossSale(r["taxpayer_id"], r["symbol"], r["sold_date"], plain(r["quantity"]), plain(r["loss"]), r["account_id"])
                for r in self.loss_sales.rows(household_id)
            ),
            traded=tuple(Traded(r["account_id"], r["symbol"], plain(r["traded_usd"]), r["since"]) for r in self.traded.rows(household_id)),
            place=Place("reference/households.csv", row["line"]) if row["line"] else NOWHERE,
        )

    def _taxpayer(self, row: Row) -> Taxpayer:
        year = self.years_to_date.resolve(row["taxpayer_id"], row["realized_st_ytd"], row["realized_lt_ytd"])
        return Taxpayer(
            taxpayer_id=row["taxpayer_id"],
            filing_status=_choice(FilingStatus, row["filing_status"], FilingStatus.SINGLE),
            state=row["state"],
            ordinary_income_usd=_usd(row["ordinary_income"]),
            taxable_interest_usd=_usd(row["taxable_interest"]),
            nonqualified_dividends_usd=_usd(row["nonqualified_dividends"]),
            qualified_dividends_usd=_usd(row["qualified_dividends"]),
            deduction_usd=_known(row["deduction"]),
            deduction_amt_addback_usd=_known(row["deduction_amt_addback"]),
            st_carryforward_usd=_usd(row["st_carryforward"]),
            lt_carryforward_usd=_usd(row["lt_carryforward"]),
            realized_st_ytd_usd=year.short_term_usd,
            realized_lt_ytd_usd=year.long_term_usd,
            place=Place("reference/taxpayers.csv", row["line"]),
        )

    def _positions(self, household_id: str) -> tuple[Position, ...]:
        lots: dict[tuple[str, str], list[Lot]] = defaultdict(list)
        for row in self.lots.rows(household_id):
            lots[row["account_id"], row["symbol"]].append(self._lot(row))
        return tuple(
            self._position(row, lots[row["account_id"], row["symbol"]])
            for row in self.holdings.rows(household_id)
            if row["quantity"] or row["lots"]
        )

    def _position(self, row: Row, lots: list[Lot]) -> Position:
        if row["code"] == "lots-rounded":
            largest = max(range(len(lots)), key=lambda index: (lots[index].quantity, -index))
            lots[largest] = replace(lots[largest], quantity=plain(lots[largest].quantity + row["residue"]))
        return Position(
            account_id=row["account_id"],
            symbol=row["symbol"],
            quantity=plain(row["quantity"]),
            lots=tuple(lots),
            frozen=row["frozen"],
            place=Place(self.paths[row["file_no"]], row["line"]),
        )

    def _lot(self, row: Row) -> Lot:
        return Lot(
            account_id=row["account_id"],
            symbol=row["symbol"],
            lot_id=row["lot_id"],
            acquired_date=row["acquired_date"],
            quantity=plain(row["quantity"]),
            cost_basis_usd=_known(row["cost_basis"]),
            covered=row["covered"],
            frozen=row["frozen"],
            holding_from=row["holding_from"],
            place=Place(self.paths[row["file_no"]], row["line"]),
            id_is_derived=row["is_derived"],
        )


def _owners(rows: list[dict[str, Any]]) -> tuple[Owner, ...]:
    """Persons, with `spouse_of` on both sides."""
    here = {row["owner"] for row in rows}
    spouse = {row["spouse_of"]: row["owner"] for row in rows if row["spouse_of"] in here}
    spouse |= {row["owner"]: row["spouse_of"] for row in rows if row["spouse_of"] in here}
    return tuple(Owner(row["owner"], row["taxpayer_id"], row["birth_date"], spouse.get(row["owner"])) for row in rows)


def _account(row: Row) -> Account:
    return Account(
        account_id=row["account_id"],
        household_id=row["household_id"],
        taxpayer_id=row["taxpayer_id"],
        owner=row["owner"],
        custodian=row["custodian"],
        custodian_ref=row["custodian_ref"],
        registration=row["registration"],
        tax_treatment=_choice(TaxTreatment, row["tax_treatment"], TaxTreatment.TAXABLE),
        status=_choice(AccountStatus, row["status"], AccountStatus.LOCKED),
        relief_method=_choice(ReliefMethod, row["relief_method"], ReliefMethod.FIFO),
        reinvest_dividends=bool(row["reinvest_dividends"]),
        place=Place("reference/accounts.csv", row["line"]),
    )


def _cash(rows: list[dict[str, Any]]) -> tuple[Cash, ...]:
    settled: dict[str, Decimal] = defaultdict(Decimal)
    unsettled: dict[str, Decimal] = defaultdict(Decimal)
    for row in rows:
        if row["currency"] == "USD":
            settled[row["account_id"]] += row["settled_cash"]
            unsettled[row["account_id"]] += row["unsettled_cash"]
    return tuple(Cash(account_id, plain(settled[account_id]), plain(unsettled[account_id])) for account_id in settled)


def _order(row: Row) -> CashOrder:
    return CashOrder(OrderKind(row["kind"]), plain(row["amount"]), row["due"], row["account_id"], Place("reference/flows.csv", row["line"]))


def _choice(kind: type[Choice], text: str, cautious: Choice) -> Choice:
    return kind(text) if text in tuple(kind) else cautious


def _usd(amount: Decimal | None) -> Decimal:
    return ZERO if amount is None else plain(amount)


def _known(amount: Decimal | None) -> Decimal | None:
    return None if amount is None else plain(amount)
