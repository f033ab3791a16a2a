"""Marginal rates of a taxpayer: what the next thousand dollars of each kind of income cost in tax."""

from __future__ import annotations

from dataclasses import dataclass, replace

from solver.tax.compute import tax_of
from solver.tax.income import Income
from solver.tax.schedule import N, TaxSchedule


@dataclass(frozen=True, slots=True)
class Rates:
    """Dollars of total tax (AMT, NIIT and state included) per dollar, over the next $1,000.

    ordinary        interest and nonqualified dividends (net investment income)
    non_investment  wages, pensions, withdrawals from tax-deferred accounts
    later           a long-term gain in an ordinary year of this income: without this year's gains so far and without
                    carryforwards, which have a value of their own. What is deferred is taxed at this rate; the rate of a
                    year with losses to spare is zero and would make every deferral look like tax avoided
    """

    ordinary: float
    qualified_dividend: float
    short_term: float
    long_term: float
    non_investment: float = 0.0
    later: float = 0.0


def marginal_rates(schedule: TaxSchedule[N], income: Income[N], net_st: N, net_lt: N) -> Rates:
    """The taxpayer's own marginal rates at the year's net gains so far (dollars, before carryforwards)."""
    # Adding to zero keeps the kind of number: 1000 as Decimal or as float.
    step = schedule.zero + 1000
    before = tax_of(schedule, income, net_st, net_lt).total

    def rate(then: Income[N], short: N, long: N) -> float:
        return float((tax_of(schedule, then, short, long).total - before) / step)

    bare = replace(income, st_carryforward=schedule.zero, lt_carryforward=schedule.zero)
    ordinary_year = tax_of(schedule, bare, schedule.zero, step).total - tax_of(schedule, bare, schedule.zero, schedule.zero).total
    return Rates(
        ordinary=rate(replace(income, taxable_interest=income.taxable_interest + step), net_st, net_lt),
        qualified_dividend=rate(replace(income, qualified_dividends=income.qualified_dividends + step), net_st, net_lt),
        short_term=rate(income, net_st + step, net_lt),
        long_term=rate(income, net_st, net_lt + step),
        non_investment=rate(replace(income, ordinary=income.ordinary + step), net_st, net_lt),
        later=float(ordinary_year / step),
    )
