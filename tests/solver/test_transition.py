"""The household followed over the next years' budgets."""

from __future__ import annotations

from itertools import pairwise

import pytest

from rules.tax import load_tax_year
from solver.explain import explain
from solver.look_ahead import look_ahead
from solver.settled import settle
from solver.transition import MOST_YEARS, transition
from tests.solver.test_rule_price import gainful, solved

LAW = load_tax_year(2026)


def test_a_tight_budget_takes_years_and_each_year_keeps_to_it():
    found = transition(settle(gainful(budget=20_000)), LAW)
    assert 2 <= len(found.years) <= MOST_YEARS
    assert all(year.gains_usd <= 20_001 for year in found.years)
    assert all(after.drift_frac < before.drift_frac for before, after in pairwise(found.years))
    assert all(year.tax_usd >= 0 for year in found.years)


def test_the_first_year_is_the_proposal():
    solution = gainful(budget=20_000)
    (first, *_) = transition(settle(solution), LAW).years
    assert first.year == 1 and first.gains_usd == pytest.approx(20_000, abs=1)


def test_a_household_that_gets_there_at_once_is_told_so():
    found = transition(settle(solved()), LAW)
    assert found.reached is not None and found.reached <= 2
    assert len(found.years) == found.reached and found.assumptions


def test_looking_ahead_keeps_the_reasons_and_adds_the_rest():
    solution = gainful(budget=20_000)
    reasons = explain(solution)
    ahead = look_ahead(solution, reasons, LAW)
    assert ahead.reasons == reasons.reasons and ahead.untouched == reasons.untouched
    assert ahead.counterfactuals and ahead.frontier and ahead.transition
