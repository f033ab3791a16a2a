"""The solver's reference household, drawn as the model page describes the one behind its table of times.

$2m; 2 taxable, 2 deferred, 1 exempt account with Dirichlet(2) values; 12 classes of 3 securities, prices uniform
$20-400; 300 lots, three quarters of them in the taxable accounts, log-normal sizes (sigma 0.8), ages uniform 5-3,000
days, basis = price / exp(N(0.0001 · age, 0.25)); targets Dirichlet(1.5); two purchasable securities per class; minimum
trade $500; half-spread 5 bp; net gain budget 1 % of value; drift priced at 2 % of value up to 1 % from target, 10 %
beyond. Hard on purpose: some sixteen wash groups are at stake. Shares are whole, so every figure is a little off.
"""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from math import exp

from validation.household import (
    Account,
    AccountStatus,
    Cash,
    FilingStatus,
    Household,
    Lot,
    Owner,
    Position,
    RecentPurchase,
    ReliefMethod,
    Security,
    Taxpayer,
    TaxTreatment,
)  # fmt: skip

AS_OF = date(2026, 11, 20)
VALUE = 2_000_000
LOTS = 300
CLASSES = tuple(f"class_{number:02d}" for number in range(1, 13))
PER_CLASS = 3
TREATMENTS = ("taxable", "taxable", "tax_deferred", "tax_deferred", "tax_exempt")
REGISTRATIONS = ("individual", "joint", "ira_trad", "ira_rollover", "ira_roth")
CUSTODIAN = "fielding"
CENT = Decimal("0.01")


@dataclass(frozen=True)
class DrawnLot:
    """Shares of one purchase, with their total cost."""

    account: int
    symbol: str
    lot_id: str
    acquired: date
    shares: int
    basis: Decimal


@dataclass(frozen=True)
class DrawnHousehold:
    """Everything that chance decides about one household. Prices are its own: each household is its own firm."""

    seed: int
    price: dict[str, Decimal]
    target: dict[str, Decimal]
    cash: tuple[Decimal, ...]
    lots: tuple[DrawnLot, ...]

    @property
    def name(self) -> str:
        return f"R-{self.seed:04d}"

    def account_id(self, place: int) -> str:
        return f"{self.name}-{place + 1}"


def drawn(seed: int, lots: int = LOTS) -> DrawnHousehold:
    """The household of one seed; equal seeds give equal households."""
    draw = random.Random(f"reference:{seed}")
    symbols = [f"{asset_class.upper()}_{letter}" for asset_class in CLASSES for letter in "ABC"]
    price = {symbol: Decimal(round(draw.uniform(20, 400) * 100)).scaleb(-2) for symbol in symbols}
    worth = [VALUE * share for share in _dirichlet(draw, 2.0, len(TREATMENTS))]
    bought = _lots(draw, worth, price, lots)
    cash = tuple(Decimal(round(value * 0.02 * 100)).scaleb(-2) for value in worth)
    return DrawnHousehold(seed, price, _target(draw), cash, bought)


def _dirichlet(draw: random.Random, alpha: float, count: int) -> list[float]:
    weights = [draw.gammavariate(alpha, 1.0) for _ in range(count)]
    return [weight / sum(weights) for weight in weights]


def _target(draw: random.Random) -> dict[str, Decimal]:
    """Weights of the twelve classes and 2 % of cash, in ten-thousandths, summing to one."""
    weights = [Decimal(round(share * 9_800)) / 10_000 for share in _dirichlet(draw, 1.5, len(CLASSES))]
    heaviest = weights.index(max(weights))
    weights[heaviest] += Decimal("0.98") - sum(weights)
    return {**dict(zip(CLASSES, weights, strict=True)), "cash": Decimal("0.02")}


def _lots(draw: random.Random, worth: list[float], price: dict[str, Decimal], count: int) -> tuple[DrawnLot, ...]:
    places = [draw.choice((0, 1)) if number < count * 3 // 4 else draw.choice((2, 3, 4)) for number in range(count)]
    sizes = [draw.lognormvariate(0.0, 0.8) for _ in places]
    in_account = [sum(size for size, other in zip(sizes, places, strict=True) if other == place) for place in range(len(worth))]
    lots = []
    for number, (place, size) in enumerate(zip(places, sizes, strict=True), start=1):
        symbol = draw.choice(list(price))
        age = draw.randint(5, 3_000)
        shares = max(1, round(worth[place] * 0.98 * size / in_account[place] / float(price[symbol])))
        unit = float(price[symbol]) / exp(draw.gauss(0.0001 * age, 0.25))
        basis = Decimal(round(unit * shares * 100)).scaleb(-2)
        lots.append(DrawnLot(place, symbol, f"L{number:03d}", AS_OF - timedelta(days=age), shares, basis))
    return tuple(lots)


def reference_household(seed: int, lots: int = LOTS) -> Household:
    """The household as the gate would hand it over, without a file in between."""
    it = drawn(seed, lots)
    accounts = tuple(
        Account(
            it.account_id(place), it.name, f"T-{it.name}", f"owner-{it.name}", CUSTODIAN, it.account_id(place), REGISTRATIONS[place],
            TaxTreatment(treatment), AccountStatus.MANAGED, ReliefMethod.FIFO, False,
        )
        for place, treatment in enumerate(TREATMENTS)
    )  # fmt: skip
    held: dict[tuple[str, str], list[Lot]] = defaultdict(list)
    for lot in it.lots:
        account_id = it.account_id(lot.account)
        held[account_id, lot.symbol].append(Lot(account_id, lot.symbol, lot.lot_id, lot.acquired, Decimal(lot.shares), lot.basis))
    zero = Decimal(0)
    taxpayer = Taxpayer(
        f"T-{it.name}", FilingStatus.MARRIED_JOINT, "TX", Decimal(180_000), Decimal(6_000), Decimal(4_000), Decimal(16_000), None, None,
        zero, zero, zero, zero,
    )  # fmt: skip
    return Household(
        it.name, f"Reference household {seed}", "Bench", "reference", date(2025, 1, 2), "joint", AS_OF, (taxpayer,),
        (Owner(f"owner-{it.name}", f"T-{it.name}", date(1975, 5, 15)),), accounts,
        tuple(
            Position(account_id, symbol, sum((lot.quantity for lot in lots), zero), tuple(lots))
            for (account_id, symbol), lots in sorted(held.items())
        ),
        tuple(Cash(it.account_id(place), cash) for place, cash in enumerate(it.cash)), (),
        {symbol: _security(symbol, price) for symbol, price in sorted(it.price.items())},
        tuple(
            RecentPurchase(f"T-{it.name}", lot.symbol, lot.acquired, Decimal(lot.shares), it.account_id(lot.account), lot.lot_id)
            for lot in it.lots
            if lot.acquired >= AS_OF - timedelta(days=30)
        ),
    )  # fmt: skip


def _security(symbol: str, price: Decimal) -> Security:
    asset_class = symbol.rsplit("_", 1)[0].lower()
    return Security(
        symbol, symbol, "etf", symbol, asset_class, "", Decimal(5), True, price, AS_OF, {asset_class: Decimal(1)},
    )  # fmt: skip
