"""Branch and bound over what is either-or: tax regions, wash switches, trade sizes, one direction per security.

Best-first with plunging: the more promising child is looked at next, its sibling waits in a heap ordered by its bound.
Switches are chosen by what settling them has cost so far (pseudo-costs; one never settled counts as the mean).
A dive settles everything at once, the way the LP leans, and so finds a good list after a handful of LPs; often that list
is already within the gap and the search ends at its root. Every node is one warm LP (a changed bound, dual simplex), so
hundreds of nodes cost what one default MILP does. The limit counts LPs, never seconds: the same input gives the same
answer.
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from math import inf

import numpy as np

from solver.highs import Answer, Bounds, LinearProgram
from solver.problem import Floats, Indices

TINY_USD = 1e-4
INTEGRAL = 1e-6
DIVE_STEPS = 12
CLOSED_USD = 1e6
"""What a closed way counts as when ways are compared."""


@dataclass(frozen=True, slots=True)
class Sized:
    """A trade that is nothing or at least `least` dollars. `twin` is the opposite trade of the same security: only one
    of the two may happen."""

    column: int
    least: float
    most: float
    twin: int = -1


@dataclass(frozen=True)
class Choices:
    """LP columns that are binary, and trades with a size."""

    switches: tuple[int, ...]
    sized: tuple[Sized, ...]

    @cached_property
    def switch_columns(self) -> Indices:
        return np.array(self.switches, dtype=np.intp)

    @cached_property
    def size_columns(self) -> Indices:
        return np.array([trade.column for trade in self.sized], dtype=np.intp)

    @cached_property
    def least(self) -> Floats:
        return np.array([trade.least for trade in self.sized])

    @cached_property
    def twins(self) -> tuple[tuple[int, int], ...]:
        return tuple((trade.column, trade.twin) for trade in self.sized if trade.twin >= 0)

    def split_switches(self, values: Floats) -> Indices:
        """Switches that are neither 0 nor 1."""
        at = values[self.switch_columns]
        return self.switch_columns[(at > INTEGRAL) & (at < 1 - INTEGRAL)]

    def too_small(self, values: Floats) -> Indices:
        """Positions in `sized` of trades that are larger than nothing and smaller than their least."""
        at = values[self.size_columns]
        return np.flatnonzero((at > TINY_USD) & (at < self.least - TINY_USD))

    def idle(self, values: Floats) -> list[int]:
        """Columns of trades that are not made."""
        at = values[self.size_columns]
        return [int(column) for column in self.size_columns[at <= TINY_USD]]

    def round_trips(self, values: Floats) -> list[tuple[int, int]]:
        """(sale, purchase) columns of one security in one account that are both used."""
        return [(sale, purchase) for sale, purchase in self.twins if values[sale] > TINY_USD and values[purchase] > TINY_USD]


@dataclass(frozen=True, slots=True)
class Found:
    """The best point found, the bounds that made it, and what is proven. `answer.feasible` is False where none exists
    within the limit; `exhausted` says that the search was complete."""

    answer: Answer
    bounds: Mapping[int, Bounds]
    bound_usd: float
    nodes: int
    exhausted: bool


@dataclass(slots=True)
class _Best:
    answer: Answer
    bounds: Mapping[int, Bounds]
    pruned_at: float = inf
    """The lowest bound among branches that were dropped because they could not beat the best by more than the gap."""

    def take(self, answer: Answer, bounds: Mapping[int, Bounds]) -> None:
        if answer.objective < self.answer.objective:
            self.answer, self.bounds = answer, bounds


def search(
    program: LinearProgram, choices: Choices, gap_usd: float, limit: int, start: Mapping[int, Bounds] | None = None, known: float = inf
) -> Found:
    """Minimise to within `gap_usd`, or until `limit` nodes were looked at.

    start   bounds that hold in every node
    known   the cost of a list that is known already, dollars: only better ones are looked for
    """
    tree = _Tree(program, choices, gap_usd, known)
    fixed: dict[int, Bounds] = dict(start or {})
    root = program.solve(fixed)
    if not root.feasible:
        return Found(root, fixed, inf, 1, True)
    tree.best = _Best(Answer(False, inf, root.values), fixed)
    _dive(program, choices, root, fixed, tree.best)
    tree.push(root, fixed)
    while tree.heap:
        bound, _, answer, bounds = heapq.heappop(tree.heap)
        if bound >= tree.cutoff:
            return tree.found(bound, exhausted=True)
        if tree.nodes >= limit:
            return tree.found(bound, exhausted=False)
        tree.plunge(answer, bounds, limit)
    return tree.found(inf, exhausted=True)


class _Tree:
    """The open nodes, the best list so far, and what branching has taught about each switch."""

    def __init__(self, program: LinearProgram, choices: Choices, gap_usd: float, known: float) -> None:
        self.program, self.choices, self.gap_usd, self.known = program, choices, gap_usd, known
        self.best = _Best(Answer(False, inf, np.zeros(0)), {})
        self.heap: list[tuple[float, int, Answer, dict[int, Bounds]]] = []
        self.nodes, self._pushed = 1, 0
        self._gains: dict[tuple[int, int], tuple[float, int]] = {}

    @property
    def cutoff(self) -> float:
        """A branch at or above this bound cannot beat the best list by more than the gap."""
        best = min(self.best.answer.objective if self.best.answer.feasible else inf, self.known)
        return best - self.gap_usd if best < inf else inf

    def push(self, answer: Answer, bounds: dict[int, Bounds]) -> None:
        """Keep a branch for later, or drop it where it cannot win."""
        if answer.objective < self.cutoff:
            self._pushed += 1
            heapq.heappush(self.heap, (answer.objective, self._pushed, answer, bounds))
        elif answer.feasible:
            self.best.pruned_at = min(self.best.pruned_at, answer.objective)

    def found(self, bound: float, *, exhausted: bool) -> Found:
        best = self.best
        return Found(best.answer, best.bounds, min(bound, best.answer.objective, best.pruned_at, self.known), self.nodes, exhausted)

    def plunge(self, answer: Answer, bounds: dict[int, Bounds], limit: int) -> None:
        """Go down the better child until nothing is left to settle, nothing better can follow, or `limit` nodes were
        looked at."""
        while answer.feasible:
            if answer.objective >= self.cutoff or self.nodes >= limit:
                self.push(answer, bounds)
                return
            children = self._branch(answer, bounds)
            if children is None:
                self.best.take(answer, bounds)
                return
            (answer, bounds), other = sorted(children, key=lambda child: child[0].objective)
            self.push(*other)
            if answer.feasible and not len(self.choices.split_switches(answer.values)):
                _dive(self.program, self.choices, answer, bounds, self.best)

    def _branch(self, answer: Answer, bounds: dict[int, Bounds]) -> list[tuple[Answer, dict[int, Bounds]]] | None:
        """Both children of the choice that promises to raise the bound the most; None where all is settled."""
        switches = self.choices.split_switches(answer.values)
        if not len(switches):
            change = _settle_size(answer, self.choices)
            return None if change is None else [self._child(bounds, each) for each in change]
        column = max(map(int, switches), key=lambda each: (self._promise(each, float(answer.values[each])), -each))
        return self._children(answer, bounds, column)

    def _children(self, answer: Answer, bounds: dict[int, Bounds], column: int) -> list[tuple[Answer, dict[int, Bounds]]]:
        """Both settings of a switch; what each costs per unit of the way is remembered."""
        pair = [self._child(bounds, {column: (float(way), float(way))}) for way in (0, 1)]
        for way, (child, _) in enumerate(pair):
            distance = abs(way - float(answer.values[column]))
            gain = (min(child.objective, answer.objective + CLOSED_USD) - answer.objective) / max(distance, INTEGRAL)
            total, times = self._gains.get((column, way), (0.0, 0))
            self._gains[column, way] = (total + gain, times + 1)
        return pair

    def _child(self, bounds: dict[int, Bounds], change: dict[int, Bounds]) -> tuple[Answer, dict[int, Bounds]]:
        self.nodes += 1
        both = {**bounds, **change}
        return self.program.solve(both), both

    def _gain(self, column: int, way: int) -> float:
        """What setting the switch this way has cost so far, per unit of the way; the mean of all where it was never tried."""
        known = self._gains.get((column, way))
        if known is None:
            others = [total / times for (_, other), (total, times) in self._gains.items() if other == way]
            return sum(others) / len(others) if others else 1.0
        return known[0] / known[1]

    def _promise(self, column: int, value: float) -> float:
        """By how much branching on the switch should raise both children's bounds (product of the two)."""
        down, up = (self._gain(column, way) for way in (0, 1))
        return max(down * value, 1e-3) * max(up * (1 - value), 1e-3)


def _dive(program: LinearProgram, choices: Choices, answer: Answer, bounds: Mapping[int, Bounds], best: _Best) -> None:
    """Settle everything the way the LP leans, all at once, and again what the answer unsettles; keep a list that holds."""
    settled = dict(bounds)
    for _ in range(DIVE_STEPS):
        values = answer.values
        if answer.objective >= best.answer.objective:
            return
        switches, small, trips = choices.split_switches(values), choices.too_small(values), choices.round_trips(values)
        if not len(switches) and not len(small) and not trips:
            best.take(answer, settled)
            return
        settled |= {int(column): ((1.0, 1.0) if values[column] >= 0.5 else (0.0, 0.0)) for column in switches}
        for place in small:
            trade = choices.sized[place]
            settled[trade.column] = (0.0, 0.0) if values[trade.column] < trade.least / 2 else (trade.least, trade.most)
        for sale, purchase in trips:
            settled[purchase if values[sale] > values[purchase] else sale] = (0.0, 0.0)
        answer = program.solve(settled)
        if not answer.feasible:
            return


def _settle_size(answer: Answer, choices: Choices) -> tuple[dict[int, Bounds], dict[int, Bounds]] | None:
    """The two ways out of a round trip, or of the trade that is furthest from nothing and from its least; None where all
    trades are settled."""
    values = answer.values
    for sale, purchase in choices.round_trips(values):
        return {sale: (0.0, 0.0)}, {purchase: (0.0, 0.0)}
    small = choices.too_small(values)
    if not len(small):
        return None
    amounts = values[choices.size_columns[small]]
    trade = choices.sized[int(small[np.argmax(np.minimum(amounts, choices.least[small] - amounts))])]
    return {trade.column: (0.0, 0.0)}, {trade.column: (trade.least, trade.most)}
