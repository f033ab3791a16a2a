"""The household as arrays: what can be sold, what can be bought, what cannot move, and what each dollar means.

Everything is float64 dollars, but for washed shares. Index sets, in this order, are the model's base columns:

    sell[j]         slices j: what sells as one piece, a tax lot of a taxable account, a whole position of an untaxed one
    sold[p]         piles p: (account, security) with at least one slice, one order line when sold
    buy[k]          pairs k: (account, security) that the target rule's universe allows to buy
    cash[a]         managed accounts a: cash left
    net_st[u], net_lt[u]    taxpayers u: the year's net gains after carryforwards
    washed[i]       washable slices i: shares of them whose loss is disallowed (none where wash sales are avoided)
    selling[p], buying[k]   switches: the order line exists

Nothing here knows a rule; `solver/terms` does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from rules.language.trade_size import TradeSize
from rules.policy import HouseholdPolicy
from solver.outcome import Payment, Term
from solver.tax import Income, Rates, TaxSchedule
from validation.household import Account, Household, Lot, Position, Security
from validation.units import ZERO

ROUNDING_USD = 0.05
WHOLE_SHARE, FRACTION_OF_SHARE = Decimal(1), Decimal("0.001")

Floats: TypeAlias = NDArray[np.float64]
Indices: TypeAlias = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Slice:
    """What sells as one piece. `value_usd` at the mid price; `gain_frac` is the gain per dollar sold, net of the
    half-spread and of `fee_frac`, the redemption fee (0 in untaxed accounts); `term` is None there."""

    account: int
    pile: int
    symbol: str
    quantity: float
    value_usd: float
    gain_frac: float
    term: Term | None
    lot: Lot | None
    position: Position
    fee_frac: float = 0.0

    @property
    def loss_per_share(self) -> float:
        """Dollars that a share loses when it is sold, 0 at a gain and in untaxed accounts."""
        return max(0.0, -self.gain_frac) * self.value_usd / self.quantity if self.term is not None else 0.0

    @property
    def is_loss(self) -> bool:
        """A sale of it could realise a loss, be it by a rounded cent."""
        return self.term is not None and self.gain_frac * self.value_usd < 0.02


@dataclass(frozen=True, slots=True)
class Pile:
    """A position that can be sold, wholly or in part, as one order line."""

    account: int
    symbol: str
    slices: tuple[int, ...]
    value_usd: float
    position: Position


@dataclass(frozen=True, slots=True)
class Pair:
    """An account and a security that may be bought there; `rank` is its place in the target rule's order of preference."""

    account: int
    symbol: str
    limit_usd: float
    rank: int


@dataclass(frozen=True, slots=True)
class OrderSize:
    """The smallest order of a security in an account (dollars), the cost of each (dollars), the step (shares)."""

    least_usd: float
    ticket_usd: Decimal
    step: Decimal


@dataclass(frozen=True, slots=True)
class TaxReturn:
    """A taxpayer's fixed side of the tax: schedule, income, marginal rates before the proposal, and this year's gains so
    far (dollars, before carryforwards)."""

    taxpayer_id: str
    schedule: TaxSchedule[float]
    income: Income[float]
    rates: Rates
    net_st: float
    net_lt: float


@dataclass(frozen=True, slots=True)
class Columns:
    """Where each family of base columns begins."""

    slices: int
    piles: int
    pairs: int
    accounts: int
    returns: int
    washable: int = 0

    def sell(self, j: int) -> int:
        return j

    def sold(self, p: int) -> int:
        return self.slices + p

    def buy(self, k: int) -> int:
        return self.slices + self.piles + k

    def cash(self, a: int) -> int:
        return self.slices + self.piles + self.pairs + a

    def net_st(self, u: int) -> int:
        return self.slices + self.piles + self.pairs + self.accounts + u

    def net_lt(self, u: int) -> int:
        return self.net_st(self.returns) + u

    def washed(self, i: int) -> int:
        return self.net_lt(self.returns) + i

    @property
    def amounts(self) -> int:
        """Columns that are dollars or shares; the switches come after them, where they are stated at all."""
        return self.washed(self.washable)

    def selling(self, p: int) -> int:
        return self.amounts + p

    def buying(self, k: int) -> int:
        return self.amounts + self.piles + k

    @property
    def count(self) -> int:
        return self.buying(self.pairs)


@dataclass(frozen=True)
class Problem:
    """One household's arrays. Weights and targets are over `classes`; dollars throughout."""

    household: Household
    policy: HouseholdPolicy
    payments: tuple[Payment, ...]
    accounts: tuple[Account, ...]
    classes: tuple[str, ...]
    slices: tuple[Slice, ...]
    piles: tuple[Pile, ...]
    pairs: tuple[Pair, ...]
    returns: tuple[TaxReturn, ...]
    cash_usd: Floats
    """Cash of each managed account after booked orders, before trades."""
    reserved_usd: Floats
    unsettled_usd: Floats
    account_value_usd: Floats
    """Value of each managed account after booked orders."""
    class_usd: Floats
    """Dollars by class of everything counted, after booked orders, without the managed accounts' cash."""
    value_usd: float
    """Value of all counted accounts after booked orders."""
    target_frac: Floats
    exposure: Mapping[str, Floats]
    """Fractions by class, one row per symbol (CASH included)."""
    half_spread: Mapping[str, float]
    later_rate: Mapping[str, float]
    """By taxpayer: present value of a dollar of gain taxed later instead of now (rate × discount)."""
    location_frac: Mapping[str, Floats]
    """By account id: yearly after-tax return of each class there, relative to the class's mean over the household."""
    washable: tuple[int, ...] = ()
    """Slices whose loss a replacement may wash, at a price: in matching order, group by group (`solver/wash_groups`)."""
    rounding_usd: float = ROUNDING_USD
    """Kept free in every budget, since lots are rounded to cents after the solve; what exceeds the usual is kept free in
    every account's cash, too."""

    @cached_property
    def account_index(self) -> Mapping[str, int]:
        return {account.account_id: index for index, account in enumerate(self.accounts)}

    @cached_property
    def washed_column(self) -> Mapping[int, int]:
        """By washable slice, the base column of its washed shares."""
        return {j: self.columns.washed(i) for i, j in enumerate(self.washable)}

    @cached_property
    def columns(self) -> Columns:
        return Columns(len(self.slices), len(self.piles), len(self.pairs), len(self.accounts), len(self.returns), len(self.washable))

    @cached_property
    def order_sizes(self) -> Mapping[tuple[int, str], OrderSize]:
        """What the trade_size rules ask of an order, by (account index, symbol), for everything that can be traded."""
        rules = [placed.rule for placed in self.policy.of(TradeSize)]
        keys = dict.fromkeys([*((each.account, each.symbol) for each in self.piles), *((each.account, each.symbol) for each in self.pairs)])
        return {key: _order_size(self, rules, *key) for key in keys}

    @cached_property
    def charges_tickets(self) -> bool:
        return any(size.ticket_usd for size in self.order_sizes.values())

    @cached_property
    def movable_class_usd(self) -> Floats:
        """Dollars by class of everything that can be sold."""
        return sum((pile.value_usd * self.exposure[pile.symbol] for pile in self.piles), np.zeros(len(self.classes)))

    def security(self, symbol: str) -> Security:
        return self.household.securities[symbol]

    def spread(self, symbol: str) -> float:
        return self.half_spread[symbol]


def _order_size(problem: Problem, rules: list[TradeSize], account: int, symbol: str) -> OrderSize:
    security, account_id = problem.security(symbol), problem.accounts[account].account_id
    mine = [rule for rule in rules if rule.applies_to.binds(problem.household, account_id, symbol)]
    value = Decimal(repr(max(0.0, float(problem.account_value_usd[account]))))
    kind, whole = security.security_type, security.whole_shares
    for rule in mine:
        whole = rule.wants_whole_shares(kind, whole)
    return OrderSize(
        max((float(rule.minimum(kind, value)) for rule in mine), default=0.0),
        max((rule.ticket(kind) for rule in mine), default=ZERO),
        WHOLE_SHARE if whole else FRACTION_OF_SHARE,
    )
