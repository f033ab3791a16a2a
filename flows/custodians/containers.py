"""From a file to landed rows, one after the other: CSV records, fixed-width lines, XML elements.

One physical line is one CSV record: no custodian layout spreads a record over lines, and a quote that is never
closed must not swallow the rows after it.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator

from flows.custodians.elements import elements
from flows.custodians.landing import Landing
from flows.custodians.ofx import aggregates
from flows.custodians.profile import Profile
from flows.custodians.row import Row


def rows_of(landing: Landing, profile: Profile) -> Iterator[Row]:
    """The landed rows in the order of the file, in fixed memory. XML may raise ForbiddenXml or BrokenXml at the end."""
    if profile.container == "xml":
        return elements(landing)
    if profile.container == "ofx":
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
