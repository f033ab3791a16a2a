"""How much the expected figures hang on what nobody knows: the assumption set, and the tax rates."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace

from rules.assumptions import Assumptions
from solver.after_tax import returns_by_account, unusable
from solver.effects import effects_of
from solver.location import FloatPlacement, locate
from solver.metrics import Ground, Statistics
from solver.prospects import Sensitivity
from solver.tax import Rates

SMALLEST_BENEFIT_USD = 1.0
"""A benefit of less than a dollar a year pays nothing back."""
RATE_STEP = 0.05
"""Five points of tax on every kind of income, up and down."""


def sensitivities(statistics: Statistics, ground: Ground) -> tuple[Sensitivity, ...]:
    """The figures of one measured trade list under every other assumption set of the firm that knows its classes, and
    under higher and lower tax rates. Empty where the figures themselves are n/a."""
    before, after = statistics.location_before, statistics.location_after
    own = ground.policy.assumptions
    if before is None or after is None or own is None:
        return ()
    return tuple(
        _under(changed, assumptions, rates, before.placement, after.placement, ground, _paid_back(statistics))
        for changed, assumptions, rates in _changes(own, ground)
        if _knows(assumptions, before.placement, after.placement)
    )


def _changes(own: Assumptions, ground: Ground) -> Iterator[tuple[str, Assumptions, dict[str, Rates]]]:
    rates = {each.taxpayer_id: each.rates for each in ground.taxes}
    for name, other in sorted(ground.policy.assumption_sets.items()):
        if name != own.id:
            yield name, other, rates
    for changed, step in (("rates+5", RATE_STEP), ("rates-5", -RATE_STEP)):
        yield changed, own, {taxpayer_id: _shifted(each, step) for taxpayer_id, each in rates.items()}


def _shifted(rates: Rates, step: float) -> Rates:
    """All rates by as many points; none below zero."""
    return replace(rates, **{each.name: max(0.0, getattr(rates, each.name) + step) for each in fields(rates)})


def _knows(assumptions: Assumptions, *placements: FloatPlacement) -> bool:
    held = {name for placement in placements for row in placement.values() for name in row}
    return not unusable(assumptions) and held <= set(assumptions.classes)


def _paid_back(statistics: Statistics) -> float | None:
    """What the benefit has to pay back, dollars: cost less tax merely brought forward. None where payback is n/a."""
    years, benefit = statistics.payback_years, statistics.annual_benefit
    return None if years is None or benefit is None else float(years * benefit)


def _under(
    changed: str, assumptions: Assumptions, rates: dict[str, Rates], before: FloatPlacement, after: FloatPlacement, ground: Ground,
    cost_usd: float | None,
) -> Sensitivity:  # fmt: skip
    returns = returns_by_account(ground.household, assumptions, rates)
    treatments = {account.account_id: account.tax_treatment.value for account in ground.household.accounts}
    location, effects = locate(after, returns, treatments), effects_of(before, after, returns)
    benefit = effects.location * float(ground.household.value_usd)
    payback = cost_usd / benefit if cost_usd is not None and benefit >= SMALLEST_BENEFIT_USD else None
    return Sensitivity(changed, location.current, location.score, benefit, payback)
