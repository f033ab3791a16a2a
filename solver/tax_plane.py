"""A taxpayer's tax over the plane of net short-term and net long-term gain, cut into convex regions.

Tax is piecewise linear in (s, l), the year's net short- and long-term gain after carryforwards, but it is not convex:
a long-term loss must first eat long-term gain, gains stacked on moving income jump brackets, only $3,000 of a loss
counts this year. So the plane is cut where, and only where, the slope falls:

1. The kink lines (s = c, l = c, s + l = c) cut the reachable box into cells; the tax is affine on each.
2. Two cells that differ in the side of one line only are neighbours. Where the slope falls on the way across, the line
   is a *fold*: no convex function has it.
3. The worst fold cuts the box in two; each half is looked at again. What has no fold left is convex, and there the tax
   is the largest of its affine pieces.

The model states one disjunct per region (hull form). A household far from its folds has one region and no binary.
The value of a carryforward left over is part of the function: `value = tax − v_ST·carry_ST − v_LT·carry_LT`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

Point = tuple[float, float]
FOLD_TOLERANCE = 1e-9
"""A slope that falls by less than this per dollar is noise of the arithmetic, not law."""
AFFINE_TOLERANCE_USD = 0.01


@dataclass(frozen=True, slots=True)
class HalfPlane:
    """a·s + b·l ≤ c, dollars."""

    a: float
    b: float
    c: float

    def excess(self, point: Point) -> float:
        return self.a * point[0] + self.b * point[1] - self.c

    def flipped(self) -> HalfPlane:
        return HalfPlane(-self.a, -self.b, -self.c)


@dataclass(frozen=True, slots=True)
class Piece:
    """value = a·s + b·l + c, dollars."""

    a: float
    b: float
    c: float

    def at(self, point: Point) -> float:
        return self.a * point[0] + self.b * point[1] + self.c


@dataclass(frozen=True, slots=True)
class Region:
    """A convex part of the box on which the value is the largest of its pieces."""

    sides: tuple[HalfPlane, ...]
    pieces: tuple[Piece, ...]
    low: Point
    high: Point

    def holds(self, point: Point, slack: float = 1e-6) -> bool:
        return all(side.excess(point) <= slack for side in self.sides)


@dataclass(frozen=True, slots=True)
class TaxPlane:
    """All regions over one box; `exact` is False where the function was not affine on a cell (AMT between kinks)."""

    regions: tuple[Region, ...]
    exact: bool

    def value(self, point: Point) -> float:
        """The value that the model sees at a point, dollars."""
        inside = [region for region in self.regions if region.holds(point, 1e-4)]
        return min(max(piece.at(point) for piece in region.pieces) for region in inside)


@dataclass(slots=True)
class _Cell:
    corners: list[Point]
    sides: tuple[bool, ...]
    piece: Piece = Piece(0.0, 0.0, 0.0)


def cut(polygon: Sequence[Point], side: HalfPlane) -> list[Point]:
    """The part of a convex polygon inside a half-plane (Sutherland and Hodgman), possibly empty."""
    kept: list[Point] = []
    for index, corner in enumerate(polygon):
        previous = polygon[index - 1]
        here, before = side.excess(corner), side.excess(previous)
        if (here > 0) != (before > 0):
            share = before / (before - here)
            kept.append((previous[0] + share * (corner[0] - previous[0]), previous[1] + share * (corner[1] - previous[1])))
        if here <= 0:
            kept.append(corner)
    return kept if _area(kept) > 1e-6 else []


def _area(polygon: Sequence[Point]) -> float:
    return 0.5 * abs(sum(p[0] * q[1] - q[0] * p[1] for p, q in zip(polygon, [*polygon[1:], *polygon[:1]], strict=True)))


def build_plane(value: Callable[[float, float], float], lines: Sequence[HalfPlane], polygon: Sequence[Point], box_sides: Sequence[HalfPlane]) -> TaxPlane:
    """Cut the polygon into convex regions of `value`.

    value       dollars at (s, l)
    lines       the kink lines, as half-planes (which side is immaterial)
    polygon     the reachable points, convex, counter-clockwise or clockwise, dollars
    box_sides   the same polygon as half-planes
    """
    cells = [_Cell(list(polygon), ())]
    for line in lines:
        split: list[_Cell] = []
        for cell in cells:
            for inside, half in ((True, line), (False, line.flipped())):
                part = cut(cell.corners, half)
                if part:
                    split.append(_Cell(part, (*cell.sides, inside)))
        cells = split
    exact = all([_fit(cell, value) for cell in cells])
    regions: list[Region] = []
    _convex_parts(cells, lines, list(polygon), list(box_sides), regions)
    return TaxPlane(tuple(regions), exact)


def _fit(cell: _Cell, value: Callable[[float, float], float]) -> bool:
    """Give the cell its affine piece from a small triangle at its centre; say whether its corners agree."""
    s = sum(corner[0] for corner in cell.corners) / len(cell.corners)
    l = sum(corner[1] for corner in cell.corners) / len(cell.corners)  # noqa: E741
    # The triangle reaches a third of the way to the corners, so that it stays inside and differences stay large.
    first, second = cell.corners[0], max(cell.corners[1:], key=lambda corner: abs(_cross(cell.corners[0], corner, (s, l))))
    p = (s + (first[0] - s) / 3, l + (first[1] - l) / 3)
    q = (s + (second[0] - s) / 3, l + (second[1] - l) / 3)
    f0, fp, fq = value(s, l), value(*p), value(*q)
    ps, pl, qs, ql = p[0] - s, p[1] - l, q[0] - s, q[1] - l
    determinant = ps * ql - pl * qs
    a = ((fp - f0) * ql - (fq - f0) * pl) / determinant
    b = (ps * (fq - f0) - qs * (fp - f0)) / determinant
    cell.piece = Piece(_clean(a), _clean(b), 0.0)
    cell.piece = Piece(cell.piece.a, cell.piece.b, f0 - cell.piece.a * s - cell.piece.b * l)
    return all(abs(cell.piece.at(corner) - value(*corner)) < AFFINE_TOLERANCE_USD for corner in cell.corners)


def _cross(origin: Point, p: Point, q: Point) -> float:
    return (p[0] - origin[0]) * (q[1] - origin[1]) - (p[1] - origin[1]) * (q[0] - origin[0])


def _clean(slope: float) -> float:
    """A marginal rate without the noise of differencing (rates are given to at most six decimals)."""
    rounded = round(slope, 7)
    return rounded if abs(rounded - slope) < 2e-7 else slope


def _convex_parts(
    cells: list[_Cell], lines: Sequence[HalfPlane], polygon: list[Point], sides: list[HalfPlane], regions: list[Region]
) -> None:
    fold = _worst_fold(cells, lines)
    if fold is None:
        pieces = tuple(dict.fromkeys(Piece(cell.piece.a, cell.piece.b, round(cell.piece.c, 6)) for cell in cells))
        low = (min(p[0] for p in polygon), min(p[1] for p in polygon))
        high = (max(p[0] for p in polygon), max(p[1] for p in polygon))
        regions.append(Region(tuple(sides), pieces, low, high))
        return
    for inside, half in ((True, lines[fold]), (False, lines[fold].flipped())):
        members = [cell for cell in cells if cell.sides[fold] is inside]
        _convex_parts(members, lines, cut(polygon, half), [*sides, half], regions)


def _worst_fold(cells: list[_Cell], lines: Sequence[HalfPlane]) -> int | None:
    """The line across which the slope falls the most, summed over neighbouring cells; None where it never falls."""
    by_sides = {cell.sides: cell for cell in cells}
    fall = [0.0] * len(lines)
    for cell in cells:
        for index, line in enumerate(lines):
            if not cell.sides[index]:
                continue
            across = by_sides.get((*cell.sides[:index], False, *cell.sides[index + 1 :]))
            if across is None:
                continue
            # Moving along the normal (a, b) leaves the inside; a convex function's slope may only rise there.
            rise = (across.piece.a - cell.piece.a) * line.a + (across.piece.b - cell.piece.b) * line.b
            if rise < -FOLD_TOLERANCE * 1e3:
                fall[index] += -rise
    worst = max(range(len(lines)), key=lambda index: fall[index], default=None)
    return worst if worst is not None and fall[worst] > 0 else None
