"""`turnover`: how much of the household may move."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from rules.language.base import Direction
from rules.language.grammar import Multiple, Usd
from rules.language.priced import PricedRule
from rules.language.words import dollars, listed, percent


class Turnover(PricedRule):
    """How much may move. Turnover is half of all purchases and sales."""

    kind: Literal["turnover"] = "turnover"
    """How much may move."""
    max_frac_per_run: Multiple | None = None
    """At most this fraction of the household's value in one run."""
    max_usd_per_run: Usd | None = None
    """At most this many dollars in one run."""
    max_frac_per_year: Multiple | None = None
    """At most this fraction of the household's value in a calendar year."""
    max_usd_per_year: Usd | None = None
    """At most this many dollars in a calendar year."""

    TIGHTER: ClassVar[Mapping[str, Direction]] = {
        "max_frac_per_run": "lower", "max_usd_per_run": "lower", "max_frac_per_year": "lower", "max_usd_per_year": "lower",
    }  # fmt: skip

    def says_nothing(self) -> str:
        named = (self.max_frac_per_run, self.max_usd_per_run, self.max_frac_per_year, self.max_usd_per_year)
        return "it names no limit" if all(limit is None for limit in named) else ""

    def describe(self) -> str:
        said = []
        for limit, usd, period in (
            (self.max_frac_per_run, self.max_usd_per_run, "at once"), (self.max_frac_per_year, self.max_usd_per_year, "in a year"),
        ):  # fmt: skip
            amounts = [f"{percent(limit)} of the household"] if limit is not None else []
            amounts += [dollars(usd)] if usd is not None else []
            said += [f"{listed(amounts, 'or')} {period}"] if amounts else []
        return f"Move at most {listed(said)}." if said else "Any amount may move."
