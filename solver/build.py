"""From a checked household and its policy to the arrays of `solver/problem`: the only room that turns Decimal into float64."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from rules.language.harvest import Harvest
from rules.policy import HouseholdPolicy
from rules.tax import TaxYear
from solver.after_tax import after_tax_returns
from solver.holding_period import term_of
from solver.outcome import Payment
from solver.payments import booked_usd, plan_payments, reserved_usd, retirement_income_usd
from solver.problem import Floats, Pair, Pile, Problem, Slice, TaxReturn
from solver.redemption import fee_frac, fees
from solver.tax import income_of, marginal_rates, schedule
from solver.wash_groups import with_washable
from validation.household import CASH, CASH_CLASS, Account, Household, Position, Security, TaxTreatment
from validation.units import ZERO

LAST_CHOICE = 9
"""Rank of whatever is bought only where nothing of the target's own list can be."""


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
    slices, piles = _sellable(household, policy, index, spreads)
    cash = np.array([float(household.cash_of[each.account_id].total_usd + booked_usd(payments, each.account_id)) for each in accounts])
    value_of = _account_values(household, payments)
    class_usd = _class_dollars(household, payments, classes, exposure, set(index))
    returns = tuple(_tax_return(household, payments, tax_year, taxpayer_id) for taxpayer_id in household.taxpayer)
    later = _later_rates(policy, returns)
    problem = Problem(
        household=household,
        policy=policy,
        payments=payments,
        accounts=accounts,
        classes=classes,
        slices=slices,
        piles=piles,
        pairs=_buyable(household, policy, accounts, value_of),
        returns=returns,
        cash_usd=cash,
        reserved_usd=np.array([float(reserved_usd(payments, each.account_id)) for each in accounts]),
        unsettled_usd=np.array([float(household.cash_of[each.account_id].unsettled_usd) for each in accounts]),
        account_value_usd=np.array([value_of[each.account_id] for each in accounts]),
        class_usd=class_usd,
        value_usd=float(class_usd.sum() + cash.sum()),
        target_frac=np.array([targets.get(name, 0.0) for name in classes]),
        exposure=exposure,
        half_spread=spreads,
        later_rate=later,
        location_frac=_location(household, policy, returns, classes, value_of),
    )
    return with_washable(problem)


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
        household.account[position.account_id].is_traded
        and not position.frozen
        and not security.frozen
        and security.has_price
        and position.quantity > 0
    )


def _sellable(
    household: Household, policy: HouseholdPolicy, index: Mapping[str, int], spreads: Mapping[str, float]
) -> tuple[tuple[Slice, ...], tuple[Pile, ...]]:
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
                fee = float(fee_frac(household, policy, lot))
                gain = 1.0 - spread - fee - float(lot.cost_basis_usd) / value
                term = term_of(lot, household.as_of)
                slices.append(
                    Slice(index[account.account_id], len(piles), position.symbol, quantity, value, gain, term, lot, position, fee)
                )
        else:
            quantity = float(position.quantity)
            fee = _mean_fee(household, policy, position)
            slices.append(
                Slice(index[account.account_id], len(piles), position.symbol, quantity, quantity * price, 0.0, None, None, position, fee)
            )
        if len(slices) > first:
            members = tuple(range(first, len(slices)))
            total = sum(slices[j].value_usd for j in members)
            piles.append(Pile(index[account.account_id], position.symbol, members, total, position))
    return tuple(slices), tuple(piles)


def _mean_fee(household: Household, policy: HouseholdPolicy, position: Position) -> float:
    """The redemption fee of a whole untaxed position, as a fraction of it. Part of it may cost more or less, as the account's
    relief method takes its lots; the list is charged what those cost."""
    charged = sum((lot.quantity * fee for lot, fee in fees(household, policy, position.lots).items()), ZERO)
    return float(charged / position.quantity) if charged else 0.0


def _account_values(household: Household, payments: tuple[Payment, ...]) -> dict[str, float]:
    """Value of every account after booked orders, dollars."""
    value = {
        each.account_id: float(household.cash_of[each.account_id].total_usd + booked_usd(payments, each.account_id))
        for each in household.accounts
    }
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


def _buyable(
    household: Household, policy: HouseholdPolicy, accounts: tuple[Account, ...], value_of: Mapping[str, float]
) -> tuple[Pair, ...]:
    """The target rule's holdings per class and treatment, most preferred first, that can be traded at all; and where a
    loss may be harvested, what the harvest rule replaces it with, after them."""
    if policy.target is None:
        return ()
    target = policy.target.rule
    pairs: list[Pair] = []
    for index, account in enumerate(accounts):
        ranks: dict[str, int] = {}
        for asset_class in target.holdings:
            for rank, symbol in enumerate(target.holdings_for(asset_class, account.tax_treatment)):
                ranks[symbol] = min(rank, ranks.get(symbol, rank))
        for rank, symbol in enumerate(_replacements(household, policy, account), start=len(household.securities)):
            ranks.setdefault(symbol, rank)
        limit = max(0.0, value_of[account.account_id])
        frozen_here = {
            each.symbol for each in household.positions if each.account_id == account.account_id and (each.frozen or each.quantity < 0)
        }
        order = sorted(ranks, key=lambda symbol: ranks[symbol])
        tradable = [symbol for symbol in order if symbol not in frozen_here and _is_buyable(household, symbol)]
        preferred = {symbol: min(ranks[symbol], LAST_CHOICE) for symbol in tradable}
        pairs.extend(Pair(index, symbol, limit, rank) for symbol, rank in sorted(preferred.items()))
    return tuple(pairs)


def _is_buyable(household: Household, symbol: str) -> bool:
    security = household.securities.get(symbol)
    return security is not None and not security.frozen and security.has_price and symbol != CASH


def _replacements(household: Household, policy: HouseholdPolicy, account: Account) -> list[str]:
    """What the harvest rules hold instead of the losses that this account could take, most preferred first: the listed
    symbols, or the securities of the same equivalent group that are not substantially identical."""
    if not account.is_taxable:
        return []
    lost = {
        lot.symbol
        for position in household.positions
        if position.account_id == account.account_id
        for lot in position.lots
        if lot.cost_basis_usd is not None and lot.cost_basis_usd > lot.quantity * household.price_usd(lot.symbol)
    }
    found: dict[str, None] = {}
    for placed in policy.of(Harvest):
        for symbol in sorted(lost):
            if not placed.rule.applies_to.binds(household, account.account_id, symbol):
                continue
            if placed.rule.replace_with != "equivalents":
                found |= dict.fromkeys(placed.rule.replace_with)
                continue
            sold = household.securities[symbol]
            found |= {
                other.symbol: None
                for other in sorted(household.securities.values(), key=lambda each: each.symbol)
                if sold.equivalent_group and other.equivalent_group == sold.equivalent_group and other.identity_group != sold.identity_group
            }
    return list(found)


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
    return {each.taxpayer_id: float(each.rates.later) * discount for each in returns}


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
        account.account_id: np.array(
            [by_taxpayer[account.taxpayer_id].get((name, TaxTreatment(account.tax_treatment)), np.nan) for name in classes]
        )
        for account in counted
    }
    mean = sum((table[account.account_id] * max(0.0, value_of[account.account_id]) / total for account in counted), np.zeros(len(classes)))
    return {account_id: np.nan_to_num(row - mean, nan=0.0) for account_id, row in table.items()}
