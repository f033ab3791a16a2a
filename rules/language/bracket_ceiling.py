"""`bracket_ceiling`: keep the taxpayer in the brackets where they are, as far as sales decide it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal, TypeAlias

from pydantic import BeforeValidator

from rules.language.base import Direction
from rules.language.grammar import Frac, PositiveUsd, as_tuple
from rules.language.priced import PricedRule
from rules.language.words import dollars, listed, percent

Surtaxes: TypeAlias = Annotated[tuple[Literal["niit", "amt"], ...], BeforeValidator(as_tuple)]


class BracketCeiling(PricedRule):
    """Tax brackets that gains must not lift the taxpayer out of."""

    kind: Literal["bracket_ceiling"] = "bracket_ceiling"
    """Keep the tax brackets in place."""
    ordinary_rate_frac: Frac | None = None
    """Highest ordinary rate, fraction: 0.24 keeps taxable ordinary income within the 24 % bracket."""
    gains_rate_frac: Frac | None = None
    """Highest rate on long-term gains, fraction: 0.15 keeps out of the 20 % bracket."""
    avoid: Surtaxes = ()
    """Taxes to stay clear of: niit (net investment income tax), amt (alternative minimum tax)."""
    magi_below_usd: PositiveUsd | None = None
    """Stay below this modified adjusted gross income, dollars; `because` names the threshold."""

    TIGHTER: ClassVar[Mapping[str, Direction]] = {
        "ordinary_rate_frac": "lower", "gains_rate_frac": "lower", "avoid": "more", "magi_below_usd": "lower",
    }  # fmt: skip

    def says_nothing(self) -> str:
        named = self.ordinary_rate_frac is not None or self.gains_rate_frac is not None or self.avoid or self.magi_below_usd
        return "" if named else "it names no rate, no tax and no income to stay below"

    def describe(self) -> str:
        said = []
        if self.ordinary_rate_frac is not None:
            said.append(f"ordinary income within the {percent(self.ordinary_rate_frac)} bracket")
        if self.gains_rate_frac is not None:
            said.append(f"long-term gains within the {percent(self.gains_rate_frac)} bracket")
        if self.magi_below_usd is not None:
            said.append(f"modified adjusted gross income below {dollars(self.magi_below_usd)}")
        keep = f"keep {listed(said)}" if said else ""
        taxes = {"niit": "the net investment income tax", "amt": "the alternative minimum tax"}
        clear = f"stay clear of {listed(taxes[name] for name in self.avoid)}" if self.avoid else ""
        sentence = ", and ".join(part for part in (keep, clear) if part)
        return sentence[:1].upper() + sentence[1:] + "."
