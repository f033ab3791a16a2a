"""Households and policies at random: every kind of account, lot, order and rule, often at odds with each other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from rules.language.base import Rule
from rules.policy import HouseholdPolicy, PlacedRule
from tests.solver import making
from tests.solver.making import TODAY, account, assumptions, lot, security, taxpayer, usd
from validation.household import CashOrder, Household, Lot, OrderKind, Owner, RecentLossSale, RecentPurchase, Security

TAXPAYER = {"T": "T1", "I": "T1", "R": "T1", "U": "T2"}
AGES = (10, 25, 200, 360, 366, 400, 3_000)


def random_household(random: Random) -> Household:
    """A couple's taxable account, IRA and Roth, and a second return's taxable account."""
    pick, funds = random.choice, random_securities(random)
    accounts = [
        account("T"),
        account("I", "tax_deferred", relief=pick(["FIFO", "LIFO", "HIFO"])),
        account("R", "tax_exempt", status=pick(["managed", "locked", "excluded"])),
        account("U", taxpayer="T2", relief="HIFO"),
    ]
    lots = list(random_lots(random, funds))
    recent = [
        RecentPurchase(
            "T2" if each.account_id == "U" else "T1", each.symbol, each.acquired_date, each.quantity, each.account_id, each.lot_id
        )
        for each in lots
        if each.acquired_date and (TODAY - each.acquired_date).days <= 30
    ]
    if random.random() < 0.1:
        recent.append(RecentPurchase("T1", "AAA", TODAY - timedelta(days=5), usd(5)))
    lost = RecentLossSale("T1", "BBB", TODAY - timedelta(days=pick([5, 29, 31])), usd(3), usd(50), "T")
    couple = taxpayer(
        income=pick([30_000, 180_000, 600_000]),
        state=pick(["CA", "TX", "NJ", "MA"]),
        lt_carryforward_usd=pick([0, 5_000]),
        realized_st_ytd_usd=pick([0, -2_000, 3_000]),
    )
    house = making.household(
        accounts,
        lots,
        funds,
        cash={each: random.randint(0, 20_000) for each in "TIU"},
        taxpayers=[couple, taxpayer("T2", income=60_000, filing="single")],
        recent_purchases=tuple(recent),
        orders=tuple(random_orders(random)),
        recent_loss_sales=(lost,) if random.random() < 0.15 else (),
    )
    return replace(house, owners=(Owner("P1", "T1", date(1955, 3, 3), pick(["P2", None])), Owner("P2", "T2", date(1980, 1, 1))))


def random_securities(random: Random) -> list[Security]:
    pick = random.choice
    return [
        replace(security("AAA", "100.13", "us_equity", spread=2, whole=pick([True, False])), issuer="V"),
        replace(security("BBB", "50.07", "core_bond", spread=3, whole=pick([True, False])), issuer="V"),
        security("CCC", "80.5", {"intl_equity": "0.6", "us_equity": "0.4"}, spread=5),
        security("DDD", "99.9", "us_equity", spread=2, group=pick(["AAA", "DDD"])),
        security("MUN", "24.99", "muni_bond", whole=False),
        security("OLD", "333.3", pick(["us_equity", "reit"]), spread=1),
    ]


def random_lots(random: Random, funds: list[Security]) -> Iterator[Lot]:
    for number in range(random.randint(2, 14)):
        held = random.choice(funds)
        shares = usd(random.randint(1, 300)) + (0 if held.whole_shares else usd(random.randint(0, 9_999)) / 10_000)
        frozen = random.random() < 0.07
        basis = None if frozen else (held.price_usd * shares * usd(round(random.uniform(0.5, 1.3), 3))).quantize(Decimal("0.01"))
        day = TODAY - timedelta(days=random.choice(AGES))
        name = "lot-without-basis" if frozen else ""
        yield lot(random.choice("TTU"), held.symbol, f"L{number}", shares, basis, day, frozen=name)
    for number in range(random.randint(0, 6)):
        shares = usd(random.randint(10, 300)) + usd(random.choice(["0", "0.5"]))
        day = TODAY - timedelta(days=random.choice(AGES))
        yield lot(random.choice("IR"), random.choice(funds).symbol, f"I{number}", shares, 1, day)


def random_orders(random: Random) -> Iterator[CashOrder]:
    if random.random() < 0.3:
        due = TODAY + timedelta(days=random.choice([-3, 0, 40]))
        yield CashOrder(random.choice(list(OrderKind)), usd(random.randint(100, 8_000)), due, random.choice(["T", "I", ""]))
    if random.random() < 0.2:
        yield CashOrder(OrderKind.RMD, usd(random.randint(100, 5_000)), TODAY + timedelta(days=random.choice([0, 100])), "I")


def random_policy(random: Random) -> HouseholdPolicy:
    rules: list[PlacedRule[Rule]] = list(random_rules(random))
    given = assumptions()
    return HouseholdPolicy("H", "model", TODAY, tuple(rules), {given.id: given})


def random_rules(random: Random) -> Iterator[PlacedRule[Rule]]:
    """A target, a band, the law, and every other kind now and then."""
    pick = random.choice
    weights = {"us_equity": "0.4", "core_bond": "0.2", "intl_equity": "0.2", "muni_bond": "0.18", "cash": "0.02"}
    universe = {"us_equity": ["AAA", "DDD"], "core_bond": ["BBB"], "intl_equity": ["CCC"], "muni_bond": {"taxable": ["MUN"]}}
    yield making.target(weights, universe)
    yield rule("band", absolute_frac="0.02", price_of_drift={"usd_per_year": 20, "per_usd": 1_000, "years": 5})
    yield rule("wash_sale", mode=pick(["avoid", "avoid", "price"]), include_held_away=pick([True, True, False]))
    yield rule(
        "trade_size", min_usd=pick([0, 1_000]), min_frac=pick([0, "0.01"]), ticket_usd=pick([0, 0, 5]), max_trades=pick([None, None, 4])
    )
    range_of_shares = pick([{"min_shares": 100}, {"max_shares": 50}, {"min_usd": 10_000, "max_usd": 30_000}, {"max_frac": "0.05"}])
    prorated = {"prorate": pick(["none", "monthly"])}
    filtered = pick([{"term": "short", "gain_above_frac": 0}, {"long_term_within_days": 10}, {"acquired_after": "2025-01-01"}])
    for share, kind, fields in (
        (0.6, "gain_budget", {"net_usd": pick([0, 3_000, 20_000]), "use_carryforward": pick([True, False]), **prorated}),
        (0.15, "gain_budget", {"id": "tax", "measure": "tax", pick(["net_usd", "short_term_usd", "long_term_usd"]): pick([500, 4_000])}),
        (0.2, "gain_budget", {"id": "no_short_term", "short_term_usd": 0}),
        (0.3, "cash", {"per": pick(["account", "household"]), "min_usd": 500, "min_frac": "0.01", "spend_unsettled": pick([True, False])}),
        (0.1, "cash", {"id": "one_way", "mode": pick(["invest_only", "raise_only"])}),
        (0.3, "concentration", {"max_frac": "0.35", "group_by": pick(["security", "issuer", "identity_group"])}),
        (0.3, "turnover", {"max_frac_per_run": "0.10"}),
        (0.2, "bracket_ceiling", {"id": "gains_at_15", "gains_rate_frac": "0.15"}),
        (0.2, "bracket_ceiling", {"id": "no_surtax", "avoid": [pick(["niit", "amt"])]}),
        (0.2, "bracket_ceiling", {"id": "ordinary", "ordinary_rate_frac": pick(["0.12", "0.24"])}),
        (0.2, "bracket_ceiling", {"id": "magi", "magi_below_usd": pick([206_000, 40_000])}),
        (0.3, "account_mix", {"asset_class": "core_bond", "max_frac": "0.2", "applies_to": {"accounts": ["I"]}}),
        (0.2, "account_mix", {"id": "equity", "asset_class": "us_equity", "min_frac": "0.3", "applies_to": {"accounts": ["T"]}}),
        (0.2, "restraint", {"id": "keep", "never": pick(["sell", "buy", "trade"]), "applies_to": {"securities": ["OLD"]}}),
        (0.3, "restraint", {"id": "some_lots", "never": "sell", "lots": filtered}),
        (0.2, "restraint", {"id": "range", "hold": range_of_shares, "applies_to": {"securities": [pick(["OLD", "AAA"])]}}),
        (0.1, "restraint", {"id": "closed", "close": True, "applies_to": {"asset_classes": ["us_equity"], "except": {"accounts": ["T"]}}}),
        (0.3, "harvest", {"min_loss_usd": 500, "force_loss_usd": pick([0, 0, 1_000])}),
        (0.4, "location", {"assumptions": "base_2026", "never": [{"asset_class": "muni_bond", "in": ["tax_deferred", "tax_exempt"]}]}),
    ):
        if random.random() < share:
            yield rule(kind, **fields)


def rule(kind: str, **fields: Any) -> PlacedRule[Rule]:
    """A rule whose numbers may be text."""
    placed: PlacedRule[Rule] = making.rule(kind, **{name: _number(name, value) for name, value in fields.items()})
    return placed


def _number(name: str, value: Any) -> Any:
    if isinstance(value, dict):
        return {inner: _number(inner, each) for inner, each in value.items()}
    numeric = name.endswith(("_usd", "_frac", "_shares", "_per_run")) or name in {"usd_per_year", "per_usd"}
    return usd(value) if numeric and isinstance(value, str | int) and not isinstance(value, bool) else value
