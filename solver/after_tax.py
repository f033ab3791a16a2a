"""What a dollar of an asset class is expected to bring after tax, by the treatment of the account it lives in.

    taxable       r − e − y·t_ord·(1−x) − d·q·t_qd − d·(1−q)·t_ord − g·min(T,1)·(s·t_st + (1−s)·t_lt)
    tax_exempt    r − e − f·d
    tax_deferred  r − e − f·d, read by the assumption file's convention

r total return, y ordinary yield, x its exempt share, d dividend yield, q qualified share, T turnover, s short-term share,
e expense, f foreign tax as a share of d, g = r − y − d. The foreign tax is credited in a taxable account and lost elsewhere.

The one-year form understates the drag of gains, since turnover later realises accumulated ones. The multi-year form follows
value and basis for `HORIZON_YEARS` and takes the post-liquidation return: whatever was not yet taxed is taxed at the end.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from rules.assumptions import Assumptions, ClassAssumptions
from solver.tax import Rates
from validation.household import Household, TaxTreatment

AfterTaxReturns: TypeAlias = dict[tuple[str, TaxTreatment], float]
"""Yearly return per dollar of stated balance, by asset class and treatment."""

HORIZON_YEARS = 20
"""Years of the multi-year form and of the liquidation convention (the horizon of the convention's published examples)."""


WILD = 10
"""Ten times its value in a year: beyond it a return is a slip of the pen, and powers of it leave the range of numbers."""


@dataclass(frozen=True, slots=True)
class TaxableRates:
    """The marginal rates that the formulas need, dollars of tax per dollar of that kind of income."""

    ordinary: float
    qualified_dividend: float
    short_term: float
    long_term: float

    def on_gain(self, short_term_share: float) -> float:
        return short_term_share * self.short_term + (1 - short_term_share) * self.long_term


@dataclass(frozen=True, slots=True)
class ClassTraits:
    """One class of the assumption file in float: the letters of the module's formulas."""

    r: float
    y: float
    x: float
    d: float
    q: float
    T: float
    s: float
    e: float
    f: float

    @property
    def growth(self) -> float:
        """g: the part of the return that is neither yield nor dividend."""
        return self.r - self.y - self.d


def after_tax_returns(assumptions: Assumptions, rates: Rates) -> AfterTaxReturns:
    """The return of every class of the file in all three treatments, for one taxpayer's marginal rates.

    In the convention `tax_adjusted` the deferred return is counted per dollar of the *stated* balance, of which only
    (1 − t_ret) is the client's (t_ret is the file's `retirement_rate_frac`): so dollars × return is after-tax dollars in
    every convention.
    """
    taxed, retirement_rate = _rates(rates), float(assumptions.retirement_rate_frac)
    table: AfterTaxReturns = {}
    for name, given in assumptions.classes.items():
        traits = _traits(given)
        multi_year = assumptions.form == "multi_year"
        table[name, TaxTreatment.TAXABLE] = post_liquidation(traits, taxed) if multi_year else one_year(traits, taxed)
        table[name, TaxTreatment.TAX_EXEMPT] = untaxed(traits)
        table[name, TaxTreatment.TAX_DEFERRED] = deferred(traits, retirement_rate, assumptions.deferred_convention)
    return table


def returns_by_account(household: Household, assumptions: Assumptions, rates: Mapping[str, Rates]) -> dict[str, dict[str, float]]:
    """Yearly return by account id and asset class: every account at its own taxpayer's rates (by taxpayer id)."""
    tables = {taxpayer_id: after_tax_returns(assumptions, each) for taxpayer_id, each in rates.items()}
    return {
        account.account_id: {name: tables[account.taxpayer_id][name, account.tax_treatment] for name in assumptions.classes}
        for account in household.accounts
    }


def unusable(assumptions: Assumptions | None) -> str:
    """Why no expected return can be had from these assumptions; empty where one can."""
    if assumptions is None:
        return "the policy names no capital-market assumptions"
    wild = sorted(name for name, given in assumptions.classes.items() if abs(given.total_return_frac) > WILD)
    return f"the assumptions expect more than {WILD:.0%} a year of {wild[0]}" if wild else ""


def one_year(traits: ClassTraits, taxed: TaxableRates) -> float:
    """Taxable return of one year in which a turnover's share of the year's own growth is realised."""
    dividends = traits.d * (traits.q * taxed.qualified_dividend + (1 - traits.q) * taxed.ordinary)
    interest = traits.y * taxed.ordinary * (1 - traits.x)
    gains = traits.growth * min(traits.T, 1.0) * taxed.on_gain(traits.s)
    return traits.r - traits.e - interest - dividends - gains


def pre_liquidation(traits: ClassTraits, taxed: TaxableRates, years: int = HORIZON_YEARS) -> float:
    """Yearly return over `years` before the position is sold at the end."""
    value, _ = _follow(traits, taxed, years)
    return _yearly(value, years)


def post_liquidation(traits: ClassTraits, taxed: TaxableRates, years: int = HORIZON_YEARS) -> float:
    """Yearly return over `years` after the accumulated gain is taxed, long-term, at the end."""
    value, basis = _follow(traits, taxed, years)
    return _yearly(value - (value - basis) * taxed.long_term, years)


def untaxed(traits: ClassTraits) -> float:
    """Return where nothing is taxed and no foreign tax is credited."""
    return traits.r - traits.e - traits.f * traits.d


def deferred(traits: ClassTraits, retirement_rate: float, convention: str, years: int = HORIZON_YEARS) -> float:
    """Return in a tax-deferred account: `full_balance`, `liquidation` or `tax_adjusted` (per dollar of stated balance)."""
    stated = untaxed(traits)
    if convention == "liquidation":
        return _yearly(max(0.0, 1 + stated) ** years * (1 - retirement_rate), years)
    if convention == "tax_adjusted":
        return stated * (1 - retirement_rate)
    return stated


def _follow(traits: ClassTraits, taxed: TaxableRates, years: int) -> tuple[float, float]:
    """Value and basis of a dollar after `years`: income taxed and reinvested, turnover's share of the gain realised."""
    income = traits.y + traits.d
    tax_on_income = traits.y * taxed.ordinary * (1 - traits.x) + traits.d * (
        traits.q * taxed.qualified_dividend + (1 - traits.q) * taxed.ordinary
    )
    turnover, rate = min(traits.T, 1.0), taxed.on_gain(traits.s)
    value = basis = 1.0
    for _ in range(years):
        grown = value * (1 + traits.growth - traits.e)
        realised = turnover * (grown - basis)
        added = value * (income - tax_on_income) - realised * rate
        basis += realised + added
        value = grown + added
    return value, basis


def _yearly(final: float, years: int) -> float:
    """A dollar's final value as a yearly return; what is lost altogether returns −1."""
    return float(max(0.0, final) ** (1 / years)) - 1


def _rates(rates: Rates) -> TaxableRates:
    return TaxableRates(
        ordinary=float(rates.ordinary),
        qualified_dividend=float(rates.qualified_dividend),
        short_term=float(rates.short_term),
        long_term=float(rates.long_term),
    )


def _traits(given: ClassAssumptions) -> ClassTraits:
    return ClassTraits(
        r=float(given.total_return_frac),
        y=float(given.ordinary_yield_frac),
        x=float(given.exempt_share_frac),
        d=float(given.dividend_yield_frac),
        q=float(given.qualified_share_frac),
        T=float(given.turnover_frac),
        s=float(given.short_term_share_frac),
        e=float(given.expense_frac),
        f=float(given.foreign_tax_share_frac),
    )
