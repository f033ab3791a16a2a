"""Names for what the records spell in code: classes, treatments, custodians, statuses, and who has to act.

A client reads these words; the memo and the book use the same ones, so that two people can talk about one page.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from solver.outcome import Status
from validation.household import CASH_CLASS, UNCLASSIFIED, OrderKind, TaxTreatment

CLASSES: Mapping[str, str] = {
    "us_equity": "US equity",
    "us_large_cap": "Large US companies",
    "us_small_cap": "Small US companies",
    "intl_equity": "International equity",
    "international_equity": "International equity",
    "emerging_equity": "Emerging markets",
    "em_equity": "Emerging markets",
    "reit": "Real estate",
    "real_estate": "Real estate",
    "core_bond": "Core bonds",
    "muni_bond": "Municipal bonds",
    "high_yield_bond": "High-yield bonds",
    "intl_bond": "International bonds",
    "tips": "Inflation-protected bonds",
    CASH_CLASS: "Cash",
    UNCLASSIFIED: "Not classified",
}

STOCK_WORDS = ("equity", "stock", "reit", "real_estate", "cap", "growth", "value")
BOND_WORDS = ("bond", "muni", "treasur", "tips", "fixed", "credit", "income", "cash", "bill", "money")

TREATMENTS: Mapping[TaxTreatment, str] = {
    TaxTreatment.TAXABLE: "taxable",
    TaxTreatment.TAX_DEFERRED: "tax-deferred",
    TaxTreatment.TAX_EXEMPT: "tax-free",
}

CUSTODIANS: Mapping[str, str] = {
    "schwab": "Schwab",
    "fidelity": "Fidelity",
    "ibkr": "Interactive Brokers",
    "etrade": "E*TRADE",
    "pershing": "Pershing",
    "vanguard": "Vanguard",
    "ofx": "",
    "generic": "",
}

STATUSES: Mapping[Status, str] = {
    Status.PROPOSED: "Proposed",
    Status.NO_TRADE_NEEDED: "No trade needed",
    Status.NOT_DUE: "Not due",
    Status.BLOCKED: "Blocked",
    Status.CONFLICT: "Rules conflict",
    Status.FAILED: "Failed",
}

ACTORS: Mapping[Status, str] = {
    Status.PROPOSED: "Advisor reviews",
    Status.NO_TRADE_NEEDED: "",
    Status.NOT_DUE: "",
    Status.BLOCKED: "Operations",
    Status.CONFLICT: "Advisor decides",
    Status.FAILED: "Operations",
}

ORDERS: Mapping[OrderKind, str] = {
    OrderKind.CONTRIBUTION: "Contribution",
    OrderKind.WITHDRAWAL: "Withdrawal",
    OrderKind.RMD: "Required distribution",
    OrderKind.SET_ASIDE: "Set aside",
}

TERMS: Mapping[str, str] = {
    "drift": "Drift",
    "location": "Location",
    "tax_now": "Tax now",
    "tax_later": "Later tax",
    "carryforward": "Carried losses",
    "spread": "Trading",
    "soft_rules": "Soft rules",
}


def class_name(asset_class: str) -> str:
    """What a client calls an asset class; an unknown one by its own words."""
    return CLASSES.get(asset_class) or asset_class.replace("_", " ").strip().capitalize()


def custodian_name(custodian: str) -> str:
    """The custodian's own spelling; empty for folders that name a file layout and nobody."""
    return CUSTODIANS.get(custodian.lower(), custodian.replace("_", " ").title())


def is_stock(asset_class: str) -> bool | None:
    """Whether a class counts as stocks and real estate (True) or bonds and cash (False); None where its name does not say."""
    name = asset_class.lower()
    if any(word in name for word in BOND_WORDS):
        return False
    return True if any(word in name for word in STOCK_WORDS) else None


def stock_share(weights: Mapping[str, Decimal]) -> Decimal | None:
    """The share of stocks and real estate; None where more than half a percent is in classes of unknown kind."""
    total = sum(weights.values(), Decimal(0))
    unknown = sum((weight for name, weight in weights.items() if is_stock(name) is None), Decimal(0))
    if total <= 0 or unknown / total > Decimal("0.005"):
        return None
    return sum((weight for name, weight in weights.items() if is_stock(name)), Decimal(0)) / total


def in_class_order(names: set[str], targets: Mapping[str, Decimal]) -> tuple[str, ...]:
    """Stocks, then what is neither, then bonds, cash and the unclassified; larger targets first within each."""

    def rank(name: str) -> tuple[int, Decimal, str]:
        kind = 4 if name == UNCLASSIFIED else 3 if name == CASH_CLASS else {True: 0, None: 1, False: 2}[is_stock(name)]
        return kind, -targets.get(name, Decimal(0)), name

    return tuple(sorted(names, key=rank))
