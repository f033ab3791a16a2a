"""The firm's policy, and what of it binds one household.

Layers, from the widest to the nearest: firm < model < advisor < household. Of the rules with the same id that bind a
household on a day, the nearest layer's holds, as a whole; the others are kept as what it `replaces`. A rule marked
`floor: true` may only be tightened by a nearer layer; the loader has refused anything else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Generic, TypeVar

from rules.assumptions import Assumptions
from rules.catalogue import ORDER
from rules.language.band import Band
from rules.language.base import Rule
from rules.language.location import Location
from rules.language.target import Target
from validation.findings import Finding, Place, Scope, Severity
from validation.household import Household
from validation.source import Spot

LAYERS = ("firm", "model", "advisor", "household")

R_co = TypeVar("R_co", bound=Rule, covariant=True)
OfKind = TypeVar("OfKind", bound=Rule)


@dataclass(frozen=True)
class PlacedRule(Generic[R_co]):
    """A rule, where it stands, its layer, and the rules of wider layers that it replaces (nearest first)."""

    rule: R_co
    path: str
    spot: Spot = field(repr=False)
    layer: str = "firm"
    replaces: tuple[PlacedRule[Rule], ...] = ()

    @property
    def place(self) -> Place:
        """Where the rule begins."""
        return self.spot.value_place(self.path)

    def place_of(self, *loc: str | int) -> Place:
        """Where a field stands (its key), down to `place_of("hold", "min_shares")`; what the file left out stands
        where the part around it does."""
        return self.spot.below(loc).key_place(self.path)

    def value_place_of(self, *loc: str | int) -> Place:
        """Where a field's value stands."""
        return self.spot.below(loc).value_place(self.path)


AnyRule = PlacedRule[Rule]


@dataclass(frozen=True)
class HouseholdPolicy:
    """The rules that bind one household on one day, in the order of the catalogue, then of ids."""

    household_id: str
    model: str
    as_of: date
    rules: tuple[AnyRule, ...]
    assumption_sets: Mapping[str, Assumptions]
    findings: tuple[Finding, ...] = ()

    def of_kind(self, kind: str) -> tuple[AnyRule, ...]:
        return tuple(placed for placed in self.rules if placed.rule.kind == kind)

    def of(self, kind: type[OfKind]) -> tuple[PlacedRule[OfKind], ...]:
        """The rules of one kind, typed: `policy.of(Restraint)`."""
        return tuple(placed for placed in self.rules if isinstance(placed.rule, kind))  # type: ignore[misc]

    def by_id(self, rule_id: str) -> AnyRule | None:
        return next((placed for placed in self.rules if placed.rule.id == rule_id), None)

    @cached_property
    def target(self) -> PlacedRule[Target] | None:
        """The target that households.csv names in `model`."""
        return next((placed for placed in self.of(Target) if placed.rule.id == self.model), None)

    @cached_property
    def location(self) -> PlacedRule[Location] | None:
        return next(iter(self.of(Location)), None)

    @cached_property
    def assumptions(self) -> Assumptions | None:
        """The assumption set that the location rule names; without such a rule, the only one there is, or none."""
        if self.location is not None:
            return self.assumption_sets.get(self.location.rule.assumptions)
        return next(iter(self.assumption_sets.values())) if len(self.assumption_sets) == 1 else None

    def band_for(self, asset_class: str) -> PlacedRule[Band] | None:
        """The band of a class: a rule that lists the class goes before one for all, a nearer layer before a wider."""
        bands = [placed for placed in self.of(Band) if placed.rule.covers(asset_class)]
        return max(bands, key=lambda placed: (placed.rule.asset_classes != "all", LAYERS.index(placed.layer)), default=None)

    def width_of(self, asset_class: str) -> Decimal | None:
        """Half-width of a class's band, fraction of the household; None where no band speaks of it."""
        band = self.band_for(asset_class)
        weight = self.target.rule.weights.get(asset_class, Decimal(0)) if self.target else Decimal(0)
        return band.rule.width(weight) if band else None


@dataclass(frozen=True)
class Policy:
    """Every rule of the firm, with its place and layer, and the assumption sets by id."""

    rules: tuple[AnyRule, ...]
    assumptions: Mapping[str, Assumptions] = field(default_factory=dict)

    def for_household(self, household: Household) -> HouseholdPolicy:
        """The rules that bind a household on its as-of date, layers merged.

        A household whose `model` names no target gets the finding `household-without-target` (error, household).
        """
        active = [
            placed
            for placed in self.rules
            if placed.rule.effective.includes(household.as_of)
            and placed.rule.applies_to.matches_household(household)
            and (placed.rule.kind != "target" or placed.rule.id == household.model)
        ]
        policy = HouseholdPolicy(household.household_id, household.model, household.as_of, tuple(merge(active)), self.assumptions)
        if policy.target is None:
            policy = replace(policy, findings=(without_target(household.household_id, household.model, household.place),))
        return policy


def merge(active: Iterable[AnyRule]) -> list[AnyRule]:
    """Of every id, the nearest layer's rule with what it replaces; in the order of the catalogue, then of ids."""
    by_id: dict[str, list[AnyRule]] = {}
    for placed in active:
        by_id.setdefault(placed.rule.id, []).append(placed)
    nearest_first = (sorted(group, key=lambda placed: -LAYERS.index(placed.layer)) for group in by_id.values())
    merged = [replace(group[0], replaces=tuple(group[1:])) for group in nearest_first]
    return sorted(merged, key=lambda placed: (ORDER[placed.rule.kind], placed.rule.id))


def without_target(household_id: str, model: str, place: Place) -> Finding:
    """The finding of a household whose `model` names no target in effect."""
    names = f"the model `{model}`, which no target in effect has as its id" if model else "no model"
    return Finding(
        "household-without-target", Severity.ERROR, Scope.HOUSEHOLD, f"household `{household_id}` names {names}",
        "write the id of a target in the column `model` of households.csv", place, household_id, household_id,
    )  # fmt: skip
