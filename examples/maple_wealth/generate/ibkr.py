"""Interactive Brokers, one Flex query in XML: summary rows and lot rows side by side, trades, closed lots, cash.

A lot's `originatingTransactionID` is the custodian's own lot id. A summary row and its lots say the same shares twice,
and so do the base summary and the dollar row of the cash report: a reader must not count both.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from decimal import Decimal
from xml.sax.saxutils import quoteattr

from .book import AS_OF, Account, Lot, Position, Sale, cents
from .layout import Files, next_business_day, plain
from .market import Market, Security

DAY = AS_OF.strftime("%Y%m%d")
GENERATED = f"{DAY};203011"


def write(accounts: Sequence[Account], market: Market, folder: str) -> Files:
    """The day's Flex report of all accounts."""
    lines = ['<FlexQueryResponse queryName="Maple_Daily" type="AF">', f'<FlexStatements count="{len(accounts)}">']
    for account in accounts:
        lines += _statement(account, market)
    lines += ["</FlexStatements>", "</FlexQueryResponse>", ""]
    return {f"{folder}/Maple_Daily_{DAY}.xml": "\n".join(lines).encode("utf-8")}


def transaction_id(account: Account, lot_id: str) -> str:
    """A stable number that stands for the custodian's transaction id of a lot."""
    return str(_number(f"{account.account_id}/{lot_id}") + 20_000_000_000)


def _number(name: str) -> int:
    return int(hashlib.sha256(name.encode()).hexdigest()[:8], 16)


def _element(name: str, attributes: Mapping[str, str]) -> str:
    return f"<{name} " + " ".join(f"{key}={quoteattr(value)}" for key, value in attributes.items()) + " />"


def _statement(account: Account, market: Market) -> list[str]:
    head = {"accountId": account.ref, "fromDate": f"{AS_OF.year}0101", "toDate": DAY, "period": "YearToDate", "whenGenerated": GENERATED}
    lines = [_element("FlexStatement", head).replace(" />", ">")]
    lines.append(_element("AccountInformation", {"accountId": account.ref, "acctAlias": account.label, "currency": "USD"}))
    lines.append("<OpenPositions>")
    for held in account.positions:
        security = market.securities[held.symbol]
        lines.append(_element("OpenPosition", _summary(account, held, security, _value(account, market))))
        lines += [_element("OpenPosition", _lot(account, lot, security)) for lot in held.lots]
    lines += ["</OpenPositions>", "<Trades>"]
    for lot in (lot for held in account.positions for lot in held.lots):
        if lot.acquired is not None and lot.acquired.year == AS_OF.year and lot.basis is not None:
            lines.append(_element("Trade", _trade(account, lot, market.securities[lot.symbol])))
    for sale in account.sales:
        lines.append(_element("Trade", _sell(account, sale, market.securities[sale.symbol])))
        lines.append(_element("Lot", _closed(account, sale, market.securities[sale.symbol])))
    lines += ["</Trades>", "<CashReport>"]
    lines += [_element("CashReportCurrency", _cash(account, currency)) for currency in ("BASE_SUMMARY", "USD")]
    return [*lines, "</CashReport>", "</FlexStatement>"]


def _value(account: Account, market: Market) -> Decimal:
    held = sum((position.shares * market.price(position.symbol) for position in account.positions), Decimal(0))
    return held + account.settled + account.unsettled


def _named(account: Account, security: Security) -> dict[str, str]:
    return {
        "accountId": account.ref, "acctAlias": account.label, "model": "", "currency": "USD", "fxRateToBase": "1", "assetCategory": "STK",
        "subCategory": {"etf": "ETF", "stock": "COMMON", "mutual_fund": "FUND"}[security.security_type], "symbol": security.symbol,
        "description": security.name.upper(), "conid": str(_number(security.symbol) % 700_000_000),
        "securityID": security.isin, "securityIDType": "ISIN" if security.isin else "", "cusip": security.cusip, "isin": security.isin,
        "listingExchange": security.exchange, "multiplier": "1",
    }  # fmt: skip


def _summary(account: Account, held: Position, security: Security, value: Decimal) -> dict[str, str]:
    basis = sum((lot.basis for lot in held.lots if lot.basis is not None), Decimal(0))
    worth = held.shares * security.price
    unit = format((basis / held.shares).quantize(Decimal("0.000000001")), "f")
    return {
        **_named(account, security), "reportDate": DAY, "position": plain(held.shares), "markPrice": plain(security.price),
        "positionValue": plain(worth), "openPrice": unit, "costBasisPrice": unit, "costBasisMoney": plain(basis),
        "percentOfNAV": f"{worth / value * 100:.2f}", "fifoPnlUnrealized": plain(worth - basis), "side": "Long", "levelOfDetail": "SUMMARY",
        "openDateTime": "", "holdingPeriodDateTime": "", "vestingDate": "", "code": "", "originatingOrderID": "",
        "originatingTransactionID": "", "accruedInt": "",
    }  # fmt: skip


def _lot(account: Account, lot: Lot, security: Security) -> dict[str, str]:
    opened = f"{lot.acquired:%Y%m%d};103200" if lot.acquired else ""
    held_from = f"{lot.holding_from:%Y%m%d};103200" if lot.holding_from else opened
    basis = lot.basis or Decimal(0)
    unit = format((basis / lot.shares).quantize(Decimal("0.000000001")), "f")
    worth = lot.shares * security.price
    code = ";".join(filter(None, ("LD" if lot.wash_disallowed else "", "LT" if lot.is_long_term(AS_OF) else "ST")))
    number = transaction_id(account, lot.lot_id)
    return {
        **_named(account, security), "reportDate": DAY, "position": plain(lot.shares), "markPrice": plain(security.price),
        "positionValue": plain(worth), "openPrice": unit, "costBasisPrice": unit, "costBasisMoney": plain(basis), "percentOfNAV": "",
        "fifoPnlUnrealized": plain(worth - basis), "side": "Long", "levelOfDetail": "LOT", "openDateTime": opened,
        "holdingPeriodDateTime": held_from, "vestingDate": "", "code": code, "originatingOrderID": number[2:],
        "originatingTransactionID": number, "accruedInt": "",
    }  # fmt: skip


def _trade(account: Account, lot: Lot, security: Security) -> dict[str, str]:
    assert lot.basis is not None and lot.acquired is not None
    paid = lot.basis - lot.wash_disallowed
    number = transaction_id(account, lot.lot_id)
    return {
        **_named(account, security), "tradeID": number[3:], "transactionID": number, "reportDate": f"{lot.acquired:%Y%m%d}",
        "tradeDate": f"{lot.acquired:%Y%m%d}", "dateTime": f"{lot.acquired:%Y%m%d};103200",
        "settleDateTarget": f"{next_business_day(lot.acquired):%Y%m%d}",
        "transactionType": "ExchTrade", "quantity": plain(lot.shares), "tradePrice": plain((paid / lot.shares).quantize(Decimal("0.0001"))),
        "tradeMoney": plain(paid), "proceeds": plain(-paid), "ibCommission": "0", "netCash": plain(-paid), "cost": plain(paid),
        "fifoPnlRealized": "0", "buySell": "BUY", "openCloseIndicator": "O", "notes": "R" if lot.action == "reinvest" else "",
        "levelOfDetail": "EXECUTION",
    }  # fmt: skip


def _sell(account: Account, sale: Sale, security: Security) -> dict[str, str]:
    number = transaction_id(account, f"{sale.lot_id}/sold")
    return {
        **_named(account, security), "tradeID": number[3:], "transactionID": number, "reportDate": f"{sale.sold:%Y%m%d}",
        "tradeDate": f"{sale.sold:%Y%m%d}", "dateTime": f"{sale.sold:%Y%m%d};111500", 
        "settleDateTarget": f"{next_business_day(sale.sold):%Y%m%d}", "transactionType": "ExchTrade",
        "quantity": plain(-sale.shares), "tradePrice": plain((sale.proceeds / sale.shares).quantize(Decimal("0.0001"))),
        "tradeMoney": plain(-sale.proceeds), "proceeds": plain(sale.proceeds), "ibCommission": "0", "netCash": plain(sale.proceeds),
        "cost": plain(-sale.basis), "fifoPnlRealized": plain(sale.proceeds - sale.basis), "buySell": "SELL", "openCloseIndicator": "C",
        "notes": "", "levelOfDetail": "EXECUTION",
    }  # fmt: skip


def _closed(account: Account, sale: Sale, security: Security) -> dict[str, str]:
    return {
        **_named(account, security), "reportDate": f"{sale.sold:%Y%m%d}", "tradeDate": f"{sale.sold:%Y%m%d}",
        "dateTime": f"{sale.sold:%Y%m%d};111500", "quantity": plain(sale.shares),
        "tradePrice": plain((sale.basis / sale.shares).quantize(Decimal("0.0001"))), "cost": plain(sale.basis),
        "fifoPnlRealized": plain(cents(sale.proceeds - sale.basis)), "buySell": "SELL", "openDateTime": f"{sale.acquired:%Y%m%d};103200",
        "holdingPeriodDateTime": f"{sale.acquired:%Y%m%d};103200", "levelOfDetail": "CLOSED_LOT",
    }  # fmt: skip


def _cash(account: Account, currency: str) -> dict[str, str]:
    total = account.settled + account.unsettled
    return {
        "accountId": account.ref, "acctAlias": account.label, "model": "", "currency": currency,
        "levelOfDetail": "BaseCurrency" if currency == "BASE_SUMMARY" else "Currency", "fromDate": f"{AS_OF.year}0101", "toDate": DAY,
        "endingCash": plain(total), "endingSettledCash": plain(account.settled),
    }  # fmt: skip
