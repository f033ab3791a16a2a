"""The household of book.py written in every layout, as custodians write it. Nothing here is copied from a real file."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from xml.sax.saxutils import quoteattr

from tests.flows.custodians.book import AS_OF, Account, Holding, Lot

US = "%m/%d/%Y"


def money(amount: Decimal | None, missing: str = "--") -> str:
    if amount is None:
        return missing
    return f"-${-amount:,.2f}" if amount < 0 else f"${amount:,.2f}"


def quoted(*cells: object, end: str = ",") -> str:
    """One Schwab row: every cell quoted, and a phantom column in some years."""
    return ",".join(f'"{cell}"' for cell in cells) + end


def unknown(lots: tuple[Lot, ...]) -> bool:
    return any(lot.cost_basis is None for lot in lots)


def generic(accounts: list[Account]) -> dict[str, str]:
    """Every generic template, with the manifest that they foot to."""
    lots = ["account,symbol,lot_id,acquired_date,quantity,cost_basis,covered"]
    positions, cash = ["account,symbol,quantity,market_value"], ["account,settled_cash,unsettled_cash"]
    trades = ["account,trade_date,settle_date,action,symbol,quantity,price,amount"]
    sales = ["account,symbol,lot_id,acquired_date,sold_date,quantity,proceeds,cost_basis,wash_disallowed"]
    for account in accounts:
        for holding in account.holdings:
            positions.append(f"{account.ref},{holding.symbol},{holding.quantity},{holding.value}")
            lots += [
                f"{account.ref},{holding.symbol},{lot.lot_id},{lot.acquired},{lot.quantity},{'' if lot.cost_basis is None else lot.cost_basis},true"
                for lot in holding.lots
            ]
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


SCHWAB_HEADERS = {
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
    return [by_name.get(name, "--") for name in SCHWAB_HEADERS[year]]


def schwab_block(account: Account, year: int) -> list[str]:
    end = "," if year in (2020, 2026) else ""
    rows = [quoted(*SCHWAB_HEADERS[year], end=end)]
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


def schwab_positions(account: Account, year: int) -> str:
    day = AS_OF.strftime(US if year <= 2021 else "%Y/%m/%d")
    return (
        "\n".join([f'"Positions for account Individual {account.ref} as of 01:17 PM ET, {day}"', "", *schwab_block(account, year)]) + "\n"
    )


def schwab_all_accounts(accounts: list[Account], year: int) -> str:
    day = AS_OF.strftime(US if year <= 2021 else "%Y/%m/%d")
    rows = [f'"Positions for All-Accounts as of 06:04 PM ET, {day}"', ""]
    for account in accounts:
        rows += [f'"Individual {account.ref}"', *schwab_block(account, year), "", ""]
    return "\n".join(rows) + "\n"


def schwab_lots(account: Account, holding: Holding, *, wide: bool) -> str:
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


def element(name: str, attributes: dict[str, object], children: str = "") -> str:
    words = " ".join(f"{key}={quoteattr('' if text is None else str(text))}" for key, text in attributes.items())
    return f"<{name} {words}>{children}</{name}>\n" if children else f"<{name} {words} />\n"


def ibkr_flex(accounts: list[Account], day_format: str = "%Y%m%d", separator: str = ";") -> str:
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
    return f'<FlexQueryResponse queryName="rooftree" type="AF">\n<FlexStatements count="{len(accounts)}">\n{statements}</FlexStatements>\n</FlexQueryResponse>\n'


def implied(amount: Decimal, width: int, places: int) -> str:
    return f"{int(abs(amount).scaleb(places)):0{width}d}" + ("-" if amount < 0 else "+")


def record(fields: dict[int, str], prefix: str) -> str:
    line = [" "] * 750
    for start, text in {1: prefix, 750: "X", **fields}.items():
        line[start - 1 : start - 1 + len(text)] = text
    assert len(line) == 750
    return "".join(line)


def pershing_gcus(accounts: list[Account], mode: str = "REFRESHED", account_type: str = "1") -> str:
    day = AS_OF.strftime(US)
    rows, sequence = (
        [f"BOF      PERSHING GLOBAL CUST POS    DATA OF  {day} TO REMOTE ABCD BEGINS HERE  {day} 04:12:33            {mode}"],
        0,
    )
    for account in accounts:
        for holding in account.holdings:
            rows.append(
                record(
                    {
                        4: f"{(sequence := sequence + 1):08d}",
                        12: account.ref,
                        21: account_type,
                        22: holding.cusip,
                        55: "USD",
                        74: implied(holding.quantity, 18, 5),
                        93: implied(holding.quantity, 18, 5),
                        283: implied(Decimal(0), 18, 5),
                        435: f"{holding.symbol:9s}",
                        665: implied(holding.value, 18, 3),
                    },
                    "GCA",
                )
            )
            rows.append(record({4: f"{(sequence := sequence + 1):08d}"}, "GCB"))
        rows.append(
            record(
                {
                    4: f"{(sequence := sequence + 1):08d}",
                    12: account.ref,
                    21: "1",
                    22: "USD999997",
                    54: "C",
                    55: "USD",
                    74: implied(account.cash, 18, 5),
                    93: implied(account.settled_cash, 18, 5),
                    283: implied(Decimal(0), 18, 5),
                    665: implied(account.cash, 18, 3),
                },
                "GCA",
            )
        )
    rows.append(f"EOF      PERSHING GLOBAL CUST POS    DATA OF  {day} TO REMOTE ABCD ENDS HERE    TOTAL DETAIL RECORDS: {sequence:010d}")
    return "\n".join(rows) + "\n"
