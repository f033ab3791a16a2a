r"""`cadence`: when a household is due, and by how much a proposal must beat doing nothing.

.. math::
    due \iff age \ge max_{days} \ \lor\ (age \ge min_{days} \land drift \ge trigger), \qquad
    cost(nothing) - cost(proposal) \ge A(horizon)\, improvement

age is the number of days since the last rebalance; a cash order that is due, or a must that the holdings break, is due at
once and needs no improvement. The rule binds no variable: whether the household is solved at all is decided in
`solver/cadence`, the improvement threshold after the solve in `solver/solve`. The empty term keeps the kind in this room.
"""

from __future__ import annotations

from rules.language.cadence import Cadence
from rules.language.location import Location
from rules.policy import PlacedRule
from solver.problem import Problem
from solver.terms.band import annuity
from solver.terms.base import Term


def bind(placed: PlacedRule[Cadence], problem: Problem) -> Term:
    """An empty term: the rule speaks of time, not of trades."""
    return Term(placed.rule.id, "cadence", placed)


def threshold_usd(problem: Problem) -> float:
    """By how much a proposal must beat doing nothing, dollars of today: the yearly figure over the location horizon."""
    yearly = [float(placed.rule.improvement_usd) for placed in problem.policy.of(Cadence)]
    horizons = [float(placed.rule.horizon_years) for placed in problem.policy.of(Location)]
    return max(yearly, default=0.0) * annuity(problem, max(horizons, default=1.0))
