"""Prices of rules: warm prices are floors of searched ones, and a lifted rule lets go of everything that it held."""

from __future__ import annotations

import pytest

from solver.rule_price import price_rules
from solver.settled import settle
from solver.solve import gap_target_usd, solve
from tests.solver.making import household, lot, rule, usd
from tests.solver.test_attribution import bound_of
from tests.solver.test_solve import ACCOUNTS, FUNDS, drifted, standard


def solved(*more, budget: int = 20_000):
    return solve(bound_of(drifted(), standard(*more, budget=budget)))


def gainful(budget: int):
    """Nearly everything in one fund with large gains, most of it taxable: the budget decides how far the drift is cured."""
    lots = [lot("T", "VTI", "a", 1_000, 90_000), lot("T", "VTI", "b", 400, 80_000), lot("I", "VTI", "c", 100, 1)]
    house = household(ACCOUNTS, lots, FUNDS, cash={"T": 9_000, "I": 2_000, "R": 500})
    return solve(bound_of(house, standard(budget=budget)))


def test_a_tight_gain_budget_binds_and_its_warm_price_is_no_more_than_the_searched_one():
    solution = gainful(budget=20_000)
    (warm,) = [price for price in price_rules(solution) if price.kind == "gain_budget"]
    (full,) = [price for price in price_rules(solution, full=True) if price.kind == "gain_budget"]
    assert warm.shadow_price > 0 and warm.slack == pytest.approx(0, abs=0.01)
    assert 0 < warm.price_of_rule_usd <= full.price_of_rule_usd + gap_target_usd(solution.bound.problem)


def test_lifting_the_budget_also_lifts_the_edge_that_it_cut_into_the_tax_plane():
    solution = gainful(budget=20_000)
    (price,) = [price for price in price_rules(solution) if price.kind == "gain_budget"]
    wide = gainful(budget=10_000_000)
    gain = solution.unrounded.answer.objective - wide.unrounded.answer.objective
    assert price.price_of_rule_usd <= gain + gap_target_usd(solution.bound.problem)
    assert price.price_of_rule_usd > 0.5 * gain


def test_a_restraint_is_priced_by_what_its_bars_held_back():
    bar = rule("restraint", id="keep_it", never="sell", applies_to={"securities": ["VTI"]})
    (price,) = [price for price in price_rules(solved(bar)) if price.rule_id == "keep_it"]
    assert price.binding and price.slack is None and price.shadow_price > 0 and price.price_of_rule_usd > 1


def test_a_rule_that_does_not_bind_has_no_price():
    solution = solved(rule("turnover", id="roomy", max_frac_per_run=usd("0.99")))
    assert "roomy" not in {price.rule_id for price in price_rules(solution)}


def test_asking_leaves_the_program_as_it_was():
    solution = gainful(budget=20_000)
    before = settle(solution)
    price_rules(solution)
    again = settle(solution)
    assert again.answer.objective == pytest.approx(before.answer.objective, abs=1e-6)


def test_the_settled_cost_with_the_tax_of_the_law_is_the_programs_own():
    settled = settle(solved())
    assert settled.cost_usd(settled.answer) == pytest.approx(settled.answer.objective, abs=1e-4)


def test_a_rule_says_what_it_costs_and_what_it_keeps_from_changing():
    (price,) = [price for price in price_rules(gainful(budget=20_000)) if price.kind == "gain_budget"]
    assert price.sentence.startswith(f"It costs at least ${price.price_of_rule_usd:,.0f}: without it drift would be ")
    assert "this year's tax" in price.sentence and "higher" in price.sentence
    (full,) = [price for price in price_rules(gainful(budget=20_000), full=True) if price.kind == "gain_budget"]
    assert full.sentence.startswith(f"It costs ${full.price_of_rule_usd:,.0f}")
