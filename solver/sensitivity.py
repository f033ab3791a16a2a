"""How much the expected figures and the taxes saved hang on the assumption set and on the tax rates: the same trades, valued anew.

Five points more tax on every kind of income change a tax cost by 5 % of what the trades add to the return's income (net gain less
carryforward consumed), whatever the brackets; no rate falls below zero. Another assumption set moves no tax of this year, but what
a tax put off is worth.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace

from rules.assumptions import Assumptions
from solver.after_tax import returns_by_account, unusable
from solver.effects import effects_of
from solver.location import FloatPlacement, locate
from solver.metrics import Ground, Statistics
from solver.prospects import Sensitivity
from solver.tax import Rates
from solver.tax_cost import TaxpayerFigures, later_value

SMALLEST_BENEFIT_USD = 1.0
"""A benefit of less than a dollar a year pays nothing back."""
RATE_STEP = 0.05
"""Five points of tax on every kind of income, up and down."""
Figures = Mapping[str, TaxpayerFigures]


@dataclass(frozen=True, slots=True)
class _Change:
    """What is assumed otherwise: the set, and every taxpayer's marginal rates."""

    changed: str
    assumptions: Assumptions
    rates: Mapping[str, Rates]


def sensitivities(statistics: Statistics, ground: Ground, baseline: Statistics | None = None) -> tuple[Sensitivity, ...]:
    """The figures of one measured trade list under every other assumption set of the firm that knows its classes, and
    under higher and lower tax rates. Empty where the figures themselves are n/a."""
    before, after = statistics.location_before, statistics.location_after
    own = ground.policy.assumptions
    if before is None or after is None or own is None:
        return ()
    return tuple(
        _under(change, before.placement, after.placement, ground, statistics, baseline)
        for change in _changes(own, ground)
        if _knows(change.assumptions, before.placement, after.placement)
    )


def _changes(own: Assumptions, ground: Ground) -> Iterator[_Change]:
    rates = {each.taxpayer_id: each.rates for each in ground.taxes}
    for name, other in sorted(ground.policy.assumption_sets.items()):
        if name != own.id:
            yield _Change(name, other, rates)
    for changed, step in (("rates+5", RATE_STEP), ("rates-5", -RATE_STEP)):
        yield _Change(changed, own, {taxpayer_id: _shifted(each, step) for taxpayer_id, each in rates.items()})


def _shifted(rates: Rates, step: float) -> Rates:
    """All rates by as many points; none below zero."""
    return replace(rates, **{each.name: max(0.0, getattr(rates, each.name) + step) for each in fields(rates)})


def _knows(assumptions: Assumptions, *placements: FloatPlacement) -> bool:
    held = {name for placement in placements for row in placement.values() for name in row}
    return not unusable(assumptions) and held <= set(assumptions.classes)


def _under(
    change: _Change, before: FloatPlacement, after: FloatPlacement, ground: Ground, statistics: Statistics, baseline: Statistics | None
) -> Sensitivity:
    returns = returns_by_account(ground.household, change.assumptions, change.rates)
    treatments = {account.account_id: account.tax_treatment.value for account in ground.household.accounts}
    location, effects = locate(after, returns, treatments), effects_of(before, after, returns)
    benefit = effects.location * float(ground.household.value_usd)
    found = Sensitivity(change.changed, location.current, location.score, benefit, _payback(change, statistics, benefit))
    if baseline is None or baseline.tax_cost is None or statistics.tax_cost is None:
        return found
    saved = float(baseline.tax_cost - statistics.tax_cost) + _added(change, baseline.by_taxpayer) - _added(change, statistics.by_taxpayer)
    deferred = _later(change, baseline.by_taxpayer) - _later(change, statistics.by_taxpayer)
    return replace(found, taxes_saved_usd=saved, taxes_deferred_usd=deferred)


def _payback(change: _Change, statistics: Statistics, benefit: float) -> float | None:
    """(cost − present value of tax merely brought forward) / benefit, years; None where payback is n/a."""
    cost = statistics.cost_of_implementation
    if statistics.payback_years is None or cost is None or benefit < SMALLEST_BENEFIT_USD:
        return None
    figures = statistics.by_taxpayer
    return (float(cost) + _added(change, figures) - _later(change, figures)) / benefit


def _added(change: _Change, figures: Figures) -> float:
    """What the changed rates add to this year's tax on what the trades realise, dollars."""
    return sum(
        (change.rates[taxpayer_id].long_term - each.rates.long_term) * float(each.realized.net - each.carryforward_used)
        for taxpayer_id, each in figures.items()
    )


def _later(change: _Change, figures: Figures) -> float:
    """Present value of the later tax that the trades' gains spare, dollars."""
    value = {taxpayer_id: later_value(each, change.assumptions) or 0.0 for taxpayer_id, each in change.rates.items()}
    return sum(float(each.realized.net) * value[taxpayer_id] for taxpayer_id, each in figures.items())
