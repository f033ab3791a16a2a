"""What a taxpayer's computed tax leaves out, in sentences that reports print."""

from __future__ import annotations

from collections.abc import Iterable

from solver.tax.income import aged_persons
from solver.tax.schedule import N, TaxSchedule
from validation.household import Owner, Taxpayer


def approximations(taxpayer: Taxpayer, law: TaxSchedule[N], owners: Iterable[Owner]) -> tuple[str, ...]:
    """The sentences for one return: its state's, its persons', its deduction's. Empty where nothing is left out."""
    persons = tuple(owners)
    sentences = list(law.caveats)
    if law.senior_deduction and aged_persons(law.filing_status, persons, law.year):
        sentences.append("The temporary senior deduction (26 U.S.C. § 151(d)(5)(C)) is left out.")
    if taxpayer.deduction_usd is None and (unknown := sorted(each.owner for each in persons if each.birth_date is None)):
        sentences.append(f"The standard deduction has no addition for age for {', '.join(unknown)}, whose birth date is unknown.")
    if taxpayer.deduction_usd is not None and taxpayer.deduction_amt_addback_usd is None:
        sentences.append("The deduction is taken as wholly allowed under the alternative minimum tax.")
    return tuple(sentences)
