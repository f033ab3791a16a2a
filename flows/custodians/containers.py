"""From a file to landed rows, one after the other: CSV records, fixed-width lines, XML elements.

One physical line is one CSV record: no custodian layout spreads a record over lines, and a quote that is never
closed must not swallow the rows after it.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from xml.parsers import expat

from flows.custodians.landing import CHUNK_BYTES, Landing
from flows.custodians.profile import Profile

MOST_NESTED = 64


NO_ATTRIBUTES: dict[str, str] = {}


class Row:
    """One landed row. Which fields are filled depends on the container. (A plain class: millions are made.)

    raw         the text as delivered (XML: empty; `text` writes the element)
    cells       CSV: the cells; fixed width: the line as the only cell
    attributes  XML: attribute → text; `ancestors` the enclosing elements, outermost first
    fault       why the row cannot be split into cells; empty where it can
    """

    __slots__ = ("ancestors", "attributes", "cells", "element", "fault", "line_no", "raw")

    def __init__(
        self,
        line_no: int,
        raw: str,
        cells: list[str],
        element: str = "",
        attributes: dict[str, str] = NO_ATTRIBUTES,
        ancestors: tuple[tuple[str, dict[str, str]], ...] = (),
        fault: str = "",
    ) -> None:
        self.line_no = line_no
        self.raw = raw
        self.cells = cells
        self.element = element
        self.attributes = attributes
        self.ancestors = ancestors
        self.fault = fault

    @property
    def text(self) -> str:
        """The row as people read it: the line, or the element with its attributes."""
        if not self.element:
            return self.raw
        return f"<{self.element}{''.join(f' {name}={text!r}' for name, text in self.attributes.items())}>"


class ForbiddenXml(Exception):
    """The XML declares a document type; such a file is not read (entities could expand or reach outside)."""


class BrokenXml(Exception):
    """The XML ends too early or is not well formed; carries the line."""

    def __init__(self, message: str, line_no: int) -> None:
        super().__init__(message)
        self.line_no = line_no


def rows_of(landing: Landing, profile: Profile) -> Iterator[Row]:
    """The landed rows in the order of the file, in fixed memory. XML may raise ForbiddenXml or BrokenXml at the end."""
    if profile.container == "xml":
        return _elements(landing)
    if profile.container == "ofx":
        from flows.custodians.ofx import aggregates

        return aggregates(landing)
    if profile.container == "fixed":
        return _lines(landing)
    return _records(landing, profile.delimiter)


def _text(landing: Landing) -> Iterator[str]:
    with landing.path.open(encoding=landing.encoding, newline=None) as stream:
        yield from stream


def _lines(landing: Landing) -> Iterator[Row]:
    for line_no, line in enumerate(_text(landing), start=1):
        line = line.rstrip("\n")
        yield Row(line_no, line, [line])


def _records(landing: Landing, delimiter: str) -> Iterator[Row]:
    pending: list[str] = []
    lines = _text(landing)

    def feed() -> Iterator[str]:
        for line in lines:
            pending.append(line)
            yield line

    reader, line_no = csv.reader(feed(), delimiter=delimiter, strict=False), 0
    while True:
        try:
            cells: list[str] | None = next(reader)
        except StopIteration:
            break
        except csv.Error:
            cells = None
        if cells is not None and len(pending) == 1:
            line_no += 1
            yield Row(line_no, pending[0].rstrip("\n"), cells)
        else:
            for line in pending:
                line_no += 1
                yield split_line(line, line_no, delimiter)
        pending.clear()


def split_line(line: str, line_no: int, delimiter: str) -> Row:
    """One physical line as a row of its own; a quote left open is its fault."""
    line = line.rstrip("\n")
    try:
        cells = next(csv.reader([line], delimiter=delimiter, strict=True), [])
    except csv.Error as error:
        return Row(line_no, line, [], fault=f"not a CSV record: {error}")
    return Row(line_no, line, cells)


class Sax:
    """Collects the elements that expat reports, with their place and their enclosing elements."""

    def __init__(self) -> None:
        self.found: list[Row] = []
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.parser.EntityDeclHandler = self._doctype
        self._stack: tuple[tuple[str, dict[str, str]], ...] = ()

    def _doctype(self, *words: object) -> None:
        raise ForbiddenXml

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self.found.append(Row(self.parser.CurrentLineNumber, "", [], name, attributes, self._stack))
        if len(self._stack) >= MOST_NESTED:
            raise BrokenXml("nested too deeply", self.parser.CurrentLineNumber)
        self._stack = (*self._stack, (name, attributes))

    def _end(self, name: str) -> None:
        self._stack = self._stack[:-1]


def _elements(landing: Landing) -> Iterator[Row]:
    sax = Sax()
    with landing.path.open("rb") as stream:
        while True:
            chunk = stream.read(CHUNK_BYTES)
            try:
                sax.parser.Parse(chunk, not chunk)
            except expat.ExpatError as error:
                yield from sax.found
                raise BrokenXml(expat.ErrorString(error.code), error.lineno) from None
            yield from sax.found
            sax.found.clear()
            if not chunk:
                return
