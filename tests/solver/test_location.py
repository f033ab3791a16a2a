from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from solver.location import Location, assign, expected_return, locate

# statistics.md's household, in thousands: the one-year form in the taxable account, the full balance elsewhere.
UNTAXED = {"us_equity": 0.065, "intl_equity": 0.07, "reit": 0.065, "core_bond": 0.045}
TAXABLE = {
    "us_equity": 0.065 - 0.015 * (0.95 * 0.188 + 0.05 * 0.358) - 0.05 * 0.05 * 0.188,
    "intl_equity": 0.07 - 0.03 * (0.7 * 0.188 + 0.3 * 0.358) - 0.04 * 0.07 * 0.188,
    "reit": 0.065 - 0.038 * 0.358 - 0.027 * 0.15 * 0.188,
    "core_bond": 0.045 * (1 - 0.358),
}
RETURNS = {"T": TAXABLE, "I": UNTAXED, "R": UNTAXED}
TREATMENTS = {"T": "taxable", "I": "tax_deferred", "R": "tax_exempt"}
CLASSES = {"us_equity": 450.0, "intl_equity": 150.0, "reit": 50.0, "core_bond": 350.0}
VALUES = {"T": 600.0, "I": 300.0, "R": 100.0}
COPIES = {account: {name: dollars * value / 1000 for name, dollars in CLASSES.items()} for account, value in VALUES.items()}


def score_copies() -> Location:
    return locate(COPIES, RETURNS, TREATMENTS)


def test_the_pages_household_scores_45_1():
    location = score_copies()
    assert location.best == pytest.approx(0.056058, abs=5e-7)
    assert location.worst == pytest.approx(0.051068, abs=5e-7)
    assert location.current == pytest.approx(0.053321, abs=5e-7)
    assert location.score == pytest.approx(45.145, abs=5e-4)
    assert (location.best - location.current) * 1e4 == pytest.approx(27.371, abs=5e-4)
    assert (location.best - location.worst) * 1e4 == pytest.approx(49.898, abs=5e-4)


def test_the_best_and_the_worst_assignment_are_kept():
    location = score_copies()
    assert location.best_placement["T"] == pytest.approx({"us_equity": 450, "intl_equity": 150})
    assert location.worst_placement["T"] == pytest.approx({"core_bond": 350, "reit": 50, "intl_equity": 150, "us_equity": 50})
    for placement in (location.best_placement, location.worst_placement):
        assert {account: sum(row.values()) for account, row in placement.items()} == pytest.approx(VALUES)


def test_the_best_placement_scores_100_and_the_worst_0():
    location = score_copies()
    assert locate(location.best_placement, RETURNS, TREATMENTS).score == pytest.approx(100)
    assert locate(location.worst_placement, RETURNS, TREATMENTS).score == pytest.approx(0)


def test_better_placement_brings_the_pages_dollars():
    location = score_copies()
    gains = [1e6 * ((1 + location.best) ** years - (1 + location.current) ** years) for years in (10, 20, 30)]
    assert [round(gain, -2) for gain in gains] == [44_200, 150_600, 384_700]
    assert gains == pytest.approx([44_200, 150_568, 384_702], abs=1)


def test_one_treatment_has_no_score():
    both = dict.fromkeys("IJ", "tax_deferred")
    location = locate({"I": {"us_equity": 50.0}, "J": {"core_bond": 50.0}}, {"I": UNTAXED, "J": UNTAXED}, both)
    assert location.score is None
    assert location.reason == "all counted accounts have the same tax treatment"
    assert location.current == pytest.approx(0.055)


def test_an_empty_account_is_no_second_treatment():
    location = locate({"T": {"us_equity": 50.0}, "I": {}}, RETURNS, TREATMENTS)
    assert location.score is None


def test_a_spread_below_five_basis_points_has_no_score():
    location = locate({"I": {"us_equity": 50.0}, "R": {"core_bond": 50.0}}, RETURNS, TREATMENTS)
    assert location.score is None
    assert "5 basis points" in location.reason


def test_a_negative_cash_balance_has_a_return_but_no_score():
    location = locate({"T": {"us_equity": 50.0, "core_bond": -1.0}, "I": {"core_bond": 30.0}}, RETURNS, TREATMENTS)
    assert location.score is None
    assert location.current is not None


@st.composite
def transport(draw):
    groups, classes = draw(st.integers(1, 5)), draw(st.integers(1, 8))
    amount = st.one_of(st.just(0.0), st.floats(0.01, 1e7))
    cells = [[draw(amount) for _ in range(classes)] for _ in range(groups)]
    tenth = st.integers(-40, 120).map(lambda bp: bp / 1000)
    worth = [[draw(tenth) for _ in range(classes)] for _ in range(groups)]
    return cells, worth


@example(([[1.0, 1.0, 1.0, 9999997.0]], [[0.0, 0.0, 0.0, 0.0]]))
@settings(max_examples=150, deadline=None)
@given(transport())
def test_the_direct_method_finds_the_linear_programs_optimum(case):
    cells, worth = case
    groups, classes = len(cells), len(cells[0])
    room = [sum(row) for row in cells]
    totals = [sum(row[c] for row in cells) for c in range(classes)]
    placed = assign(room, totals, worth)
    value = sum(x * w for row, worths in zip(placed, worth, strict=True) for x, w in zip(row, worths, strict=True))
    rows = [[1.0 if k // classes == g else 0.0 for k in range(groups * classes)] for g in range(groups)]
    rows += [[1.0 if k % classes == c else 0.0 for k in range(groups * classes)] for c in range(classes)]
    scale = max(1.0, sum(room))
    # The last equation follows from the others; left in, rounding alone can make the reference call it infeasible.
    given_sums = [each / scale for each in [*room, *totals]]
    solved = linprog([-w for worths in worth for w in worths], A_eq=rows[:-1], b_eq=given_sums[:-1])
    assert solved.success
    assert value / scale == pytest.approx(-solved.fun, abs=1e-7)
    assert [sum(row) / scale for row in placed] == pytest.approx([each / scale for each in room], abs=1e-9)
    assert [sum(row[c] for row in placed) / scale for c in range(classes)] == pytest.approx([each / scale for each in totals], abs=1e-9)
    assert min(x for row in placed for x in row) >= -1e-6


@settings(deadline=None)
@given(transport())
def test_a_score_lies_between_0_and_100(case):
    cells, worth = case
    names = [f"c{k}" for k in range(len(cells[0]))]
    placement = {f"a{g}": {name: x for name, x in zip(names, row, strict=True) if x} for g, row in enumerate(cells)}
    if sum(sum(row) for row in cells) <= 0:
        return
    returns = {f"a{g}": dict(zip(names, row, strict=True)) for g, row in enumerate(worth)}
    treatments = dict(zip(placement, ["taxable", "tax_deferred", "tax_exempt", "taxable", "tax_deferred"], strict=False))
    location = locate(placement, returns, treatments)
    assert location.current == expected_return(placement, returns)
    assert (location.score is None) == bool(location.reason)
    if location.score is not None:
        assert location.worst - 1e-12 <= location.current <= location.best + 1e-12
