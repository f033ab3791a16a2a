"""The generic templates. Nothing here is copied from a real file."""

from __future__ import annotations

from decimal import Decimal

from tests.flows.custodians.book import AS_OF, Account


def templates(accounts: list[Account]) -> dict[str, str]:
    """Every generic template, with the manifest that they foot to."""
    lots = ["account,symbol,lot_id,acquired_date,quantity,cost_basis,covered"]
    positions, cash = ["account,symbol,quantity,market_value"], ["account,settled_cash,unsettled_cash"]
    trades = ["account,trade_date,settle_date,action,symbol,quantity,price,amount"]
    sales = ["account,symbol,lot_id,acquired_date,sold_date,quantity,proceeds,cost_basis,wash_disallowed"]
    for account in accounts:
        for holding in account.holdings:
            positions.append(f"{account.ref},{holding.symbol},{holding.quantity},{holding.value}")
            for lot in holding.lots:
                basis = "" if lot.cost_basis is None else lot.cost_basis
                lots.append(f"{account.ref},{holding.symbol},{lot.lot_id},{lot.acquired},{lot.quantity},{basis},true")
        cash.append(f"{account.ref},{account.settled_cash},{account.unsettled_cash}")
        trades += [
            f"{account.ref},{t.trade_date},{t.settle_date},{t.action},{t.symbol},{t.quantity},{t.price},{t.amount}" for t in account.trades
        ]
        sales += [
            f"{account.ref},{s.symbol},{s.lot_id},{s.acquired},{s.sold},{s.quantity},{s.proceeds},{s.cost_basis},{s.wash_disallowed}"
            for s in account.sales
        ]
    files = {"lots.csv": lots, "positions.csv": positions, "cash.csv": cash, "transactions.csv": trades, "realized.csv": sales}
    quantity = sum((holding.quantity for account in accounts for holding in account.holdings), Decimal(0))
    value = sum((holding.value for account in accounts for holding in account.holdings), Decimal(0))
    manifest = [
        "file,as_of,rows,sum_quantity,sum_market_value",
        f"lots.csv,{AS_OF},{len(lots) - 1},{quantity},",
        f"positions.csv,{AS_OF},{len(positions) - 1},{quantity},{value}",
        f"cash.csv,{AS_OF},{len(cash) - 1},,",
    ]
    return {name: "\n".join(rows) + "\n" for name, rows in {**files, "manifest.csv": manifest}.items()}
