"""What a batch leaves behind, complete under its key or not at all.

results/<key>/
    <sheet>.parquet         its rows of every sheet of the run folder
    endings.parquet         one line per household, for whoever watches
    findings.parquet        what deciding found, without what was handed over
    lines.parquet           its lines of the book's index
    orders.parquet, instructions.parquet, unsendable.parquet
    reports/                its households' pages

The key is a hash of the run, of the households and of what is made for them. The run's own id is a hash of inputs, policy and
code, so a result under its key is the result of today's question.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from flows.orders.records import LotInstruction, Order, Unsendable
from solver.decision import Decision
from solver.outcome import Status
from templates.render import BookRow
from validation.findings import Finding

REPORTS = "reports"
KEY_LENGTH = 32


@dataclass(frozen=True, slots=True)
class Ending:
    """One household's end of a run as a terminal prints it; figures are None where nothing was decided."""

    household_id: str
    name: str
    status: Status
    drift_before: Decimal | None = None
    drift_after: Decimal | None = None
    tax_cost: Decimal | None = None
    taxes_saved: Decimal | None = None
    location_score_before: Decimal | None = None
    location_score_after: Decimal | None = None


def ending_of(decision: Decision) -> Ending:
    """The decision in one line."""
    household, figures = decision.household, decision.statistics
    if figures is None or not decision.status.is_decided:
        return Ending(household.household_id, household.name, decision.status)
    return Ending(
        household.household_id, household.name, decision.status, figures.drift_before, figures.drift_after, figures.tax_cost,
        figures.taxes_saved, figures.location_score_before, figures.location_score_after,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class DrawnOrder:
    """An order and the custodian that it goes to."""

    custodian: str
    order: Order


@dataclass(frozen=True, slots=True)
class DrawnInstruction:
    """A lot instruction and the custodian that it goes to."""

    custodian: str
    instruction: LotInstruction


@dataclass(frozen=True, slots=True)
class Held:
    """An order that stays in the house, and the custodian that it would go to."""

    custodian: str
    unsendable: Unsendable


RECORDS: dict[str, type[Any]] = {
    "endings.parquet": Ending, "findings.parquet": Finding, "lines.parquet": BookRow, "orders.parquet": DrawnOrder,
    "instructions.parquet": DrawnInstruction, "unsendable.parquet": Held,
}  # fmt: skip
"""Files of records → what one row of them is."""


def parquet_of(sheet: str) -> str:
    """The file that holds a batch's rows of a sheet."""
    return f"{Path(sheet).stem}.parquet"


def key_of(run_id: str, household_ids: Sequence[str], *, pdf: bool, given_up: bool) -> str:
    """The name of a batch's results."""
    parts = [run_id, pdf, given_up, *household_ids]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:KEY_LENGTH]


@contextmanager
def appearing_results(results: Path, key: str) -> Iterator[Path]:
    """Yields a passing folder to write into; it stands as results/<key> when the body ends well, and is gone otherwise."""
    passing = Path(tempfile.mkdtemp(prefix=f".{key}.", dir=results))
    try:
        (passing / REPORTS).mkdir()
        yield passing
        # A twin may have come first (a task that was thought lost): both hold the same, and the first stands.
        if not (results / key).exists():
            os.rename(passing, results / key)
    finally:
        shutil.rmtree(passing, ignore_errors=True)
