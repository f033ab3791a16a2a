"""`account_mix`: how much of one class or security an account may or must hold."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import ClassVar, Literal

from rules.language.base import Direction
from rules.language.grammar import Frac, Name
from rules.language.priced import PricedRule
from rules.language.words import noun, percent


class AccountMix(PricedRule):
    """Limits inside one account."""

    kind: Literal["account_mix"] = "account_mix"
    """Limits inside one account."""
    asset_class: Name | None = None
    """The class that is limited; either this or `security`."""
    security: Name | None = None
    """The symbol that is limited; either this or `asset_class`."""
    min_frac: Frac = Decimal(0)
    """At least this fraction of the account's value."""
    max_frac: Frac = Decimal(1)
    """At most this fraction of the account's value."""

    TIGHTER: ClassVar[Mapping[str, Direction]] = {"min_frac": "higher", "max_frac": "lower"}

    @property
    def limited(self) -> str:
        """The class or the symbol, whichever is limited."""
        return self.asset_class or self.security or ""

    def says_nothing(self) -> str:
        return "it allows from 0 to 100 %" if self.limited and self.min_frac == 0 and self.max_frac == 1 else ""

    def describe(self) -> str:
        what = noun(self.asset_class) if self.asset_class else self.limited
        if self.max_frac == 0:
            return f"Hold no {what} in any one account that this binds."
        if self.min_frac == 0:
            return f"Hold at most {percent(self.max_frac)} {what} in any one account."
        if self.max_frac == 1:
            return f"Hold at least {percent(self.min_frac)} {what} in every account."
        return f"Hold between {percent(self.min_frac)} and {percent(self.max_frac)} {what} in every account."
