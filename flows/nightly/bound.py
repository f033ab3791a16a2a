"""What the policy says of kinds of households, as tables for the scans: nobody reads a million households to know their rules.

A kind is an adviser and a model, or one household that a rule names. Where a rule depends on accounts, securities or tags, the
tables err on the side of asking: such households are asked one by one (flows/nightly/monitor).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import polars as pl

from flows.drift import TARGET
from flows.propose import nothing_but_a_name
from flows.warehouse import Warehouse
from rules.language.account_mix import AccountMix
from rules.language.base import Rule
from rules.language.cadence import Cadence
from rules.language.cash import Cash
from rules.language.concentration import Concentration
from rules.language.harvest import Harvest
from rules.language.restraint import Hold, Restraint
from rules.language.selector import HOUSEHOLD_FIELDS, Reach, Selector
from rules.language.target import Target
from rules.policy import AnyRule, Policy
from validation.household import Household

TABLES: Mapping[str, Mapping[str, Any]] = {
    "target": TARGET,
    "kind": {"household_id": pl.String, "advisor": pl.String, "model": pl.String, "kind_no": pl.Int32},
    "rhythm": {
        "kind_no": pl.Int32, "rules": pl.Int32, "min_days": pl.Int32, "max_days": pl.Int32, "trigger": pl.Float64, "asks": pl.Boolean,
    },
    "floor": {
        "kind_no": pl.Int32, "per": pl.String, "min_usd": pl.Float64, "min_frac": pl.Float64, "set_aside": pl.Float64,
        "settled_only": pl.Boolean,
    },
    "ceiling": {"kind_no": pl.Int32, "rule_no": pl.Int32, "max_frac": pl.Float64},
    "named": {"rule_no": pl.Int32, "symbol": pl.String, "name": pl.String},
    "harvest": {"kind_no": pl.Int32, "min_loss_usd": pl.Float64, "min_loss_frac": pl.Float64},
}  # fmt: skip
LOOKED_AT = (Cadence, Target, Harvest, Cash, Concentration, AccountMix, Restraint)


@dataclass
class Bound:
    """The rows of `TABLES`, by table."""

    rows: dict[str, list[tuple[Any, ...]]] = field(default_factory=lambda: {name: [] for name in TABLES})

    def frames(self) -> dict[str, pl.DataFrame]:
        """One frame per table."""
        return {name: pl.DataFrame(rows, TABLES[name], orient="row") for name, rows in self.rows.items()}


def bind(house: Warehouse, snapshot_no: int, policy: Policy, as_of: date) -> dict[str, pl.DataFrame]:
    """The tables of the policy for one snapshot of the warehouse."""
    rules = [placed for placed in policy.rules if isinstance(placed.rule, LOOKED_AT) and placed.rule.effective.includes(as_of)]
    bound, confined = Bound(), _confined(house, snapshot_no, [placed.rule for placed in rules])
    names = sorted({name for placed in rules for part in _parts(placed.rule) for name in part.households}.union(*confined.values()))
    known = house.connection.execute(
        """
        SELECT '' AS household_id, advisor, model FROM marts.households WHERE snapshot_no = $1 GROUP BY ALL
        UNION ALL
        SELECT household_id, advisor, model FROM marts.households WHERE snapshot_no = $1 AND list_contains($2, household_id)
        ORDER BY ALL
        """,
        [snapshot_no, names],
    ).fetchall()
    for kind_no, (household_id, advisor, model) in enumerate(known):
        skeleton = replace(nothing_but_a_name(household_id, as_of), advisor=advisor, model=model)
        bound.rows["kind"].append((household_id, advisor, model, kind_no))
        _bind_kind(bound, kind_no, policy, [placed for placed in rules if _may_bind(placed.rule, skeleton, confined)], skeleton)
    securities = house.connection.execute(
        "SELECT DISTINCT ON (symbol) symbol, identity_group, issuer FROM marts.securities WHERE snapshot_no = ?", [snapshot_no]
    ).fetchall()
    for rule_no, placed in enumerate(policy.rules):
        if isinstance(placed.rule, Concentration):
            bound.rows["named"] += [(rule_no, *pair) for pair in _names(placed.rule, securities)]
    frames = bound.frames()
    frames["target"] = _targets(house, snapshot_no, policy, as_of, frames["kind"])
    return frames


def _bind_kind(bound: Bound, kind_no: int, policy: Policy, may_bind: Sequence[AnyRule], skeleton: Household) -> None:
    """The rows of one kind. Musts are taken from every layer, as if none replaced another: too strict is only asked too often."""
    mine = policy.for_household(skeleton)
    near = [placed.rule for placed in may_bind]
    cadences = [placed.rule for placed in mine.of(Cadence)]
    triggers = [float(rule.drift_trigger_frac) for rule in cadences if rule.drift_trigger_frac is not None]
    asks = any(
        (isinstance(rule, Cadence | Target) and _is_narrow(rule))
        or (isinstance(rule, AccountMix) and rule.strength.is_must)
        or (isinstance(rule, Restraint) and rule.hold is not None and _has_most(rule.hold) and rule.strength.is_must)
        for rule in near
    )
    least, most = max((rule.min_days for rule in cadences), default=0), min((rule.max_days for rule in cadences), default=0)
    bound.rows["rhythm"].append((kind_no, len(cadences), least, most, min(triggers, default=None), asks))
    for rule in near:
        if isinstance(rule, Cash) and rule.strength.is_must:
            per = "account" if _is_narrow(rule) else rule.per
            set_aside = float(sum(each.amount_usd for each in rule.set_asides))
            row = (float(rule.min_usd or 0), float(rule.min_frac or 0), set_aside, not rule.spend_unsettled)
            bound.rows["floor"].append((kind_no, per, *row))
    harvests = [placed.rule for placed in mine.of(Harvest)] or [rule for rule in near if isinstance(rule, Harvest)]
    if harvests:
        # Several that bind are told as one, by the lower thresholds: a lot is counted once.
        least_usd, least_frac = (float(min(getattr(rule, name) for rule in harvests)) for name in ("min_loss_usd", "min_loss_frac"))
        bound.rows["harvest"].append((kind_no, least_usd, least_frac))
    for placed in may_bind:
        if isinstance(placed.rule, Concentration) and placed.rule.strength.is_must:
            bound.rows["ceiling"].append((kind_no, policy.rules.index(placed), float(placed.rule.max_frac)))


def _targets(house: Warehouse, snapshot_no: int, policy: Policy, as_of: date, kinds: pl.DataFrame) -> pl.DataFrame:
    """The allocation of every model, and of every household whose kind is steered elsewhere."""
    house.connection.register("kinds_seen", kinds)
    counted = house.connection.execute(
        """
        SELECT k.kind_no, k.household_id, k.advisor, k.model, count(*)
        FROM kinds_seen AS k
        JOIN marts.households AS h ON h.snapshot_no = $1 AND h.model = k.model
            AND CASE WHEN k.household_id = '' THEN h.advisor = k.advisor ELSE h.household_id = k.household_id END
        GROUP BY ALL
        """,
        [snapshot_no],
    ).fetchall()
    # The most common allocation of a model first: it stands for the model, and only the others are written household by household.
    counted.sort(key=lambda row: (row[1] != "", -row[4], row[2]))
    common: dict[str, dict[str, float]] = {}
    rows: list[tuple[str, str, str, float]] = []
    for _, household_id, advisor, model, _ in counted:
        placed = policy.for_household(replace(nothing_but_a_name(household_id, as_of), advisor=advisor, model=model)).target
        weights = {name: float(weight) for name, weight in placed.rule.weights.items()} if placed else {}
        if household_id == "" and model not in common:
            common[model] = weights
            rows += [(model, "", name, weight) for name, weight in weights.items()]
        elif weights != common.get(model):
            mine = "SELECT household_id FROM marts.households WHERE snapshot_no = ? AND model = ? AND advisor = ?"
            members = (
                [household_id]
                if household_id
                else [each for (each,) in house.connection.execute(mine, [snapshot_no, model, advisor]).fetchall()]
            )
            rows += [(model, each, name, weight) for each in members for name, weight in weights.items()]
    house.connection.unregister("kinds_seen")
    return pl.DataFrame(rows, TARGET, orient="row")


def _parts(rule: Rule) -> Iterator[Reach]:
    yield rule.applies_to
    if rule.applies_to.except_ is not None:
        yield rule.applies_to.except_


def _is_narrow(rule: Rule) -> bool:
    """Whether it depends on more than the household's id, adviser and model."""
    return any(name not in HOUSEHOLD_FIELDS for part in _parts(rule) for name in part.named)


def _has_most(hold: Hold) -> bool:
    """Whether a range can be broken by what is held: a minimum never is, since a holding below it may only not be sold further."""
    return any(high is not None for _, _, high in hold.pairs())


def _confined(house: Warehouse, snapshot_no: int, rules: Sequence[Rule]) -> dict[str, set[str]]:
    """Rule → the households that it can bind, for rules that name accounts or taxpayers or tags of households and accounts."""
    households_of = dict(
        house.connection.execute(
            """
            SELECT 'account ' || account_id, household_id FROM marts.accounts WHERE snapshot_no = $1 AND list_contains($2, account_id)
            UNION ALL
            SELECT 'taxpayer ' || taxpayer_id, household_id FROM marts.taxpayers WHERE snapshot_no = $1 AND list_contains($3, taxpayer_id)
            """,
            [
                snapshot_no,
                sorted({name for rule in rules for name in (*rule.applies_to.accounts, *_tagged_accounts(rule))}),
                sorted({name for rule in rules for name in rule.applies_to.taxpayers}),
            ],
        ).fetchall()
    )
    found: dict[str, set[str]] = {}
    for rule in rules:
        whom, tags = rule.applies_to, rule.applies_to._tag_book
        for kind, names in (("account", whom.accounts), ("taxpayer", whom.taxpayers)):
            if names:
                mine = {households_of[f"{kind} {name}"] for name in names if f"{kind} {name}" in households_of}
                found[_key(rule)] = found.get(_key(rule), mine) & mine
        if whom.tags and not any(set(carried) & set(whom.tags) for carried in tags.securities.values()):
            mine = {each for each, carried in tags.households.items() if set(carried) & set(whom.tags)}
            mine |= {households_of[f"account {name}"] for name in _tagged_accounts(rule) if f"account {name}" in households_of}
            found[_key(rule)] = found.get(_key(rule), mine) & mine
    return found


def _tagged_accounts(rule: Rule) -> list[str]:
    whom = rule.applies_to
    return [each for each, carried in whom._tag_book.accounts.items() if set(carried) & set(whom.tags)]


def _key(rule: Rule) -> str:
    return f"{rule.kind} {rule.id} {rule.applies_to}"


def _may_bind(rule: Rule, skeleton: Household, confined: Mapping[str, set[str]]) -> bool:
    """Whether it binds the household, as far as its id, adviser, model and the names in the rule tell."""
    only = confined.get(_key(rule))
    if only is not None and skeleton.household_id not in only:
        return False
    wide = Selector(**{name: getattr(rule.applies_to, name) for name in HOUSEHOLD_FIELDS})
    out = rule.applies_to.except_
    if out is not None and not out.is_empty and not _is_narrow(rule):
        wide = rule.applies_to
    is_meant = not isinstance(rule, Target) or rule.id == skeleton.model
    return is_meant and wide.matches_household(skeleton)


def _names(rule: Concentration, securities: Iterable[tuple[str, str, str]]) -> Iterator[tuple[str, str]]:
    """(symbol, name) of every security that the limit may speak of, grouped as the rule groups."""
    whom = rule.applies_to
    for symbol, identity_group, issuer in securities:
        if (whom.securities and symbol not in whom.securities) or (whom.identity_groups and identity_group not in whom.identity_groups):
            continue
        name = {"issuer": issuer, "identity_group": identity_group or symbol, "security": symbol}[rule.group_by]
        if name:
            yield symbol, name
