"""Budgets of gains against what they buy."""

from __future__ import annotations

import time
from itertools import pairwise
from math import isfinite
from pathlib import Path

import pytest

from solver.frontier import POINTS, frontier
from solver.settled import settle
from solver.solve import solve
from tests.bench.reference_firm import reference_policy
from tests.bench.reference_household import reference_household
from tests.solver.making import account, household, lot
from tests.solver.test_attribution import bound_of
from tests.solver.test_rule_price import gainful
from tests.solver.test_solve import FUNDS, standard


def test_more_budget_buys_less_drift_and_todays_budget_stands_among_the_points():
    found = frontier(settle(gainful(budget=20_000)))
    assert len(found.points) == POINTS
    (today,) = [point for point in found.points if point.is_today]
    assert today.budget_usd == pytest.approx(20_000)
    assert all(point.gains_usd <= point.budget_usd + 1 for point in found.points if point.budget_usd > 0)
    assert found.points[-1].drift_frac < today.drift_frac < found.points[0].drift_frac
    assert all(later.tax_usd >= earlier.tax_usd - 1 for earlier, later in pairwise(found.points))


def test_todays_point_is_the_proposals_own_optimum():
    settled = settle(gainful(budget=20_000))
    (today,) = [point for point in frontier(settled).points if point.is_today]
    at = settled.bound.problem.columns
    assert today.gains_usd == pytest.approx(float(settled.base[at.net_st(0)] + settled.base[at.net_lt(0)]), abs=1.0)


def test_the_sentence_says_what_the_next_dollars_buy():
    found = frontier(settle(gainful(budget=20_000)))
    assert found.sentence.startswith("The next $10,000 of gains buys ") and "tax" in found.sentence
    assert found.payback_years is None or found.payback_years > 0


def test_where_the_budget_is_not_used_up_more_room_changes_nothing():
    found = frontier(settle(gainful(budget=5_000_000)))
    assert "more room for gains would change nothing" in found.sentence and found.payback_years is None


def test_a_household_without_gains_to_realise_has_no_frontier():
    house = household([account("I", "tax_deferred")], [lot("I", "VTI", "a", 300, 1)], FUNDS, cash={"I": 1_000})
    assert frontier(settle(solve(bound_of(house, standard())))) is None


def test_the_reference_household_takes_less_than_a_second_and_has_no_unknown_figures(tmp_path: Path):
    settled = settle(solve(bound_of(reference_household(1), reference_policy(1, tmp_path))))
    began = time.process_time()
    found = frontier(settled)
    assert time.process_time() - began < 1.0
    figures = [each for point in found.points for each in (point.drift_frac, point.score, point.tax_usd, point.benefit_usd, point.cost_usd)]
    assert len(found.points) == POINTS and all(isfinite(each) for each in figures)
