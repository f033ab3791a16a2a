"""The shape of the tax parameter files: what each file must say, in which unit, and from which source.

One file holds one notion of the law, its values keyed by tax year. A year that a file does not have is missing: no
value is carried forward. Brackets are lists of (upper bound, rate), ascending, the last bound infinite.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from itertools import pairwise
from typing import Annotated, Generic, Literal, TypeAlias, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from validation.household import FilingStatus

INFINITE = Decimal("Infinity")

Amount: TypeAlias = Annotated[Decimal, Field(ge=0)]
"""US dollars a year."""
Rate: TypeAlias = Annotated[Decimal, Field(ge=0, le=1)]
"""A fraction: 0.24 is twenty-four percent."""
Bound: TypeAlias = Annotated[Decimal, Field(gt=0, allow_inf_nan=True)]


def _ascending(rows: tuple[tuple[Decimal, Decimal], ...]) -> tuple[tuple[Decimal, Decimal], ...]:
    if not rows or rows[-1][0] != INFINITE:
        raise ValueError("the last bracket has no infinite upper bound")
    for (low, low_rate), (high, high_rate) in pairwise(rows):
        if high <= low:
            raise ValueError(f"bracket bounds do not ascend: {low} is followed by {high}")
        if high_rate < low_rate:
            raise ValueError(f"bracket rates do not ascend: {low_rate} is followed by {high_rate}")
    return rows


def _all_statuses(values: Mapping[FilingStatus, object]) -> Mapping[FilingStatus, object]:
    missing = [str(status) for status in FilingStatus if status not in values]
    if missing:
        raise ValueError(f"no value for filing status {', '.join(missing)}")
    return values


Brackets: TypeAlias = Annotated[tuple[tuple[Bound, Rate], ...], AfterValidator(_ascending)]
BracketsByStatus: TypeAlias = Annotated[dict[FilingStatus, Brackets], AfterValidator(_all_statuses)]
AmountByStatus: TypeAlias = Annotated[dict[FilingStatus, Amount], AfterValidator(_all_statuses)]


class Parameters(BaseModel):
    """Base of everything that is read from a parameter file: closed, frozen."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Dated(Parameters):
    """One year's values: their source, and whether they are projected (indexed by somebody, not yet published law)."""

    source: str = Field(min_length=1)
    projected: bool = False


class ByStatus(Dated):
    """One amount per filing status."""

    single: Amount
    married_joint: Amount
    married_separate: Amount
    head_of_household: Amount
    surviving_spouse: Amount

    def of(self, status: FilingStatus) -> Decimal:
        """The amount of a filing status, US dollars."""
        return Decimal(getattr(self, status.value))


class BracketTable(Dated):
    """One list of brackets per filing status."""

    single: Brackets
    married_joint: Brackets
    married_separate: Brackets
    head_of_household: Brackets
    surviving_spouse: Brackets

    def of(self, status: FilingStatus) -> tuple[tuple[Decimal, Decimal], ...]:
        """(upper bound in US dollars, rate) of a filing status."""
        brackets: tuple[tuple[Decimal, Decimal], ...] = getattr(self, status.value)
        return brackets


class NetInvestmentIncomeTax(Dated):
    rate: Rate
    magi_threshold: AmountByStatus


class AlternativeMinimumTax(Dated):
    rates: tuple[Rate, Rate]
    exemption_phase_out_rate: Rate
    exemption: AmountByStatus
    exemption_phase_out_start: AmountByStatus
    rate_28_threshold: AmountByStatus


class SeniorDeduction(Dated):
    amount: Amount
    phase_out_rate: Rate
    phase_out_start: Amount
    phase_out_start_joint: Amount


class SpecialGainRates(Dated):
    collectibles: Rate
    unrecaptured_1250: Rate


class RequiredMinimumDistributions(Dated):
    start_age_by_birth_year: tuple[tuple[Bound, int], ...]
    missed_excise_rate: Rate
    corrected_excise_rate: Rate
    divisor_by_age: dict[int, Annotated[Decimal, Field(gt=0)]]


class EarlyWithdrawal(Dated):
    rate: Rate
    age: Decimal


V = TypeVar("V", bound=Dated)


class ParameterFile(Parameters, Generic[V]):
    """One notion of federal law."""

    title: str = Field(min_length=1)
    unit: str = Field(min_length=1)
    source: str = Field(min_length=1)
    note: str = ""
    values: dict[int, V]


Losses: TypeAlias = Literal["federal", "same_year"]
"""federal: netting, deduction and carryforward as on the federal return; same_year: a year's losses offset that year's gains only."""


class StateFile(Parameters):
    """How one state taxes capital gains. `caveats` are sentences that reports print."""

    state: str = Field(pattern=r"^[A-Z]{2}$")
    title: str = Field(min_length=1)
    unit: str = Field(min_length=1)
    source: str = Field(min_length=1)
    losses: Losses
    caveats: tuple[str, ...]


class FlatYear(Dated):
    rate: Rate


class BracketYear(Dated):
    brackets: BracketsByStatus
    surtax: Brackets | None = None


class ClassedYear(Dated):
    long_term_rate: Rate
    short_term_rate: Rate
    dividend_rate: Rate
    ordinary_rate: Rate
    loss_against_interest_dividends: Amount
    surtax_threshold: Amount
    surtax_rate: Rate


class ExciseYear(Dated):
    standard_deduction: Amount
    brackets: Brackets


class NoTaxState(StateFile):
    kind: Literal["none"]
    values: dict[int, Dated]


class FlatState(StateFile):
    kind: Literal["flat"]
    values: dict[int, FlatYear]


class BracketState(StateFile):
    kind: Literal["ordinary_brackets"]
    values: dict[int, BracketYear]


class ClassedState(StateFile):
    kind: Literal["classed"]
    values: dict[int, ClassedYear]


class ExciseState(StateFile):
    kind: Literal["long_term_excise"]
    values: dict[int, ExciseYear]


AnyState: TypeAlias = Annotated[NoTaxState | FlatState | BracketState | ClassedState | ExciseState, Field(discriminator="kind")]
