"""What a proposal's gains and losses cost each taxpayer this year, and how much of it is tax merely accelerated.

    tax cost = Tax(year to date + carryforwards + proposal) − Tax(year to date + carryforwards)

exact, federal with NIIT and AMT and state. Withdrawals that are ordered from tax-deferred accounts in this tax year are
ordinary income of both terms. A realised gain raises basis: the tax that it spares later is worth
gain · r_later · (1 + discount)^−years, with r_later the marginal long-term rate before the proposal.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from rules.assumptions import Assumptions
from rules.tax import TaxYear
from solver.outcome import Payment
from solver.payments import retirement_income_usd
from solver.realized import Realized
from solver.tax import Income, Rates, Tax, TaxSchedule, income_of, marginal_rates, schedule, tax_of
from validation.household import Household
from validation.units import ZERO, Usd, cents


@dataclass(frozen=True, slots=True)
class TaxGround:
    """One tax return as it stands before the proposal: gains are the year to date's, before carryforwards."""

    taxpayer_id: str
    schedule: TaxSchedule[Decimal]
    income: Income[Decimal]
    st_to_date: Usd
    lt_to_date: Usd
    rates: Rates
    tax: Tax[Decimal]


@dataclass(frozen=True, slots=True)
class TaxpayerFigures:
    """One taxpayer's side of a proposal. Dollars; the year is year to date + proposal, before carryforwards.

    `carryforward_used` is by how much the proposal lowers the unused loss that leaves the year: positive where it
    consumes carryforward, negative where it creates some. `later_value` is the present value of a dollar of gain
    realised now that would otherwise be taxed later (r_later × discount), None without assumptions.
    """

    taxpayer_id: str
    realized: Realized
    year_net_st: Usd
    year_net_lt: Usd
    tax_without: Usd
    tax_cost: Usd
    flat_estimate: Usd
    carryforward_used: Usd
    rates: Rates
    later_value: float | None

    @property
    def tax_with(self) -> Usd:
        """Tax of the year with the proposal; the cost is rounded once, so that the three figures tie."""
        return self.tax_without + self.tax_cost


def tax_grounds(household: Household, tax_year: TaxYear, payments: Sequence[Payment]) -> tuple[TaxGround, ...]:
    """Every taxpayer of the household before the proposal. Raises what `schedule` raises for an unknown state or year."""
    grounds: list[TaxGround] = []
    for taxpayer in household.taxpayers:
        law = schedule(tax_year, taxpayer.filing_status, taxpayer.state)
        owners = tuple(owner for owner in household.owners if owner.taxpayer_id == taxpayer.taxpayer_id)
        withdrawn = retirement_income_usd(household, tuple(payments), taxpayer.taxpayer_id)
        income = income_of(taxpayer, law, owners, household.as_of, withdrawn)
        st, lt = taxpayer.realized_st_ytd_usd, taxpayer.realized_lt_ytd_usd
        grounds.append(
            TaxGround(
                taxpayer.taxpayer_id,
                law,
                income,
                st,
                lt,
                marginal_rates(law, income, st, lt),
                tax_of(law, income, st, lt),
            )
        )
    return tuple(grounds)


def taxpayer_figures(ground: TaxGround, realized: Realized, assumptions: Assumptions | None) -> TaxpayerFigures:
    """The taxpayer's figures for what a list of trades realises."""
    st, lt = ground.st_to_date + realized.net_st, ground.lt_to_date + realized.net_lt
    untouched = not realized.net_st and not realized.net_lt
    tax = ground.tax if untouched else tax_of(ground.schedule, ground.income, st, lt)
    flat = Decimal(str(ground.rates.short_term)) * realized.net_st + Decimal(str(ground.rates.long_term)) * realized.net_lt
    return TaxpayerFigures(
        taxpayer_id=ground.taxpayer_id,
        realized=realized,
        year_net_st=st,
        year_net_lt=lt,
        tax_without=cents(ground.tax.total),
        tax_cost=cents(tax.total - ground.tax.total),
        flat_estimate=cents(flat),
        carryforward_used=cents(_unused(ground.tax) - _unused(tax)),
        rates=ground.rates,
        later_value=later_value(ground.rates, assumptions),
    )


def later_value(rates: Rates, assumptions: Assumptions | None) -> float | None:
    """r_later · (1 + discount)^−years: dollars of today per dollar of gain taxed later; None without assumptions."""
    if assumptions is None:
        return None
    growth = max(1e-6, 1 + float(assumptions.discount_frac))
    discount: float = growth ** -float(assumptions.deferral_years)
    return rates.later * discount


def accelerated_usd(figures: Mapping[str, TaxpayerFigures]) -> Usd | None:
    """Present value of the tax that today's gains spare later, cents; negative where losses bring it nearer.
    None without assumptions."""
    total = 0.0
    for each in figures.values():
        if each.later_value is None:
            return None
        total += float(each.realized.net) * each.later_value
    return cents(Decimal(repr(total)))


def deferred_usd(proposal: Mapping[str, TaxpayerFigures], baseline: Mapping[str, TaxpayerFigures]) -> Usd | None:
    """Present value of the future tax on gains that the baseline realises now and the proposal does not:
    Σ over taxpayers (gain_baseline − gain_proposal) · r_later · discount, cents. None without assumptions."""
    total = 0.0
    for taxpayer_id, each in proposal.items():
        if each.later_value is None:
            return None
        total += float(baseline[taxpayer_id].realized.net - each.realized.net) * each.later_value
    return cents(Decimal(repr(total)))


def _unused(tax: Tax[Decimal]) -> Usd:
    return tax.st_carryforward_out + tax.lt_carryforward_out + ZERO
