"""What the Prefect UI shows of a night: tables of who is due, of a run's statuses and of what waits for a person.

Households appear by id, never by name: the UI is read by people who run machines.
"""

from __future__ import annotations

import csv
import json
from collections import Counter
from pathlib import Path
from typing import Any

from prefect.artifacts import create_markdown_artifact, create_table_artifact

from flows.nightly.monitor import REASONS, Watch

SHOWN = 200
"""Rows of a table in the UI; the files have all."""


def show_watch(watch: Watch) -> None:
    """Who is due, the largest first, and how many for which reason."""
    rows = [
        {
            "household": row["household_id"], "because": row["because"], "value": _dollars(row["value_usd"]),
            "drift": f"{row['drift_frac']:.1%}" if row["drift_frac"] is not None else "n/a", "orders": _dollars(row["orders_usd"]),
            "losses to take": _dollars(row["harvest_usd"]),
        }
        for row in watch.due.head(SHOWN).iter_rows(named=True)
    ]  # fmt: skip
    counted = Counter(watch.rows.filter("is_due")["reason"].to_list())
    said = ", ".join(f"{count} because {REASONS.get(reason, reason)}" for reason, count in counted.most_common()) or "nobody"
    create_table_artifact(key="due", table=rows, description=f"Due on {watch.as_of}: {said}. The first {len(rows)} are shown.")


def show_run(run: Path) -> None:
    """The run's statuses, its errors and warnings, and where its pages lie."""
    record = json.loads((run / "run.json").read_text(encoding="utf-8"))
    counts = {status: count for status, count in record["counts_by_status"].items() if count}
    create_table_artifact(key="book", table=[counts], description=f"Run {record['run_id']} as of {record['as_of']}")
    create_table_artifact(key="exceptions", table=exceptions(run), description="What waits for a person, most dollars first")
    lines = [
        f"- `{(run / place).resolve()}`"
        for place in ("reports/index.html", "findings.csv", "trades.csv", "orders")
        if (run / place).exists()
    ]
    create_markdown_artifact(key="places", markdown="\n".join([f"# Run {record['run_id']}", *lines]))


def exceptions(run: Path) -> list[dict[str, Any]]:
    """Errors and warnings of findings.csv in its order, without the words of files, which may name a client."""
    with (run / "findings.csv").open(encoding="utf-8", newline="") as page:
        rows = [row for row in csv.DictReader(page) if row["severity"] != "note"]
    return [
        {"severity": row["severity"], "code": row["code"], "household": row["household_id"], "place": row["place"]} for row in rows[:SHOWN]
    ]


def _dollars(amount: float | None) -> str:
    return "n/a" if amount is None else f"-${-amount:,.0f}" if amount < 0 else f"${amount:,.0f}"
