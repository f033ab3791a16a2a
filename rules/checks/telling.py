"""How the checks say what they found, and who meets whom."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from rules.facts import Facts
from rules.language.selector import Reach, Selector
from rules.policy import AnyRule
from validation.findings import Finding, Place, Scope, Severity

ERROR, WARNING, NOTE = Severity.ERROR, Severity.WARNING, Severity.NOTE


def tell(
    code: str, severity: Severity, placed: AnyRule, loc: Sequence[str | int], message: str, fix: str, *, at: Place | None = None
) -> Finding:
    """A finding about a field of a rule; its place is the field's value, or `at`."""
    return Finding(code, severity, Scope.RULE, message, fix, at or placed.value_place_of(*loc), subject=placed.rule.id)


def where(placed: AnyRule) -> str:
    """Another rule, as a message points to it."""
    return f"`{placed.rule.id}` ({placed.place.path}:{placed.place.line})"


def households_of(reach: Reach, facts: Facts) -> frozenset[str] | None:
    """The households that a selector can bind, as far as names tell it; None where it is not limited by them."""
    limits: list[frozenset[str]] = []
    if reach.households:
        limits.append(frozenset(reach.households))
    for names in (reach.accounts, reach.taxpayers):
        if names and all(name in facts.household_of for name in names):
            limits.append(frozenset(facts.household_of[name] for name in names))
    if reach.advisors and facts.books:
        limits.append(frozenset(book.household_id for book in facts.books if book.advisor in reach.advisors))
    if reach.models and facts.books:
        limits.append(frozenset(book.household_id for book in facts.books if book.model in reach.models))
    return frozenset.intersection(*limits) if limits else None


def can_meet(one: AnyRule, other: AnyRule, facts: Facts, *, days: bool = True) -> bool:
    """Whether two rules can bind the same thing on the same day: nothing in their selectors keeps them apart."""
    if days and not one.rule.effective.overlaps(other.rule.effective):
        return False
    first, second = one.rule.applies_to, other.rule.applies_to
    if any(_apart(getattr(first, name), getattr(second, name)) for name in Reach.model_fields):
        return False
    homes, others = households_of(first, facts), households_of(second, facts)
    if homes is not None and others is not None and not homes & others:
        return False
    return not (_left_out(first, second) or _left_out(second, first))


def _apart(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    return bool(one) and bool(other) and not set(one) & set(other)


def _left_out(wide: Selector, near: Reach) -> bool:
    """Whether everything that `near` names is what `wide` excepts."""
    out = wide.except_
    if out is None or out.is_empty:
        return False
    return all(getattr(near, name) and set(getattr(near, name)) <= set(getattr(out, name)) for name in out.named)


def meeting_pairs(rules: Iterable[AnyRule], facts: Facts) -> Iterator[tuple[AnyRule, AnyRule]]:
    """Every two rules that can meet, each pair once, in the order given. Rules for other households are not compared,
    so a thousand rules of a thousand households take no time."""
    rules = list(rules)
    by_household: dict[str, list[int]] = defaultdict(list)
    general: list[int] = []
    for index, placed in enumerate(rules):
        names = placed.rule.applies_to.households
        for name in names:
            by_household[name].append(index)
        if not names:
            general.append(index)
    pairs = {(one, two) for group in by_household.values() for at, one in enumerate(group) for two in group[at + 1 :]}
    pairs |= {(min(one, two), max(one, two)) for one in general for two in range(len(rules)) if one != two}
    for one, two in sorted(pairs):
        if can_meet(rules[one], rules[two], facts):
            yield rules[one], rules[two]
