"""The nearest known name to a misspelt one."""

from __future__ import annotations

from collections.abc import Iterable


def nearest(name: str, candidates: Iterable[str]) -> str | None:
    """The candidate that fewest slips of the pen lead to, or None where none is near.

    A slip inserts, drops or changes a letter, or swaps two neighbours; case, and digits that look like letters, are half
    a slip. Near is a quarter of the length, and at least one slip for names of three letters or more. Ties go to the
    first in alphabetical order.
    """
    most = max(len(name) // 4, 1) if len(name) > 2 else 0
    best: tuple[float, str] | None = None
    for candidate in sorted(set(candidates)):
        if abs(len(candidate) - len(name)) > most or candidate == name:
            continue
        slips = 0.5 if _looks(candidate) == _looks(name) else float(_slips(name.lower(), candidate.lower()))
        if slips <= max(most, 0.5) and (best is None or slips < best[0]):
            best = (slips, candidate)
    return best[1] if best else None


def _looks(name: str) -> str:
    """The name as the eye reads it: without case, and without telling 0 from O or 1 from I and l."""
    return name.lower().translate({ord("0"): "o", ord("1"): "l", ord("i"): "l"})


def _slips(one: str, other: str) -> int:
    """Optimal string alignment distance."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        before, last, row = row, before, [i]
        for j, its in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != its))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == its:
                cost = min(cost, last[j - 2] + 1)
            row.append(cost)
    return row[-1]
