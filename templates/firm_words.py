"""How a firm writes: `<firm>/templates/wording.yaml`, which a firm may have.

    numbers: {decimal: ",", thousands: ".", dollar: after, dates: day_month_year}
    classes: {us_equity: US shares, core_bond: Bonds}

What the file leaves out is written as the house does. Words of whole sentences are changed where they stand: in a block of a
template.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from templates.filters import NumberStyle
from validation.findings import Finding, Scope
from validation.shape import validate
from validation.source import read_file

FILE = "wording.yaml"
PLACE = f"templates/{FILE}"


class Numbers(BaseModel):
    """The marks of a number, where the dollar sign stands, and the order of a date."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    decimal: Literal[".", ","] = "."
    thousands: Literal[",", ".", " ", "\N{NO-BREAK SPACE}", "\N{NARROW NO-BREAK SPACE}", "'", "\N{RIGHT SINGLE QUOTATION MARK}", ""] = ","
    dollar: Literal["before", "after"] = "before"
    dates: Literal["month_day_year", "day_month_year", "iso"] = "month_day_year"

    @model_validator(mode="after")
    def _marks_differ(self) -> Numbers:
        if self.decimal == self.thousands:
            raise ValueError("`decimal` and `thousands` are the same mark: nobody could read 1,234")
        return self

    def style(self) -> NumberStyle:
        """As pages use it. A space between thousands never breaks a line."""
        return NumberStyle(self.decimal, self.thousands.replace(" ", "\N{NO-BREAK SPACE}"), self.dollar, self.dates)


class FirmWords(BaseModel):
    """The whole file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    numbers: Numbers = Numbers()
    classes: dict[str, Annotated[str, Field(min_length=1, max_length=60)]] = {}


def read_firm_words(folder: Path) -> tuple[FirmWords, list[Finding]]:
    """The firm's words, those of the house where there is no such file, and every finding that says why a file cannot be used."""
    path = folder / FILE
    if not path.exists():
        return FirmWords(), []
    document, findings = read_file(path, PLACE)
    if document is None or findings:
        return FirmWords(), findings
    words, findings = validate(FirmWords, document, noun="wording.yaml", scope=Scope.FILE)
    return words or FirmWords(), findings
