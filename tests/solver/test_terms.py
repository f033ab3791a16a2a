"""Every kind of rule as arrays: a point that satisfies it and one that does not, without a solver."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from rules.tax import load_tax_year
from solver.build import build_problem
from solver.compile import BIND, compile_policy
from solver.problem import Problem
from solver.terms import band, bracket_ceiling, cash, trade_size, turnover
from solver.terms.gain_budget import budgets
from solver.wash_groups import wash_groups
from tests.solver.making import TODAY, account, assumptions, household, lot, policy, rule, security, target, taxpayer, usd
from validation.household import RecentLossSale, RecentPurchase, Traded

LAW = load_tax_year(2026)
FUNDS = [
    security("AAA", 100, "us_equity"),
    security("AAB", 100, "us_equity", group="AAA"),
    security("BBB", 50, "core_bond"),
    security("MUN", 50, "muni_bond"),
]


def problem_of(*rules, lots=None, **more) -> Problem:
    lots = (
        lots
        if lots is not None
        else [
            lot("T", "AAA", "old", 100, 4_000),
            lot("T", "AAA", "new", 50, 4_000, acquired=TODAY - timedelta(days=200)),
            lot("T", "BBB", "loss", 100, 8_000),
            lot("I", "AAA", "ira", 100, 1),
        ]
    )
    house = household(
        [account("T"), account("I", "tax_deferred")],
        lots,
        FUNDS,
        cash=more.pop("cash", {"T": 5_000, "I": 1_000}),
        taxpayers=[more.pop("payer", taxpayer())],
        **more,
    )
    weights = target(
        {"us_equity": "0.5", "core_bond": "0.3", "muni_bond": "0.15", "cash": "0.05"},
        {"us_equity": ["AAA", "AAB"], "core_bond": ["BBB"], "muni_bond": ["MUN"]},
    )
    return build_problem(house, policy(weights, *rules, given=assumptions()), LAW)


def point(problem: Problem, *, sell=None, buy=None, cash=None, gains=(0.0, 0.0)) -> np.ndarray:
    """Base columns from dollars: sales by lot id, purchases by (account, symbol); piles foot to their slices."""
    at, base = problem.columns, np.zeros(problem.columns.count)
    for j, piece in enumerate(problem.slices):
        base[at.sell(j)] = (sell or {}).get(piece.lot.lot_id if piece.lot else piece.symbol, 0.0)
        base[at.sold(piece.pile)] += base[at.sell(j)]
    for k, pair in enumerate(problem.pairs):
        base[at.buy(k)] = (buy or {}).get((problem.accounts[pair.account].account_id, pair.symbol), 0.0)
    for a, each in enumerate(problem.accounts):
        base[at.cash(a)] = (cash or {}).get(each.account_id, problem.cash_usd[a])
    base[at.net_st(0)], base[at.net_lt(0)] = gains
    return base


def term_of(placed, problem: Problem):
    return BIND[placed.rule.kind](placed, problem)


def test_a_never_sell_restraint_holds_its_security_and_no_other():
    placed = rule("restraint", never="sell", applies_to={"securities": ["AAA"]})
    problem = problem_of(placed)
    term = term_of(placed, problem)
    assert not term.breaches(point(problem, sell={"loss": 1_000.0}))
    assert term.breaches(point(problem, sell={"old": 1.0}))


def test_a_lot_filter_for_short_term_gains_leaves_long_term_lots_and_losses_free():
    placed = rule("restraint", never="sell", lots={"term": "short", "gain_above_frac": usd(0)})
    problem = problem_of(placed)
    term = term_of(placed, problem)
    assert not term.breaches(point(problem, sell={"old": 500.0, "loss": 500.0}))
    assert term.breaches(point(problem, sell={"new": 1.0}))


def test_a_hold_range_counts_shares_over_all_accounts():
    placed = rule("restraint", hold={"min_shares": usd(200), "max_shares": usd(300)}, applies_to={"securities": ["AAA"]})
    problem = problem_of(placed)
    term = term_of(placed, problem)  # 250 shares are held
    assert not term.breaches(point(problem, sell={"old": 5_000.0}))
    assert term.breaches(point(problem, sell={"old": 5_001.0}))
    assert not term.breaches(point(problem, buy={("T", "AAA"): 5_000.0}))
    assert term.breaches(point(problem, buy={("T", "AAA"): 5_001.0}))


def test_a_closed_fund_takes_no_new_money():
    placed = rule("restraint", close=True, applies_to={"securities": ["AAA"]})
    problem = problem_of(placed)
    assert term_of(placed, problem).breaches(point(problem, buy={("I", "AAA"): 1.0}))
    assert not term_of(placed, problem).breaches(point(problem, sell={"old": 1.0}, buy={("I", "BBB"): 100.0}))


def test_a_gain_budget_counts_the_year_to_date_after_carryforwards():
    placed = rule("gain_budget", net_usd=usd(10_000), short_term_usd=usd(0))
    problem = problem_of(placed, payer=taxpayer(realized_lt_ytd_usd=4_000))
    term = term_of(placed, problem)
    assert not term.breaches(point(problem, gains=(0.0 - 0.1, 9_900.0)))
    assert term.breaches(point(problem, gains=(-0.1, 10_001.0)))
    assert term.breaches(point(problem, gains=(1.0, 0.0)))


def test_a_budget_already_spent_allows_no_further_gain_but_is_no_conflict():
    placed = rule("gain_budget", net_usd=usd(10_000))
    problem = problem_of(placed, payer=taxpayer(realized_lt_ytd_usd=15_000))
    term = term_of(placed, problem)
    assert not term.breaches(point(problem, gains=(0.0, 15_000.0)))
    assert term.breaches(point(problem, gains=(0.0, 15_001.0)))


def test_a_quarterly_budget_releases_a_quarter_in_march():
    placed = rule("gain_budget", net_usd=usd(20_000), prorate="quarterly")
    assert budgets(placed.rule, problem_of(placed)) == [("net", 5_000.0, 1.0, 1.0)]


def test_a_cash_floor_per_account_is_the_greater_of_dollars_and_share():
    placed = rule("cash", per="account", min_usd=usd(1_000), min_frac=usd("0.02"))
    problem = problem_of(placed)
    term = term_of(placed, problem)  # T holds 25,000 in all: 2 % is 500; I holds 11,000: 220
    assert not term.breaches(point(problem, cash={"T": 1_000.0, "I": 1_000.0}))
    assert term.breaches(point(problem, cash={"T": 999.0, "I": 1_000.0}))
    assert cash.minimum_usd(placed, 100_000.0) == 2_000.0


def test_unsettled_cash_stays_where_the_rule_says_so():
    for may_spend, kept in ((False, 4_000.0), (True, 0.0)):
        placed = rule("cash", per="account", min_usd=usd(0), spend_unsettled=may_spend)
        problem = replace(problem_of(placed), unsettled_usd=np.array([4_000.0, 0.0]))
        term = term_of(placed, problem)
        assert not term.breaches(point(problem, cash={"T": kept, "I": 0.0}))
        if not may_spend:
            assert term.breaches(point(problem, cash={"T": kept - 1.0, "I": 0.0}))


def test_invest_only_bars_sales_and_raise_only_bars_purchases():
    for mode, broken, kept in (
        ("invest_only", {"sell": {"loss": 1.0}}, {"buy": {("T", "BBB"): 1.0}}),
        ("raise_only", {"buy": {("T", "BBB"): 1.0}}, {"sell": {"loss": 1.0}}),
    ):
        placed = rule("cash", mode=mode)
        problem = problem_of(placed)
        assert term_of(placed, problem).breaches(point(problem, **broken))
        assert not term_of(placed, problem).breaches(point(problem, **kept))


def test_an_account_mix_limits_a_class_inside_each_account():
    placed = rule("account_mix", asset_class="core_bond", max_frac=usd(0), applies_to={"tax_treatments": ["tax_deferred"]})
    problem = problem_of(placed)
    term = term_of(placed, problem)
    assert term.breaches(point(problem, buy={("I", "BBB"): 1.0}))
    assert not term.breaches(point(problem, buy={("T", "BBB"): 1_000.0}))


def test_a_single_issuer_may_not_pass_its_ceiling_over_all_accounts():
    placed = rule("concentration", group_by="identity_group", max_frac=usd("0.72"))
    problem = problem_of(placed)  # AAA and AAB together 25,000 of 36,000: 69.4 %
    assert not term_of(placed, problem).breaches(point(problem, buy={("T", "AAB"): 900.0}))
    assert term_of(placed, problem).breaches(point(problem, buy={("T", "AAB"): 500.0, ("I", "AAA"): 500.0}))


def test_turnover_counts_half_of_sales_and_purchases():
    placed = rule("turnover", max_frac_per_run=usd("0.1"))
    problem = problem_of(placed)
    assert not term_of(placed, problem).breaches(point(problem, sell={"old": 3_600.0}, buy={("T", "BBB"): 3_600.0}))
    assert term_of(placed, problem).breaches(point(problem, sell={"old": 3_610.0}, buy={("T", "BBB"): 3_600.0}))


def test_a_never_pair_bars_the_class_from_the_treatment_only():
    placed = rule("location", assumptions="base_2026", never=[{"asset_class": "muni_bond", "in": ["tax_deferred", "tax_exempt"]}])
    problem = problem_of(placed)
    assert term_of(placed, problem).breaches(point(problem, buy={("I", "MUN"): 1.0}))
    assert not term_of(placed, problem).breaches(point(problem, buy={("T", "MUN"): 1_000.0}))


def test_location_is_worth_nothing_for_a_pro_rata_copy():
    placed = rule("location", assumptions="base_2026")
    problem = problem_of(placed)
    shares = np.array([problem.account_value_usd[a] / problem.value_usd for a in range(2)])
    table = np.array([problem.location_frac[each.account_id] for each in problem.accounts])
    assert shares @ table == pytest.approx(np.zeros(len(problem.classes)), abs=1e-12)


def test_a_bracket_ceiling_leaves_the_room_of_the_bracket():
    placed = rule("bracket_ceiling", ordinary_rate_frac=usd("0.22"), avoid=["niit"])
    problem = problem_of(placed, payer=taxpayer(income=200_000))
    term = term_of(placed, problem)  # 22 % ends at 211,400 of taxable income; the deduction is 32,200; NIIT starts at 250,000
    assert not term.breaches(point(problem, gains=(43_599.9, 0.0)))
    assert term.breaches(point(problem, gains=(43_601.0, 0.0)))
    assert term.breaches(point(problem, gains=(0.0, 50_001.0)))


@pytest.mark.parametrize(
    ("short", "long", "kept"),
    [
        (9_000, 0, True),
        (11_000, 0, False),
        (11_000, -2_000, True),
        (30_000, -19_000, False),
        (30_000, -21_000, True),
        (-5_000, 60_000, True),
    ],
)
def test_a_long_term_loss_makes_room_under_an_ordinary_ceiling(short, long, kept):
    placed = rule("bracket_ceiling", ordinary_rate_frac=usd("0.22"))
    payer = taxpayer(income=233_600)  # 10,000 below the end of the 22 % bracket
    lots = [lot("T", "AAA", "new", 1_000, 40_000, acquired=TODAY - timedelta(days=200)), lot("T", "BBB", "loss", 1_000, 90_000)]
    problem = problem_of(placed, lots=lots, payer=payer)
    at = point(problem, gains=(float(short), float(long)))
    term = term_of(placed, problem)
    ways = [np.append(at, way) for way in (0.0, 1.0)]  # the switch is the term's only own column: the last
    assert any(all(values[row.columns] @ row.coefficients <= row.upper for row in term.rows) for values in ways) is kept
    assert (bracket_ceiling.beyond(placed, problem, at) <= 0) is kept


def test_harvest_charges_back_the_credit_of_losses_below_the_threshold():
    placed = rule("harvest", min_loss_usd=usd(5_000), min_loss_frac=usd("0.05"))
    problem = problem_of(placed, rule("wash_sale"))  # the loss lot loses 3,000 of 8,000
    term = term_of(placed, problem)
    charge = float(sum(values.sum() for values in term.cost_values))
    loss = -next(piece for piece in problem.slices if piece.is_loss).gain_frac
    assert charge == pytest.approx(loss * problem.returns[0].rates.long_term)
    keen = rule("harvest", min_loss_usd=usd(500), min_loss_frac=usd("0.05"))
    assert not term_of(keen, problem).cost_values


def test_what_is_washed_of_a_loss_is_neither_charged_for_nor_counted():
    small = rule("harvest", min_loss_usd=usd(5_000))
    problem = problem_of(small, rule("wash_sale", mode="price"))
    sold = point(problem, sell={"loss": 5_000.0})  # 100 shares at $50, bought at $80
    washed = sold.copy()
    washed[problem.washed_column[problem.washable[0]]] = 100.0
    (columns,), (charge,) = term_of(small, problem).cost_columns, term_of(small, problem).cost_values
    assert sold[columns] @ charge > 0 and washed[columns] @ charge == pytest.approx(0.0, abs=1e-9)
    capped, forced = rule("harvest", max_loss_usd=usd(1_000)), rule("harvest", force_loss_usd=usd(1_000))
    assert term_of(capped, problem).breaches(sold) and not term_of(capped, problem).breaches(washed)
    assert not term_of(forced, problem).breaches(sold) and term_of(forced, problem).breaches(washed)


def test_a_small_trade_is_none():
    placed = rule("trade_size", min_usd=usd(500), by_security_type={"etf": {"min_usd": usd(1_000)}})
    problem = problem_of(placed)
    term = trade_size.sizes(problem, stated=True)
    at, base = problem.columns, point(problem, buy={("T", "BBB"): 999.0})
    k = next(k for k, pair in enumerate(problem.pairs) if (pair.account, pair.symbol) == (0, "BBB"))
    base[at.buying(k)] = 1.0
    assert term.breaches(base)
    base[at.buy(k)] = 1_000.0
    assert not term.breaches(base)


def test_nothing_is_bought_and_sold_in_one_account_on_one_day():
    problem = problem_of()
    term = next(term for term in compile_policy(problem, state_sizes=True).terms if term.name == "order_sizes")
    at, base = problem.columns, np.zeros(problem.columns.count)
    p = next(p for p, pile in enumerate(problem.piles) if (pile.account, pile.symbol) == (0, "AAA"))
    k = next(k for k, pair in enumerate(problem.pairs) if (pair.account, pair.symbol) == (0, "AAA"))
    base[at.selling(p)] = base[at.buying(k)] = 1.0
    assert term.breaches(base)


def test_drift_costs_less_inside_the_band_than_beyond_it():
    placed = rule(
        "band",
        absolute_frac=usd("0.03"),
        price_of_drift={"usd_per_year": usd(15), "inside_usd_per_year": usd(4), "per_usd": usd(1000), "years": 5},
    )
    problem = problem_of(placed)
    term = term_of(placed, problem)
    cost = band.cost_of_deviation(term, "us_equity")
    years, width = band.annuity(problem, 5), 0.03 * problem.value_usd
    assert cost(100.0) == pytest.approx(0.4 * years)
    assert cost(-(width + 100.0)) == pytest.approx((width * 0.004 + 1.5) * years)


@pytest.mark.parametrize(("rebalance_to", "free"), [("target", 0.0), ("halfway", 0.5), ("edge", 1.0)])
def test_the_way_back_ends_where_the_rule_says(rebalance_to, free):
    placed = rule("band", absolute_frac=usd("0.04"), rebalance_to=rebalance_to)
    problem = problem_of(placed)
    cost = band.cost_of_deviation(term_of(placed, problem), "us_equity")
    edge = free * 0.04 * problem.value_usd
    assert cost(edge) == 0.0
    assert cost(edge + 10.0) > 0.0


def test_a_loss_and_a_purchase_of_its_twin_hang_on_one_switch_over_the_whole_scope():
    placed = rule("wash_sale")
    problem = problem_of(placed, lots=[lot("T", "AAA", "loss", 100, 15_000), lot("I", "BBB", "x", 100, 1)])
    (group,) = wash_groups(problem, include_held_away=True)
    assert {problem.pairs[k].symbol for k in group.purchases} == {"AAA", "AAB"}
    assert {problem.accounts[problem.pairs[k].account].account_id for k in group.purchases} == {"T", "I"}
    assert not group.blocked and not group.barred


def test_shares_bought_elsewhere_within_thirty_days_keep_every_loss_of_the_group():
    placed = rule("wash_sale")
    problem = problem_of(
        placed,
        lots=[lot("T", "AAA", "loss", 100, 15_000)],
        recent_purchases=(RecentPurchase("T1", "AAB", TODAY - timedelta(days=9), usd(5)),),
    )
    term = term_of(placed, problem)
    assert term.breaches(point(problem, sell={"loss": 1.0}))
    away = rule("wash_sale", include_held_away=False)
    assert not term_of(away, problem).breaches(point(problem, sell={"loss": 1.0}))


def test_a_loss_taken_within_thirty_days_bars_purchases_through_day_thirty():
    placed = rule("wash_sale")
    for days, barred in ((30, True), (31, False)):
        taken = RecentLossSale("T1", "AAA", TODAY - timedelta(days=days), usd(10), usd(100), "T")
        problem = problem_of(placed, lots=[lot("T", "BBB", "x", 100, 1_000)], recent_loss_sales=(taken,))
        assert bool(term_of(placed, problem).breaches(point(problem, buy={("I", "AAB"): 1.0}))) is barred


def test_a_yearly_turnover_counts_what_the_year_has_moved_in_the_rules_scope():
    earlier = (Traded("T", "AAA", usd(3_000), TODAY), Traded("T", "BBB", usd(1_000), TODAY), Traded("I", "AAA", usd(500), TODAY))
    yearly = rule("turnover", max_usd_per_year=usd(2_600), max_usd_per_run=usd(2_000))
    for placed, room in (
        (yearly, 2_600 - 4_500 / 2),
        (rule("turnover", max_usd_per_year=usd(2_600), applies_to={"accounts": ["I"]}), 2_600 - 250),
        (rule("turnover", max_usd_per_year=usd(2_000)), 0.0),
        (rule("turnover", max_usd_per_run=usd(900)), 900.0),
    ):
        problem = problem_of(placed, traded=earlier)
        assert turnover.limit_usd(placed, problem) == pytest.approx(room)
    problem = problem_of(yearly, traded=earlier)
    assert not term_of(yearly, problem).breaches(point(problem, sell={"old": 350.0}, buy={("I", "AAB"): 350.0}))
    assert term_of(yearly, problem).breaches(point(problem, sell={"old": 350.0}, buy={("I", "AAB"): 351.0}))


def test_every_kind_of_the_catalogue_binds_something_or_speaks_of_time_only():
    from rules.catalogue import KINDS

    assert set(BIND) == set(KINDS)
    assert date(2026, 3, 2) == TODAY
