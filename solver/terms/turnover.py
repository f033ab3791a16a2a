r"""`turnover`: how much may move at once.

.. math:: \tfrac12 \Big( \sum_p sold_p + \sum_k buy_k \Big) \le M\, V

per run, as a fraction or in dollars. The yearly ceiling needs the year's earlier runs; a run alone is held to the lesser
of the two.
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
    rule, term, at, scope = placed.rule, Term(placed.rule.id, "turnover", placed), problem.columns, scope_of(placed, problem)
    fractions = [float(each) * problem.value_usd for each in (rule.max_frac_per_run, rule.max_frac_per_year) if each is not None]
    dollars = [float(each) for each in (rule.max_usd_per_run, rule.max_usd_per_year) if each is not None]
    columns = [*(at.sold(p) for p in scope.piles(problem)), *(at.buy(k) for k in scope.pairs(problem))]
    if columns and (fractions or dollars):
        soft_or_hard(term, total(problem, columns, 0.5), "moved", -np.inf, min(fractions + dollars), rule.strength.price, words=rule.title)
    return term
