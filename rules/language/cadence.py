"""`cadence`: when a household is looked at, and what a proposal must be worth."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import ClassVar, Literal

from rules.language.base import Direction
from rules.language.grammar import Days, Multiple, Usd
from rules.language.priced import PricedRule
from rules.language.words import count, dollars, percent


class Cadence(PricedRule):
    """When to rebalance. It steps aside where a cash order is due or the holdings break a must."""

    kind: Literal["cadence"] = "cadence"
    """When to rebalance."""
    min_days: Days = 30
    """Not due while fewer days have passed since the last rebalance."""
    max_days: Days = 365
    """Due at the latest after this many days."""
    drift_trigger_frac: Multiple | None = None
    """Due earlier where drift reaches this fraction of the household, never before `min_days`."""
    improvement_usd: Usd = Decimal(0)
    """A proposal must beat doing nothing by this many dollars a year."""

    TIGHTER: ClassVar[Mapping[str, Direction]] = {
        "min_days": "higher", "max_days": "lower", "drift_trigger_frac": "lower", "improvement_usd": "higher",
    }  # fmt: skip

    def describe(self) -> str:
        drift = f", earlier at a drift of {percent(self.drift_trigger_frac)}" if self.drift_trigger_frac is not None else ""
        worth = f"; a proposal must be worth {dollars(self.improvement_usd)} a year" if self.improvement_usd else ""
        return f"Rebalance at least every {count(self.max_days, 'day')} and at most every {count(self.min_days, 'day')}{drift}{worth}."
