"""Names that the firm's reference files do not have."""

from __future__ import annotations

from collections.abc import Iterator

from rules.checks.telling import ERROR, WARNING, tell
from rules.facts import Facts
from rules.language.account_mix import AccountMix
from rules.language.band import Band
from rules.language.cash import Cash
from rules.language.harvest import Harvest
from rules.language.location import Location
from rules.language.selector import Reach
from rules.language.target import ByTreatment, Target
from rules.language.trade_size import TradeSize
from rules.policy import AnyRule
from validation.findings import Finding, Severity
from validation.suggest import nearest

Mention = tuple[str, str, tuple[str | int, ...]]
"""What kind of name, the name, and where in the rule it stands."""

_CODES: dict[str, tuple[str, str, str, Severity]] = {
    "households": ("unknown-household", "household", "households.csv", ERROR),
    "taxpayers": ("unknown-taxpayer", "taxpayer", "taxpayers.csv", ERROR),
    "accounts": ("unknown-account", "account", "accounts.csv", ERROR),
    "securities": ("unknown-symbol", "security", "securities.csv", ERROR),
    "identity_groups": ("unknown-identity-group", "identity group", "securities.csv", ERROR),
    "asset_classes": ("unknown-class", "asset class", "exposures.csv", ERROR),
    "security_types": ("unknown-security-type", "security type", "securities.csv", ERROR),
    "advisors": ("unknown-advisor", "advisor", "households.csv", WARNING),
    "models": ("unknown-model", "model", "households.csv", WARNING),
    "registrations": ("unknown-registration", "registration", "accounts.csv", WARNING),
    "custodians": ("unknown-custodian", "custodian", "accounts.csv", WARNING),
    "tags": ("unknown-tag", "tag", "the column `tags` of households.csv, accounts.csv and securities.csv", WARNING),
}
"""Names that come and go with the book's households are a warning; the others are surely slips."""


def unknown_names(rules: list[AnyRule], facts: Facts) -> Iterator[Finding]:
    """One finding per mention of a name that no reference file has."""
    targets = frozenset(placed.rule.id for placed in rules if placed.rule.kind == "target")
    for placed in rules:
        for kind, name, loc in mentions(placed):
            known = facts.names.get(kind)
            if kind == "models" and known is not None:
                known |= targets
            if known is None or name in known:
                continue
            code, noun, file, severity = _CODES[kind]
            similar = nearest(name, known)
            fix = f"a similar name exists: `{similar}`" if similar else f"the names are those of {file}"
            yield tell(code, severity, placed, loc, f"no {noun} is called `{name}`", fix)


def mentions(placed: AnyRule) -> Iterator[Mention]:
    """Every name that a rule mentions."""
    reach = placed.rule.applies_to
    yield from _of_reach(reach, ("applies_to",))
    if reach.except_ is not None:
        yield from _of_reach(reach.except_, ("applies_to", "except"))
    yield from _of_kind(placed)


def _of_reach(reach: Reach, loc: tuple[str, ...]) -> Iterator[Mention]:
    for field in reach.named:
        if field != "tax_treatments":
            names: tuple[str, ...] = getattr(reach, field)
            for index, name in enumerate(names):
                yield field, name, (*loc, field, index)


def _of_kind(placed: AnyRule) -> Iterator[Mention]:
    match placed.rule:
        case Target() as rule:
            yield from (("asset_classes", path[-1], ("weights_frac", *path)) for path in rule.class_paths)
            yield from _of_holdings(rule)
        case Band(asset_classes=tuple() as names):
            yield from (("asset_classes", name, ("asset_classes", index)) for index, name in enumerate(names))
        case AccountMix() as rule:
            yield from (("asset_classes", name, ("asset_class",)) for name in (rule.asset_class,) if name)
            yield from (("securities", name, ("security",)) for name in (rule.security,) if name)
        case Harvest(replace_with=tuple() as names):
            yield from (("securities", name, ("replace_with", index)) for index, name in enumerate(names))
        case Location() as rule:
            yield from (("asset_classes", name, ("prefer", name)) for name in rule.prefer)
            yield from (("asset_classes", pair.asset_class, ("never", at, "asset_class")) for at, pair in enumerate(rule.never))
        case Cash() as rule:
            yield from (
                ("accounts", aside.account, ("set_asides", at, "account")) for at, aside in enumerate(rule.set_asides) if aside.account
            )
        case TradeSize() as rule:
            yield from (("security_types", name, ("by_security_type", name)) for name in rule.by_security_type)


def _of_holdings(rule: Target) -> Iterator[Mention]:
    for asset_class, held in rule.holdings.items():
        yield "asset_classes", asset_class, ("holdings", asset_class)
        if isinstance(held, ByTreatment):
            for treatment in ("taxable", "tax_deferred", "tax_exempt"):
                symbols = getattr(held, treatment)
                yield from (("securities", name, ("holdings", asset_class, treatment, at)) for at, name in enumerate(symbols))
        else:
            yield from (("securities", name, ("holdings", asset_class, at)) for at, name in enumerate(held))
