"""What each trade brought: shares that foot to the cent, and a case worked out by hand."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from rules.tax import load_tax_year
from solver.attribution import FAMILIES, apportioned, attribute
from solver.build import build_problem
from solver.compile import compile_policy
from solver.explain import main_class
from solver.ledger import buy, sell
from solver.outcome import Side
from solver.search import Choices, search
from solver.solve import solve
from tests.bench.reference_firm import reference_policy
from tests.bench.reference_household import reference_household
from tests.solver.making import account, assumptions, household, lot, policy, rule, security, target, taxpayer, usd
from tests.solver.test_solve import drifted, standard

LAW = load_tax_year(2026)


def bound_of(house, rules):
    return compile_policy(build_problem(house, rules, LAW))


def assert_it_foots(bound, trades, total: float) -> None:
    shares = attribute(bound, trades)
    rows = {**shares.worth_usd, "idle cash": shares.idle_cash_usd}
    by_trade = {trade_id: sum(parts.values()) for trade_id, parts in rows.items()}
    by_term = {family: sum(parts[family] for parts in rows.values()) for family in FAMILIES}
    assert sum(by_trade.values()) == pytest.approx(total, abs=1e-6)
    assert sum(by_term.values()) == pytest.approx(total, abs=1e-6)
    assert all(100 * cell == pytest.approx(round(100 * cell), abs=1e-6) for parts in rows.values() for cell in parts.values())


def test_shares_foot_over_terms_over_trades_and_to_the_outcome_to_the_cent():
    solution = solve(bound_of(drifted(), standard()))
    assert solution.outcome.trades
    assert_it_foots(solution.bound, solution.outcome.trades, solution.outcome.worth_usd)


@pytest.mark.parametrize("seed", [1, 5])
def test_shares_of_the_reference_household_foot_and_agree_with_the_program(seed: int, tmp_path: Path):
    house = reference_household(seed)
    solution = solve(bound_of(house, reference_policy(seed, tmp_path)))
    assert_it_foots(solution.bound, solution.outcome.trades, solution.outcome.worth_usd)
    assert solution.final is not None and solution.nothing is not None and solution.program is not None
    idle = {int(column): (0.0, 0.0) for column in solution.program.base[: solution.bound.problem.columns.cash(0)] if column >= 0}
    assert solution.choices is not None
    nothing = search(solution.program, Choices(solution.choices.switches, ()), 0.0, 200, idle)
    # The program knows the cents of lots less exactly, and orders equal lots by age for next to nothing.
    assert nothing.answer.objective - solution.final.objective == pytest.approx(solution.outcome.worth_usd, abs=2.0)


def by_hand():
    """$60,000 of stocks and $40,000 of cash in one account; the target is half and half, a dollar of drift costs 10 cents."""
    house = household(
        [account("T")],
        [lot("T", "AAA", "old", 600, 48_000, acquired=date(2020, 1, 2))],
        [security("AAA", 100, "us_equity", spread=10), security("BBB", 50, "core_bond", spread=10)],
        cash={"T": 40_000},
        taxpayers=[taxpayer(income=200_000)],
    )
    rules = policy(
        target({"us_equity": "0.5", "core_bond": "0.5"}, {"us_equity": ["AAA"], "core_bond": ["BBB"]}),
        rule("band", absolute_frac=usd("0.03"), price_of_drift={"usd_per_year": usd(100), "per_usd": usd(1000), "years": 1}),
        given=assumptions(discount_frac=usd(0), deferral_years=10),
    )
    return bound_of(house, rules)


def test_a_decomposition_worked_out_by_hand():
    bound = by_hand()
    house = bound.problem.household
    (old,) = house.positions[0].lots
    sale = sell(house, house.account["T"], house.securities["AAA"], {old: usd(100)}, usd(100))
    purchase = buy(house.account["T"], house.securities["BBB"], usd(800))
    shares = attribute(bound, (sale, purchase))
    worth = shares.worth_usd
    # Sale: 100 shares at 100 less 0.1 % are 9,990; basis 8,000; gain 1,990 at 15 % (a couple on 200,000): 298.50 now, and as
    # much later, undiscounted.
    assert worth["T-AAA-SELL"]["tax_now"] == pytest.approx(-298.50)
    assert worth["T-AAA-SELL"]["tax_later"] == pytest.approx(298.50)
    assert worth["T-AAA-SELL"]["spread"] == pytest.approx(-10.00)
    assert worth["T-BBB-BUY"]["spread"] == pytest.approx(-40.00)
    # Stocks 60,000 → 50,000: on target. Band 3 % of 100,000 is 3,000: the last 3,000 cost an assumed inside price, the 7,000
    # beyond 100 a thousand. Bonds 0 → 40,000 of 50,000. Cash 40,000 → 9,950 with a target of none.
    (placed,) = (term.rule for term in bound.terms if term.kind == "band")
    inside, outside = float(placed.rule.price_of_drift.inside) / 1000, 0.1

    def cost(deviation: float) -> float:
        return inside * min(abs(deviation), 3_000) + outside * max(0.0, abs(deviation) - 3_000)

    stocks, bonds = cost(10_000) - cost(0), cost(-50_000) - cost(-10_000)
    cash = cost(40_000) - cost(9_950)
    assert worth["T-AAA-SELL"]["drift"] == pytest.approx(stocks, abs=0.011)
    assert worth["T-BBB-BUY"]["drift"] == pytest.approx(bonds, abs=0.011)
    assert shares.idle_cash_usd["drift"] == pytest.approx(cash, abs=0.011)


def test_a_sale_of_an_overweight_class_is_not_charged_for_cash_that_is_spent_again():
    solution = solve(bound_of(drifted(), standard()))
    shares = attribute(solution.bound, solution.outcome.trades)
    over = {name for name, today, aim in zip(*_weights(solution.bound.problem), strict=True) if today > aim + 0.01}
    sales = [
        trade for trade in solution.outcome.trades if trade.side is Side.SELL and main_class(solution.bound.problem, trade.symbol) in over
    ]
    assert sales
    assert all(shares.worth_usd[trade.trade_id]["drift"] > 0 for trade in sales)


def _weights(problem):
    return problem.classes, problem.class_usd / problem.value_usd, problem.target_frac


def test_cents_are_apportioned_to_the_largest_remainders_and_never_to_nothing():
    assert apportioned([0.333, 0.333, 0.334], 100) == [33, 33, 34]
    assert apportioned([1.005, 0.0, -0.005], 100) == [100, 0, 0]
    assert apportioned([], 0) == []
    assert sum(apportioned([0.1] * 7, 71)) == 71
