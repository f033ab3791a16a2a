"""Small households and policies, said in few words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from rules.assumptions import Assumptions
from rules.catalogue import KINDS
from rules.policy import HouseholdPolicy, PlacedRule
from validation.household import (
    Account,
    AccountStatus,
    Cash,
    FilingStatus,
    Household,
    Lot,
    Owner,
    Position,
    ReliefMethod,
    Security,
    Taxpayer,
    TaxTreatment,
)
from validation.source import Spot

TODAY = date(2026, 3, 2)
ZERO = Decimal(0)


def usd(amount: object) -> Decimal:
    return Decimal(str(amount))


def security(
    symbol: str, price: object, exposures: Mapping[str, object] | str, *, spread: object = 0, whole: bool = True, **more
) -> Security:
    parts = {exposures: 1} if isinstance(exposures, str) else exposures
    return Security(
        symbol=symbol, name=symbol, security_type="etf", identity_group=more.pop("group", symbol), equivalent_group="", issuer="",
        half_spread_bps=usd(spread), whole_shares=whole, price_usd=usd(price), price_date=TODAY,
        exposures={name: usd(weight) for name, weight in parts.items()}, **more,
    )  # fmt: skip


def account(account_id: str, treatment: str = "taxable", *, taxpayer: str = "T1", status: str = "managed", relief: str = "FIFO") -> Account:
    return Account(
        account_id, "H", taxpayer, "P1", "schwab", account_id, "individual", TaxTreatment(treatment), AccountStatus(status),
        ReliefMethod(relief), False,
    )  # fmt: skip


def lot(account_id: str, symbol: str, lot_id: str, shares: object, basis: object, acquired: date = date(2020, 1, 2), **more) -> Lot:
    return Lot(account_id, symbol, lot_id, acquired, usd(shares), None if basis is None else usd(basis), **more)


def taxpayer(taxpayer_id: str = "T1", income: object = 200_000, *, state: str = "TX", filing: str = "married_joint", **more) -> Taxpayer:
    fields = {
        "taxable_interest_usd": ZERO, "nonqualified_dividends_usd": ZERO, "qualified_dividends_usd": ZERO, "deduction_usd": None,
        "deduction_amt_addback_usd": None, "st_carryforward_usd": ZERO, "lt_carryforward_usd": ZERO, "realized_st_ytd_usd": ZERO,
        "realized_lt_ytd_usd": ZERO,
    }  # fmt: skip
    fields.update({name: usd(amount) for name, amount in more.items()})
    return Taxpayer(taxpayer_id, FilingStatus(filing), state, usd(income), **fields)


def household(
    accounts: Sequence[Account], lots: Sequence[Lot] = (), securities: Sequence[Security] = (), *,
    cash: Mapping[str, object] | None = None, taxpayers: Sequence[Taxpayer] = (), positions: Sequence[Position] = (), **more,
) -> Household:  # fmt: skip
    """Positions are the lots' sums, unless `positions` gives them."""
    by_position: dict[tuple[str, str], list[Lot]] = {}
    for each in lots:
        by_position.setdefault((each.account_id, each.symbol), []).append(each)
    summed = tuple(
        Position(account_id, symbol, sum((each.quantity for each in members), ZERO), tuple(members))
        for (account_id, symbol), members in by_position.items()
    )
    return Household(
        household_id="H", name="The Examples", advisor="A", model=more.pop("model", "model"), last_rebalanced=None, mode="joint",
        as_of=TODAY, taxpayers=tuple(taxpayers) or (taxpayer(),), owners=(Owner("P1", "T1"),), accounts=tuple(accounts),
        positions=(*summed, *positions), cash=tuple(Cash(name, usd(amount)) for name, amount in (cash or {}).items()),
        orders=more.pop("orders", ()), securities={each.symbol: each for each in securities}, **more,
    )  # fmt: skip


CLASSES = {
    "us_equity": {"total_return_frac": "0.065", "dividend_yield_frac": "0.015", "qualified_share_frac": "0.95", "turnover_frac": "0.05"},
    "intl_equity": {"total_return_frac": "0.07", "dividend_yield_frac": "0.03", "qualified_share_frac": "0.70", "turnover_frac": "0.07"},
    "reit": {"total_return_frac": "0.065", "dividend_yield_frac": "0.038", "turnover_frac": "0.15"},
    "core_bond": {"total_return_frac": "0.045", "ordinary_yield_frac": "0.045"},
    "high_yield": {"total_return_frac": "0.06", "ordinary_yield_frac": "0.06"},
    "muni_bond": {"total_return_frac": "0.032", "ordinary_yield_frac": "0.032", "exempt_share_frac": 1},
    "cash": {"total_return_frac": "0.03", "ordinary_yield_frac": "0.03"},
}  # fmt: skip


def assumptions(classes: Mapping[str, Mapping[str, object]] = CLASSES, **more) -> Assumptions:
    given = {name: {field: Decimal(str(number)) for field, number in fields.items()} for name, fields in classes.items()}
    settings = {"form": "one_year", "deferred_convention": "full_balance", **more}
    return Assumptions(
        id="base_2026", title="House assumptions 2026", as_of=date(2026, 1, 2), source={"title": "Investment committee"},
        classes=given, **settings,
    )  # fmt: skip


def rule(kind: str, **fields) -> PlacedRule:
    given = {"kind": kind, "id": fields.pop("id", kind), "title": kind, **fields}
    return PlacedRule(KINDS[kind].model_validate(given), "policy/firm/rules.yaml", Spot(0, 0, 1, -1, 0, 0))


def target(weights: Mapping[str, object], holdings: Mapping[str, object]) -> PlacedRule:
    return rule("target", id="model", weights_frac={name: usd(weight) for name, weight in weights.items()}, holdings=dict(holdings))


def policy(*rules: PlacedRule, given: Assumptions | None = None) -> HouseholdPolicy:
    return HouseholdPolicy("H", "model", TODAY, tuple(rules), {given.id: given} if given else {})


__all__ = [
    "CLASSES", "TODAY", "account", "assumptions", "household", "lot", "policy", "replace", "rule", "security", "target", "taxpayer", "usd",
]  # fmt: skip
