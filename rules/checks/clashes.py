"""Rules that cannot hold together, or of which only one can hold."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from rules.checks.telling import ERROR, can_meet, meeting_pairs, tell, where
from rules.facts import Facts
from rules.language.account_mix import AccountMix
from rules.language.band import Band
from rules.language.base import Rule
from rules.language.cash import Cash
from rules.language.location import Location
from rules.language.restraint import Restraint
from rules.language.words import plain
from rules.policy import AnyRule
from validation.findings import Finding

ONE_OF_A_KIND = {"band", "location", "wash_sale", "cadence"}
"""Of these, two answers to the same question are one too many."""


def clashes(rules: list[AnyRule], facts: Facts) -> Iterator[Finding]:
    """Every two rules that bind the same thing on the same day and cannot both be right."""
    for kind in sorted(ONE_OF_A_KIND):
        for one, two in meeting_pairs([placed for placed in rules if placed.rule.kind == kind], facts):
            yield from _two_answers(one, two)
    musts = [placed for placed in rules if _may_contradict(placed.rule)]
    for one, two in meeting_pairs(musts, facts):
        if one.rule.id != two.rule.id:
            yield from _contradiction(one, two)
    yield from _sums([placed for placed in musts if placed.rule.kind == "account_mix"], facts)


def _may_contradict(rule: Rule) -> bool:
    """Whether a rule can be one side of a contradiction: a must that wants something, or forbids what another may want."""
    match rule:
        case Location():
            return bool(rule.never)
        case AccountMix():
            return rule.strength.is_must
        case Restraint():
            return rule.strength.is_must and (rule.hold is not None or rule.never == "trade")
        case Cash():
            return rule.strength.is_must and rule.mode != "both"
    return False


def _two_answers(one: AnyRule, two: AnyRule) -> Iterator[Finding]:
    first, second = one.rule, two.rule
    if first.id == second.id:
        return
    if isinstance(first, Band) and isinstance(second, Band):
        # A band for one class goes before a band for all; two for the same class have no order.
        if (first.asset_classes == "all") != (second.asset_classes == "all"):
            return
        if first.asset_classes != "all" and not set(first.asset_classes) & set(second.asset_classes):
            return
    message = f"`{second.id}` and {where(one)} both say what holds for the same households"
    fix = f"give it the id `{first.id}` in a nearer layer to replace that one, or keep them apart with `applies_to`"
    yield tell("several-answers", ERROR, two, ("id",), message, fix)


def _contradiction(one: AnyRule, two: AnyRule) -> Iterator[Finding]:
    for first, second in ((one, two), (two, one)):
        reason = _why(first, second)
        if reason:
            yield tell("contradictory-rules", ERROR, two, ("id",), f"`{two.rule.id}` and {where(one)} cannot both hold: {reason}", _FIX)
            return


_FIX = "change one of them, make one a preference, or keep them apart with `applies_to`"


def _why(one: AnyRule, two: AnyRule) -> str:
    """Why two musts cannot hold together; empty where nothing is seen."""
    match one.rule, two.rule:
        case AccountMix() as low, AccountMix() as high if low.limited == high.limited and low.min_frac > high.max_frac:
            return f"at least {plain(low.min_frac)} and at most {plain(high.max_frac)} of `{low.limited}`"
        case AccountMix() as mix, Location() as location if mix.asset_class and mix.min_frac > 0:
            treatments = mix.applies_to.tax_treatments
            if treatments and all(location.forbids(mix.asset_class, treatment) for treatment in treatments):
                return f"one wants `{mix.asset_class}` where the other forbids it"
        case AccountMix() as mix, Restraint() as restraint if mix.security and mix.min_frac > 0:
            if mix.security in restraint.applies_to.securities and restraint.bars_purchases and restraint.never == "trade":
                return f"one wants `{mix.security}` in the account, the other lets nobody trade it"
        case Restraint() as low, Restraint() as high if _same_securities(low, high):
            return _ranges(low, high)
        case Cash(mode="invest_only"), Cash(mode="raise_only"):
            return "one allows no sales, the other no purchases"
    return ""


def _same_securities(one: Restraint, two: Restraint) -> bool:
    first, second = one.applies_to, two.applies_to
    return bool(set(first.securities) & set(second.securities)) and len(first.securities) == len(second.securities) == 1


def _ranges(low: Restraint, high: Restraint) -> str:
    if low.hold is None or high.hold is None:
        return ""
    for (unit, least, _), (_, _, most) in zip(low.hold.pairs(), high.hold.pairs(), strict=True):
        if least is not None and most is not None and least > most:
            return f"at least {plain(least)} and at most {plain(most)} {unit}"
    return ""


def _sums(mixes: list[AnyRule], facts: Facts) -> Iterator[Finding]:
    """Minimums of one account that pass one together, and maximums of all classes that stay below it."""
    classes = facts.names.get("asset_classes", frozenset()) - {"unclassified"}
    general = [placed for placed in mixes if not placed.rule.applies_to.households]
    told: set[frozenset[str]] = set()
    for anchor in mixes:
        homes = set(anchor.rule.applies_to.households)
        beside = general if not homes else [*general, *(p for p in mixes if homes & set(p.rule.applies_to.households))]
        group = [placed for placed in beside if placed is anchor or (_covers(placed, anchor) and can_meet(placed, anchor, facts))]
        if anchor not in group:
            group.append(anchor)
        least, most = _limits(group)
        ids = frozenset(placed.rule.id for placed in group)
        if ids in told or len(group) < 2:
            continue
        if sum(least.values()) > 1 or (classes and classes <= set(most) and sum(most.values()) < 1):
            told.add(ids)
            too_much = sum(least.values()) > 1
            total = plain(Decimal(sum((least if too_much else most).values())))
            message = f"the {'minimums' if too_much else 'maximums'} of {', '.join(f'`{name}`' for name in sorted(ids))} sum to {total}"
            fix = f"an account's weights sum to one: {'lower a minimum' if too_much else 'raise a maximum'}"
            yield tell("bands-cannot-sum", ERROR, anchor, ("id",), message, fix)


def _covers(placed: AnyRule, anchor: AnyRule) -> bool:
    """Whether a mix binds every account that the anchor binds: its selector names nothing, or the same."""
    wide, near = placed.rule.applies_to, anchor.rule.applies_to
    return wide.except_ is None and all(
        getattr(wide, name) in ((), getattr(near, name)) for name in type(wide).model_fields if name != "except_"
    )


def _limits(group: list[AnyRule]) -> tuple[dict[str, Decimal], dict[str, Decimal]]:
    least: dict[str, Decimal] = {}
    most: dict[str, Decimal] = {}
    for placed in group:
        rule = placed.rule
        if isinstance(rule, AccountMix) and rule.asset_class:
            least[rule.asset_class] = max(least.get(rule.asset_class, Decimal(0)), rule.min_frac)
            if rule.max_frac < 1:
                most[rule.asset_class] = min(most.get(rule.asset_class, Decimal(1)), rule.max_frac)
    return least, most
