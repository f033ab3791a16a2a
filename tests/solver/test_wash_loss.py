from __future__ import annotations

from datetime import date, timedelta

from solver import ledger
from solver.wash_loss import washed_losses, with_washed_losses
from tests.solver.making import TODAY, account, household, lot, replace, security, taxpayer, usd
from validation.household import Owner, Position, RecentPurchase

VTI = security("VTI", 100, "us_equity", group="total")
VTSAX = security("VTSAX", 50, "us_equity", group="total")
BND = security("BND", 100, "core_bond")
ACCOUNTS = [account("TX"), account("IRA", "tax_deferred"), account("SON", taxpayer="T2")]


def book(*lots, **more):
    return household(ACCOUNTS, lots, [VTI, VTSAX, BND], taxpayers=[taxpayer(), taxpayer("T2")], **more)


def sell(home, account_id, symbol, by_lot):
    position = next(each for each in home.positions if (each.account_id, each.symbol) == (account_id, symbol))
    lots = {each: usd(by_lot[each.lot_id]) for each in position.lots if each.lot_id in by_lot}
    return ledger.sell(home, home.account[account_id], home.securities[symbol], lots, sum(lots.values()))


def buy(home, account_id, symbol, shares):
    return ledger.buy(home.account[account_id], home.securities[symbol], usd(shares))


def washed(home, *trades):
    return [(each.lot_id, each.disallowed_usd, each.permanent_usd) for each in washed_losses(home, trades)]


def test_a_purchase_elsewhere_of_the_same_group_washes_share_by_share():
    home = book(lot("TX", "VTI", "a", 10, 1_500))
    # 10 shares at a loss of 50 each; 4 shares of the twin fund are bought beside them.
    assert washed(home, sell(home, "TX", "VTI", {"a": 10}), buy(home, "TX", "VTSAX", 4)) == [("a", 200, 0)]


def test_what_an_ira_replaces_is_lost_for_good():
    home = book(lot("TX", "VTI", "a", 10, 1_500))
    assert washed(home, sell(home, "TX", "VTI", {"a": 10}), buy(home, "IRA", "VTI", 4)) == [("a", 200, 200)]


def test_another_taxpayers_purchase_washes_nothing_unless_a_spouse_makes_it():
    home = book(lot("TX", "VTI", "a", 10, 1_500))
    trades = (sell(home, "TX", "VTI", {"a": 10}), buy(home, "SON", "VTI", 10))
    assert washed(home, *trades) == []
    married = replace(home, owners=(Owner("P1", "T1", spouse_of="P2"), Owner("P2", "T2", spouse_of="P1")))
    assert washed(married, *trades) == [("a", 500, 0)]


def test_each_replacement_share_is_used_once_and_old_lots_come_first():
    home = book(lot("TX", "VTI", "new", 10, 1_200, date(2025, 6, 1)), lot("TX", "VTI", "old", 10, 1_500, date(2019, 6, 1)))
    assert washed(home, sell(home, "TX", "VTI", {"new": 10, "old": 10}), buy(home, "TX", "VTI", 15)) == [("old", 500, 0), ("new", 100, 0)]


def test_gains_are_never_washed():
    home = book(lot("TX", "VTI", "a", 10, 500))
    assert washed(home, sell(home, "TX", "VTI", {"a": 10}), buy(home, "IRA", "VTI", 10)) == []


def test_another_group_is_no_replacement():
    home = book(lot("TX", "VTI", "a", 10, 1_500))
    assert washed(home, sell(home, "TX", "VTI", {"a": 10}), buy(home, "TX", "BND", 10)) == []


def test_shares_bought_in_the_window_and_still_held_wash():
    recent = RecentPurchase("T1", "VTI", TODAY - timedelta(30), usd(3), "TX", "b")
    home = book(lot("TX", "VTI", "a", 10, 1_500), lot("TX", "VTI", "b", 3, 330, TODAY - timedelta(30)), recent_purchases=(recent,))
    assert washed(home, sell(home, "TX", "VTI", {"a": 10})) == [("a", 150, 0)]
    # Sold in the same sale they are no replacement, neither for the others nor for themselves.
    assert washed(home, sell(home, "TX", "VTI", {"a": 10, "b": 3})) == []
    assert washed(home, sell(home, "TX", "VTI", {"a": 10, "b": 2})) == [("a", 50, 0)]


def test_shares_bought_before_the_window_do_not_wash():
    recent = RecentPurchase("T1", "VTI", TODAY - timedelta(31), usd(3), "TX", "b")
    home = book(lot("TX", "VTI", "a", 10, 1_500), lot("TX", "VTI", "b", 3, 330, TODAY - timedelta(31)), recent_purchases=(recent,))
    assert washed(home, sell(home, "TX", "VTI", {"a": 10})) == []


def test_a_reinvestment_in_an_account_without_lots_counts_as_far_as_it_is_still_held():
    recent = RecentPurchase("T1", "VTI", TODAY - timedelta(5), usd(8), "IRA")
    home = book(lot("TX", "VTI", "a", 10, 1_500), positions=[Position("IRA", "VTI", usd(20))], recent_purchases=(recent,))
    assert washed(home, sell(home, "TX", "VTI", {"a": 10})) == [("a", 400, 400)]
    leaves = ledger.sell(home, home.account["IRA"], VTI, {}, usd(15))
    assert washed(home, sell(home, "TX", "VTI", {"a": 10}), leaves) == [("a", 250, 250)]


def test_a_held_away_purchase_counts_whole():
    recent = RecentPurchase("T1", "VTSAX", TODAY - timedelta(5), usd(6))
    home = book(lot("TX", "VTI", "a", 10, 1_500), recent_purchases=(recent,))
    assert washed(home, sell(home, "TX", "VTI", {"a": 10})) == [("a", 300, 0)]


def test_the_trades_carry_what_is_disallowed():
    home = book(lot("TX", "VTI", "a", 10, 1_500))
    trades = with_washed_losses(home, [sell(home, "TX", "VTI", {"a": 10}), buy(home, "TX", "VTSAX", 4)])
    assert [each.disallowed_usd for each in trades[0].lots] == [200]
    assert trades[1] == buy(home, "TX", "VTSAX", 4)
