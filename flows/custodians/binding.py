"""Canonical rows bound to one header, once, so that the loop over the rows only indexes and reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flows.custodians import values
from flows.custodians.columns import Context, Value, value_of
from flows.custodians.profile import Column, Emit, Profile
from flows.custodians.row import Row
from flows.custodians.shape import Shape

OUTGOING = frozenset({"sell", "transfer_out"})
INCOMING = frozenset({"buy", "reinvest", "transfer_in"})


class BadCell(Exception):
    """One cell of one row that cannot be read."""

    def __init__(self, column: str, reason: str) -> None:
        super().__init__(reason)
        self.column = column


@dataclass(frozen=True, slots=True)
class BoundEmit:
    """One canonical row to be made: columns read straight from a cell, columns that need more, and what must be there."""

    table: str
    plain: tuple[tuple[str, Any, values.Reader], ...]
    derived: tuple[tuple[str, Value], ...]
    required: tuple[str, ...]
    signed: tuple[tuple[str, str], ...]
    labels: Mapping[str, str]
    open: bool
    only: tuple[tuple[str, Any, frozenset[str]], ...] = ()

    def read(self, cells: Any, row: Row, context: Context) -> dict[str, str | None]:
        """The canonical values of one landed row. Raises BadCell."""
        made: dict[str, str | None] = {}
        for name, key, read_with in self.only:
            text = cells.get(key, "") if self.open else cells[key]
            if text.strip() not in read_with:
                raise BadCell(name, f"{name} is {text.strip()!r}, and only {' or '.join(filter(None, sorted(read_with)))} is read")
        name = ""
        try:
            if self.open:
                for name, key, read in self.plain:
                    made[name] = read(cells.get(key, ""))
            else:
                for name, key, read in self.plain:
                    made[name] = read(cells[key])
            for name, value in self.derived:
                made[name] = value(cells, row, context)
        except ValueError as error:
            raise BadCell(self.labels[name], str(error)) from None
        for name in self.required:
            if made[name] is None:
                raise BadCell(self.labels[name], f"no {name}")
        for name, by in self.signed:
            made[name] = by_direction(made[name], made[by])
        return made


def by_direction(quantity: str | None, action: str | None) -> str | None:
    """The quantity with the sign of its action: out of the account negative, into it positive, others as written."""
    if quantity is None or action is None or action not in OUTGOING | INCOMING:
        return quantity
    magnitude = quantity.removeprefix("-")
    return values.negated(magnitude) if action in OUTGOING else magnitude


def bind(emit: Emit, profile: Profile, shape: Shape) -> BoundEmit:
    """The columns of one canonical row bound to one header. Raises MissingColumn, DoubledColumn."""
    plain, derived, labels = [], [], {}
    for name, column in emit.columns.items():
        value, labels[name] = value_of(column, profile, shape)
        found = shape.key(column) if _is_plain(column, shape) else None
        if found is None:
            derived.append((name, value))
        else:
            plain.append((name, found[0], values.text_reader(column, profile)))
    required = tuple(name for name, column in emit.columns.items() if column.required)
    signed = tuple((name, column.signed_by) for name, column in emit.columns.items() if column.signed_by is not None)
    only = tuple((name, _key_of(name, shape), frozenset(texts)) for name, texts in emit.only.items())
    return BoundEmit(emit.table, tuple(plain), tuple(derived), required, signed, labels, shape.open, only)


def _key_of(name: str, shape: Shape) -> Any:
    found = shape.key(Column.model_validate({"from": name}))
    assert found is not None
    return found[0]


def _is_plain(column: Column, shape: Shape) -> bool:
    if column.from_ is None and column.header_like is None:
        return False
    relations = (column.sign_from, column.classify, column.times, column.minus, column.plus, column.or_else)
    if any(relation is not None for relation in relations):
        return False
    if shape.open:
        return len(column.from_ or []) == 1
    return shape.key(column) is not None
