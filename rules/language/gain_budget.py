"""`gain_budget`: this year's limit on realised gains, year to date included."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import ClassVar, Literal

from rules.language.base import Direction
from rules.language.grammar import Usd
from rules.language.priced import PricedRule
from rules.language.words import dollars, listed


class GainBudget(PricedRule):
    """This year's limit on gains. The year to date counts; sales at a loss make room in the net."""

    kind: Literal["gain_budget"] = "gain_budget"
    """This year's limit on gains."""
    per: Literal["taxpayer", "household"] = "taxpayer"
    """Whether each tax return has the budget for itself, or the household has one."""
    measure: Literal["gain", "tax"] = "gain"
    """Whether the dollars limit gains, or the tax on them."""
    net_usd: Usd | None = None
    """Limit on net gains of the year, short and long together, dollars."""
    short_term_usd: Usd | None = None
    """Limit on net short-term gains, dollars."""
    long_term_usd: Usd | None = None
    """Limit on net long-term gains, dollars."""
    prorate: Literal["none", "monthly", "quarterly"] = "none"
    """Whether only the months or quarters begun so far count."""
    use_carryforward: bool = True
    """true: gains are compared with the budget after loss carryforwards."""

    TIGHTER: ClassVar[Mapping[str, Direction]] = {
        "net_usd": "lower", "short_term_usd": "lower", "long_term_usd": "lower", "use_carryforward": "no",
    }  # fmt: skip

    def share_of_year(self, day: date) -> Decimal:
        """The part of the budget that may be used by a day: months or quarters begun, over those of the year."""
        if self.prorate == "monthly":
            return Decimal(day.month) / 12
        if self.prorate == "quarterly":
            return Decimal((day.month + 2) // 3) / 4
        return Decimal(1)

    def limits(self) -> dict[str, Decimal]:
        """The limits that are set, dollars, by `net`, `short_term`, `long_term`."""
        named = {"net": self.net_usd, "short_term": self.short_term_usd, "long_term": self.long_term_usd}
        return {name: amount for name, amount in named.items() if amount is not None}

    def says_nothing(self) -> str:
        return "" if self.limits() else "it names none of `net_usd`, `short_term_usd` and `long_term_usd`"

    def describe(self) -> str:
        words = {"net": "net", "short_term": "short-term", "long_term": "long-term"}
        thing = "gains" if self.measure == "gain" else "tax on gains"
        said = [
            f"no {words[name]} {thing}" if amount == 0 else f"at most {dollars(amount)} of {words[name]} {thing}"
            for name, amount in self.limits().items()
        ]
        whom = "per tax return" if self.per == "taxpayer" else "in the household"
        begun = {"none": "", "monthly": ", by months begun", "quarterly": ", by quarters begun"}[self.prorate]
        carried = "after" if self.use_carryforward else "before"
        return f"Realise {listed(said)} this year {whom}{begun}, {carried} loss carryforwards."
