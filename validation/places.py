"""Where things stand in a file: lines and columns of every key and value, kept beside the values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

from validation.findings import Place

Loc: TypeAlias = tuple[str | int, ...]
"""A path into a document: keys and indices."""


def has_part(value: Any, segment: str | int) -> bool:
    """Whether a group has this key, or a list this index."""
    if isinstance(value, dict):
        return segment in value
    return isinstance(value, list) and isinstance(segment, int) and segment < len(value)


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a value and its key stand (0-based line, column and width; key_line is -1 without a key), and its parts'."""

    line: int
    column: int
    width: int
    key_line: int
    key_column: int
    key_width: int
    parts: dict[str, Spot] | list[Spot] | None = None

    def below(self, loc: Loc) -> Spot:
        """The spot at a path, or of the nearest value around it; segments that the file does not have are skipped."""
        spot = self
        for segment in loc:
            parts: Any = spot.parts
            if has_part(parts, segment):
                spot = parts[segment]
        return spot

    def value_place(self, path: str) -> Place:
        return Place(path, self.line + 1, self.column + 1, self.width)

    def key_place(self, path: str) -> Place:
        """Of the key, or of the value where it has none (a member of a list)."""
        if self.key_line < 0:
            return self.value_place(path)
        return Place(path, self.key_line + 1, self.key_column + 1, self.key_width)


@dataclass(frozen=True, slots=True)
class Document:
    """One file: its value (dict, list, str, int, Decimal, bool, None) and where everything stands in it."""

    path: str
    value: Any
    spot: Spot
    lines: tuple[str, ...]

    def place(self, loc: Loc) -> Place:
        """Of the value at a path; segments that the file does not have (union tags) are skipped."""
        return self.spot.below(loc).value_place(self.path)

    def key_place(self, loc: Loc) -> Place:
        """Of the key at a path, or of the value in a list."""
        return self.spot.below(loc).key_place(self.path)

    def line(self, number: int) -> str:
        """A 1-based line, or nothing where there is none."""
        return self.lines[number - 1] if 0 < number <= len(self.lines) else ""
