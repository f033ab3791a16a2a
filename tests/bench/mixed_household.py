"""Households of mixed sizes under mixed rules, for the share that is proven: `mixed_household(seed)`, `mixed_policy(seed)`.

Lots log-normal with a median of 60 (10 to 1,500), two to six accounts, four to twelve classes of three securities, $100,000 to $20m; every
shape of trade size (none, dollars, a share of the account; tickets; a maximum number of trades) and, each now and then,
budgets, caps, mixes, cash floors, turnover, brackets and forced harvests as musts. The combinations are meant to be
awkward: some have no answer at all. Equal seeds give equal households.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from math import exp
from random import Random

from rules.assumptions import Assumptions
from rules.language.base import Rule
from rules.policy import HouseholdPolicy, PlacedRule
from tests.properties.random_households import rule
from tests.solver import making
from tests.solver.making import TODAY, account, lot, security, taxpayer
from validation.household import Account, Household, Lot, Owner, RecentPurchase, Security

TREATMENTS = ("taxable", "tax_deferred", "tax_exempt", "taxable", "tax_deferred", "taxable")
MEDIAN_LOTS, LEAST_LOTS, MOST_LOTS = 60, 10, 1_500
CENT = Decimal("0.01")
PRICE_OF_DRIFT = {"usd_per_year": 60, "inside_usd_per_year": 10, "per_usd": 1_000, "years": 1}


def mixed_household(seed: int) -> Household:
    """The household of one seed, as the gate would hand it over."""
    draw = Random(f"mixed household:{seed}")
    classes = _classes(draw)
    value = exp(draw.uniform(11.5, 16.8))
    accounts = [account(f"A{place}", treatment) for place, treatment in enumerate(TREATMENTS[: draw.randint(2, 6)])]
    funds = [_fund(draw, f"{name}_{letter}", name.lower()) for name in classes for letter in "ABC"]
    worth = _shares_of(draw, len(accounts), 2.0, value)
    lots = list(_lots(draw, accounts, worth, funds))
    filing, income = draw.choice(("single", "married_joint")), draw.choice((45_000, 110_000, 240_000, 700_000))
    payer = taxpayer(
        income=income,
        filing=filing,
        state=draw.choice(("CA", "TX", "NY", "PA")),
        qualified_dividends_usd=draw.choice((0, 12_000)),
        lt_carryforward_usd=draw.choice((0, 0, 0, 9_000)),
        realized_lt_ytd_usd=draw.choice((0, 0, 7_000)),
    )
    recent = tuple(
        RecentPurchase("T1", each.symbol, each.acquired_date, each.quantity, each.account_id, each.lot_id)
        for each in lots
        if each.acquired_date and each.acquired_date >= TODAY - timedelta(days=30)
    )
    cash = {each.account_id: round(part * draw.uniform(0, 0.08), 2) for each, part in zip(accounts, worth, strict=True)}
    household = making.household(accounts, lots, funds, cash=cash, taxpayers=[payer], recent_purchases=recent)
    return replace(household, household_id=f"M-{seed:04d}", owners=(Owner("P1", "T1", None),))


def mixed_policy(seed: int) -> HouseholdPolicy:
    """The rules of the household of that seed."""
    classes, draw = _classes(Random(f"mixed household:{seed}")), Random(f"mixed policy:{seed}")
    given = _assumptions(classes)
    return HouseholdPolicy(f"M-{seed:04d}", "model", TODAY, tuple(_rules(draw, classes)), {given.id: given})


def _classes(draw: Random) -> list[str]:
    return [f"CLASS{number:02d}" for number in range(draw.randint(4, 12))]


def _fund(draw: Random, symbol: str, asset_class: str) -> Security:
    price, spread = f"{draw.uniform(20, 400):.2f}", draw.choice((1, 3, 5, 10))
    return replace(security(symbol, price, asset_class, spread=spread, whole=draw.random() < 0.8), issuer=draw.choice("VWX"))


def _shares_of(draw: Random, count: int, alpha: float, total: float) -> list[float]:
    weights = [draw.gammavariate(alpha, 1.0) for _ in range(count)]
    return [total * weight / sum(weights) for weight in weights]


def _lots(draw: Random, accounts: list[Account], worth: list[float], funds: list[Security]) -> Iterator[Lot]:
    count = min(MOST_LOTS, max(LEAST_LOTS, round(MEDIAN_LOTS * exp(draw.gauss(0.0, 1.0)))))
    held = draw.sample(funds, draw.randint(len(funds) // 2, len(funds)))
    drawn = [(draw.randrange(len(accounts)), draw.choice(held), draw.lognormvariate(0.0, 0.8)) for _ in range(count)]
    total = [sum(size for place, _, size in drawn if place == each) for each in range(len(accounts))]
    for number, (place, fund, size) in enumerate(drawn):
        age = draw.randint(5, 3_000)
        shares = Decimal(max(1, round(worth[place] * 0.97 * size / total[place] / float(fund.price_usd))))
        basis = (fund.price_usd * shares / Decimal(repr(exp(draw.gauss(0.0001 * age, 0.25))))).quantize(CENT)
        yield lot(accounts[place].account_id, fund.symbol, f"L{number:04d}", shares, basis, TODAY - timedelta(days=age))


def _assumptions(classes: list[str]) -> Assumptions:
    """From pure growth to pure interest, so that placing them matters."""
    given: dict[str, dict[str, object]] = {}
    for place, name in enumerate(classes):
        interest = max(0, place - len(classes) // 2) * Decimal("0.006")
        growth = {"total_return_frac": "0.065", "dividend_yield_frac": "0.015", "qualified_share_frac": "0.9", "turnover_frac": "0.05"}
        given[name.lower()] = {"total_return_frac": Decimal("0.03") + interest, "ordinary_yield_frac": interest} if interest else growth
    return making.assumptions({**given, "cash": making.CLASSES["cash"]})


def _rules(draw: Random, classes: list[str]) -> Iterator[PlacedRule[Rule]]:
    pick = draw.choice
    weights = [round(each, 4) for each in _shares_of(draw, len(classes), 2.0, 0.98)]
    weights[0] = round(0.98 - sum(weights[1:]), 4)
    named = {name.lower(): f"{weight:.4f}" for name, weight in zip(classes, weights, strict=True)}
    yield making.target({**named, "cash": "0.02"}, {name.lower(): [f"{name}_A", f"{name}_B"] for name in classes})
    yield rule(
        "band",
        absolute_frac=pick(["0.01", "0.02"]),
        price_of_drift={"usd_per_year": 60, "inside_usd_per_year": 10, "per_usd": 1_000, "years": 1},
    )
    yield rule("wash_sale")
    yield rule("location", assumptions="base_2026")
    yield rule(
        "trade_size",
        min_usd=pick([0, 250, 500, 2_000]),
        min_frac=pick([0, 0, "0.005"]),
        ticket_usd=pick([0, 0, 0, 5, 25]),
        max_trades=pick([None, None, None, 5, 10, 20, 40]),
    )
    for share, kind, fields in (
        (0.6, "gain_budget", {"net_usd": pick([0, 5_000, 40_000]), "use_carryforward": pick([True, False])}),
        (0.2, "gain_budget", {"id": "no_short_term", "short_term_usd": 0}),
        (0.3, "cash", {"per": pick(["account", "household"]), "min_usd": 500, "min_frac": "0.01"}),
        (0.05, "cash", {"id": "one_way", "mode": pick(["invest_only", "raise_only"])}),
        (0.3, "concentration", {"max_frac": pick(["0.15", "0.40"]), "group_by": pick(["security", "issuer"])}),
        (0.3, "turnover", {"max_frac_per_run": pick(["0.05", "0.15"])}),
        (0.2, "bracket_ceiling", {"id": "gains_at_15", "gains_rate_frac": "0.15"}),
        (0.2, "bracket_ceiling", {"id": "no_surtax", "avoid": [pick(["niit", "amt"])]}),
        (0.3, "account_mix", {"asset_class": classes[0].lower(), "max_frac": "0.25", "applies_to": {"accounts": ["A1"]}}),
        (0.3, "account_mix", {"id": "some", "asset_class": classes[1].lower(), "min_frac": "0.05", "applies_to": {"accounts": ["A0"]}}),
        (0.2, "restraint", {"id": "keep", "never": pick(["sell", "buy", "trade"]), "applies_to": {"securities": [f"{classes[2]}_A"]}}),
        (0.2, "restraint", {"id": "some_lots", "never": "sell", "lots": {"term": "short", "gain_above_frac": 0}}),
        (0.2, "restraint", {"id": "closed", "close": True, "applies_to": {"securities": [f"{classes[3]}_C"]}}),
        (0.3, "harvest", {"min_loss_usd": 500, "force_loss_usd": pick([0, 0, 2_000])}),
    ):
        if draw.random() < share:
            yield rule(kind, **fields)
