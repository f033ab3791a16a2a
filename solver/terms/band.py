r"""`band`: what a dollar of drift costs, class by class, less inside the tolerance band than beyond it.

.. math::
    w_c - t_c V = \sum_i over_{c,i} - \sum_i under_{c,i}, \qquad
    cost = A(years) \sum_c \big( 0 \cdot dev_{c,0} + p_{in}\, dev_{c,1} + p_{out}\, dev_{c,2} \big)

dev is cut at the free zone (none when rebalancing to target, half the band, or the whole band) and at the band's edge.
The band of class c is `absolute_frac` and `relative_frac`·target combined as the lesser or greater. A(years) is the
annuity of the rule's `years` at the assumption file's discount rate: how long drift would last if not cured now.
In a household of mode `copies` every account is held to the target by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import numpy as np

from rules.language.band import Band
from rules.policy import PlacedRule
from solver.problem import Floats, Problem
from solver.terms.base import Term
from validation.household import CASH

FREE_SHARE = {"target": 0.0, "halfway": 0.5, "edge": 1.0}


def annuity(problem: Problem, years: float) -> float:
    """Present value of a dollar a year for `years` years, paid at each year's end."""
    assumptions = problem.policy.assumptions
    rate = float(assumptions.discount_frac) if assumptions is not None else 0.0
    return float(years) if rate == 0 else (1 - (1 + rate) ** -float(years)) / rate


def widths(placed: PlacedRule[Band], problem: Problem) -> Floats:
    """Half-width of the band of every class, as a fraction of the household; infinite for classes that the rule leaves
    to another (a rule that lists a class goes before one for all)."""
    mine = [
        name if (holder := problem.policy.band_for(name)) is not None and holder.rule is placed.rule else None for name in problem.classes
    ]
    targets = [Decimal(repr(float(target))) for target in problem.target_frac]
    return np.array([np.inf if name is None else float(placed.rule.width(target)) for name, target in zip(mine, targets, strict=True)])


def bind(placed: PlacedRule[Band], problem: Problem) -> Term:
    """Drift of the classes that the rule names, at its price."""
    rule, term = placed.rule, Term(placed.rule.id, "band", placed, family="drift")
    price = rule.price_of_drift
    factor = annuity(problem, float(price.years)) / float(price.per_usd)
    outside = float(price.usd_per_year) * factor
    inside = float(price.inside) * factor
    width = widths(placed, problem)
    for label, accounts, fixed, value in parts(problem):
        rows = _class_rows(problem, accounts)
        for c, name in enumerate(problem.classes):
            if not np.isfinite(width[c]):
                continue
            band = width[c] * value
            free = FREE_SHARE[rule.rebalance_to] * band
            _deviation(
                term, f"{label}{name}", rows[c], problem.target_frac[c] * value - fixed[c], (free, band - free), (0.0, inside, outside)
            )
    return term


def parts(problem: Problem) -> list[tuple[str, list[int], Floats, float]]:
    """What is held to the target: the household, or in mode `copies` each account; with today's dollars by class."""
    everything = list(range(len(problem.accounts)))
    if problem.household.mode != "copies":
        return [("", everything, problem.class_usd, problem.value_usd)]
    parts: list[tuple[str, list[int], Floats, float]] = []
    for a, account in enumerate(problem.accounts):
        fixed = np.zeros(len(problem.classes))
        for position in problem.household.positions:
            if position.account_id == account.account_id:
                fixed += problem.exposure[position.symbol] * float(position.quantity * problem.household.price_usd(position.symbol))
        parts.append((f"{account.account_id}_", [a], fixed, float(problem.account_value_usd[a])))
    return parts


def _class_rows(problem: Problem, accounts: list[int]) -> Floats:
    """Change of dollars by class per unit of each base column, shape (classes, columns); cash as a level."""
    at = problem.columns
    rows = np.zeros((len(problem.classes), at.count))
    chosen = set(accounts)
    for p, pile in enumerate(problem.piles):
        if pile.account in chosen:
            rows[:, at.sold(p)] = -problem.exposure[pile.symbol]
    for k, pair in enumerate(problem.pairs):
        if pair.account in chosen:
            rows[:, at.buy(k)] = problem.exposure[pair.symbol]
    for a in accounts:
        rows[:, at.cash(a)] = problem.exposure[CASH]
    return rows


def _deviation(term: Term, name: str, row: Floats, gap: float, lengths: tuple[float, float], prices: tuple[float, float, float]) -> None:
    """row·x − gap = Σ over − Σ under, each cut in three segments of rising price."""
    columns: list[int] = [int(i) for i in np.flatnonzero(row)]
    values: list[float] = [float(row[i]) for i in columns]
    for side, sign in (("over", -1.0), ("under", 1.0)):
        for number, (price, length) in enumerate(zip(prices, (*lengths, np.inf), strict=True)):
            if length > 0:
                columns.append(term.add_column(f"{side}_{number}_{name}", length, price))
                values.append(sign)
    term.add_row(f"class_{name}", columns, values, gap, gap, definition=True)


def cost_of_deviation(term: Term, name: str) -> Callable[[float], float] | None:
    """The price of a class's deviation in dollars over (positive) or under target, by the term's own columns; None where
    the rule does not hold the class."""
    segments = {
        side: [
            (column.upper, column.cost)
            for column in term.columns
            if column.name.startswith(f"{side}_") and column.name[len(side) + 3 :] == name
        ]
        for side in ("over", "under")
    }
    if not segments["over"]:
        return None

    def cost(deviation: float) -> float:
        left, total = abs(deviation), 0.0
        for length, price in segments["over" if deviation > 0 else "under"]:
            part = min(left, length)
            total += price * part
            left -= part
        return total

    return cost
