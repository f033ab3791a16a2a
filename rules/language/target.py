"""`target`: the allocation that a household is steered to. households.csv names it in the column `model`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal, TypeAlias

from pydantic import Discriminator, Field, Tag

from rules.language.base import Rule
from rules.language.grammar import Frac, Language, Name, Names, SomeNames
from rules.language.words import noun, percent


def _number_or_group(value: Any) -> str:
    return "group" if isinstance(value, dict) else "number"


Weight: TypeAlias = Annotated[Annotated[Frac, Tag("number")] | Annotated[dict[Name, Frac], Tag("group")], Discriminator(_number_or_group)]
"""A fraction of the household, or a named group of such fractions."""


class ByTreatment(Language):
    """What to hold in each kind of account."""

    taxable: Names = ()
    """Symbols for taxable accounts, most preferred first."""
    tax_deferred: Names = ()
    """Symbols for tax-deferred accounts, most preferred first."""
    tax_exempt: Names = ()
    """Symbols for tax-exempt accounts, most preferred first."""


def _list_or_treatments(value: Any) -> str:
    return "treatments" if isinstance(value, dict | ByTreatment) else "list"


Holdings: TypeAlias = Annotated[
    Annotated[SomeNames, Tag("list")] | Annotated[ByTreatment, Tag("treatments")], Discriminator(_list_or_treatments)
]
"""Symbols, most preferred first, for all accounts alike or by tax treatment."""


class Target(Rule):
    """An allocation: the weight of every asset class, and what to buy for it."""

    kind: Literal["target"] = "target"
    """The household's allocation."""
    weights_frac: dict[Name, Weight]
    """Weight of each asset class, fraction of the household's value; they sum to one. Classes may be grouped
    (`equity: {us_equity: 0.36, intl_equity: 0.18}`); inner weights are fractions of the household, too."""
    holdings: dict[Name, Holdings] = Field(default_factory=dict)
    """What to buy for each class, most preferred first, by tax treatment where it differs."""

    TIGHTER: ClassVar[Mapping[str, Any]] = {}

    @property
    def weights(self) -> dict[str, Decimal]:
        """Weight by asset class, groups opened; fractions of the household."""
        return dict(self._leaves())

    def _leaves(self) -> Iterator[tuple[str, Decimal]]:
        for name, weight in self.weights_frac.items():
            yield from weight.items() if isinstance(weight, dict) else ((name, weight),)

    @property
    def groups(self) -> dict[str, tuple[str, ...]]:
        """Asset classes by group, for those that are grouped."""
        return {name: tuple(weight) for name, weight in self.weights_frac.items() if isinstance(weight, dict)}

    @property
    def class_paths(self) -> list[tuple[str, ...]]:
        """Where each class stands below `weights_frac`, twins included."""
        return [
            (name, inner) if isinstance(weight, dict) else (name,)
            for name, weight in self.weights_frac.items()
            for inner in (weight if isinstance(weight, dict) else (name,))
        ]

    def holdings_for(self, asset_class: str, treatment: str) -> tuple[str, ...]:
        """Symbols to buy for a class in accounts of one treatment, most preferred first; empty where none is named."""
        held = self.holdings.get(asset_class, ())
        return tuple(getattr(held, str(treatment))) if isinstance(held, ByTreatment) else tuple(held)

    def describe(self) -> str:
        weights = ", ".join(f"{percent(weight)} {noun(name)}" for name, weight in self.weights.items())
        return f"Hold {weights}."
