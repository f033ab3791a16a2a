r"""`target`: which securities may be bought, most preferred first. The weights themselves are priced by `band`.

.. math:: cost = \epsilon \sum_k rank_k \, buy_k

The universe of purchases comes from the rule's `holdings` (`solver/problem`). Preference is a tie-breaker: half a basis
point per step, so that a second choice is bought when the first is barred, never because it is marginally cheaper.
"""

from __future__ import annotations

import numpy as np

from rules.language.target import Target
from rules.policy import PlacedRule
from solver.problem import Problem
from solver.terms.base import Term

STEP_USD_PER_USD = 0.0005


def bind(placed: PlacedRule[Target], problem: Problem) -> Term:
    """Order of preference among the securities that may be bought."""
    term = Term(f"target_{placed.rule.id}", "target", placed)
    ranked = [(k, pair.rank) for k, pair in enumerate(problem.pairs) if pair.rank]
    if ranked:
        term.add_cost(
            np.array([problem.columns.buy(k) for k, _ in ranked], dtype=np.intp), np.array([STEP_USD_PER_USD * rank for _, rank in ranked])
        )
    return term
