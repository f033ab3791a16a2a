"""One synthetic household, from which every layout of these tests is written. Invented people, invented numbers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

AS_OF = date(2026, 6, 12)


@dataclass(frozen=True)
class Lot:
    lot_id: str
    acquired: date
    quantity: Decimal
    cost_basis: Decimal | None
    wash_disallowed: Decimal = Decimal(0)
    term: str = "LT"


@dataclass(frozen=True)
class Holding:
    symbol: str
    cusip: str
    description: str
    price: Decimal
    lots: tuple[Lot, ...]

    @property
    def quantity(self) -> Decimal:
        return sum((lot.quantity for lot in self.lots), Decimal(0))

    @property
    def value(self) -> Decimal:
        return (self.quantity * self.price).quantize(Decimal("0.01"))

    @property
    def cost(self) -> Decimal:
        return sum((lot.cost_basis or Decimal(0) for lot in self.lots), Decimal(0))


@dataclass(frozen=True)
class Trade:
    action: str
    symbol: str
    trade_date: date
    settle_date: date
    quantity: Decimal
    price: Decimal

    @property
    def amount(self) -> Decimal:
        return (self.quantity * self.price).quantize(Decimal("0.01")) * (-1 if self.action in {"buy", "reinvest"} else 1)

    @property
    def signed_quantity(self) -> Decimal:
        return -self.quantity if self.action == "sell" else self.quantity


@dataclass(frozen=True)
class Sale:
    symbol: str
    lot_id: str
    acquired: date
    sold: date
    quantity: Decimal
    proceeds: Decimal
    cost_basis: Decimal
    wash_disallowed: Decimal
    term: str


@dataclass(frozen=True)
class Account:
    ref: str
    holdings: tuple[Holding, ...]
    settled_cash: Decimal
    unsettled_cash: Decimal = Decimal(0)
    trades: tuple[Trade, ...] = ()
    sales: tuple[Sale, ...] = ()

    @property
    def cash(self) -> Decimal:
        return self.settled_cash + self.unsettled_cash

    @property
    def value(self) -> Decimal:
        return self.cash + sum((holding.value for holding in self.holdings), Decimal(0))


def account(ref: str, unsettled: str = "0") -> Account:
    """The household's account under the reference that a custodian's layout writes."""
    d = Decimal
    vti = Holding(
        "VTI",
        "922908769",
        "VANGUARD TOTAL STOCK MARKET ETF",
        d("300.25"),
        (
            Lot("L1", date(2019, 3, 5), d("120"), d("17400.00")),
            Lot("L2", date(2026, 2, 9), d("40"), d("11600.40"), d("0"), "ST"),
            Lot("L3", date(2026, 2, 9), d("40"), d("11600.40"), d("0"), "ST"),  # a legitimate twin
        ),
    )
    bnd = Holding(
        "BND", "921937835", "VANGUARD TOTAL BOND MARKET ETF", d("73.50"), (Lot("L4", date(2021, 11, 30), d("1500"), d("129300.15")),)
    )
    vxus = Holding(
        "VXUS",
        "921909768",
        "VANGUARD TOTAL INTL STOCK ETF",
        d("70.10"),
        (
            Lot("L5", date(2024, 5, 17), d("310.5"), d("18862.88"), d("11.64")),
            Lot("L6", date(2023, 1, 3), d("25"), None),
        ),
    )
    trades = (
        Trade("buy", "BND", date(2026, 6, 3), date(2026, 6, 4), d("45"), d("73.7789")),
        Trade("sell", "VXUS", date(2026, 5, 20), date(2026, 5, 21), d("12"), d("69.00")),
    )
    sales = (Sale("VXUS", "L7", date(2022, 8, 15), date(2026, 5, 20), d("12"), d("828.00"), d("901.20"), d("11.64"), "LT"),)
    return Account(ref, (vti, bnd, vxus), d("12345.67"), d(unsettled), trades, sales)
