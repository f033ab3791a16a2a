"""`location`: in which kind of account a class should live."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal, TypeAlias

from pydantic import BeforeValidator, Field

from rules.language.base import Direction
from rules.language.grammar import Identifier, Language, Name, Treatment, Years, as_tuple
from rules.language.priced import PricedRule
from rules.language.words import count, listed, noun, nouns

SomeTreatments: TypeAlias = Annotated[tuple[Treatment, ...], Field(min_length=1), BeforeValidator(as_tuple)]


class NeverPair(Language):
    """A class that must not be bought in some kinds of account. A mixed fund counts by any exposure above one half."""

    asset_class: Name
    """The class."""
    in_: SomeTreatments = Field(alias="in")
    """The tax treatments that it is kept out of."""

    def __str__(self) -> str:
        return f"{noun(self.asset_class)} in {nouns(self.in_, 'or')} accounts"


NeverPairs: TypeAlias = Annotated[tuple[NeverPair, ...], BeforeValidator(as_tuple)]


class Location(PricedRule):
    """Where classes should live. `strength` prices `prefer` only; `never` is always a must."""

    kind: Literal["location"] = "location"
    """Where classes should live."""
    assumptions: Identifier
    """The assumption set whose after-tax returns decide; a file under assumptions/."""
    horizon_years: Years = 10
    """Over how many years a better place pays, years."""
    prefer: dict[Name, SomeTreatments] = Field(default_factory=dict)
    """Treatments by class, most preferred first; soft, priced by `strength`."""
    never: NeverPairs = ()
    """Classes that must not be bought in some treatments."""

    TIGHTER: ClassVar[Mapping[str, Direction]] = {"never": "more"}

    def forbids(self, asset_class: str, treatment: str) -> bool:
        return any(pair.asset_class == asset_class and treatment in pair.in_ for pair in self.never)

    def describe(self) -> str:
        said = [
            f"place assets where they are taxed least over {count(self.horizon_years, 'year')}, by the assumptions `{self.assumptions}`"
        ]
        if self.prefer:
            said.append("prefer " + listed(f"{noun(name)} in {nouns(ranks, 'then')} accounts" for name, ranks in self.prefer.items()))
        if self.never:
            said.append("never buy " + listed((str(pair) for pair in self.never), "or"))
        sentence = "; ".join(said)
        return sentence[:1].upper() + sentence[1:] + "."
