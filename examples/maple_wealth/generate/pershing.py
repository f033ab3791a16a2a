"""Pershing GCUS, global customer positions: 750 characters a record, implied decimals, sign bytes, a counted trailer.

The file has no lots. Accounts that are taxed get theirs from the generic lot template in the same folder.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from .book import AS_OF, Account
from .layout import Files
from .market import Market, Security

LENGTH = 750
DAY = AS_OF.strftime("%m/%d/%Y")
CASH_ACCOUNT = "1"
"""Account type: cash (margin would be 2, short 3)."""


def write(accounts: Sequence[Account], market: Market, folder: str) -> Files:
    """The day's refreshed GCUS file of all accounts."""
    records: list[str] = []
    for account in accounts:
        for held in account.positions:
            records += _pair(len(records), account, held.shares, held.shares, market.securities[held.symbol])
        records += _pair(len(records), account, account.settled + account.unsettled, account.settled, None)
    head = f"BOF      PERSHING {'GLOBAL CUST POS':<18} DATA OF  {DAY} TO REMOTE MAPL BEGINS HERE  {DAY} 21:14:05"
    foot = f"EOF      PERSHING {'GLOBAL CUST POS':<18} DATA OF  {DAY} TO REMOTE MAPL ENDS HERE. TOTAL DETAIL RECORDS: {len(records):010d}"
    lines = [f"{head}{'REFRESHED':>23}".ljust(LENGTH), *records, foot.ljust(LENGTH)]
    return {f"{folder}/GCUS_{AS_OF:%Y%m%d}.txt": "".join(f"{line}\n" for line in lines).encode("ascii")}


def _pair(written: int, account: Account, trade: Decimal, settle: Decimal, security: Security | None) -> list[str]:
    """A position's two records; cash is a security of its own, with the currency as CUSIP."""
    cusip, symbol, isin = ("USD999997", "", "") if security is None else (security.cusip, security.symbol, security.isin)
    price = Decimal(1) if security is None else security.price
    fields = {
        12: account.ref, 21: CASH_ACCOUNT, 22: f"{cusip:<9}", 54: "C" if security is None else "S", 55: "USD",
        74: _signed(trade, 5), 93: _signed(settle, 5), 283: _signed(Decimal(0), 5), 435: f"{symbol:<9}", 665: _signed(trade * price, 3),
        737: f"{isin:<12}",
    }  # fmt: skip
    second = {12: account.ref, 21: CASH_ACCOUNT, 22: f"{cusip:<9}"}
    return [_record("GCA", written + 1, fields), _record("GCB", written + 2, second)]


def _record(kind: str, sequence: int, fields: dict[int, str]) -> str:
    """A record with its fields at their 1-based columns, and the X that closes it."""
    line = list(f"{kind}{sequence:08d}".ljust(LENGTH))
    line[LENGTH - 1] = "X"
    for start, value in fields.items():
        line[start - 1 : start - 1 + len(value)] = value
    return "".join(line)


def _signed(amount: Decimal, decimals: int) -> str:
    """Eighteen digits without a point, and the byte that holds the sign."""
    digits = round(abs(amount).scaleb(decimals))
    return f"{digits:018d}" + ("-" if amount < 0 else "+")
