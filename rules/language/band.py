"""`band`: how far a class may stray from its target, what straying costs, and how far a rebalance goes back."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import ClassVar, Literal

from rules.language.base import Direction, Rule
from rules.language.grammar import AllOrNames, Language, Multiple, PositiveUsd, Usd, Years
from rules.language.words import dollars, nouns, percent


class PriceOfDrift(Language):
    """What drift costs, so that it can be weighed against taxes."""

    usd_per_year: Usd
    """Dollars a year for every `per_usd` dollars beyond the band."""
    inside_usd_per_year: Usd | None = None
    """Dollars a year for every `per_usd` dollars off target inside the band; a quarter of `usd_per_year`, if left out."""
    per_usd: PositiveUsd = Decimal(1000)
    """Dollars of drift that the prices are for."""
    years: Years = 5
    """How long drift would last if it were not cured now, years."""

    @property
    def inside(self) -> Decimal:
        """Dollars a year inside the band, per `per_usd`."""
        return self.usd_per_year / 4 if self.inside_usd_per_year is None else self.inside_usd_per_year


class Band(Rule):
    """A tolerance around target."""

    kind: Literal["band"] = "band"
    """Tolerance around target."""
    asset_classes: AllOrNames = "all"
    """`all`, or a list of classes; a rule that lists a class goes before one for all."""
    absolute_frac: Multiple | None = None
    """Half-width, fraction of the household's value: 0.03 is three points either side."""
    relative_frac: Multiple | None = None
    """Half-width, fraction of the class's target: 0.20 of a 10 % target is two points."""
    combine: Literal["lesser", "greater"] = "lesser"
    """Which of the two widths holds where both are given."""
    rebalance_to: Literal["target", "halfway", "edge"] = "target"
    """How far back a class is brought that has left its band."""
    price_of_drift: PriceOfDrift = PriceOfDrift(usd_per_year=Decimal(15))
    """Price of drift, dollars a year."""

    TIGHTER: ClassVar[Mapping[str, Direction]] = {"absolute_frac": "lower", "relative_frac": "lower"}

    def covers(self, asset_class: str) -> bool:
        return self.asset_classes == "all" or asset_class in self.asset_classes

    def width(self, target: Decimal) -> Decimal:
        """Half-width of the band around a target weight, fraction of the household.

        min or max of (absolute_frac, relative_frac · target), by `combine`; what is left out does not take part.
        """
        relative = None if self.relative_frac is None else self.relative_frac * target
        widths = [width for width in (self.absolute_frac, relative) if width is not None]
        if not widths:
            return Decimal(0)
        return min(widths) if self.combine == "lesser" else max(widths)

    def describe(self) -> str:
        whom = "every class" if self.asset_classes == "all" else nouns(self.asset_classes)
        widths = []
        if self.absolute_frac is not None:
            widths.append(f"{percent(self.absolute_frac)} of the household")
        if self.relative_frac is not None:
            widths.append(f"{percent(self.relative_frac)} of its target")
        width = f"the {self.combine} of {widths[0]} and {widths[1]}" if len(widths) == 2 else "".join(widths)
        back = {"target": "the target", "halfway": "half-way to the target", "edge": "the edge of the band"}[self.rebalance_to]
        price = self.price_of_drift
        return (
            f"Keep {whom} within {width} around target and rebalance to {back}; "
            f"drift is priced at {dollars(price.usd_per_year)} a year per {dollars(price.per_usd)} beyond the band."
        )
