"""Where the money is, by account and asset class, and how far that is from the target.

    drift = ½ · Σ_c |w[c] − t[c]|

at asset-class level, as a fraction of household value. Locked accounts count, excluded ones don't.
Decimal, so that weights of a hand-made household are exact.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import TypeAlias

from solver.outcome import Holding
from validation.household import CASH, CASH_CLASS, Household
from validation.units import ZERO

Placement: TypeAlias = dict[str, dict[str, Decimal]]
"""Dollars by account id and asset class, counted accounts only."""


def placement_of(household: Household, holdings: Iterable[Holding]) -> Placement:
    """Dollars by counted account and class: quantity × price, unrounded, split by the security's exposures."""
    placed: Placement = {account.account_id: {} for account in household.accounts if account.is_counted}
    for holding in holdings:
        row = placed.get(holding.account_id)
        if row is None or not holding.quantity:
            continue
        if holding.symbol == CASH:
            row[CASH_CLASS] = row.get(CASH_CLASS, ZERO) + holding.quantity
            continue
        security = household.securities[holding.symbol]
        value = holding.quantity * security.price_usd
        for name, weight in security.exposures.items():
            row[name] = row.get(name, ZERO) + value * weight
    return placed


def class_dollars(placement: Placement) -> dict[str, Decimal]:
    """Dollars by class over all counted accounts, classes in name order."""
    total: dict[str, Decimal] = defaultdict(Decimal)
    for row in placement.values():
        for name, dollars in row.items():
            total[name] += dollars
    return dict(sorted(total.items()))


def weights_of(placement: Placement) -> dict[str, Decimal]:
    """Weight by class, classes in name order; empty where the household's counted value is not above zero."""
    dollars = class_dollars(placement)
    value = sum(dollars.values(), ZERO)
    return {name: part / value for name, part in dollars.items()} if value > 0 else {}


def drift(weights: Mapping[str, Decimal], targets: Mapping[str, Decimal]) -> Decimal:
    """½ Σ |w − t| over the classes of either side, a fraction."""
    return sum(deviations(weights, targets).values(), ZERO) / 2


def largest_deviation(weights: Mapping[str, Decimal], targets: Mapping[str, Decimal]) -> Decimal:
    """max |w − t|, a fraction."""
    return max(deviations(weights, targets).values(), default=ZERO)


def relative_deviations(weights: Mapping[str, Decimal], targets: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """|w − t| / t of every class with a target above zero."""
    return {name: gap / targets[name] for name, gap in deviations(weights, targets).items() if targets.get(name)}


def deviations(weights: Mapping[str, Decimal], targets: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """|w − t| of every class of either side, in name order."""
    return {name: abs(weights.get(name, ZERO) - targets.get(name, ZERO)) for name in sorted({*weights, *targets})}
