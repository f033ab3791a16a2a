"""What the custodians' layouts have in common: files as bytes, and numbers as people in the field print them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import TypeAlias

Files: TypeAlias = dict[str, bytes]
"""Bytes by path, relative to the folder of the firm."""


def plain(value: Decimal) -> str:
    """A decimal without exponent and without trailing zeros."""
    shown = format(value, "f")
    return shown.rstrip("0").rstrip(".") if "." in shown else shown


def grouped(value: Decimal) -> str:
    """A decimal with thousands commas, without trailing zeros: 1,347 and 201.6059."""
    shown = f"{value:,f}"
    return shown.rstrip("0").rstrip(".") if "." in shown else shown


def next_business_day(day: date) -> date:
    """The settlement day of a trade, one weekday later (holidays of the example's days play no part)."""
    return day + timedelta(days={4: 3, 5: 2}.get(day.weekday(), 1))


def dollars(amount: Decimal) -> str:
    """$1,234.50, and -$1,234.50 below zero."""
    return f"{'-' if amount < 0 else ''}${abs(amount):,.2f}"


def percent(part: Decimal, whole: Decimal, decimals: int = 2) -> str:
    """A ratio as 12.34%; N/A where the whole is nothing."""
    return f"{part / whole * 100:.{decimals}f}%" if whole else "N/A"


def quoted(rows: Iterable[Sequence[str]], newline: str, trailing_comma: bool = False) -> str:
    """Rows with every cell in quotes; an empty row is a blank line; the comma at the end makes a phantom column."""
    end = "," if trailing_comma else ""
    return "".join((",".join(f'"{cell}"' for cell in row) + end if row else "") + newline for row in rows)


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """A plain CSV file, UTF-8, quoted only where it must be."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue().encode()
