"""The checker catches every way in which a purchase would wash a loss."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from solver.outcome import Outcome
from solver.wash_loss import with_washed_losses
from tests.solver.making import TODAY, lot, taxpayer, usd
from tests.solver.proposals import LAST_WEEK, account, buying, codes, household, proposal, replace, rule, selling
from validation.household import Household, Owner, Position, RecentLossSale, RecentPurchase

AVOID = rule("wash_sale")
WASHED = {"breach-wash-sale"}


def lose(house: Household, *more: Any, **changes: Any) -> Outcome:
    return proposal(house, selling(house, "T", "STK", {"L": 40}), *more, **changes)


def bought(
    symbol: str = "STK", *, account_id: str = "", lot_id: str = "", day: date = LAST_WEEK, taxpayer_id: str = "T1"
) -> RecentPurchase:
    return RecentPurchase(taxpayer_id, symbol, day, usd(10), account_id, lot_id)


def test_a_loss_without_purchases_passes() -> None:
    house = household()
    assert codes(house, lose(house), AVOID) == set()


def test_a_loss_is_not_washed_by_the_same_lists_purchase_of_a_twin_in_the_ira() -> None:
    house = household()
    outcome = lose(house, buying(house, "I", "TWN", 5))
    assert codes(house, outcome, AVOID) == WASHED


def test_where_a_loss_may_be_washed_its_disallowed_part_is_matched_anew_share_by_share() -> None:
    house = household()
    silent = lose(house, buying(house, "I", "TWN", 5))
    told = replace(silent, trades=with_washed_losses(house, silent.trades))
    (sale,) = [each for trade in told.trades for each in trade.lots]
    assert sale.disallowed_usd == sale.lost_usd > 0  # an IRA replaces five of the forty shares
    kept_quiet = replace(sale, disallowed_usd=usd(0), lost_usd=usd(0))
    deferred = replace(sale, lost_usd=usd(0))
    for rules in ([rule("wash_sale", mode="price")], []):
        assert codes(house, told, *rules) == set()
        for lie in (kept_quiet, deferred):
            trades = tuple(replace(trade, lots=(lie,)) if trade.lots else trade for trade in told.trades)
            assert codes(house, replace(told, trades=trades), *rules) == {"breach-wash-figures"}


def test_a_purchase_of_something_else_is_free() -> None:
    house = household()
    assert codes(house, lose(house, buying(house, "I", "BND", 5)), AVOID) == set()


def test_a_gain_may_be_sold_and_its_twin_bought() -> None:
    house = household()
    outcome = proposal(house, selling(house, "T", "STK", {"G": 10}), buying(house, "I", "TWN", 5))
    assert codes(house, outcome, AVOID) == set()


@pytest.mark.parametrize(
    ("purchase", "washed"),
    [
        (bought(), True),
        (bought("TWN"), True),
        (bought("BND"), False),
        (bought(day=TODAY - timedelta(days=30)), True),
        (bought(day=TODAY - timedelta(days=31)), False),
        (bought(account_id="R"), True),
    ],
    ids=["held away", "a twin held away", "another security", "30 days ago", "31 days ago", "in a locked Roth account"],
)
def test_a_recent_purchase_that_stays_washes(purchase: RecentPurchase, washed: bool) -> None:
    house = household(recent_purchases=(purchase,))
    assert codes(house, lose(house), AVOID) == (WASHED if washed else set())


def test_held_away_purchases_count_only_where_the_rule_includes_them() -> None:
    house = household(recent_purchases=(bought(),))
    assert codes(house, lose(house), rule("wash_sale", include_held_away=False)) == set()


def young_lots() -> list[Any]:
    return [lot("T", "STK", "L", 40, 6_000), lot("T", "STK", "NEW", 10, 2_000, LAST_WEEK)]


def test_a_lot_bought_last_week_that_stays_washes_even_if_no_purchase_is_on_record() -> None:
    house = household(lots=young_lots())
    assert codes(house, lose(house), AVOID) == WASHED


def test_shares_bought_and_sold_in_the_same_sale_are_not_their_own_replacement() -> None:
    recorded = (bought(account_id="T", lot_id="NEW"),)
    house = household(lots=young_lots(), recent_purchases=recorded)
    assert codes(house, proposal(house, selling(house, "T", "STK", {"L": 40, "NEW": 10})), AVOID) == set()
    assert codes(house, proposal(house, selling(house, "T", "STK", {"L": 40, "NEW": 9})), AVOID) == WASHED
    assert codes(house, proposal(house, selling(house, "T", "STK", {"NEW": 10})), AVOID) == set()


def test_a_recent_purchase_in_an_ira_that_is_sold_out_does_not_wash() -> None:
    ira = Position("I", "TWN", usd(10))
    house = household(positions=[ira], recent_purchases=(bought("TWN", account_id="I"),))
    sold_out = replace(selling(household(lots=[lot("I", "TWN", "Q", 10, 1)]), "I", "TWN", 10), lots=())
    assert codes(house, lose(house), AVOID) == WASHED
    assert codes(house, lose(house, sold_out), AVOID) == set()


def test_a_loss_sold_last_week_bars_purchases_through_day_30() -> None:
    for days, code in ((7, WASHED), (30, WASHED), (31, set())):
        past = RecentLossSale("T1", "STK", TODAY - timedelta(days=days), usd(5), usd(100), "T")
        house = household(recent_loss_sales=(past,))
        assert codes(house, proposal(house, buying(house, "I", "TWN", 5)), AVOID) == code
        assert codes(house, proposal(house, buying(house, "I", "BND", 5)), AVOID) == set()


def two_returns(*, spouses: bool) -> Household:
    owners = (Owner("P1", "T1", spouse_of="P2" if spouses else None), Owner("P2", "T2", spouse_of="P1" if spouses else None))
    house = household(
        accounts=[account("T"), account("I", "tax_deferred", taxpayer="T2"), account("R", "tax_exempt", status="locked")],
        taxpayers=[taxpayer(filing="married_separate"), taxpayer("T2", filing="married_separate")],
    )
    return replace(house, owners=owners)


def test_the_spouses_ira_is_in_scope_and_another_members_is_not() -> None:
    married, strangers = two_returns(spouses=True), two_returns(spouses=False)
    assert codes(married, lose(married, buying(married, "I", "TWN", 5)), AVOID) == WASHED
    assert codes(strangers, lose(strangers, buying(strangers, "I", "TWN", 5)), AVOID) == set()


def test_a_disallowed_loss_is_no_avoided_one() -> None:
    house = household()
    outcome = lose(house)
    trade = outcome.trades[0]
    stated = replace(outcome, trades=(replace(trade, lots=(replace(trade.lots[0], disallowed_usd=usd(100)),)),))
    assert codes(house, stated, AVOID) == WASHED


def test_a_harvested_loss_carries_a_bar_through_day_30() -> None:
    house = household()
    assert codes(house, lose(house, barred=())) == {"breach-missing-bar"}
    early = tuple(replace(each, until=TODAY + timedelta(days=29)) for each in lose(house).barred)
    assert codes(house, lose(house, barred=early)) == {"breach-missing-bar"}


def test_accounts_that_reinvest_the_groups_dividends_are_named() -> None:
    accounts = [account("T"), account("I", "tax_deferred"), replace(account("R", "tax_exempt", status="locked"), reinvest_dividends=True)]
    house = household(accounts=accounts)
    outcome = lose(house)
    assert codes(house, outcome) == {"breach-missing-bar"}
    named = tuple(replace(each, reinvestment_off=("R",)) for each in outcome.barred)
    assert codes(house, replace(outcome, barred=named)) == set()
