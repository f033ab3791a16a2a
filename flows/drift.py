"""How far every household of the book is from its target: one question over the marts, for a watch list of the whole book.

What is due and what is solved is decided household by household (solver/cadence); this is the same figure for all at once.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl

from flows.settings import unusable
from flows.warehouse import Warehouse, open_warehouse, sql
from rules.language.base import Rule
from rules.language.target import Target
from rules.policy import Policy, merge
from validation.gate import GatedBook

TARGET = {"model": pl.String, "household_id": pl.String, "asset_class": pl.String, "weight": pl.Float64}


def drift_of_book(warehouse: Path, firm: Path, as_of: date, targets: pl.DataFrame) -> pl.DataFrame:
    """One row per household of the firm's snapshot of that day, by id: household_id, value (dollars), drift (fraction).

    Raises FirmUnusable where the warehouse has no such snapshot.
    """
    with open_warehouse(warehouse) as house:
        row = house.first("SELECT snapshot_no FROM marts.snapshot WHERE firm = ? AND as_of = ?", [str(firm.resolve()), as_of])
        if row is None:
            raise unusable("no-snapshot", f"the warehouse has no book of {as_of} for {firm}", "`rooftree run` loads it")
        return scan_drift(house, int(row[0]), as_of, targets)


def scan_drift(house: Warehouse, snapshot_no: int, as_of: date, targets: pl.DataFrame) -> pl.DataFrame:
    """The question itself, of one snapshot of an open warehouse."""
    for name, value in (("snapshot_no", snapshot_no), ("as_of", as_of)):
        house.connection.execute(f"SET VARIABLE {name} = ?", [value])
    house.connection.register("target", targets)
    try:
        return house.query(sql("scans/drift"))
    finally:
        house.connection.unregister("target")


def targets_of(policy: Policy, book: GatedBook) -> pl.DataFrame:
    """The allocations that the policy steers to, shaped as `TARGET`: one per model, and one for every household that a rule for
    some households steers elsewhere (only those whose model such a rule names are looked at one by one)."""
    as_of = book.book.as_of
    rules = [placed for placed in policy.rules if isinstance(placed.rule, Target) and placed.rule.effective.includes(as_of)]
    special = {placed.rule.id for placed in rules if not placed.rule.applies_to.is_empty or placed.rule.applies_to.except_}
    winners = {placed.rule.id: placed.rule for placed in merge(rules) if placed.rule.id not in special}
    rows = [(model, "", *part) for model, rule in winners.items() for part in _weights(rule)]
    for household_id in book.household_ids:
        if book.book.households[household_id]["model"] in special:
            household = book.read(household_id)
            target = policy.for_household(household).target
            rows += [(household.model, household_id, *part) for part in _weights(target.rule)] if target else []
    return pl.DataFrame(rows, TARGET, orient="row")


def _weights(rule: Rule) -> list[tuple[str, float]]:
    return [(name, float(weight)) for name, weight in rule.weights.items()] if isinstance(rule, Target) else []
