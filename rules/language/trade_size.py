"""`trade_size`: trades too small to make, what a ticket costs, how many trades there may be."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from rules.language.base import Direction
from rules.language.grammar import Frac, Language, Name, Usd
from rules.language.priced import PricedRule
from rules.language.words import count, dollars, listed, noun, percent


class SizeByType(Language):
    """The minimum for one type of security."""

    min_usd: Usd | None = None
    """Smallest trade, dollars; as for all types, if left out."""
    min_frac: Frac | None = None
    """Smallest trade, fraction of the account's value; as for all types, if left out."""
    whole_shares: bool | None = None
    """true: whole shares only; as securities.csv says, if left out."""
    ticket_usd: Usd | None = None
    """Cost of a trade, dollars; as for all types, if left out."""


AS_FOR_ALL = SizeByType()


class TradeSize(PricedRule):
    """When a trade is too small. A sale that closes a position is never too small."""

    kind: Literal["trade_size"] = "trade_size"
    """When a trade is too small."""
    min_usd: Usd = Decimal(0)
    """Smallest trade, dollars."""
    min_frac: Frac = Decimal(0)
    """Smallest trade, fraction of the account's value."""
    by_security_type: dict[Name, SizeByType] = Field(default_factory=dict)
    """Other minimums by security type, as securities.csv spells it."""
    whole_shares: bool | None = None
    """true: whole shares only; false: fractions; as securities.csv says, if left out."""
    ticket_usd: Usd = Decimal(0)
    """Cost of a trade, dollars."""
    max_trades: Annotated[int, Field(ge=0)] | None = None
    """At most this many trades per household and run; no limit, if left out."""

    TIGHTER: ClassVar[Mapping[str, Direction]] = {"min_usd": "higher", "min_frac": "higher", "max_trades": "lower", "ticket_usd": "higher"}

    def minimum(self, security_type: str, value: Decimal) -> Decimal:
        """The smallest trade in dollars: the greater of min_usd and min_frac · value of the account, by security type."""
        own = self.by_security_type.get(security_type, AS_FOR_ALL)
        usd = self.min_usd if own.min_usd is None else own.min_usd
        frac = self.min_frac if own.min_frac is None else own.min_frac
        return max(usd, frac * value)

    def ticket(self, security_type: str) -> Decimal:
        """Cost of a trade in dollars, by security type."""
        own = self.by_security_type.get(security_type)
        return self.ticket_usd if own is None or own.ticket_usd is None else own.ticket_usd

    def wants_whole_shares(self, security_type: str, of_security: bool) -> bool:
        """Whether only whole shares trade: by type, by rule, or else as the security says."""
        own = self.by_security_type.get(security_type)
        if own is not None and own.whole_shares is not None:
            return own.whole_shares
        return of_security if self.whole_shares is None else self.whole_shares

    def says_nothing(self) -> str:
        said = self.min_usd or self.min_frac or self.by_security_type or self.ticket_usd
        return "" if said or self.whole_shares is not None or self.max_trades is not None else "it limits nothing"

    def describe(self) -> str:
        said = []
        least = [dollars(self.min_usd)] if self.min_usd else []
        least += [f"{percent(self.min_frac)} of the account"] if self.min_frac else []
        if least:
            said.append(f"make no trade below {listed(least, 'or')}")
        for name, own in self.by_security_type.items():
            parts = [dollars(own.min_usd)] if own.min_usd is not None else []
            parts += [f"{percent(own.min_frac)} of the account"] if own.min_frac is not None else []
            said += [f"below {listed(parts, 'or')} for {noun(name)}s"] if parts else []
        whole = {True: "trade whole shares only", False: "trade fractions of shares", None: ""}[self.whole_shares]
        said += [whole] if whole else []
        if self.ticket_usd:
            said.append(f"count {dollars(self.ticket_usd)} for every trade")
        if self.max_trades is not None:
            said.append(f"make at most {count(self.max_trades, 'trade')}")
        sentence = "; ".join(said) or "trades may be of any size"
        return sentence[:1].upper() + sentence[1:] + "."
