"""OFX 1 (SGML, leaves without end tags) and OFX 2 (XML). Nothing here is copied from a real file."""

from __future__ import annotations

import re

from tests.flows.custodians.book import AS_OF, Account, Holding

HEADER = (
    "OFXHEADER:100\nDATA:OFXSGML\nVERSION:102\nSECURITY:NONE\nENCODING:USASCII\nCHARSET:1252\nCOMPRESSION:NONE\n"
    "OLDFILEUID:NONE\nNEWFILEUID:NONE\n\n"
)
XML_HEADER = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<?OFX OFXHEADER="200" VERSION="211" SECURITY="NONE" OLDFILEUID="NONE" NEWFILEUID="NONE"?>\n'
)


def statement(account: Account, version: int) -> str:
    """One investment statement; version 1 leaves the end tags of leaves away, version 2 is well-formed."""
    day = AS_OF.strftime("%Y%m%d120000.000[-5:EST]")
    cusips = {holding.symbol: holding.cusip for holding in account.holdings}
    trades = ""
    for trade in account.trades:
        security = f"<SECID><UNIQUEID>{cusips[trade.symbol]}</UNIQUEID><UNIQUEIDTYPE>CUSIP</UNIQUEIDTYPE></SECID>"
        days = f"<DTTRADE>{trade.trade_date:%Y%m%d}</DTTRADE><DTSETTLE>{trade.settle_date:%Y%m%d}</DTSETTLE>"
        dates = f"<INVTRAN><FITID>{trade.symbol}1</FITID>{days}</INVTRAN>"
        inner, outer = ("INVBUY", "BUYSTOCK") if trade.action == "buy" else ("INVSELL", "SELLSTOCK")
        trades += (
            f"<{outer}><{inner}>{dates}{security}<UNITS>{trade.signed_quantity}</UNITS><UNITPRICE>{trade.price}</UNITPRICE><TOTAL>{trade.amount}</TOTAL>"
            f"<SUBACCTSEC>CASH</SUBACCTSEC></{inner}></{outer}>\n"
        )
    positions = "".join(map(_position, account.holdings))
    securities = "".join(
        f"<STOCKINFO><SECINFO><SECID><UNIQUEID>{h.cusip}</UNIQUEID><UNIQUEIDTYPE>CUSIP</UNIQUEIDTYPE></SECID><SECNAME>{h.description}</SECNAME><TICKER>{h.symbol}</TICKER></SECINFO></STOCKINFO>\n"
        for h in account.holdings
    )
    body = (
        f"<OFX>\n<INVSTMTMSGSRSV1><INVSTMTTRNRS><TRNUID>0</TRNUID><INVSTMTRS>\n<DTASOF>{day}</DTASOF><CURDEF>USD</CURDEF>\n<INVACCTFROM><BROKERID>example.org</BROKERID>"
        f"<ACCTID>{account.ref}</ACCTID></INVACCTFROM>\n<INVTRANLIST><DTSTART>20260101</DTSTART><DTEND>20260612</DTEND>\n{trades}</INVTRANLIST>\n<INVPOSLIST>\n{positions}</INVPOSLIST>\n"
        f"<INVBAL><AVAILCASH>+000000000{account.cash}</AVAILCASH><MARGINBALANCE>0</MARGINBALANCE><SHORTBALANCE>0</SHORTBALANCE></INVBAL>\n</INVSTMTRS></INVSTMTTRNRS></INVSTMTMSGSRSV1>\n"
        f"<SECLISTMSGSRSV1><SECLIST>\n{securities}</SECLIST></SECLISTMSGSRSV1>\n</OFX>\n"
    )
    if version == 2:
        return XML_HEADER + body
    return HEADER + re.sub(r">([^<>\n]+)</[A-Z0-9]+>", r">\1\n", body)


def _position(holding: Holding) -> str:
    return (
        f"<POSSTOCK><INVPOS><SECID><UNIQUEID>{holding.cusip}</UNIQUEID><UNIQUEIDTYPE>CUSIP</UNIQUEIDTYPE></SECID><HELDINACCT>CASH</HELDINACCT><POSTYPE>LONG</POSTYPE>"
        f"<UNITS>{holding.quantity}</UNITS><UNITPRICE>{holding.price}</UNITPRICE><MKTVAL>{holding.value}</MKTVAL><DTPRICEASOF>20260611</DTPRICEASOF></INVPOS></POSSTOCK>\n"
    )
