"""What must not change the answer does not; what gives more room never makes it worse. Optima of the stated program, to the cent."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

import pytest

from rules.language.base import Rule
from rules.policy import HouseholdPolicy, PlacedRule
from rules.tax import load_tax_year
from solver.build import build_problem
from solver.compile import compile_policy
from solver.highs import LinearProgram
from solver.search import Found, search
from solver.solve import choices_of
from tests.properties.random_households import random_household, rule
from tests.solver.making import account, assumptions, household, lot, policy, security, target, taxpayer, usd
from validation.household import Household, Lot, Position

LAW = load_tax_year(2026)
GAP_USD, NODES = 0.05, 4_000
SEEDS = range(6)
WEIGHTS = {"us_equity": "0.4", "core_bond": "0.2", "intl_equity": "0.2", "muni_bond": "0.18", "cash": "0.02"}
UNIVERSE: dict[str, Any] = {"us_equity": ["AAA", "DDD"], "core_bond": ["BBB"], "intl_equity": ["CCC"], "muni_bond": {"taxable": ["MUN"]}}
BAND = rule("band", absolute_frac="0.02", price_of_drift={"usd_per_year": 20, "per_usd": 1_000, "years": 5})
LOCATION = rule("location", assumptions="base_2026")
WASH = rule("wash_sale")


def wishes(*rules: PlacedRule[Rule], universe: dict[str, Any] = UNIVERSE, wash: PlacedRule[Rule] = WASH) -> HouseholdPolicy:
    return policy(target(WEIGHTS, universe), BAND, LOCATION, wash, *rules, given=assumptions())


def optimum(house: Household, rules: HouseholdPolicy) -> Found:
    """The best that exists, to within GAP_USD."""
    bound = compile_policy(build_problem(house, rules, LAW))
    program = LinearProgram(bound)
    return search(program, choices_of(bound, program), GAP_USD, NODES)


def at_random(seed: int) -> Household:
    """A household without orders, which could make limits impossible."""
    return replace(random_household(Random(seed)), orders=())


def same(one: Found, other: Found) -> None:
    """The same optimum, as far as each was proven."""
    assert one.answer.feasible and other.answer.feasible
    assert one.bound_usd <= other.answer.objective + GAP_USD and other.bound_usd <= one.answer.objective + GAP_USD


@pytest.mark.parametrize("seed", SEEDS)
def test_the_order_in_which_a_household_is_written_changes_nothing(seed: int) -> None:
    house = at_random(seed)
    turned = replace(
        house,
        accounts=house.accounts[::-1],
        taxpayers=house.taxpayers[::-1],
        owners=house.owners[::-1],
        positions=tuple(replace(each, lots=each.lots[::-1]) for each in house.positions[::-1]),
        securities=dict(reversed(house.securities.items())),
    )
    rules = wishes(rule("gain_budget", net_usd=5_000))
    same(optimum(house, rules), optimum(turned, replace(rules, rules=rules.rules[::-1])))


TIGHTER: dict[str, tuple[tuple[PlacedRule[Rule], ...], tuple[PlacedRule[Rule], ...]]] = {
    "more gains": ((rule("gain_budget", net_usd=1_000),), (rule("gain_budget", net_usd=9_000),)),
    "no bracket ceiling": ((rule("bracket_ceiling", gains_rate_frac="0.15", ordinary_rate_frac="0.24"),), ()),
    "a wider account": (
        (rule("account_mix", asset_class="core_bond", max_frac="0.3", applies_to={"accounts": ["T"]}),),
        (rule("account_mix", asset_class="core_bond", max_frac="0.5", applies_to={"accounts": ["T"]}),),
    ),
    "larger names": ((rule("concentration", max_frac="0.3"),), (rule("concentration", max_frac="0.4"),)),
    "more turnover": ((rule("turnover", max_frac_per_run="0.1"),), (rule("turnover", max_frac_per_run="0.2"),)),
    "smaller trades": ((rule("trade_size", min_usd=4_000),), (rule("trade_size", min_usd=500),)),
    "less cash": ((rule("cash", per="household", min_usd=900),), (rule("cash", per="household", min_usd=100),)),
    "sales of all lots": ((rule("restraint", never="sell", lots={"term": "short"}),), ()),
    "fewer shares to keep": (
        (rule("restraint", hold={"min_shares": 200}, applies_to={"securities": ["AAA"]}),),
        (rule("restraint", hold={"min_shares": 100}, applies_to={"securities": ["AAA"]}),),
    ),
    "a wish instead of a must": (
        (rule("restraint", never="buy", applies_to={"securities": ["DDD"]}),),
        (rule("restraint", never="buy", applies_to={"securities": ["DDD"]}, strength={"prefer": {"usd": 1, "per_usd": 1_000}}),),
    ),
    "more losses": ((rule("harvest", max_loss_usd=500),), (rule("harvest", max_loss_usd=5_000),)),
}


@pytest.mark.parametrize("what", TIGHTER)
@pytest.mark.parametrize("seed", [1, 4])
def test_loosening_a_rule_never_hurts(what: str, seed: int) -> None:
    house = at_random(seed)
    tight, loose = (wishes(*rules) for rules in TIGHTER[what])
    assert optimum(house, loose).bound_usd <= optimum(house, tight).answer.objective + GAP_USD


@pytest.mark.parametrize("seed", SEEDS)
def test_a_price_for_washed_losses_is_never_worse_than_avoiding_them(seed: int) -> None:
    house = at_random(seed)
    priced = optimum(house, wishes(wash=rule("wash_sale", mode="price")))
    assert priced.bound_usd <= optimum(house, wishes()).answer.objective + GAP_USD


@pytest.mark.parametrize("seed", SEEDS)
def test_a_security_that_nobody_may_buy_changes_nothing(seed: int) -> None:
    house = at_random(seed)
    more = replace(house, securities={**house.securities, "NEW": security("NEW", 10, "us_equity")})
    never = rule("restraint", never="buy", applies_to={"securities": ["NEW"]})
    wider = {**UNIVERSE, "us_equity": ["NEW", "AAA", "DDD"]}
    first = {**UNIVERSE, "us_equity": ["OLD", "AAA", "DDD"]}  # the same ranks, held back by a rule of its own
    barred = rule("restraint", id="old", never="buy", applies_to={"securities": ["OLD"]})
    same(optimum(more, wishes(never, universe=wider)), optimum(house, wishes(barred, universe=first)))


def halved(each: Lot) -> tuple[Lot, Lot]:
    """The lot as two lots of one day, with half of its shares and basis each."""
    half = each.quantity / 2
    basis = None if each.cost_basis_usd is None else each.cost_basis_usd / 2
    return tuple(replace(each, lot_id=f"{each.lot_id}{part}", quantity=half, cost_basis_usd=basis) for part in "ab")  # type: ignore[return-value]


@pytest.mark.parametrize("mode", ["avoid", "price"])
@pytest.mark.parametrize("seed", SEEDS)
def test_splitting_a_lot_changes_nothing(seed: int, mode: str) -> None:
    house = replace(at_random(seed), recent_purchases=())
    split = replace(
        house, positions=tuple(replace(each, lots=tuple(part for lot in each.lots for part in halved(lot))) for each in house.positions)
    )
    rules = wishes(rule("gain_budget", net_usd=5_000), wash=rule("wash_sale", mode=mode))
    same(optimum(house, rules), optimum(split, rules))


def two_accounts(random: Random) -> tuple[Household, Household]:
    """One owner's two taxable accounts beside an IRA, and the same with the two put together."""
    funds = [
        security("AAA", 100, "us_equity", spread=2),
        security("BBB", 50, "core_bond", spread=3),
        security("CCC", 80, "intl_equity", spread=5),
    ]
    funds += [security("DDD", 60, "us_equity", spread=2), security("MUN", 25, "muni_bond")]
    lots = [
        lot(random.choice(["T", "S"]), each.symbol, f"L{number}", random.randint(20, 200), random.randint(2_000, 14_000))
        for number, each in enumerate(random.choices(funds, k=9))
    ]
    lots += [lot("I", "AAA", "i", 200, 1), lot("I", "BBB", "j", 100, 1)]
    cash = {"T": random.randint(0, 9_000), "S": random.randint(0, 9_000), "I": 500}
    payer = [taxpayer(income=random.choice([60_000, 240_000]))]
    apart = household([account("T"), account("S"), account("I", "tax_deferred")], lots, funds, cash=cash, taxpayers=payer)
    moved = [replace(each, account_id="T") if each.account_id == "S" else each for each in lots]
    joined = household(
        [account("T"), account("I", "tax_deferred")], moved, funds, cash={"T": cash["T"] + cash["S"], "I": 500}, taxpayers=payer
    )  # fmt: skip
    return apart, joined


@pytest.mark.parametrize("seed", range(8))
def test_putting_two_accounts_of_one_owner_and_treatment_together_never_hurts(seed: int) -> None:
    apart, joined = two_accounts(Random(seed))
    rules = wishes(rule("gain_budget", net_usd=5_000))
    assert optimum(joined, rules).bound_usd <= optimum(apart, rules).answer.objective + GAP_USD


def test_a_position_of_an_untaxed_account_is_one_piece_however_many_lots_it_has() -> None:
    funds = [security("AAA", 100, "us_equity"), security("BBB", 50, "core_bond")]
    many = tuple(lot("I", "AAA", f"L{number}", 10, 100) for number in range(30))
    positions = (Position("I", "AAA", usd(300), many),)
    house = household([account("I", "tax_deferred")], (), funds, cash={"I": 900}, positions=positions)
    assert len(build_problem(house, wishes(), LAW).slices) == 1
