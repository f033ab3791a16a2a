"""`harvest`: sell lots at a loss for the tax they save, and hold something alike in the meantime."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, ClassVar, Literal, TypeAlias

from pydantic import Discriminator, Tag

from rules.language.base import Direction, Rule
from rules.language.grammar import Frac, SomeNames, Usd, word_or_list
from rules.language.words import dollars, few, listed, percent

Replacements: TypeAlias = Annotated[
    Annotated[Literal["equivalents"], Tag("word")] | Annotated[SomeNames, Tag("list")], Discriminator(word_or_list)
]
"""`equivalents` (of the security's equivalent_group, another identity group), or a list of symbols."""


class Harvest(Rule):
    """Tax-loss harvesting."""

    kind: Literal["harvest"] = "harvest"
    """Tax-loss harvesting."""
    min_loss_usd: Usd = Decimal(0)
    """A lot's loss must be at least this many dollars."""
    min_loss_frac: Frac = Decimal(0)
    """A lot's loss must be at least this fraction of its basis."""
    max_loss_usd: Usd | None = None
    """Harvest at most this many dollars of losses per taxpayer and year; no limit, if left out."""
    force_loss_usd: Usd = Decimal(0)
    """Harvest at least this many dollars of losses per taxpayer, as far as there are such lots."""
    replace_with: Replacements = "equivalents"
    """What to hold instead: `equivalents` of the security, or a list of symbols, most preferred first."""
    harvest_gains_to_rate_frac: Frac | None = None
    """Realise gains up to the top of this gains bracket: 0.0 fills the 0 % bracket."""

    TIGHTER: ClassVar[Mapping[str, Direction]] = {
        "min_loss_usd": "higher", "min_loss_frac": "higher", "max_loss_usd": "lower", "force_loss_usd": "higher",
    }  # fmt: skip

    def describe(self) -> str:
        least = []
        if self.min_loss_usd:
            least.append(dollars(self.min_loss_usd))
        if self.min_loss_frac:
            least.append(f"{percent(self.min_loss_frac)} of the basis")
        said = [f"harvest losses of at least {listed(least)} per lot" if least else "harvest losses"]
        if self.max_loss_usd is not None:
            said.append(f"at most {dollars(self.max_loss_usd)} per tax return and year")
        if self.force_loss_usd:
            said.append(f"at least {dollars(self.force_loss_usd)} per tax return where there are such lots")
        said.append(
            "replace them with equivalents" if self.replace_with == "equivalents" else f"replace them with {few(self.replace_with)}"
        )
        if self.harvest_gains_to_rate_frac is not None:
            said.append(f"realise gains up to the top of the {percent(self.harvest_gains_to_rate_frac)} gains bracket")
        sentence = ", ".join(said)
        return sentence[:1].upper() + sentence[1:] + "."
