"""From the text of one cell to exact, cleaned text: decimals, dates, codes, missing values. Nothing is guessed.

A reader is a function from the cell's text to the clean text, or None where the cell says "missing"; it raises
ValueError with the reason where the cell says something that cannot be read.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import TypeAlias

from flows.custodians import dates
from flows.custodians.profile import Classify, Column, Profile

Reader: TypeAlias = Callable[[str], str | None]

LONGEST_NUMBER = 40
MOST_REMEMBERED = 100_000
_PLAIN = re.compile(r"-?(?:0|[1-9]\d{0,17})(?:\.\d{1,18})?", re.ASCII)
_USUAL = re.compile(r"-?\$?(?:0|[1-9]\d{0,2}(?:,\d{3})+|[1-9]\d{0,17})(?:\.\d{1,18})?", re.ASCII)
_US = re.compile(
    r"(?P<open>\()?(?P<a>[+-])?\$?(?P<b>[+-])?(?P<whole>\d{1,3}(?:,\d{3})+|\d*)(?:\.(?P<part>\d*))?(?P<c>[+-])?(?P<close>\))?", re.ASCII
)
_POINT = re.compile(r"(?P<open>\()?(?P<a>[+-])?(?P<b>)(?P<whole>\d*)(?:\.(?P<part>\d*))?(?P<c>)(?P<close>\))?", re.ASCII)


def us_decimal(text: str) -> str:
    """Plain decimal text of a number with $ , + - ( ) as US custodians write it; ValueError else."""
    if _PLAIN.fullmatch(text):
        return text
    if _USUAL.fullmatch(text):
        return text.replace("$", "").replace(",", "")
    return _assemble(text, _US)


def plain_decimal(text: str) -> str:
    """Plain decimal text of digits and a point, with a leading sign or in parentheses; ValueError else."""
    return text if _PLAIN.fullmatch(text) else _assemble(text, _POINT)


def _assemble(text: str, grammar: re.Pattern[str]) -> str:
    match = grammar.fullmatch(text) if len(text) <= LONGEST_NUMBER else None
    if match is None or not (match["whole"] or match["part"]):
        raise ValueError(f"not a number: {text[:LONGEST_NUMBER]!r}")
    signs = (match["a"] or "") + (match["b"] or "") + (match["c"] or "")
    wrapped = bool(match["open"])
    # Two signs would have to be interpreted, and nothing here interprets.
    if wrapped != bool(match["close"]) or len(signs) + wrapped > 1:
        raise ValueError(f"not a number: {text!r}")
    whole = match["whole"].replace(",", "").lstrip("0") or "0"
    part = match["part"]
    return ("-" if wrapped or signs == "-" else "") + whole + (f".{part}" if part else "")


def plain_text(number: Decimal) -> str:
    """A Decimal as plain text, without exponent."""
    return format(number, "f")


def scaled(digits: str, places: int) -> str:
    """Text of an unsigned integer with `places` implied decimals, e.g. 000012345 with 2 → 123.45."""
    if not (digits.isascii() and digits.isdigit()):
        raise ValueError(f"not {len(digits)} digits: {digits!r}")
    return f"{digits[:-places].lstrip('0') or '0'}.{digits[-places:]}"


def text_reader(column: Column, profile: Profile) -> Reader:
    """The reader of one column without its relations to others (sign, product, difference)."""
    nulls = frozenset(profile.missing) | frozenset(column.missing)
    steps: list[Callable[[str], str]] = []
    if column.remove is not None:
        steps.append(_removing(re.compile(column.remove)))
    if column.regex is not None:
        steps.append(_extracting(re.compile(column.regex)))
    steps += _meaning(column, profile)
    if column.read_as == "date":
        # A book has few days and many rows: every spelling is read once.
        return _remembering(_all_steps(nulls, steps))
    if not steps:
        return _as_written(nulls)
    read = _one_step(nulls, steps[0]) if len(steps) == 1 else _all_steps(nulls, steps)
    if column.read_as in {"decimal", "is_negative"} and len(steps) == 1 + column.absolute + column.negate + (
        column.read_as == "is_negative"
    ):
        return _numbers_first(read, column, nulls)
    return read


def _all_steps(nulls: frozenset[str], steps: list[Callable[[str], str]]) -> Reader:
    def read(text: str) -> str | None:
        text = text.strip()
        if text in nulls:
            return None
        for step in steps:
            text = step(text).strip()
            if text in nulls:
                return None
        return text

    return read


def _as_written(nulls: frozenset[str]) -> Reader:
    def read(text: str) -> str | None:
        text = text.strip()
        return None if text in nulls else text

    return read


def _numbers_first(read: Reader, column: Column, nulls: frozenset[str]) -> Reader:
    """The same reader, asked only where the cell is not a plain number already: most cells are, and they need no thought."""
    if column.scale or column.negate or any(map(_PLAIN.fullmatch, nulls)):
        return read
    plain = _PLAIN.fullmatch
    if column.read_as == "is_negative":
        return lambda text: "false" if plain(text) and text[0] != "-" else read(text)
    if column.absolute:
        return lambda text: text if plain(text) and text[0] != "-" else read(text)
    return lambda text: text if plain(text) else read(text)


def _remembering(read: Reader) -> Reader:
    known: dict[str, str | None] = {}

    def look_up(text: str) -> str | None:
        try:
            return known[text]
        except KeyError:
            meaning = read(text)
            if len(known) < MOST_REMEMBERED:
                known[text] = meaning
            return meaning

    return look_up


def _one_step(nulls: frozenset[str], step: Callable[[str], str]) -> Reader:
    def read(text: str) -> str | None:
        text = text.strip()
        return None if text in nulls else step(text)

    return read


def _meaning(column: Column, profile: Profile) -> list[Callable[[str], str]]:
    if column.map is not None:
        return [_mapping(column.map, column.map_strict)]
    if column.read_as == "date":
        return [dates.reader(profile.dates)]
    if column.read_as in {"decimal", "is_negative"}:
        decimal = us_decimal if profile.numbers == "us" else plain_decimal
        number = (lambda text: scaled(text, column.scale)) if column.scale else decimal
        steps: list[Callable[[str], str]] = [number]
        if column.absolute:
            steps.append(lambda text: text.removeprefix("-"))
        if column.negate:
            steps.append(negated)
        if column.read_as == "is_negative":
            steps.append(lambda text: "true" if text.startswith("-") and text.strip("-0.") else "false")
        return steps
    return [_prefixing(column.prefix)] if column.prefix else []


def negated(text: str) -> str:
    """The number with the other sign; zero stays zero."""
    if not text.strip("-0."):
        return text.removeprefix("-")
    return text[1:] if text.startswith("-") else f"-{text}"


def _removing(pattern: re.Pattern[str]) -> Callable[[str], str]:
    return lambda text: pattern.sub("", text)


def _extracting(pattern: re.Pattern[str]) -> Callable[[str], str]:
    def extract(text: str) -> str:
        match = pattern.search(text)
        if match is None:
            raise ValueError(f"not of the form {pattern.pattern}: {text!r}")
        return str(match.group(1))

    return extract


def _prefixing(prefix: str) -> Callable[[str], str]:
    return lambda text: prefix + text


def _mapping(table: dict[str, str], strict: bool) -> Callable[[str], str]:
    def look_up(text: str) -> str:
        meaning = table.get(text)
        if meaning is None:
            if strict:
                raise ValueError(f"unknown code: {text!r}")
            return text
        return meaning

    return look_up


def classifier(rules: Classify) -> Callable[[str], str]:
    """A function from free text to its meaning (perhaps `a/b`, for the sign to decide), remembered per text."""
    table = [(re.compile(pattern), meaning) for pattern, meaning in rules.table]
    known: dict[str, str] = {}

    def classify(text: str) -> str:
        meaning = known.get(text)
        if meaning is None:
            meaning = next((meaning for pattern, meaning in table if pattern.search(text)), rules.otherwise)
            if meaning is None:
                raise ValueError(f"unknown action: {text!r}")
            if len(known) < MOST_REMEMBERED:
                known[text] = meaning
        return meaning

    return classify
