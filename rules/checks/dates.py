"""Rules whose time is over, or has not come."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from rules.checks.telling import NOTE, WARNING, tell
from rules.policy import AnyRule
from rules.read import PlacedAssumptions
from validation.findings import Finding, Scope

OLD_AFTER_DAYS = 548
"""A year and a half: two capital-market seasons missed."""


def out_of_time(rules: list[AnyRule], as_of: date) -> Iterator[Finding]:
    """Expired rules, and those yet to come, on a day."""
    for placed in rules:
        effective = placed.rule.effective
        if effective.until and effective.until < as_of and not (effective.from_ and effective.from_ > effective.until):
            message = f"`{placed.rule.id}` ended on {effective.until} and binds nobody on {as_of}"
            yield tell("expired-rule", WARNING, placed, ("effective", "until"), message, "renew its dates, or remove it")
        elif effective.from_ and effective.from_ > as_of:
            message = f"`{placed.rule.id}` begins on {effective.from_} and binds nobody on {as_of}"
            yield tell("not-yet-effective", NOTE, placed, ("effective", "from"), message, "nothing needs doing")


def old_assumptions(sets: list[PlacedAssumptions], as_of: date) -> Iterator[Finding]:
    """Assumption sets that nobody has renewed for long, or that are dated ahead."""
    for placed in sets:
        age = (as_of - placed.assumptions.as_of).days
        if age > OLD_AFTER_DAYS or age < 0:
            message = f"the assumptions `{placed.assumptions.id}` are of {placed.assumptions.as_of}, " + (
                f"{age} days before {as_of}" if age > 0 else f"after {as_of}"
            )
            place = placed.spot.below(("as_of",)).value_place(placed.path)
            fix = "renew them, or confirm them under a new `as_of`"
            yield Finding("old-assumptions", WARNING, Scope.FILE, message, fix, place, subject=placed.assumptions.id)
