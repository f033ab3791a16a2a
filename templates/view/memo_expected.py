"""What is only expected, and on what it hangs: the benefit over the years, other assumptions, and the placements that the score
is measured between."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from solver.decision import Decision
from solver.location import Location
from solver.outcome import Status
from solver.statistics import Statistics
from templates import filters, wording
from templates.view.names import Names
from validation.household import TaxTreatment

RATES = {"rates+5": "Tax rates five points higher", "rates-5": "Tax rates five points lower"}


@dataclass(frozen=True, slots=True)
class AssumptionRow:
    """The expected figures under one set of assumptions."""

    what: str
    after_tax_return: str
    score: str
    benefit: str
    payback: str
    taxes_saved: str


@dataclass(frozen=True, slots=True)
class PlacementRow:
    """One class: thousands of dollars by tax treatment after the proposal, at best, at worst, in that order."""

    name: str
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Expected:
    """The memo's section. `years` is (years, nominal, in today's dollars); `treatments` heads the three groups of `placements`."""

    lead: str
    years: tuple[tuple[str, str, str], ...]
    assumptions: tuple[AssumptionRow, ...]
    treatments: tuple[str, ...]
    placements: tuple[PlacementRow, ...]
    placements_lead: str


def expected_of(decision: Decision, names: Names) -> Expected | None:
    """The section; None where nothing is expected of the proposal."""
    figures, told = decision.statistics, decision.explanation
    if decision.status is not Status.PROPOSED or figures is None or figures.annual_benefit is None:
        return None
    years = tuple(
        (
            filters.fixed(each.years),
            filters.usd_change(each.nominal_usd),
            filters.usd_change(each.todays_usd),
        )
        for each in figures.projections
    )
    own = AssumptionRow(
        f"As proposed ({names.clean(figures.assumptions) or 'no assumptions named'})", _return(figures.after_tax_return_after),
        filters.score(figures.location_score_after), filters.usd_change(figures.annual_benefit),
        payback_years(figures.payback_years), filters.usd(figures.taxes_saved),
    )  # fmt: skip
    others = [
        AssumptionRow(
            RATES.get(each.changed, f"Assumptions {names.clean(each.changed)}"), _return(each.return_after), filters.score(each.score),
            filters.usd_change(each.annual_benefit_usd), payback_years(each.payback_years),
            filters.usd(each.taxes_saved_usd),
        )
        for each in (told.sensitivities if told else ())
    ]  # fmt: skip
    treatments, placements = _placements(figures, decision)
    return Expected(
        "From better placement alone, hypothetical; a change of the household\N{RIGHT SINGLE QUOTATION MARK}s risk is not counted.",
        years, (own, *others) if others else (), treatments, placements, _between(figures.location_after),
    )  # fmt: skip


def _placements(figures: Statistics, decision: Decision) -> tuple[tuple[str, ...], tuple[PlacementRow, ...]]:
    location = figures.location_after
    if location is None or location.score is None:
        return (), ()
    treatment = {account.account_id: account.tax_treatment for account in decision.household.accounts}
    sides = [_by_treatment(each, treatment) for each in (location.placement, location.best_placement, location.worst_placement)]
    held = [each for each in TaxTreatment if any(each in side for side in sides)]
    classes = wording.in_class_order({name for side in sides for row in side.values() for name in row}, {})
    rows = tuple(
        PlacementRow(
            wording.class_name(name),
            tuple(_thousands(side.get(each, {}).get(name, 0.0)) for side in sides for each in held),
        )
        for name in classes
    )
    return tuple(wording.TREATMENTS[each] for each in held), rows


def _by_treatment(
    placement: Mapping[str, Mapping[str, float]], treatment: Mapping[str, TaxTreatment]
) -> dict[TaxTreatment, dict[str, float]]:
    """Dollars by tax treatment and class."""
    found: dict[TaxTreatment, dict[str, float]] = {}
    for account_id, row in placement.items():
        mine = found.setdefault(treatment[account_id], {})
        for name, dollars in row.items():
            mine[name] = mine.get(name, 0.0) + dollars
    return found


def _between(location: Location | None) -> str:
    if location is None or location.best is None or location.worst is None:
        return ""
    return (
        f"Expected return after tax: {_return(location.current)} as proposed, {_return(location.best)} at best, {_return(location.worst)} "
        "at worst, every account keeping its value and the household its classes. Thousands of dollars."
    )


def _thousands(dollars: float) -> str:
    return filters.thousands(dollars) if abs(dollars) >= 500 else filters.NOTHING


def _return(share: filters.Number | None) -> str:
    return filters.percent(share, 2)


def payback_years(years: filters.Number | None) -> str:
    """`1.1 years`; `at once` where nothing has to be paid back."""
    return filters.NOT_AVAILABLE if years is None else f"{filters.fixed(years, 1)} years" if years > 0 else "at once"
