"""Pershing GCUS. Nothing here is copied from a real file."""

from __future__ import annotations

from decimal import Decimal

from tests.flows.custodians.book import AS_OF, Account
from tests.flows.custodians.layouts.words import US


def implied(amount: Decimal, width: int, places: int) -> str:
    return f"{int(abs(amount).scaleb(places)):0{width}d}" + ("-" if amount < 0 else "+")


def record(fields: dict[int, str], prefix: str) -> str:
    line = [" "] * 750
    for start, text in {1: prefix, 750: "X", **fields}.items():
        line[start - 1 : start - 1 + len(text)] = text
    assert len(line) == 750
    return "".join(line)


def gcus(accounts: list[Account], mode: str = "REFRESHED", account_type: str = "1") -> str:
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
