"""The independent verdict: does this trade list keep every identity, the law, and every `must`?

Decimal arithmetic on what went in (household, policy) and what would leave the house (outcome), nothing else. No number
of the model is believed: proceeds, gains, terms, cash, holdings, taxes are computed here again. Every breach is an error
finding `breach-...`; one is enough to hold the household back.

What the holdings already break is not the proposal's breach, as long as the trades do not worsen it: a concentration in
a locked account, a mix that a frozen lot prevents, a budget that the year to date has used up.

    book.py        before and after, computed from the trades alone
    trades.py      each trade's own figures, lots, shares
    accounts.py    holdings and cash after; orders of cash
    restraints.py  what must not be sold, bought or traded
    limits.py      mixes, concentrations, cash floors, sizes, counts, turnover
    gains.py       gain budgets and bracket ceilings
    wash.py        losses that a purchase would wash
    matching.py    what of a loss is disallowed, share by share
"""

from __future__ import annotations

from rules.policy import HouseholdPolicy
from rules.tax import TaxYear
from solver.checker import accounts, gains, limits, restraints, trades, wash
from solver.checker.book import Book
from solver.outcome import Outcome
from validation.findings import Finding, in_order
from validation.household import Household

CHECKS = (
    trades.check_trades,
    trades.check_lots,
    accounts.check_holdings,
    accounts.check_cash,
    accounts.check_orders,
    restraints.check_restraints,
    restraints.check_never_pairs,
    restraints.check_cash_modes,
    limits.check_cash_floors,
    limits.check_account_mixes,
    limits.check_concentrations,
    limits.check_sizes,
    limits.check_turnover,
    gains.check_gain_budgets,
    gains.check_bracket_ceilings,
    gains.check_harvest_caps,
    gains.check_forced_harvests,
    wash.check_wash_sales,
    wash.check_bars,
)
"""Each takes the book and yields the breaches it finds."""


def check(household: Household, policy: HouseholdPolicy, tax_year: TaxYear, outcome: Outcome) -> list[Finding]:
    """Every breach of a proposal, as error findings in order; an empty list is the verdict *it may leave*."""
    book = Book(household, policy, tax_year, outcome)
    # An outcome that waits for a person (a conflict) has no holdings of its own yet; it must not trade, and that is all.
    checks = CHECKS if outcome.status.is_decided else (trades.check_trades,)
    return in_order(finding for each in checks for finding in each(book))
