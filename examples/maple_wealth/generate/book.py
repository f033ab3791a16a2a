"""The household book: what every household owns, owes and earns on the as-of date, read from stories/*.yaml.

A file is the story of one household, short enough to read; the expansions (quarterly reinvested dividends) are
spelled out here, so that every writer sees the same plain lots.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from .market import Market

AS_OF = date(2026, 11, 20)
CENT = Decimal("0.01")
NOTHING_CARRIED = {"st_carryforward": "0", "lt_carryforward": "0"}
STORIES = Path(__file__).with_name("stories")


def cents(amount: Decimal) -> Decimal:
    """The amount in whole cents, ties to even."""
    return amount.quantize(CENT, rounding=ROUND_HALF_EVEN)


@dataclass(frozen=True, slots=True)
class Lot:
    """Shares bought together. `basis` is the total in dollars, None where the custodian does not know it."""

    symbol: str
    lot_id: str
    acquired: date | None
    shares: Decimal
    basis: Decimal | None
    action: str = "buy"
    holding_from: date | None = None
    wash_disallowed: Decimal = Decimal(0)
    covered: bool = True

    @property
    def unit(self) -> Decimal | None:
        """Cost of one share, unrounded."""
        return None if self.basis is None else self.basis / self.shares

    def is_long_term(self, day: date) -> bool:
        """Held for more than one year on that day, in calendar years."""
        start = self.holding_from or self.acquired
        if start is None:
            return False
        first = start + timedelta(days=1)
        return day >= (first.replace(year=first.year + 1) if (first.month, first.day) != (2, 29) else date(first.year + 1, 3, 1))


@dataclass(frozen=True, slots=True)
class Sale:
    """A lot sold earlier in the year."""

    symbol: str
    lot_id: str
    acquired: date
    sold: date
    shares: Decimal
    proceeds: Decimal
    basis: Decimal
    wash_disallowed: Decimal


@dataclass(frozen=True, slots=True)
class Event:
    """One row of an account's history; `shares` and `amount` are signed as seen by the account."""

    day: date
    action: str
    symbol: str
    shares: Decimal | None
    price: Decimal | None
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Position:
    """An account's holding of one security; without lots where the custodian delivers none."""

    symbol: str
    shares: Decimal
    lots: tuple[Lot, ...]
    average_cost: Decimal = Decimal(0)
    """What the custodian shows for a share where it delivers no lots."""

    @property
    def basis(self) -> Decimal | None:
        """What was paid for all of it; None where one lot's part is unknown."""
        if not self.lots:
            return cents(self.shares * self.average_cost)
        known = [lot.basis for lot in self.lots if lot.basis is not None]
        return sum(known, Decimal(0)) if len(known) == len(self.lots) else None


@dataclass(frozen=True, slots=True)
class Account:
    """An account with everything its custodian knows of it."""

    account_id: str
    household_id: str
    label: str
    fields: Mapping[str, str]
    custodian: str
    ref: str
    settled: Decimal
    unsettled: Decimal
    positions: tuple[Position, ...]
    sales: tuple[Sale, ...]
    events: tuple[Event, ...]

    @property
    def is_taxable(self) -> bool:
        return self.fields["tax_treatment"] == "taxable"

    @property
    def reinvests(self) -> bool:
        return self.fields["reinvest_dividends"] == "true"


@dataclass(frozen=True, slots=True)
class Household:
    """One household: reference rows as they stand in the files, and its accounts."""

    household_id: str
    story: str
    fields: Mapping[str, str]
    taxpayers: tuple[Mapping[str, str], ...]
    owners: tuple[Mapping[str, str], ...]
    accounts: tuple[Account, ...]
    flows: tuple[Mapping[str, str], ...]
    held_away: tuple[Mapping[str, str], ...]


def read_book(market: Market, folder: Path = STORIES) -> tuple[Household, ...]:
    """Every household of the book, by id; a file whose name is not its household's id is an error."""
    yaml = YAML(typ="safe", pure=True)
    households = []
    for path in sorted(folder.glob("H-*.yaml")):
        household = _household(yaml.load(path.read_text(encoding="utf-8")), market)
        if household.household_id != path.stem:
            raise ValueError(f"{path.name} tells of {household.household_id}")
        households.append(household)
    return tuple(households)


def text(value: Any) -> str:
    """A cell of a reference file: empty for nothing, lower-case truth, numbers as written."""
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def number(value: Any) -> Decimal:
    """An exact decimal of a number in the book."""
    return Decimal(str(value))


def _household(told: dict[str, Any], market: Market) -> Household:
    household_id = told["household_id"]
    return Household(
        household_id,
        " ".join(told["story"].split()),
        {name: text(told.get(name)) for name in ("household_id", "name", "advisor", "model", "last_rebalanced", "mode")},
        tuple(
            {**NOTHING_CARRIED, **_texts(row), "taxpayer_id": taxpayer_id, "household_id": household_id}
            for taxpayer_id, row in told["taxpayers"].items()
        ),
        tuple({**_texts(row), "owner": owner} for owner, row in told["owners"].items()),
        tuple(_account(account_id, household_id, row, market) for account_id, row in told["accounts"].items()),
        tuple(_texts(row) for row in told.get("flows", ())),
        tuple(_texts(row) for row in told.get("held_away", ())),
    )


def _texts(row: Mapping[str, Any]) -> dict[str, str]:
    return {name: text(value) for name, value in row.items()}


def _account(account_id: str, household_id: str, told: dict[str, Any], market: Market) -> Account:
    positions = tuple(
        _position(symbol, held, told.get("reinvested", {}).get(symbol), market) for symbol, held in told.get("holdings", {}).items()
    )
    sales = tuple(_sale(number_, row) for number_, row in enumerate(told.get("sold", ()), start=1))
    settled, unsettled = told["cash"] if isinstance(told["cash"], list) else (told["cash"], 0)
    fields = {
        "account_id": account_id, "household_id": household_id, "taxpayer_id": told["taxpayer"], "owner": told["owner"],
        "custodian": told["custodian"], "custodian_ref": told["ref"], "registration": told["registration"],
        "tax_treatment": told["tax_treatment"], "status": told.get("status", "managed"),
        "relief_method": told.get("relief_method", ""), "reinvest_dividends": text(told.get("reinvest_dividends", False)),
    }  # fmt: skip
    events = (*_events_of(positions, sales), *(_event(row) for row in told.get("history", ())))
    return Account(
        account_id, household_id, told["label"], fields, told["custodian"], told["ref"], number(settled), number(unsettled),
        positions, sales, tuple(sorted(events, key=lambda event: (event.day, event.symbol, event.action))),
    )  # fmt: skip


def _position(symbol: str, held: Any, reinvested: Any, market: Market) -> Position:
    """A plain number is a holding without lots; a list holds [acquired, shares, unit cost] or mappings with more."""
    if not isinstance(held, list):
        return Position(symbol, number(held), (), market.average_cost(symbol))
    told = [_told_lot(row) for row in held]
    told += _reinvested(symbol, told, reinvested, market) if reinvested else []
    lots = tuple(
        Lot(
            symbol, f"{symbol}-{count:03d}", row["acquired"], row["shares"],
            None if row["unit"] is None else cents(row["shares"] * row["unit"]) + row["washed"],
            row["action"], row["holding_from"], row["washed"], row["covered"],
        )
        for count, row in enumerate(told, start=1)
    )  # fmt: skip
    return Position(symbol, sum((lot.shares for lot in lots), Decimal(0)), lots)


def _told_lot(row: Any) -> dict[str, Any]:
    told = dict(zip(("acquired", "shares", "unit"), row, strict=True)) if isinstance(row, list) else dict(row)
    return {
        "acquired": told["acquired"], "shares": number(told["shares"]), "unit": None if told["unit"] is None else number(told["unit"]),
        "action": told.get("action", "buy"), "holding_from": told.get("holding_from"),
        "washed": number(told.get("wash_disallowed", 0)), "covered": told.get("covered", True),
    }  # fmt: skip


def _reinvested(symbol: str, told: list[dict[str, Any]], rule: Mapping[str, Any], market: Market) -> list[dict[str, Any]]:
    """Quarterly (or monthly) lots of reinvested dividends: the shares then held × a year's yield / times a year.

    The price of a day is interpolated between the lots' own unit costs and the price of the as-of date.
    """
    known = sorted((row["acquired"], row["unit"]) for row in told)
    known.append((AS_OF, market.price(symbol)))
    months = rule.get("every_months", 3)
    lots: list[dict[str, Any]] = []
    day: date = rule["from"]
    while day < AS_OF:
        held = sum((row["shares"] for row in [*told, *lots] if row["acquired"] <= day), Decimal(0))
        shares = (held * number(rule["yield"]) * months / 12).quantize(Decimal("0.0001"))
        if shares > 0:
            lots.append({
                "acquired": day, "shares": shares, "unit": _interpolated(known, day), "action": "reinvest",
                "holding_from": None, "washed": Decimal(0), "covered": True,
            })  # fmt: skip
        month = day.month - 1 + months
        day = date(day.year + month // 12, month % 12 + 1, day.day)
    return lots


def _interpolated(known: list[tuple[date, Decimal]], day: date) -> Decimal:
    before = [point for point in known if point[0] <= day][-1]
    after = next(point for point in known if point[0] > day)
    way = Decimal((day - before[0]).days) / Decimal((after[0] - before[0]).days)
    return (before[1] + (after[1] - before[1]) * way).quantize(CENT)


def _sale(count: int, told: Mapping[str, Any]) -> Sale:
    shares = number(told["shares"])
    return Sale(
        told["symbol"], f"{told['symbol']}-S{count:02d}", told["acquired"], told["sold"], shares,
        cents(shares * number(told["price"])), cents(shares * number(told["unit"])), number(told.get("wash_disallowed", 0)),
    )  # fmt: skip


def _event(told: Mapping[str, Any]) -> Event:
    return Event(told["day"], told["action"], told.get("symbol", ""), None, None, number(told["amount"]))


def _events_of(positions: tuple[Position, ...], sales: tuple[Sale, ...]) -> list[Event]:
    """This year's purchases and sales as the lots tell them, so that history and holdings cannot disagree."""
    bought = [
        Event(lot.acquired, lot.action, lot.symbol, lot.shares, cents(lot.basis / lot.shares), -lot.basis)
        for position in positions
        for lot in position.lots
        if lot.basis and lot.acquired is not None and lot.acquired.year == AS_OF.year and lot.action != "transfer"
    ]
    sold = [Event(sale.sold, "sell", sale.symbol, -sale.shares, cents(sale.proceeds / sale.shares), sale.proceeds) for sale in sales]
    return bought + sold
