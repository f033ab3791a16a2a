"""Between its kinks the tax is affine; where AMT is said to be impossible there is none."""

from __future__ import annotations

import time
from bisect import bisect
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from functools import cache
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.tax import load_tax_year
from solver.tax import Box, Income, Kinks, Tax, TaxSchedule, amt_possible, kinks, schedule, tax_of
from validation.household import FilingStatus

STATES = ("CA", "NY", "NJ", "MA", "TX", "FL", "WA", "IL", "PA")
Point = tuple[float, float]
Return = tuple[TaxSchedule[float], Income[float]]


@cache
def law(year: int, status: FilingStatus, state: str) -> TaxSchedule[float]:
    return schedule(load_tax_year(year), status, state).as_float()


dollars = st.one_of(st.just(0.0), st.floats(0, 20_000), st.floats(0, 2_000_000))
incomes: st.SearchStrategy[Income[float]] = st.builds(
    Income,
    ordinary=dollars,
    taxable_interest=dollars,
    nonqualified_dividends=st.floats(0, 5_000),
    qualified_dividends=dollars,
    deduction=st.sampled_from([16_100.0, 32_200.0, 90_000.0]),
    amt_addback=st.sampled_from([0.0, 16_100.0, 60_000.0]),
    st_carryforward=dollars,
    lt_carryforward=dollars,
)
laws = st.builds(law, st.sampled_from([2025, 2026]), st.sampled_from(list(FilingStatus)), st.sampled_from(STATES))
gains = st.floats(-1_000_000, 1_000_000)


def tax_after_carryforwards(law: TaxSchedule[float], income: Income[float], point: Point) -> Tax[float]:
    return tax_of(law, income, point[0] + income.st_carryforward, point[1] + income.lt_carryforward)


def cell_of(lines: Kinks, point: Point) -> tuple[object, ...]:
    s, l = point
    return bisect(lines.s, s), bisect(lines.l, l), bisect(lines.net, s + l), tuple(a * s + b * l > c for a, b, c in lines.skew)


def random_return(random: Random) -> tuple[Return, Box]:
    """Incomes of every size, boxes of every size, often around an edge of the law."""
    part = random.uniform
    income = Income(
        random.choice([0, 5e3, 4.5e4, 6e4, 9e4, 1.2e5, 2.5e5, 6e5, 2e6]) * part(0.5, 1.5),
        random.choice([0, 1e3, 2e4]) * part(0, 1),
        random.choice([0, 3e3]) * part(0, 1),
        random.choice([0, 2e3, 5e4]) * part(0, 1),
        random.choice([16_100.0, 32_200.0, 6e4]),
        random.choice([0.0, 16_100.0, 4e4]),
        random.choice([0, 0, 4e3, 5e4]) * part(0, 1),
        random.choice([0, 0, 4e3, 5e4]) * part(0, 1),
    )
    size = random.choice([2e3, 2e4, 1e5, 1e6])
    s, l = part(-1, 1) * size, part(-1, 1) * size
    box = (s - size * part(0, 1), s + size * part(0, 1), l - size * part(0, 1), l + size * part(0, 1))
    return (law(random.choice([2025, 2026]), random.choice(list(FilingStatus)), random.choice(STATES)), income), box


def return_in_the_dip(random: Random) -> tuple[Return, Box]:
    """Joint return of 2026 whose ordinary income ends where the 15 percent rate has begun inside the 12 percent bracket."""
    qualified = random.choice([0.0, random.uniform(0, 1_500)])
    income = Income(random.uniform(97_500, 101_500) + 32_200, 0.0, 0.0, qualified, 32_200.0, 32_200.0, 0.0, 0.0)
    s, l = random.uniform(-1_500, 1_500), random.uniform(-1_500, 1_500)
    box = (s - random.uniform(100, 3_000), s + random.uniform(100, 3_000), l - random.uniform(100, 3_000), l + random.uniform(100, 3_000))
    return (law(2026, FilingStatus.MARRIED_JOINT, random.choice(STATES)), income), box


def sample(random: Random, box: Box, lines: Kinks, count: int) -> list[Point]:
    """Points of the box, half of them close to a line."""
    points = [(random.uniform(*box[:2]), random.uniform(*box[2:])) for _ in range(count)]
    for s, l in list(points):
        if lines.net:
            points.append((s, random.choice(lines.net) - s + random.uniform(-40, 40)))
        if lines.s:
            points.append((random.choice(lines.s) + random.uniform(-40, 40), l))
    return [(s, l) for s, l in points if box[0] < s < box[1] and box[2] < l < box[3]]


@pytest.mark.parametrize(("make", "returns"), [(random_return, 250), (return_in_the_dip, 250)], ids=["anywhere", "in the dip"])
@pytest.mark.parametrize("seed", range(4))
def test_the_tax_is_affine_between_its_kinks(make: Callable[[Random], tuple[Return, Box]], returns: int, seed: int) -> None:
    random = Random(seed)
    tested = 0
    for _ in range(returns):
        (law_, income), box = make(random)
        lines = kinks(law_, income, box)
        cells: dict[tuple[object, ...], list[Point]] = {}
        for point in sample(random, box, lines, 60):
            cells.setdefault(cell_of(lines, point), []).append(point)
        for members in cells.values():
            for p, q in pairwise(members):
                middle = ((p[0] + q[0]) / 2, (p[1] + q[1]) / 2)
                taxes = [tax_after_carryforwards(law_, income, point) for point in (p, q, middle)]
                if any(tax.amt for tax in taxes):
                    continue
                tested += 1
                for name in ("total", "st_carryforward_out", "lt_carryforward_out"):
                    ends, inside = sum(getattr(tax, name) for tax in taxes[:2]) / 2, getattr(taxes[2], name)
                    assert abs(ends - inside) < 1e-6, (name, law_.filing_status, law_.state, income, p, q, lines)
    assert tested > 5_000


@pytest.mark.parametrize("seed", range(4))
def test_where_amt_is_said_to_be_impossible_there_is_none(seed: int) -> None:
    random = Random(100 + seed)
    excluded = 0
    for _ in range(400):
        (law_, income), box = random_return(random)
        corners = [(s, l) for s in box[:2] for l in box[2:]]
        points = [*corners, *((random.uniform(*box[:2]), random.uniform(*box[2:])) for _ in range(30))]
        if not amt_possible(law_, income, box):
            excluded += 1
            assert all(tax_after_carryforwards(law_, income, point).amt == 0 for point in points)
    assert excluded > 200


def test_a_household_in_the_middle_of_a_bracket_has_few_kinks() -> None:
    income = Income(150_000.0, 500.0, 500.0, 4_000.0, 32_200.0, 32_200.0, 0.0, 0.0)
    lines = kinks(law(2026, FilingStatus.MARRIED_JOINT, "TX"), income, (-15_000.0, 15_000.0, -15_000.0, 30_000.0))
    assert lines == Kinks(s=(-3_000.0, 0.0), l=(0.0,), net=(-3_000.0, 0.0))


def test_the_dip_has_skew_lines() -> None:
    income = Income(131_500.0, 0.0, 0.0, 0.0, 32_200.0, 32_200.0, 0.0, 0.0)
    lines = kinks(law(2026, FilingStatus.MARRIED_JOINT, "TX"), income, (0.0, 3_000.0, 0.0, 3_000.0))
    assert lines.skew


@settings(deadline=None, max_examples=300)
@given(laws, incomes, gains, gains, st.floats(0, 50_000))
def test_more_gain_never_costs_less_tax(law: TaxSchedule[float], income: Income[float], short: float, long: float, more: float) -> None:
    here = tax_of(law, income, short, long).total
    assert tax_of(law, income, short + more, long).total >= here - 1e-6
    assert tax_of(law, income, short, long + more).total >= here - 1e-6


@settings(deadline=None, max_examples=300)
@given(laws, incomes, gains, gains)
def test_the_tax_has_no_jumps(law: TaxSchedule[float], income: Income[float], short: float, long: float) -> None:
    here = tax_of(law, income, short, long).total
    for step in (0.01, -0.01):
        assert abs(tax_of(law, income, short + step, long).total - here) < 0.011
        assert abs(tax_of(law, income, short, long + step).total - here) < 0.011


@settings(deadline=None, max_examples=300)
@given(laws, incomes, gains, gains)
def test_losses_are_deducted_used_or_carried_and_never_made(
    law: TaxSchedule[float], income: Income[float], short: float, long: float
) -> None:
    tax = tax_of(law, income, short, long)
    left = tax.st_carryforward_out + tax.lt_carryforward_out
    net = short - income.st_carryforward + long - income.lt_carryforward
    assert 0 <= tax.loss_deducted <= law.loss_limit
    assert left <= max(0.0, -net) + 1e-6
    assert left >= max(0.0, -net) - law.loss_limit - 1e-6


@settings(deadline=None, max_examples=200)
@given(laws, incomes, gains, gains)
def test_a_carryforward_never_costs_tax(law: TaxSchedule[float], income: Income[float], short: float, long: float) -> None:
    without = replace(income, st_carryforward=0.0, lt_carryforward=0.0)
    assert tax_of(law, income, short, long).total <= tax_of(law, without, short, long).total + 1e-6


@settings(deadline=None, max_examples=100)
@given(st.sampled_from(STATES), st.sampled_from(list(FilingStatus)), st.integers(0, 900_000), st.integers(-200_000, 900_000))
def test_float_and_decimal_agree(state: str, status: FilingStatus, ordinary: int, gain: int) -> None:
    exact = schedule(load_tax_year(2026), status, state)
    held = Income(*(Decimal(each) for each in (ordinary, 1000, 0, 2000, 16100, 16100, 0, 0)))
    expected = tax_of(exact, held, Decimal(gain), Decimal(-gain // 3))
    assert tax_of(exact.as_float(), held.as_float(), float(gain), float(-gain // 3)) == pytest.approx([float(each) for each in expected])


def test_one_evaluation_takes_microseconds() -> None:
    law_ = law(2026, FilingStatus.MARRIED_JOINT, "CA")
    income = Income(300_000.0, 4_000.0, 1_000.0, 9_000.0, 32_200.0, 32_200.0, 5_000.0, 0.0)
    start = time.process_time()
    for _ in range(2_000):
        tax_of(law_, income, 12_345.0, 67_890.0)
    assert (time.process_time() - start) / 2_000 < 60e-6  # measured: 4 µs
