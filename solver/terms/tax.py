r"""The law: this year's tax of the whole year with the proposal, exact, by taxpayer.

.. math::
    s_u = s^0_u - cf^{ST}_u + \sum_{j \in ST(u)} (\gamma_j\, sell_j + \rho_j\, washed_j), \qquad
    l_u = l^0_u - cf^{LT}_u + \sum_{j \in LT(u)} (\gamma_j\, sell_j + \rho_j\, washed_j)

and the cost is V_u(s, l) = Tax_u(s, l) − v_ST·carry_ST − v_LT·carry_LT, piecewise linear but not convex. The plane is cut
into convex regions (`solver/tax_plane`), stated as their hull: (s, l) = Σ_r (s_r, l_r), each part inside z_r · region r,
θ_r ≥ each affine piece, Σ z_r = 1. Where one region is left no switch is needed.

The tax that a realised gain merely brings forward is a second, linear cost: −γ_j · r_later · discount per dollar sold. A
washed share gives its loss ρ_j back: it does not count this year, and stands in the replacement's basis later (what an
untaxed account replaces is lost; `wash_price` charges for that).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from solver.outcome import Term as HoldingTerm
from solver.problem import Problem, TaxReturn
from solver.tax import kinks, tax_of
from solver.tax_plane import HalfPlane, Point, TaxPlane, build_plane, cut
from solver.terms.base import Term

ROOM_USD = 1.0
"""The box is wider than what can be reached by this much, so that it never degenerates to a line."""


def bind(problem: Problem, net_limit: dict[int, float]) -> tuple[list[Term], dict[int, TaxPlane]]:
    """One term per taxpayer for the tax now, one for the tax brought forward; and each taxpayer's plane.

    net_limit   by taxpayer index: a bound on net gain that a rule sets anyhow; it keeps the box small
    """
    terms: list[Term] = []
    planes: dict[int, TaxPlane] = {}
    for u, taxed in enumerate(problem.returns):
        term, plane = _tax_now(problem, u, taxed, net_limit.get(u, np.inf))
        terms.append(term)
        if plane is not None:
            planes[u] = plane
    terms.append(_tax_later(problem))
    return terms, planes


def after_carryforward(taxed: TaxReturn) -> Point:
    """This year's net (short, long) gain so far, after carryforwards, dollars."""
    return (taxed.net_st - taxed.income.st_carryforward, taxed.net_lt - taxed.income.lt_carryforward)


def value_of(problem: Problem, taxed: TaxReturn, s: float, l: float) -> float:
    """Tax less the value of what is carried forward, dollars, at net gains after carryforwards."""
    tax = tax_of(taxed.schedule, taxed.income, s + taxed.income.st_carryforward, l + taxed.income.lt_carryforward)
    worth = carryforward_value(problem)
    return float(tax.total) - worth[0] * float(tax.st_carryforward_out) - worth[1] * float(tax.lt_carryforward_out)


def carryforward_value(problem: Problem) -> tuple[float, float]:
    """What a dollar of unused short- and long-term loss is worth, by the assumption file."""
    assumptions = problem.policy.assumptions
    if assumptions is None:
        return (0.0, 0.0)
    value = assumptions.carryforward_value_frac
    return (float(value.short), float(value.long))


def _tax_now(problem: Problem, u: int, taxed: TaxReturn, net_limit: float) -> tuple[Term, TaxPlane | None]:
    at = problem.columns
    term = Term(f"tax_{taxed.taxpayer_id}", "tax", family="tax_now")
    start = after_carryforward(taxed)
    gains = _gains_of(problem, taxed)
    for holding, column, fixed in ((HoldingTerm.ST, at.net_st(u), start[0]), (HoldingTerm.LT, at.net_lt(u), start[1])):
        members = gains[holding]
        washable = [j for j in members if j in problem.washed_column]
        term.add_row(
            f"net_{holding.lower()}",
            [column, *members, *(problem.washed_column[j] for j in washable)],
            [1.0, *(-problem.slices[j].gain_frac for j in members), *(-problem.slices[j].loss_per_share for j in washable)],
            fixed,
            fixed,
            definition=True,
        )
        term.add_bound([column], lower=-np.inf)
    if not gains[HoldingTerm.ST] and not gains[HoldingTerm.LT]:
        return term, None
    box = _box(problem, gains, start)
    polygon, sides = _polygon(box, max(net_limit, start[0] + start[1]) + ROOM_USD)
    lines = _lines(taxed, box)
    plane = build_plane(lambda s, l: value_of(problem, taxed, s, l), lines, polygon, sides)
    state_plane(term, at.net_st(u), at.net_lt(u), plane)
    return term, plane


def _gains_of(problem: Problem, taxed: TaxReturn) -> dict[HoldingTerm, list[int]]:
    """The taxpayer's slices by holding term."""
    gains: dict[HoldingTerm, list[int]] = {HoldingTerm.ST: [], HoldingTerm.LT: []}
    for j, piece in enumerate(problem.slices):
        if piece.term is not None and problem.accounts[piece.account].taxpayer_id == taxed.taxpayer_id:
            gains[piece.term].append(j)
    return gains


def plane_of(problem: Problem, taxed: TaxReturn, value: Callable[[float, float], float], bends: Sequence[HalfPlane] = ()) -> TaxPlane:
    """The plane of any figure of the year's tax over what the taxpayer's sales could reach: `value` in dollars at net gains
    after carryforwards. `bends` are lines of its own along which it bends, beside those of the law."""
    box = _box(problem, _gains_of(problem, taxed), after_carryforward(taxed))
    polygon, sides = _polygon(box, np.inf)
    lines = _lines(taxed, box)
    # A line that stands there twice would hide the fold along it: its two cells would differ in both.
    lines += [each for each in bends if not any((each.a, each.b) == (line.a, line.b) and abs(each.c - line.c) < 0.01 for line in lines)]
    return build_plane(value, lines, polygon, sides)


def _box(problem: Problem, gains: dict[HoldingTerm, list[int]], start: Point) -> tuple[float, float, float, float]:
    """What selling everything that gains, or everything that loses, could reach: (s low, s high, l low, l high)."""
    edges: list[float] = []
    for holding, fixed in ((HoldingTerm.ST, start[0]), (HoldingTerm.LT, start[1])):
        full = [problem.slices[j].gain_frac * problem.slices[j].value_usd for j in gains[holding]]
        edges += [fixed + sum(min(0.0, gain) for gain in full) - ROOM_USD, fixed + sum(max(0.0, gain) for gain in full) + ROOM_USD]
    return (edges[0], edges[1], edges[2], edges[3])


def _polygon(box: tuple[float, float, float, float], net_limit: float) -> tuple[list[Point], list[HalfPlane]]:
    s_low, s_high, l_low, l_high = box
    corners = [(s_low, l_low), (s_high, l_low), (s_high, l_high), (s_low, l_high)]
    sides = [HalfPlane(-1, 0, -s_low), HalfPlane(1, 0, s_high), HalfPlane(0, -1, -l_low), HalfPlane(0, 1, l_high)]
    budget = HalfPlane(1, 1, net_limit)
    if s_high + l_high > net_limit and (clipped := cut(corners, budget)):
        return clipped, [*sides, budget]
    return corners, sides


def _lines(taxed: TaxReturn, box: tuple[float, float, float, float]) -> list[HalfPlane]:
    found = kinks(taxed.schedule, taxed.income, box)
    return [
        *(HalfPlane(0, 1, c) for c in found.l),
        *(HalfPlane(1, 1, c) for c in found.net),
        *(HalfPlane(1, 0, c) for c in found.s),
        *(HalfPlane(*line) for line in found.skew),
    ]


COLUMNS_PER_REGION = 4


def region_column(r: int) -> int:
    """The own column of a tax term that switches region r on."""
    return COLUMNS_PER_REGION * r


def state_plane(term: Term, s: int, l: int, plane: TaxPlane, name: str = "", cost: float = 1.0) -> list[int]:
    """State a plane's epigraph over the base columns s and l; the own columns whose sum is at least its value, each at `cost`."""
    if len(plane.regions) == 1:
        theta = term.add_column(f"{name}tax", lower=-np.inf, cost=cost)
        for number, piece in enumerate(plane.regions[0].pieces):
            term.add_row(f"{name}piece_{number}", [theta, s, l], [1.0, -piece.a, -piece.b], lower=piece.c, definition=True)
        return [theta]
    values: list[int] = []
    parts: list[tuple[int, int, int]] = []
    for r, region in enumerate(plane.regions):
        z = term.add_column(f"{name}region_{r}", 1.0, switch=True)
        sr = term.add_column(f"{name}st_{r}", lower=-np.inf)
        lr = term.add_column(f"{name}lt_{r}", lower=-np.inf)
        theta = term.add_column(f"{name}tax_{r}", lower=-np.inf, cost=cost)
        parts.append((z, sr, lr))
        values.append(theta)
        for number, side in enumerate(region.sides):
            term.add_row(f"{name}region_{r}_side_{number}", [sr, lr, z], [side.a, side.b, -side.c], upper=0.0, definition=True)
        for number, piece in enumerate(region.pieces):
            term.add_row(
                f"{name}region_{r}_piece_{number}", [theta, sr, lr, z], [1.0, -piece.a, -piece.b, -piece.c], lower=0.0, definition=True
            )
    term.add_row(f"{name}one_region", [z for z, _, _ in parts], [1.0] * len(parts), 1.0, 1.0, definition=True)
    term.add_row(f"{name}st_parts", [s, *(sr for _, sr, _ in parts)], [1.0] + [-1.0] * len(parts), 0.0, 0.0, definition=True)
    term.add_row(f"{name}lt_parts", [l, *(lr for _, _, lr in parts)], [1.0] + [-1.0] * len(parts), 0.0, 0.0, definition=True)
    return values


def _tax_later(problem: Problem) -> Term:
    term = Term("tax_later", "tax", family="tax_later")
    taxed = [j for j, piece in enumerate(problem.slices) if piece.term is not None]
    later = [-problem.slices[j].gain_frac * problem.later_rate[problem.accounts[problem.slices[j].account].taxpayer_id] for j in taxed]
    if taxed:
        term.add_cost(np.array(taxed, dtype=np.intp), np.array(later))
    if problem.washable:
        back = [-later_loss(problem, j) for j in problem.washable]
        term.add_cost(np.array([problem.washed_column[j] for j in problem.washable], dtype=np.intp), np.array(back))
    return term


def later_loss(problem: Problem, j: int) -> float:
    """What a share's loss in a replacement's basis is worth today: dollars per share of slice j."""
    taxpayer_id = problem.accounts[problem.slices[j].account].taxpayer_id
    return problem.slices[j].loss_per_share * problem.later_rate[taxpayer_id]
