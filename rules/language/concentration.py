"""`concentration`: a limit on how much of the household may depend on one name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from rules.language.base import Direction
from rules.language.grammar import Frac
from rules.language.priced import PricedRule
from rules.language.words import percent


class Concentration(PricedRule):
    """A single-name limit. Purchases must respect it; holdings above it are brought down as other rules allow."""

    kind: Literal["concentration"] = "concentration"
    """A single-name limit."""
    group_by: Literal["security", "issuer", "identity_group"] = "security"
    """What counts as one name."""
    max_frac: Frac
    """At most this fraction of the household's value in one name."""

    TIGHTER: ClassVar[Mapping[str, Direction]] = {"max_frac": "lower"}

    def describe(self) -> str:
        name = {"security": "security", "issuer": "issuer", "identity_group": "group of substantially identical securities"}
        return f"Hold at most {percent(self.max_frac)} of the household in any one {name[self.group_by]}."
