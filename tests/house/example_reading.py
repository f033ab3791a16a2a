"""Reads the example's extracts without the project's own reader, so that the two can be compared: quick, strict, and
only for the layouts that the example uses."""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree

FIRM = Path(__file__).resolve().parents[2] / "examples" / "maple_wealth"
DAY = FIRM / "extracts" / "2026-11-20"
MISSING = {"--", "Incomplete", "N/A", ""}


@dataclass
class Held:
    """What a custodian says of one account."""

    shares: dict[str, Decimal] = field(default_factory=dict)
    values: dict[str, Decimal] = field(default_factory=dict)
    lots: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    cash: Decimal = Decimal(0)


def number(cell: str) -> Decimal | None:
    return None if cell in MISSING else Decimal(re.sub(r"[$,%+]", "", cell))


def amount(cell: str) -> Decimal:
    value = number(cell)
    assert value is not None, cell
    return value


def rows_of(path: Path) -> list[list[str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return [row for row in csv.reader(file) if row]


def table_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def reference(name: str) -> list[dict[str, str]]:
    return table_of(FIRM / "reference" / f"{name}.csv")


def schwab_positions() -> Iterator[tuple[str, list[dict[str, str]], dict[str, str]]]:
    """(account, rows, total row) of every positions file."""
    for path in sorted((DAY / "schwab").glob("*-Positions-*.csv")):
        title, header, *rows = rows_of(path)
        match = re.fullmatch(r"Positions for account .+ (\.\.\.\d{3}) as of \d\d:\d\d PM ET, 2026/11/20", title[0])
        assert match and header[-1] == ""
        told = [dict(zip(header, row, strict=True)) for row in rows]
        assert told[-1]["Symbol"] == "Positions Total"
        yield match[1], told[:-1], told[-1]


def schwab_lots() -> Iterator[tuple[str, str, list[dict[str, str]], dict[str, str]]]:
    """(account, symbol, lots, total row) of every lot-details file."""
    for path in sorted((DAY / "schwab").glob("*-Lot-Details-*.csv")):
        title, header, *rows = rows_of(path)
        match = re.fullmatch(r"(\w+) Lot Details for (\.\.\.\d{3}) as of \d\d:\d\d PM ET, 2026/11/20", title[0])
        assert match
        told = [dict(zip(header, row, strict=True)) for row in rows]
        assert told[-1]["Open Date"] == "Total"
        yield match[2], match[1], told[:-1], told[-1]


def flex() -> ElementTree.Element:
    return ElementTree.parse(next((DAY / "ibkr").glob("*.xml"))).getroot()


def gcus() -> list[str]:
    text = next((DAY / "pershing").glob("GCUS_*.txt")).read_text(encoding="ascii")
    assert text.endswith("\n")
    return text.splitlines()


def column(line: str, first: int, last: int) -> str:
    """A field by its 1-based, inclusive columns, as the vendor prints them."""
    return line[first - 1 : last].strip()


def signed(line: str, first: int, last: int, decimals: int) -> Decimal:
    """A number with implied decimals, and its sign in the byte behind."""
    digits = Decimal(column(line, first, last)).scaleb(-decimals)
    return -digits if line[last] == "-" else digits


def holdings() -> dict[tuple[str, str], Held]:
    """Everything delivered, by (custodian, reference)."""
    held: dict[tuple[str, str], Held] = defaultdict(Held)
    _read_schwab(held)
    _read_flex(held)
    _read_gcus(held)
    for custodian in ("pershing", "juniper", "larkspur"):
        _read_generic(custodian, held)
    return dict(held)


def _read_schwab(held: dict[tuple[str, str], Held]) -> None:
    for account, rows, _ in schwab_positions():
        one = held["schwab", account]
        for row in rows:
            if row["Symbol"] == "Cash & Cash Investments":
                one.cash = amount(row["Mkt Val (Market Value)"])
            else:
                one.shares[row["Symbol"]] = amount(row["Qty (Quantity)"])
                one.values[row["Symbol"]] = amount(row["Mkt Val (Market Value)"])
    for account, symbol, lots, _ in schwab_lots():
        for lot in lots:
            held["schwab", account].lots[symbol] += amount(lot["Quantity"])


def _read_flex(held: dict[tuple[str, str], Held]) -> None:
    for row in flex().iter("OpenPosition"):
        one = held["ibkr", row.attrib["accountId"]]
        if row.attrib["levelOfDetail"] == "LOT":
            one.lots[row.attrib["symbol"]] += Decimal(row.attrib["position"])
        else:
            one.shares[row.attrib["symbol"]] = Decimal(row.attrib["position"])
            one.values[row.attrib["symbol"]] = Decimal(row.attrib["positionValue"])
    for row in flex().iter("CashReportCurrency"):
        if row.attrib["currency"] == "USD":
            held["ibkr", row.attrib["accountId"]].cash = Decimal(row.attrib["endingCash"])


def _read_gcus(held: dict[tuple[str, str], Held]) -> None:
    for line in gcus():
        if line.startswith("GCA"):
            one = held["pershing", column(line, 12, 20)]
            if column(line, 54, 54) == "C":
                one.cash = signed(line, 74, 91, 5)
            else:
                one.shares[column(line, 435, 443)] = signed(line, 74, 91, 5)
                one.values[column(line, 435, 443)] = signed(line, 665, 682, 3)


def _read_generic(custodian: str, held: dict[tuple[str, str], Held]) -> None:
    for row in table_of(DAY / custodian / "lots.csv"):
        held[custodian, row["account"]].lots[row["symbol"]] += Decimal(row["quantity"])
    if (DAY / custodian / "positions.csv").exists():
        for row in table_of(DAY / custodian / "positions.csv"):
            held[custodian, row["account"]].shares[row["symbol"]] = Decimal(row["quantity"])
            held[custodian, row["account"]].values[row["symbol"]] = Decimal(row["market_value"])
        for row in table_of(DAY / custodian / "cash.csv"):
            held[custodian, row["account"]].cash = Decimal(row["settled_cash"]) + Decimal(row["unsettled_cash"])
