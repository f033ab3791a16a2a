"""The checker catches a broken `must`, and forgives what the holdings broke before the trades."""

from __future__ import annotations

from datetime import timedelta

import pytest

from rules.language.base import Rule
from rules.policy import PlacedRule
from solver.outcome import Outcome, Status
from tests.solver.making import TODAY, lot, usd
from tests.solver.proposals import BOND, STOCK, TWIN, account, buying, codes, household, proposal, replace, rule, selling, verdict
from validation.findings import Scope
from validation.household import Cash, Traded

HOUSE = household()
STOCKS, BONDS = {"securities": ["STK"]}, {"securities": ["BND"]}
SALE = proposal(HOUSE, selling(HOUSE, "T", "STK", {"G": 20}))
SHORT_TERM = proposal(HOUSE, selling(HOUSE, "T", "STK", {"S": 20}))
LOSS = proposal(HOUSE, selling(HOUSE, "T", "STK", {"L": 40}))
PURCHASE = proposal(HOUSE, buying(HOUSE, "T", "BND", 20))
SMALL = proposal(HOUSE, buying(HOUSE, "T", "BND", 2))
IRA_BUYS_MUNI = proposal(HOUSE, buying(HOUSE, "I", "MUN", 40))
IRA_SELLS = proposal(HOUSE, selling(HOUSE, "I", "BND", 100))

BROKEN: dict[str, tuple[Outcome, PlacedRule[Rule], str]] = {
    "what must never be sold is sold": (SALE, rule("restraint", never="sell"), "restraint"),
    "what must never be traded is sold": (SALE, rule("restraint", never="trade"), "restraint"),
    "what must never be traded is bought": (PURCHASE, rule("restraint", never="trade"), "restraint"),
    "what must never be bought is bought": (PURCHASE, rule("restraint", never="buy", applies_to=BONDS), "restraint"),
    "a closed fund is bought": (PURCHASE, rule("restraint", close=True), "restraint"),
    "a short-term lot is sold": (SHORT_TERM, rule("restraint", never="sell", lots={"term": "short"}), "restraint"),
    "a long-term lot is sold": (SALE, rule("restraint", never="sell", lots={"term": "long"}), "restraint"),
    "a lot with a large gain is sold": (SALE, rule("restraint", never="sell", lots={"gain_above_frac": 0.5}), "restraint"),
    "a young lot is sold": (SHORT_TERM, rule("restraint", never="sell", lots={"held_less_than_days": 91}), "restraint"),
    "a lot soon long-term is sold": (SHORT_TERM, rule("restraint", never="sell", lots={"long_term_within_days": 276}), "restraint"),
    "an old lot is sold": (SALE, rule("restraint", never="sell", lots={"acquired_before": "2020-01-03"}), "restraint"),
    "a new lot is sold": (SHORT_TERM, rule("restraint", never="sell", lots={"acquired_after": "2025-11-01"}), "restraint"),
    "too few shares are left": (SALE, rule("restraint", hold={"min_shares": 281}, applies_to=STOCKS), "hold-range"),
    "too few dollars are left": (SALE, rule("restraint", hold={"min_usd": 28_001}, applies_to=STOCKS), "hold-range"),
    "too small a part is left": (SALE, rule("restraint", hold={"min_frac": 0.52}, applies_to=STOCKS), "hold-range"),
    "too many shares are bought": (PURCHASE, rule("restraint", hold={"max_shares": 220}, applies_to=BONDS), "hold-range"),
    "too many dollars are bought": (
        PURCHASE,
        rule("restraint", hold={"max_usd": 17_000}, applies_to=BONDS),
        "hold-range",
    ),
    "too large a part is bought": (PURCHASE, rule("restraint", hold={"max_frac": 0.31}, applies_to=BONDS), "hold-range"),
    "a class is bought where it must not live": (
        IRA_BUYS_MUNI,
        rule("location", assumptions="base", never=[{"asset_class": "muni_bond", "in": ["tax_deferred"]}]),
        "never-pair",
    ),
    "a soft location rule's never-pair is bought": (
        IRA_BUYS_MUNI,
        rule("location", assumptions="base", never=[{"asset_class": "muni_bond", "in": ["tax_deferred"]}], strength={"prefer": {"usd": 1}}),
        "never-pair",
    ),
    "an invest-only run sells": (SALE, rule("cash", mode="invest_only"), "cash-mode"),
    "a raise-only run buys": (PURCHASE, rule("cash", mode="raise_only"), "cash-mode"),
    "an account's cash falls below its floor": (PURCHASE, rule("cash", per="account", min_usd=3_500), "cash-floor"),
    "the household's cash falls below its floor": (PURCHASE, rule("cash", min_usd=7_000), "cash-floor"),
    "cash falls below a fraction of the account": (PURCHASE, rule("cash", per="account", min_frac=0.2), "cash-floor"),
    "an account holds too much of a class": (PURCHASE, rule("account_mix", asset_class="core_bond", max_frac=0.05), "account-mix"),
    "an account holds too little of a class": (SALE, rule("account_mix", asset_class="us_equity", min_frac=0.8), "account-mix"),
    "an account holds too much of a security": (PURCHASE, rule("account_mix", security="BND", max_frac=0.05), "account-mix"),
    "an account holds too much cash": (SALE, rule("account_mix", asset_class="cash", max_frac=0.2), "account-mix"),
    "a security weighs too much": (PURCHASE, rule("concentration", max_frac=0.3, applies_to=BONDS), "concentration"),
    "a trade is too small": (SMALL, rule("trade_size", min_usd=161), "trade-size"),
    "a trade is too small for its account": (SMALL, rule("trade_size", min_frac=0.01), "trade-size"),
    "a trade is too small for its type": (SMALL, rule("trade_size", by_security_type={"etf": {"min_usd": 1_000}}), "trade-size"),
    "there are too many trades": (PURCHASE, rule("trade_size", max_trades=0), "trade-count"),
    "too much moves": (IRA_SELLS, rule("turnover", max_frac_per_run=0.05), "turnover"),
    "too many dollars move": (IRA_SELLS, rule("turnover", max_usd_per_run=3_999), "turnover"),
    "more moves than in a year": (IRA_SELLS, rule("turnover", max_usd_per_year=3_999), "turnover"),
    "too much loss is harvested": (LOSS, rule("harvest", max_loss_usd=2_000), "harvest-cap"),
}


@pytest.mark.parametrize("sentence", BROKEN)
def test_the_checker_catches_that(sentence: str) -> None:
    outcome, placed, code = BROKEN[sentence]
    assert codes(HOUSE, outcome, placed) == {f"breach-{code}"}


ALWAYS_MUST = {"never-pair", "harvest-cap"}


@pytest.mark.parametrize("sentence", [name for name, (_, _, code) in BROKEN.items() if code not in ALWAYS_MUST])
def test_a_preference_is_not_a_must(sentence: str) -> None:
    outcome, placed, _ = BROKEN[sentence]
    said = {**placed.rule.model_dump(by_alias=True), "strength": {"prefer": {"usd": 1}}}
    assert codes(HOUSE, outcome, replace(placed, rule=type(placed.rule).model_validate(said))) == set()


def test_a_breach_stands_at_the_rule_and_gives_numbers() -> None:
    (found,) = verdict(HOUSE, PURCHASE, rule("cash", per="account", min_usd=3_500, id="cash_floor"))
    assert (found.subject, found.scope, found.place.line) == ("cash_floor", Scope.RULE, 7)
    assert "keeps $3,399.20 of free cash, at least $3,500.00" in found.message


LOOSE: dict[str, tuple[Outcome, PlacedRule[Rule]]] = {
    "a long-term lot under a rule on short-term ones": (SALE, rule("restraint", never="sell", lots={"term": "short"})),
    "a loss under a rule on gains": (LOSS, rule("restraint", never="sell", lots={"gain_above_frac": 0})),
    "a lot that misses one of two conditions": (SALE, rule("restraint", never="sell", lots={"term": "long", "gain_above_frac": 0.7})),
    "an untaxed lot under a filter": (IRA_SELLS, rule("restraint", never="sell", lots={"term": "long"})),
    "another security": (SALE, rule("restraint", never="sell", applies_to=BONDS)),
    "another account": (SALE, rule("restraint", never="sell", applies_to={"accounts": ["I"]})),
    "a lot that turns long-term a day later than asked": (SHORT_TERM, rule("restraint", never="sell", lots={"long_term_within_days": 275})),
    "a lot held exactly as long as asked": (SHORT_TERM, rule("restraint", never="sell", lots={"held_less_than_days": 90})),
    "exactly the minimum holding": (SALE, rule("restraint", hold={"min_shares": 280}, applies_to=STOCKS)),
    "exactly the largest turnover": (IRA_SELLS, rule("turnover", max_usd_per_run=4_000)),
    "exactly the smallest trade": (SMALL, rule("trade_size", min_usd=160)),
    "a never-pair that is only sold": (
        IRA_SELLS,
        rule("location", assumptions="base", never=[{"asset_class": "core_bond", "in": ["tax_deferred"]}]),
    ),
}


@pytest.mark.parametrize("sentence", LOOSE)
def test_that_is_no_breach(sentence: str) -> None:
    outcome, placed = LOOSE[sentence]
    assert codes(HOUSE, outcome, placed) == set()


def test_a_sale_that_closes_a_position_is_never_too_small() -> None:
    assert codes(HOUSE, proposal(HOUSE, selling(HOUSE, "I", "BND", "200.5")), rule("trade_size", min_usd=1_000_000)) == set()


def test_whole_shares_follow_the_rule_before_the_security() -> None:
    fraction = proposal(HOUSE, buying(HOUSE, "T", "BND", "2.5"))
    assert codes(HOUSE, fraction) == {"breach-fractional-shares"}
    assert codes(HOUSE, fraction, rule("trade_size", whole_shares=False)) == set()
    muni = proposal(HOUSE, buying(HOUSE, "T", "MUN", "2.5"))
    assert codes(HOUSE, muni) == set()
    assert codes(HOUSE, muni, rule("trade_size", by_security_type={"etf": {"whole_shares": True}})) == {"breach-fractional-shares"}


def test_issuers_and_identity_groups_are_counted_together() -> None:
    securities = [replace(STOCK, issuer="Acme"), replace(TWIN, issuer="Acme"), BOND]
    house = household(securities=securities)
    outcome = proposal(house, buying(house, "I", "TWN", 20))
    for group_by in ("issuer", "identity_group"):
        found = verdict(house, outcome, rule("concentration", max_frac=0.5, group_by=group_by))
        assert [each.code for each in found] == ["breach-concentration"]
        assert "$31,000.00" in found[0].message
    assert codes(house, outcome, rule("concentration", max_frac=0.6, group_by="security")) == set()


def test_spread_alone_does_not_break_a_range() -> None:
    exact = proposal(HOUSE, buying(HOUSE, "I", "BND", 30))  # 18,440 of 19,040, of which the spread takes 1.20
    within = rule("account_mix", asset_class="core_bond", max_frac=0.96849, applies_to={"accounts": ["I"]})
    beyond = rule("account_mix", asset_class="core_bond", max_frac=0.9684, applies_to={"accounts": ["I"]})
    assert codes(HOUSE, exact, within) == set()
    assert codes(HOUSE, exact, beyond) == {"breach-account-mix"}


# ---- what the holdings break already


def test_a_concentration_that_does_not_grow_is_forgiven() -> None:
    cap = rule("concentration", max_frac=0.1)
    assert codes(HOUSE, proposal(HOUSE, selling(HOUSE, "T", "STK", {"G": 20})), cap) == set()
    grown = proposal(HOUSE, buying(HOUSE, "T", "STK", 5))
    assert codes(HOUSE, grown, cap) == {"breach-concentration"}


def test_a_mix_that_does_not_worsen_is_forgiven() -> None:
    no_bonds = rule("account_mix", asset_class="core_bond", max_frac=0, applies_to={"accounts": ["I"]})
    assert codes(HOUSE, IRA_SELLS, no_bonds) == set()
    assert codes(HOUSE, proposal(HOUSE, buying(HOUSE, "I", "BND", 5)), no_bonds) == {"breach-account-mix"}


def test_a_holding_outside_its_range_may_stay_but_not_move_away() -> None:
    least = rule("restraint", hold={"min_shares": 500}, applies_to=STOCKS)
    assert codes(HOUSE, PURCHASE, least) == set()
    assert codes(HOUSE, SALE, least) == {"breach-hold-range"}


def test_a_cash_floor_that_the_household_misses_is_forgiven_while_cash_does_not_fall() -> None:
    floor = rule("cash", min_usd=50_000)
    assert codes(HOUSE, SALE, floor) == set()
    assert codes(HOUSE, proposal(HOUSE, status=Status.NO_TRADE_NEEDED), floor) == set()
    assert codes(HOUSE, PURCHASE, floor) == {"breach-cash-floor"}


def test_unsettled_cash_is_not_spent_where_the_rule_says_so() -> None:
    house = replace(HOUSE, cash=(Cash("T", usd(1_000), usd(4_000)), Cash("I", usd(3_000)), Cash("R", usd(100))))
    outcome = proposal(house, buying(house, "T", "BND", 20))
    assert codes(house, outcome, rule("cash", per="account", spend_unsettled=False)) == {"breach-cash-floor"}
    assert codes(house, outcome, rule("cash", per="account", spend_unsettled=True, min_usd=1)) == set()


def test_locked_and_excluded_accounts_do_not_count_toward_cash_or_ranges() -> None:
    held_elsewhere = household(accounts=[account("T"), account("I", "tax_deferred"), account("R", "tax_exempt", status="excluded")])
    outcome = proposal(held_elsewhere, selling(held_elsewhere, "T", "STK", {"G": 20}))
    assert codes(held_elsewhere, outcome, rule("restraint", hold={"min_shares": 181}, applies_to=STOCKS)) == {"breach-hold-range"}
    assert codes(HOUSE, SALE, rule("restraint", hold={"min_shares": 280}, applies_to=STOCKS)) == set()


def test_holding_periods_that_began_elsewhere_count_for_terms_and_days() -> None:
    tacked = lot("T", "STK", "W", 10, 500, TODAY - timedelta(days=20), holding_from=TODAY - timedelta(days=400))
    house = household(lots=[tacked])
    outcome = proposal(house, selling(house, "T", "STK", {"W": 5}))
    assert codes(house, outcome, rule("restraint", never="sell", lots={"term": "short"})) == set()
    assert codes(house, outcome, rule("restraint", never="sell", lots={"held_less_than_days": 30})) == set()


def test_the_years_earlier_trades_count_toward_the_yearly_turnover() -> None:
    home = replace(household(), traded=(Traded("I", "STK", usd(4_000), TODAY), Traded("T", "STK", usd(90_000), TODAY)))
    mine = {"applies_to": {"accounts": ["I"]}}
    assert codes(home, IRA_SELLS, rule("turnover", max_usd_per_year=6_000, **mine)) == set()
    assert codes(home, IRA_SELLS, rule("turnover", max_usd_per_year=5_999, **mine)) == {"breach-turnover"}
    assert codes(home, IRA_SELLS, rule("turnover", max_usd_per_run=4_000, **mine)) == set()
