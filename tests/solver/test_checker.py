"""The checker catches what no rule needs to forbid: shares and cash that do not add up, trades that may not be."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from solver.outcome import Holding, Outcome, Payment, Status, Term
from tests.solver.making import TODAY, lot, usd
from tests.solver.proposals import BOND, STOCK, account, buying, codes, first, first_lot, household, proposal, rule, selling, verdict
from validation.findings import Severity
from validation.household import CASH, CashOrder, Household, OrderKind, Position, ReliefMethod

HOUSE = household()
CLEAN = proposal(HOUSE, selling(HOUSE, "T", "STK", {"G": 20}), buying(HOUSE, "T", "BND", 40), selling(HOUSE, "I", "BND", 10))


def test_a_clean_list_passes() -> None:
    assert verdict(HOUSE, CLEAN) == []


def test_a_clean_list_passes_under_every_rule_that_it_keeps() -> None:
    rules = [
        rule("gain_budget", net_usd=1_000),
        rule("restraint", never="sell", lots={"term": "short"}),
        rule("cash", per="account", min_usd=100),
        rule("trade_size", min_usd=500, max_trades=3),
        rule("turnover", max_frac_per_run=0.2),
        rule("wash_sale"),
        rule("concentration", max_frac=0.9),
        rule("account_mix", asset_class="core_bond", max_frac=0.9),
        rule("bracket_ceiling", gains_rate_frac=0.15),
        rule("location", assumptions="base", never=[{"asset_class": "muni_bond", "in": ["tax_deferred"]}]),
    ]
    assert verdict(HOUSE, CLEAN, *rules) == []


def test_doing_nothing_passes() -> None:
    assert verdict(HOUSE, proposal(HOUSE, status=Status.NO_TRADE_NEEDED)) == []


def holdings(outcome: Outcome, account_id: str, symbol: str, by: str) -> Outcome:
    """The outcome with one holding off by some shares or dollars."""
    rows = [
        replace(each, quantity=each.quantity + usd(by)) if (each.account_id, each.symbol) == (account_id, symbol) else each
        for each in outcome.holdings_after
    ]
    return replace(outcome, holdings_after=tuple(rows))


PLANTED: dict[str, tuple[Outcome, str]] = {
    "a share appears": (holdings(CLEAN, "I", "BND", "1"), "breach-holdings"),
    "a cent disappears": (holdings(CLEAN, "T", CASH, "-0.01"), "breach-holdings"),
    "an account is missing from the holdings": (
        replace(CLEAN, holdings_after=tuple(each for each in CLEAN.holdings_after if each.account_id != "R")),
        "breach-holdings",
    ),
    "a holding is listed twice": (replace(CLEAN, holdings_after=(*CLEAN.holdings_after, CLEAN.holdings_after[0])), "breach-holdings"),
    "a holding is valued at another price": (
        replace(CLEAN, holdings_after=(replace(CLEAN.holdings_after[0], market_value_usd=Decimal(1)), *CLEAN.holdings_after[1:])),
        "breach-holdings",
    ),
    "holdings stand in an account of nobody": (
        replace(CLEAN, holdings_after=(*CLEAN.holdings_after, Holding("Z", CASH, Decimal(5), Decimal(5)))),
        "breach-unknown-account",
    ),
    "a lot is oversold": (proposal(HOUSE, selling(HOUSE, "T", "STK", {"L": 41})), "breach-oversold-lot"),
    "lots do not foot to the trade": (first(CLEAN, quantity=Decimal(21)), "breach-lots-do-not-foot"),
    "a lot is sold that does not exist": (first_lot(CLEAN, lot_id="Q"), "breach-unknown-lot"),
    "a lot is named twice": (
        first(CLEAN, lots=(*(replace(each, quantity=Decimal(10)) for each in CLEAN.trades[0].lots * 2),)),
        "breach-duplicate-lot",
    ),
    "a purchase names lots": (
        replace(CLEAN, trades=(CLEAN.trades[0], replace(CLEAN.trades[1], lots=CLEAN.trades[0].lots), CLEAN.trades[2])),
        "breach-lots-of-a-purchase",
    ),
    "more is sold than held": (
        first(proposal(HOUSE, selling(HOUSE, "I", "BND", 200)), quantity=Decimal(300), lots=()),
        "breach-short-sale",
    ),
    "proceeds are a cent off": (first_lot(CLEAN, proceeds_usd=CLEAN.trades[0].lots[0].proceeds_usd + usd("0.01")), "breach-lot-figures"),
    "a gain is a cent off": (first_lot(CLEAN, gain_usd=usd("797.99")), "breach-lot-figures"),
    "a gain is missing": (first_lot(CLEAN, gain_usd=None), "breach-lot-figures"),
    "the term is wrong": (first_lot(CLEAN, term=Term.ST), "breach-lot-figures"),
    "a unit cost is made up": (first_lot(CLEAN, unit_cost_usd=usd("61")), "breach-lot-figures"),
    "an acquisition date is made up": (first_lot(CLEAN, acquired_date=date(2021, 1, 1)), "breach-lot-figures"),
    "a gain is called a disallowed loss": (first_lot(CLEAN, disallowed_usd=usd(5)), "breach-lot-figures"),
    "an untaxed account states a gain": (
        replace(CLEAN, trades=(*CLEAN.trades[:2], replace(CLEAN.trades[2], lots=(replace(CLEAN.trades[2].lots[0], gain_usd=usd(1)),)))),
        "breach-lot-figures",
    ),
    "the price is not the run's": (first(CLEAN, price_usd=usd(101)), "breach-price"),
    "the notional is off": (first(CLEAN, notional_usd=usd(1999)), "breach-trade-figures"),
    "the net cash is off": (first(CLEAN, net_cash_usd=usd(2000)), "breach-trade-figures"),
    "the spread is off": (first(CLEAN, spread_usd=usd(0)), "breach-trade-figures"),
    "a ticket is charged that no rule asks": (first(CLEAN, ticket_usd=usd(5)), "breach-trade-figures"),
    "a quantity is negative": (first(CLEAN, quantity=usd(-20)), "breach-quantity"),
    "a frozen lot is sold": (proposal(HOUSE, selling(HOUSE, "T", "STK", {"X": 5})), "breach-frozen-lot"),
    "a fraction of a whole-share security is sold": (
        proposal(HOUSE, selling(HOUSE, "T", "STK", {"G": "20.5"})),
        "breach-fractional-shares",
    ),
    "a locked account is traded": (proposal(HOUSE, selling(HOUSE, "R", "STK", 5)), "breach-untraded-account"),
    "an account of nobody is traded": (first(CLEAN, account_id="Z"), "breach-unknown-account"),
    "an unknown security is bought": (
        replace(CLEAN, trades=(CLEAN.trades[0], replace(CLEAN.trades[1], symbol="ZZZ"), CLEAN.trades[2])),
        "breach-unknown-security",
    ),
    "cash is traded as a security": (
        replace(CLEAN, trades=(CLEAN.trades[0], replace(CLEAN.trades[1], symbol=CASH), CLEAN.trades[2])),
        "breach-unknown-security",
    ),
    "a security is bought and sold in one account": (
        proposal(HOUSE, selling(HOUSE, "T", "STK", {"G": 20}), buying(HOUSE, "T", "STK", 5)),
        "breach-round-trip",
    ),
    "a security is sold twice in one account": (
        proposal(HOUSE, selling(HOUSE, "T", "STK", {"G": 20}), selling(HOUSE, "T", "STK", {"S": 5})),
        "breach-duplicate-trade",
    ),
    "more is bought than there is cash": (proposal(HOUSE, buying(HOUSE, "I", "BND", 38)), "breach-negative-cash"),
    "trades stand where none are needed": (replace(CLEAN, status=Status.NO_TRADE_NEEDED), "breach-undecided-trades"),
    "trades stand beside a conflict": (replace(CLEAN, status=Status.CONFLICT), "breach-undecided-trades"),
}


@pytest.mark.parametrize("sentence", PLANTED)
def test_the_checker_catches_that(sentence: str) -> None:
    outcome, code = PLANTED[sentence]
    assert code in codes(HOUSE, outcome)


def test_a_breach_names_the_household_its_subject_and_the_numbers() -> None:
    outcome, _ = PLANTED["a lot is oversold"]
    found = next(finding for finding in verdict(HOUSE, outcome) if finding.code == "breach-oversold-lot")
    assert (found.severity, found.household_id, found.subject) == (Severity.ERROR, "H", "L")
    assert "holds 40 shares and sells 41" in found.message


def test_a_conflict_without_trades_is_no_breach() -> None:
    assert verdict(HOUSE, Outcome(Status.CONFLICT, (), (), ())) == []


def test_a_sale_that_closes_the_position_may_be_fractional() -> None:
    assert verdict(HOUSE, proposal(HOUSE, selling(HOUSE, "I", "BND", "200.5"))) == []


def test_a_security_frozen_everywhere_is_not_bought() -> None:
    house = household(securities=[STOCK, replace(BOND, frozen="stale-price")])
    assert "breach-frozen-security" in codes(house, proposal(house, buying(house, "T", "BND", 5)))


def test_a_position_frozen_in_an_account_is_neither_sold_nor_bought() -> None:
    frozen = [Position("T", "BND", usd(10), (lot("T", "BND", "B", 10, 700),), frozen="lots-do-not-foot")]
    house = household(positions=frozen)
    assert "breach-frozen-position" in codes(house, proposal(house, selling(house, "T", "BND", {"B": 5})))
    assert "breach-frozen-position" in codes(house, proposal(house, buying(house, "T", "BND", 5)))
    assert "breach-frozen-position" not in codes(house, proposal(house, buying(house, "I", "BND", 5)))


@pytest.mark.parametrize(("method", "wrong"), [("FIFO", "NEW"), ("LIFO", "OLD"), ("specific", "NEW")])
def test_untaxed_accounts_use_their_relief_method(method: str, wrong: str) -> None:
    ira = replace(account("I", "tax_deferred"), relief_method=ReliefMethod(method))
    lots = [lot("I", "BND", "OLD", 50, 1, date(2020, 1, 2)), lot("I", "BND", "NEW", 50, 1, date(2024, 1, 2))]
    house = household(accounts=[ira], lots=lots, cash={"T": 0, "R": 0})
    house = replace(house, cash=tuple(each for each in house.cash if each.account_id == "I"))
    assert "breach-relief-method" in codes(house, proposal(house, selling(house, "I", "BND", {wrong: 10})))
    assert codes(house, proposal(house, selling(house, "I", "BND", 60))) == set()


def test_the_term_counts_from_the_day_after_the_purchase() -> None:
    bought = {"ST": date(2025, 3, 2), "LT": date(2025, 3, 1)}
    lots = [lot("T", "STK", name, 10, 500, day) for name, day in bought.items()]
    house = household(lots=lots)
    assert date(2026, 3, 2) == TODAY
    outcome = proposal(house, selling(house, "T", "STK", {"ST": 5, "LT": 5}))
    assert {each.lot_id: each.term for each in outcome.trades[0].lots} == {"ST": Term.ST, "LT": Term.LT}
    assert verdict(house, outcome) == []


def test_a_ticket_that_the_policy_charges_is_paid() -> None:
    charged = rule("trade_size", ticket_usd=5)
    assert codes(HOUSE, CLEAN, charged) == {"breach-trade-figures", "breach-holdings"}


# ---- orders of cash


def order(kind: str, amount: int, due: date, account_id: str = "") -> CashOrder:
    return CashOrder(OrderKind(kind), usd(amount), due, account_id)


def paid(each: CashOrder, account_id: str, amount: int | None = None, **more: bool) -> Payment:
    reserved = more.get("reserved", each.due > TODAY)
    return Payment(each.kind, account_id, usd(amount or each.amount_usd), each.due, reserved, of_household=not each.account_id)


def ordering(*orders: CashOrder) -> Household:
    return household(orders=orders)


DUE = order("withdrawal", 1_000, TODAY, "T")
LATER = order("withdrawal", 2_000, TODAY + timedelta(days=20), "T")
OF_ALL = order("withdrawal", 3_000, TODAY)


def test_orders_that_are_booked_and_reserved_pass() -> None:
    house = ordering(DUE, LATER, OF_ALL)
    payments = [paid(DUE, "T"), paid(LATER, "T"), paid(OF_ALL, "T", 500), paid(OF_ALL, "I", 2_500)]
    assert verdict(house, proposal(house, payments=payments, status=Status.NO_TRADE_NEEDED)) == []


@pytest.mark.parametrize(
    ("orders", "payments", "code"),
    [
        ([DUE], [], "breach-cash-order"),
        ([], [paid(DUE, "T")], "breach-cash-order"),
        ([DUE], [paid(DUE, "I")], "breach-cash-order"),
        ([DUE], [paid(DUE, "T", 900)], "breach-cash-order"),
        ([LATER], [paid(LATER, "T", reserved=False)], "breach-cash-order"),
        ([OF_ALL], [paid(OF_ALL, "T", 500)], "breach-cash-order"),
        ([DUE], [replace(paid(DUE, "T"), shortfall_usd=usd(10))], "breach-cash-order"),
        ([DUE], [paid(DUE, "Z")], "breach-unknown-account"),
    ],
    ids=["forgotten", "invented", "elsewhere", "in part", "too early", "household's in part", "short", "of nobody"],
)
def test_an_order_is_not_honoured(orders: list[CashOrder], payments: list[Payment], code: str) -> None:
    house = ordering(*orders)
    held = [each for each in payments if each.account_id in house.account]
    outcome = replace(proposal(house, payments=held, status=Status.NO_TRADE_NEEDED), payments=tuple(payments))
    assert code in codes(house, outcome)


def test_reserved_cash_is_not_spent() -> None:
    house = ordering(LATER)
    outcome = proposal(house, buying(house, "T", "BND", 40), payments=[paid(LATER, "T")])
    assert codes(house, outcome) == {"breach-reserved-cash"}


def test_set_asides_of_the_cash_rule_are_reserved() -> None:
    aside = rule("cash", set_asides=[{"amount_usd": 700, "due": "2026-06-01", "account": "T"}])
    reserved = Payment(OrderKind.SET_ASIDE, "T", usd(700), date(2026, 6, 1), reserved=True)
    assert codes(HOUSE, proposal(HOUSE, status=Status.NO_TRADE_NEEDED), aside) == {"breach-cash-order"}
    assert codes(HOUSE, proposal(HOUSE, payments=[reserved], status=Status.NO_TRADE_NEEDED), aside) == set()


def test_a_locked_account_in_debt_is_not_the_proposals_breach() -> None:
    house = household(cash={"R": -50})
    assert verdict(house, proposal(house, status=Status.NO_TRADE_NEEDED)) == []


def test_a_sale_of_no_lot_in_a_taxable_account_is_caught() -> None:
    bare = first(CLEAN, lots=())
    assert "breach-lots-do-not-foot" in codes(HOUSE, bare)
