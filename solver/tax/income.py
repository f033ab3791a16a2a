"""What a return holds beside capital gains and losses."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Generic, cast

from solver.tax.schedule import N, TaxSchedule, in_floats
from validation.household import FilingStatus, Owner, Taxpayer
from validation.units import ZERO


@dataclass(frozen=True, slots=True)
class Income(Generic[N]):
    """Dollars of one year. `ordinary` is non-investment income before any deduction; carryforwards are positive;
    `amt_addback` is the part of the deduction that the alternative minimum tax does not allow."""

    ordinary: N
    taxable_interest: N
    nonqualified_dividends: N
    qualified_dividends: N
    deduction: N
    amt_addback: N
    st_carryforward: N
    lt_carryforward: N

    @property
    def investment(self) -> N:
        """Interest and dividends: net investment income without gains."""
        return self.taxable_interest + self.nonqualified_dividends + self.qualified_dividends

    @property
    def gross(self) -> N:
        """Adjusted gross income without gains."""
        return self.ordinary + self.taxable_interest + self.nonqualified_dividends + self.qualified_dividends

    def as_float(self) -> Income[float]:
        """The same income in floats."""
        return cast("Income[float]", in_floats(self))


def income_of(
    taxpayer: Taxpayer, law: TaxSchedule[Decimal], owners: Iterable[Owner], as_of: date, extra_ordinary: Decimal = ZERO
) -> Income[Decimal]:
    """The taxpayer's income for the year of `as_of`.

    owners          the persons on this return; their birth dates decide the 65+ addition to the standard deduction
    extra_ordinary  withdrawals from tax-deferred accounts that stand in the year with or without the proposal, dollars

    An empty deduction is the standard one (26 U.S.C. § 63(c), (f)), which the alternative minimum tax adds back whole
    (§ 56(b)(1)(E)); of an explicit deduction it adds back `deduction_amt_addback`, nothing where that is empty.
    """
    if taxpayer.deduction_usd is None:
        deduction = law.standard_deduction + law.aged_deduction * aged_persons(law.filing_status, owners, as_of.year)
        addback = deduction
    else:
        deduction = taxpayer.deduction_usd
        addback = taxpayer.deduction_amt_addback_usd or ZERO
    return Income(
        ordinary=taxpayer.ordinary_income_usd + extra_ordinary,
        taxable_interest=taxpayer.taxable_interest_usd,
        nonqualified_dividends=taxpayer.nonqualified_dividends_usd,
        qualified_dividends=taxpayer.qualified_dividends_usd,
        deduction=deduction,
        amt_addback=addback,
        st_carryforward=taxpayer.st_carryforward_usd,
        lt_carryforward=taxpayer.lt_carryforward_usd,
    )


def aged_persons(filing_status: FilingStatus, owners: Iterable[Owner], year: int) -> int:
    """How many persons of the return are 65 on the last day of the year: two at most on a joint return, else one.
    A person whose birth date is unknown does not count."""
    return min(sum(is_aged(owner, year) for owner in owners), 2 if filing_status is FilingStatus.MARRIED_JOINT else 1)


def is_aged(owner: Owner, year: int) -> bool:
    """65 is reached on the day before the birthday (26 C.F.R. § 1.151-1(c)(2)): born on 1 January counts for the year before."""
    return owner.birth_date is not None and owner.birth_date <= date(year - 64, 1, 1)
