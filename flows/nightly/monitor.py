"""Who is due and why: one question over the marts, and the few whose holdings may break a must asked one by one.

Nothing of the book is read into memory but one line per household, so that a million households take less than a minute. The
answer is that of solver/cadence.due for every household; tests hold the two together. Losses worth taking are told beside it:
they make a household worth a look, and due only where the cadence rules say so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from flows.nightly.bound import bind
from flows.nightly.some import marts_of
from flows.settings import unusable
from flows.warehouse import Warehouse, open_warehouse, sql
from rules.policy import Policy
from rules.tax import load_tax_year
from solver.build import build_problem
from solver.cadence import Due, due
from validation.gate import gate

WATCH = {
    "household_id": pl.String, "is_due": pl.Boolean, "reason": pl.String, "because": pl.String, "value_usd": pl.Float64,
    "drift_frac": pl.Float64, "orders_usd": pl.Float64, "days_since_rebalanced": pl.Int64, "harvest_usd": pl.Float64,
    "harvest_lots": pl.Int64,
}  # fmt: skip
REASONS = {
    "no rule": "no cadence rule binds them", "cash order": "a cash order is due", "never": "never rebalanced",
    "broken must": "a must is broken", "yearly": "the longest time between two looks is over", "drift": "drift passes the trigger",
    "unread": "could not be read here",
}  # fmt: skip
STARTS = (
    ("no rule", "no rule"), ("a cash order", "cash order"), ("it was never", "never"), ("the holdings break", "broken must"),
    ("last rebalanced", "yearly"), ("drift", "drift"),
)  # fmt: skip
ASKED_AT_ONCE = 2_000
"""Households that are read and asked together."""


@dataclass(frozen=True, slots=True)
class Watch:
    """One row per household, by id, with the columns of `WATCH`. `asked` were asked one by one."""

    as_of: date
    rows: pl.DataFrame
    asked: int

    @property
    def due(self) -> pl.DataFrame:
        """Those that are due, the most dollars first."""
        return self.rows.filter("is_due").sort(pl.col("value_usd").fill_null(0), "household_id", descending=[True, False])

    @property
    def due_ids(self) -> tuple[str, ...]:
        """Who is due, by id."""
        return tuple(self.rows.filter("is_due")["household_id"].to_list())

    @property
    def to_harvest(self) -> pl.DataFrame:
        """Those with losses worth taking, the largest first."""
        return self.rows.filter(pl.col("harvest_usd") > 0).sort("harvest_usd", "household_id", descending=[True, False])


def watch_book(warehouse: Path, firm: Path, as_of: date, policy: Policy) -> Watch:
    """Everybody of the firm's snapshot of that day. Raises FirmUnusable where the warehouse has no such snapshot."""
    with open_warehouse(warehouse) as house:
        row = house.first("SELECT snapshot_no FROM marts.snapshot WHERE firm = ? AND as_of = ?", [str(firm.resolve()), as_of])
        if row is None:
            raise unusable(
                "no-snapshot", f"the warehouse has no book of {as_of} for {firm}", "`rooftree monitor` without --stored loads it"
            )
        return watch(house, int(row[0]), as_of, policy)


def watch(house: Warehouse, snapshot_no: int, as_of: date, policy: Policy) -> Watch:
    """The question itself, of one snapshot of an open warehouse."""
    found = scan(house, snapshot_no, as_of, bind(house, snapshot_no, policy, as_of))
    unsure = found.filter((pl.col("reason") == "asked") | ((pl.col("reason") == "") & pl.col("is_suspect")))["household_id"].to_list()
    asked: dict[str, Due] = {}
    for start in range(0, len(unsure), ASKED_AT_ONCE):
        asked |= ask(house, snapshot_no, as_of, policy, unsure[start : start + ASKED_AT_ONCE])
    return Watch(as_of, _told(found, asked), len(unsure))


def scan(house: Warehouse, snapshot_no: int, as_of: date, policy_tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """What can be told by SQL alone: the columns of sql/scans/due.sql, one row per household, by id."""
    for name, value in (("snapshot_no", snapshot_no), ("as_of", as_of)):
        house.connection.execute(f"SET VARIABLE {name} = ?", [value])
    with _registered(house, policy_tables):
        house.connection.execute(f"CREATE OR REPLACE TEMP TABLE drifted AS {sql('scans/drift')}")
        try:
            return house.query(sql("scans/due"))
        finally:
            house.connection.execute("DROP TABLE drifted")


@contextmanager
def _registered(house: Warehouse, frames: Mapping[str, pl.DataFrame]) -> Iterator[None]:
    for name, frame in frames.items():
        house.connection.register(name, frame)
    try:
        yield
    finally:
        for name in frames:
            house.connection.unregister(name)


def ask(house: Warehouse, snapshot_no: int, as_of: date, policy: Policy, household_ids: list[str]) -> dict[str, Due]:
    """`solver/cadence.due` of these households, each read and checked as a run would. One that has no target, or cannot be read,
    is left to the run, which says so: it is due."""
    book = gate(marts_of(house, snapshot_no, household_ids), as_of)
    year = load_tax_year(as_of.year)
    answers: dict[str, Due] = {}
    for household_id in household_ids:
        try:
            household = book.read(household_id)
            bound = policy.for_household(household)
            answers[household_id] = due(build_problem(household, bound, year)) if bound.target else Due(False, "its model names no target")
        except Exception as error:
            answers[household_id] = Due(True, f"it could not be read here ({type(error).__name__}); the run says why")
    return answers


def _reason(answer: Due) -> str:
    """The reason behind solver/cadence's half-sentence, in the words of `REASONS`."""
    return next((reason for start, reason in STARTS if answer.because.startswith(start)), "unread") if answer.is_due else ""


def _told(found: pl.DataFrame, asked: Mapping[str, Due]) -> pl.DataFrame:
    rows = pl.DataFrame(
        [(each, answer.is_due, _reason(answer), answer.because) for each, answer in asked.items()],
        {"household_id": pl.String, "asked_due": pl.Boolean, "asked_reason": pl.String, "asked_because": pl.String}, orient="row",
    )  # fmt: skip
    days, drift = pl.col("days"), (pl.col("drift") * 100).round(1)
    percent = pl.format("drift of {}%", drift)
    trigger = (pl.col("trigger") * 100).round(1)
    reason = pl.col("reason")
    because = (
        pl.when(reason == "no rule").then(pl.lit("no rule says how often"))
        .when(reason == "cash order").then(pl.lit("a cash order is due"))
        .when(reason == "never").then(pl.lit("it was never rebalanced"))
        .when(reason == "yearly").then(pl.format("last rebalanced {} days ago; at least every {} days", days, "max_days"))
        .when(reason == "drift").then(pl.format("{} passes the trigger of {}%", percent, trigger))
        .when(days < pl.col("min_days")).then(pl.format("rebalanced {} days ago; at most every {} days", days, "min_days"))
        .when(pl.col("drift").is_null()).then(pl.lit("its drift is not known: no target, or a holding without a price"))
        .when(pl.col("trigger").is_null()).then(pl.format("rebalanced {} days ago; the next is due after {} days", days, "max_days"))
        .otherwise(pl.format("{} is below the trigger of {}%", percent, trigger))
    )  # fmt: skip
    joined = found.join(rows, on="household_id", how="left", maintain_order="left")
    return joined.select(
        "household_id",
        pl.coalesce("asked_due", reason != "").alias("is_due"),
        pl.coalesce("asked_reason", reason).alias("reason"),
        pl.coalesce("asked_because", because).alias("because"),
        pl.col("value").alias("value_usd"),
        pl.col("drift").alias("drift_frac"),
        pl.col("orders_usd"),
        days.alias("days_since_rebalanced"),
        pl.col("harvest_usd").cast(pl.Float64),
        pl.col("harvest_lots").cast(pl.Int64),
    )
