"""Redemption fees: counted where a restraint's window says so, in the search, on the list, in the costs and by the checker."""

from __future__ import annotations

from datetime import timedelta

import pytest

from rules.tax import load_tax_year
from solver.build import build_problem
from solver.checker import check
from solver.compile import compile_policy
from solver.metrics import measure
from solver.redemption import fee_frac
from solver.solve import solve
from tests.solver.making import TODAY, account, assumptions, household, lot, policy, replace, rule, security, target, usd

LAW = load_tax_year(2026)
FUND = replace(security("FND", 100, "us_equity", spread=10), redemption_fee_frac=usd("0.02"))
FUNDS = [FUND, security("STK", 50, "us_equity", spread=2), security("BND", 50, "core_bond", spread=2)]
WINDOW = rule("restraint", id="window", redemption_window_days=90, applies_to={"securities": ["FND"]})


def young(lot_id: str, days: int, account_id: str = "T", basis: object = 9_900):
    return lot(account_id, "FND", lot_id, 100, basis, TODAY - timedelta(days=days))


def wishes(*rules):
    return policy(
        target({"us_equity": "0.2", "core_bond": "0.78", "cash": "0.02"}, {"us_equity": ["STK"], "core_bond": ["BND"]}),
        rule("band", absolute_frac=usd("0.02"), price_of_drift={"usd_per_year": usd(40), "per_usd": usd(1000), "years": 5}),
        rule("wash_sale"), *rules, given=assumptions(),
    )  # fmt: skip


def home(*lots, **more):
    return household([account("T"), account("I", "tax_deferred", relief="LIFO")], lots, FUNDS, cash={"T": 500, "I": 500}, **more)


@pytest.mark.parametrize(("days", "rules", "fee"), [(89, [WINDOW], "0.02"), (90, [WINDOW], "0"), (10, [], "0")])
def test_the_fee_is_due_inside_the_window_and_only_where_a_rule_counts_it(days, rules, fee):
    house = home(young("a", days))
    (piece,) = house.positions[0].lots
    assert fee_frac(house, wishes(*rules), piece) == usd(fee)
    (slice_,) = build_problem(house, wishes(*rules), LAW).slices
    assert slice_.fee_frac == float(fee) and slice_.gain_frac == pytest.approx(1 - 0.001 - float(fee) - 0.99)


def test_a_sale_inside_the_window_brings_less_and_its_fee_is_a_cost():
    house, rules = home(young("a", 50)), wishes(WINDOW)
    outcome = solve(compile_policy(build_problem(house, rules, LAW))).outcome
    assert check(house, rules, LAW, outcome) == []
    (sale,) = [trade for trade in outcome.trades if trade.symbol == "FND"]
    (part,) = sale.lots
    assert part.proceeds_usd == round(part.quantity * 100 * usd("0.979"), 2)
    assert sale.redemption_fee_usd == round(part.quantity * 2, 2) and sale.net_cash_usd == part.proceeds_usd
    assert part.gain_usd == part.proceeds_usd - 99 * part.quantity
    figures = measure(house, rules, LAW, outcome.trades, outcome.payments, holdings=outcome.holdings_after)
    spent = sum(trade.spread_usd + trade.redemption_fee_usd for trade in outcome.trades)
    assert figures.cost_of_implementation == figures.tax_cost + spent


def test_the_older_lot_is_sold_where_the_younger_costs_a_fee():
    house = home(young("old", 100), young("young", 10))
    lots = {each.lot_id for rules in ([WINDOW],) for trade in proposed(house, *rules) for each in trade.lots}
    assert lots == {"old"}


def proposed(house, *rules):
    given = wishes(*rules, rule("turnover", max_usd_per_run=usd(9_000)))
    outcome = solve(compile_policy(build_problem(house, given, LAW))).outcome
    assert check(house, given, LAW, outcome) == []
    return outcome.trades


def test_an_untaxed_position_is_charged_what_its_lots_cost_by_the_relief_method():
    house = home(young("old", 400, "I"), young("young", 10, "I"))
    (sale,) = [trade for trade in proposed(house, WINDOW) if trade.symbol == "FND"]
    first = min(sale.quantity, usd(100))  # LIFO: the young lot leaves first
    assert sale.redemption_fee_usd == round(first * 2, 2)


def test_the_checker_charges_the_fee_itself():
    house, rules = home(young("a", 10)), wishes(WINDOW)
    free = solve(compile_policy(build_problem(house, wishes(), LAW))).outcome
    assert {found.code for found in check(house, rules, LAW, free)} >= {"breach-lot-figures", "breach-trade-figures"}
