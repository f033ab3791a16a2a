from __future__ import annotations

from solver.drift import drift, largest_deviation, placement_of, relative_deviations, weights_of
from solver.ledger import holdings_after
from tests.solver.making import account, household, lot, security, usd

WEIGHTS = {"us": usd("0.40"), "intl": usd("0.22"), "reit": usd("0.05"), "bond": usd("0.33")}
TARGETS = {"us": usd("0.45"), "intl": usd("0.15"), "reit": usd("0.05"), "bond": usd("0.35")}


def test_the_pages_household_drifts_by_seven_percent():
    assert drift(WEIGHTS, TARGETS) == usd("0.07")


def test_the_largest_and_the_relative_deviation():
    assert largest_deviation(WEIGHTS, TARGETS) == usd("0.07")
    relative = relative_deviations(WEIGHTS, TARGETS)
    assert relative["us"] == usd("0.05") / usd("0.45")
    assert relative["reit"] == 0


def test_a_class_on_one_side_only_counts_in_full():
    assert drift({"us": usd(1)}, {"bond": usd(1)}) == 1
    assert relative_deviations({"us": usd(1)}, {"bond": usd(1)}) == {"bond": 1}


def test_mixed_funds_count_by_their_exposures_and_excluded_accounts_not_at_all():
    mixed = security("MIX", 10, {"us": "0.6", "bond": "0.4"})
    accounts = [account("A"), account("B", status="excluded"), account("C", status="locked")]
    lots = [lot("A", "MIX", "a", 10, 1), lot("B", "MIX", "b", 50, 1), lot("C", "MIX", "c", 10, 1)]
    book = household(accounts, lots, [mixed], cash={"A": 50, "B": 7})
    placed = placement_of(book, holdings_after(book, (), ()))
    assert placed == {"A": {"us": 60, "bond": 40, "cash": 50}, "C": {"us": 60, "bond": 40}}
    assert weights_of(placed) == {"bond": usd("0.32"), "cash": usd("0.2"), "us": usd("0.48")}


def test_a_household_without_value_has_no_weights():
    book = household([account("A")])
    assert weights_of(placement_of(book, holdings_after(book, (), ()))) == {}
