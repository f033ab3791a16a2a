r"""`bracket_ceiling`: the proposal does not lift the taxpayer into a higher bracket.

.. math::
    O + \min(s, s + l) \le top(r_{ord}), \qquad TI_0 + s + l \le top(r_{gain}), \qquad MAGI_0 + s + l \le threshold

\min(s, s + l) is the part of the year's gains that is taxed as ordinary income: a long-term loss offsets short-term gain.
Where both could decide, one switch says which does: s ≤ room, or s + l ≤ room. A ceiling that is passed without the proposal
allows no further net gain; one that other income passes by itself allows gains that use up a loss deducted from it.
"""

from __future__ import annotations

import numpy as np

from rules.language.bracket_ceiling import BracketCeiling
from rules.policy import PlacedRule
from solver.outcome import Term as HoldingTerm
from solver.problem import Floats, Problem, TaxReturn
from solver.tax import Scale
from solver.terms.base import Term
from solver.terms.scope import soft_or_hard, taxpayers_of, total
from solver.terms.tax import after_carryforward


def bind(placed: PlacedRule[BracketCeiling], problem: Problem) -> Term:
    """One row per taxpayer and ceiling; two and a switch where the ordinary one may be kept in two ways."""
    rule, term, at = placed.rule, Term(placed.rule.id, "bracket_ceiling", placed), problem.columns
    for u in taxpayers_of(placed, problem):
        taxed = problem.returns[u]
        ordinary, income = limits(placed, problem, taxed)
        net = total(problem, [at.net_st(u), at.net_lt(u)])
        if np.isfinite(income):
            soft_or_hard(term, net, f"income_{taxed.taxpayer_id}", -np.inf, income, rule.strength.price, words=rule.title)
        if np.isfinite(ordinary):
            _ordinary(term, placed, problem, u, ordinary)
    return term


def limits(placed: PlacedRule[BracketCeiling], problem: Problem, taxed: TaxReturn) -> tuple[float, float]:
    """Highest ordinary gain, and highest net gain, after carryforwards: the rooms, or what the year stands at already."""
    s, l = after_carryforward(taxed)
    short_room, net_room = rooms(placed, taxed)
    return max(short_room - problem.rounding_usd, ordinary_gain(s, l), 0.0), max(net_room - problem.rounding_usd, s + l)


def ordinary_gain(s: float, l: float) -> float:
    """What of the net gains is taxed as ordinary income, dollars; negative for a loss."""
    return min(s, s + l)


def _ordinary(term: Term, placed: PlacedRule[BracketCeiling], problem: Problem, u: int, most: float) -> None:
    """min(s, s + l) ≤ most: by s alone where no long-term loss can come to its help, else by either."""
    rule, at, taxed = placed.rule, problem.columns, problem.returns[u]
    name, price = f"ordinary_{taxed.taxpayer_id}", rule.strength.price
    s_most, l_least, net_most = _reach(problem, taxed)
    short, net = total(problem, [at.net_st(u)]), total(problem, [at.net_st(u), at.net_lt(u)])
    if l_least >= 0 or s_most <= most:
        soft_or_hard(term, short, name, -np.inf, most, price, words=rule.title)
        return
    by_net = term.add_column(f"{name}_by_net", 1.0, switch=True)
    over = [] if price is None else [term.add_column(f"{name}_above", cost=price)]
    minus = [-1.0] * len(over)
    for way, quantity, weight, room in (("short", short, -(s_most - most), 0.0), ("net", net, max(0.0, net_most - most), 1.0)):
        columns, values = [*quantity.columns, by_net, *over], [*quantity.coefficients, weight, *minus]
        slack = weight if room else 0.0
        term.add_row(f"{name}_{way}", columns, values, upper=most + slack, words=rule.title, definition=price is not None)


def _reach(problem: Problem, taxed: TaxReturn) -> tuple[float, float, float]:
    """(highest s, lowest l, highest s + l) that selling anything could reach, dollars."""
    s_most, l_least = after_carryforward(taxed)
    net_most = s_most + l_least
    for piece in problem.slices:
        if piece.term is not None and problem.accounts[piece.account].taxpayer_id == taxed.taxpayer_id:
            gain = piece.gain_frac * piece.value_usd
            net_most += max(0.0, gain)
            if piece.term is HoldingTerm.ST:
                s_most += max(0.0, gain)
            else:
                l_least += min(0.0, gain)
    return s_most, l_least, net_most


def beyond(placed: PlacedRule[BracketCeiling], problem: Problem, point: Floats) -> float:
    """By how many dollars a point's ordinary gains pass the ceiling; 0 where it holds."""
    at, worst = problem.columns, 0.0
    for u in taxpayers_of(placed, problem):
        most, _ = limits(placed, problem, problem.returns[u])
        gain = ordinary_gain(float(point[at.net_st(u)]), float(point[at.net_lt(u)]))
        worst = max(worst, gain - most - problem.rounding_usd)
    return worst


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
