"""How a value is written into a CSV cell: decimals as digits, dates as ISO, and nothing that a spreadsheet would execute.

Money has two decimals, shares no needless ones, fractions eight (a tenth of a cent on $100,000). An empty cell is "not available".
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from enum import Enum
from io import StringIO

from validation.units import cents

NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)\Z")
DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


def money(amount: Decimal | float | None) -> str:
    """Dollars and cents: 1234.50."""
    return "" if amount is None else _plain(cents(_exact(amount)))


def digits(amount: Decimal | float | None, places: int = 8) -> str:
    """A figure with a fixed number of decimals: 0.07000000."""
    return "" if amount is None else _plain(_exact(amount).quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_EVEN))


def shares(quantity: Decimal | None) -> str:
    """A quantity or price as exactly as it is known, without trailing zeros or exponent: 12.5, 1200."""
    return "" if quantity is None else _plain(quantity.normalize())


def _exact(amount: Decimal | float) -> Decimal:
    return amount if isinstance(amount, Decimal) else Decimal(repr(float(amount)))


def _plain(amount: Decimal) -> str:
    text = format(amount, "f")
    return text.removeprefix("-") if not amount else text


def text(value: object) -> str:
    """Any other value as one cell: dates ISO, enumerations by value, yes and no as true and false."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date):
        return value.isoformat()
    return str(value.value) if isinstance(value, Enum) else str(value)


def neutral(cell: str) -> str:
    """The cell, with a leading ' where a spreadsheet would take it for a formula. Numbers stay numbers."""
    return f"'{cell}" if cell.startswith(DANGEROUS) and not NUMBER.match(cell) else cell


def table(columns: Sequence[str], rows: Iterable[Mapping[str, str]]) -> str:
    """A CSV file's text: header, then a line per row, LF line ends. A column that a row does not name is empty."""
    page = StringIO()
    writer = csv.writer(page, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([neutral(row.get(column, "")) for column in columns])
    return page.getvalue()
