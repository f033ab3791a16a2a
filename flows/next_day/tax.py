"""Realised against promised tax: what a household's returns owe when a trade was done otherwise than it was proposed.

    tax dollars of a difference = Tax(the proposal, this trade as it was done) − Tax(the proposal)

with solver.tax, exact for the whole return: year to date, carryforwards and the household's withdrawals included. The figures
of several differences therefore need not add up to the household's: brackets bend.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from rules.policy import Policy
from rules.tax import TaxYear
from solver.outcome import Term
from solver.payments import plan_payments
from solver.tax import tax_of
from solver.tax_cost import TaxGround, tax_grounds
from validation.household import Household
from validation.units import ZERO, cents


@dataclass(slots=True)
class Gains:
    """Net gains of one trade or many, by term. Dollars."""

    by_term: dict[Term, Decimal] = field(default_factory=lambda: defaultdict(Decimal))

    @property
    def total(self) -> Decimal:
        """Short-term and long-term together."""
        return sum(self.by_term.values(), ZERO)

    def plus(self, other: Gains, sign: int = 1) -> Gains:
        """Both together; with sign -1, the one without the other."""
        both = Gains()
        for term in Term:
            both.by_term[term] = self.by_term[term] + sign * other.by_term[term]
        return both


def gains_of(parts: Iterable[tuple[Term, Decimal]]) -> Gains:
    """The sum of gains by term."""
    found = Gains()
    for term, gain in parts:
        found.by_term[term] += gain
    return found


@dataclass(slots=True)
class HouseholdTax:
    """The tax of a household's returns, as a function of what each trade realises."""

    household: Household
    grounds: Mapping[str, TaxGround]
    promised: dict[str, Gains] = field(default_factory=lambda: defaultdict(Gains))
    """Taxpayer → the proposal's gains."""
    realized: dict[str, Gains] = field(default_factory=lambda: defaultdict(Gains))

    def add(self, account_id: str, promised: Gains, realized: Gains) -> None:
        """Count one trade of a taxable account."""
        taxpayer = self.household.account[account_id].taxpayer_id
        self.promised[taxpayer] = self.promised[taxpayer].plus(promised)
        self.realized[taxpayer] = self.realized[taxpayer].plus(realized)

    def effect(self, account_id: str, promised: Gains, realized: Gains) -> Decimal:
        """Tax dollars of one trade's difference when all others are as promised, in cents."""
        taxpayer = self.household.account[account_id].taxpayer_id
        proposal = self.promised[taxpayer]
        instead = proposal.plus(promised, -1).plus(realized)
        return cents(self._tax(taxpayer, instead) - self._tax(taxpayer, proposal))

    def difference(self) -> Decimal:
        """Tax dollars by which what was realised differs from what was promised, all returns together, in cents."""
        return cents(sum((self._tax(each, self.realized[each]) - self._tax(each, self.promised[each]) for each in self.grounds), ZERO))

    def _tax(self, taxpayer: str, gains: Gains) -> Decimal:
        ground = self.grounds[taxpayer]
        short, long = ground.st_to_date + gains.by_term[Term.ST], ground.lt_to_date + gains.by_term[Term.LT]
        return tax_of(ground.schedule, ground.income, short, long).total


def household_tax(household: Household, policy: Policy, tax_year: TaxYear) -> HouseholdTax:
    """The household's returns as they stood before the proposal."""
    payments = plan_payments(household, policy.for_household(household))
    return HouseholdTax(household, {ground.taxpayer_id: ground for ground in tax_grounds(household, tax_year, payments)})
