"""From a parser's events to plain values with their places, without recursion; and the trouble met on the way."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any

import yaml

from validation.places import Spot

MOST_DEPTH = 40
MOST_DIGITS = 40

LINE_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_INTEGER = re.compile(r"[-+]?[0-9](_?[0-9])*", re.ASCII)
_DECIMAL = re.compile(r"[-+]?(\.[0-9]+|[0-9](_?[0-9])*(\.[0-9]*)?)([eE][-+]?[0-9]+)?", re.ASCII)
_BASED = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+", re.ASCII)
_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)", re.ASCII)
_ODD = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What may not stand in YAML at all (chapter 5.1)."""
_WORDS: dict[str, bool | None] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip


class Trouble(Exception):
    """Reading stops here: a finding's code, message, help, and 0-based line and column."""

    def __init__(self, code: str, message: str, fix: str, line: int, column: int, width: int = 1) -> None:
        super().__init__(message)
        self.code, self.message, self.fix = code, message, fix
        self.line, self.column, self.width = line, column, width


def events(text: str) -> Iterator[Any]:
    """The parser's events; libyaml's where it is installed with PyYAML, else from the same grammar in Python."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        yield from yaml.parse(text, Loader=loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line, mark.column) if mark else (0, 0)
        raise _syntax_trouble(text, str(error.problem or error.context or "not readable"), line, column) from None
    except (yaml.YAMLError, UnicodeError) as error:
        line = _line_of_odd_character(text, error)
        raise Trouble("bad-yaml", "a character stands here that YAML does not allow", "remove it", line, 0) from None


def _line_of_odd_character(text: str, error: Exception) -> int:
    """Where libyaml stumbled; it counts bytes, so the character is looked for in the text itself."""
    odd = _ODD.search(text)
    position = odd.start() if odd else getattr(error, "start", 0)
    return len(LINE_BREAK.findall(text[:position]))


def _syntax_trouble(text: str, problem: str, line: int, column: int) -> Trouble:
    lines = LINE_BREAK.split(text)
    at = min(line, len(lines) - 1)
    for number in (at, at - 1):
        shown = lines[number] if 0 <= number < len(lines) else ""
        indent = shown[: len(shown) - len(shown.lstrip())]
        if "\t" in indent:
            return Trouble("tab-indent", "a tab stands where YAML wants blanks", "indent with blanks", number, indent.index("\t"))
    if "\t" in lines[at][column : column + 1]:
        return Trouble("tab-indent", "a tab stands where YAML wants blanks", "indent with blanks", at, column)
    return Trouble(
        "bad-yaml",
        f"the file is not YAML from here on: {problem}",
        _HINTS.get(problem, "check indentation, colons and quotes above"),
        line,
        column,
    )


_HINTS = {
    "mapping values are not allowed in this context": "a text that holds `: ` stands in quotes; a key starts its own line",
    "did not find expected key": "check the indentation of this line and the quotes above",
    "could not find expected ':'": "a key ends in a colon and a blank",
    "found unexpected end of stream": "a quote is not closed",
    "did not find expected ',' or ']'": "a list in brackets is not closed",
    "did not find expected ',' or '}'": "a group in braces is not closed",
}


class Builder:
    """Builds the value and its spots from events, without recursion."""

    def __init__(self) -> None:
        self.troubles: list[Trouble] = []

    def build(self, events: Iterator[Any]) -> tuple[Any, Spot]:
        """The one document's value; an empty file is None."""
        documents: list[tuple[Any, Spot]] = []
        for event in events:
            name = type(event).__name__
            if name == "DocumentStartEvent" and documents:
                mark = event.start_mark
                raise Trouble(
                    "several-documents", "a second document starts here", "one file holds one document", mark.line, mark.column, 3
                )
            if name in {"ScalarEvent", "SequenceStartEvent", "MappingStartEvent", "AliasEvent"}:
                documents.append(self._node(event, name, events))
        return documents[0] if documents else (None, Spot(0, 0, 1, -1, 0, 0))

    def _node(self, event: Any, name: str, events: Iterator[Any]) -> tuple[Any, Spot]:
        """A value with all its parts. `stack` holds the open collections, `key` the key that waits for its value."""
        self._refuse(event, name)
        if name == "ScalarEvent":
            return self._scalar(event), _spot_of(event, None)
        stack: list[_Open] = [_Open(event, name == "MappingStartEvent", None)]
        for event in events:
            name, top = type(event).__name__, stack[-1]
            if name in {"MappingEndEvent", "SequenceEndEvent"}:
                value, spot = top.close(event)
                stack.pop()
                if not stack:
                    return value, spot
                stack[-1].add(value, spot)
                continue
            self._refuse(event, name)
            if top.is_mapping and top.key is None:
                self._take_key(top, event, name)
            elif name == "ScalarEvent":
                top.add(self._scalar(event), _spot_of(event, top.key))
            else:
                if len(stack) >= MOST_DEPTH:
                    mark = event.start_mark
                    raise Trouble(
                        "nested-too-deep",
                        f"more than {MOST_DEPTH} levels stand inside each other",
                        "write it flatter",
                        mark.line,
                        mark.column,
                    )
                stack.append(_Open(event, name == "MappingStartEvent", top.key))
        raise AssertionError("the parser closes what it opens")

    def _take_key(self, top: _Open, event: Any, name: str) -> None:
        mark = event.start_mark
        if name != "ScalarEvent":
            raise Trouble("complex-key", "a key must be a word", "write the name, then a colon", mark.line, mark.column)
        if event.value == "<<" and not event.style:
            raise Trouble(
                "alias-not-allowed", "`<<` merges another part of the file", "write the fields out here", mark.line, mark.column, 2
            )
        if event.value in top.spots:
            first = top.spots[event.value]
            message = f"the key `{_short(event.value)}` stands twice; first on line {first.key_line + 1}"
            self.troubles.append(Trouble("duplicate-key", message, "keep one of the two", mark.line, mark.column, _width(event)))
        top.key = event

    def _refuse(self, event: Any, name: str) -> None:
        mark = event.start_mark
        if name == "AliasEvent" or event.anchor is not None:
            what = "alias" if name == "AliasEvent" else "anchor"
            raise Trouble(
                "alias-not-allowed",
                f"the {what} `{_short(event.anchor)}` stands for another part of the file",
                "write the part out here",
                mark.line,
                mark.column,
                len(event.anchor) + 1,
            )
        if event.tag not in (None, "!") or (event.tag == "!" and name != "ScalarEvent"):
            message = f"the tag `{_short(event.tag)}` asks for a type by name"
            raise Trouble("tag-not-allowed", message, "leave the tag out; quotes make a text, digits a number", mark.line, mark.column)

    def _scalar(self, event: Any) -> Any:
        text = event.value
        if event.style or event.tag == "!":
            return text
        if text in _WORDS:
            return _WORDS[text]
        first = text[0]
        if not (first.isascii() and (first.isdigit() or first in "+-.")):
            return text
        return self._number(text, event)

    def _number(self, text: str, event: Any) -> Any:
        """The number that a plain scalar stands for, or its text where it is none."""
        if _NOT_FINITE.fullmatch(text):
            self._note(
                event, "not-finite", f"`{text}` is not a number one can calculate with", "write a finite number, or leave the field out"
            )
            return None
        if not (_DECIMAL.fullmatch(text) or _BASED.fullmatch(text)):
            return text
        if len(text) > MOST_DIGITS:
            self._note(
                event,
                "number-too-long",
                f"the number has {len(text)} characters",
                "write fewer digits; a name made of digits stands in quotes",
            )
            return None
        if _INTEGER.fullmatch(text):
            return int(text)
        if _BASED.fullmatch(text):
            return int(text, 0)
        try:
            number = Decimal(text)
        except InvalidOperation:
            number = Decimal("NaN")
        if not number.is_finite() or (number and abs(number.adjusted()) > MOST_DIGITS):
            self._note(event, "number-too-long", f"`{text}` is beyond any amount", "write the amount in plain digits")
            return None
        return number

    def _note(self, event: Any, code: str, message: str, fix: str) -> None:
        self.troubles.append(Trouble(code, message, fix, event.start_mark.line, event.start_mark.column, _width(event)))


class _Open:
    """A collection whose end has not been read yet."""

    __slots__ = ("event", "is_mapping", "items", "key", "own_key", "spots", "values")

    def __init__(self, event: Any, is_mapping: bool, own_key: Any) -> None:
        self.event, self.is_mapping, self.own_key = event, is_mapping, own_key
        self.key: Any = None
        self.values: dict[str, Any] = {}
        self.items: list[Any] = []
        self.spots: Any = {} if is_mapping else []

    def add(self, value: Any, spot: Spot) -> None:
        if self.is_mapping:
            self.values[self.key.value], self.spots[self.key.value] = value, spot
            self.key = None
        else:
            self.items.append(value)
            self.spots.append(spot)

    def close(self, end: Any) -> tuple[Any, Spot]:
        start, stop = self.event.start_mark, end.end_mark
        width = stop.column - start.column if self.event.flow_style and start.line == stop.line else 0
        if not width and self.is_mapping and self.spots:
            # A block ends where the next one begins; what a caret can show of it is its first key.
            width = next(iter(self.spots.values())).key_width
        key = self.own_key
        spot = Spot(start.line, start.column, max(width, 1), *_key_spot(key), parts=self.spots)
        return (self.values if self.is_mapping else self.items), spot


def _key_spot(key: Any) -> tuple[int, int, int]:
    return (-1, 0, 0) if key is None else (key.start_mark.line, key.start_mark.column, _width(key))


def _spot_of(event: Any, key: Any) -> Spot:
    mark = event.start_mark
    return Spot(mark.line, mark.column, _width(event), *_key_spot(key))


def _width(event: Any) -> int:
    start, end = event.start_mark, event.end_mark
    return max(end.column - start.column, 1) if start.line == end.line else 1


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:37]}..."
