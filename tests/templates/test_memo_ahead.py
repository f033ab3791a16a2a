"""The memo looks ahead: budgets, years, and trades left out."""

from __future__ import annotations

from dataclasses import replace

from solver.prospects import Counterfactual, Frontier, FrontierPoint, Transition, TransitionYear
from templates.render import render_memo
from tests.templates import made_up


def told(**more):
    decision = made_up.proposal()
    return replace(decision, explanation=replace(decision.explanation, **more))


def frontier(scores):
    points = tuple(
        FrontierPoint(10_000.0 * number, 10_000.0 * number, 0.2 - 0.01 * number, score, 1_500.0 * number, 40.0, 900.0, number == 5)
        for number, score in enumerate(scores)
    )
    return Frontier(points, "The next $10,000 of gains buys 1.0 points of drift.", "In fractions of shares.", 10_000.0)


def test_the_frontier_is_drawn_with_todays_budget_in_its_label():
    page = render_memo(told(frontier=frontier([50.0 + number for number in range(12)])), made_up.RUN)
    assert "The next $10,000 of gains buys 1.0 points of drift." in page
    assert "Drift over budgets of $0 to $110,000: 9.0% to 20.0%; today 15.0%" in page
    assert "Location score over budgets" in page


def test_a_score_that_does_not_move_or_does_not_exist_is_not_drawn():
    for scores in ([90.0] * 12, [None] * 12):
        assert "Location score over budgets" not in render_memo(told(frontier=frontier(scores)), made_up.RUN)


def test_the_years_and_the_trades_left_out_stand_in_the_memo():
    trade = made_up.proposal().outcome.trades[0]
    years = (TransitionYear(1, 75_000.0, 14_000.0, 0.11, None), TransitionYear(2, 4_000.0, -700.0, 0.10, 99.0))
    page = render_memo(
        told(
            counterfactuals=(Counterfactual(trade.trade_id, True, 100.0, sentence="Without it the household is $100 worse off."),),
            transition=Transition(years, 2, "The household is there after 2 years' budgets.", ("Prices stay.",)),
        ),
        made_up.RUN,
    )
    assert "Without it the household is $100 worse off." in page and "Prices stay." in page
    assert "+$75,000" in page and "−$700" in page


def test_a_memo_without_any_of_it_has_no_such_section():
    assert "each left out alone" not in render_memo(told(), made_up.RUN)
