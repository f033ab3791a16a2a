"""What every rule has in common, and what it means for one rule to be tighter than another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sized
from typing import Any, ClassVar, Literal, Self, TypeAlias

from rules.language.grammar import MUST, Effective, Identifier, Language, Source, Strength, Text
from rules.language.selector import Selector

Direction: TypeAlias = Literal["lower", "higher", "more", "fewer", "yes", "no"]
"""Which way a field tightens: a lower or a higher number (none is the loosest), more or fewer members, yes or no."""


class Rule(Language):
    """One sentence of policy. `kind` says what about; each kind adds its numbers."""

    kind: str
    """What the rule is about."""
    id: Identifier
    """snake_case; a lower layer replaces the rule of the same id. Unique within a layer."""
    title: Text
    """The rule in a few words."""
    because: Text | None = None
    """The sentence a client reads where this rule decided."""
    source: Source | None = None
    """The document that the rule comes from."""
    effective: Effective = Effective()
    """When it holds; always, if left out."""
    applies_to: Selector = Selector()
    """Whom it binds; everybody, if left out."""
    floor: bool = False
    """true: lower layers may only tighten it."""

    TIGHTER: ClassVar[Mapping[str, Direction]] = {}
    """Fields that may differ under a floor, and which way. All other fields of the kind must stay the same."""

    SAID: ClassVar[tuple[str, ...]] = ()
    """Fields of `applies_to` that `describe()` names already."""

    @property
    def strength(self) -> Strength:
        """`must`, or the price of a violation."""
        return MUST

    def describe(self) -> str:
        """One sentence in plain words, with its numbers, ending in a full stop."""
        raise TypeError(f"{type(self).__name__} is not a kind of rule")

    def says_nothing(self) -> str:
        """Why the rule has no effect as it stands, for the finding `empty-rule`; empty where it has one."""
        return ""

    def loosened_by(self, other: Self) -> tuple[str, ...]:
        """The fields in which `other`, put in this rule's place, is looser or no longer comparable."""
        return tuple(
            field for field in self._own_fields() if not tighter(getattr(self, field), getattr(other, field), self.TIGHTER.get(field))
        ) + (("strength",) if looser_strength(self.strength, other.strength) else ())

    @classmethod
    def _own_fields(cls) -> Iterator[str]:
        return (name for name in cls.model_fields if name not in Rule.model_fields and name != "strength_")

    def full_sentence(self) -> str:
        """`describe()` with whom it binds and how strongly, where either is not the rule."""
        sentence = self.describe().rstrip(".")
        whom, when = self.applies_to.said(self.SAID), str(self.effective)
        sentence += f"; for {whom}" if whom else ""
        sentence += f"; {when}" if when != "always" else ""
        sentence += "" if self.strength.is_must else f"; {self.strength}"
        return sentence + "."


def tighter(before: Any, after: Any, direction: Direction | None) -> bool:
    """Whether `after` is as tight as `before`, or tighter, in the direction given; without one only equals are."""
    if before == after:
        return True
    if direction in {"lower", "higher"}:
        if before is None or after is None:
            return before is None
        return bool(after <= before if direction == "lower" else after >= before)
    if direction in {"more", "fewer"}:
        return within(before, after) if direction == "more" else within(after, before)
    return direction == ("yes" if after is True else "no")


def within(part: Sized, whole: Sized) -> bool:
    """Whether every member of one list stands in the other."""
    return all(member in whole for member in part)  # type: ignore[attr-defined,operator]


def looser_strength(before: Strength, after: Strength) -> bool:
    """Whether the second gives way where the first does not, or for less."""
    if before.is_must or after.is_must:
        return before.is_must and not after.is_must
    return (after.price or 0) < (before.price or 0)
