"""The plane of a taxpayer's tax is the law itself, cut where the slope falls."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.tax import load_tax_year
from solver.tax import Income, amt_possible, kinks, schedule, tax_of
from solver.tax_plane import HalfPlane, Piece, TaxPlane, build_plane, cut
from validation.household import FilingStatus

LAW = load_tax_year(2026)
CARRY = (4_000.0, 10_000.0)


def plane_of(status: str, state: str, income: float, box: tuple[float, float, float, float]):
    law = schedule(LAW, FilingStatus(status), state).as_float()
    mine = Income(income, 3_000.0, 500.0, 6_000.0, law.standard_deduction, law.standard_deduction, *CARRY)

    def value(s: float, l: float) -> float:
        tax = tax_of(law, mine, s + CARRY[0], l + CARRY[1])
        return tax.total - 0.15 * tax.st_carryforward_out - 0.10 * tax.lt_carryforward_out

    found = kinks(law, mine, box)
    lines = [HalfPlane(0, 1, c) for c in found.l] + [HalfPlane(1, 1, c) for c in found.net] + [HalfPlane(1, 0, c) for c in found.s]
    lines += [HalfPlane(*line) for line in found.skew]
    s_low, s_high, l_low, l_high = box
    corners = [(s_low, l_low), (s_high, l_low), (s_high, l_high), (s_low, l_high)]
    sides = [HalfPlane(-1, 0, -s_low), HalfPlane(1, 0, s_high), HalfPlane(0, -1, -l_low), HalfPlane(0, 1, l_high)]
    return build_plane(value, lines, corners, sides), value, amt_possible(law, mine, box)


@settings(deadline=None, max_examples=150)
@given(
    status=st.sampled_from([each.value for each in FilingStatus]),
    state=st.sampled_from(["TX", "CA", "NY", "NJ", "MA", "WA", "PA", "IL"]),
    income=st.floats(0, 1_600_000),
    s=st.floats(0, 1),
    l=st.floats(0, 1),
    low=st.integers(-6_000_000, 0).map(lambda cents: cents / 100),
    high=st.integers(100, 20_000_000).map(lambda cents: cents / 100),
)
def test_the_plane_is_the_exact_tax_minimum_tax_included(status, state, income, s, l, low, high):
    box = (low, high / 4, low / 2, high)
    plane, value, _ = plane_of(status, state, income, box)
    point = (box[0] + s * (box[1] - box[0]), box[2] + l * (box[3] - box[2]))
    assert plane.exact
    assert plane.value(point) == pytest.approx(value(*point), abs=1e-6, rel=1e-9)


def test_a_bend_that_no_corner_of_the_box_touches_is_found():
    plane, value, _ = plane_of("married_separate", "TX", 638_346.0, (0.0, 33_222.0, 0.0, 132_888.0))
    assert plane.exact
    for i in range(40):
        for j in range(40):
            point = (33_222.0 * i / 39, 132_888.0 * j / 39)
            assert plane.value(point) == pytest.approx(value(*point), abs=1e-6, rel=1e-9)


def test_a_household_far_from_every_fold_needs_one_region_and_no_switch():
    plane, _, _ = plane_of("married_joint", "TX", 250_000.0, (100.0, 5_000.0, 100.0, 20_000.0))
    assert len(plane.regions) == 1


def test_the_three_regimes_of_netting_are_found():
    plane, _, _ = plane_of("married_joint", "TX", 180_000.0, (-30_000.0, 25_000.0, -20_000.0, 150_000.0))
    assert 3 <= len(plane.regions) <= 4


def test_the_line_along_which_the_minimum_tax_begins_is_found_though_the_law_names_none():
    box = (-30_000.0, 25_000.0, -20_000.0, 150_000.0)
    plane, value, minimum_tax = plane_of("married_separate", "TX", 600_000.0, box)
    assert minimum_tax and plane.exact
    for i in range(30):
        point = (box[0] + i / 29 * (box[1] - box[0]), box[3] - i / 29 * (box[3] - box[2]))
        assert plane.value(point) == pytest.approx(value(*point), abs=0.01)


def test_a_function_with_a_kink_that_nobody_named_is_cut_along_it():
    corners = [(-1e4, -1e4), (1e4, -1e4), (1e4, 1e4), (-1e4, 1e4)]
    sides = [HalfPlane(-1, 0, 1e4), HalfPlane(1, 0, 1e4), HalfPlane(0, -1, 1e4), HalfPlane(0, 1, 1e4)]
    plane = build_plane(lambda s, l: min(0.3 * s, 0.1 * l + 200.0), [], corners, sides)
    assert plane.exact and len(plane.regions) == 2
    assert plane.value((5_000.0, 5_000.0)) == pytest.approx(700.0)


def test_regions_share_edges_and_cover_the_box():
    box = (-30_000.0, 25_000.0, -20_000.0, 150_000.0)
    plane, value, _ = plane_of("single", "NJ", 48_000.0, box)
    for i in range(21):
        for j in range(21):
            point = (box[0] + i / 20 * (box[1] - box[0]), box[2] + j / 20 * (box[3] - box[2]))
            assert any(region.holds(point, 1e-4) for region in plane.regions)
            assert plane.value(point) == pytest.approx(value(*point), abs=1e-3)


def test_a_half_plane_cuts_a_square_in_half():
    square = [(0.0, 0.0), (2.0, 0.0), (2.0, 2.0), (0.0, 2.0)]
    left = cut(square, HalfPlane(1, 0, 1.0))
    assert sorted(left) == [(0.0, 0.0), (0.0, 2.0), (1.0, 0.0), (1.0, 2.0)]
    assert cut(square, HalfPlane(1, 0, -1.0)) == []


def test_a_convex_function_needs_one_region_and_a_concave_one_two():
    lines = [HalfPlane(1, 0, 0.0)]
    corners = [(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)]
    sides = [HalfPlane(-1, 0, 1.0), HalfPlane(1, 0, 1.0), HalfPlane(0, -1, 1.0), HalfPlane(0, 1, 1.0)]
    convex = build_plane(lambda s, l: abs(s), lines, corners, sides)
    concave = build_plane(lambda s, l: -abs(s), lines, corners, sides)
    assert (len(convex.regions), len(concave.regions)) == (1, 2)
    assert {(piece.a, piece.b) for piece in convex.regions[0].pieces} == {(1.0, 0.0), (-1.0, 0.0)}
    assert isinstance(concave, TaxPlane) and isinstance(concave.regions[0].pieces[0], Piece)
    assert Decimal(str(concave.value((0.5, 0.0)))) == Decimal("-0.5")
