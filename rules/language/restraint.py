"""`restraint`: what must not be sold, bought or traded, or must be kept within a range."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import ClassVar, Literal, Self

from rules.language.base import Direction, tighter
from rules.language.grammar import Day, Days, Frac, Language, Number, Quantity, Usd
from rules.language.priced import PricedRule
from rules.language.words import count, dollars, few, listed, nouns, percent, plain

BARS = {"sell": {"sell"}, "buy": {"buy"}, "trade": {"sell", "buy"}}


class Hold(Language):
    """A range that the holding must stay in; the household's holding of the selected securities together."""

    min_shares: Quantity | None = None
    """At least this many shares."""
    max_shares: Quantity | None = None
    """At most this many shares."""
    min_usd: Usd | None = None
    """At least this value, dollars."""
    max_usd: Usd | None = None
    """At most this value, dollars."""
    min_frac: Frac | None = None
    """At least this fraction of the household."""
    max_frac: Frac | None = None
    """At most this fraction of the household."""

    def pairs(self) -> Iterator[tuple[str, Decimal | None, Decimal | None]]:
        """(unit, minimum, maximum) for shares, usd and frac."""
        for unit in ("shares", "usd", "frac"):
            yield unit, getattr(self, f"min_{unit}"), getattr(self, f"max_{unit}")

    @property
    def is_empty(self) -> bool:
        return all(low is None and high is None for _, low, high in self.pairs())

    def __str__(self) -> str:
        said = []
        for unit, low, high in self.pairs():
            if low is not None and high is not None:
                said.append(f"between {_spoken(unit, low)} and {_spoken(unit, high)}")
            elif low is not None:
                said.append(f"at least {_spoken(unit, low)}")
            elif high is not None:
                said.append(f"at most {_spoken(unit, high)}")
        return listed(said)


class Lots(Language):
    """Which lots a restraint on sales speaks of: those that every condition given here fits."""

    term: Literal["short", "long"] | None = None
    """Held for the short or the long term, on the trade date."""
    held_less_than_days: Days | None = None
    """Held for less than this many days."""
    long_term_within_days: Days | None = None
    """Short-term now, long-term within this many days."""
    gain_above_frac: Number | None = None
    """Gain above this fraction of the basis; 0 means any gain."""
    acquired_before: Day | None = None
    """Acquired before this day."""
    acquired_after: Day | None = None
    """Acquired after this day."""

    @property
    def is_empty(self) -> bool:
        return all(getattr(self, field) is None for field in type(self).model_fields)

    def __str__(self) -> str:
        said = []
        if self.term:
            said.append(f"held for the {self.term} term")
        if self.held_less_than_days is not None:
            said.append(f"held for less than {count(self.held_less_than_days, 'day')}")
        if self.long_term_within_days is not None:
            said.append(f"that become long-term within {count(self.long_term_within_days, 'day')}")
        if self.gain_above_frac is not None:
            said.append("at a gain" if self.gain_above_frac == 0 else f"with a gain above {percent(self.gain_above_frac)}")
        if self.acquired_before:
            said.append(f"acquired before {self.acquired_before}")
        if self.acquired_after:
            said.append(f"acquired after {self.acquired_after}")
        return listed(said)


class Restraint(PricedRule):
    """A restraint on sales or purchases: `never`, `hold` or `close`."""

    kind: Literal["restraint"] = "restraint"
    """A restraint on sales or purchases."""
    never: Literal["sell", "buy", "trade"] | None = None
    """What must not happen: sell, buy, or trade (both)."""
    hold: Hold | None = None
    """The range to stay in: shares, dollars, or fraction of the household."""
    close: bool = False
    """true: a soft close; what is held stays or is sold, nothing new is bought."""
    lots: Lots | None = None
    """Only these lots; without it, all."""
    redemption_window_days: Days | None = None
    """Sales within this many days of the purchase cost the security's `redemption_fee_frac` (securities.csv)."""

    TIGHTER: ClassVar[Mapping[str, Direction]] = {"close": "yes"}
    SAID: ClassVar[tuple[str, ...]] = ("securities", "identity_groups", "asset_classes")

    @property
    def bars_sales(self) -> bool:
        return self.never in {"sell", "trade"}

    @property
    def bars_purchases(self) -> bool:
        return self.close or self.never in {"buy", "trade"}

    def says_nothing(self) -> str:
        if self.never is None and self.hold is None and not self.close and self.redemption_window_days is None:
            return "it says neither `never`, `hold` nor `close`"
        if self.hold is not None and self.hold.is_empty:
            return "its `hold` names no limit"
        if self.lots is not None and self.lots.is_empty:
            return "its `lots` names no condition"
        return ""

    def loosened_by(self, other: Self) -> tuple[str, ...]:
        """`trade` is tighter than `sell` or `buy`; a range tightens inwards; a lot filter must stay, or go entirely."""
        loose = []
        if not BARS.get(self.never or "", set()) <= BARS.get(other.never or "", set()):
            loose.append("never")
        if self.close and not other.bars_purchases:
            loose.append("close")
        if self.hold is not None and (other.hold is None or not _range_within(self.hold, other.hold)):
            loose.append("hold")
        if other.lots not in (None, self.lots):
            loose.append("lots")
        if self.redemption_window_days is not None and not tighter(self.redemption_window_days, other.redemption_window_days, "higher"):
            loose.append("redemption_window_days")
        return (*loose, *(("strength",) if "strength" in super().loosened_by(other) else ()))

    def describe(self) -> str:
        whom = self.applies_to
        names = [few(group) for group in (whom.securities, whom.identity_groups) if group]
        if whom.asset_classes:
            names.append(nouns(whom.asset_classes))
        what = listed(names) if names else "any security"
        if self.lots is not None:
            what = f"lots of {what} {self.lots}" if names else f"lots {self.lots}"
        said = []
        if self.never:
            said.append(f"never {self.never} {what}")
        if self.hold:
            said.append(f"hold {self.hold}" + (f" of {what}" if not self.never else ""))
        if self.close:
            said.append("buy no more" + (f" of {what}" if not said else ""))
        if self.redemption_window_days is not None:
            said.append(f"count the redemption fee on sales within {count(self.redemption_window_days, 'day')} of the purchase")
        sentence = listed(said)
        return sentence[:1].upper() + sentence[1:] + "."


def _spoken(unit: str, number: Decimal) -> str:
    if unit == "shares":
        return f"{plain(number)} shares"
    return dollars(number) if unit == "usd" else f"{percent(number)} of the household"


def _range_within(outer: Hold, inner: Hold) -> bool:
    return all(
        tighter(low, new_low, "higher") and tighter(high, new_high, "lower")
        for (_, low, high), (_, new_low, new_high) in zip(outer.pairs(), inner.pairs(), strict=True)
    )
