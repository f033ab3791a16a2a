"""The checker computes the year anew: gain budgets and bracket ceilings, with year to date and carryforwards."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from solver.checker import check
from solver.outcome import Outcome, Payment
from solver.wash_loss import with_washed_losses
from tests.solver.making import TODAY, lot, taxpayer, usd
from tests.solver.proposals import LAW, account, buying, codes, household, policy, proposal, replace, rule, selling, verdict
from validation.household import CashOrder, Household, OrderKind


def house(**more: Any) -> Household:
    return household(taxpayers=[taxpayer(**more)])


def gain(home: Household, long: int = 0, short: int = 0) -> Outcome:
    """A sale of shares with $40 (less the spread of 10 cents) of long-term and $20 of short-term gain each."""
    return proposal(home, selling(home, "T", "STK", {name: count for name, count in (("G", long), ("S", short)) if count}))


# 100 long-term shares: gain 10,000 × 0.999 − 6,000 = 3,990; 50 short-term: 5,000 × 0.999 − 4,000 = 995


@pytest.mark.parametrize(
    ("budget", "short", "long", "kept"),
    [
        ({"net_usd": 3_990}, 0, 100, True),
        ({"net_usd": 3_989}, 0, 100, False),
        ({"net_usd": 4_985}, 50, 100, True),
        ({"net_usd": 4_980}, 50, 100, False),
        ({"short_term_usd": 995}, 50, 100, True),
        ({"short_term_usd": 0}, 1, 0, False),
        ({"long_term_usd": 3_990}, 50, 100, True),
        ({"long_term_usd": 3_000}, 0, 100, False),
        ({"net_usd": 12_000, "prorate": "monthly"}, 0, 50, True),
        ({"net_usd": 7_900, "prorate": "monthly"}, 0, 50, False),
        ({"net_usd": 8_000, "prorate": "quarterly"}, 0, 50, True),
        ({"net_usd": 7_900, "prorate": "quarterly"}, 0, 50, False),
    ],
)
def test_gains_stay_within_the_budget(budget: dict[str, Any], short: int, long: int, kept: bool) -> None:
    home = house()
    assert TODAY.month == 3
    assert codes(home, gain(home, long, short), rule("gain_budget", **budget)) == (set() if kept else {"breach-gain-budget"})


def test_the_year_to_date_counts() -> None:
    home = house(realized_lt_ytd_usd=1_000)
    (found,) = verdict(home, gain(home, 100), rule("gain_budget", net_usd=4_000))
    assert "taxpayer T1 comes to $4,990.00 of net gains this year, at most $4,000.00" in found.message


def test_a_budget_that_the_year_has_used_up_allows_no_further_gain_and_no_reversal() -> None:
    home = house(realized_lt_ytd_usd=9_000)
    spent = rule("gain_budget", net_usd=4_000)
    assert codes(home, gain(home, 1), spent) == {"breach-gain-budget"}
    assert codes(home, proposal(home, selling(home, "T", "STK", {"L": 10})), spent) == set()


def test_a_loss_makes_room_in_the_net() -> None:
    home = house()
    both = proposal(home, selling(home, "T", "STK", {"G": 100, "L": 40}))  # 3,990 − 2,004
    assert codes(home, both, rule("gain_budget", net_usd=1_986)) == set()
    assert codes(home, both, rule("gain_budget", net_usd=1_985)) == {"breach-gain-budget"}


def test_a_disallowed_loss_makes_no_room() -> None:
    home = house()
    priced = (rule("gain_budget", net_usd=3_000), rule("wash_sale", mode="price"))
    sold = selling(home, "T", "STK", {"G": 100, "L": 40})
    both = proposal(home, sold, buying(home, "I", "TWN", 30))
    washed = replace(both, trades=with_washed_losses(home, both.trades))
    assert codes(home, washed, *priced) == {"breach-gain-budget"}
    assert codes(home, proposal(home, sold), *priced) == set()


def test_a_loss_is_not_disallowed_because_the_list_says_so() -> None:
    home = house()
    both = proposal(home, selling(home, "T", "STK", {"G": 100, "L": 40}))
    (trade,) = both.trades
    lots = tuple(replace(each, disallowed_usd=usd(2_004)) if each.lot_id == "L" else each for each in trade.lots)
    said = replace(both, trades=(replace(trade, lots=lots),))
    assert codes(home, said, rule("gain_budget", net_usd=3_000)) == {"breach-wash-figures"}


def test_carryforwards_count_where_the_rule_says_so() -> None:
    home = house(lt_carryforward_usd=3_000)
    assert codes(home, gain(home, 100), rule("gain_budget", net_usd=990)) == set()
    assert codes(home, gain(home, 100), rule("gain_budget", net_usd=990, use_carryforward=False)) == {"breach-gain-budget"}


def test_a_budget_per_household_adds_its_taxpayers() -> None:
    accounts = [account("T"), account("U", taxpayer="T2")]
    lots = [lot("T", "STK", "G", 100, 6_000), lot("U", "STK", "G", 100, 6_000)]
    home = household(accounts=accounts, lots=lots, taxpayers=[taxpayer(), taxpayer("T2", filing="single")], cash={"I": 0, "R": 0})
    home = replace(home, cash=tuple(each for each in home.cash if each.account_id == "T"))
    outcome = proposal(home, selling(home, "T", "STK", {"G": 100}), selling(home, "U", "STK", {"G": 100}))
    assert codes(home, outcome, rule("gain_budget", net_usd=4_000)) == set()
    assert codes(home, outcome, rule("gain_budget", net_usd=4_000, per="household")) == {"breach-gain-budget"}
    assert codes(home, outcome, rule("gain_budget", net_usd=7_980, per="household")) == set()


def test_a_budget_in_tax_is_compared_with_the_exact_tax() -> None:
    home = house(income=200_000)  # 15 % on 3,990 = 598.50
    assert codes(home, gain(home, 100), rule("gain_budget", net_usd=599, measure="tax")) == set()
    assert codes(home, gain(home, 100), rule("gain_budget", net_usd=598, measure="tax")) == {"breach-gain-budget"}


def test_a_rule_on_another_taxpayer_binds_nobody_here() -> None:
    home = house()
    assert codes(home, gain(home, 100), rule("gain_budget", net_usd=0, applies_to={"taxpayers": ["T9"]})) == set()


# ---- brackets. Joint, Texas, standard deduction 32,200: 2026 ends its 22 % bracket at 211,400, its 0 % gains at 98,900.


@pytest.mark.parametrize(
    ("income", "ceiling", "short", "long", "kept"),
    [
        (243_000, {"ordinary_rate_frac": 0.22}, 0, 100, True),
        (243_000, {"ordinary_rate_frac": 0.22}, 50, 0, False),
        (242_000, {"ordinary_rate_frac": 0.22}, 50, 0, True),
        (127_000, {"gains_rate_frac": 0}, 0, 100, True),
        (128_000, {"gains_rate_frac": 0}, 0, 100, False),
        (246_000, {"avoid": ["niit"]}, 0, 100, True),
        (247_000, {"avoid": ["niit"]}, 0, 100, False),
        (300_000, {"avoid": ["amt"]}, 0, 100, True),
        (202_000, {"magi_below_usd": 206_000}, 0, 100, True),
        (203_000, {"magi_below_usd": 206_000}, 0, 100, False),
    ],
)
def test_the_brackets_stay_in_place(income: int, ceiling: dict[str, Any], short: int, long: int, kept: bool) -> None:
    home = house(income=income)
    assert codes(home, gain(home, long, short), rule("bracket_ceiling", **ceiling)) == (set() if kept else {"breach-bracket-ceiling"})


def test_amt_is_kept_out() -> None:
    lots = [lot("T", "STK", "G", 30_000, 1)]
    home = household(lots=lots, taxpayers=[taxpayer(income=200_000)])
    outcome = proposal(home, selling(home, "T", "STK", {"G": 30_000}))
    assert "breach-bracket-ceiling" in codes(home, outcome, rule("bracket_ceiling", avoid=["amt"]))


def test_a_ceiling_passed_before_allows_nothing_further_up() -> None:
    home = house(income=400_000)
    ceiling = rule("bracket_ceiling", ordinary_rate_frac=0.22)
    assert codes(home, gain(home, long=100), ceiling) == set()
    assert codes(home, gain(home, short=1), ceiling) == {"breach-bracket-ceiling"}


def test_a_gain_that_uses_up_a_deducted_loss_does_not_lift_ordinary_income() -> None:
    home = house(income=400_000, realized_st_ytd_usd=-2_000)
    assert codes(home, gain(home, long=100), rule("bracket_ceiling", ordinary_rate_frac=0.22)) == set()


def test_the_top_rate_is_no_ceiling() -> None:
    home = house(income=5_000_000)
    assert codes(home, gain(home, 100, 50), rule("bracket_ceiling", ordinary_rate_frac=0.37, gains_rate_frac=0.2)) == set()


def test_ordered_withdrawals_from_deferred_accounts_are_income_of_the_year() -> None:
    later = CashOrder(OrderKind.RMD, usd(2_000), date(2026, 12, 1), "I")
    reserved = Payment(OrderKind.RMD, "I", usd(2_000), later.due, reserved=True)
    home = replace(house(income=201_000), orders=(later,))
    outcome = proposal(home, selling(home, "T", "STK", {"G": 100}), payments=[reserved])
    below = rule("bracket_ceiling", magi_below_usd=206_000)
    assert codes(home, outcome, below) == {"breach-bracket-ceiling"}
    without = house(income=201_000)
    assert codes(without, gain(without, 100), below) == set()


def test_a_state_that_nobody_knows_holds_the_household_back() -> None:
    home = house(state="ZZ")
    found = check(home, policy(rule("bracket_ceiling", avoid=["niit"])), LAW, gain(home, 100))
    assert [each.code for each in found] == ["unknown-tax-state"]
    assert found[0].household_id == "H"


def test_gains_are_those_of_the_lots_and_not_those_stated() -> None:
    home = house()
    outcome = gain(home, 100)
    trade = outcome.trades[0]
    hidden = replace(outcome, trades=(replace(trade, lots=(replace(trade.lots[0], gain_usd=Decimal(0)),)),))
    assert codes(home, hidden, rule("gain_budget", net_usd=3_000)) == {"breach-lot-figures", "breach-gain-budget"}


def test_a_forced_harvest_is_taken_as_far_as_there_are_losses() -> None:
    home = house()
    taken = proposal(home, selling(home, "T", "STK", {"L": 20}))  # half of the lot: 1,002
    assert codes(home, taken, rule("harvest", force_loss_usd=1_000)) == set()
    assert codes(home, taken, rule("harvest", force_loss_usd=1_500)) == {"breach-forced-harvest"}
    everything = proposal(home, selling(home, "T", "STK", {"L": 40}))
    assert codes(home, everything, rule("harvest", force_loss_usd=90_000)) == set()
    assert codes(home, proposal(home), rule("harvest", force_loss_usd=1)) == {"breach-forced-harvest"}
