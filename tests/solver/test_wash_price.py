"""Wash sales at a price: the program's washed shares are the law's, and the list that leaves the house is priced by it."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from rules.tax import load_tax_year
from solver import ledger, washed
from solver.build import build_problem
from solver.checker import check
from solver.compile import compile_policy
from solver.highs import LinearProgram
from solver.search import Choices, search
from solver.solve import choices_of, solve
from solver.terms.wash_price import STEPS, steps_of
from solver.trade_list import _exact_point
from tests.solver.making import TODAY, account, assumptions, household, lot, policy, replace, rule, security, target, taxpayer, usd
from tests.solver.test_against_scip import by_scip
from validation.household import Lot, Owner, RecentLossSale, RecentPurchase

LAW = load_tax_year(2026)
FUNDS = [
    security("AAA", 100, "us_equity", spread=2),
    security("AAB", 50, "us_equity", spread=2, group="AAA"),
    security("BBB", 50, "core_bond", spread=2),
    security("VOO", 200, "us_equity", spread=2),
]
ACCOUNTS = [account("T"), account("I", "tax_deferred")]
WEEK_AGO = TODAY - timedelta(days=7)


def old(lot_id: str, shares: object, basis: object, year: int = 2019, symbol: str = "AAA") -> Lot:
    return lot("T", symbol, lot_id, shares, basis, date(year, 1, 2))


def book(*lots: Lot, recents=(), cash=None, **more):
    return household(ACCOUNTS, lots, FUNDS, cash=cash or {"T": 5_000, "I": 20_000}, recent_purchases=tuple(recents), **more)


def wishes(*rules, mode: str | None = "price", buy=("VOO",)):
    wash = [rule("wash_sale", mode=mode)] if mode else []
    return policy(
        target({"us_equity": "0.6", "core_bond": "0.38", "cash": "0.02"}, {"us_equity": list(buy), "core_bond": ["BBB"]}),
        rule("band", absolute_frac=usd("0.02"), price_of_drift={"usd_per_year": usd(20), "per_usd": usd(1000), "years": 5}),
        rule("location", assumptions="base_2026"),
        *wash,
        *rules,
        given=assumptions(),
    )  # fmt: skip


def solved(house, rules):
    solution = solve(compile_policy(build_problem(house, rules, LAW)))
    assert check(house, rules, LAW, solution.outcome) == []
    return solution


def lots_sold(solution, symbol: str = "AAA") -> dict[str, tuple[object, object]]:
    """By lot: shares sold and dollars disallowed."""
    return {each.lot_id: (each.quantity, each.disallowed_usd) for t in solution.outcome.trades if t.symbol == symbol for each in t.lots}


DRIP = RecentPurchase("T1", "AAB", WEEK_AGO, usd(7))


def test_a_few_reinvested_shares_no_longer_keep_a_whole_loss():
    house = book(old("a", 500, 80_000), old("c", 300, 10_000, symbol="BBB"), lot("I", "BBB", "i", 1_000, 1), recents=[DRIP])
    avoided, priced = solved(house, wishes(mode="avoid")), solved(house, wishes())
    assert lots_sold(avoided) == {}
    shares, disallowed = lots_sold(priced)["a"]
    # $160 a share paid, $99.98 got: seven shares of the twin fund replace seven of them.
    assert shares > 100 and disallowed == round(7 * (160 - usd("99.98")), 2)
    assert priced.outcome.worth_usd > avoided.outcome.worth_usd + 100


def test_washing_is_not_chosen_where_it_brings_nothing():
    house = book(old("a", 500, 80_000), lot("I", "BBB", "i", 1_000, 1))
    trades = solved(house, wishes(buy=("AAA",))).outcome.trades
    assert not any(each.disallowed_usd for trade in trades for each in trade.lots)


def test_a_policy_without_a_wash_rule_is_held_to_the_law_all_the_same():
    house = book(old("a", 500, 80_000), old("c", 300, 10_000, symbol="BBB"), lot("I", "BBB", "i", 1_000, 1), recents=[DRIP])
    assert lots_sold(solved(house, wishes(mode=None))) == lots_sold(solved(house, wishes()))


def test_a_loss_of_the_last_thirty_days_bars_purchases_in_mode_price_too():
    taken = RecentLossSale("T1", "AAB", WEEK_AGO, usd(10), usd(100), "T")
    house = book(old("c", 300, 10_000, symbol="BBB"), recent_loss_sales=(taken,), cash={"T": 50_000})
    assert all(trade.symbol not in {"AAA", "AAB"} for trade in solved(house, wishes(buy=("AAB", "AAA"))).outcome.trades)


def test_the_days_not_to_buy_stay_where_a_loss_is_partly_washed():
    house = book(old("a", 500, 80_000), lot("I", "BBB", "i", 1_000, 1), recents=[DRIP])
    (bar,) = solved(house, wishes()).outcome.barred
    assert set(bar.symbols) == {"AAA", "AAB"} and bar.until == TODAY + timedelta(days=30)


def test_a_forced_harvest_is_not_met_by_washed_losses():
    house = book(old("a", 500, 80_000), lot("I", "BBB", "i", 1_000, 1), recents=[replace(DRIP, quantity=usd(100))])
    forced = solved(house, wishes(rule("harvest", force_loss_usd=usd(9_000))))
    (sale,) = [each for trade in forced.outcome.trades for each in trade.lots if each.lot_id == "a"]
    assert -(sale.gain_usd + sale.disallowed_usd) >= 9_000 - usd("0.01") and sale.disallowed_usd > 0


def test_lots_that_lose_alike_share_a_switch_and_many_lots_share_eight():
    same = [old(f"s{i}", 10, 1_500) for i in range(30)]
    problem = build_problem(book(*same, recents=[DRIP]), wishes(), LAW)
    assert len(steps_of(problem, problem.washable)) == 1
    many = [old(f"m{i:02}", 10, 1_500 + i) for i in range(30)]
    problem = build_problem(book(*many, recents=[DRIP]), wishes(), LAW)
    steps = steps_of(problem, problem.washable)
    assert len(steps) == STEPS and [j for step in steps for j in step] == list(problem.washable)


@st.composite
def washes(draw):
    """A household whose losses, recent purchases and purchases of one group meet in every way, and a list to measure."""
    shares = st.integers(0, 60)
    lots = [old(f"L{i}", 60, draw(st.sampled_from([6_600, 7_200, 9_000, 5_000])), 2015 + i) for i in range(draw(st.integers(1, 3)))]
    lots += [lot("T", "AAA", "new", 20, 2_400, WEEK_AGO)] if draw(st.booleans()) else []
    lots += [lot("T", "AAB", "twin", 40, 2_800, date(2024, 5, 6)), lot("I", "AAA", "ira", 50, 1)]
    recents = [RecentPurchase("T1", "AAA", WEEK_AGO, usd(20), "T", "new")] if any(each.lot_id == "new" for each in lots) else []
    recents += [RecentPurchase("T1", "AAB", WEEK_AGO - timedelta(days=2), usd(draw(st.integers(1, 9))))] if draw(st.booleans()) else []
    recents += [RecentPurchase("T1", "AAA", WEEK_AGO, usd(draw(st.integers(1, 50))), "I")] if draw(st.booleans()) else []
    house = book(*lots, recents=recents, cash={"T": 20_000, "I": 20_000})
    sold = {each.lot_id: draw(st.integers(0, int(each.quantity))) for each in lots}
    bought = {("I", "AAB"): draw(shares), ("T", "AAB"): 0 if sold["twin"] else draw(shares), ("I", "AAA"): 0}
    if not sold["ira"]:
        bought["I", "AAA"] = draw(shares)
    return house, sold, bought


def list_of(house, sold, bought):
    trades = []
    for position in house.positions:
        by_lot = {each: usd(sold[each.lot_id]) for each in position.lots if sold[each.lot_id]}
        if by_lot:
            holder = house.account[position.account_id]
            trades.append(ledger.sell(house, holder, house.securities[position.symbol], by_lot, sum(by_lot.values())))
    for (account_id, symbol), count in bought.items():
        if count:
            trades.append(ledger.buy(house.account[account_id], house.securities[symbol], usd(count)))
    return tuple(trades)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(washes())
def test_the_program_washes_the_very_shares_that_the_law_matches(case):
    house, sold, bought = case
    problem = build_problem(house, wishes(buy=("AAA", "AAB", "VOO")), LAW)
    bound = compile_policy(problem)
    trades = washed.marked(problem, list_of(house, sold, bought))
    program, at = LinearProgram(bound), problem.columns
    exact = _exact_point(problem, trades)
    traded = [at.sell(j) for j in range(at.slices)] + [at.buy(k) for k in range(at.pairs)]
    fixed = {int(program.base[i]): (float(exact[i]), float(exact[i])) for i in traded if program.base[i] >= 0}
    found = search(program, Choices(choices_of(bound, program).switches, ()), 0.0, 500, fixed)
    assert found.answer.feasible
    values = program.base_values(found.answer)
    kept_whole = not any(each.account_id == "I" for each in house.recent_purchases) or sold["ira"] in {0, 50}
    shares = washed.shares_of(problem, trades)
    for step in steps_of(problem, problem.washable) if kept_whole else ():
        here = sum(values[problem.washed_column[j]] for j in step)
        assert here == pytest.approx(sum(shares[j][0] for j in step), abs=1e-5)
    # What the law says is a point of the program, and never cheaper than what the program found.
    held = search(program, Choices(choices_of(bound, program).switches, ()), 0.0, 500, fixed | washed.held(bound, program, trades))
    assert held.answer.feasible and held.answer.objective >= found.answer.objective - 1e-4
    assert np.abs(values[at.net_st(0) : at.washed(0)] - exact[at.net_st(0) : at.washed(0)]).max() < 0.05 or not kept_whole


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(washes(), st.sampled_from([60_000, 240_000]), st.sampled_from([None, 2_000, 9_000]), st.sampled_from([0, 2_000]))
def test_every_proposal_passes_the_checker_and_is_worth_what_its_objective_says(case, income, forced, least):
    house, _, _ = case
    house = replace(house, taxpayers=(taxpayer(income=income),))
    more = [rule("harvest", force_loss_usd=usd(forced))] if forced else []
    solution = solved(house, wishes(*more, rule("trade_size", min_usd=usd(least)), buy=("AAA", "AAB", "VOO")))
    if solution.outcome.trades and solution.nothing is not None and solution.outcome.certificate is not None:
        program, choices = LinearProgram(solution.bound), choices_of(solution.bound, solution.program)
        idle = {int(column): (0.0, 0.0) for column in program.base[: solution.bound.problem.columns.cash(0)] if column >= 0}
        nothing = search(program, Choices(choices.switches, ()), 0.0, 500, idle).answer.objective
        assert nothing - solution.outcome.certificate.objective_usd == pytest.approx(solution.outcome.worth_usd, abs=1.0)


@settings(deadline=None, max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(case=washes(), forced=st.sampled_from([None, 4_000]))
def test_a_second_solver_finds_the_same_optimum(tmp_path, case, forced):
    house, _, _ = case
    more = [rule("harvest", force_loss_usd=usd(forced))] if forced else []
    problem = build_problem(house, wishes(*more, buy=("AAA", "AAB", "VOO")), LAW)
    bound = compile_policy(problem)
    program = LinearProgram(bound)
    found = search(program, choices_of(bound, program), 0.0, 20_000)
    assume(found.answer.feasible)
    assert found.exhausted
    assert found.answer.objective == pytest.approx(by_scip(compile_policy(problem, state_sizes=True), tmp_path), abs=0.05)


def test_a_spouses_ira_loses_the_loss_for_good():
    spouses = (Owner("P1", "T1", spouse_of="P2"), Owner("P2", "T2", spouse_of="P1"))
    accounts = [account("T"), account("J", "tax_exempt", taxpayer="T2")]
    recent = RecentPurchase("T2", "AAA", WEEK_AGO, usd(40), "J")
    house = household(
        accounts, [old("a", 500, 80_000), lot("J", "AAA", "j", 40, 1)], FUNDS, cash={"T": 5_000},
        taxpayers=[taxpayer(filing="married_separate"), taxpayer("T2", filing="married_separate")], recent_purchases=(recent,),
    )  # fmt: skip
    house = replace(house, owners=spouses)
    held = rule("restraint", never="sell", applies_to={"accounts": ["J"]})
    sales = [each for t in solved(house, wishes(held)).outcome.trades for each in t.lots if each.lot_id == "a"]
    assert sales and sales[0].lost_usd == sales[0].disallowed_usd == round(40 * (160 - usd("99.98")), 2)
