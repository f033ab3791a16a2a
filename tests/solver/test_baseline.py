from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from solver.baseline import rebalance_account_by_account
from solver.ledger import holdings_after
from solver.outcome import Side
from solver.payments import plan_payments
from tests.solver.making import TODAY, account, household, lot, policy, replace, rule, security, target, usd
from validation.household import CASH, CashOrder, OrderKind, Position

STOCK = security("VTI", 250, "us_equity")
BOND = security("BND", 100, "core_bond")
MUNI = security("MUB", 50, "muni_bond")
OLD = security("OLD", 20, "us_equity")
BALANCED = target({"us_equity": "0.6", "core_bond": "0.4"}, {"us_equity": ["VTI"], "core_bond": ["BND"]})


def trade(book, *rules, payments=None):
    """(account, symbol, side, shares) of the baseline, and the trades themselves."""
    bound = policy(*rules)
    trades = rebalance_account_by_account(book, bound, plan_payments(book, bound) if payments is None else payments)
    return [(each.account_id, each.symbol, each.side.value, each.quantity) for each in trades], trades


def couple(**more):
    """Taxable: 400 VTI at 250 = 100,000. IRA: 600 BND at 100 = 60,000 and 40,000 in cash."""
    lots = [lot("TX", "VTI", "a", 100, 10_000), lot("TX", "VTI", "b", 300, 60_000, date(2025, 9, 1)), lot("IRA", "BND", "c", 600, 60_000)]
    accounts = [account("TX"), account("IRA", "tax_deferred")]
    return household(accounts, lots, [STOCK, BOND, MUNI, OLD], cash={"TX": 0, "IRA": 40_000}, **more)


def test_each_account_goes_to_the_households_target_alone():
    # Taxable: stocks 100,000 → 60,000, so 160 VTI go, FIFO: lot a whole (100), then 60 of lot b; bonds 40,000 = 400 BND.
    # IRA: stocks 0 → 60,000 = 240 VTI; bonds 60,000 → 40,000, so 200 BND go.
    done, trades = trade(couple(), BALANCED)
    assert done == [("TX", "VTI", "SELL", 160), ("TX", "BND", "BUY", 400), ("IRA", "BND", "SELL", 200), ("IRA", "VTI", "BUY", 240)]
    sales = trades[0].lots
    assert [(each.lot_id, each.quantity, each.proceeds_usd, each.gain_usd) for each in sales] == [
        ("a", 100, usd(25_000), usd(15_000)), ("b", 60, usd(15_000), usd(3_000)),
    ]  # fmt: skip
    assert [each.term.value for each in sales] == ["LT", "ST"]
    assert [each.gain_usd for each in trades[2].lots] == [None]


def test_spreads_come_out_of_what_is_bought():
    # 10 bp half-spread: 160 VTI bring 39,960.00; BND cost 100.10, so 399 are bought for 39,939.90 and 20.10 stay.
    book = couple()
    securities = {**book.securities, "VTI": replace(STOCK, half_spread_bps=usd(10)), "BND": replace(BOND, half_spread_bps=usd(10))}
    book = replace(book, securities=securities)
    done, trades = trade(book, BALANCED)
    assert done[:2] == [("TX", "VTI", "SELL", 160), ("TX", "BND", "BUY", 399)]
    assert trades[0].net_cash_usd + trades[1].net_cash_usd == usd("20.10")


def test_lots_go_by_the_accounts_relief_method():
    book = couple()
    book = replace(book, accounts=(account("TX", relief="HIFO"), account("IRA", "tax_deferred")))
    _, trades = trade(book, BALANCED)
    assert [(each.lot_id, each.quantity) for each in trades[0].lots] == [("b", 160)]


def test_holdings_within_target_stay_whatever_they_are():
    # 60,000 of a fund that the model does not list is exactly the stocks' target: nobody touches it.
    lots = [lot("TX", "OLD", "a", 3_000, 10_000), lot("TX", "BND", "b", 400, 40_000)]
    assert trade(household([account("TX")], lots, [STOCK, BOND, OLD]), BALANCED)[0] == []


def test_what_the_model_does_not_list_is_sold_first():
    # Stocks 50,000 OLD + 30,000 VTI = 80,000 of 100,000: 20,000 over, and OLD at 20 gives it.
    lots = [lot("TX", "OLD", "a", 2_500, 10_000), lot("TX", "VTI", "b", 120, 10_000), lot("TX", "BND", "c", 200, 20_000)]
    done, _ = trade(household([account("TX")], lots, [STOCK, BOND, OLD]), BALANCED)
    assert done == [("TX", "OLD", "SELL", 1_000), ("TX", "BND", "BUY", 200)]


def test_a_never_pairs_weight_is_spread_over_the_other_classes():
    # IRA of 100,000 with munis forbidden: 50/30/20 becomes 62.5/37.5: 62,500 stocks = 250 VTI, 37,500 bonds = 375 BND.
    model = target(
        {"us_equity": "0.5", "core_bond": "0.3", "muni_bond": "0.2"}, {"us_equity": ["VTI"], "core_bond": ["BND"], "muni_bond": ["MUB"]}
    )  # fmt: skip
    never = rule("location", assumptions="base_2026", never=[{"asset_class": "muni_bond", "in": ["tax_deferred"]}])
    book = household([account("TX"), account("IRA", "tax_deferred")], [], [STOCK, BOND, MUNI], cash={"TX": 100_000, "IRA": 100_000})
    done, _ = trade(book, model, never)
    assert done == [
        ("TX", "BND", "BUY", 300), ("TX", "MUB", "BUY", 400), ("TX", "VTI", "BUY", 200),
        ("IRA", "BND", "BUY", 375), ("IRA", "VTI", "BUY", 250),
    ]  # fmt: skip


def test_the_preferred_security_is_the_treatments_own():
    model = target({"us_equity": 1}, {"us_equity": {"taxable": ["VTI"], "tax_deferred": ["OLD", "VTI"]}})
    book = household([account("TX"), account("IRA", "tax_deferred")], [], [STOCK, OLD], cash={"TX": 1_000, "IRA": 1_000})
    assert trade(book, model)[0] == [("TX", "VTI", "BUY", 4), ("IRA", "OLD", "BUY", 50)]


def test_a_frozen_preferred_security_gives_way_to_the_next():
    model = target({"us_equity": 1}, {"us_equity": ["VTI", "OLD"]})
    book = household([account("TX")], [], [replace(STOCK, frozen="stale-price"), OLD], cash={"TX": 1_000})
    assert trade(book, model)[0] == [("TX", "OLD", "BUY", 50)]


def test_locked_and_excluded_accounts_are_left_alone():
    book = couple()
    book = replace(book, accounts=(account("TX", status="locked"), account("IRA", "tax_deferred", status="excluded")))
    assert trade(book, BALANCED)[0] == []


def test_a_restraint_on_sales_holds():
    keep = rule("restraint", id="keep", applies_to={"accounts": ["TX"], "securities": ["VTI"]}, never="sell")
    done, _ = trade(couple(), BALANCED, keep)
    assert [each for each in done if each[0] == "TX"] == []


def test_a_lot_filter_spares_its_lots_only():
    keep = rule("restraint", id="keep", never="sell", lots={"term": "short", "gain_above_frac": usd(0)})
    _, trades = trade(couple(), BALANCED, keep)
    assert [(each.lot_id, each.quantity) for each in trades[0].lots] == [("a", 100)]


def test_a_hold_range_is_the_households_not_each_accounts():
    # 400 + 100 VTI held, at least 450 to stay: the first account in file order may sell 50, the second none.
    lots = [lot("A", "VTI", "a", 400, 1_000), lot("B", "VTI", "b", 100, 1_000)]
    keep = rule("restraint", id="keep", applies_to={"securities": ["VTI"]}, hold={"min_shares": usd(450)})
    done, _ = trade(household([account("A"), account("B")], lots, [STOCK, BOND]), BALANCED, keep)
    assert [each for each in done if each[2] == "SELL"] == [("A", "VTI", "SELL", 50)]


def test_a_lot_without_basis_is_never_sold_in_a_taxable_account():
    lots = [lot("TX", "VTI", "a", 200, None, frozen="missing-basis"), lot("TX", "VTI", "b", 200, 20_000)]
    _, trades = trade(household([account("TX")], lots, [STOCK, BOND]), BALANCED)
    assert [(each.lot_id, each.quantity) for each in trades[0].lots] == [("b", 160)]


def test_trades_below_the_smallest_size_are_not_made():
    # Stocks are 60,250 of 100,250: 100 dollars over, not half a share; and a smallest trade of 5,000 stops the rest.
    lots = [lot("TX", "VTI", "a", 250, 10_000), lot("TX", "BND", "b", 375, 37_500)]
    book = household([account("TX")], lots, [STOCK, BOND])
    assert trade(book, BALANCED)[0] == [("TX", "VTI", "SELL", 10), ("TX", "BND", "BUY", 25)]
    assert trade(book, BALANCED, rule("trade_size", min_usd=usd(5_000)))[0] == []


def test_a_closing_sale_is_never_too_small():
    lots = [lot("TX", "OLD", "a", 1, 10), lot("TX", "VTI", "b", 240, 10_000), lot("TX", "BND", "c", 400, 40_000)]
    gone = target({"us_equity": "0.6", "core_bond": "0.4"}, {"us_equity": ["VTI"], "core_bond": ["BND"]})
    book = household([account("TX")], lots, [STOCK, BOND, security("OLD", 20, "commodity")])
    assert trade(book, gone, rule("trade_size", min_usd=usd(5_000)))[0] == [("TX", "OLD", "SELL", 1)]


def test_tickets_are_paid_from_the_accounts_own_cash():
    # 20 dollars a trade: 40,000 of proceeds less the sale's ticket are 39,980, less the purchase's 39,960: 399 BND.
    done, trades = trade(couple(), BALANCED, rule("trade_size", ticket_usd=usd(20)))
    assert done[:2] == [("TX", "VTI", "SELL", 160), ("TX", "BND", "BUY", 399)]
    assert trades[0].net_cash_usd + trades[1].net_cash_usd == usd(60)


def test_fractional_securities_trade_in_thousandths():
    fund = security("FUND", 33, "us_equity", whole=False)
    model = target({"us_equity": 1}, {"us_equity": ["FUND"]})
    assert trade(household([account("TX")], [], [fund], cash={"TX": 100}), model)[0] == [("TX", "FUND", "BUY", usd("3.030"))]


def test_the_cash_target_and_the_cash_floor_stay_in_cash():
    model = target({"us_equity": "0.9", "cash": "0.1"}, {"us_equity": ["VTI"]})
    book = household([account("TX")], [], [STOCK], cash={"TX": 100_000})
    assert trade(book, model)[0] == [("TX", "VTI", "BUY", 360)]
    assert trade(book, model, rule("cash", per="account", min_usd=usd(50_000)))[0] == [("TX", "VTI", "BUY", 200)]


def test_a_withdrawal_is_paid_by_sales_and_a_set_aside_stays():
    later = TODAY + timedelta(90)
    orders = (CashOrder(OrderKind.WITHDRAWAL, usd(10_000), TODAY, "TX"), CashOrder(OrderKind.SET_ASIDE, usd(20_000), later, "TX"))
    lots = [lot("TX", "VTI", "a", 240, 10_000), lot("TX", "BND", "b", 400, 40_000)]
    book = household([account("TX")], lots, [STOCK, BOND], orders=orders)
    done, trades = trade(book, BALANCED)
    # 90,000 after the withdrawal, 20,000 of it reserved: 42,000 stocks (168 VTI) and 28,000 bonds (280 BND) remain.
    assert done == [("TX", "BND", "SELL", 120), ("TX", "VTI", "SELL", 72)]
    after = {each.symbol: each.quantity for each in holdings_after(book, trades, plan_payments(book, policy(BALANCED)))}
    assert after == {"BND": 280, "VTI": 168, CASH: usd(20_000)}


def test_cash_that_must_be_paid_is_raised_even_where_nothing_is_overweight():
    # The stocks are frozen and over; bonds are what can be sold for the 5,000 that leave.
    frozen = Position("TX", "OLD", usd(4_000), (), frozen="lots-do-not-foot")
    order = CashOrder(OrderKind.WITHDRAWAL, usd(5_000), TODAY, "TX")
    book = household([account("TX")], [lot("TX", "BND", "b", 200, 1_000)], [BOND, OLD], positions=[frozen], orders=(order,))
    assert trade(book, BALANCED)[0] == [("TX", "BND", "SELL", 50)]


def test_invest_only_sells_nothing_and_raise_only_buys_nothing():
    assert {each[2] for each in trade(couple(), BALANCED, rule("cash", mode="invest_only"))[0]} == {"BUY"}
    assert {each[2] for each in trade(couple(), BALANCED, rule("cash", mode="raise_only"))[0]} == {"SELL"}


def test_a_loss_that_the_baseline_itself_washes_is_disallowed():
    # Taxable sells 160 VTI at a loss of 50 each; the IRA buys 240 VTI the same day: all of it is washed.
    book = couple()
    lots = (lot("TX", "VTI", "a", 400, 120_000),)
    positions = (Position("TX", "VTI", usd(400), lots), *(each for each in book.positions if each.account_id == "IRA"))
    done, trades = trade(replace(book, positions=positions), BALANCED)
    assert done[0] == ("TX", "VTI", "SELL", 160)
    assert (trades[0].lots[0].gain_usd, trades[0].lots[0].disallowed_usd) == (usd(-8_000), usd(8_000))


def test_a_mixed_fund_is_cut_for_its_overweight_class_and_the_rest_is_bought_back():
    # A 50/50 fund alone, target 60/40: bonds are 10,000 over of 100,000, so 20,000 of the fund go and stocks take it up.
    mixed = security("MIX", 10, {"us_equity": "0.5", "core_bond": "0.5"})
    done, _ = trade(household([account("TX")], [lot("TX", "MIX", "a", 10_000, 1_000)], [mixed, STOCK, BOND]), BALANCED)
    assert done == [("TX", "MIX", "SELL", 2_000), ("TX", "VTI", "BUY", 80)]


def test_without_a_target_nothing_is_traded():
    assert trade(couple())[0] == []


def test_an_empty_account_and_an_overdrawn_one_are_left_alone():
    book = household([account("A"), account("B")], [], [STOCK, BOND], cash={"B": -100})
    assert trade(book, BALANCED)[0] == []


def test_equal_inputs_give_equal_trades():
    assert trade(couple(), BALANCED)[1] == trade(couple(), BALANCED)[1]


def test_every_account_keeps_its_money():
    book = couple()
    _, trades = trade(book, BALANCED)
    value = {name: Decimal(0) for name in book.account}
    for held in holdings_after(book, trades, ()):
        value[held.account_id] += held.market_value_usd
    assert value == {"TX": usd(100_000), "IRA": usd(100_000)}


@pytest.mark.parametrize("side", list(Side))
def test_there_is_one_trade_per_account_security_and_side(side):
    _, trades = trade(couple(), BALANCED)
    assert len({each.trade_id for each in trades}) == len(trades)
    assert not {(each.account_id, each.symbol) for each in trades if each.side is side} & {
        (each.account_id, each.symbol) for each in trades if each.side is not side
    }
