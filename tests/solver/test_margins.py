"""Why here and no further: reduced costs as sums of named parts."""

from __future__ import annotations

import re
from math import isfinite
from pathlib import Path

import pytest

from solver.explain import explain
from solver.margins import margins
from solver.outcome import Side
from solver.settled import settle
from solver.solve import solve
from solver.why_not import SHOWN, bars_of, is_opposite, left_alone, why_not
from tests.bench.reference_firm import reference_policy
from tests.bench.reference_household import reference_household
from tests.solver.making import rule
from tests.solver.test_attribution import bound_of
from tests.solver.test_rule_price import gainful, solved

ROOM_USD = 1.0


def free(found):
    return [each for each in found if each.traded_usd > ROOM_USD and each.room_usd > ROOM_USD]


def test_where_a_trade_moved_freely_its_parts_cancel():
    for solution in (solved(), gainful(budget=20_000), gainful(budget=0)):
        settled = settle(solution)
        moved = free(margins(settled))
        assert moved
        assert all(each.usd == pytest.approx(0.0, abs=1e-8) for each in moved)
        assert all(any(abs(part.usd) > 1e-6 for part in each.parts) for each in moved)


@pytest.mark.parametrize("seed", [1, 2])
def test_the_parts_of_the_reference_household_cancel_at_the_margin(seed: int, tmp_path: Path):
    settled = settle(solve(bound_of(reference_household(seed), reference_policy(seed, tmp_path))))
    found = list(margins(settled))
    assert free(found)
    assert all(each.usd == pytest.approx(0.0, abs=1e-8) for each in free(found))
    barred = bars_of(settled)
    held = [each for each in found if each.traded_usd <= 1e-6 and each.room_usd > ROOM_USD and not is_opposite(settled, each)]
    assert all(each.usd >= -1e-8 or set(each.columns) & set(barred) for each in held)  # what was left free did not pay


def test_a_lot_with_a_large_gain_is_left_because_of_its_tax(tmp_path: Path):
    solution = solve(bound_of(reference_household(1), reference_policy(1, tmp_path)))
    records = left_alone(settle(solution), list(margins(settle(solution))), solution.outcome.trades)
    taxed = [each for each in records if each.code == "tax_now"]
    assert taxed and all("tax on its gain" in each.sentence and each.per_1000_usd > 0 for each in taxed)
    assert all(sum(each.parts.values()) == pytest.approx(each.per_1000_usd, abs=1e-6) for each in records)


def test_a_restraint_that_holds_a_trade_back_is_named_with_what_the_next_thousand_would_bring():
    bar = rule("restraint", id="keep_it", never="sell", applies_to={"securities": ["VTI"]})
    solution = solved(bar)
    settled = settle(solution)
    barred = [each for each in left_alone(settled, list(margins(settled)), solution.outcome.trades) if each.code == "keep_it"]
    assert barred and all("`keep_it`" in each.sentence for each in barred)
    assert min(each.per_1000_usd for each in barred) < 0


def test_the_budget_that_stops_a_sale_is_named_where_it_stopped():
    solution = gainful(budget=20_000)
    reasons = explain(solution).reasons.values()
    assert any("`gain_budget`" in reason.margin for reason in reasons)
    assert all(reason.margin for reason in reasons)


def test_every_account_and_lot_of_one_security_can_be_asked_for():
    solution = gainful(budget=20_000)
    settled = settle(solution)
    answers = why_not(settled, margins(settled), "VTI")
    assert {each.symbol for each in answers} == {"VTI"}
    assert {each.side for each in answers} == {Side.SELL, Side.BUY}
    assert all(each.sentence and isfinite(each.per_1000_usd) for each in answers)


def test_what_was_left_alone_is_short_and_names_nothing_that_was_traded():
    solution = solved()
    untouched = explain(solution).untouched
    sold = {(trade.account_id, trade.symbol, lot.lot_id) for trade in solution.outcome.trades for lot in trade.lots}
    assert 0 < len(untouched) <= SHOWN
    assert not sold & {(each.account_id, each.symbol, each.lot_id) for each in untouched if each.side is Side.SELL and each.lot_id}


def amounts(words: str) -> list[int]:
    return [round(float(each.replace(",", "")) * 100) for each in re.findall(r"\$([\d,]+\.\d\d)", words)]


@pytest.mark.parametrize("seed", [1, 2])
def test_every_sum_in_a_sentence_about_a_margin_foots_to_the_cent(seed: int, tmp_path: Path):
    solution = solve(bound_of(reference_household(seed), reference_policy(seed, tmp_path)))
    settled = settle(solution)
    told = [each.sentence for symbol in settled.bound.problem.exposure for each in why_not(settled, margins(settled), symbol)]
    weighed = [each for each in told if " would cost " in each and " and bring " in each]
    assert len(weighed) > 20
    for sentence in weighed:
        sides, difference = sentence.rsplit("): ", 1)
        cost, bring = (amounts(side) for side in sides.split(" and bring "))
        assert cost[0] == sum(cost[1:]) and bring[0] == sum(bring[1:])
        (difference,) = amounts(difference)
        assert difference == abs(cost[0] - bring[0])
    stopped = [each.margin for each in explain(solution).reasons.values() if each.margin.startswith("It stops")]
    assert stopped
    for sentence in stopped:
        costs, brings = sentence.split(", against ")
        total, *parts = amounts(costs)
        assert total == sum(parts) == sum(amounts(brings))
