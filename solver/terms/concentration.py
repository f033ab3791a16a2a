r"""`concentration`: a ceiling on each security, issuer or identity group.

.. math:: \sum_{(a,s):\, group(s) = g} value_{a,s} \le M\, V

over all counted accounts. What is locked or frozen counts and cannot be forced out: the ceiling is then what cannot move.
Grouped by issuer, a security without an issuer in the reference data (a broad fund) is no single name and has no ceiling.
"""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from rules.language.concentration import Concentration
from rules.policy import PlacedRule
from solver.problem import Problem
from solver.terms.base import Term, holding_value
from solver.terms.scope import scope_of, soft_or_hard


def bind(placed: PlacedRule[Concentration], problem: Problem) -> Term:
    """One row per group that is held or may be bought."""
    rule, term, household = placed.rule, Term(placed.rule.id, "concentration", placed), problem.household
    scope = scope_of(placed, problem)
    groups: dict[str, set[str]] = defaultdict(set)
    for symbol in sorted(
        {pile.symbol for pile in problem.piles} | {pair.symbol for pair in problem.pairs} | {each.symbol for each in household.positions}
    ):
        name = group_name(placed, problem, symbol) if symbol in scope.symbols else None
        if name is not None:
            groups[name].add(symbol)
    ceiling = float(rule.max_frac) * problem.value_usd
    for name, symbols in sorted(groups.items()):
        weights = {(a, symbol): 1.0 for a in range(len(problem.accounts)) for symbol in symbols}
        outside = sum(
            float(each.quantity * household.price_usd(each.symbol))
            for each in household.positions
            if each.symbol in symbols and each.account_id not in problem.account_index and household.account[each.account_id].is_counted
        )
        quantity = holding_value(problem, weights, outside)
        movable = sum(pile.value_usd for pile in problem.piles if pile.symbol in symbols)
        soft_or_hard(
            term, quantity, f"group_{name}", -np.inf, max(ceiling, quantity.constant - movable), rule.strength.price, words=rule.title
        )
    return term


def group_name(placed: PlacedRule[Concentration], problem: Problem, symbol: str) -> str | None:
    """The group of a symbol under the rule's `group_by`; None where it has no issuer to be grouped by."""
    security = problem.household.securities[symbol]
    if placed.rule.group_by == "issuer":
        return security.issuer or None
    if placed.rule.group_by == "identity_group":
        return security.identity_group or symbol
    return symbol
