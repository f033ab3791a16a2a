"""Capital-market assumptions: the firm's dated, cited expectations, from which after-tax returns are computed.

What a file leaves out has the default that stands here; reports print what was used, and under which name.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Literal

from pydantic import Field

from rules.language.grammar import Day, Frac, Identifier, Language, Name, Number, Source, Text, Years


class ClassAssumptions(Language):
    """What is expected of one asset class, a year, fractions. What is left out is zero."""

    total_return_frac: Number
    """Expected total return before expenses, fraction a year."""
    ordinary_yield_frac: Frac = Decimal(0)
    """Part of it paid as interest, fraction of value a year."""
    exempt_share_frac: Frac = Decimal(0)
    """Share of that interest that is free of income tax."""
    dividend_yield_frac: Frac = Decimal(0)
    """Part of the return paid as dividends, fraction of value a year."""
    qualified_share_frac: Frac = Decimal(0)
    """Share of the dividends that is qualified."""
    turnover_frac: Frac = Decimal(0)
    """Share of the gains that the fund or its owner realises in a year."""
    short_term_share_frac: Frac = Decimal(0)
    """Share of those gains that is short-term."""
    expense_frac: Frac = Decimal(0)
    """Expenses, fraction of value a year."""
    foreign_tax_share_frac: Frac = Decimal(0)
    """Foreign tax withheld, share of the dividends; lost in untaxed accounts."""

    @property
    def growth_frac(self) -> Decimal:
        """What is neither interest nor dividend: r − y − d, fraction a year."""
        return self.total_return_frac - self.ordinary_yield_frac - self.dividend_yield_frac


class CarryforwardValue(Language):
    """What a dollar of loss that is not used this year is worth, dollars."""

    short: Frac = Decimal("0.15")
    """Of short-term loss."""
    long: Frac = Decimal("0.10")
    """Of long-term loss."""


class Assumptions(Language):
    """One assumption set; a location rule names it."""

    id: Identifier
    """The name that location rules use."""
    title: Text
    """The name that reports print."""
    as_of: Day
    """The day the assumptions were made."""
    source: Source
    """Who made them, and where they are written down."""
    form: Literal["one_year", "multi_year"]
    """one_year: the textbook formula; multi_year: gains accumulate and are realised by turnover over the horizon."""
    deferred_convention: Literal["full_balance", "liquidation", "tax_adjusted"]
    """How the tax on a tax-deferred balance is counted."""
    inflation_frac: Frac = Decimal("0.025")
    """For today's dollars, fraction a year."""
    discount_frac: Frac = Decimal("0.04")
    """For tax that is merely accelerated, fraction a year."""
    deferral_years: Years = 10
    """When a gain that is not realised now would be realised otherwise, years."""
    carryforward_value_frac: CarryforwardValue = CarryforwardValue()
    """Value of a dollar of unused loss."""
    retirement_rate_frac: Frac = Decimal("0.24")
    """Tax rate on withdrawals from tax-deferred accounts, for the conventions liquidation and tax_adjusted."""
    classes: dict[Name, ClassAssumptions] = Field(min_length=1)
    """By asset class."""

    def defaults_used(self) -> Mapping[str, object]:
        """The fields that the file left out, with the default that holds: what the report prints."""
        return {name: getattr(self, name) for name in type(self).model_fields if name not in self.model_fields_set}
