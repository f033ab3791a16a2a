"""Proposals keep the identities, whatever the household."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rules.tax import load_tax_year
from solver.build import build_problem
from solver.compile import compile_policy
from solver.outcome import Side, Status
from solver.solve import solve
from tests.solver.making import TODAY, account, assumptions, household, lot, policy, rule, security, target, taxpayer, usd
from validation.household import CASH, CashOrder, OrderKind, RecentPurchase

LAW = load_tax_year(2026)
FUNDS = [
    security("VTI", "310.40", "us_equity", spread=1),
    security("ITOT", "142.10", "us_equity", spread=1),
    security("BND", "73.15", "core_bond", spread=2),
    security("AGG", "98.72", "core_bond", spread=2),
    security("VBTLX", "9.71", "core_bond", whole=False),
    security("VXUS", "74.20", "intl_equity", spread=2),
]
WEIGHTS = {"us_equity": "0.40", "intl_equity": "0.20", "core_bond": "0.38", "cash": "0.02"}
HOLDINGS = {
    "us_equity": ["VTI", "ITOT"],
    "intl_equity": ["VXUS"],
    "core_bond": {"taxable": ["BND", "AGG"], "tax_deferred": ["AGG", "BND"], "tax_exempt": ["VBTLX"]},
}
ACCOUNTS = [account("T"), account("I", "tax_deferred"), account("R", "tax_exempt")]


def standard(*more, budget: int = 20_000):
    return policy(
        target(WEIGHTS, HOLDINGS),
        rule("band", absolute_frac=usd("0.03"), price_of_drift={"usd_per_year": usd(15), "per_usd": usd(1000), "years": 5}),
        rule("gain_budget", net_usd=usd(budget)),
        rule("wash_sale"),
        rule("location", assumptions="base_2026"),
        rule("cash", per="account", min_usd=usd(200)),
        rule("trade_size", min_usd=usd(250)),
        rule("cadence", improvement_usd=usd(20)),
        *more,
        given=assumptions(),
    )


def propose(house, rules):
    return solve(compile_policy(build_problem(house, rules, LAW))).outcome


def drifted(**more):
    lots = [
        lot("T", "VTI", "a", 400, 60_000),
        lot("T", "VTI", "b", 300, 95_000, acquired=TODAY - timedelta(days=90)),
        lot("T", "VXUS", "c", 500, 41_000),
        lot("I", "VTI", "d", 300, 1),
        lot("I", "AGG", "e", 400, 1),
        lot("R", "VTI", "f", 100, 1),
    ]
    return household(ACCOUNTS, lots, FUNDS, cash={"T": 9_000, "I": 2_000, "R": 500}, **more)


lots_drawn = st.lists(
    st.tuples(
        st.sampled_from(["T", "I", "R"]),
        st.sampled_from(["VTI", "ITOT", "BND", "VXUS", "VBTLX"]),
        st.integers(1, 900),
        st.floats(0.4, 1.7),
        st.integers(2, 2500),
    ),
    min_size=1,
    max_size=12,
)


def built(drawn, cash):
    price = {each.symbol: each.price_usd for each in FUNDS}
    lots = [
        lot(
            where,
            symbol,
            f"L{i}",
            shares,
            (price[symbol] * shares * Decimal(repr(round(ratio, 3)))).quantize(Decimal("0.01")),
            acquired=TODAY - timedelta(days=days),
        )
        for i, (where, symbol, shares, ratio, days) in enumerate(drawn)
    ]
    recent = tuple(
        RecentPurchase("T1", each.symbol, each.acquired_date, each.quantity, each.account_id, each.lot_id)
        for each in lots
        if (TODAY - each.acquired_date).days <= 30
    )
    return household(ACCOUNTS, lots, FUNDS, cash={"T": cash, "I": cash, "R": cash}, recent_purchases=recent)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(lots_drawn, st.integers(300, 60_000))
def test_cash_and_shares_are_conserved_and_every_rule_holds(drawn, cash):
    house = built(drawn, cash)
    outcome = propose(house, standard())
    assert outcome.status in {Status.PROPOSED, Status.NO_TRADE_NEEDED}
    after = {(each.account_id, each.symbol): each.quantity for each in outcome.holdings_after}
    before = {(each.account_id, each.symbol): each.quantity for each in house.positions}
    moved: dict[tuple[str, str], Decimal] = {}
    for trade in outcome.trades:
        signed = trade.quantity if trade.side is Side.BUY else -trade.quantity
        moved[trade.account_id, trade.symbol] = moved.get((trade.account_id, trade.symbol), Decimal(0)) + signed
        moved[trade.account_id, CASH] = moved.get((trade.account_id, CASH), Decimal(0)) + trade.net_cash_usd
        assert trade.notional_usd >= 250
        if house.securities[trade.symbol].whole_shares and trade.quantity != before.get((trade.account_id, trade.symbol)):
            assert trade.quantity == trade.quantity.to_integral_value()
        if trade.side is Side.SELL and trade.lots:
            assert sum(each.quantity for each in trade.lots) == trade.quantity
    for key in {*before, *moved, *after}:
        start = house.cash_of[key[0]].total_usd if key[1] == CASH else before.get(key, Decimal(0))
        assert after.get(key, Decimal(0)) == start + moved.get(key, Decimal(0))
        assert after.get(key, Decimal(0)) >= (200 if key[1] == CASH else 0)
    gains = sum((each.gain_usd for trade in outcome.trades for each in trade.lots if each.gain_usd is not None), Decimal(0))
    assert gains <= 20_000
    washed = {trade.symbol for trade in outcome.trades if any(each.gain_usd is not None and each.gain_usd < 0 for each in trade.lots)}
    assert not washed & {trade.symbol for trade in outcome.trades if trade.side is Side.BUY}
    assert outcome.certificate is not None
    assert outcome.certificate.bound_usd <= outcome.certificate.objective_usd + 1e-6


def test_the_same_household_gives_the_same_trades_twice():
    assert propose(drifted(), standard()) == propose(drifted(), standard())


def test_the_order_of_rules_changes_nothing():
    rules = standard()
    assert propose(drifted(), replace(rules, rules=tuple(reversed(rules.rules)))).trades == propose(drifted(), rules).trades


def test_a_looser_budget_is_never_worse():
    worth = [propose(drifted(), standard(budget=budget)) for budget in (0, 5_000, 20_000, 80_000)]
    slack = 2 * max(each.certificate.gap_usd for each in worth) + 1
    for tight, loose in pairwise(worth):
        assert loose.worth_usd >= tight.worth_usd - slack


def test_scaling_every_share_and_dollar_scales_the_objective():
    house = drifted()
    thousand = Decimal(10)
    lots = [
        replace(each, quantity=each.quantity * thousand, cost_basis_usd=each.cost_basis_usd * thousand)
        for position in house.positions
        for each in position.lots
    ]
    payer = house.taxpayers[0]
    bigger = household(ACCOUNTS, lots, FUNDS, cash={"T": 90_000, "I": 20_000, "R": 5_000}, taxpayers=[payer])
    small, large = propose(house, policy(*_linear(), given=assumptions())), propose(bigger, policy(*_linear(), given=assumptions()))
    assert large.worth_usd == pytest.approx(10 * small.worth_usd, rel=2e-3)


def _linear():
    return (
        target(WEIGHTS, HOLDINGS),
        rule("band", absolute_frac=usd("0.03")),
        rule("wash_sale"),
        rule("location", assumptions="base_2026"),
        rule("restraint", never="sell", applies_to={"tax_treatments": ["taxable"]}),
    )


def test_an_order_that_is_due_is_paid_out_of_its_account_and_not_out_of_another():
    order = CashOrder(OrderKind.WITHDRAWAL, usd(40_000), TODAY, "I")
    outcome = propose(drifted(orders=(order,)), standard())
    cash = {each.account_id: each.quantity for each in outcome.holdings_after if each.symbol == CASH}
    net = sum(trade.net_cash_usd for trade in outcome.trades if trade.account_id == "I")
    assert cash["I"] == 2_000 + net - 40_000 >= 200


def test_a_later_order_stays_as_reserved_cash():
    order = CashOrder(OrderKind.WITHDRAWAL, usd(40_000), date(2026, 6, 1), "I")
    outcome = propose(drifted(orders=(order,)), standard())
    assert next(each.quantity for each in outcome.holdings_after if (each.account_id, each.symbol) == ("I", CASH)) >= 40_200


def test_rules_that_cannot_hold_together_are_named_with_their_cheapest_ways_out():
    keep = rule("restraint", id="keep_cash_out", never="sell")
    more_cash = rule("cash", id="much_cash", per="account", min_usd=usd(30_000), applies_to={"accounts": ["R"]})
    outcome = propose(drifted(), standard(keep, more_cash))
    assert outcome.status is Status.CONFLICT
    assert {each.rule_id for each in outcome.conflict} == {"keep_cash_out", "much_cash"}
    assert not outcome.trades
    assert any("$29,500" in each.sentence for each in outcome.conflict)


def test_a_household_on_target_is_left_alone():
    lots = [lot("T", "VTI", "a", 129, 30_000), lot("T", "VXUS", "b", 270, 15_000), lot("T", "BND", "c", 520, 38_000)]
    house = household([account("T")], lots, FUNDS, cash={"T": 2_000})
    assert propose(house, standard()).status is Status.NO_TRADE_NEEDED


def test_a_harvested_loss_bars_its_group_for_thirty_days():
    lots = [lot("T", "BND", "loss", 2_000, 190_000), lot("T", "VTI", "a", 400, 60_000), lot("T", "VXUS", "c", 800, 41_000)]
    house = household(
        ACCOUNTS, lots, FUNDS, cash={"T": 9_000, "I": 30_000, "R": 500}, taxpayers=[taxpayer(income=300_000, realized_lt_ytd_usd=50_000)]
    )
    outcome = propose(house, standard(budget=80_000))
    assert any(trade.symbol == "BND" and trade.side is Side.SELL for trade in outcome.trades)
    (barred,) = outcome.barred
    assert barred.symbols == ("BND",) and barred.until == TODAY + timedelta(days=30)
    assert any(finding.code == "do-not-buy" for finding in outcome.findings)


def test_a_harvested_security_may_be_replaced_by_an_equivalent_that_the_target_does_not_list():
    twin = replace(security("SCHZ", "24.10", "core_bond", spread=2), equivalent_group="us_bonds")
    funds = [replace(each, equivalent_group="us_bonds") if each.symbol == "BND" else each for each in FUNDS] + [twin]
    lots = [lot("T", "BND", "loss", 2_000, 190_000), lot("T", "VTI", "a", 200, 60_000), lot("T", "VXUS", "c", 400, 29_000)]
    payer = taxpayer(income=300_000, realized_lt_ytd_usd=60_000)
    house = household([account("T")], lots, funds, cash={"T": 6_000}, taxpayers=[payer])
    only_bnd = target(WEIGHTS, {**HOLDINGS, "core_bond": ["BND"]})
    rules = standard(budget=90_000)
    without = replace(rules, rules=tuple(only_bnd if each.rule.kind == "target" else each for each in rules.rules))
    harvesting = replace(without, rules=(*without.rules, rule("harvest", min_loss_usd=usd(500))))
    bought = {trade.symbol for trade in propose(house, harvesting).trades if trade.side is Side.BUY}
    assert "SCHZ" in bought
    assert "SCHZ" not in {trade.symbol for trade in propose(house, without).trades}


def test_gains_are_taken_up_to_the_top_of_the_zero_bracket_where_the_policy_asks_for_it():
    lots = [lot("T", "VTI", "old", 300, 30_000), lot("T", "VXUS", "c", 600, 44_000), lot("T", "BND", "b", 950, 69_000)]
    payer = taxpayer(income=70_000)
    house = household([account("T")], lots, FUNDS, cash={"T": 4_000}, taxpayers=[payer])
    asks = rule("harvest", harvest_gains_to_rate_frac=usd(0))
    gains = {}
    for name, rules in (("plain", standard(budget=90_000)), ("harvesting", standard(asks, budget=90_000))):
        outcome = propose(house, rules)
        gains[name] = sum((each.gain_usd for trade in outcome.trades for each in trade.lots if each.gain_usd), Decimal(0))
    room = Decimal("98900") - (Decimal(70_000) - Decimal(32_200))  # top of the 0 % bracket less taxable income
    assert gains["harvesting"] > gains["plain"] + 5_000
    assert gains["harvesting"] <= room + 1
