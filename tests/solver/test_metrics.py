from __future__ import annotations

from dataclasses import fields
from datetime import date, timedelta
from decimal import Decimal

import pytest

from rules.tax import load_tax_year
from solver import ledger
from solver.baseline import rebalance_account_by_account
from solver.metrics import Statistics, compare, ground_of, measure, measure_untouched
from solver.payments import plan_payments
from tests.solver.making import CLASSES, TODAY, account, assumptions, household, lot, policy, replace, security, target, taxpayer, usd
from validation.household import CashOrder, OrderKind

STOCK = security("VTI", 250, "us_equity", spread=2)
OTHER = security("ITOT", 100, "us_equity", group="US total market 2")
BOND = security("BND", 100, "core_bond", spread=1)
BALANCED = target({"us_equity": "0.6", "core_bond": "0.4"}, {"us_equity": ["VTI"], "core_bond": ["BND"]})
POLICY = policy(BALANCED, given=assumptions())
LAW = load_tax_year(2026)


def couple(**more):
    """Taxable: 400 VTI at 250 = 100,000. IRA: 600 BND at 100 = 60,000 and 40,000 in cash."""
    lots = [lot("TX", "VTI", "a", 100, 10_000), lot("TX", "VTI", "b", 300, 60_000, date(2025, 9, 1)), lot("IRA", "BND", "c", 600, 60_000)]
    accounts = [account("TX"), account("IRA", "tax_deferred")]
    return household(accounts, lots, [STOCK, BOND, OTHER], cash={"IRA": 40_000}, **more)


def sale(book, account_id, symbol, by_lot):
    position = next(each for each in book.positions if (each.account_id, each.symbol) == (account_id, symbol))
    lots = {each: usd(by_lot[each.lot_id]) for each in position.lots if each.lot_id in by_lot}
    return ledger.sell(book, book.account[account_id], book.securities[symbol], lots, sum(lots.values()))


def measured(book, trades, bound=POLICY, **more) -> Statistics:
    payments = plan_payments(book, bound)
    return measure(book, bound, LAW, trades, payments, holdings=ledger.holdings_after(book, trades, payments), **more)


def ira_buys_stock(book):
    """Bonds and cash of the IRA become 100,000 of stocks; nothing is taxed."""
    return [sale(book, "IRA", "BND", {"c": 200}), ledger.buy(book.account["IRA"], STOCK, usd(80))]


def test_drift_is_half_the_sum_of_the_deviations():
    figures = measured(couple(), ())
    # 50 % stocks, 30 % bonds, 20 % cash against 60/40/0.
    assert figures.weights_before == {"cash": usd("0.2"), "core_bond": usd("0.3"), "us_equity": usd("0.5")}
    assert figures.drift_before == figures.drift_after == usd("0.2")


def test_drift_before_is_before_flows_and_after_is_what_is_left():
    order = CashOrder(OrderKind.WITHDRAWAL, usd(40_000), TODAY, "IRA")
    figures = measure_untouched(couple(orders=(order,)), POLICY, LAW, plan_payments(couple(orders=(order,)), POLICY))
    assert figures.drift_before == usd("0.2")
    assert figures.drift_after == usd("0.025")
    assert (figures.value, figures.trades, figures.turnover, figures.tax_cost) == (usd("200000.00"), 0, 0, 0)


def test_gains_and_losses_are_told_apart_by_term():
    book = couple()
    figures = measured(book, [sale(book, "TX", "VTI", {"a": 50, "b": 100})])
    # Proceeds at 2 bp: 12,497.50 and 24,995.00; bases 5,000 and 20,000.
    assert (figures.st_gains, figures.st_losses, figures.lt_gains, figures.lt_losses) == (usd("4995.00"), 0, usd("7497.50"), 0)
    assert (figures.net_st, figures.net_lt) == (usd("4995.00"), usd("7497.50"))


def test_the_tax_cost_is_the_difference_of_two_whole_returns():
    book = couple()
    figures = measured(book, [sale(book, "TX", "VTI", {"a": 50, "b": 100})])
    # Joint, 200,000 less 32,200: 22 % on short-term, 15 % on long-term gains; below the NIIT's 250,000; no state tax in Texas.
    assert figures.tax_cost == usd("2223.52") == ledger.cents(usd("4995.00") * usd("0.22") + usd("7497.50") * usd("0.15"))
    assert figures.tax_cost_flat_estimate == usd("2223.52")
    # Spread: 150 shares × 250 × 2 bp = 7.50.
    assert figures.cost_of_implementation == usd("2223.52") + usd("7.50")
    side = figures.by_taxpayer["T1"]
    assert side.tax_with - side.tax_without == usd("2223.52")
    assert (side.year_net_st, side.year_net_lt) == (usd("4995.00"), usd("7497.50"))


def test_a_carryforward_spares_tax_and_is_consumed():
    book = couple(taxpayers=[taxpayer(st_carryforward_usd=20_000)])
    figures = measured(book, [sale(book, "TX", "VTI", {"a": 50, "b": 100})])
    # Without the proposal 3,000 of 20,000 are deducted and 17,000 leave the year; with it 12,492.50 of gains are eaten, too.
    assert figures.tax_cost == 0
    assert figures.carryforward_used == usd("12492.50")


def test_a_loss_beyond_three_thousand_creates_carryforward():
    book = couple()
    losing = lot("TX", "VTI", "a", 100, 45_000)
    book = replace(book, positions=(replace(book.positions[0], lots=(losing,), quantity=usd(100)), *book.positions[1:]))
    figures = measured(book, [sale(book, "TX", "VTI", {"a": 100})])
    assert figures.net_lt == figures.lt_losses == usd("-20005.00")
    assert figures.tax_cost == usd("-660.00")
    assert figures.carryforward_used == usd("-17005.00")


def test_ordered_ira_withdrawals_of_the_year_stand_in_both_terms():
    orders = tuple(CashOrder(OrderKind.RMD, usd(20_000), TODAY + timedelta(100 * step), "IRA") for step in (0, 2, 4))
    book = couple(orders=orders, taxpayers=[taxpayer(income=200_000)])
    figures = measured(book, [sale(book, "TX", "VTI", {"a": 50, "b": 100})])
    # March and September count (40,000), next April does not. 240,000 + 12,492.50 of gains pass the NIIT's 250,000 by
    # 2,492.50, and 207,800 + 4,995 of ordinary income pass the 22 % bracket's 211,400 by 1,395, which 24 % take.
    assert figures.tax_cost == ledger.cents(usd("2223.525") + usd("2492.50") * usd("0.038") + usd("1395") * usd("0.02"))


def test_taxpayers_are_taxed_apart_and_summed():
    accounts = [account("A"), account("B", taxpayer="T2")]
    lots = [lot("A", "VTI", "a", 10, 1_000), lot("B", "VTI", "b", 10, 1_000)]
    book = household(accounts, lots, [STOCK, BOND], taxpayers=[taxpayer(), taxpayer("T2", 0)])
    figures = measured(book, [sale(book, "A", "VTI", {"a": 10}), sale(book, "B", "VTI", {"b": 10})])
    assert {name: each.tax_cost for name, each in figures.by_taxpayer.items()} == {"T1": usd("224.92"), "T2": 0}
    assert figures.tax_cost == usd("224.92")


def test_trades_in_untaxed_accounts_cost_their_spread_only():
    book = couple()
    figures = measured(book, ira_buys_stock(book))
    assert (figures.net_st, figures.net_lt, figures.tax_cost) == (0, 0, 0)
    assert figures.cost_of_implementation == usd("2.00") + usd("4.00")
    assert figures.turnover == usd("0.1")
    assert figures.trades == 2


def test_the_two_effects_sum_to_the_change_in_return():
    book = couple()
    figures = measured(book, [sale(book, "TX", "VTI", {"b": 160}), ledger.buy(book.account["TX"], BOND, usd(399)), *ira_buys_stock(book)])
    change = figures.after_tax_return_after - figures.after_tax_return_before
    assert figures.annual_benefit / figures.value + figures.allocation_effect == pytest.approx(change, abs=usd("1e-7"))


def test_mere_allocation_brings_no_annual_benefit():
    book = couple()
    figures = measured(book, [ledger.buy(book.account["IRA"], BOND, usd(399))])
    assert figures.annual_benefit == 0
    assert figures.allocation_effect == pytest.approx(usd("0.2") * usd("0.015"), abs=usd("1e-5"))
    assert figures.payback_years is None
    assert figures.not_available["payback_years"] == "the trades bring no annual benefit of location"


def swap():
    """Bonds in the taxable account, stocks in the IRA, no gains: the wrong way round, and the trades that turn it."""
    accounts = [account("TX"), account("IRA", "tax_deferred")]
    lots = [lot("TX", "BND", "a", 1_000, 99_990), lot("IRA", "VTI", "b", 400, 1)]
    book = household(accounts, lots, [STOCK, BOND], taxpayers=[taxpayer(income=400_000)])
    turn = [
        sale(book, "TX", "BND", {"a": 1_000}), ledger.buy(book.account["TX"], STOCK, usd(399)), sale(book, "IRA", "VTI", {"b": 400}),
        ledger.buy(book.account["IRA"], BOND, usd(999)),
    ]  # fmt: skip
    return book, turn


def test_a_turned_placement_goes_from_the_worst_score_to_the_best():
    book, turn = swap()
    figures = measured(book, turn)
    assert figures.location_score_before == 0
    # A share of each stays in cash, and cash is best in the IRA, too.
    assert 99 < figures.location_score_after <= 100
    # Bonds: 4.5 % taxed at 24 + 3.8 % is 1.251 % a year; stocks lose 0.1% or so: about a thousand dollars on 100,000.
    assert usd(800) < figures.annual_benefit < usd(1_300)
    assert figures.payback_years == pytest.approx(figures.cost_of_implementation / figures.annual_benefit)
    assert figures.location_after.best_placement["IRA"].keys() >= {"core_bond"}


def test_payback_counts_only_what_is_not_merely_accelerated():
    book, turn = swap()
    position = replace(book.positions[0], lots=(lot("TX", "BND", "a", 1_000, 79_990),))
    book = replace(book, positions=(position, book.positions[1]))
    figures = measured(book, [sale(book, "TX", "BND", {"a": 1_000}), *turn[1:]])
    rate = figures.by_taxpayer["T1"].rates.long_term
    assert rate == pytest.approx(0.188)
    assert figures.accelerated_tax == usd(round(20_000 * rate / 1.04**10, 2))
    expected = (figures.cost_of_implementation - figures.accelerated_tax) / figures.annual_benefit
    assert figures.payback_years == expected


def test_the_benefit_is_projected_nominally_and_in_todays_dollars():
    book, turn = swap()
    figures = measured(book, turn)
    benefit = float(figures.annual_benefit)
    by_years = {each.years: each for each in figures.projections}
    assert set(by_years) == {1, 5, 10, 20, 30}
    assert by_years[1].nominal_usd == pytest.approx(benefit, abs=0.01)
    assert by_years[10].todays_usd == pytest.approx(by_years[10].nominal_usd / 1.025**10)
    after, location = float(figures.after_tax_return_after), benefit / float(figures.value)
    growth = (1 + after) ** 30 - (1 + after - location) ** 30
    assert by_years[30].nominal_usd == pytest.approx(200_000 * growth, rel=1e-5)
    assert figures.assumptions == "base_2026"


def test_the_reachable_score_is_of_the_placement_that_is_handed_in():
    book, turn = swap()
    best = ledger.holdings_after(book, turn, ())
    figures = measured(book, (), reachable=best)
    assert figures.location_score_reachable == measured(book, turn).location_score_after
    assert "location_score_reachable" in measured(book, ()).not_available


def test_every_taxpayers_accounts_are_measured_at_their_own_rates():
    accounts = [account("A"), account("B", taxpayer="T2"), account("IRA", "tax_deferred")]
    lots = [lot(each.account_id, "BND", each.account_id, 100, 10_000) for each in accounts]
    book = household(accounts, lots, [STOCK, BOND], taxpayers=[taxpayer(), taxpayer("T2", 10_000)])
    figures = measured(book, ())
    # Bonds at 4.5 %: 22 % of it is taxed in A, nothing in B, whose return owes no tax, and nothing in the IRA.
    assert figures.after_tax_return_before == pytest.approx(usd("0.045") * (1 - usd("0.22") / 3))


def test_excluded_accounts_do_not_count_and_locked_ones_do():
    book = couple()
    excluded = replace(book, accounts=(account("TX"), account("IRA", "tax_deferred", status="excluded")))
    assert measured(excluded, ()).weights_before == {"us_equity": 1}
    assert measured(excluded, ()).not_available["location_score_before"] == "all counted accounts have the same tax treatment"
    locked = replace(book, accounts=(account("TX"), account("IRA", "tax_deferred", status="locked")))
    assert measured(locked, ()).drift_before == measured(book, ()).drift_before


def test_a_loss_that_the_list_washes_is_disallowed_and_shown_apart():
    book = couple()
    losing = lot("TX", "VTI", "a", 100, 45_000)
    book = replace(book, positions=(replace(book.positions[0], lots=(losing,), quantity=usd(100)), *book.positions[1:]))
    trades = rebalance_account_by_account(book, POLICY, ())
    sold = next(each for each in trades if each.symbol == "VTI" and each.side == "SELL")
    loss = sold.lots[0].gain_usd
    figures = measured(book, trades)
    assert figures.disallowed_loss == -loss
    assert (figures.lt_losses, figures.tax_cost) == (0, 0)
    # Washed by an IRA it is lost for good: the later tax that its basis would have spared is a cost.
    lost = -loss * usd(0.15) / usd(1.04) ** 10
    spread = sum(each.spread_usd for each in trades)
    assert figures.cost_of_implementation == pytest.approx(spread + lost, abs=usd("0.01"))


def test_what_joint_placement_brings_beyond_the_baseline_is_the_effect_between_their_holdings():
    # The baseline holds 60/40 in each account; the proposal the same 60/40, but with the bonds in the IRA as far as they go.
    lots = [
        lot("TX", "VTI", "a", 240, 60_000), lot("TX", "BND", "b", 400, 40_000), lot("IRA", "VTI", "c", 240, 1),
        lot("IRA", "BND", "d", 400, 1),
    ]  # fmt: skip
    free = [replace(each, half_spread_bps=usd(0)) for each in (STOCK, BOND)]
    book = household([account("TX"), account("IRA", "tax_deferred")], lots, free)
    turn = [
        sale(book, "TX", "BND", {"b": 400}), ledger.buy(book.account["TX"], free[0], usd(160)), sale(book, "IRA", "VTI", {"c": 160}),
        ledger.buy(book.account["IRA"], free[1], usd(400)),
    ]  # fmt: skip
    compared = compare(measured(book, turn), measured(book, rebalance_account_by_account(book, POLICY, ())))
    # 40,000 of bonds change with stocks: 4.5 % · 22 % of them is no longer taxed, 1.5 % of dividends and the gains are.
    stock_tax = usd("0.015") * (usd("0.95") * usd("0.15") + usd("0.05") * usd("0.22")) + usd("0.05") * usd("0.05") * usd("0.15")
    assert compared.benefit_over_baseline == pytest.approx(40_000 * (usd("0.045") * usd("0.22") - stock_tax), abs=usd("0.01"))
    assert compared.benefit_over_baseline == compared.annual_benefit


def test_taxes_saved_are_avoided_and_deferred_to_the_cent():
    book = couple()
    ground = ground_of(book, POLICY, LAW, ())
    proposal = measured(book, ira_buys_stock(book), ground=ground)
    trades = rebalance_account_by_account(book, POLICY, ())
    baseline = measured(book, trades, ground=ground)
    compared = compare(proposal, baseline)
    assert compared.baseline_tax_cost == baseline.tax_cost > 0
    assert compared.taxes_saved == baseline.tax_cost - proposal.tax_cost == compared.taxes_avoided + compared.taxes_deferred
    gain = baseline.net_st + baseline.net_lt
    rate = usd(compared.by_taxpayer["T1"].rates.long_term)
    assert compared.taxes_deferred == pytest.approx(gain * rate / usd(1.04) ** 10, abs=usd("0.01"))
    assert compared.baseline_drift_after == baseline.drift_after
    assert not set(compared.not_available) & {"baseline_tax_cost", "taxes_saved", "taxes_avoided", "taxes_deferred", "baseline_drift_after"}


@pytest.mark.parametrize(
    ("book", "bound", "column", "why"),
    [
        (couple(), policy(BALANCED), "after_tax_return_before", "the policy names no capital-market assumptions"),
        (couple(), policy(given=assumptions()), "drift_before", "the household's model has no target"),
        (
            couple(), policy(BALANCED, given=assumptions({name: each for name, each in CLASSES.items() if name != "cash"})),
            "location_score_after", "the assumptions say nothing about cash",
        ),
        (
            couple(), policy(BALANCED, given=assumptions({**CLASSES, "cash": {"total_return_frac": "1e300"}}, form="multi_year")),
            "annual_benefit", "the assumptions expect more than 1000% a year of cash",
        ),
        (household([account("TX")], [], [STOCK]), POLICY, "drift_after", "the household has no value"),
        (household([account("TX")], [], [STOCK]), POLICY, "turnover", "the household has no value"),
        (household([account("TX")], [], [STOCK]), POLICY, "annual_benefit", "the household has no value"),
        (
            household([account("TX")], [lot("TX", "X", "a", 1, 1)], [security("X", 5, "unclassified", frozen="unknown-security")]), POLICY,
            "drift_before", "a holding is not classified",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_had_says_why(book, bound, column, why):
    figures = measured(book, (), bound)
    assert getattr(figures, column) is None
    assert figures.not_available[column] == why


def test_every_empty_figure_has_its_reason_and_every_other_has_none():
    for bound in (POLICY, policy(), policy(BALANCED)):
        figures = measured(couple(), (), bound)
        empty = {each.name for each in fields(figures) if each.default is None and getattr(figures, each.name) is None}
        assert empty - {"accelerated_tax", "location_before", "location_after", "benefit_over_baseline"} == set(figures.not_available)


def test_money_is_in_cents():
    book = couple()
    figures = compare(measured(book, ira_buys_stock(book)), measured(book, rebalance_account_by_account(book, POLICY, ())))
    costs = ("tax_cost", "tax_cost_flat_estimate", "cost_of_implementation", "taxes_deferred", "taxes_saved")
    for name in ("value", "st_gains", "annual_benefit", *costs):
        amount = getattr(figures, name)
        assert isinstance(amount, Decimal)
        assert amount == round(amount, 2)
