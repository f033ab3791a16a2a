"""The market of the benches: the securities of the example firm, and its policy and assumptions."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "maple_wealth"
POLICY = EXAMPLE / "policy"
ASSUMPTIONS = EXAMPLE / "assumptions"
AS_OF = date(2026, 11, 20)
GROWTH_PER_DAY = {"us_equity": 0.0003, "intl_equity": 0.0002, "reit": 0.0001, "core_bond": -0.00003, "muni_bond": 0.0}
TABLES = ("securities", "exposures", "prices")


@dataclass(frozen=True)
class Listed:
    """A security that a book may hold."""

    symbol: str
    price: Decimal
    asset_class: str
    growth_per_day: float


def _rows(name: str) -> list[dict[str, str]]:
    with (EXAMPLE / "reference" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _listed() -> tuple[Listed, ...]:
    price = {row["symbol"]: Decimal(row["price"]) for row in _rows("prices") if row["date"] == str(AS_OF)}
    pure = {row["symbol"]: row["asset_class"] for row in _rows("exposures") if Decimal(row["weight"]) == 1}
    whole = [row["symbol"] for row in _rows("securities") if row["whole_shares"] == "true"]
    return tuple(Listed(symbol, price[symbol], pure[symbol], GROWTH_PER_DAY[pure[symbol]]) for symbol in whole if symbol in price)


SECURITIES = _listed()
"""Everything that trades in whole shares and has a price of the day."""


def write_market(folder: Path) -> None:
    """Copy the example's securities, exposures and prices."""
    for name in TABLES:
        (folder / f"{name}.csv").write_bytes((EXAMPLE / "reference" / f"{name}.csv").read_bytes())
