"""Run folders that nobody solved, made in some milliseconds: one sale per household, with the files that approvals and releases read."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path

from flows.batches.merge import DRAFTS, DRAWN
from flows.batches.record_table import write_records
from flows.batches.results import DrawnInstruction, DrawnOrder
from flows.deliver import FINDINGS, LOTS, STATISTICS, TRADES
from flows.orders.records import LotInstruction, Order

PRICE = Decimal("300.25")


def made_firm(root: Path, households: tuple[str, ...]) -> Path:
    """What approvals ask of a firm: who its households are, and where their accounts lie."""
    (root / "reference").mkdir(parents=True)
    _write(root / "reference" / "households.csv", ("household_id", "last_rebalanced"), [{"household_id": each} for each in households])
    rows = [{"account_id": f"A-{each}", "household_id": each, "custodian": "alpha"} for each in households]
    _write(root / "reference" / "accounts.csv", ("account_id", "household_id", "custodian"), rows)
    return root


def deliver(firm: Path, day: date, text: str) -> None:
    """The custodian's file of a day."""
    path = firm / "extracts" / day.isoformat() / "alpha" / "lots.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def made_run(runs: Path, run_id: str, firm: Path, day: date, shares: Mapping[str, int], tax: str = "100.00") -> Path:
    """A run that sells so many shares for each household, under runs/<run_id>."""
    folder = runs / run_id
    (folder / DRAFTS).mkdir(parents=True)
    orders = [_order(run_id, household_id, count, day) for household_id, count in sorted(shares.items())]
    trades = [
        {"trade_id": each.order_id, "household_id": each.household_id, "account_id": each.account_id, "custodian": "alpha", "symbol": "VTI",
         "side": "SELL", "quantity": str(each.quantity), "price": str(PRICE), "notional": str(each.notional)}
        for each in orders
    ]  # fmt: skip
    _write(folder / "trades.csv", TRADES, trades)
    _write(folder / "lots.csv", LOTS, [{"trade_id": each.order_id, "lot_id": "L1", "quantity": str(each.quantity)} for each in orders])
    rows = [{"household_id": each, "status": "proposed", "tax_cost": tax, "turnover": "0.1"} for each in sorted(shares)]
    _write(folder / "statistics.csv", STATISTICS, rows)
    _write(folder / "findings.csv", FINDINGS, [])
    records = {
        "orders.parquet": [DrawnOrder("alpha", each) for each in orders],
        "instructions.parquet": [DrawnInstruction("alpha", _lot(each)) for each in orders],
    }
    for name, kind in DRAWN.items():
        write_records(folder / DRAFTS / name, kind, records.get(name, []))
    name = f"extracts/{day}/alpha/lots.csv"
    inputs = {name: hashlib.sha256((firm / name).read_bytes()).hexdigest()}
    (folder / "run.json").write_text(json.dumps({"run_id": run_id, "as_of": day.isoformat(), "inputs": inputs}))
    return folder


def orders_in(releases: Path) -> list[str]:
    """Every order id of the order files of every release, as often as it stands there."""
    found = []
    for path in sorted(releases.glob("*/orders/*/*.csv")):
        if path.name in {"orders.csv", "allocations.csv"}:
            with path.open(newline="") as page:
                found += [row["order_id"] for row in csv.DictReader(page)]
    return sorted(found)


def order_id(run_id: str, household_id: str) -> str:
    return f"{run_id}-{household_id}-VTI-SELL"


def _order(run_id: str, household_id: str, count: int, day: date) -> Order:
    return Order(
        order_id(run_id, household_id), household_id, f"A-{household_id}", f"77{household_id}", "VTI", "VTI", "922908769", "SELL",
        Decimal(count), PRICE, day, count * PRICE, relief="specific", lots=1,
    )  # fmt: skip


def _lot(sale: Order) -> LotInstruction:
    return LotInstruction(
        sale.order_id, sale.account_id, sale.account_number, sale.symbol, sale.security_id, "lot_id", "L1", date(2020, 1, 15),
        Decimal("200.123456"), Decimal(500), sale.quantity, "LT", sale.price, sale.notional,
    )  # fmt: skip


def _write(path: Path, columns: tuple[str, ...], rows: list[dict[str, str]]) -> None:
    with path.open("w", newline="") as page:
        writer = csv.DictWriter(page, columns)
        writer.writeheader()
        writer.writerows(rows)
