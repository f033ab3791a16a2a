"""How much the expected figures hang on what nobody knows: the assumption set, and the tax rates."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace

from rules.assumptions import Assumptions
from solver.after_tax import returns_by_account, unusable
from solver.effects import effects_of
from solver.location import FloatPlacement, locate
from solver.metrics import Ground, Statistics
from solver.tax import Rates

RATE_STEP = 0.05
"""Five points of tax on every kind of income, up and down."""


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """The expected figures under one changed assumption. `score` is None where that placement has none, dollars are yearly;
    `changed` is the id of an assumption set, or `rates+5`, `rates-5`."""

    changed: str
    return_after: float
    score: float | None
    annual_benefit_usd: float


def sensitivities(statistics: Statistics, ground: Ground) -> tuple[Sensitivity, ...]:
    """The figures of one measured trade list under every other assumption set of the firm that knows its classes, and
    under higher and lower tax rates. Empty where the figures themselves are n/a."""
    before, after = statistics.location_before, statistics.location_after
    own = ground.policy.assumptions
    if before is None or after is None or own is None:
        return ()
    return tuple(
        _under(changed, assumptions, rates, before.placement, after.placement, ground)
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


def _under(
    changed: str, assumptions: Assumptions, rates: dict[str, Rates], before: FloatPlacement, after: FloatPlacement, ground: Ground
) -> Sensitivity:
    returns = returns_by_account(ground.household, assumptions, rates)
    treatments = {account.account_id: account.tax_treatment.value for account in ground.household.accounts}
    location, effects = locate(after, returns, treatments), effects_of(before, after, returns)
    return Sensitivity(changed, location.current, location.score, effects.location * float(ground.household.value_usd))
