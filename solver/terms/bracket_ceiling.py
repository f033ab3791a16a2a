r"""`bracket_ceiling`: the proposal does not lift the taxpayer into a higher bracket.

.. math::
    O + x \le top(r_{ord}), \qquad x = \min(s, s + l)^+ \qquad
    TI_0 + s + l \le top(r_{gain}), \qquad MAGI_0 + s + l \le threshold

x is the part of the year's gains that is taxed as ordinary income. It is held by s alone (a long-term loss that would
offset it is not counted on), which is never looser than the law. A ceiling that is passed without the proposal allows
no further net gain.
"""

from __future__ import annotations

import numpy as np

from rules.language.bracket_ceiling import BracketCeiling
from rules.policy import PlacedRule
from solver.problem import Problem, TaxReturn
from solver.tax import Scale
from solver.terms.base import Term, affine
from solver.terms.scope import soft_or_hard, taxpayers_of
from solver.terms.tax import after_carryforward


def bind(placed: PlacedRule[BracketCeiling], problem: Problem) -> Term:
    """One row per taxpayer and ceiling."""
    rule, term, at = placed.rule, Term(placed.rule.id, "bracket_ceiling", placed), problem.columns
    for u in taxpayers_of(placed, problem):
        taxed = problem.returns[u]
        s, l = after_carryforward(taxed)
        short_room, net_room = rooms(placed, taxed)
        short, net = np.zeros(at.count), np.zeros(at.count)
        short[at.net_st(u)] = net[at.net_st(u)] = net[at.net_lt(u)] = 1.0
        limits = [("income", net, max(net_room, s + l))]
        if s > short_room and l < 0:
            # Passed already, and held down by a long-term loss: what would use that loss up lifts ordinary income, too.
            limits.append(("ordinary", net, max(short_room, s + l, 0.0)))
        else:
            limits.append(("ordinary", short, max(short_room, s)))
        for name, row, most in limits:
            if np.isfinite(most):
                soft_or_hard(term, affine(row, 0.0), f"{name}_{taxed.taxpayer_id}", -np.inf, most, rule.strength.price, words=rule.title)
    return term


def rooms(placed: PlacedRule[BracketCeiling], taxed: TaxReturn) -> tuple[float, float]:
    """Highest net short-term gain, and highest net gain, after carryforwards, that every ceiling of the rule allows."""
    rule, law, income = placed.rule, taxed.schedule, taxed.income
    taxable = income.gross - income.deduction
    short: list[float] = [np.inf]
    net: list[float] = [np.inf]
    if rule.ordinary_rate_frac is not None:
        short.append(_top(law.ordinary, float(rule.ordinary_rate_frac)) - taxable + income.qualified_dividends)
    if rule.gains_rate_frac is not None:
        net.append(_top(law.gains, float(rule.gains_rate_frac)) - taxable)
    if "niit" in rule.avoid:
        net.append(law.niit_threshold - income.gross)
    if "amt" in rule.avoid:
        # No tax is due under it while the exemption is whole: stay below where it begins to shrink.
        net.append(law.amt_phase_out_start - taxable - income.amt_addback)
    if rule.magi_below_usd is not None:
        net.append(float(rule.magi_below_usd) - income.gross)
    return min(short), min(net)


def _top(scale: Scale[float], rate: float) -> float:
    """Where the last bracket at or below `rate` ends, dollars of taxable income; infinite for the top rate."""
    above = [floor for floor, each in zip(scale.floors, scale.rates, strict=True) if each > rate + 1e-9]
    return min(above, default=np.inf)
