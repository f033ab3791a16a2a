"""A household's dollars by account and class, today and after, with targets and bands: the ground of every chart."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

from rules.policy import HouseholdPolicy
from solver.decision import Decision
from templates import wording
from validation.household import CASH, CASH_CLASS, UNCLASSIFIED, Account, AccountStatus, Household, TaxTreatment
from validation.units import ZERO

Dollars: TypeAlias = Mapping[tuple[str, str], Decimal]
"""Dollars by (account id, asset class)."""

TREATMENT_ORDER = (TaxTreatment.TAXABLE, TaxTreatment.TAX_DEFERRED, TaxTreatment.TAX_EXEMPT)


@dataclass(frozen=True, slots=True)
class Figures:
    """Dollars and fractions of one household. `after` is empty where nothing was decided.

    accounts    the counted ones, by treatment (taxable first), then as the firm lists them
    classes     those held today or after, or with a target
    bands       (lowest, highest) weight by class, where the policy has a band for it
    """

    accounts: tuple[Account, ...]
    excluded: tuple[Account, ...]
    classes: tuple[str, ...]
    before: Dollars
    after: Dollars
    targets: Mapping[str, Decimal]
    bands: Mapping[str, tuple[Decimal, Decimal]]
    weights_before: Mapping[str, Decimal]
    weights_after: Mapping[str, Decimal]

    def total(self, dollars: Dollars, account_id: str) -> Decimal:
        """Dollars of one account."""
        return sum((dollars.get((account_id, name), ZERO) for name in self.classes), ZERO)

    def is_outside(self, asset_class: str, weight: Decimal) -> bool:
        """Whether a weight leaves its class's band by more than a hundredth of a percent."""
        band = self.bands.get(asset_class)
        return band is not None and not band[0] - Decimal("0.0001") <= weight <= band[1] + Decimal("0.0001")

    @property
    def changed(self) -> bool:
        """Whether any account's class differs by a dollar or more after the run."""
        pairs = {*self.before, *self.after}
        return any(abs(self.after.get(pair, ZERO) - self.before.get(pair, ZERO)) >= 1 for pair in pairs) if self.after else False


def figures_of(decision: Decision) -> Figures:
    """All figures that the pages draw. Weights are those of the statistics where they exist, else computed here."""
    household, statistics = decision.household, decision.statistics
    counted = {account.account_id for account in household.accounts if account.is_counted}
    before = _by_class(household, counted, _held_today(household))
    rows = decision.outcome.holdings_after if decision.outcome else ()
    after = _by_class(household, counted, ((row.account_id, row.symbol, row.market_value_usd or ZERO) for row in rows))
    targets = target_weights(decision.policy)
    if statistics and statistics.targets:
        targets = dict(statistics.targets)
    held = {name for (_, name), amount in [*before.items(), *after.items()] if abs(amount) >= Decimal("0.5")}
    classes = wording.in_class_order(held | {name for name, weight in targets.items() if weight > 0}, targets)
    order = {treatment: place for place, treatment in enumerate(TREATMENT_ORDER)}
    accounts = sorted((each for each in household.accounts if each.is_counted), key=lambda each: order[each.tax_treatment])
    return Figures(
        tuple(accounts),
        tuple(each for each in household.accounts if each.status is AccountStatus.EXCLUDED),
        classes,
        before,
        after,
        targets,
        bands_of(decision.policy, targets),
        (statistics.weights_before if statistics else None) or _weights(before),
        (statistics.weights_after if statistics else None) or _weights(after),
    )


def target_weights(policy: HouseholdPolicy | None) -> dict[str, Decimal]:
    """Weight by class of the household's target; empty without one."""
    return dict(policy.target.rule.weights) if policy and policy.target else {}


def bands_of(policy: HouseholdPolicy | None, targets: Mapping[str, Decimal]) -> dict[str, tuple[Decimal, Decimal]]:
    """Lowest and highest weight by class, where the policy has a band for it."""
    found: dict[str, tuple[Decimal, Decimal]] = {}
    for name, target in targets.items():
        band = policy.band_for(name) if policy else None
        if band:
            width = band.rule.width(target)
            found[name] = (max(ZERO, target - width), min(Decimal(1), target + width))
    return found


def _held_today(household: Household) -> Iterable[tuple[str, str, Decimal]]:
    for position in household.positions:
        yield position.account_id, position.symbol, position.quantity * household.price_usd(position.symbol)
    for account_id, cash in household.cash_of.items():
        yield account_id, CASH, cash.total_usd


def _by_class(household: Household, counted: set[str], rows: Iterable[tuple[str, str, Decimal]]) -> dict[tuple[str, str], Decimal]:
    dollars: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for account_id, symbol, amount in rows:
        if account_id not in counted or not amount:
            continue
        exposures = {CASH_CLASS: Decimal(1)} if symbol == CASH else household.securities[symbol].exposures or {UNCLASSIFIED: Decimal(1)}
        for name, share in exposures.items():
            dollars[account_id, name] += amount * share
    return dict(dollars)


def _weights(dollars: Dollars) -> dict[str, Decimal]:
    total = sum(dollars.values(), ZERO)
    weights: dict[str, Decimal] = defaultdict(Decimal)
    if total > 0:
        for (_, name), amount in dollars.items():
            weights[name] += amount / total
    return dict(weights)
