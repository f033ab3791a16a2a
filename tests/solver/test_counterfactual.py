"""What happens without a trade."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest

from solver.counterfactual import LARGEST, without_largest
from solver.settled import Settled, settle
from solver.solve import gap_target_usd, solve
from tests.solver.making import account, household, lot
from tests.solver.test_attribution import bound_of
from tests.solver.test_rule_price import gainful, solved
from tests.solver.test_solve import FUNDS, standard


def test_the_five_largest_trades_are_each_left_out():
    solution = solved()
    found = without_largest(solution, settle(solution))
    sizes = sorted((trade.notional_usd for trade in solution.outcome.trades), reverse=True)[:LARGEST]
    by_id = {trade.trade_id: trade.notional_usd for trade in solution.outcome.trades}
    assert [by_id[each.trade_id] for each in found] == sizes
    assert all(each.sentence for each in found)


def test_no_household_is_better_off_without_one_of_its_trades():
    solution = gainful(budget=20_000)
    for each in without_largest(solution, settle(solution)):
        assert not each.is_possible or each.worth_usd >= 0


def test_without_the_sale_that_cures_the_drift_the_drift_stays():
    solution = gainful(budget=20_000)
    (sale,) = [each for each in without_largest(solution, settle(solution)) if each.trade_id == "T-VTI-SELL"]
    assert sale.worth_usd > 100 and sale.drift_frac > 0.01 and sale.tax_usd < 0
    assert "drift is" in sale.sentence and "higher" in sale.sentence and "tax" in sale.sentence


def test_a_search_of_its_own_never_finds_the_household_worse_off_than_the_warm_answer():
    solution = solved()
    warm, full = (without_largest(solution, settle(solution), full=full) for full in (False, True))
    gap = gap_target_usd(solution.bound.problem)
    for kept, searched in zip(warm, full, strict=True):
        assert searched.is_possible or not kept.is_possible
        if kept.is_possible:
            assert searched.worth_usd <= kept.worth_usd + gap + solution.bound.problem.value_usd * 1e-3


def test_a_household_with_one_account_has_counterfactuals_without_a_score():
    house = household([account("T")], [lot("T", "VTI", "a", 300, 60_000)], FUNDS, cash={"T": 20_000})
    solution = solve(bound_of(house, standard()))
    found = without_largest(solution, settle(solution))
    assert found and all(each.score is None for each in found)
    assert all(each.worth_usd == pytest.approx(each.worth_usd) for each in found if each.is_possible)


class Stuck(Settled):
    """A proposal whose either-ors leave no answer without the trade, as where the trade is the harvest that they settled on."""

    def ask(self, change, rows=None):
        return replace(self.answer, feasible=False)


def test_that_nothing_is_possible_without_a_trade_is_said_only_after_a_search():
    solution = solved()
    settled = settle(solution)
    stuck = Stuck(**{each.name: getattr(settled, each.name) for each in fields(settled)})
    for found in without_largest(solution, stuck):
        assert found.is_possible and "up to" not in found.sentence
