"""What a run proposes, household by household, read from its folder; and which of it needs a person.

A proposal's hash is that of its rows in trades.csv and lots.csv and of what is drawn of them in drafts/, account numbers and lots
included: what is approved is these orders, and no others.
"""

from __future__ import annotations

import csv
import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

import pyarrow.parquet as pq  # type: ignore[import-untyped]  # brings no types of its own

from flows.batches.merge import DRAFTS, DRAWN
from flows.batches.record_table import read_rows
from flows.operations import Approval
from flows.record import run_id_in
from flows.settings import unusable


@dataclass(frozen=True, slots=True)
class Proposal:
    """One household's trades in one run. `tax_usd` and `turnover_frac` are None where the run has no such figure."""

    run_id: str
    household_id: str
    as_of: date
    sha256: str
    trades: int
    notional_usd: Decimal
    tax_usd: Decimal | None
    turnover_frac: Decimal | None
    findings: tuple[str, ...]
    """Codes of the household's findings."""


@dataclass(frozen=True, slots=True)
class RunProposals:
    """What lies in a run's folder: its proposals, and every household's status."""

    run_id: str
    as_of: date
    proposals: tuple[Proposal, ...]
    statuses: Mapping[str, str]


def read_run(run: Path) -> RunProposals:
    """The run's proposals. Raises FirmUnusable where the folder holds no run."""
    run_id = run_id_in(run)
    if run_id is None:
        raise unusable("missing-run", f"{run} holds no run", "the path of a run's folder; `rooftree run` prints it")
    as_of = date.fromisoformat(json.loads((run / "run.json").read_text(encoding="utf-8"))["as_of"])
    trades: dict[str, list[dict[str, str]]] = defaultdict(list)
    lots: dict[str, list[dict[str, str]]] = defaultdict(list)
    codes: dict[str, set[str]] = defaultdict(set)
    for row in _rows(run / "trades.csv"):
        trades[row["household_id"]].append(row)
    for row in _rows(run / "lots.csv"):
        lots[row["trade_id"]].append(row)
    for row in _rows(run / "findings.csv"):
        if row["household_id"]:
            codes[row["household_id"]].add(row["code"])
    statistics = {row["household_id"]: row for row in _rows(run / "statistics.csv")}
    drawn = _drawn(run, {row["trade_id"]: name for name, rows in trades.items() for row in rows})
    proposals = tuple(
        _proposal(run_id, as_of, statistics[household_id], rows, lots, codes[household_id], drawn[household_id])
        for household_id, rows in sorted(trades.items())
    )
    return RunProposals(run_id, as_of, proposals, {name: row["status"] for name, row in statistics.items()})


def needs_of(proposal: Proposal, approval: Approval, *, is_first: bool) -> tuple[str, ...]:
    """Why a person has to decide, in words; empty where the policy does. `is_first`: the household was never rebalanced before."""
    if not approval.policy_approves:
        return ("every proposal waits for a person",)
    return tuple(_needs(proposal, approval, is_first=is_first))


def _needs(proposal: Proposal, approval: Approval, *, is_first: bool) -> Iterator[str]:
    limit, turnover = approval.tax_above_usd, approval.turnover_above_frac
    if limit is not None and (proposal.tax_usd is None or proposal.tax_usd > limit):
        yield "its tax is not known" if proposal.tax_usd is None else f"tax of ${proposal.tax_usd:,.2f} is above ${limit:,.0f}"
    if turnover is not None and proposal.turnover_frac is None:
        yield "its turnover is not known"
    elif turnover is not None and proposal.turnover_frac is not None and proposal.turnover_frac > turnover:
        yield f"it moves more than {turnover * 100:.0f} % of the household"
    if approval.first_rebalance and is_first:
        yield "the household was never rebalanced before"
    for code in approval.findings:
        if code in proposal.findings:
            yield f"it has the finding {code}"


def _proposal(
    run_id: str, as_of: date, statistics: Mapping[str, str], trades: list[dict[str, str]], lots: Mapping[str, list[dict[str, str]]],
    codes: set[str], drawn: list[list[str | None]],
) -> Proposal:  # fmt: skip
    content = [trades, [lot for trade in trades for lot in lots.get(trade["trade_id"], [])], drawn]
    digest = hashlib.sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()
    notional = sum((Decimal(trade["notional"]) for trade in trades), Decimal(0))
    tax, turnover = _known(statistics["tax_cost"]), _known(statistics["turnover"])
    return Proposal(run_id, statistics["household_id"], as_of, digest, len(trades), notional, tax, turnover, tuple(sorted(codes)))


def _drawn(run: Path, household_of: Mapping[str, str]) -> dict[str, list[list[str | None]]]:
    """Household → its rows of drafts/, cell by cell."""
    found: dict[str, list[list[str | None]]] = defaultdict(list)
    for name in DRAWN:
        with pq.ParquetFile(run / DRAFTS / name) as file:
            columns = file.schema_arrow.names
        trade = next(number for number, column in enumerate(columns) if column.rpartition(".")[2] in ("order_id", "trade_id"))
        for row in read_rows(run / DRAFTS / name):
            found[household_of.get(row[trade] or "", "")].append([name, *row])
    return found


def _known(cell: str) -> Decimal | None:
    return Decimal(cell) if cell else None


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as page:
        yield from csv.DictReader(page)
