"""Vanguard OfxDownload.csv: two tables in one file. Nothing here is copied from a real file."""

from __future__ import annotations

from tests.flows.custodians.book import Account

TRADES = [
    "Account Number",
    "Trade Date",
    "Settlement Date",
    "Transaction Type",
    "Transaction Description",
    "Investment Name",
    "Symbol",
    "Shares",
    "Share Price",
    "Principal Amount",
    "Commission Fees",
    "Net Amount",
    "Accrued Interest",
    "Account Type",
]


def download(accounts: list[Account]) -> str:
    rows = ["Account Number,Investment Name,Symbol,Shares,Share Price,Total Value,"]
    for account in accounts:
        rows += [f"{account.ref},{h.description},{h.symbol},{h.quantity},{h.price},{h.value}," for h in account.holdings]
        rows.append(f"{account.ref},VANGUARD FEDERAL MONEY MARKET FUND,VMFXX,{account.cash},1,{account.cash},")
    rows += ["", "", "", ",".join(TRADES) + ","]
    for account in accounts:
        for trade in account.trades:
            cells = {
                "Account Number": account.ref,
                "Trade Date": trade.trade_date,
                "Settlement Date": trade.settle_date,
                "Transaction Type": trade.action.capitalize(),
                "Symbol": trade.symbol,
                "Shares": trade.signed_quantity,
                "Share Price": trade.price,
                "Net Amount": trade.amount,
                "Account Type": "CASH",
            }
            rows.append(",".join(str(cells.get(name, "")) for name in TRADES) + ",")
    return "\n".join(rows) + "\n"
