"""Rules that may be soft: a violation is forbidden (`must`) or has a price in dollars (`prefer`)."""

from __future__ import annotations

from pydantic import Field

from rules.language.base import Rule
from rules.language.grammar import MUST, Strength


class PricedRule(Rule):
    """A rule whose violation may be bought, at a price, where its strength says so."""

    strength_: Strength = Field(default=MUST, alias="strength")
    """`must`, or `{prefer: {usd: 25, per_usd: 1000}}`: the price of a violation, dollars per dollars."""

    @property
    def strength(self) -> Strength:
        return self.strength_
