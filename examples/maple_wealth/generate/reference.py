"""reference/*.csv: what the firm knows of its clients, accounts, securities and prices."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from .book import Household
from .layout import Files, table
from .market import Market

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "households": ("household_id", "name", "advisor", "model", "last_rebalanced", "mode"),
    "taxpayers": (
        "taxpayer_id", "household_id", "filing_status", "state", "ordinary_income", "taxable_interest", "nonqualified_dividends",
        "qualified_dividends", "deduction", "deduction_amt_addback", "st_carryforward", "lt_carryforward", "realized_st_ytd",
        "realized_lt_ytd",
    ),
    "owners": ("owner", "taxpayer_id", "birth_date", "spouse_of"),
    "accounts": (
        "account_id", "household_id", "taxpayer_id", "owner", "custodian", "custodian_ref", "registration", "tax_treatment", "status",
        "relief_method", "reinvest_dividends",
    ),
    "flows": ("account_id", "household_id", "kind", "amount", "due"),
    "held_away": ("taxpayer_id", "symbol", "trade_date", "side", "quantity"),
    "securities": (
        "symbol", "cusip", "name", "security_type", "identity_group", "equivalent_group", "half_spread_bps", "whole_shares", "issuer",
    ),
    "exposures": ("symbol", "asset_class", "weight"),
    "prices": ("symbol", "date", "price", "source"),
}  # fmt: skip


def write(households: Sequence[Household], market: Market, folder: str) -> Files:
    """Every reference file, columns in the order of the contract."""
    rows: dict[str, Iterable[Mapping[str, str]]] = {
        "households": [household.fields for household in households],
        "taxpayers": [row for household in households for row in household.taxpayers],
        "owners": [row for household in households for row in household.owners],
        "accounts": [account.fields for household in households for account in household.accounts],
        "flows": [row for household in households for row in household.flows],
        "held_away": [row for household in households for row in household.held_away],
        "securities": list(_securities(market)),
        "exposures": list(_exposures(market)),
        "prices": list(_prices(market)),
    }
    return {f"{folder}/{name}.csv": table(columns, [_cells(row, columns) for row in rows[name]]) for name, columns in COLUMNS.items()}


def _cells(row: Mapping[str, str], columns: Sequence[str]) -> list[str]:
    unknown = set(row) - set(columns)
    if unknown:
        raise ValueError(f"the book has a field that no column takes: {', '.join(sorted(unknown))}")
    return [row.get(column, "") for column in columns]


def _securities(market: Market) -> Iterable[Mapping[str, str]]:
    for security in market.securities.values():
        yield {
            "symbol": security.symbol, "cusip": security.cusip, "name": security.name, "security_type": security.security_type,
            "identity_group": security.identity_group, "equivalent_group": security.equivalent_group,
            "half_spread_bps": security.half_spread_bps, "whole_shares": str(security.whole_shares).lower(), "issuer": security.issuer,
        }  # fmt: skip


def _exposures(market: Market) -> Iterable[Mapping[str, str]]:
    for security in market.securities.values():
        for asset_class, weight in security.classes.items():
            yield {"symbol": security.symbol, "asset_class": asset_class, "weight": weight}


def _prices(market: Market) -> Iterable[Mapping[str, str]]:
    for security in market.securities.values():
        days = market.days if security.last_priced is None else (security.last_priced,)
        for day in days:
            price = market.price_on(security.symbol, day) if security.last_priced is None else security.price
            yield {"symbol": security.symbol, "date": str(day), "price": f"{price:.2f}", "source": "example"}
