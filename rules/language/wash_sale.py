"""`wash_sale`: how the law on wash sales (26 U.S.C. § 1091) is kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal, Self

from rules.language.base import Direction
from rules.language.priced import PricedRule


class WashSale(PricedRule):
    """How the wash-sale law is kept."""

    kind: Literal["wash_sale"] = "wash_sale"
    """How the wash-sale law is kept."""
    mode: Literal["avoid", "price"] = "avoid"
    """avoid: no loss is sold that a purchase within 30 days would wash; price: it may be, and counts at what it costs."""
    include_held_away: bool = True
    """true: purchases in accounts held elsewhere (held_away.csv) count."""

    TIGHTER: ClassVar[Mapping[str, Direction]] = {"include_held_away": "yes"}

    def loosened_by(self, other: Self) -> tuple[str, ...]:
        loose = ("mode",) if self.mode == "avoid" and other.mode == "price" else ()
        return loose + tuple(field for field in super().loosened_by(other) if field != "mode")

    def describe(self) -> str:
        away = "purchases held away included" if self.include_held_away else "purchases held away left out"
        if self.mode == "avoid":
            return f"Never sell a loss that a purchase within 30 days, by the taxpayer or the spouse, would wash; {away}."
        return f"Count the cost of a washed loss instead of forbidding it; {away}."
