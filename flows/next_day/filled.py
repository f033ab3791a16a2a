"""What the custodians report for the days after a run: fills, and the lots that were relieved.

Fills are the transactions of the period; where none were delivered, the change of the position. Relieved lots are the realised
lots of the period; where none were delivered, what the open lots lost.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

import polars as pl

from solver.holding_period import term_of
from solver.outcome import Term
from validation.household import Household, Lot, Position
from validation.marts import Marts
from validation.units import ZERO

CLOSE = Decimal("0.001")
"""Shares: custodians round lots, so that less than this is no difference."""
Row = Mapping[str, object]
Key = tuple[str, str]
"""Account and symbol."""
CENT = Decimal("0.01")
SIDES = {"buy": "BUY", "sell": "SELL"}


@dataclass(slots=True)
class Fill:
    """What was bought or sold of a security in an account: shares, and dollars where they were told."""

    quantity: Decimal = ZERO
    amount: Decimal | None = None

    @property
    def price(self) -> Decimal | None:
        """Average price, dollars per share; None where it was not told."""
        return self.amount / self.quantity if self.amount is not None and self.quantity else None


@dataclass(frozen=True, slots=True)
class Relieved:
    """A lot, or a part of one, that the custodian relieved. `lot` is the lot as it stood before, None where it is not recognised.
    Dollars; `disallowed` is the washed part of a loss, positive."""

    lot: Lot | None
    acquired_date: date | None
    quantity: Decimal
    proceeds: Decimal | None
    basis: Decimal | None
    disallowed: Decimal
    sold_date: date

    @property
    def gain(self) -> Decimal | None:
        """The gain that counts for tax: what was washed of a loss is added back. None where a side of it is unknown."""
        return None if self.proceeds is None or self.basis is None else self.proceeds - self.basis + self.disallowed

    @property
    def term(self) -> Term:
        """By the holding period of the lot before, else by the custodian's acquisition date."""
        stand_in = Lot("", "", "", self.acquired_date, self.quantity, None)
        return term_of(self.lot or stand_in, self.sold_date)


@dataclass(slots=True)
class Reported:
    """The custodians' side of the comparison."""

    fills: dict[tuple[str, str, str], Fill] = field(default_factory=dict)
    """(account, symbol, side) → fill."""
    relieved: dict[Key, list[Relieved]] = field(default_factory=dict)
    lots_told: set[Key] = field(default_factory=set)
    """Where the relieved lots are known, be it that none were."""
    accounts: set[str] = field(default_factory=set)
    """Accounts that something was delivered of."""


def reported(marts: Marts, as_of: date, day: date, households: Mapping[str, Household]) -> Reported:
    """What the marts of `day` say happened after `as_of`, in the accounts of these households."""
    accounts = {account.account_id for home in households.values() for account in home.accounts}
    before = {
        (position.account_id, position.symbol): position for home in households.values() for position in home.positions
    }  # fmt: skip
    told = Reported(accounts=_delivered(marts, accounts))
    quantities = _sums(_of(marts.positions, accounts), "quantity")
    told_of: set[Key] = set()
    for row in _of(marts.transactions, accounts).filter(pl.col("trade_date") > as_of).iter_rows(named=True):
        # A reinvestment, transfer or split explains a change of the position as well.
        if row["quantity"]:
            told_of.add((row["account_id"], row["symbol"]))
        if row["action"] in SIDES and row["quantity"] is not None:
            _add(told.fills.setdefault((row["account_id"], row["symbol"], SIDES[row["action"]]), Fill()), row)
    for key in sorted({*before, *quantities}):
        had = before[key].quantity if key in before else ZERO
        change = quantities.get(key, ZERO) - had
        if key not in told_of and key[0] in told.accounts and abs(change) > CLOSE:
            told.fills[(*key, "BUY" if change > ZERO else "SELL")] = Fill(abs(change))
    still_open: dict[Key, list[Row]] = defaultdict(list)
    for row in _of(marts.tax_lots, accounts).iter_rows(named=True):
        still_open[row["account_id"], row["symbol"]].append(row)
    for row in _of(marts.realized, accounts).filter(pl.col("sold_date") > as_of).iter_rows(named=True):
        key = (row["account_id"], row["symbol"])
        told.relieved.setdefault(key, []).append(_relieved(row, before[key].lots if key in before else ()))
        told.lots_told.add(key)
    for key, position in before.items():
        if key not in told.lots_told and key[0] in told.accounts and position.lots:
            left = _left(position, still_open[key], quantities.get(key, ZERO), as_of)
            lost = None if left is None else _lost(told, position, left, day)
            if lost is not None:
                told.relieved[key] = lost
                told.lots_told.add(key)
    return told


def _of(frame: pl.DataFrame, accounts: Iterable[str]) -> pl.DataFrame:
    return frame.filter(pl.col("account_id").is_in(sorted(accounts)))


def _delivered(marts: Marts, accounts: set[str]) -> set[str]:
    frames = (marts.positions, marts.tax_lots, marts.cash, marts.transactions)
    return {account for frame in frames for account in _of(frame, accounts)["account_id"].unique()}


def _sums(frame: pl.DataFrame, column: str) -> dict[Key, Decimal]:
    total: dict[Key, Decimal] = defaultdict(Decimal)
    for account, symbol, value in frame.select("account_id", "symbol", column).iter_rows():
        total[account, symbol] += Decimal(str(value))
    return total


def _add(fill: Fill, row: Mapping[str, object]) -> None:
    """Signs are the custodian's: some write sales negative, some do not."""
    quantity = abs(Decimal(str(row["quantity"])))
    amount = None
    if row["amount"] is not None:
        amount = abs(Decimal(str(row["amount"])))
    elif row["price"] is not None:
        amount = quantity * Decimal(str(row["price"]))
    known = fill.quantity == ZERO or fill.amount is not None
    fill.amount = (fill.amount or ZERO) + amount if known and amount is not None else None
    fill.quantity += quantity


def _relieved(row: Mapping[str, object], lots: tuple[Lot, ...]) -> Relieved:
    quantity = abs(Decimal(str(row["quantity"])))
    basis = None if row["cost_basis"] is None else Decimal(str(row["cost_basis"]))
    acquired, sold = row["acquired_date"], row["sold_date"]
    assert isinstance(sold, date)
    day = acquired if isinstance(acquired, date) else None
    return Relieved(
        _recognised(str(row["lot_id"]), day, None if basis is None or not quantity else basis / quantity, lots), day, quantity,
        None if row["proceeds"] is None else Decimal(str(row["proceeds"])), basis, Decimal(str(row["wash_disallowed"])), sold,
    )  # fmt: skip


def _recognised(lot_id: str, acquired: date | None, unit_cost: Decimal | None, lots: tuple[Lot, ...]) -> Lot | None:
    """The lot as it stood before: by its id, else by date and nearest cost per share (within a cent), else by a date that only
    one lot has."""
    for lot in lots:
        if lot_id and lot.lot_id == lot_id:
            return lot
    of_day = [lot for lot in lots if lot.acquired_date == acquired]
    if unit_cost is not None:
        near = [lot for lot in of_day if lot.cost_basis_usd is not None and abs(lot.cost_basis_usd / lot.quantity - unit_cost) <= CENT]
        if near:
            return near[0]
    return of_day[0] if len(of_day) == 1 else None


def _left(position: Position, rows: Sequence[Row], held: Decimal, as_of: date) -> dict[str, Decimal] | None:
    """What is left of each lot of before; None where the open lots are not all there or one of them is not recognised.

    A custodian without lot ids is followed by date and cost per share, which a partial sale may move by a rounded cent.
    """
    if abs(sum((_exact(row["quantity"]) for row in rows), ZERO) - held) > CLOSE:
        return None
    left: dict[str, Decimal] = {}
    unknown = [row for row in rows if row["lot_id"] not in {lot.lot_id for lot in position.lots}]
    for row in rows:
        if row not in unknown:
            left[str(row["lot_id"])] = _exact(row["quantity"])
    for row in unknown:
        day, quantity = row["acquired_date"], _exact(row["quantity"])
        if isinstance(day, date) and day > as_of:
            continue  # bought since
        cost = None if row["cost_basis"] is None or not quantity else _exact(row["cost_basis"]) / quantity
        free = tuple(lot for lot in position.lots if lot.lot_id not in left and lot.quantity >= quantity)
        lot = _recognised("", day if isinstance(day, date) else None, cost, free)
        if lot is None:
            return None
        left[lot.lot_id] = quantity
    return left


def _exact(number: object) -> Decimal:
    return Decimal(str(number))


def _lost(told: Reported, position: Position, left: Mapping[str, Decimal], day: date) -> list[Relieved]:
    """What each lot of a position lost, at the fill's average price."""
    fill = told.fills.get((position.account_id, position.symbol, "SELL"))
    price = fill.price if fill else None
    lost = [(lot, lot.quantity - left.get(lot.lot_id, ZERO)) for lot in position.lots]
    return [
        Relieved(
            lot, lot.acquired_date, gone, None if price is None else gone * price,
            None if lot.cost_basis_usd is None else lot.cost_basis_usd * gone / lot.quantity, ZERO, day,
        )
        for lot, gone in lost if gone > CLOSE
    ]  # fmt: skip
