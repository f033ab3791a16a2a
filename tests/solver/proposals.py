"""Trade lists to plant breaches in: one household, its clean proposal, and the checker's word on any other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from rules.language.base import Rule
from rules.policy import HouseholdPolicy, PlacedRule
from rules.tax import load_tax_year
from solver.checker import check
from solver.ledger import buy, holdings_after, relieve, sell
from solver.outcome import Barred, Outcome, Payment, Status, Trade
from tests.solver import making
from tests.solver.making import TODAY, account, lot, security, usd
from validation.findings import Finding
from validation.household import Household
from validation.source import Spot

LAW = load_tax_year(2026)
SPOT = Spot(6, 2, 4, -1, 0, 1)
LAST_WEEK = TODAY - timedelta(days=7)

STOCK = security("STK", 100, "us_equity", spread=10)
TWIN = security("TWN", 50, "us_equity", spread=10, group="STK")
BOND = security("BND", 80, "core_bond", spread=5)
MUNI = security("MUN", 25, "muni_bond", whole=False)


def household(**more: Any) -> Household:
    """A taxable account with a long-term gain (G), a short-term gain (S), a loss (L) and an unknown basis (X); an IRA; a
    locked Roth account."""
    lots = [
        lot("T", "STK", "G", 100, 6_000),
        lot("T", "STK", "S", 50, 4_000, TODAY - timedelta(days=90)),
        lot("T", "STK", "L", 40, 6_000),
        lot("T", "STK", "X", 10, None, frozen="lot-without-basis"),
        lot("I", "BND", "I1", "200.5", 1),
        lot("R", "STK", "R1", 100, 1),
    ]
    accounts = more.pop("accounts", [account("T"), account("I", "tax_deferred"), account("R", "tax_exempt", status="locked")])
    cash = {"T": 5_000, "I": 3_000, "R": 100, **more.pop("cash", {})}
    return making.household(accounts, more.pop("lots", lots), more.pop("securities", [STOCK, TWIN, BOND, MUNI]), cash=cash, **more)


def rule(kind: str, **fields: Any) -> PlacedRule[Rule]:
    """A rule with its numbers as text or int, standing somewhere."""
    placed: PlacedRule[Rule] = making.rule(kind, **{name: numbers(value) for name, value in fields.items()})
    return replace(placed, spot=SPOT)


def numbers(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: numbers(each) for name, each in value.items()}
    return Decimal(str(value)) if isinstance(value, float) else value


def policy(*rules: PlacedRule[Rule]) -> HouseholdPolicy:
    return HouseholdPolicy("H", "model", TODAY, rules, {})


def selling(house: Household, account_id: str, symbol: str, shares: Mapping[str, object] | object) -> Trade:
    """A sale of shares by lot, or of a number of shares by the account's method."""
    owner, position = house.account[account_id], next(p for p in house.positions if (p.account_id, p.symbol) == (account_id, symbol))
    if isinstance(shares, Mapping):
        by_lot = {each: usd(shares[each.lot_id]) for each in position.lots if each.lot_id in shares}
    else:
        by_lot = relieve(owner, position, usd(shares))
    return sell(house, owner, house.securities[symbol], by_lot, sum(by_lot.values(), Decimal(0)))


def buying(house: Household, account_id: str, symbol: str, shares: object) -> Trade:
    return buy(house.account[account_id], house.securities[symbol], usd(shares))


def proposal(house: Household, *trades: Trade, payments: Iterable[Payment] = (), **more: Any) -> Outcome:
    paid = tuple(payments)
    barred = more.pop("barred", bars(house, trades))
    return Outcome(more.pop("status", Status.PROPOSED), trades, paid, holdings_after(house, trades, paid), barred=barred, **more)


def bars(house: Household, trades: Iterable[Trade]) -> tuple[Barred, ...]:
    lost = {trade.symbol for trade in trades if any((each.gain_usd or 0) < 0 for each in trade.lots)}
    return (Barred(tuple(sorted(lost)), TODAY + timedelta(days=30), tuple(house.account), ()),) if lost else ()


def verdict(house: Household, outcome: Outcome, *rules: PlacedRule[Rule]) -> list[Finding]:
    return check(house, policy(*rules), LAW, outcome)


def codes(house: Household, outcome: Outcome, *rules: PlacedRule[Rule]) -> set[str]:
    """The codes of all breaches."""
    return {finding.code for finding in verdict(house, outcome, *rules)}


def first(outcome: Outcome, **changes: Any) -> Outcome:
    """The outcome with its first trade changed; holdings are left as they were."""
    return replace(outcome, trades=(replace(outcome.trades[0], **changes), *outcome.trades[1:]))


def first_lot(outcome: Outcome, **changes: Any) -> Outcome:
    """The outcome with the first lot of its first trade changed."""
    lots = outcome.trades[0].lots
    return first(outcome, lots=(replace(lots[0], **changes), *lots[1:]))


__all__ = [
    "BOND", "LAST_WEEK", "LAW", "MUNI", "SPOT", "STOCK", "TODAY", "TWIN", "account", "bars", "buying", "codes", "first", "first_lot",
    "household", "lot", "policy", "proposal", "replace", "rule", "security", "selling", "usd", "verdict",
]  # fmt: skip
