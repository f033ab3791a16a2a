"""How well the household's assets are placed: its after-tax return between the worst and the best placement.

    score = 100 · (R − R_worst) / (R_best − R_worst)

Best and worst are linear programs over dollars x[account, class] ≥ 0 with every account's value and every class's total
fixed: transportation problems. They are solved directly by successive shortest paths: classes are poured one after the
other, each dollar along the cheapest chain of exchanges between accounts. A flow that starts empty and grows along shortest
paths leaves no improving cycle (Busacker and Gowen 1961; Ahuja, Magnanti, Orlin, *Network Flows*, § 9.7), so the result is
the program's optimum; the tests hold it against HiGHS. Accounts whose returns are alike are one node, so the graph has as
many nodes as the household has kinds of account: two to four.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TypeAlias

LEAST_SPREAD = 0.0005
"""Five basis points: below it, best and worst are too close for a score to mean anything."""

FloatPlacement: TypeAlias = Mapping[str, Mapping[str, float]]
"""Dollars by account id and asset class."""
Returns: TypeAlias = Mapping[str, Mapping[str, float]]
"""Yearly after-tax return by account id and asset class."""


@dataclass(frozen=True, slots=True)
class Location:
    """A placement's return and the two placements it is measured between. Returns are yearly fractions of value; the
    placements are dollars by account and class (accounts of one kind share theirs pro rata). `score` is None where
    there is none, and `reason` says why. `placement` and `returns` are what was measured."""

    score: float | None
    current: float
    best: float | None = None
    worst: float | None = None
    best_placement: FloatPlacement = field(default_factory=dict)
    worst_placement: FloatPlacement = field(default_factory=dict)
    reason: str = ""
    placement: FloatPlacement = field(default_factory=dict)
    returns: Returns = field(default_factory=dict)


def expected_return(placement: FloatPlacement, returns: Returns) -> float:
    """R = Σ x[a,c] · r_at[c, τ(a)] / V. The value must be above zero and every held class must have a return."""
    value = sum(sum(row.values()) for row in placement.values())
    return sum(dollars * returns[account][name] for account, row in placement.items() for name, dollars in row.items()) / value


def locate(placement: FloatPlacement, returns: Returns, treatments: Mapping[str, str]) -> Location:
    """The score of a placement of positive value, all of whose classes have returns. `treatments` by account id."""
    current = expected_return(placement, returns)
    if any(dollars < -0.005 for row in placement.values() for dollars in row.values()):
        return Location(None, current, reason="a holding or a cash balance is negative", placement=placement, returns=returns)
    if len({treatments[account] for account, row in placement.items() if sum(row.values()) > 0}) < 2:
        return Location(None, current, reason="all counted accounts have the same tax treatment", placement=placement, returns=returns)
    best_placement, best = _extreme(placement, returns, 1.0)
    worst_placement, worst = _extreme(placement, returns, -1.0)
    score, reason = None, ""
    if best - worst < LEAST_SPREAD:
        reason = "the best and the worst placement differ by less than 5 basis points"
    else:
        score = min(100.0, max(0.0, 100 * (current - worst) / (best - worst)))
    return Location(score, current, best, worst, best_placement, worst_placement, reason, placement, returns)


def _extreme(placement: FloatPlacement, returns: Returns, sign: float) -> tuple[FloatPlacement, float]:
    """Best (sign 1) or worst (sign −1) placement and its return."""
    classes = sorted({name for row in placement.values() for name in row})
    totals = [sum(row.get(name, 0.0) for row in placement.values()) for name in classes]
    groups: dict[tuple[float, ...], list[str]] = {}
    for account in placement:
        groups.setdefault(tuple(sign * returns[account][name] for name in classes), []).append(account)
    values = {account: sum(row.values()) for account, row in placement.items()}
    room = [sum(values[account] for account in members) for members in groups.values()]
    assigned = assign(room, totals, list(groups))
    found: dict[str, dict[str, float]] = {}
    for members, row, size in zip(groups.values(), assigned, room, strict=True):
        for account in members:
            share = values[account] / size if size > 0 else 0.0
            found[account] = {name: dollars * share for name, dollars in zip(classes, row, strict=True) if dollars}
    dollars = sum(x * r for row, worth in zip(assigned, groups, strict=True) for x, r in zip(row, worth, strict=True))
    return found, sign * dollars / sum(room)


def assign(room: Sequence[float], totals: Sequence[float], worth: Sequence[Sequence[float]]) -> list[list[float]]:
    """Dollars by group and class that maximise Σ dollars · worth, with Σ_class = room[group] and Σ_group = totals[class].

    `room` and `totals` are ≥ 0 and have the same sum.
    """
    grain = 1e-11 * max(1.0, sum(room))
    placed = [[0.0] * len(totals) for _ in room]
    spare = list(room)
    for c, total in enumerate(totals):
        left = total
        while left > grain:
            chain = _cheapest_chain(placed, spare, worth, c, grain)
            if not chain:
                break  # what the rounding of the sums left over
            left -= _pour(placed, spare, chain, c, left)
    return placed


def _cheapest_chain(
    placed: list[list[float]], spare: list[float], worth: Sequence[Sequence[float]], c: int, grain: float
) -> list[tuple[int, int]]:
    """Steps (group, class that moves in) by which a dollar of class c finds room: the first takes c itself, each next one
    takes the class that the step before drove out. Empty where nothing has room. Bellman-Ford over the groups."""
    nodes = range(len(spare))
    price = [-worth[g][c] for g in nodes]
    came: list[tuple[int, int] | None] = [None] * len(spare)
    exchange = [[_cheapest_move(placed[g], worth[g], worth[h], grain) if g != h else None for h in nodes] for g in nodes]
    for _ in nodes:
        changed = False
        for g in nodes:
            for h in nodes:
                move = exchange[g][h]
                if move is not None and price[g] + move[0] < price[h] - 1e-15:
                    price[h], came[h], changed = price[g] + move[0], (g, move[1]), True
        if not changed:
            break
    ends = [g for g in nodes if spare[g] > grain]
    if not ends:
        return []
    at = min(ends, key=lambda g: price[g])
    chain: list[tuple[int, int]] = []
    step = came[at]
    while step is not None:
        chain.append((at, step[1]))
        at = step[0]
        step = came[at]
    chain.append((at, c))
    return chain[::-1]


def _cheapest_move(held: list[float], here: Sequence[float], there: Sequence[float], grain: float) -> tuple[float, int] | None:
    """What it costs to move a dollar of the best-suited class from one group to another, and which class that is."""
    moves = [(here[k] - there[k], k) for k, dollars in enumerate(held) if dollars > grain]
    return min(moves) if moves else None


def _pour(placed: list[list[float]], spare: list[float], chain: list[tuple[int, int]], c: int, left: float) -> float:
    """Send as much of `left` as the chain carries, and return it."""
    amount = min(left, spare[chain[-1][0]])
    for (group, _), (_, driven_out) in pairwise(chain):
        amount = min(amount, placed[group][driven_out])
    for group, moved_in in chain:
        placed[group][moved_in] += amount
    for (group, _), (_, driven_out) in pairwise(chain):
        placed[group][driven_out] -= amount
    spare[chain[-1][0]] -= amount
    return amount
