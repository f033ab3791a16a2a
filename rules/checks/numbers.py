"""Numbers and fields of one rule that do not go together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal

from rules.checks.telling import ERROR, NOTE, WARNING, tell
from rules.language.account_mix import AccountMix
from rules.language.band import Band
from rules.language.cadence import Cadence
from rules.language.cash import Cash
from rules.language.harvest import Harvest
from rules.language.location import Location
from rules.language.restraint import Restraint
from rules.language.target import Target
from rules.language.words import percent, plain
from rules.policy import AnyRule
from validation.findings import Finding
from validation.household import CASH_CLASS

CLOSE_TO_ONE = Decimal("0.000001")


def odd_numbers(rules: list[AnyRule]) -> Iterator[Finding]:
    """What is odd about each rule by itself."""
    replaced = {placed.rule.id for placed in rules if placed.layer != "firm"}
    for placed in rules:
        yield from _reversed_dates(placed)
        yield from _idle_strength(placed)
        check = _OF_KIND.get(placed.rule.kind)
        if check is not None:
            yield from check(placed)
        # A nearer layer may lift a limit by replacing it with one that asks nothing.
        if (reason := placed.rule.says_nothing()) and not (placed.layer != "firm" and placed.rule.id in replaced):
            yield tell(
                "empty-rule", WARNING, placed, (), f"`{placed.rule.id}` has no effect: {reason}", "add what it is to say, or remove it"
            )


def _reversed_dates(placed: AnyRule) -> Iterator[Finding]:
    effective = placed.rule.effective
    if effective.from_ and effective.until and effective.from_ > effective.until:
        message = f"`{placed.rule.id}` ends on {effective.until}, before it begins on {effective.from_}"
        yield tell("dates-reversed", ERROR, placed, ("effective", "until"), message, "`until` is the last day, `from` the first")


def _idle_strength(placed: AnyRule) -> Iterator[Finding]:
    rule = placed.rule
    soft = not rule.strength.is_must
    if soft and rule.kind in {"cadence", "wash_sale"}:
        message = f"a `{rule.kind}` rule has no violation that could be priced; it holds as a must"
        yield tell("idle-strength", WARNING, placed, ("strength",), message, "leave `strength` out")
    if soft and isinstance(rule, Location) and not rule.prefer:
        message = "the price stands for `prefer`, and this rule prefers nothing"
        yield tell("idle-strength", WARNING, placed, ("strength",), message, "leave `strength` out, or add `prefer`")


def _reversed(placed: AnyRule, low: str, high: str, least: object, most: object) -> Finding:
    message = f"`{low}` is {_number(least)}, above `{high}`, which is {_number(most)}"
    return tell("min-above-max", ERROR, placed, tuple(low.split(".")), message, "exchange them, or correct one")


def _number(value: object) -> str:
    return plain(value) if isinstance(value, Decimal) else str(value)


def _of_target(placed: AnyRule) -> Iterator[Finding]:
    rule = placed.rule
    assert isinstance(rule, Target)
    total, seen = Decimal(0), set()
    for path in rule.class_paths:
        weight = rule.weights_frac[path[0]]
        total += weight[path[1]] if isinstance(weight, dict) else weight
        if path[-1] in seen:
            message = f"`{path[-1]}` has two weights in the target `{rule.id}`"
            yield tell(
                "class-twice",
                ERROR,
                placed,
                ("weights_frac", *path),
                message,
                "add them up in one place",
                at=placed.place_of("weights_frac", *path),
            )
        seen.add(path[-1])
    if abs(total - 1) > CLOSE_TO_ONE:
        groups = [name for name, weight in rule.weights_frac.items() if isinstance(weight, dict) and sum(weight.values()) == 1]
        inner = f"the weights inside `{groups[0]}` are fractions of the household, too" if groups else ""
        fix = f"{_off(total)}; {inner or 'weights are fractions of the household, cash included'}"
        message = f"the weights of `{rule.id}` sum to {plain(total)}, not to one"
        yield tell("weights-do-not-sum", ERROR, placed, ("weights_frac",), message, fix, at=placed.place_of("weights_frac"))
    for name in rule.holdings:
        if name not in seen:
            message = f"`{rule.id}` names securities for `{name}`, which has no weight in it"
            yield tell(
                "holdings-without-weight",
                WARNING,
                placed,
                (),
                message,
                "add its weight, or remove its securities",
                at=placed.place_of("holdings", name),
            )
    bare = [name for name in rule.weights if name not in rule.holdings and name != CASH_CLASS and rule.weights[name] > 0]
    if bare:
        message = f"`{rule.id}` names nothing to buy for {', '.join(f'`{name}`' for name in bare)}"
        fix = "list the securities under `holdings`, most preferred first"
        yield tell("class-without-holdings", NOTE, placed, (), message, fix, at=placed.place_of("weights_frac"))


def _off(total: Decimal) -> str:
    return f"{percent(abs(1 - total))} {'is missing' if total < 1 else 'is too much'}"


def _of_band(placed: AnyRule) -> Iterator[Finding]:
    rule = placed.rule
    assert isinstance(rule, Band)
    if rule.absolute_frac is None and rule.relative_frac is None:
        fix = "add `absolute_frac` (of the household) or `relative_frac` (of the target), or both"
        yield tell("band-without-width", ERROR, placed, (), f"the band `{rule.id}` has no width", fix)
    price = rule.price_of_drift
    if price.inside > price.usd_per_year:
        message = f"drift inside the band costs {plain(price.inside)}, more than {plain(price.usd_per_year)} beyond it"
        yield tell(
            "inside-above-beyond",
            ERROR,
            placed,
            ("price_of_drift", "inside_usd_per_year"),
            message,
            "drift costs less inside the band than beyond it",
        )


def _of_account_mix(placed: AnyRule) -> Iterator[Finding]:
    rule = placed.rule
    assert isinstance(rule, AccountMix)
    if bool(rule.asset_class) == bool(rule.security):
        message = f"`{rule.id}` limits " + ("both a class and a security" if rule.security else "neither a class nor a security")
        yield tell("class-or-security", ERROR, placed, (), message, "name one of `asset_class` and `security`")
    if rule.min_frac > rule.max_frac:
        yield _reversed(placed, "min_frac", "max_frac", rule.min_frac, rule.max_frac)


def _of_restraint(placed: AnyRule) -> Iterator[Finding]:
    rule = placed.rule
    assert isinstance(rule, Restraint)
    for unit, low, high in rule.hold.pairs() if rule.hold else ():
        if low is not None and high is not None and low > high:
            yield _reversed(placed, f"hold.min_{unit}", f"hold.max_{unit}", low, high)
    if rule.lots is not None and rule.never == "buy":
        message = f"`{rule.id}` forbids buying lots; a lot exists only once it is bought"
        yield tell(
            "lots-without-sale",
            ERROR,
            placed,
            ("lots",),
            message,
            "`lots` goes with `never: sell` or `never: trade`",
            at=placed.place_of("lots"),
        )
    if rule.hold is not None and not rule.applies_to.mentions_securities:
        message = f"`{rule.id}` holds a range of nothing in particular"
        yield tell("hold-of-what", ERROR, placed, ("hold",), message, "name the securities under `applies_to`", at=placed.place_of("hold"))


def _of_harvest(placed: AnyRule) -> Iterator[Finding]:
    rule = placed.rule
    assert isinstance(rule, Harvest)
    if rule.max_loss_usd is not None and rule.force_loss_usd > rule.max_loss_usd:
        yield _reversed(placed, "force_loss_usd", "max_loss_usd", rule.force_loss_usd, rule.max_loss_usd)


def _of_cadence(placed: AnyRule) -> Iterator[Finding]:
    rule = placed.rule
    assert isinstance(rule, Cadence)
    if rule.min_days > rule.max_days:
        yield _reversed(placed, "min_days", "max_days", rule.min_days, rule.max_days)


def _of_location(placed: AnyRule) -> Iterator[Finding]:
    rule = placed.rule
    assert isinstance(rule, Location)
    for name, ranks in rule.prefer.items():
        for at, treatment in enumerate(ranks):
            if treatment in ranks[:at]:
                message = f"`{treatment}` stands twice in the order for `{name}`"
                yield tell("rank-twice", ERROR, placed, ("prefer", name, at), message, "keep the first")
            elif rule.forbids(name, treatment):
                message = f"`{rule.id}` prefers `{name}` in {treatment} accounts, and forbids it there"
                yield tell("prefer-forbidden", ERROR, placed, ("prefer", name, at), message, "remove it from `prefer` or from `never`")


def _of_cash(placed: AnyRule) -> Iterator[Finding]:
    rule = placed.rule
    assert isinstance(rule, Cash)
    for at, treatment in enumerate(rule.source_from):
        if treatment in rule.source_from[:at]:
            yield tell("rank-twice", ERROR, placed, ("source_from", at), f"`{treatment}` stands twice in `source_from`", "keep the first")


_OF_KIND: Mapping[str, Callable[[AnyRule], Iterator[Finding]]] = {
    "target": _of_target, "band": _of_band, "account_mix": _of_account_mix, "restraint": _of_restraint, "harvest": _of_harvest,
    "cadence": _of_cadence, "location": _of_location, "cash": _of_cash,
}  # fmt: skip
