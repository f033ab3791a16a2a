"""Rules that reach nobody, and households that nothing reaches."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from rules.checks.telling import ERROR, NOTE, WARNING, households_of, tell, where
from rules.facts import Facts
from rules.language.band import Band
from rules.language.gain_budget import GainBudget
from rules.language.location import Location
from rules.language.restraint import Restraint
from rules.language.selector import HALF, Selector
from rules.language.target import ByTreatment, Target
from rules.policy import LAYERS, AnyRule, without_target
from validation.findings import Finding, Scope, Severity
from validation.household import CASH_CLASS


def unreachable(rules: list[AnyRule], facts: Facts) -> Iterator[Finding]:
    """Rules that bind nobody of the firm, or that a nearer layer replaces for everybody and always."""
    books = {book.household_id: book for book in facts.books}
    for placed in rules:
        selector = placed.rule.applies_to
        if books and not (selector.is_empty and selector.except_ is None):
            homes = households_of(selector, facts)
            candidates = facts.books if homes is None else [books[home] for home in sorted(homes) if home in books]
            if not _has_unknown_names(selector, facts) and not any(selector.matches_household(book) for book in candidates):
                message = f"`{placed.rule.id}` binds nobody: no household, account or security of the firm is {selector}"
                yield tell(
                    "unreachable-rule",
                    WARNING,
                    placed,
                    ("applies_to",),
                    message,
                    "widen `applies_to`, or remove the rule",
                    at=placed.place_of("applies_to"),
                )
    yield from _always_replaced(rules)


def windows_without_fee(rules: list[AnyRule], facts: Facts) -> Iterator[Finding]:
    """Redemption windows over securities of which none has a fee."""
    for placed in rules:
        rule = placed.rule
        if not isinstance(rule, Restraint) or rule.redemption_window_days is None or not facts.books:
            continue
        reached = {symbol for book in facts.books for symbol in rule.applies_to.symbols(book)}
        if not any(facts.securities[symbol].redemption_fee_frac for symbol in reached if symbol in facts.securities):
            message = f"`{rule.id}` counts a redemption fee, and securities.csv states none for what it selects: the window costs nothing"
            fix = "give the fund its fee in the column `redemption_fee_frac`, such as 0.02"
            yield tell("no-redemption-fee", NOTE, placed, ("redemption_window_days",), message, fix)


def _has_unknown_names(selector: Selector, facts: Facts) -> bool:
    """Whether a name is unknown, which has been told already."""
    return any(
        name not in facts.names.get(field, (name,))
        for field in selector.named
        if field != "tax_treatments"
        for name in getattr(selector, field)
    )


def _always_replaced(rules: list[AnyRule]) -> Iterator[Finding]:
    by_id: dict[str, list[AnyRule]] = defaultdict(list)
    for placed in rules:
        by_id[placed.rule.id].append(placed)
    for group in by_id.values():
        for near in group:
            selector = near.rule.applies_to
            if not selector.is_empty or selector.except_ is not None or str(near.rule.effective) != "always":
                continue
            for wide in group:
                if LAYERS.index(wide.layer) < LAYERS.index(near.layer):
                    message = f"`{wide.rule.id}` is replaced for everybody, by {where(near)}"
                    yield tell("unreachable-rule", WARNING, wide, ("id",), message, "remove it, or narrow the one that replaces it")


def unused(rules: list[AnyRule], facts: Facts) -> Iterator[Finding]:
    """Targets that no household names, bands of classes without weight, securities that a never-pair keeps out."""
    targets = [placed.rule for placed in rules if isinstance(placed.rule, Target)]
    weighted = {name for target in targets for name in target.weights}
    models = facts.names.get("models")
    for placed in rules:
        rule = placed.rule
        if isinstance(rule, Target) and models is not None and rule.id not in models:
            yield tell("unused-target", NOTE, placed, ("id",), f"no household names the target `{rule.id}`", "nothing needs doing")
        if isinstance(rule, Band) and rule.asset_classes != "all" and targets:
            for at, name in enumerate(rule.asset_classes):
                if name not in weighted:
                    yield tell(
                        "band-without-target",
                        WARNING,
                        placed,
                        ("asset_classes", at),
                        f"no target gives `{name}` a weight",
                        "remove it, or add its weight to a target",
                    )
    yield from _forbidden_holdings(rules, facts)


def _forbidden_holdings(rules: list[AnyRule], facts: Facts) -> Iterator[Finding]:
    """A target that names securities for a treatment from which a firm-wide never-pair keeps them."""
    for location in rules:
        if not isinstance(location.rule, Location) or not location.rule.applies_to.is_empty:
            continue
        for placed in rules:
            if not isinstance(placed.rule, Target):
                continue
            for asset_class, held in placed.rule.holdings.items():
                for treatment, symbols in _by_treatment(held):
                    for at, symbol in enumerate(symbols):
                        if _forbidden(location.rule, facts, asset_class, symbol, treatment):
                            message = (
                                f"`{symbol}` for `{asset_class}` will never be bought in {treatment} accounts: {where(location)} forbids it"
                            )
                            loc = ("holdings", asset_class, treatment, at)
                            yield tell("holding-forbidden", WARNING, placed, loc, message, "leave that treatment empty")


def _by_treatment(held: ByTreatment | tuple[str, ...]) -> Iterator[tuple[str, tuple[str, ...]]]:
    if isinstance(held, ByTreatment):
        yield from ((treatment, getattr(held, treatment)) for treatment in ("taxable", "tax_deferred", "tax_exempt"))


def _forbidden(location: Location, facts: Facts, asset_class: str, symbol: str, treatment: str) -> bool:
    security = facts.securities.get(symbol)
    exposures = security.exposures if security else {asset_class: Decimal(1)}
    return any(weight > HALF and location.forbids(name, treatment) for name, weight in exposures.items())


def households_without_target(rules: list[AnyRule], facts: Facts, as_of: date | None) -> Iterator[Finding]:
    """Households whose `model` names no target in effect: errors of the household, not of the policy."""
    if "models" not in facts.names:
        return
    targets: dict[str, list[AnyRule]] = defaultdict(list)
    for placed in rules:
        if placed.rule.kind == "target" and (as_of is None or placed.rule.effective.includes(as_of)):
            targets[placed.rule.id].append(placed)
    for book in facts.books:
        if not any(placed.rule.applies_to.matches_household(book) for placed in targets.get(book.model, ())):
            yield without_target(book.household_id, book.model, book.place)


def assumption_trouble(rules: list[AnyRule], known: dict[str, frozenset[str]]) -> Iterator[Finding]:
    """Location rules that name no assumption set, and sets that lack a class of a target; `known`: classes by set."""
    weighted = {name for placed in rules if isinstance(placed.rule, Target) for name, weight in placed.rule.weights.items() if weight > 0}
    for placed in rules:
        if not isinstance(placed.rule, Location):
            continue
        name = placed.rule.assumptions
        if name not in known:
            from validation.suggest import nearest

            similar = nearest(name, known)
            fix = (
                f"a set with a similar name exists: `{similar}`"
                if similar
                else f"the sets are {', '.join(f'`{n}`' for n in sorted(known)) or 'none'}; they stand in assumptions/*.yaml"
            )
            yield tell("unknown-assumptions", ERROR, placed, ("assumptions",), f"no assumption set is called `{name}`", fix)
        elif lacking := sorted(weighted - known[name] - {CASH_CLASS}):
            message = f"the assumptions `{name}` say nothing about {', '.join(f'`{n}`' for n in lacking)}"
            yield tell(
                "class-without-assumptions", WARNING, placed, ("assumptions",), message, "add the classes; figures that need them are n/a"
            )


def exceeded_budgets(rules: list[AnyRule], facts: Facts) -> Iterator[Finding]:
    """Gain budgets that the year to date of taxpayers.csv has used up already. A run tells this itself, from the year to
    date of the extracts, too."""
    books = {book.household_id: book for book in facts.books}
    for placed in rules:
        rule = placed.rule
        if not isinstance(rule, GainBudget) or rule.measure != "gain" or rule.per != "taxpayer":
            continue
        homes = households_of(rule.applies_to, facts)
        for book in facts.books if homes is None else [books[home] for home in sorted(homes) if home in books]:
            for taxpayer_id in rule.applies_to.taxpayer_ids(book) if rule.applies_to.matches_household(book) else ():
                yield from _exceeded(placed, rule, taxpayer_id, book.household_id, facts)


def _exceeded(placed: AnyRule, rule: GainBudget, taxpayer_id: str, household_id: str, facts: Facts) -> Iterator[Finding]:
    if taxpayer_id not in facts.year_to_date:
        return
    short, long = facts.year_to_date[taxpayer_id]
    realised = {"net": short + long, "short_term": short, "long_term": long}
    for name, limit in rule.limits().items():
        if realised[name] > limit:
            message = (
                f"taxpayer `{taxpayer_id}` has realised ${realised[name]:,.2f} this year, above `{name}_usd` of `{rule.id}`, ${limit:,.2f}"
            )
            yield Finding(
                "budget-already-spent", Severity.WARNING, Scope.HOUSEHOLD, message, "no further net gain is taken; losses may be",
                placed.value_place_of(f"{name}_usd"), household_id, rule.id,
            )  # fmt: skip
