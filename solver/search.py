"""Branch and bound over what is either-or: tax regions, wash switches, trade sizes, one direction per security.

Best-first with plunging: the more promising child is looked at next, its sibling waits in a heap ordered by its bound.
Every node is one warm LP (a changed bound, dual simplex), so hundreds of nodes cost what one default MILP does. The
limit counts LPs, never seconds: the same input gives the same answer.
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf

from solver.highs import Answer, Bounds, LinearProgram

TINY_USD = 1e-4
INTEGRAL = 1e-6


@dataclass(frozen=True, slots=True)
class Sized:
    """A trade that is nothing or at least `least` dollars. `twin` is the opposite trade of the same security: only one
    of the two may happen."""

    column: int
    least: float
    most: float
    twin: int = -1


@dataclass(frozen=True, slots=True)
class Choices:
    """LP columns that are binary, in order of importance, and trades with a size."""

    switches: tuple[int, ...]
    sized: tuple[Sized, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """The best point found, the bounds that made it, and what is proven. `answer.feasible` is False where none exists
    within the limit; `exhausted` says that the search was complete."""

    answer: Answer
    bounds: Mapping[int, Bounds]
    bound_usd: float
    nodes: int
    exhausted: bool


def search(program: LinearProgram, choices: Choices, gap_usd: float, limit: int, start: Mapping[int, Bounds] | None = None) -> Found:
    """Minimise to within `gap_usd`, or until `limit` LPs were solved."""
    fixed: dict[int, Bounds] = dict(start or {})
    root = program.solve(fixed)
    if not root.feasible:
        return Found(root, fixed, inf, 1, True)
    best, best_bounds = Answer(False, inf, root.values), fixed
    heap: list[tuple[float, int, dict[int, Bounds]]] = []
    node: tuple[Answer, dict[int, Bounds]] | None = (root, fixed)
    nodes = count = 1
    pruned_at = inf
    while True:
        if node is None:
            if not heap:
                return Found(best, best_bounds, min(best.objective, pruned_at), nodes, True)
            bound, _, bounds = heapq.heappop(heap)
            if bound >= best.objective - gap_usd:
                return Found(best, best_bounds, min(bound, best.objective, pruned_at), nodes, True)
            if nodes >= limit and best.feasible or nodes >= 4 * limit:
                return Found(best, best_bounds, min(bound, pruned_at), nodes, False)
            answer = program.solve(bounds)
            nodes += 1
            if not answer.feasible:
                continue
            node = (answer, bounds)
        answer, bounds = node
        node = None
        if answer.objective >= best.objective - gap_usd:
            pruned_at = min(pruned_at, answer.objective)
            continue
        children = _branch(answer, choices)
        if children is None:
            best, best_bounds = answer, bounds
            continue
        solved: list[tuple[Answer, dict[int, Bounds]]] = []
        for change in children:
            child = program.solve({**bounds, **change})
            nodes += 1
            if child.feasible:
                solved.append((child, {**bounds, **change}))
        solved.sort(key=lambda each: each[0].objective)
        for child, child_bounds in solved[1:]:
            if child.objective < best.objective - gap_usd:
                count += 1
                heapq.heappush(heap, (child.objective, count, child_bounds))
            else:
                pruned_at = min(pruned_at, child.objective)
        if solved:
            node = solved[0]


def _branch(answer: Answer, choices: Choices) -> Sequence[dict[int, Bounds]] | None:
    """The two ways to settle the least settled choice; None where all are settled."""
    values = answer.values
    unsettled = [(min(values[column], 1 - values[column]), column) for column in choices.switches if INTEGRAL < values[column] < 1 - INTEGRAL]
    if unsettled:
        _, column = max(unsettled, key=lambda each: (each[0], -each[1]))
        return ({column: (1.0, 1.0)}, {column: (0.0, 0.0)})
    worst: tuple[float, Sized] | None = None
    for trade in choices.sized:
        amount = values[trade.column]
        if amount <= TINY_USD:
            continue
        if trade.twin >= 0 and values[trade.twin] > TINY_USD:
            return ({trade.column: (0.0, 0.0)}, {trade.twin: (0.0, 0.0)})
        missing = min(amount, trade.least - amount)
        if missing > TINY_USD and (worst is None or missing > worst[0]):
            worst = (missing, trade)
    if worst is None:
        return None
    trade = worst[1]
    return ({trade.column: (0.0, 0.0)}, {trade.column: (trade.least, trade.most)})
