"""What a run sent: trades.csv, lots.csv, statistics.csv and the unsendable lists of its folder, read back."""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from flows.cells import DANGEROUS
from flows.record import run_id_in
from flows.settings import unusable
from validation.units import ZERO


@dataclass(frozen=True, slots=True)
class NamedLot:
    """A lot that a sale named. `gain` and `term` are empty in untaxed accounts."""

    lot_id: str
    acquired_date: date | None
    quantity: Decimal
    unit_cost: Decimal | None
    gain: Decimal | None
    term: str


@dataclass(frozen=True, slots=True)
class SentTrade:
    """One line of trades.csv with its lots. `held_back`: it stood in an unsendable list. `washed` is the loss that the household's
    whole proposal said would be disallowed, dollars."""

    trade_id: str
    household_id: str
    account_id: str
    custodian: str
    symbol: str
    side: str
    quantity: Decimal
    price: Decimal
    lots: tuple[NamedLot, ...]
    held_back: bool
    washed: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class SentRun:
    """A run as its folder tells it. `promised_tax` by household, from statistics.csv; `inputs` are SHA-256 by path."""

    run_id: str
    as_of: date
    trades: tuple[SentTrade, ...]
    promised_tax: Mapping[str, Decimal]
    inputs: Mapping[str, str]


def read_run(folder: Path) -> SentRun:
    """The run in a folder. Raises FirmUnusable where there is none, or its files are not those of a run."""
    run_id = run_id_in(folder)
    if run_id is None:
        raise unusable("missing-run", f"{folder} holds no run", "the path of a run's folder; `rooftree run` prints it")
    try:
        page = json.loads((folder / "run.json").read_text(encoding="utf-8"))
        lots: dict[str, list[NamedLot]] = defaultdict(list)
        for row in rows_of(folder / "lots.csv"):
            lots[row["trade_id"]].append(_lot(row))
        held = {row["trade_id"] for path in sorted(folder.glob("orders/*/unsendable.csv")) for row in rows_of(path)}
        figures = {row["household_id"]: row for row in rows_of(folder / "statistics.csv")}
        trades = tuple(
            _trade(row, tuple(lots[row["trade_id"]]), held, _known(figures[row["household_id"]]["disallowed_loss"]) or ZERO)
            for row in rows_of(folder / "trades.csv")
        )
        promised = {household: Decimal(row["tax_cost"]) for household, row in figures.items() if row["tax_cost"]}
        return SentRun(run_id, date.fromisoformat(page["as_of"]), trades, promised, page["inputs"])
    except (OSError, KeyError, ValueError, ArithmeticError) as error:
        raise unusable("missing-run", f"{folder} is not a whole run ({error})", "the folder as `rooftree run` left it") from error


def rows_of(path: Path) -> Iterator[dict[str, str]]:
    """The rows of one of the house's CSV files, with neutralised cells as they were."""
    with path.open(encoding="utf-8", newline="") as page:
        for row in csv.DictReader(page):
            yield {name: cell[1:] if cell[:1] == "'" and cell[1:].startswith(DANGEROUS) else cell for name, cell in row.items()}


def _trade(row: Mapping[str, str], lots: tuple[NamedLot, ...], held: set[str], washed: Decimal) -> SentTrade:
    return SentTrade(
        row["trade_id"], row["household_id"], row["account_id"], row["custodian"], row["symbol"], row["side"], Decimal(row["quantity"]),
        Decimal(row["price"]), lots, row["trade_id"] in held, washed,
    )  # fmt: skip


def _lot(row: Mapping[str, str]) -> NamedLot:
    return NamedLot(
        row["lot_id"], date.fromisoformat(row["acquired_date"]) if row["acquired_date"] else None, Decimal(row["quantity"]),
        _known(row["unit_cost"]), _known(row["gain"]), row["term"],
    )  # fmt: skip


def _known(cell: str) -> Decimal | None:
    return Decimal(cell) + ZERO if cell else None
