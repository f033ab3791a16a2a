"""Spellings that several layouts share."""

from __future__ import annotations

from decimal import Decimal

from tests.flows.custodians.book import Lot

US = "%m/%d/%Y"


def money(amount: Decimal | None, missing: str = "--") -> str:
    if amount is None:
        return missing
    return f"-${-amount:,.2f}" if amount < 0 else f"${amount:,.2f}"


def unknown(lots: tuple[Lot, ...]) -> bool:
    return any(lot.cost_basis is None for lot in lots)
