"""Schwab: positions, lot details, realised lots, transactions. Nothing here is copied from a real file."""

from __future__ import annotations

from decimal import Decimal

from tests.flows.custodians.book import AS_OF, Account, Holding
from tests.flows.custodians.layouts.words import US, money, unknown


def quoted(*cells: object, end: str = ",") -> str:
    """One Schwab row: every cell quoted, and a phantom column in some years."""
    return ",".join(f'"{cell}"' for cell in cells) + end


HEADERS = {
    2020: [
        "Symbol",
        "Description",
        "Quantity",
        "Price",
        "Price Change $",
        "Price Change %",
        "Market Value",
        "Day Change $",
        "Day Change %",
        "Cost Basis",
        "Gain/Loss $",
        "Gain/Loss %",
        "Reinvest Dividends?",
        "Capital Gains?",
        "% Of Account",
        "Dividend Yield",
        "Last Dividend",
        "Ex-Dividend Date",
        "P/E Ratio",
        "52 Week Low",
        "52 Week High",
        "Volume",
        "Intrinsic Value",
        "In The Money",
        "Security Type",
    ],
    2021: [
        "Symbol",
        "Description",
        "Quantity",
        "Price",
        "Price Change %",
        "Price Change $",
        "Market Value",
        "Day Change %",
        "Day Change $",
        "Cost Basis",
        "Gain/Loss %",
        "Gain/Loss $",
        "Ratings",
        "Reinvest Dividends?",
        "Capital Gains?",
        "% Of Account",
        "Security Type",
    ],
    2023: [
        "Symbol",
        "Description",
        "Qty (Quantity)",
        "Price",
        "Price Chng $ (Price Change $)",
        "Price Chng % (Price Change %)",
        "Mkt Val (Market Value)",
        "Day Chng $ (Day Change $)",
        "Day Chng % (Day Change %)",
        "Cost Basis",
        "Gain $ (Gain/Loss $)",
        "Gain % (Gain/Loss %)",
        "Ratings",
        "Reinvest?",
        "Reinvest Capital Gains?",
        "% of Acct (% of Account)",
        "Security Type",
    ],
    2026: [
        "Symbol",
        "Description",
        "Price",
        "Qty (Quantity)",
        "Price Chng $ (Price Change $)",
        "Price Chng % (Price Change %)",
        "Mkt Val (Market Value)",
        "Day Chng $ (Day Change $)",
        "Day Chng % (Day Change %)",
        "Cost Basis",
        "Gain $ (Gain/Loss $)",
        "Gain % (Gain/Loss %)",
        "Ratings",
        "Reinvest?",
        "Reinvest Capital Gains?",
        "% of Acct (% of Account)",
        "Asset Type",
    ],
}


def _named(year: int, **cells: str) -> list[str]:
    of = {
        "symbol": ["Symbol"],
        "description": ["Description"],
        "quantity": ["Quantity", "Qty (Quantity)"],
        "price": ["Price"],
        "value": ["Market Value", "Mkt Val (Market Value)"],
        "cost": ["Cost Basis"],
    }
    by_name = {name: text for cell, text in cells.items() for name in of[cell]}
    return [by_name.get(name, "--") for name in HEADERS[year]]


def block(account: Account, year: int) -> list[str]:
    end = "," if year in (2020, 2026) else ""
    rows = [quoted(*HEADERS[year], end=end)]
    for holding in account.holdings:
        cost = None if unknown(holding.lots) else holding.cost
        rows.append(
            quoted(
                *_named(
                    year,
                    symbol=holding.symbol,
                    description=holding.description,
                    quantity=f"{holding.quantity:,}",
                    price=money(holding.price),
                    value=money(holding.value),
                    cost=money(cost, "Incomplete"),
                ),
                end=end,
            )
        )
    rows.append(quoted(*_named(year, symbol="Cash & Cash Investments", description="--", value=money(account.cash)), end=end))
    total = "Positions Total" if year == 2026 else "Account Total"
    rows.append(
        quoted(
            *_named(
                year,
                symbol=total,
                description="",
                value=money(account.value),
                cost=money(sum((h.cost for h in account.holdings), Decimal(0))),
            ),
            end=end,
        )
    )
    return rows


def positions(account: Account, year: int) -> str:
    day = AS_OF.strftime(US if year <= 2021 else "%Y/%m/%d")
    return "\n".join([f'"Positions for account Individual {account.ref} as of 01:17 PM ET, {day}"', "", *block(account, year)]) + "\n"


def all_accounts(accounts: list[Account], year: int) -> str:
    day = AS_OF.strftime(US if year <= 2021 else "%Y/%m/%d")
    rows = [f'"Positions for All-Accounts as of 06:04 PM ET, {day}"', ""]
    for account in accounts:
        rows += [f'"Individual {account.ref}"', *block(account, year), "", ""]
    return "\n".join(rows) + "\n"


def lots(account: Account, holding: Holding, *, wide: bool) -> str:
    terms = {"ST": "Short Term", "LT": "Long Term"}
    narrow = ["Open Date", "Quantity", "Price", "Cost/Share", "Market Value", "Cost Basis", "Gain/Loss $", "Gain/Loss %", "Holding Period"]
    full = [
        "Open Date",
        "Transaction Open",
        "Quantity",
        "Price",
        "Cost/Share",
        "Transaction CPS",
        "Market Value",
        "Cost Basis",
        "Transaction CB",
        "Gain/Loss $",
        "Transaction G/L $",
        "Gain/Loss %",
        "Transaction G/L %",
        "Holding Period",
        "Disallowed Loss",
    ]
    header = full if wide else narrow
    rows = [f'"{holding.symbol} Lot Details for {account.ref} as of 02:45 AM ET, {AS_OF.strftime(US)}"', "", quoted(*header)]
    for lot in holding.lots:
        cells = {
            "Open Date": f"{lot.acquired.strftime(US)} 13:42:07",
            "Quantity": f"{lot.quantity}",
            "Price": money(holding.price),
            "Cost Basis": money(lot.cost_basis, "Incomplete"),
            "Cost/Share": money(None if lot.cost_basis is None else lot.cost_basis / lot.quantity),
            "Market Value": money(lot.quantity * holding.price),
            "Holding Period": terms[lot.term],
            "Disallowed Loss": money(lot.wash_disallowed) if lot.wash_disallowed else "--",
        }
        rows.append(quoted(*[cells.get(name, "--") for name in header]))
    total = {
        "Open Date": "Total",
        "Quantity": f"{holding.quantity}",
        "Market Value": money(holding.value),
        "Cost Basis": money(holding.cost),
    }
    rows.append(quoted(*[total.get(name, "--") for name in header]))
    return "\n".join(rows) + "\n"


REALIZED = [
    "Symbol",
    "Name",
    "Closed Date",
    "Opened Date",
    "Quantity",
    "Proceeds Per Share",
    "Cost Per Share",
    "Proceeds",
    "Cost Basis (CB)",
    "Gain/Loss ($)",
    "Gain/Loss (%)",
    "Long Term Gain/Loss",
    "Short Term Gain/Loss",
    "Term",
    "Unadjusted Cost Basis",
    "Wash Sale?",
    "Disallowed Loss",
    "Transaction Closed Date",
    "Transaction Cost Basis",
    "Total Transaction Gain/Loss ($)",
    "Total Transaction Gain/Loss (%)",
    "LT Transaction Gain/Loss ($)",
    "LT Transaction Gain/Loss (%)",
    "ST Transaction Gain/Loss ($)",
    "ST Transaction Gain/Loss (%)",
]


def realized(accounts: list[Account], sign: str = "") -> str:
    """Realised lots; `sign` as some exports write the disallowed loss. One account, or All_Accounts with a block for each."""
    label = accounts[0].ref if len(accounts) == 1 else "All_Accounts"
    rows = [
        quoted(
            f"Realized Gain/Loss - Lot Details for {label} as of Fri Jun 12  18:48:00 EDT 2026 from 01/01/2026 to 06/12/2026",
            *[""] * 24,
            end="",
        )
    ]
    for account in accounts:
        if len(accounts) > 1:
            rows.append(quoted(account.ref, *[""] * 24, end=""))
        if not account.sales:
            rows.append(quoted("There are no transactions available for the selected period", *[""] * 24, end=""))
            continue
        rows.append(quoted(*REALIZED, end=""))
        for sale in account.sales:
            cells = {
                "Symbol": sale.symbol,
                "Name": "A FUND",
                "Closed Date": sale.sold.strftime(US),
                "Opened Date": sale.acquired.strftime(US),
                "Quantity": sale.quantity,
                "Proceeds": money(sale.proceeds),
                "Cost Basis (CB)": money(sale.cost_basis),
                "Term": {"LT": "Long Term", "ST": "Short Term"}[sale.term],
                "Wash Sale?": "Yes" if sale.wash_disallowed else "No",
                "Disallowed Loss": sign + money(sale.wash_disallowed) if sale.wash_disallowed else "",
            }
            rows.append(quoted(*[cells.get(name, "") for name in REALIZED], end=""))
    return "\n".join(rows) + "\n"


def transactions(account: Account, year: int) -> str:
    """The four layouts: preamble and phantom column (2020), a total row (2021), neither (2023), price first and sells negative (2026)."""
    columns = ["Date", "Action", "Symbol", "Description", "Quantity", "Price", "Fees & Comm", "Amount"]
    if year == 2026:
        columns[4:6] = ["Price", "Quantity"]
    end = "," if year == 2020 else ""
    rows = [f'"Transactions  for account Brokerage {account.ref} as of {AS_OF.strftime(US)} 18:00:21 ET"'] if year == 2020 else []
    rows.append(quoted(*columns, end=end))
    names = {"buy": "Buy", "sell": "Sell"}
    for trade in account.trades:
        quantity = trade.signed_quantity if year == 2026 else trade.quantity
        cells = {
            "Date": trade.trade_date.strftime(US),
            "Action": names[trade.action],
            "Symbol": trade.symbol,
            "Description": "A FUND",
            "Quantity": quantity,
            "Price": f"${trade.price}",
            "Amount": money(trade.amount),
        }
        rows.append(quoted(*[cells.get(name, "") for name in columns], end=end))
    entered = {"Date": "06/08/2026 as of 06/05/2026", "Action": "Bank Interest", "Amount": "$0.31"}
    rows.append(quoted(*[entered.get(name, "") for name in columns], end=end))
    if year in (2020, 2021):
        rows.append('Transactions Total,"","","","","","",$0.00')
    return "\n".join(rows) + "\n"
