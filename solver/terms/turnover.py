r"""`turnover`: how much may move, in a run and in a calendar year.

.. math::
    \tfrac12 \Big( \sum_p sold_p + \sum_k buy_k \Big) \le \min\Big( M_{run},\ \big( M_{year} - \tfrac12\, traded \big)^+ \Big)

M is a fraction of V or dollars, the lesser where both are given. `traded` are the year's earlier purchases and sales in the
rule's scope, as far as the custodians' transactions were delivered; `solver/notes` says from which day on they are known.
"""

from __future__ import annotations

import numpy as np

from rules.language.turnover import Turnover
from rules.policy import PlacedRule
from solver.problem import Problem
from solver.terms.base import Term
from solver.terms.scope import scope_of, soft_or_hard, total


def bind(placed: PlacedRule[Turnover], problem: Problem) -> Term:
    """One row over everything that the rule's scope trades."""
    term, at, scope = Term(placed.rule.id, "turnover", placed), problem.columns, scope_of(placed, problem)
    columns = [*(at.sold(p) for p in scope.piles(problem)), *(at.buy(k) for k in scope.pairs(problem))]
    limit = limit_usd(placed, problem)
    if columns and np.isfinite(limit):
        soft_or_hard(term, total(problem, columns, 0.5), "moved", -np.inf, limit, placed.rule.strength.price, words=placed.rule.title)
    return term


def limit_usd(placed: PlacedRule[Turnover], problem: Problem) -> float:
    """What this run may still move, dollars; infinite where the rule sets no limit."""
    run = _least(placed.rule.max_frac_per_run, placed.rule.max_usd_per_run, problem)
    year = _least(placed.rule.max_frac_per_year, placed.rule.max_usd_per_year, problem)
    return min(run, max(0.0, year - earlier_usd(placed, problem)))


def earlier_usd(placed: PlacedRule[Turnover], problem: Problem) -> float:
    """Half of what the year's earlier trades moved in the rule's scope, dollars, as far as it is known."""
    binds, household = placed.rule.applies_to.binds, problem.household
    return sum((float(each.traded_usd) for each in household.traded if binds(household, each.account_id, each.symbol)), 0.0) / 2


def _least(fraction: object, dollars: object, problem: Problem) -> float:
    given = [float(str(fraction)) * problem.value_usd] if fraction is not None else []
    return min([*given, *([float(str(dollars))] if dollars is not None else [])], default=np.inf)
