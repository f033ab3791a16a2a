"""Why the expected after-tax return changed: because other classes are held, or because they live elsewhere.

With W a class's weight in the household and r̄ its household-average after-tax return, before (0) and after (1):

    allocation effect = Σ_c (W1 − W0) · (r̄0 + r̄1) / 2        the client's choice of risk
    location effect   = Σ_c (W0 + W1) / 2 · (r̄1 − r̄0)        what placing assets is worth

A class absent on one side takes the other side's r̄. The two sum to R_after − R_before.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from solver.location import FloatPlacement, Returns, expected_return


@dataclass(frozen=True, slots=True)
class Effects:
    """Yearly fractions of household value; `allocation + location = after − before` exactly."""

    before: float
    after: float
    allocation: float

    @property
    def location(self) -> float:
        return self.after - self.before - self.allocation


@dataclass(frozen=True, slots=True)
class Projection:
    """What the better placement is expected to have added after some years: hypothetical, under one named assumption set."""

    years: int
    nominal_usd: float
    todays_usd: float


def effects_of(before: FloatPlacement, after: FloatPlacement, returns: Returns) -> Effects:
    """The split of the change in expected after-tax return between two placements of positive value."""
    weight0, mean0 = _by_class(before, returns)
    weight1, mean1 = _by_class(after, returns)
    allocation = 0.0
    for name in {**weight0, **weight1}:
        mean_before = mean0.get(name, mean1.get(name, 0.0))
        mean_after = mean1.get(name, mean0.get(name, 0.0))
        allocation += (weight1.get(name, 0.0) - weight0.get(name, 0.0)) * (mean_before + mean_after) / 2
    return Effects(expected_return(before, returns), expected_return(after, returns), allocation)


def _by_class(placement: FloatPlacement, returns: Returns) -> tuple[dict[str, float], dict[str, float]]:
    """Weight and household-average return of every class; a class that nets to nothing has no average."""
    dollars: dict[str, float] = defaultdict(float)
    income: dict[str, float] = defaultdict(float)
    for account, row in placement.items():
        for name, amount in row.items():
            dollars[name] += amount
            income[name] += amount * returns[account][name]
    value = sum(dollars.values())
    held = {name: amount for name, amount in dollars.items() if abs(amount) > 1e-9 * value}
    return {name: amount / value for name, amount in held.items()}, {name: income[name] / amount for name, amount in held.items()}


def project(value_usd: float, effects: Effects, inflation: float, years: Sequence[int]) -> tuple[Projection, ...]:
    """V·((1 + R_base + location)^N − (1 + R_base)^N) with R_base = R_after − location, nominal and in today's dollars."""
    base = max(0.0, 1 + effects.after - effects.location)
    with_location = max(0.0, 1 + effects.after)
    found = []
    for count in years:
        gain = value_usd * (with_location**count - base**count)
        found.append(Projection(count, gain, gain / max(1e-6, 1 + inflation) ** count))
    return tuple(found)
