"""Where the named cells of a row stand: under a CSV header, in a fixed-width record, among XML attributes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flows.custodians.profile import Column, Record


class MissingColumn(Exception):
    """The header has none of the names of a mapped column; carries the names."""

    def __init__(self, names: list[str]) -> None:
        super().__init__(" or ".join(f"`{name}`" for name in names))


class DoubledColumn(Exception):
    """The header has a mapped column twice, so that nobody can say which is meant."""


@dataclass(frozen=True, slots=True)
class Shape:
    """`keys` maps a name to a cell number, a slice of the line, or an attribute.

    open    every name exists (XML: an absent attribute is an empty cell)
    width   cells up to the last named one (CSV)
    """

    keys: Mapping[str, int | slice | str]
    doubled: frozenset[str] = frozenset()
    open: bool = False
    width: int = 0

    def key(self, column: Column) -> tuple[Any, str] | None:
        """(key, name) of the first alias that exists; None where it may be absent and is. Raises MissingColumn, DoubledColumn."""
        names = self.names(column)
        if self.open:
            return names[0], names[0]
        for name in names:
            if name in self.keys:
                if name in self.doubled:
                    raise DoubledColumn(name)
                return self.keys[name], name
        if column.optional:
            return None
        raise MissingColumn(names or [str(column.header_like)])

    def names(self, column: Column) -> list[str]:
        """The aliases of a column; for a pattern, the header names that it is found in."""
        if column.header_like is None:
            return column.from_ or []
        return [name for name in self.keys if re.search(column.header_like, name)]


def header_shape(cells: list[str]) -> Shape:
    """The shape of a CSV header row; unnamed cells are phantom columns."""
    names = [cell.strip() for cell in cells]
    keys: dict[str, int | slice | str] = {}
    for number, name in enumerate(names):
        keys.setdefault(name, number)
    keys.pop("", None)
    width = max((number + 1 for number, name in enumerate(names) if name), default=0)
    return Shape(keys, frozenset(name for name in keys if names.count(name) > 1), width=width)


def record_shape(record: Record) -> Shape:
    """The shape of a fixed-width record: its 1-based inclusive columns as slices."""
    return Shape({name: slice(first - 1, last) for name, (first, last) in record.fields.items()})
