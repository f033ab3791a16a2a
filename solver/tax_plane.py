"""A taxpayer's tax over the plane of net short-term and net long-term gain, cut into convex regions.

Tax is piecewise linear in (s, l), the year's net short- and long-term gain after carryforwards, but it is not convex:
a long-term loss must first eat long-term gain, gains stacked on moving income jump brackets, only $3,000 of a loss
counts this year. So the plane is cut where, and only where, the slope falls:

1. The kink lines (s = c, l = c, s + l = c) cut the reachable box into cells; the tax is affine on each.
2. Two cells that differ in the side of one line only are neighbours. Where the slope falls on the way across, the line
   is a *fold*: no convex function has it. A cell that is not affine after all (the alternative minimum tax begins
   along a line of its own) is cut again where two of its pieces meet, until every cell is affine.
3. The worst fold cuts the box in two; each half is looked at again. What has no fold left is convex, and there the tax
   is the largest of its affine pieces.

The model states one disjunct per region (hull form). A household far from its folds has one region and no binary.
The value of a carryforward left over is part of the function: `value = tax − v_ST·carry_ST − v_LT·carry_LT`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

Point = tuple[float, float]
FOLD_TOLERANCE = 1e-9
"""A slope that falls by less than this per dollar is noise of the arithmetic, not law."""
AFFINE_TOLERANCE_USD = 0.01
HIDDEN_ROUNDS = 12
PROBE = 0.02
"""Size of the triangles that read off a piece, as a share of the way to the next corner."""


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


def build_plane(
    value: Callable[[float, float], float], lines: Sequence[HalfPlane], polygon: Sequence[Point], box_sides: Sequence[HalfPlane]
) -> TaxPlane:
    """Cut the polygon into convex regions of `value`.

    value       dollars at (s, l)
    lines       the kink lines, as half-planes (which side is immaterial)
    polygon     the reachable points, convex, counter-clockwise or clockwise, dollars
    box_sides   the same polygon as half-planes
    """
    value = cache(value)  # neighbours share their corners
    known = list(lines)
    cells = _split([_Cell(list(polygon), ())], known)
    for _ in range(HIDDEN_ROUNDS):
        crooked = [cell for cell in cells if not _fit(cell, value)]
        hidden = [line for cell in crooked for line in _hidden_lines(cell, value)]
        fresh = [line for number, line in enumerate(hidden) if not any(_same(line, other) for other in (*known, *hidden[:number]))]
        if not fresh:
            break
        known += fresh
        cells = _split(cells, fresh)
    fits = [_fit(cell, value) for cell in cells]
    regions: list[Region] = []
    _convex_parts(cells, known, list(polygon), list(box_sides), regions)
    return TaxPlane(tuple(regions), all(fits))


def _split(cells: list[_Cell], lines: Sequence[HalfPlane]) -> list[_Cell]:
    """The cells, cut along every line; each remembers on which side of every line it lies."""
    for line in lines:
        parts: list[_Cell] = []
        for cell in cells:
            for inside, half in ((True, line), (False, line.flipped())):
                part = cut(cell.corners, half)
                if part:
                    parts.append(_Cell(part, (*cell.sides, inside)))
        cells = parts
    return cells


def _hidden_lines(cell: _Cell, value: Callable[[float, float], float]) -> list[HalfPlane]:
    """Lines on which two affine pieces of a cell meet, where the law gave none beforehand (the minimum tax begins where
    it overtakes the regular one, a line that depends on both). Near each corner one piece is read off; where two pieces
    are equal, the function bends."""
    centre = (sum(p[0] for p in cell.corners) / len(cell.corners), sum(p[1] for p in cell.corners) / len(cell.corners))
    pieces: list[Piece] = []
    corners = cell.corners
    halfway = [((p[0] + q[0]) / 2, (p[1] + q[1]) / 2) for p, q in zip(corners, [*corners[1:], corners[0]], strict=True)]
    around = [point for pair in zip(corners, halfway, strict=True) for point in pair]
    for place, corner in enumerate(around):
        piece = _local_piece(value, corner, centre, around[place - 1], around[(place + 1) % len(around)])
        if piece is not None and all(abs(piece.a - other.a) + abs(piece.b - other.b) > 1e-6 for other in pieces):
            pieces.append(piece)
    meeting = [
        HalfPlane(first.a - second.a, first.b - second.b, second.c - first.c)
        for number, first in enumerate(pieces)
        for second in pieces[:number]
    ]
    crossing = [line for line in meeting if cut(cell.corners, line) and cut(cell.corners, line.flipped())]
    # Still not affine, and no line that was found runs through the cell: what bends was not touched from any corner (an exemption
    # is lost and then gone). Look there.
    return crossing or [HalfPlane(1.0, 1.0, centre[0] + centre[1])]


def _local_piece(value: Callable[[float, float], float], point: Point, *around: Point) -> Piece | None:
    """The affine piece close to a point of a cell's edge, from a small triangle leaning inwards (`around`: the centre and
    the neighbours on the edge); None where the triangle straddles a bend."""
    inward = [(each[0] - point[0], each[1] - point[1]) for each in around]
    start = (point[0] + PROBE * sum(d[0] for d in inward) / 3, point[1] + PROBE * sum(d[1] for d in inward) / 3)
    p = (start[0] + PROBE * inward[0][0], start[1] + PROBE * inward[0][1])
    q = (start[0] + PROBE * inward[1][0], start[1] + PROBE * inward[1][1])
    piece = _plane_through(value, start, p, q)
    middle = ((start[0] + p[0] + q[0]) / 3, (start[1] + p[1] + q[1]) / 3)
    reach = max(abs(d[0]) + abs(d[1]) for d in inward)
    return piece if piece is not None and abs(piece.at(middle) - value(*middle)) < 1e-6 * max(1.0, reach) else None


def _plane_through(value: Callable[[float, float], float], o: Point, p: Point, q: Point) -> Piece | None:
    ps, pl, qs, ql = p[0] - o[0], p[1] - o[1], q[0] - o[0], q[1] - o[1]
    determinant = ps * ql - pl * qs
    if abs(determinant) < 1e-9:
        return None
    f0, fp, fq = value(*o), value(*p), value(*q)
    a = _clean(((fp - f0) * ql - (fq - f0) * pl) / determinant)
    b = _clean((ps * (fq - f0) - qs * (fp - f0)) / determinant)
    return Piece(a, b, f0 - a * o[0] - b * o[1])


def _same(first: HalfPlane, second: HalfPlane) -> bool:
    """Whether two half-planes have one and the same edge, to a cent at a unit normal."""
    one, two = (max(abs(each.a), abs(each.b)) for each in (first, second))
    sign = 1.0 if first.a * second.a + first.b * second.b > 0 else -1.0
    return (
        abs(first.a / one - sign * second.a / two) < 1e-6
        and abs(first.b / one - sign * second.b / two) < 1e-6
        and abs(first.c / one - sign * second.c / two) < 0.01
    )


def _fit(cell: _Cell, value: Callable[[float, float], float]) -> bool:
    """Give the cell its affine piece from a small triangle at its centre; say whether its corners agree."""
    s = sum(corner[0] for corner in cell.corners) / len(cell.corners)
    l = sum(corner[1] for corner in cell.corners) / len(cell.corners)
    # The triangle reaches a third of the way to the corners, so that it stays inside and differences stay large.
    first, second = cell.corners[0], max(cell.corners[1:], key=lambda corner: abs(_cross(cell.corners[0], corner, (s, l))))
    p = (s + (first[0] - s) / 3, l + (first[1] - l) / 3)
    q = (s + (second[0] - s) / 3, l + (second[1] - l) / 3)
    cell.piece = _plane_through(value, (s, l), p, q) or Piece(0.0, 0.0, value(s, l))
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
