"""Where a gain would be taxed less at ordinary rates than at its own: the 15 percent rate may begin inside the 12 percent bracket.

With D(x) = ord(x) − pref(x), gains that fill taxable income from y to t cost less on the ordinary scale where D(t) < D(y).
D rises everywhere but on the dip, where the gains' rate is above the ordinary one.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from solver.tax.schedule import Scale


class Piece(NamedTuple):
    """D(x) = slope·x + constant between low and high."""

    low: float
    high: float
    slope: float
    constant: float

    def at(self, x: float) -> float:
        return self.slope * x + self.constant

    def where(self, value: float) -> float:
        """The x at which the (continued) piece has this value."""
        return (value - self.constant) / self.slope


class Dip(NamedTuple):
    """Ordinary income between `start_*` and taxable income between `end_*` may have D(t) < D(y).

    pairs           (piece of y, piece of t) on which the border D(t) = D(y) can lie
    taxable_edges   taxable incomes at which D changes its slope
    depth           the most that the ordinary scale can be lower, dollars
    """

    start_low: float
    start_high: float
    end_low: float
    end_high: float
    pairs: tuple[tuple[Piece, Piece], ...]
    taxable_edges: tuple[float, ...]
    depth: float


@lru_cache(maxsize=64)
def dip_of(ordinary: Scale[float], gains: Scale[float]) -> Dip | None:
    """The dip of two scales, or None where gains never cost more than ordinary income. The law has one dip at most."""
    edges = [*sorted({*ordinary.floors, *gains.floors}), float("inf")]
    pieces = [_piece(ordinary, gains, low, high) for low, high in pairwise(edges)]
    falling = [piece for piece in pieces if piece.slope < 0]
    if not falling:
        return None
    top, bottom = falling[0].low, falling[-1].high
    high_value, low_value = falling[0].at(top), falling[-1].at(bottom)
    start_low = next(piece.where(low_value) for piece in reversed(pieces) if piece.high <= top and piece.at(piece.low) <= low_value)
    end_high = next(piece.where(high_value) for piece in pieces if piece.low >= bottom and piece.at(piece.high) >= high_value)
    starts = [piece for piece in pieces if piece.high > start_low and piece.low < bottom]
    ends = [piece for piece in pieces if piece.high > top and piece.low < end_high]
    pairs = tuple((first, second) for first in starts for second in ends if first is not second)
    return Dip(start_low, bottom, top, end_high, pairs, tuple(piece.high for piece in ends[:-1]), high_value - low_value)


def _piece(ordinary: Scale[float], gains: Scale[float], low: float, high: float) -> Piece:
    value = ordinary.at(low) - gains.at(low)
    slope = _rate(ordinary, low) - _rate(gains, low)
    return Piece(low, high, slope, value - slope * low)


def _rate(scale: Scale[float], amount: float) -> float:
    """The rate of a scale just above an amount."""
    return next(rate for floor, rate in zip(reversed(scale.floors), reversed(scale.rates), strict=True) if floor <= amount)
