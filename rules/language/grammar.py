"""The words a rule is written in: numbers, days, names, sources, dates of effect, prices.

Everything here is strict and closed: a text is never read as a number, a field that nobody knows is an error.
Numbers are Decimal, days are whole, dates are ISO 8601. Every field's docstring states its unit; editors show it as
hover text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from rules.language.words import days_between, dollars


class Language(BaseModel):
    """A part of the rule language: frozen, strict, closed."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", use_attribute_docstrings=True)


def as_number(value: object) -> object:
    """A whole number as Decimal; everything else is left for pydantic to judge."""
    if isinstance(value, Decimal):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    raise PydanticCustomError("not_a_number", "a number is expected here")


def as_day(value: object) -> object:
    """The day that a text names; a date is left as it is."""
    if type(value) is date:
        return value
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value, re.ASCII):
        try:
            return date.fromisoformat(value)
        except ValueError as error:
            raise PydanticCustomError("not_a_date", "no such day: {why}", {"why": str(error)}) from None
    raise PydanticCustomError("not_a_date", "a date such as 2026-01-31 is expected here")


def as_tuple(value: object) -> object:
    """A list as a tuple, so that rules are frozen through and through."""
    return tuple(value) if isinstance(value, list) else value


Number: TypeAlias = Annotated[Decimal, BeforeValidator(as_number), WithJsonSchema({"type": "number"})]
"""Any finite number."""
Frac: TypeAlias = Annotated[
    Decimal, BeforeValidator(as_number), Field(ge=0, le=1), WithJsonSchema({"type": "number", "minimum": 0, "maximum": 1})
]
"""A fraction between 0 and 1; 0.05 is five percent."""
Multiple: TypeAlias = Annotated[Decimal, BeforeValidator(as_number), Field(ge=0), WithJsonSchema({"type": "number", "minimum": 0})]
"""A fraction that may pass one; 1.5 is 150 percent."""
_GROUPED = {"type": "string", "pattern": r"^[0-9]+(_[0-9]+)+(\.[0-9]+)?$"}
"""Editors read 25_000 as a text; the loader reads it as the number it is."""
Usd: TypeAlias = Annotated[
    Decimal, BeforeValidator(as_number), Field(ge=0), WithJsonSchema({"anyOf": [{"type": "number", "minimum": 0}, _GROUPED]})
]
"""US dollars, not negative. May be written 25_000."""
PositiveUsd: TypeAlias = Annotated[
    Decimal, BeforeValidator(as_number), Field(gt=0), WithJsonSchema({"anyOf": [{"type": "number", "exclusiveMinimum": 0}, _GROUPED]})
]
"""US dollars above zero."""
Quantity: TypeAlias = Annotated[
    Decimal, BeforeValidator(as_number), Field(ge=0), WithJsonSchema({"anyOf": [{"type": "number", "minimum": 0}, _GROUPED]})
]
"""Shares, not negative."""
Days: TypeAlias = Annotated[int, Field(ge=0, le=36_500)]
"""Calendar days."""
Years: TypeAlias = Annotated[int, Field(ge=1, le=100)]
"""Whole years."""
Day: TypeAlias = Annotated[date, BeforeValidator(as_day), WithJsonSchema({"type": "string", "format": "date"})]
"""A calendar day, ISO 8601."""
Text: TypeAlias = Annotated[str, Field(min_length=1, max_length=1000, pattern=r"\S")]
"""Words for people."""
Name: TypeAlias = Annotated[str, Field(min_length=1, max_length=200)]
"""A name as the firm's reference data spells it; text always, so numbers stand in quotes."""
Identifier: TypeAlias = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=80)]
"""snake_case."""
Names: TypeAlias = Annotated[tuple[Name, ...], BeforeValidator(as_tuple)]
"""A list of names."""
SomeNames: TypeAlias = Annotated[tuple[Name, ...], Field(min_length=1), BeforeValidator(as_tuple)]
"""A list of at least one name."""
Treatment: TypeAlias = Literal["taxable", "tax_deferred", "tax_exempt"]
Treatments: TypeAlias = Annotated[tuple[Treatment, ...], BeforeValidator(as_tuple)]


def word_or_list(value: object) -> str:
    """Which of the two a value is, for fields that take either."""
    return "word" if isinstance(value, str) else "list"


AllOrNames: TypeAlias = Annotated[Annotated[Literal["all"], Tag("word")] | Annotated[SomeNames, Tag("list")], Discriminator(word_or_list)]
"""`all`, or a list of names."""


class Source(Language):
    """Where a rule comes from, so that a reviewer can check it."""

    title: Text
    """The document: an investment policy manual, minutes, a client profile."""
    section: Text | None = None
    """Where in the document."""
    href: Text | None = None
    """A link to it."""
    page: int | None = None
    """Page number."""

    def __str__(self) -> str:
        return f"{self.title}, {self.section}" if self.section else self.title


class Effective(Language):
    """The days on which a rule holds, both ends included; an open end has no limit."""

    from_: Day | None = Field(default=None, alias="from")
    """First day."""
    until: Day | None = None
    """Last day."""

    def includes(self, day: date) -> bool:
        return (self.from_ is None or self.from_ <= day) and (self.until is None or day <= self.until)

    def overlaps(self, other: Effective) -> bool:
        """Whether some day belongs to both."""
        first, last = date.min, date.max
        return max(self.from_ or first, other.from_ or first) <= min(self.until or last, other.until or last)

    def __str__(self) -> str:
        return days_between(self.from_, self.until)


class Price(Language):
    """What a violation costs: `usd` dollars for every `per_usd` dollars of violation."""

    usd: PositiveUsd
    """Dollars paid ..."""
    per_usd: PositiveUsd = Decimal(1)
    """... for this many dollars of violation."""


class Strength(Language):
    """`must`, or `{prefer: {usd: 25, per_usd: 1000}}`."""

    prefer: Price | None = None
    """The price of a violation; without it the rule is a must."""

    @model_validator(mode="before")
    @classmethod
    def _from_word(cls, value: Any) -> Any:
        if isinstance(value, str):
            if value != "must":
                raise PydanticCustomError("strength", "strength is `must` or a `prefer` with a price")
            return {}
        if (isinstance(value, Mapping) and value.get("prefer", value) is None) or value == {}:
            raise PydanticCustomError("strength", "strength is `must` or a `prefer` with a price")
        return value

    @property
    def is_must(self) -> bool:
        return self.prefer is None

    @property
    def price(self) -> float | None:
        """Dollars per dollar of violation; None for a must."""
        return None if self.prefer is None else float(self.prefer.usd / self.prefer.per_usd)

    def __str__(self) -> str:
        if self.prefer is None:
            return "must"
        return f"preferred, at {dollars(self.prefer.usd)} for every {dollars(self.prefer.per_usd)} of violation"


MUST = Strength.model_validate("must")
