"""The day's market: securities, the classes they expose to, and one plausible price for each."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

SEED = 2026


@dataclass(frozen=True, slots=True)
class Security:
    """A security as the firm knows it. `last_priced` is the day its price stood still, None where it is fresh."""

    symbol: str
    cusip: str
    name: str
    security_type: str
    identity_group: str
    equivalent_group: str
    half_spread_bps: str
    whole_shares: bool
    issuer: str
    exchange: str
    price: Decimal
    classes: Mapping[str, str]
    last_priced: date | None

    @property
    def isin(self) -> str:
        """US ISIN of the CUSIP, with its check digit (ISO 6166); empty without a CUSIP."""
        if not self.cusip:
            return ""
        digits = "".join(str(int(sign, 36)) for sign in f"US{self.cusip}")
        doubled = (int(digit) * (2 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits)))
        return f"US{self.cusip}{-sum(value // 10 + value % 10 for value in doubled) % 10}"


@dataclass(frozen=True, slots=True)
class Market:
    """Every security, and the days that prices.csv shows."""

    securities: Mapping[str, Security]
    days: tuple[date, ...]

    def price(self, symbol: str) -> Decimal:
        """The price of the last day."""
        return self.securities[symbol].price

    def average_cost(self, symbol: str) -> Decimal:
        """A seeded cost of a share, half to nine tenths of its price: accounts without lots show one, and nothing depends on it."""
        return (self.price(symbol) * random.Random(f"{SEED}:{symbol}:cost").randint(50, 90) / 100).quantize(Decimal("0.01"))

    def price_on(self, symbol: str, day: date) -> Decimal:
        """The price of one of the days: the last one's, walked back by seeded moves of up to a percent a day."""
        price = self.price(symbol)
        for later in reversed([known for known in self.days if known > day]):
            move = random.Random(f"{SEED}:{symbol}:{later}").randint(-90, 90)
            price = (price * (10_000 - move) / 10_000).quantize(Decimal("0.01"))
        return price


def read_market(path: Path) -> Market:
    """The market of market.yaml."""
    told = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    return Market({symbol: _security(symbol, row) for symbol, row in told["securities"].items()}, tuple(told["days"]))


def _security(symbol: str, row: Mapping[str, Any]) -> Security:
    kind = row["type"]
    return Security(
        symbol, row["cusip"], row["name"], kind, row["identity"], row.get("equivalents", ""), str(row["half_spread_bps"]),
        kind != "mutual_fund", row.get("issuer", ""), row.get("exchange", ""), Decimal(str(row["price"])),
        {name: str(weight) for name, weight in row["classes"].items()}, row.get("last_priced"),
    )  # fmt: skip
