"""`cash`: how much cash to keep, set aside, raise or invest, and which accounts pay."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, ClassVar, Literal, TypeAlias

from pydantic import BeforeValidator

from rules.language.base import Direction
from rules.language.grammar import Day, Frac, Language, Name, PositiveUsd, Text, Treatments, Usd, as_tuple
from rules.language.priced import PricedRule
from rules.language.words import dollars, nouns, percent


class SetAside(Language):
    """Cash that is wanted on a day, and stays reserved until then."""

    amount_usd: PositiveUsd
    """Dollars."""
    due: Day
    """The day it is wanted."""
    account: Name | None = None
    """The account that keeps it; any, if left out."""
    purpose: Text | None = None
    """What for."""


SetAsides: TypeAlias = Annotated[tuple[SetAside, ...], BeforeValidator(as_tuple)]


class Cash(PricedRule):
    """Cash to keep, raise, or invest. Reserved cash and cash in locked accounts do not count toward the minimum."""

    kind: Literal["cash"] = "cash"
    """Cash to keep, raise, or invest."""
    per: Literal["account", "household"] = "household"
    """Whether every account keeps the minimum, or the household does, in its managed accounts."""
    min_usd: Usd | None = None
    """Keep at least this many dollars."""
    min_frac: Frac | None = None
    """Keep at least this fraction of the value (of the account, or of the household's managed accounts)."""
    combine: Literal["greater", "lesser"] = "greater"
    """Which of the two minimums holds where both are given."""
    mode: Literal["both", "invest_only", "raise_only"] = "both"
    """both: buy and sell; invest_only: no sales; raise_only: no purchases."""
    spend_unsettled: bool = True
    """true: unsettled cash may be spent."""
    source_from: Treatments = ()
    """Which accounts pay a withdrawal of the household, most preferred first; soft."""
    set_asides: SetAsides = ()
    """Amounts to keep aside until a day, beside those of flows.csv."""

    TIGHTER: ClassVar[Mapping[str, Direction]] = {"min_usd": "higher", "min_frac": "higher", "spend_unsettled": "no"}

    def minimum(self, value: Decimal) -> Decimal:
        """The minimum in dollars for a value in dollars.

        max or min of (min_usd, min_frac · value), by `combine`; what is left out does not take part; 0 without either.
        """
        share = None if self.min_frac is None else self.min_frac * value
        amounts = [amount for amount in (self.min_usd, share) if amount is not None]
        if not amounts:
            return Decimal(0)
        return max(amounts) if self.combine == "greater" else min(amounts)

    def says_nothing(self) -> str:
        said = self.min_usd or self.min_frac or self.mode != "both" or not self.spend_unsettled or self.source_from or self.set_asides
        return "" if said else "it keeps, raises, invests and reserves nothing"

    def describe(self) -> str:
        said = []
        least = [dollars(self.min_usd)] if self.min_usd else []
        least += [f"{percent(self.min_frac)} of the value"] if self.min_frac else []
        if least:
            amount = f"the {self.combine} of {least[0]} and {least[1]}" if len(least) == 2 else f"at least {least[0]}"
            said.append(f"keep {amount} in cash " + ("in every account" if self.per == "account" else "in the household"))
        for aside in self.set_asides:
            said.append(f"set {dollars(aside.amount_usd)} aside until {aside.due}" + (f" for {aside.purpose}" if aside.purpose else ""))
        if self.mode != "both":
            said.append("only invest cash, sell nothing" if self.mode == "invest_only" else "only raise cash, buy nothing")
        if not self.spend_unsettled:
            said.append("spend no unsettled cash")
        if self.source_from:
            said.append(f"pay withdrawals from {nouns(self.source_from, 'then')} accounts")
        sentence = "; ".join(said) or "nothing is asked of cash"
        return sentence[:1].upper() + sentence[1:] + "."
