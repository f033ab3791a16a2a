r"""`location`: what it is worth, over the rule's horizon, that a class lives in one account and not in another.

.. math::
    cost = -A(horizon) \sum_{a,c} \tilde r_{c,a}\, x_{a,c}, \qquad
    \tilde r_{c,a} = r^{at}_{c,a} - \sum_b \frac{V_b}{V} r^{at}_{c,b}

relative to the class's mean over the household, so that a pro-rata copy scores zero and higher expected returns never pay
for drifting. `never` pairs forbid purchases of securities with over half of their exposure in the class; `prefer` costs
the rule's price per dollar and step away from the first preference.
"""

from __future__ import annotations

import numpy as np

from rules.language.location import Location
from rules.policy import PlacedRule
from solver.problem import Floats, Problem
from solver.terms.band import annuity
from solver.terms.base import Term
from validation.household import CASH

MOSTLY = 0.5


def bind(placed: PlacedRule[Location], problem: Problem) -> Term:
    """Worth of placement, never-pairs and soft preferences of one location rule."""
    rule, term = placed.rule, Term(placed.rule.id, "location", placed, family="location")
    years = annuity(problem, float(rule.horizon_years))
    if problem.household.mode != "copies":
        _cost(term, problem, {account.account_id: -years * problem.location_frac[account.account_id] for account in problem.accounts})
    _never(term, placed, problem)
    if rule.prefer and not rule.strength.is_must:
        price = float(rule.strength.price or 0.0)
        _cost(term, problem, {account.account_id: price * _steps(placed, problem, account.tax_treatment) for account in problem.accounts})
    return term


def _cost(term: Term, problem: Problem, per_class: dict[str, Floats]) -> None:
    """Cost of each class's dollar by account, over what is held after trading."""
    at = problem.columns
    columns: list[int] = []
    values: list[float] = []

    def worth(account: int, symbol: str) -> float:
        return float(per_class[problem.accounts[account].account_id] @ problem.exposure[symbol])

    for p, pile in enumerate(problem.piles):
        columns.append(at.sold(p))
        values.append(-worth(pile.account, pile.symbol))
    for k, pair in enumerate(problem.pairs):
        columns.append(at.buy(k))
        values.append(worth(pair.account, pair.symbol))
    for a in range(len(problem.accounts)):
        columns.append(at.cash(a))
        values.append(worth(a, CASH))
    term.add_cost(np.array(columns, dtype=np.intp), np.array(values))


def _never(term: Term, placed: PlacedRule[Location], problem: Problem) -> None:
    barred: list[int] = []
    for never in placed.rule.never:
        if never.asset_class not in problem.classes:
            continue
        c = problem.classes.index(never.asset_class)
        barred += [
            k
            for k, pair in enumerate(problem.pairs)
            if problem.accounts[pair.account].tax_treatment in never.in_ and problem.exposure[pair.symbol][c] > MOSTLY
        ]
    term.add_bound([problem.columns.buy(k) for k in sorted(set(barred))], upper=0.0, words=placed.rule.title)


def _steps(placed: PlacedRule[Location], problem: Problem, treatment: str) -> Floats:
    steps = np.zeros(len(problem.classes))
    for name, order in placed.rule.prefer.items():
        if name in problem.classes:
            steps[problem.classes.index(name)] = order.index(treatment) if treatment in order else len(order)
    return steps
