"""The exact scalar tax of one return: federal income tax, alternative minimum tax, NIIT and state tax.

    law = schedule(tax_year, filing_status, state)          the year's law for one filing status and state
    income = income_of(taxpayer, law, owners, as_of, more)  what the return holds beside gains and losses
    tax_of(law, income, net_st, net_lt).total               dollars

Everything is generic over the number: Decimal where money leaves the house, float (`law.as_float()`, `income.as_float()`)
where the solver needs thousands of evaluations. Nothing is rounded on the way; whoever prints rounds once.

Left out, and said in reports by `approximations`: credits, dependants, the temporary senior deduction, collectibles and
section 1250 gain, state deductions and exemptions, local taxes.
"""

from __future__ import annotations

from solver.tax.amt_kinks import amt_kinks
from solver.tax.approximations import approximations
from solver.tax.compute import Tax, tax_of
from solver.tax.income import Income, income_of
from solver.tax.kinks import Box, Kinks, amt_possible, kinks
from solver.tax.marginal import Rates, marginal_rates
from solver.tax.schedule import Scale, TaxSchedule, schedule

__all__ = [
    "Box",
    "Income",
    "Kinks",
    "Rates",
    "Scale",
    "Tax",
    "TaxSchedule",
    "amt_kinks",
    "amt_possible",
    "approximations",
    "income_of",
    "kinks",
    "marginal_rates",
    "schedule",
    "tax_of",
]
