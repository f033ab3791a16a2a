"""Charles Schwab, realised gains of the year, lot details: the layout of 2024 and later, 25 columns.

The account stands in the preamble only, which is padded with empty cells to the table's width.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from .book import AS_OF, Account, Sale
from .layout import Files, dollars, grouped, percent, quoted
from .market import Market

COLUMNS = (
    "Symbol", "Name", "Closed Date", "Opened Date", "Quantity", "Proceeds Per Share", "Cost Per Share", "Proceeds", "Cost Basis (CB)",
    "Gain/Loss ($)", "Gain/Loss (%)", "Long Term Gain/Loss", "Short Term Gain/Loss", "Term", "Unadjusted Cost Basis", "Wash Sale?",
    "Disallowed Loss", "Transaction Closed Date", "Transaction Cost Basis", "Total Transaction Gain/Loss ($)",
    "Total Transaction Gain/Loss (%)", "LT Transaction Gain/Loss ($)", "LT Transaction Gain/Loss (%)", "ST Transaction Gain/Loss ($)",
    "ST Transaction Gain/Loss (%)",
)  # fmt: skip


def write(accounts: Sequence[Account], market: Market, folder: str) -> Files:
    """One file per account that sold something this year."""
    files: Files = {}
    for account in accounts:
        if account.sales:
            title = (
                f"Realized Gain/Loss - Lot Details for {account.ref} as of {AS_OF:%a %b %d}  17:58:00 EST {AS_OF.year} "
                f"from 01/01/{AS_OF.year} to {AS_OF:%m/%d/%Y}"
            )
            rows = [(title, *[""] * (len(COLUMNS) - 1)), COLUMNS, *(_row(sale, market) for sale in account.sales)]
            name = f"{account.label.replace(' ', '_')}_GainLoss_Realized_Details_{AS_OF:%Y%m%d}-175800.csv"
            files[f"{folder}/{name}"] = quoted(rows, "\n").encode("ascii")
    return files


def _row(sale: Sale, market: Market) -> tuple[str, ...]:
    gain = sale.proceeds - sale.basis
    is_long = (sale.sold - sale.acquired).days > 366
    closed = f"{sale.sold:%m/%d/%Y}"
    return (
        sale.symbol, market.securities[sale.symbol].name.upper()[:20].strip(), closed, f"{sale.acquired:%m/%d/%Y}", grouped(sale.shares),
        dollars(sale.proceeds / sale.shares), dollars(sale.basis / sale.shares), dollars(sale.proceeds), dollars(sale.basis), dollars(gain),
        percent(gain, sale.basis), dollars(gain) if is_long else "", "" if is_long else dollars(gain),
        "Long Term" if is_long else "Short Term", dollars(sale.basis), "Yes" if sale.wash_disallowed else "No",
        dollars(sale.wash_disallowed) if sale.wash_disallowed > Decimal(0) else "", closed, *[""] * 7,
    )  # fmt: skip
