"""A year's law for one filing status and state, in numbers ready to compute with."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, fields, is_dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Any, Generic, TypeVar, cast

from rules.tax import BracketYear, ClassedYear, ExciseYear, FlatYear, StateLaw, TaxYear
from validation.household import FilingStatus
from validation.units import ZERO

N = TypeVar("N", Decimal, float)
"""The kind of number: Decimal (exact) or float (fast)."""


@dataclass(frozen=True, slots=True)
class Scale(Generic[N]):
    """A progressive scale: `rates[i]` from `floors[i]` to the next floor; `taxes[i]` is what is owed at `floors[i]`."""

    floors: tuple[N, ...]
    taxes: tuple[N, ...]
    rates: tuple[N, ...]

    def at(self, amount: N) -> N:
        """What is owed on an amount, dollars; nothing below zero."""
        i = bisect_right(self.floors, amount) - 1
        if i < 0:
            return self.taxes[0]
        return self.taxes[i] + self.rates[i] * (amount - self.floors[i])


def scale_of(brackets: Iterable[tuple[Decimal, Decimal]]) -> Scale[Decimal]:
    """The scale of (upper bound, rate) brackets."""
    rows = tuple(brackets)
    floors = (ZERO, *(upper for upper, _ in rows[:-1]))
    rates = tuple(rate for _, rate in rows)
    taxes = [ZERO]
    for (low, high), rate in zip(pairwise(floors), rates[:-1], strict=True):
        taxes.append(taxes[-1] + rate * (high - low))
    return Scale(floors, tuple(taxes), rates)


def _sum(first: Scale[Decimal], second: Scale[Decimal]) -> Scale[Decimal]:
    """Two scales on the same base as one."""
    floors = tuple(sorted({*first.floors, *second.floors}))
    rates = tuple(sum((scale.rates[bisect_right(scale.floors, floor) - 1] for scale in (first, second)), ZERO) for floor in floors)
    return Scale(floors, tuple(first.at(floor) + second.at(floor) for floor in floors), rates)


@dataclass(frozen=True, slots=True)
class NoStateTax(Generic[N]):
    """The state taxes neither income nor gains."""

    zero: N


@dataclass(frozen=True, slots=True)
class ScaleStateTax(Generic[N]):
    """All income, gains included, on one scale. With `same_year` losses offset that year's gains only, before any
    carryforward and without a deduction from other income."""

    scale: Scale[N]
    same_year: bool


@dataclass(frozen=True, slots=True)
class ClassedStateTax(Generic[N]):
    """Each class of income at its own flat rate, and a surtax on the total (Massachusetts)."""

    long_term_rate: N
    short_term_rate: N
    dividend_rate: N
    ordinary_rate: N
    loss_limit: N
    surtax_threshold: N
    surtax_rate: N


@dataclass(frozen=True, slots=True)
class ExciseStateTax(Generic[N]):
    """Long-term gains alone, after a deduction (Washington)."""

    deduction: N
    scale: Scale[N]


@dataclass(frozen=True, slots=True)
class TaxSchedule(Generic[N]):
    """Everything of one filing status and state in one year. Dollars a year, rates as fractions.

    loss_limit          capital loss deductible against other income, 26 U.S.C. § 1211(b)
    amt                 the 26/28 percent scale on the excess over the exemption
    amt_increase_start  where the exemption is gone and income is increased for married filing separately,
                        § 55(d)(3); None for others
    caveats             what this state's tax leaves out, in sentences
    senior_deduction    whether a person of 65 could claim the temporary senior deduction, which is left out
    """

    year: int
    filing_status: FilingStatus
    state: str
    caveats: tuple[str, ...]
    senior_deduction: bool
    zero: N
    ordinary: Scale[N]
    gains: Scale[N]
    loss_limit: N
    niit_rate: N
    niit_threshold: N
    standard_deduction: N
    aged_deduction: N
    amt: Scale[N]
    amt_exemption: N
    amt_phase_out_start: N
    amt_phase_out_rate: N
    amt_increase_start: N | None
    state_tax: NoStateTax[N] | ScaleStateTax[N] | ClassedStateTax[N] | ExciseStateTax[N]

    def as_float(self) -> TaxSchedule[float]:
        """The same schedule in floats."""
        return cast("TaxSchedule[float]", in_floats(self))


def in_floats(value: Any) -> Any:
    """A record with every Decimal in it as float."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, tuple):
        return tuple(in_floats(each) for each in value)
    if is_dataclass(value) and not isinstance(value, type):
        return type(value)(**{each.name: in_floats(getattr(value, each.name)) for each in fields(value)})
    return value


def schedule(tax_year: TaxYear, filing_status: FilingStatus, state: str) -> TaxSchedule[Decimal]:
    """The schedule of a filing status and state; raises rules.tax.UnknownState where the year's files lack the state."""
    law, status, local = tax_year.federal, filing_status, tax_year.state(state)
    exemption, start = law.amt.exemption[status], law.amt.exemption_phase_out_start[status]
    separate = status is FilingStatus.MARRIED_SEPARATE
    low, high = law.amt.rates
    return TaxSchedule(
        year=tax_year.year,
        filing_status=status,
        state=state,
        caveats=local.caveats,
        senior_deduction=law.senior_deduction is not None and not separate,
        zero=ZERO,
        ordinary=scale_of(law.ordinary.of(status)),
        gains=scale_of(law.gains.of(status)),
        loss_limit=law.loss_limit.of(status),
        niit_rate=law.niit.rate,
        niit_threshold=law.niit.magi_threshold[status],
        standard_deduction=law.standard_deduction.of(status),
        aged_deduction=law.aged_deduction.of(status),
        amt=scale_of([(law.amt.rate_28_threshold[status], low), (Decimal("Infinity"), high)]),
        amt_exemption=exemption,
        amt_phase_out_start=start,
        amt_phase_out_rate=law.amt.exemption_phase_out_rate,
        amt_increase_start=start + exemption / law.amt.exemption_phase_out_rate if separate else None,
        state_tax=_state_tax(local, status),
    )


def _state_tax(
    law: StateLaw, status: FilingStatus
) -> NoStateTax[Decimal] | ScaleStateTax[Decimal] | ClassedStateTax[Decimal] | ExciseStateTax[Decimal]:
    values, same_year = law.values, law.losses == "same_year"
    if isinstance(values, FlatYear):
        return ScaleStateTax(scale_of([(Decimal("Infinity"), values.rate)]), same_year)
    if isinstance(values, BracketYear):
        scale = scale_of(values.brackets[status])
        return ScaleStateTax(_sum(scale, scale_of(values.surtax)) if values.surtax else scale, same_year)
    if isinstance(values, ClassedYear):
        return ClassedStateTax(
            values.long_term_rate,
            values.short_term_rate,
            values.dividend_rate,
            values.ordinary_rate,
            values.loss_against_interest_dividends,
            values.surtax_threshold,
            values.surtax_rate,
        )
    if isinstance(values, ExciseYear):
        # One deduction per couple: each of two separate returns is given half of it.
        share = 2 if status is FilingStatus.MARRIED_SEPARATE else 1
        return ExciseStateTax(values.standard_deduction / share, scale_of(values.brackets))
    return NoStateTax(ZERO)
