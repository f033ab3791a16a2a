"""The household as arrays: what can be sold, what can be bought, what cannot move, and what each dollar means.

Everything is float64 dollars. Index sets, in this order, are the model's base columns:

    sell[j]         slices j: what sells as one piece, a tax lot of a taxable account, a whole position of an untaxed one
    sold[p]         piles p: (account, security) with at least one slice, one order line when sold
    buy[k]          pairs k: (account, security) that the target rule's universe allows to buy
    cash[a]         managed accounts a: cash left
    net_st[u], net_lt[u]    taxpayers u: the year's net gains after carryforwards
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
from rules.tax import TaxYear
from solver.after_tax import after_tax_returns
from solver.holding_period import term_of
from solver.outcome import Payment, Term
from solver.payments import booked_usd, plan_payments, reserved_usd, retirement_income_usd
from solver.tax import Income, Rates, TaxSchedule, income_of, marginal_rates, schedule
from validation.household import CASH, CASH_CLASS, Account, Household, Lot, Position, Security, TaxTreatment
from validation.units import ZERO

ROUNDING_USD = 0.05
WHOLE_SHARE, FRACTION_OF_SHARE = Decimal(1), Decimal("0.001")

Floats: TypeAlias = NDArray[np.float64]
Indices: TypeAlias = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Slice:
    """What sells as one piece. `value_usd` at the mid price; `gain_frac` is the gain per dollar sold, net of the
    half-spread (0 in untaxed accounts); `term` is None there."""

    account: int
    pile: int
    symbol: str
    quantity: float
    value_usd: float
    gain_frac: float
    term: Term | None
    lot: Lot | None
    position: Position

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

    @property
    def amounts(self) -> int:
        """Columns that are dollars; the switches come after them, where they are stated at all."""
        return self.net_lt(self.returns)

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
    rounding_usd: float = ROUNDING_USD
    """Kept free in every budget, since lots are rounded to cents after the solve; what exceeds the usual is kept free in
    every account's cash, too."""

    @cached_property
    def account_index(self) -> Mapping[str, int]:
        return {account.account_id: index for index, account in enumerate(self.accounts)}

    @cached_property
    def columns(self) -> Columns:
        return Columns(len(self.slices), len(self.piles), len(self.pairs), len(self.accounts), len(self.returns))

    @cached_property
    def order_sizes(self) -> Mapping[tuple[int, str], OrderSize]:
        """What the trade_size rules ask of an order, by (account index, symbol), for everything that can be traded."""
        rules = [placed.rule for placed in self.policy.of(TradeSize)]
        keys = dict.fromkeys([*((each.account, each.symbol) for each in self.piles), *((each.account, each.symbol) for each in self.pairs)])
        return {key: _order_size(self, rules, *key) for key in keys}

    @property
    def charges_tickets(self) -> bool:
        return any(size.ticket_usd for size in self.order_sizes.values())

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
        max((float(rule.minimum(kind, value)) for rule in mine), default=0.0), max((rule.ticket(kind) for rule in mine), default=ZERO),
        WHOLE_SHARE if whole else FRACTION_OF_SHARE,
    )


def build_problem(household: Household, policy: HouseholdPolicy, tax_year: TaxYear) -> Problem:
    """Arrays of one checked household under one policy in one tax year.

    Raises KeyError only for what the gate lets not through (unknown ids).
    """
    payments = plan_payments(household, policy)
    accounts = tuple(account for account in household.accounts if account.is_traded)
    index = {account.account_id: place for place, account in enumerate(accounts)}
    target = policy.target.rule if policy.target else None
    targets = {name: float(weight) for name, weight in target.weights.items()} if target else {}
    classes = _classes(household, targets)
    exposure = {symbol: _exposure(security, classes) for symbol, security in household.securities.items()}
    exposure[CASH] = _exposure(None, classes)
    spreads = {symbol: float(security.half_spread_bps) * 1e-4 for symbol, security in household.securities.items()}
    slices, piles = _sellable(household, index, spreads)
    cash = np.array([float(household.cash_of[each.account_id].total_usd + booked_usd(payments, each.account_id)) for each in accounts])
    value_of = _account_values(household, payments)
    class_usd = _class_dollars(household, payments, classes, exposure, set(index))
    returns = tuple(_tax_return(household, payments, tax_year, taxpayer_id) for taxpayer_id in household.taxpayer)
    later = _later_rates(policy, returns)
    return Problem(
        household=household, policy=policy, payments=payments, accounts=accounts, classes=classes, slices=slices, piles=piles,
        pairs=_buyable(household, policy, accounts, value_of), returns=returns, cash_usd=cash,
        reserved_usd=np.array([float(reserved_usd(payments, each.account_id)) for each in accounts]),
        unsettled_usd=np.array([float(household.cash_of[each.account_id].unsettled_usd) for each in accounts]),
        account_value_usd=np.array([value_of[each.account_id] for each in accounts]),
        class_usd=class_usd, value_usd=float(class_usd.sum() + cash.sum()),
        target_frac=np.array([targets.get(name, 0.0) for name in classes]), exposure=exposure, half_spread=spreads,
        later_rate=later, location_frac=_location(household, policy, returns, classes, value_of),
    )


def _classes(household: Household, targets: Mapping[str, float]) -> tuple[str, ...]:
    held = {position.symbol for position in household.positions}
    exposed = {name for symbol in held for name in household.securities[symbol].exposures}
    return tuple(sorted(exposed | set(targets) | {CASH_CLASS}))


def _exposure(security: Security | None, classes: tuple[str, ...]) -> Floats:
    """Fractions by class; what the firm has not classified stays in no class of the target."""
    weights = {CASH_CLASS: 1.0} if security is None else {name: float(weight) for name, weight in security.exposures.items()}
    return np.array([weights.get(name, 0.0) for name in classes])


def is_sellable(household: Household, position: Position) -> bool:
    """In a managed account, priced, long, and frozen by no finding."""
    security = household.securities[position.symbol]
    return (
        household.account[position.account_id].is_traded and not position.frozen and not security.frozen and security.has_price
        and position.quantity > 0
    )


def _sellable(household: Household, index: Mapping[str, int], spreads: Mapping[str, float]) -> tuple[tuple[Slice, ...], tuple[Pile, ...]]:
    slices: list[Slice] = []
    piles: list[Pile] = []
    for position in sorted(household.positions, key=lambda each: (each.account_id, each.symbol)):
        if not is_sellable(household, position):
            continue
        account = household.account[position.account_id]
        price = float(household.securities[position.symbol].price_usd)
        spread = spreads[position.symbol]
        first = len(slices)
        if account.is_taxable:
            for lot in sorted(position.lots, key=lambda each: (each.acquired_date or household.as_of, each.lot_id)):
                if lot.frozen or lot.cost_basis_usd is None or lot.quantity <= 0:
                    continue
                quantity = float(lot.quantity)
                value = quantity * price
                gain = 1.0 - spread - float(lot.cost_basis_usd) / value
                term = term_of(lot, household.as_of)
                slices.append(Slice(index[account.account_id], len(piles), position.symbol, quantity, value, gain, term, lot, position))
        else:
            quantity = float(position.quantity)
            slices.append(Slice(index[account.account_id], len(piles), position.symbol, quantity, quantity * price, 0.0, None, None, position))
        if len(slices) > first:
            members = tuple(range(first, len(slices)))
            total = sum(slices[j].value_usd for j in members)
            piles.append(Pile(index[account.account_id], position.symbol, members, total, position))
    return tuple(slices), tuple(piles)


def _account_values(household: Household, payments: tuple[Payment, ...]) -> dict[str, float]:
    """Value of every account after booked orders, dollars."""
    value = {each.account_id: float(household.cash_of[each.account_id].total_usd + booked_usd(payments, each.account_id)) for each in household.accounts}
    for position in household.positions:
        value[position.account_id] += float(position.quantity * household.price_usd(position.symbol))
    return value


def _class_dollars(
    household: Household, payments: tuple[Payment, ...], classes: tuple[str, ...], exposure: Mapping[str, Floats], managed: set[str]
) -> Floats:
    total = np.zeros(len(classes))
    for position in household.positions:
        if household.account[position.account_id].is_counted:
            total += exposure[position.symbol] * float(position.quantity * household.price_usd(position.symbol))
    for account in household.accounts:
        if account.is_counted and account.account_id not in managed:
            cash = household.cash_of[account.account_id].total_usd + booked_usd(payments, account.account_id)
            total += exposure[CASH] * float(cash)
    return total


def _buyable(household: Household, policy: HouseholdPolicy, accounts: tuple[Account, ...], value_of: Mapping[str, float]) -> tuple[Pair, ...]:
    """The target rule's holdings per class and treatment, most preferred first, that can be traded at all."""
    if policy.target is None:
        return ()
    target = policy.target.rule
    pairs: list[Pair] = []
    for index, account in enumerate(accounts):
        ranks: dict[str, int] = {}
        for asset_class in target.holdings:
            for rank, symbol in enumerate(target.holdings_for(asset_class, account.tax_treatment)):
                security = household.securities.get(symbol)
                if security is not None and not security.frozen and security.has_price and symbol != CASH:
                    ranks[symbol] = min(rank, ranks.get(symbol, rank))
        limit = max(0.0, value_of[account.account_id])
        frozen_here = {each.symbol for each in household.positions if each.account_id == account.account_id and (each.frozen or each.quantity < 0)}
        pairs.extend(Pair(index, symbol, limit, rank) for symbol, rank in sorted(ranks.items()) if symbol not in frozen_here)
    return tuple(pairs)


def _tax_return(household: Household, payments: tuple[Payment, ...], tax_year: TaxYear, taxpayer_id: str) -> TaxReturn:
    taxpayer = household.taxpayer[taxpayer_id]
    law = schedule(tax_year, taxpayer.filing_status, taxpayer.state)
    owners = tuple(owner for owner in household.owners if owner.taxpayer_id == taxpayer_id)
    income = income_of(taxpayer, law, owners, household.as_of, retirement_income_usd(household, payments, taxpayer_id))
    rates = marginal_rates(law, income, taxpayer.realized_st_ytd_usd, taxpayer.realized_lt_ytd_usd)
    return TaxReturn(
        taxpayer_id, law.as_float(), income.as_float(), rates, float(taxpayer.realized_st_ytd_usd), float(taxpayer.realized_lt_ytd_usd)
    )


def _later_rates(policy: HouseholdPolicy, returns: tuple[TaxReturn, ...]) -> dict[str, float]:
    assumptions = policy.assumptions
    if assumptions is None:
        return {each.taxpayer_id: 0.0 for each in returns}
    discount = (1 + float(assumptions.discount_frac)) ** -float(assumptions.deferral_years)
    return {each.taxpayer_id: float(each.rates.long_term) * discount for each in returns}


def _location(
    household: Household, policy: HouseholdPolicy, returns: tuple[TaxReturn, ...], classes: tuple[str, ...], value_of: Mapping[str, float]
) -> dict[str, Floats]:
    """Yearly after-tax return by account and class, relative to the class's mean over the household's accounts.

    The weights of the mean are the counted accounts' values, so that a pro-rata copy of the household scores zero and a
    class's higher expected return never pays for drifting into it (model.md calls allocation the target's business).
    Classes without assumptions have no preference for any account.
    """
    counted = [account for account in household.accounts if account.is_counted]
    assumptions = policy.assumptions
    total = sum(max(0.0, value_of[account.account_id]) for account in counted)
    if assumptions is None or total <= 0:
        return {account.account_id: np.zeros(len(classes)) for account in counted}
    by_taxpayer = {each.taxpayer_id: after_tax_returns(assumptions, each.rates) for each in returns}
    table = {
        account.account_id: np.array([by_taxpayer[account.taxpayer_id].get((name, TaxTreatment(account.tax_treatment)), np.nan) for name in classes])
        for account in counted
    }
    mean = sum((table[account.account_id] * max(0.0, value_of[account.account_id]) / total for account in counted), np.zeros(len(classes)))
    return {account_id: np.nan_to_num(row - mean, nan=0.0) for account_id, row in table.items()}
