"""What a trade list washes, exactly, put back into the program that proposed it."""

from __future__ import annotations

from collections.abc import Mapping

from solver.compile import BoundPolicy
from solver.highs import Bounds, LinearProgram
from solver.outcome import Trade
from solver.problem import Problem
from solver.terms.wash_price import lost_column
from solver.wash_groups import counts_held_away
from solver.wash_loss import washed_losses, with_washed_losses


def marked(problem: Problem, trades: tuple[Trade, ...]) -> tuple[Trade, ...]:
    """The trades, each lot with what of its loss the list disallows."""
    if not problem.washable:
        return trades
    return with_washed_losses(problem.household, trades, held_away=counts_held_away(problem.policy))


def shares_of(problem: Problem, trades: tuple[Trade, ...]) -> Mapping[int, tuple[float, float]]:
    """(shares washed, shares of them lost for good) of every washable slice."""
    if not problem.washable:
        return {}
    exact = {each.key: each for each in washed_losses(problem.household, trades, held_away=counts_held_away(problem.policy))}
    found: dict[int, tuple[float, float]] = {}
    for j in problem.washable:
        piece = problem.slices[j]
        each = exact.get((problem.accounts[piece.account].account_id, piece.symbol, piece.lot.lot_id if piece.lot else ""))
        found[j] = (float(each.shares), float(each.lost_shares)) if each else (0.0, 0.0)
    return found


def held(bound: BoundPolicy, program: LinearProgram, trades: tuple[Trade, ...]) -> dict[int, Bounds]:
    """Bounds that hold the program to what the list washes: its objective is then the list's own."""
    washed = shares_of(bound.problem, trades)
    bounds: dict[int, Bounds] = {int(program.base[bound.problem.washed_column[j]]): (count, count) for j, (count, _) in washed.items()}
    for term in bound.terms if washed else ():
        place = {column.name: number for number, column in enumerate(term.columns)} if term.kind == "wash_sale" else {}
        for j, (_, lost) in washed.items():
            if lost_column(j) in place:
                bounds[program.own(term.name, place[lost_column(j)])] = (lost, lost)
    return {column: limits for column, limits in bounds.items() if column >= 0}
