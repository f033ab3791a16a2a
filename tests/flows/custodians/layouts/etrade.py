"""E*TRADE portfolio download, in two of the views that a user can choose. Nothing here is copied from a real file."""

from __future__ import annotations

from tests.flows.custodians.book import AS_OF, Account
from tests.flows.custodians.layouts.words import US, unknown

VIEWS = {
    "quick": [
        "Symbol",
        "Last Price $",
        "Change $",
        "Change %",
        "Quantity",
        "Price Paid $",
        "Day's Gain $",
        "Total Gain $",
        "Total Gain %",
        "Value $",
    ],
    "totals": ["Symbol", "Qty #", "Value $", "Total Cost"],
}


def portfolio(account: Account, view: str) -> str:
    header = VIEWS[view]

    def row(**cells: object) -> str:
        of = {"symbol": "Symbol", "price": "Last Price $", "paid": "Price Paid $", "value": "Value $", "cost": "Total Cost"}
        by_name = {of[name]: text for name, text in cells.items() if name in of}
        by_name |= {"Quantity": cells.get("quantity", ""), "Qty #": cells.get("quantity", "")}
        return ",".join(str(by_name.get(name, "")) for name in header)

    rows = [
        "Account Summary",
        "Account,Net Account Value,Total Gain $,Total Gain %",
        f'"{account.ref}",{account.value},0.00,.0000',
        "",
        f"View Summary - {view}",
        "",
        ",".join(header),
    ]
    for holding in account.holdings:
        cost = "" if unknown(holding.lots) else holding.cost
        rows.append(row(symbol=holding.symbol, price=holding.price, quantity=holding.quantity, value=holding.value, cost=cost))
        for lot in holding.lots:
            paid = "--" if lot.cost_basis is None else f"{lot.cost_basis / lot.quantity:.6f}"
            cost = "--" if lot.cost_basis is None else lot.cost_basis
            rows.append(
                row(
                    symbol=f"     {lot.acquired.strftime(US)}",
                    quantity=lot.quantity,
                    paid=paid,
                    value=lot.quantity * holding.price,
                    cost=cost,
                )
            )
    rows += [
        row(symbol="CASH", value=account.cash),
        row(symbol="TOTAL", value=account.value),
        "",
        f"Generated at {AS_OF.strftime(US)} 10:23:53 AM ET",
    ]
    return "\n".join(rows) + "\n"
