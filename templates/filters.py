"""Numbers, dates and account names as pages print them; every figure on every page passes through here.

Minus is U+2212 and stands before the dollar. An en dash is nothing or not applicable, `n/a` a figure that cannot
exist; neither is ever printed as zero. Percents that round to zero lose their sign.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from typing import TypeAlias
from urllib.parse import quote

Number: TypeAlias = Decimal | float | int

BOOK_PAGE = re.compile(r"index(-[0-9]+)?")
MINUS = "−"
NOTHING = "–"
NOT_AVAILABLE = "n/a"
MASK = "··"

MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December")
ALREADY_MASKED = re.compile(r"[*•·.…]{2}|[Xx]{3}")
TOLD_DOLLARS = re.compile(r"(?P<sign>[−-]?)\$(?P<amount>\d{1,3}(?:,\d{3})*(?:\.\d+)?|\d+(?:\.\d+)?)")
TOLD_DECIMALS = re.compile(r"(?<![\d.,$:/])\d+\.\d+(?=\s?(?:%|points?\b|pts\b|bp\b|years?\b))")
LONG_DIGITS = re.compile(r"(?<![\d.,$])\d{7,}(?![\d.])")


@dataclass(frozen=True, slots=True)
class NumberStyle:
    """How a firm's pages write numbers and dates; the files for programs never ask.

    decimal, thousands   the marks: `,` and `.` write 1.234,50
    dollar               the sign `before` or `after` the amount
    dates                month_day_year (November 20, 2026), day_month_year (20 November 2026), iso (2026-11-20)
    """

    decimal: str = "."
    thousands: str = ","
    dollar: str = "before"
    dates: str = "month_day_year"


HOUSE_STYLE = NumberStyle()
STYLE: ContextVar[NumberStyle] = ContextVar("style", default=HOUSE_STYLE)
"""The style of the page that is being made."""


@contextmanager
def writing(style: NumberStyle) -> Iterator[None]:
    """Write numbers and dates of the body in this style."""
    before = STYLE.set(style)
    try:
        yield
    finally:
        STYLE.reset(before)


def fixed(number: Number, places: int = 0) -> str:
    """The number with separators and so many decimals, ties to even, true minus; no minus on zero."""
    return _marked(_plain(number, places))


def _plain(number: Number, places: int) -> str:
    """The same with a comma for thousands and a point for decimals."""
    step = Decimal(1).scaleb(-places)
    rounded = Decimal(str(number)).quantize(step, rounding=ROUND_HALF_EVEN)
    text = f"{abs(rounded):,.{places}f}"
    return f"{MINUS}{text}" if rounded < 0 else text


def _marked(text: str) -> str:
    style = STYLE.get()
    return text.translate({ord(","): style.thousands, ord("."): style.decimal})


def dollars(text: str) -> str:
    """An amount that is written already, with its dollar sign; the minus stands before both."""
    sign, amount = (MINUS, text[1:]) if text.startswith(MINUS) else ("", text)
    return f"{sign}${amount}" if STYLE.get().dollar == "before" else f"{sign}{amount}\N{NO-BREAK SPACE}$"


def usd(amount: Number | None, missing: str = NOT_AVAILABLE) -> str:
    """Whole dollars: `$2,067`, `−$43`; `missing` where there is no figure."""
    return missing if amount is None else dollars(fixed(amount))


def restyled(text: str) -> str:
    """A sentence of another floor, which writes `$1,234.50` and `6.5 %`, with its numbers as this page writes them."""
    if STYLE.get() == HOUSE_STYLE:
        return text
    text = TOLD_DOLLARS.sub(lambda found: dollars(f"{found['sign']}{_marked(found['amount'])}"), text)
    return TOLD_DECIMALS.sub(lambda found: _marked(found[0]), text)


def usd_signed(amount: Number | None, missing: str = NOT_AVAILABLE, zero: str = NOTHING) -> str:
    """Whole dollars where the sign is the message: `+$1,113`, `−$1,106`; `zero` where it rounds to nothing."""
    text = usd(amount, missing)
    if amount is None or text.startswith(MINUS):
        return text
    return zero if fixed(amount) == "0" else f"+{text}"


def usd_change(amount: Number | None) -> str:
    """The same where zero is a figure like others: `$0`."""
    return usd_signed(amount, zero=usd(0))


def usd_some(amount: Number | None) -> str:
    """Whole dollars, an en dash for zero."""
    return NOTHING if amount is not None and fixed(amount) == "0" else usd(amount)


def thousands(amount: Number) -> str:
    """Thousands of dollars under a caption that says so: `594`; an en dash for nothing, `<1` for less than a half."""
    size = Decimal(str(amount))
    if abs(size) < 1:
        return NOTHING
    text = fixed(size / 1000)
    return "<1" if text == "0" else text


def percent(frac: Number | None, places: int = 1, missing: str = NOT_AVAILABLE) -> str:
    """A fraction as percent: 0.0954 is `9.5%`."""
    return missing if frac is None else f"{fixed(Decimal(str(frac)) * 100, places)}%"


def percent_plain(frac: Number) -> str:
    """As few decimals as the figure needs, at most two: `36%`, `4.8%`."""
    text = _plain(Decimal(str(frac)) * 100, 2).rstrip("0").rstrip(".")
    return f"{_marked(text)}%"


def points(frac: Number) -> str:
    """A distance between two percentages: `7.5 pts`."""
    return f"{fixed(Decimal(str(frac)) * 100, 1)} pts"


def score(value: Number | None) -> str:
    """A location score without decimals, or n/a."""
    return NOT_AVAILABLE if value is None else fixed(value)


def years(value: Number) -> str:
    """`less than a year`, `about 1 year`, `about 7 years`; more than fifty are not spelled out."""
    whole = int(Decimal(str(value)).quantize(Decimal(1), rounding=ROUND_HALF_EVEN))
    if value < Decimal("0.75"):
        return "less than a year"
    if whole > 50:
        return "more than 50 years"
    return f"about {whole} year" if whole == 1 else f"about {whole} years"


def shares(quantity: Number) -> str:
    """Shares as held: no trailing zeros, at most four decimals."""
    text = _plain(quantity, 4)
    return _marked(text.rstrip("0").rstrip(".") if "." in text else text)


def date_long(day: date) -> str:
    """In sentences: `November 20, 2026`."""
    return _dated(day, MONTHS[day.month - 1])


def _dated(day: date, month: str) -> str:
    style = STYLE.get().dates
    if style == "iso":
        return day.isoformat()
    return f"{day.day} {month} {day.year}" if style == "day_month_year" else f"{month} {day.day}, {day.year}"


def date_short(day: date | None) -> str:
    """In tables: `Nov 20, 2026`; an en dash where it is not known."""
    return NOTHING if day is None else _dated(day, MONTHS[day.month - 1][:3])


def masked(reference: str) -> str:
    """The last four letters or digits of an account's number behind two dots: `··4417`; never more than half of a number
    that the custodian writes out, and what remains of one that is masked already."""
    sign = "".join(each for each in reference if each.isalnum())
    tail = sign.lstrip("Xx")
    if len(tail) + 2 < len(reference.strip()) and ALREADY_MASKED.match(reference.strip()):
        return MASK + tail[-4:]
    return MASK + sign[-min(4, max(1, len(sign) // 2)) :] if sign else MASK


def scrubbed(text: str, secrets: Mapping[str, str]) -> str:
    """The text with every known account number masked (`secrets`: mask by number, longest first), and every other run of
    seven digits or more as well."""
    for secret, mask in secrets.items():
        if secret in text:
            text = text.replace(secret, mask)
    return LONG_DIGITS.sub(lambda run: masked(run.group()), text)


def file_name(household_id: str) -> str:
    """The identifier as a file name: everything outside [A-Za-z0-9_-] percent-encoded, byte by byte.

    A household called `index` or `index-2` must not take a page of the book: its first letter is encoded, too.
    """
    name = quote(household_id, safe="").replace(".", "%2E").replace("~", "%7E")
    return f"%69{name[1:]}" if BOOK_PAGE.fullmatch(name) else name


def unbroken(text: str) -> str:
    """A sentence whose minus signs stay on one line with their dollars (a word joiner between them)."""
    return text.replace(f"{MINUS}$", f"{MINUS}\u2060$")


def count(number: int, noun: str, plural: str = "") -> str:
    """`1 trade`, `12 trades`, `no trades`."""
    if number == 0:
        return f"no {plural or noun + 's'}"
    return f"{fixed(number)} {noun if number == 1 else plural or noun + 's'}"


def listed(words: list[str], last: str = "and") -> str:
    """`a`, `a and b`, `a, b and c`."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def sentence(text: str) -> str:
    """With a capital and a full stop."""
    text = text.strip()
    if not text:
        return ""
    first = text.split(maxsplit=1)[0]
    if "_" not in first and "`" not in first:  # a rule's id or a code stays as it is spelled
        text = text[0].upper() + text[1:]
    return text if text[-1] in ".?!" else text + "."
