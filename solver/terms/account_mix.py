r"""`account_mix`: limits on a class or security inside one account.

.. math:: m\, V_a \le \sum_s e_{s,c}\, value_{a,s} \le M\, V_a

V_a is the account's value after booked orders (trading changes it by spreads only). Parts that are frozen in the account
count, and a maximum never asks for more to be sold than can be.
"""

from __future__ import annotations

import numpy as np

from rules.language.account_mix import AccountMix
from rules.policy import PlacedRule
from solver.problem import Problem
from solver.terms.base import Term, affine, holding_value
from solver.terms.scope import scope_of, soft_or_hard
from validation.household import CASH, CASH_CLASS


def bind(placed: PlacedRule[AccountMix], problem: Problem) -> Term:
    """One row per managed account in scope."""
    rule, term = placed.rule, Term(placed.rule.id, "account_mix", placed)
    for a in sorted(scope_of(placed, problem).accounts):
        account, value = problem.accounts[a], float(problem.account_value_usd[a])
        weights: dict[tuple[int, str], float] = {}
        for symbol in problem.household.securities:
            if rule.security is not None:
                weight = 1.0 if symbol == rule.security else 0.0
            elif rule.asset_class in problem.classes:
                weight = float(problem.exposure[symbol][problem.classes.index(rule.asset_class)])
            else:
                weight = 0.0
            if weight:
                weights[a, symbol] = weight
        quantity = holding_value(problem, weights, 0.0)
        if rule.asset_class == CASH_CLASS or rule.security == CASH:
            row = np.zeros(problem.columns.count)
            row[quantity.columns] = quantity.coefficients
            row[problem.columns.cash(a)] = 1.0
            quantity = affine(row, quantity.constant)
        movable = sum(pile.value_usd * weights.get((a, pile.symbol), 0.0) for pile in problem.piles if pile.account == a)
        low = float(rule.min_frac) * value if rule.min_frac > 0 else -np.inf
        high = max(float(rule.max_frac) * value, quantity.constant - movable) if rule.max_frac < 1 else np.inf
        soft_or_hard(term, quantity, account.account_id, low, high, rule.strength.price, words=rule.title)
    return term
