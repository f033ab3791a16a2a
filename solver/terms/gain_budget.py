r"""`gain_budget`: how much gain the year may realise, year to date included.

.. math:: s_u + l_u \le B_{net}, \quad s_u \le B_{ST}, \quad l_u \le B_{LT}

in net gains after carryforwards (`use_carryforward: true`) or before them. Where the year to date already exceeds a
budget, no further net gain is taken: the limit is then today's figure. `per: household` adds over taxpayers. A budget
measured in tax holds the exact tax on the year's gains: the law's plane (`solver/tax_plane`) is stated once more, for what
the gains add to the tax, and its sum is the row. As a preference it is priced at the taxpayer's marginal rates.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from rules.language.gain_budget import GainBudget
from rules.policy import PlacedRule
from solver.problem import Floats, Problem, TaxReturn
from solver.tax import tax_of
from solver.tax_plane import HalfPlane, TaxPlane
from solver.terms import tax
from solver.terms.base import Term, affine
from solver.terms.scope import soft_or_hard, taxpayers_of
from solver.terms.tax import after_carryforward

WEIGHTS = {"net": (1.0, 1.0), "short_term": (1.0, 0.0), "long_term": (0.0, 1.0)}
"""How much short- and long-term gain counts toward each limit."""


def bind(placed: PlacedRule[GainBudget], problem: Problem) -> Term:
    """The budgets that the rule sets, one row per taxpayer, or one for the household."""
    rule, term = placed.rule, Term(placed.rule.id, "gain_budget", placed)
    groups = [[u] for u in taxpayers_of(placed, problem)] if rule.per == "taxpayer" else [taxpayers_of(placed, problem)]
    for group in groups:
        name = problem.returns[group[0]].taxpayer_id if rule.per == "taxpayer" and group else "household"
        for measure, limit, short, long in budgets(rule, problem):
            if rule.measure == "tax" and rule.strength.is_must:
                _limit_tax(term, placed, problem, group, measure, f"{measure}_{name}", limit)
            else:
                _limit(term, placed, problem, group, f"{measure}_{name}", limit, short, long)
    return term


def budgets(rule: GainBudget, problem: Problem) -> list[tuple[str, float, float, float]]:
    """(name, dollars so far in the year, weight of short-term, weight of long-term) of every budget the rule sets."""
    share = rule.share_of_year(problem.household.as_of)
    return [(name, float(amount * share), *WEIGHTS[name]) for name, amount in rule.limits().items()]


def _limit(
    term: Term, placed: PlacedRule[GainBudget], problem: Problem, group: list[int], name: str, limit: float, short: float, long: float
) -> None:
    rule, at = placed.rule, problem.columns
    row = np.zeros(at.count)
    today = constant = 0.0
    for u in group:
        taxed = problem.returns[u]
        s, l = after_carryforward(taxed)
        back = (0.0, 0.0) if rule.use_carryforward else (taxed.income.st_carryforward, taxed.income.lt_carryforward)
        rate = (float(taxed.rates.short_term), float(taxed.rates.long_term)) if rule.measure == "tax" else (1.0, 1.0)
        row[at.net_st(u)] += short * rate[0]
        row[at.net_lt(u)] += long * rate[1]
        constant += short * rate[0] * back[0] + long * rate[1] * back[1]
        today += short * rate[0] * (s + back[0]) + long * rate[1] * (l + back[1])
    ceiling = max(limit - problem.rounding_usd, today)
    soft_or_hard(term, affine(row, constant), name, -np.inf, ceiling, rule.strength.price, words=rule.title)


def _limit_tax(
    term: Term, placed: PlacedRule[GainBudget], problem: Problem, group: list[int], measure: str, name: str, limit: float
) -> None:
    """The exact tax on the year's gains, summed over the group, stays below the limit, or below what it is already."""
    at, values, today = problem.columns, list[int](), 0.0
    for u in group:
        taxed = problem.returns[u]
        plane = tax_plane_of(placed, problem, taxed, measure)
        values += tax.state_plane(term, at.net_st(u), at.net_lt(u), plane, f"{name}_{taxed.taxpayer_id}_", cost=0.0)
        today += tax_on_gains(placed.rule, taxed, measure, *after_carryforward(taxed))
    ceiling = max(limit - problem.rounding_usd, today)
    if values:
        term.add_row(name, values, [1.0] * len(values), upper=ceiling, words=placed.rule.title)


def tax_plane_of(placed: PlacedRule[GainBudget], problem: Problem, taxed: TaxReturn, measure: str) -> TaxPlane:
    """What the year's gains add to the tax, over all that the taxpayer's sales could reach."""
    # Where one term stands beside the other's (`tax_on_gains`), its sign before carryforwards is a bend, too.
    bends = [HalfPlane(1, 0, -taxed.income.st_carryforward), HalfPlane(0, 1, -taxed.income.lt_carryforward)]
    return tax.plane_of(problem, taxed, lambda s, l: tax_on_gains(placed.rule, taxed, measure, s, l), bends)


def net_limits(rules: tuple[PlacedRule[GainBudget], ...], problem: Problem) -> dict[int, float]:
    """By taxpayer index, the tightest hard budget on net gain after carryforwards: it bounds the tax plane's box."""
    limits: dict[int, float] = {}
    for placed in rules:
        if placed.rule.per != "taxpayer" or placed.rule.measure != "gain" or not placed.rule.strength.is_must:
            continue
        for name, limit, _, _ in budgets(placed.rule, problem):
            for u in taxpayers_of(placed, problem) if name == "net" else []:
                taxed = problem.returns[u]
                back = 0.0 if placed.rule.use_carryforward else taxed.income.st_carryforward + taxed.income.lt_carryforward
                limits[u] = min(limits.get(u, np.inf), max(limit - back, sum(after_carryforward(taxed))))
    return limits


def tax_beyond(placed: PlacedRule[GainBudget], problem: Problem, point: Floats) -> float:
    """By how many dollars the exact tax on the year's gains passes a budget measured in tax; 0 where it holds, or where
    the year to date has passed it already and the proposal adds nothing."""
    rule, at = placed.rule, problem.columns
    groups = [[u] for u in taxpayers_of(placed, problem)] if rule.per == "taxpayer" else [taxpayers_of(placed, problem)]
    worst = 0.0
    for group in groups:
        for name, limit, _, _ in budgets(rule, problem):
            reached = [(problem.returns[u], float(point[at.net_st(u)]), float(point[at.net_lt(u)])) for u in group]
            after = sum(tax_on_gains(rule, taxed, name, s, l) for taxed, s, l in reached)
            today = sum(tax_on_gains(rule, problem.returns[u], name, *after_carryforward(problem.returns[u])) for u in group)
            worst = max(worst, after - max(limit, today))
    return worst


def tax_on_gains(rule: GainBudget, taxed: TaxReturn, name: str, s: float, l: float) -> float:
    """What the year's gains (after carryforwards, dollars) add to its tax: all, or those of one term beside the other's."""
    st, lt = s + taxed.income.st_carryforward, l + taxed.income.lt_carryforward
    bare = replace(taxed.income, st_carryforward=0.0, lt_carryforward=0.0)
    held = taxed.income if rule.use_carryforward else bare
    without = {"net": (bare, 0.0, 0.0), "short_term": (held, min(0.0, st), lt), "long_term": (held, st, min(0.0, lt))}[name]
    return tax_of(taxed.schedule, held, st, lt).total - tax_of(taxed.schedule, *without).total
