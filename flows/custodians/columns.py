"""Columns bound to one header: which cell each canonical column is read from, and by which reader.

Binding happens once per header, so that the loop over the rows only indexes and reads.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeAlias

from flows.custodians import values
from flows.custodians.containers import Row
from flows.custodians.profile import Column, Emit, Profile

Context: TypeAlias = dict[str, str]
Value: TypeAlias = Callable[[Any, Row, Context], str | None]
"""(cells, row, context) → clean text; ValueError with the reason where the cell cannot be read."""

OUTGOING = frozenset({"sell", "transfer_out"})
INCOMING = frozenset({"buy", "reinvest", "transfer_in"})


class MissingColumn(Exception):
    """The header has none of the names of a mapped column; carries the names."""

    def __init__(self, names: list[str]) -> None:
        super().__init__(" or ".join(f"`{name}`" for name in names))


class DoubledColumn(Exception):
    """The header has a mapped column twice, so that nobody can say which is meant."""


class BadCell(Exception):
    """One cell of one row that cannot be read."""

    def __init__(self, column: str, reason: str) -> None:
        super().__init__(reason)
        self.column = column


@dataclass(frozen=True, slots=True)
class Shape:
    """Where named cells stand: `keys` maps a name to a cell number, a slice of the line, or an attribute.

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
    width = max((number + 1 for number, name in enumerate(names) if name), default=0)
    keys.pop("", None)
    return Shape(keys, frozenset(name for name in keys if names.count(name) > 1), width=width)


def value_of(column: Column, profile: Profile, shape: Shape) -> tuple[Value, str]:
    """(value function, label of the cell for messages) of one column under one header."""
    read = values.text_reader(column, profile)
    label = ""
    base: Value
    if column.const is not None:
        const = column.const
        base = lambda cells, row, context: const
    elif column.context is not None:
        base, label = _from_context(column.context, read), column.context
    elif column.ancestor is not None:
        base, label = _from_ancestor(column.ancestor.element, column.ancestor.attribute, read), column.ancestor.attribute
    else:
        found = shape.key(column)
        base, label = (_nothing, (column.from_ or [""])[0]) if found is None else (_from_cell(column, found[0], read, shape), found[1])
    return _related(column, base, profile, shape), label


def _nothing(cells: Any, row: Row, context: Context) -> str | None:
    return None


def _from_cell(column: Column, key: Any, read: values.Reader, shape: Shape) -> Value:
    aliases = shape.names(column)
    if shape.open and len(aliases) > 1:
        return _first_present(aliases, read)
    return lambda cells, row, context: read(cells[key])


def _from_context(name: str, read: values.Reader) -> Value:
    def value(cells: Any, row: Row, context: Context) -> str | None:
        text = context.get(name)
        return None if text is None else read(text)

    return value


def _from_ancestor(element: str, attribute: str, read: values.Reader) -> Value:
    def value(cells: Any, row: Row, context: Context) -> str | None:
        for name, attributes in reversed(row.ancestors):
            if name == element:
                return read(attributes.get(attribute, ""))
        return None

    return value


def _first_present(names: list[str], read: values.Reader) -> Value:
    def value(cells: Any, row: Row, context: Context) -> str | None:
        for name in names:
            if name in cells:
                return read(cells[name])
        return None

    return value


def _related(column: Column, base: Value, profile: Profile, shape: Shape) -> Value:
    """The value with its relations: a sign byte, an action's sign, a product, a difference."""
    value = base
    if column.sign_from is not None:
        value = _signed(value, shape.keys[column.sign_from])
    if column.classify is not None:
        value = _classified(column, value, profile, shape)
    for other, combine in ((column.times, operator.mul), (column.minus, operator.sub), (column.plus, operator.add)):
        if other is not None:
            value = _combined(value, value_of(other, profile, shape)[0], combine)
    if column.or_else is not None:
        value = _either(value, value_of(column.or_else, profile, shape)[0])
    return value


def _either(first: Value, second: Value) -> Value:
    def value(cells: Any, row: Row, context: Context) -> str | None:
        text = first(cells, row, context)
        return second(cells, row, context) if text is None else text

    return value


def _signed(magnitude: Value, sign_key: Any) -> Value:
    def value(cells: Any, row: Row, context: Context) -> str | None:
        sign = cells[sign_key]
        if sign not in {"+", "-", " ", ""}:
            raise ValueError(f"not a sign: {sign!r}")
        text = magnitude(cells, row, context)
        return text if text is None or sign != "-" else values.negated(text)

    return value


def _classified(column: Column, text_of: Value, profile: Profile, shape: Shape) -> Value:
    assert column.classify is not None
    classify = values.classifier(column.classify)
    amount: Value | None = None
    for signed in reversed(column.classify.sign_of):
        one = value_of(signed.model_copy(update={"read_as": "decimal"}), profile, shape)[0]
        amount = one if amount is None else _either(one, amount)

    def value(cells: Any, row: Row, context: Context) -> str | None:
        text = text_of(cells, row, context)
        if text is None:
            return None
        meaning = classify(text)
        if "/" not in meaning:
            return meaning
        incoming, outgoing = meaning.split("/")
        number = amount(cells, row, context) if amount is not None else None
        return outgoing if number is not None and number.startswith("-") else incoming

    return value


def _combined(left: Value, right: Value, combine: Callable[[Decimal, Decimal], Decimal]) -> Value:
    def value(cells: Any, row: Row, context: Context) -> str | None:
        a, b = left(cells, row, context), right(cells, row, context)
        return None if a is None or b is None else values.plain_text(combine(Decimal(a), Decimal(b)))

    return value


@dataclass(frozen=True, slots=True)
class BoundEmit:
    """One canonical row to be made: columns read straight from a cell, columns that need more, and what must be there."""

    table: str
    plain: tuple[tuple[str, Any, values.Reader, str], ...]
    derived: tuple[tuple[str, Value, str], ...]
    required: tuple[tuple[str, str], ...]
    signed: tuple[tuple[str, str], ...]

    def read(self, cells: Any, row: Row, context: Context) -> dict[str, str | None]:
        """The canonical values of one landed row. Raises BadCell."""
        made: dict[str, str | None] = {}
        label = ""
        try:
            for name, key, read, label in self.plain:
                made[name] = read(cells[key])
            for name, value, label in self.derived:
                made[name] = value(cells, row, context)
        except ValueError as error:
            raise BadCell(label, str(error)) from None
        for name, label in self.required:
            if made[name] is None:
                raise BadCell(label, f"no {name}")
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
    plain, derived, required, signed = [], [], [], []
    for name, column in emit.columns.items():
        value, label = value_of(column, profile, shape)
        if _is_plain(column, shape):
            found = shape.key(column)
            assert found is not None
            plain.append((name, found[0], values.text_reader(column, profile), label))
        else:
            derived.append((name, value, label))
        if column.required:
            required.append((name, label))
        if column.signed_by is not None:
            signed.append((name, column.signed_by))
    return BoundEmit(emit.table, tuple(plain), tuple(derived), tuple(required), tuple(signed))


def _is_plain(column: Column, shape: Shape) -> bool:
    if column.from_ is None and column.header_like is None:
        return False
    relations = (column.sign_from, column.classify, column.times, column.minus, column.plus, column.or_else)
    if any(relation is not None for relation in relations):
        return False
    if shape.open:
        return len(column.from_ or []) == 1
    return shape.key(column) is not None
