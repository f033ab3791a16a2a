"""The best placement that this year's hard rules allow: what the household could have now, beside what is ideal.

The same program, asked another question: every class keeps the weight that the proposal gives it, and of all lists that
the hard rules allow the one with the highest expected after-tax return is sought. Trades may be of any size here; which
losses are harvested stays as proposed, and how the tax falls does not matter to the question, so that one LP answers it.
"""

from __future__ import annotations

from decimal import Decimal

import numpy as np

from solver.highs import Bounds
from solver.outcome import Holding
from solver.problem import Floats, Problem
from solver.solve import Solution
from validation.household import CASH
from validation.units import cents

ROOM_FRAC = 1e-5
"""How far a class may stray from the proposal's weight, fraction of the household: room for what rounding left."""


def reachable_holdings(solution: Solution) -> tuple[Holding, ...] | None:
    """Holdings of every account under the best reachable placement, in dollars' worth of fractional shares; None where
    no program was solved or nothing is to be placed."""
    program, values = solution.program, solution.values
    if program is None or values is None or not solution.bound.problem.policy.assumptions:
        return None
    problem = solution.bound.problem
    program.price(-_worth(problem))
    try:
        answer = program.solve({**_wash_switches(solution), **_class_bounds(solution)})
    finally:
        program.price(None)
    base = program.base_values(answer) if answer.feasible else values
    if base @ _worth(problem) < values @ _worth(problem):
        base = values
    return _holdings(problem, base)


def _worth(problem: Problem) -> Floats:
    """Yearly after-tax return of a dollar in each base column, relative to its class's mean."""
    at, worth = problem.columns, np.zeros(problem.columns.count)

    def of(account: int, symbol: str) -> float:
        return float(problem.location_frac[problem.accounts[account].account_id] @ problem.exposure[symbol])

    for p, pile in enumerate(problem.piles):
        worth[at.sold(p)] = -of(pile.account, pile.symbol)
    for k, pair in enumerate(problem.pairs):
        worth[at.buy(k)] = of(pair.account, pair.symbol)
    for a in range(at.accounts):
        worth[at.cash(a)] = of(a, CASH)
    return worth


def _wash_switches(solution: Solution) -> dict[int, Bounds]:
    """What is harvested and what is not, as in the proposal."""
    program, final = solution.program, solution.final
    if program is None or final is None:
        return {}
    switches = (
        program.own(term.name, number)
        for term in solution.bound.terms
        if term.kind == "wash_sale"
        for number, column in enumerate(term.columns)
        if column.switch
    )
    return {column: (float(round(final.values[column])),) * 2 for column in switches if column >= 0}


def _class_bounds(solution: Solution) -> dict[int, Bounds]:
    """The drift segments of every class, held close to where the proposal leaves them."""
    program, final, problem = solution.program, solution.final, solution.bound.problem
    if program is None or final is None:
        return {}
    room = max(1.0, problem.value_usd * ROOM_FRAC)
    bounds: dict[int, Bounds] = {}
    for term in solution.bound.terms:
        if term.kind == "band":
            for number, column in enumerate(term.columns):
                place = program.own(term.name, number)
                if place >= 0:
                    value = float(final.values[place])
                    bounds[place] = (max(0.0, value - room), min(column.upper, value + room))
    return bounds


def _holdings(problem: Problem, base: Floats) -> tuple[Holding, ...]:
    at, household = problem.columns, problem.household
    dollars: dict[tuple[str, str], float] = {}
    for position in household.positions:
        key = (position.account_id, position.symbol)
        dollars[key] = dollars.get(key, 0.0) + float(position.quantity * household.price_usd(position.symbol))
    for p, pile in enumerate(problem.piles):
        dollars[problem.accounts[pile.account].account_id, pile.symbol] -= float(base[at.sold(p)])
    for k, pair in enumerate(problem.pairs):
        key = (problem.accounts[pair.account].account_id, pair.symbol)
        dollars[key] = dollars.get(key, 0.0) + float(base[at.buy(k)])
    for account in household.accounts:
        a = problem.account_index.get(account.account_id)
        dollars[account.account_id, CASH] = (
            float(base[at.cash(a)]) if a is not None else float(household.cash_of[account.account_id].total_usd)
        )
    rows = [(key, Decimal(repr(round(value, 6)))) for key, value in sorted(dollars.items()) if abs(value) > 1e-6 or key[1] == CASH]
    return tuple(Holding(account_id, symbol, value / household.price_usd(symbol), cents(value)) for (account_id, symbol), value in rows)
