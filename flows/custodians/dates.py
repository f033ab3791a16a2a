"""Dates as custodians write them, by declared formats only; never the machine's locale, never a guess of the order."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date

MONTHS = {
    name: number
    for number, name in enumerate(("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), start=1)
}
EARLIEST, LATEST = 1900, 2199
_PARTS = {
    "YYYY": r"(?P<y>\d{4})",
    "YY": r"(?P<yy>\d\d)",
    "MM": r"(?P<m>\d\d)",
    "DD": r"(?P<d>\d\d)",
    "Mon": r"(?P<n>[A-Za-z]{3})",
    "M": r"(?P<m>\d\d?)",
    "D": r"(?P<d>\d\d?)",
}
_TOKEN = re.compile("YYYY|YY|Mon|MM|DD|M|D")


def pattern_of(fmt: str) -> re.Pattern[str]:
    """The regex of one format, e.g. `MM/DD/YYYY`; one or two digits where the format has `M` or `D`."""
    pieces, end = [], 0
    for token in _TOKEN.finditer(fmt):
        pieces += [re.escape(fmt[end : token.start()]), _PARTS[token.group()]]
        end = token.end()
    return re.compile("".join(pieces) + re.escape(fmt[end:]), re.ASCII)


def told_order(pair: tuple[str, str], text: str) -> str | None:
    """Which of two formats the dates in a text are written in: the only one that all of them fit; None where both or none do."""
    first, second = (pattern_of(fmt) for fmt in pair)
    spelled = re.compile(r"(?<![\d/])" + re.sub(r"\(\?P<\w+>(.*?)\)", r"\1", first.pattern) + r"(?![\d/])", re.ASCII)
    found = {match.group() for match in spelled.finditer(text)}
    fitting = [fmt for fmt, pattern in zip(pair, (first, second), strict=True) if found and all(_is_day(pattern, one) for one in found)]
    return fitting[0] if len(fitting) == 1 else None


def _is_day(pattern: re.Pattern[str], text: str) -> bool:
    try:
        _read(text, [pattern], ["?"])
    except ValueError:
        return False
    return True


def reader(formats: Sequence[str]) -> Callable[[str], str]:
    """A function from text to ISO date; raises ValueError with the reason where no format fits or no such day exists."""
    patterns = [pattern_of(fmt) for fmt in formats]
    return lambda text: _read(text, patterns, formats)


def _read(text: str, patterns: Sequence[re.Pattern[str]], formats: Sequence[str]) -> str:
    for pattern in patterns:
        match = pattern.fullmatch(text)
        if match is None:
            continue
        part = match.groupdict()
        month = MONTHS.get(part["n"].lower(), 0) if part.get("n") else int(part["m"])
        try:
            year = int(part["y"]) if part.get("y") else 2000 + int(part["yy"])
            day = date(year, month, int(part["d"]))
        except ValueError:
            raise ValueError(f"no such day: {text!r}") from None
        if not EARLIEST <= day.year <= LATEST:
            raise ValueError(f"year out of range: {text!r}")
        return day.isoformat()
    raise ValueError(f"not a date as {' or '.join(formats)}: {text!r}")
