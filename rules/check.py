"""Meaning: what the rules say together, against the names that the firm knows. Needs no household's holdings.

Shape comes first (rules/read.py); only rules whose shape is right are looked at here. Whether rules can hold for one
household's actual holdings is the solver's to say.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date

from rules.checks.clashes import clashes
from rules.checks.dates import old_assumptions, out_of_time
from rules.checks.layers import layer_trouble
from rules.checks.names import unknown_names
from rules.checks.numbers import odd_numbers
from rules.checks.reach import assumption_trouble, households_without_target, unreachable, unused, windows_without_fee
from rules.facts import Facts
from rules.read import PlacedAssumptions, Reading
from validation.findings import Finding, Scope, Severity


def check_policy(reading: Reading, facts: Facts, as_of: date | None = None) -> Iterator[Finding]:
    """Every finding about what a reading's rules mean; without a day, nothing is said about expiry."""
    rules, sets = reading.rules, reading.assumptions
    if any(finding.code == "no-policy" for finding in reading.findings):
        return
    yield from unknown_names(rules, facts)
    yield from odd_numbers(rules)
    yield from layer_trouble(rules, facts)
    yield from clashes(rules, facts)
    yield from unreachable(rules, facts)
    yield from windows_without_fee(rules, facts)
    yield from unused(rules, facts)
    yield from households_without_target(rules, facts, as_of)
    if reading.is_whole:
        yield from assumption_trouble(rules, {placed.assumptions.id: frozenset(placed.assumptions.classes) for placed in sets})
    yield from odd_assumptions(sets, facts)
    if as_of is not None:
        yield from out_of_time(rules, as_of)
        yield from old_assumptions(sets, as_of)


def odd_assumptions(sets: list[PlacedAssumptions], facts: Facts) -> Iterator[Finding]:
    """Assumption sets of the same name, classes that nobody knows, and yields above the return they are part of."""
    twins = Counter(placed.assumptions.id for placed in sets)
    known = facts.names.get("asset_classes")
    for placed in sets:
        name = placed.assumptions.id
        if twins[name] > 1:
            yield _of_set(placed, ("id",), "duplicate-assumptions", f"two assumption sets are called `{name}`", "give one another id")
        for asset_class, expected in placed.assumptions.classes.items():
            if expected.growth_frac < 0:
                yields = expected.ordinary_yield_frac + expected.dividend_yield_frac
                message = f"`{asset_class}` yields {yields}, more than the {expected.total_return_frac} it returns in all"
                yield _of_set(
                    placed,
                    ("classes", asset_class),
                    "yield-above-return",
                    message,
                    "the yields are parts of the total return",
                    Severity.WARNING,
                )
            if known is not None and asset_class not in known:
                message = f"the assumptions `{name}` speak of `{asset_class}`, a class of no security"
                yield _of_set(
                    placed, ("classes", asset_class), "assumptions-without-security", message, "nothing needs doing", Severity.NOTE
                )


def _of_set(
    placed: PlacedAssumptions, loc: tuple[str, ...], code: str, message: str, fix: str, severity: Severity = Severity.ERROR
) -> Finding:
    return Finding(code, severity, Scope.FILE, message, fix, placed.place_of(*loc), subject=placed.assumptions.id)
