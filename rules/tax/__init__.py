"""The law of one tax year, read from dated and cited parameter files (`us/federal`, `us/states`).

A year that the files do not have makes the run unusable (`missing-tax-year`): no number is carried forward in silence.
A state that they do not have, or not for that year, is a finding of the household (`unknown-tax-state`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from rules.tax.parameters import (
    AlternativeMinimumTax,
    AnyState,
    BracketTable,
    BracketYear,
    ByStatus,
    ClassedYear,
    Dated,
    ExciseYear,
    FlatYear,
    Losses,
    NetInvestmentIncomeTax,
    ParameterFile,
    SeniorDeduction,
    V,
)
from validation.findings import Finding, FirmUnusable, Place, Scope, Severity
from validation.household import Taxpayer

__all__ = [
    "BracketYear",
    "ClassedYear",
    "Dated",
    "ExciseYear",
    "FederalLaw",
    "FlatYear",
    "StateLaw",
    "TaxYear",
    "UnknownState",
    "load_tax_year",
    "read_federal",
    "read_states",
    "state_findings",
]

PARAMETERS = Path(__file__).parent / "us"


class UnknownState(Exception):
    """No tax parameters exist for a taxpayer's state in the tax year; carries the finding."""

    def __init__(self, finding: Finding) -> None:
        self.finding = finding
        super().__init__(finding.message)


@dataclass(frozen=True, slots=True)
class FederalLaw:
    """Federal parameters of one year. `senior_deduction` is known but left out of the computed tax."""

    ordinary: BracketTable
    gains: BracketTable
    niit: NetInvestmentIncomeTax
    loss_limit: ByStatus
    standard_deduction: ByStatus
    aged_deduction: ByStatus
    amt: AlternativeMinimumTax
    senior_deduction: SeniorDeduction | None


@dataclass(frozen=True, slots=True)
class StateLaw:
    """One state's parameters of one year; the class of `values` says how the state taxes gains (`Dated`: not at all)."""

    state: str
    title: str
    losses: Losses
    values: Dated
    caveats: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TaxYear:
    """The law of one calendar year."""

    year: int
    federal: FederalLaw
    states: Mapping[str, StateLaw]

    def state(self, code: str, taxpayer_id: str = "") -> StateLaw:
        """The state's law; raises UnknownState where the files do not have it for this year."""
        if code in self.states:
            return self.states[code]
        raise UnknownState(_unknown_state(self, code, taxpayer_id))


def state_findings(taxpayers: Iterable[Taxpayer], tax_year: TaxYear) -> list[Finding]:
    """One error per taxpayer whose state has no parameters in the tax year: its household cannot be taxed."""
    return [
        _unknown_state(tax_year, taxpayer.state, taxpayer.taxpayer_id) for taxpayer in taxpayers if taxpayer.state not in tax_year.states
    ]


def _unknown_state(tax_year: TaxYear, code: str, taxpayer_id: str) -> Finding:
    named = f"taxpayer {taxpayer_id} lives in `{code}`" if code else f"taxpayer {taxpayer_id} names no state"
    return Finding(
        code="unknown-tax-state",
        severity=Severity.ERROR,
        scope=Scope.HOUSEHOLD,
        subject=taxpayer_id or code,
        message=f"{named}, which has no tax parameters for {tax_year.year}",
        help=f"states with parameters for {tax_year.year}: {', '.join(sorted(tax_year.states))}",
    )


@lru_cache(maxsize=8)
def load_tax_year(year: int) -> TaxYear:
    """The law of a calendar year; raises FirmUnusable with `missing-tax-year` where a federal file lacks that year."""
    missing: list[Finding] = []

    def of_year(notion: str, values: type[V]) -> V | None:
        known = read_federal(notion, values).values
        if year not in known:
            missing.append(_missing_year(notion, year, known))
        return known.get(year)

    ordinary = of_year("ordinary_brackets", BracketTable)
    gains = of_year("gains_brackets", BracketTable)
    niit = of_year("net_investment_income_tax", NetInvestmentIncomeTax)
    loss_limit = of_year("capital_loss_limit", ByStatus)
    standard = of_year("standard_deduction", ByStatus)
    aged = of_year("aged_deduction", ByStatus)
    amt = of_year("alternative_minimum_tax", AlternativeMinimumTax)
    if ordinary is None or gains is None or niit is None or loss_limit is None or standard is None or aged is None or amt is None:
        raise FirmUnusable(missing)
    senior = read_federal("senior_deduction", SeniorDeduction).values.get(year)
    states = {file.state: _state_law(file, year) for file in read_states() if year in file.values}
    return TaxYear(year, FederalLaw(ordinary, gains, niit, loss_limit, standard, aged, amt, senior), states)


def read_federal(notion: str, values: type[V]) -> ParameterFile[V]:
    """One federal parameter file, checked; raises FirmUnusable with `bad-tax-file` where it does not have its shape."""
    return _checked(PARAMETERS / "federal" / f"{notion}.yaml", TypeAdapter(ParameterFile[values]))  # type: ignore[valid-type]


def read_states() -> list[AnyState]:
    """Every state's parameter file, checked, in order of the states' codes; raises FirmUnusable with `bad-tax-file`."""
    adapter: TypeAdapter[AnyState] = TypeAdapter(AnyState)
    return [_checked(path, adapter) for path in sorted((PARAMETERS / "states").glob("*.yaml"))]


Parsed = TypeVar("Parsed")


def _checked(path: Path, adapter: TypeAdapter[Parsed]) -> Parsed:
    """One parameter file. A file that is not what it should be ends the run: no tax is computed from a part of the law.

    The C loader reads them: they ship with the house and are guarded by its tests, so a finding names the field, not the line.
    """
    try:
        return adapter.validate_python(YAML(typ="safe").load(path.read_text(encoding="utf-8")))
    except ValidationError as error:
        told = [(".".join(str(part) for part in each["loc"]), each["msg"].removeprefix("Value error, ")) for each in error.errors()]
        raise FirmUnusable(_bad_file(path, f"`{field}`: {said[:1].lower()}{said[1:]}") for field, said in told) from error
    except (YAMLError, UnicodeDecodeError, OSError, ValueError) as error:
        raise FirmUnusable([_bad_file(path, f"it cannot be read ({type(error).__name__})")]) from error


def _bad_file(path: Path, what: str) -> Finding:
    place = Place(f"rules/tax/{path.relative_to(PARAMETERS.parent).as_posix()}" if path.is_relative_to(PARAMETERS.parent) else path.name)
    message = f"the tax parameters `{path.stem}` are not what they should be: {what}"
    return Finding(
        "bad-tax-file", Severity.ERROR, Scope.FILE, message, "rules/tax/parameters.py says what each file holds", place, "", path.stem
    )


def _state_law(file: AnyState, year: int) -> StateLaw:
    values = file.values[year]
    projected = (f"{file.state}'s tax parameters for {year} are projected, not yet published law.",) if values.projected else ()
    return StateLaw(file.state, file.title, file.losses, values, (*file.caveats, *projected))


def _missing_year(notion: str, year: int, known: Mapping[int, object]) -> Finding:
    return Finding(
        code="missing-tax-year",
        severity=Severity.ERROR,
        scope=Scope.FILE,
        subject=notion,
        message=f"the tax parameters `{notion}` have no values for {year}",
        help=f"years with values: {', '.join(str(each) for each in sorted(known))}; a year is never carried forward",
    )
