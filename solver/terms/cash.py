r"""`cash`: what stays in cash, and whether a run may only invest or only raise it.

.. math:: cash_a - reserved_a - [unsettled_a] \ge \max(min_{usd},\ min_{frac} V_a)

per managed account, or summed over them (`per: household`). Reserved cash (later orders, set-asides) does not count
toward the minimum; locked cash does not either. `invest_only` bars sales, `raise_only` bars purchases. Which account
pays an order of the household is decided before the solve (`solver/payments`).
"""

from __future__ import annotations

import numpy as np

from rules.language.cash import Cash
from rules.policy import PlacedRule
from solver.problem import Problem
from solver.terms.base import Term
from solver.terms.scope import scope_of, soft_or_hard, total


def bind(placed: PlacedRule[Cash], problem: Problem) -> Term:
    """Cash floors of the accounts in scope, and the mode's bars."""
    rule, term, at = placed.rule, Term(placed.rule.id, "cash", placed), problem.columns
    accounts = sorted(scope_of(placed, problem).accounts)
    groups = [[a] for a in accounts] if rule.per == "account" else ([accounts] if accounts else [])
    for group in groups:
        value = float(sum(max(0.0, problem.account_value_usd[a]) for a in group))
        kept = float(sum(problem.reserved_usd[a] + (0.0 if rule.spend_unsettled else max(0.0, problem.unsettled_usd[a])) for a in group))
        name = problem.accounts[group[0]].account_id if rule.per == "account" else "household"
        quantity = total(problem, [at.cash(a) for a in group], 1.0, -kept)
        soft_or_hard(term, quantity, f"floor_{name}", minimum_usd(placed, value), np.inf, rule.strength.price, words=rule.title)
    scope = scope_of(placed, problem)
    if rule.mode == "invest_only":
        term.add_bound([at.sold(p) for p in scope.piles(problem)], upper=0.0, words=rule.title)
    if rule.mode == "raise_only":
        term.add_bound([at.buy(k) for k in scope.pairs(problem)], upper=0.0, words=rule.title)
    return term


def minimum_usd(placed: PlacedRule[Cash], value_usd: float) -> float:
    """The floor for accounts worth `value_usd`, dollars: the greater or lesser of the amount and the fraction."""
    rule = placed.rule
    floors = [float(rule.min_usd)] if rule.min_usd is not None else []
    floors += [float(rule.min_frac) * value_usd] if rule.min_frac is not None else []
    return (min if rule.combine == "lesser" else max)(floors, default=0.0)
