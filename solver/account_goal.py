"""What one account should hold when it is looked at alone: the household's target, in dollars by class."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from rules.language.cash import Cash
from rules.language.location import Location
from rules.policy import HouseholdPolicy
from solver.outcome import Payment
from solver.payments import reserved_usd
from validation.household import CASH_CLASS, Account, Household
from validation.units import ZERO


class AccountGoal:
    """Target, never-pairs and cash rules of one household, asked account by account. `managed_value` in dollars."""

    def __init__(
        self,
        household: Household,
        policy: HouseholdPolicy,
        weights: Mapping[str, Decimal],
        payments: tuple[Payment, ...],
        managed_value: Decimal,
    ) -> None:
        self._household, self._weights, self._payments, self._managed_value = household, weights, payments, managed_value
        self._locations = [placed.rule for placed in policy.of(Location)]
        self._cash = [(placed.rule, frozenset(placed.rule.applies_to.account_ids(household))) for placed in policy.of(Cash)]

    def dollars(self, account: Account, value: Decimal) -> dict[str, Decimal]:
        """Dollars by class of an account worth `value`: the weight of classes that its treatment may not hold is spread
        pro rata over the others; cash that must stay is taken out first."""
        allowed = {name: weight for name, weight in self._weights.items() if weight > 0 and not self.forbids(name, account)}
        total = sum(allowed.values(), ZERO)
        in_cash = allowed.pop(CASH_CLASS, ZERO) / total * value if total else value
        cash = max(in_cash, self.cash_floor(account, value))
        invested = sum(allowed.values(), ZERO)
        rest = max(ZERO, value - cash)
        return {CASH_CLASS: cash, **{name: weight / invested * rest for name, weight in allowed.items()}}

    def forbids(self, name: str, account: Account) -> bool:
        """Whether a never-pair keeps the class out of accounts of this treatment."""
        return any(rule.forbids(name, account.tax_treatment.value) for rule in self._locations)

    def cash_floor(self, account: Account, value: Decimal) -> Decimal:
        """Cash that must stay: later orders and set-asides, unsettled cash that may not be spent, and the rules' minimum
        (a household's minimum falls on its managed accounts by their value). At most the account's value."""
        floor = ZERO
        for rule, accounts in self._cash:
            if account.account_id in accounts:
                unsettled = ZERO if rule.spend_unsettled else max(ZERO, self._household.cash_of[account.account_id].unsettled_usd)
                floor = max(floor, self._minimum(rule.per, rule.minimum(value), rule.minimum(self._managed_value), value) + unsettled)
        return min(max(ZERO, value), reserved_usd(self._payments, account.account_id) + floor)

    def _minimum(self, per: str, of_account: Decimal, of_household: Decimal, value: Decimal) -> Decimal:
        if per == "account":
            return of_account
        return of_household * value / self._managed_value if self._managed_value > 0 else ZERO

    def is_mode(self, account: Account, mode: str) -> bool:
        """Whether a cash rule lets the account only invest (`invest_only`) or only raise cash (`raise_only`)."""
        return any(rule.mode == mode and account.account_id in accounts for rule, accounts in self._cash)
