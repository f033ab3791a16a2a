"""Fidelity: positions, closed lots, and four generations of history. Nothing here is copied from a real file."""

from __future__ import annotations

from tests.flows.custodians.book import AS_OF, Account
from tests.flows.custodians.layouts.words import US, unknown

POSITIONS = [
    "Account Number",
    "Account Name",
    "Symbol",
    "Description",
    "Quantity",
    "Last Price",
    "Last Price Change",
    "Current Value",
    "Today's Gain/Loss Dollar",
    "Today's Gain/Loss Percent",
    "Total Gain/Loss Dollar",
    "Total Gain/Loss Percent",
    "Percent Of Account",
    "Cost Basis Total",
    "Average Cost Basis",
    "Type",
]
DISCLAIMERS = [
    "",
    '"The data and information in this spreadsheet is provided to you solely for your use and is not for distribution."',
    "",
    '"Brokerage services are provided by a brokerage, 1 Main Street."',
    "",
]


def positions(accounts: list[Account]) -> str:
    """All accounts, with a BOM, core cash without quantity, pending activity, and one comma too many in the data rows."""
    rows = [",".join(POSITIONS)]

    def row(**cells: object) -> str:
        return ",".join(str(cells.get(name.replace(" ", "_").lower(), "")) for name in POSITIONS) + ","

    for account in accounts:
        of = {"account_number": account.ref, "account_name": "Individual", "type": "Cash"}
        rows.append(row(**of, symbol="SPAXX**", description="HELD IN MONEY MARKET", current_value=f"${account.settled_cash}"))
        for holding in account.holdings:
            cost = "n/a" if unknown(holding.lots) else f"${holding.cost}"
            rows.append(
                row(
                    **of,
                    symbol=holding.symbol,
                    description=holding.description,
                    quantity=holding.quantity,
                    last_price=f"${holding.price}",
                    last_price_change="+$0.10",
                    current_value=f"${holding.value}",
                    cost_basis_total=cost,
                )
            )
        if account.unsettled_cash:
            rows.append(row(**of, symbol="Pending Activity", current_value=f"${account.unsettled_cash}"))
    return "\ufeff" + "\n".join([*rows, *DISCLAIMERS, f'"Date downloaded {AS_OF.strftime("%b-%d-%Y")} 12:11 p.m ET"']) + "\n"


def closed_lots(account: Account) -> str:
    rows = [
        "Symbol(CUSIP),Security Description,Quantity,Date Acquired,Date Sold,Proceeds,Cost Basis,Short Term Gain/Loss,Long Term Gain/Loss"
    ]
    for sale in account.sales:
        days = f"{sale.acquired.strftime(US)},{sale.sold.strftime(US)}"
        rows.append(f'{sale.symbol}(921909768),A FUND,{sale.quantity},{days},"${sale.proceeds} ","${sale.cost_basis} ",,"$0.00 "')
    return "\n".join(rows) + "\n"


HISTORIES = {
    12: [
        "Run Date",
        "Action",
        "Symbol",
        "Security Description",
        "Security Type",
        "Quantity",
        "Price ($)",
        "Commission ($)",
        "Fees ($)",
        "Accrued Interest ($)",
        "Amount ($)",
        "Settlement Date",
    ],
    13: [
        "Run Date",
        "Action",
        "Symbol",
        "Description",
        "Type",
        "Quantity",
        "Price ($)",
        "Commission ($)",
        "Fees ($)",
        "Accrued Interest ($)",
        "Amount ($)",
        "Cash Balance ($)",
        "Settlement Date",
    ],
    14: [
        "Run Date",
        "Account",
        "Action",
        "Symbol",
        "Description",
        "Type",
        "Quantity",
        "Price ($)",
        "Commission ($)",
        "Fees ($)",
        "Accrued Interest ($)",
        "Amount ($)",
        "Cash Balance ($)",
        "Settlement Date",
    ],
    18: [
        "Run Date",
        "Account",
        "Account Number",
        "Action",
        "Symbol",
        "Description",
        "Type",
        "Exchange Quantity",
        "Exchange Currency",
        "Currency",
        "Price",
        "Quantity",
        "Exchange Rate",
        "Commission",
        "Fees",
        "Accrued Interest",
        "Amount",
        "Settlement Date",
    ],
}


def history(account: Account, columns: int) -> str:
    header = HISTORIES[columns]
    rows = ["", "", *(["Brokerage", ""] if columns == 12 else []), ",".join(header)]
    for trade in account.trades:
        words = {"buy": "YOU BOUGHT", "sell": "YOU SOLD"}[trade.action]
        cells = {
            "Run Date": trade.trade_date.strftime(US),
            "Account": account.ref,
            "Account Number": account.ref,
            "Action": f" {words} A FUND ({trade.symbol}) (Cash)",
            "Symbol": f" {trade.symbol}",
            "Quantity": trade.signed_quantity,
            "Price ($)": trade.price,
            "Price": trade.price,
            "Amount ($)": trade.amount,
            "Amount": trade.amount,
            "Settlement Date": trade.settle_date.strftime(US),
        }
        rows.append(",".join(str(cells.get(name, "")) for name in header))
    interest = {
        "Run Date": "06/05/2026",
        "Account": account.ref,
        "Account Number": account.ref,
        "Action": " INTEREST EARNED CASH (Cash)",
        "Symbol": " ",
        "Amount ($)": "0.31",
        "Amount": "0.31",
        "Quantity": "0.000" if columns == 18 else "",
    }
    rows.append(",".join(str(interest.get(name, "")) for name in header))
    return "\n".join([*rows, *DISCLAIMERS, f"Date downloaded {AS_OF.strftime(US)} 10:28 am"]) + "\n"
