"""Interactive Brokers Flex. Nothing here is copied from a real file."""

from __future__ import annotations

from datetime import date
from xml.sax.saxutils import quoteattr

from tests.flows.custodians.book import AS_OF, Account
from tests.flows.custodians.layouts.words import unknown


def element(name: str, attributes: dict[str, object], children: str = "") -> str:
    words = " ".join(f"{key}={quoteattr('' if text is None else str(text))}" for key, text in attributes.items())
    return f"<{name} {words}>{children}</{name}>\n" if children else f"<{name} {words} />\n"


def flex(accounts: list[Account], day_format: str = "%Y%m%d", separator: str = ";") -> str:
    def when(day: date) -> str:
        return f"{day.strftime(day_format)}{separator}103200"

    statements = ""
    for account in accounts:
        positions = trades = ""
        for holding in account.holdings:
            shared = {
                "accountId": account.ref,
                "currency": "USD",
                "assetCategory": "STK",
                "symbol": holding.symbol,
                "cusip": holding.cusip,
                "description": holding.description,
                "multiplier": "1",
                "reportDate": AS_OF.strftime(day_format),
                "markPrice": holding.price,
            }
            cost = None if unknown(holding.lots) else holding.cost
            positions += element(
                "OpenPosition",
                {
                    **shared,
                    "levelOfDetail": "SUMMARY",
                    "position": holding.quantity,
                    "positionValue": holding.value,
                    "costBasisMoney": cost,
                    "openDateTime": "",
                    "side": "Long",
                },
            )
            for lot in holding.lots:
                positions += element(
                    "OpenPosition",
                    {
                        **shared,
                        "levelOfDetail": "LOT",
                        "position": lot.quantity,
                        "positionValue": lot.quantity * holding.price,
                        "costBasisMoney": lot.cost_basis,
                        "openDateTime": when(lot.acquired),
                        "holdingPeriodDateTime": when(lot.acquired),
                        "originatingTransactionID": lot.lot_id,
                        "side": "Long",
                    },
                )
        for trade in account.trades:
            shared = {
                "accountId": account.ref,
                "symbol": trade.symbol,
                "assetCategory": "STK",
                "buySell": trade.action.upper(),
                "tradeDate": trade.trade_date.strftime(day_format),
                "settleDateTarget": trade.settle_date.strftime(day_format),
                "quantity": trade.signed_quantity,
                "tradePrice": trade.price,
                "netCash": trade.amount,
            }
            trades += element("Trade", {**shared, "levelOfDetail": "ORDER"}) + element("Trade", {**shared, "levelOfDetail": "EXECUTION"})
        for sale in account.sales:
            trades += element(
                "Lot",
                {
                    "accountId": account.ref,
                    "symbol": sale.symbol,
                    "levelOfDetail": "CLOSED_LOT",
                    "openDateTime": when(sale.acquired),
                    "tradeDate": sale.sold.strftime(day_format),
                    "quantity": sale.quantity,
                    "cost": sale.cost_basis,
                    "fifoPnlRealized": sale.proceeds - sale.cost_basis,
                    "originatingTransactionID": sale.lot_id,
                },
            )
        cash = element(
            "CashReportCurrency",
            {"accountId": account.ref, "currency": "BASE_SUMMARY", "endingCash": account.cash, "endingSettledCash": account.settled_cash},
        )
        cash += element(
            "CashReportCurrency",
            {"accountId": account.ref, "currency": "USD", "endingCash": account.cash, "endingSettledCash": account.settled_cash},
        )
        body = f"<OpenPositions>\n{positions}</OpenPositions>\n<Trades>\n{trades}</Trades>\n<CashReport>\n{cash}</CashReport>\n"
        statements += element(
            "FlexStatement",
            {
                "accountId": account.ref,
                "fromDate": date(AS_OF.year, 1, 1).strftime(day_format),
                "toDate": AS_OF.strftime(day_format),
                "period": "YearToDate",
            },
            f"\n{body}",
        )
    opening = f'<FlexQueryResponse queryName="rooftree" type="AF">\n<FlexStatements count="{len(accounts)}">\n'
    return f"{opening}{statements}</FlexStatements>\n</FlexQueryResponse>\n"
