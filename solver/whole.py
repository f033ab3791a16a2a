"""The whole program at once, every share of it, by HiGHS' own branch and bound.

The search over warm LPs (`solver/search`) proves most households in a handful of LPs and leaves shares to rounding. Where
that leaves more than the target open (trades are counted or cost tickets, accounts are small and shares dear), cuts and
presolve do better than branching: the same model is stated once more with every size and every share as a column of its
own (`compile.in_whole_shares`), started from the best list known, and limited in nodes, never in seconds.
"""

from __future__ import annotations

from dataclasses import replace
from math import inf

import numpy as np

from solver.compile import BoundPolicy, in_whole_shares
from solver.highs import Answer, Bounds, LinearProgram
from solver.problem import Floats, Indices, Pair, Pile
from solver.search import Choices, Found
from solver.terms.whole_shares import FINE_USD, step_usd
from solver.trade_list import Rounded

TRADED_USD = 1e-4


def solve_sizes(program: LinearProgram, choices: Choices, found: Found, gap_usd: float, nodes: int) -> Found:
    """What a search left open, in dollars: which trades are made and which either-or holds. For programs that state their
    trades' switches."""
    start = found.answer.values if found.answer.feasible else np.zeros(0)
    values, proven, looked_at = program.solve_whole(choices.switches, start, gap_usd, nodes)
    better = replace(found, bound_usd=max(found.bound_usd, proven), nodes=found.nodes + looked_at, exhausted=proven == inf)
    if values.size:
        fixed: dict[int, Bounds] = {column: (float(round(values[column])),) * 2 for column in choices.switches}
        answer = program.solve(fixed)
        if answer.objective < found.answer.objective:
            better = replace(better, answer=answer, bounds=fixed)
    return replace(better, bound_usd=min(better.bound_usd, better.answer.objective))


def solve_shares(bound: BoundPolicy, program: LinearProgram, choices: Choices, known: Rounded | None, gap_usd: float, nodes: int) -> Found:
    """The best list in whole shares to within `gap_usd`, as bounds and an answer of `program`, with what is proven of it.

    known   the best list so far; the answer is not feasible where nothing better was found
    """
    stated = in_whole_shares(bound)
    whole = LinearProgram(stated)
    here, there = _shared_columns(bound, program, whole)
    start = np.zeros(0) if known is None else _start(stated, whole, here, there, known)
    values, proven, looked_at = whole.solve_whole(_integral(stated, whole), start, gap_usd, nodes)
    nothing = Found(Answer(False, inf, np.zeros(0)), {}, proven, looked_at, False)
    if not values.size:
        return nothing
    shares = {int(column): value for column, value in zip(here, values[there], strict=True)}
    fixed: dict[int, Bounds] = {column: (float(round(shares[column])),) * 2 for column in choices.switches}
    fine = _fine_columns(bound, program)
    for trade in choices.sized:
        dollars = shares[trade.column]
        exact = (trade.least, trade.most) if trade.column in fine else (dollars, dollars)
        fixed[trade.column] = exact if dollars > TRADED_USD else (0.0, 0.0)
    answer = program.solve(fixed)
    return Found(answer, fixed, proven, looked_at, False) if answer.feasible else nothing


def _fine_columns(bound: BoundPolicy, program: LinearProgram) -> set[int]:
    """LP columns of trades in steps so fine that they are left to rounding."""
    problem, at = bound.problem, bound.problem.columns
    orders: list[tuple[int, Pile | Pair]] = [(at.sold(p), pile) for p, pile in enumerate(problem.piles)]
    orders += [(at.buy(k), pair) for k, pair in enumerate(problem.pairs)]
    return {int(program.base[column]) for column, order in orders if step_usd(problem, order) < FINE_USD}


def _shared_columns(bound: BoundPolicy, program: LinearProgram, whole: LinearProgram) -> tuple[Indices, Indices]:
    """LP columns of the two programs that mean the same."""
    pairs = list(zip(program.base[: bound.base_columns], whole.base[: bound.base_columns], strict=True))
    for term in bound.terms:
        if not term.is_empty:
            pairs += [(program.own(term.name, i), whole.own(term.name, i)) for i in range(len(term.columns))]
    found = np.array([(here, there) for here, there in pairs if here >= 0 and there >= 0], dtype=np.intp)
    return found[:, 0], found[:, 1]


def _integral(stated: BoundPolicy, whole: LinearProgram) -> list[int]:
    at = stated.problem.columns
    found = [int(whole.base[i]) for i in range(at.amounts, at.count)]
    for term in stated.terms:
        found += [whole.own(term.name, i) for i, column in enumerate(term.columns) if column.switch or column.whole]
    return sorted({column for column in found if column >= 0})


def _start(stated: BoundPolicy, whole: LinearProgram, here: Indices, there: Indices, known: Rounded) -> Floats:
    """All columns of the whole program at the known list; empty where that does not fit to the last bit."""
    at, values = stated.problem.columns, known.answer.values
    place = dict(zip(there.tolist(), values[here].tolist(), strict=True))
    fixed: dict[int, Bounds] = {}
    trades = [(at.sold(p), at.selling(p)) for p in range(at.piles)] + [(at.buy(k), at.buying(k)) for k in range(at.pairs)]
    for amount, switch in trades:
        dollars = place.get(int(whole.base[amount]), 0.0)
        fixed[int(whole.base[amount])] = (dollars, dollars)
        fixed[int(whole.base[switch])] = (1.0, 1.0) if dollars > TRADED_USD else (0.0, 0.0)
    for term in stated.terms:
        for i, column in enumerate(term.columns):
            if column.switch and (mine := whole.own(term.name, i)) in place:
                fixed[mine] = (float(round(place[mine])),) * 2
    answer = whole.solve(fixed)
    return answer.values
