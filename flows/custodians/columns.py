"""Columns under one header: from the cells of a row to one clean value, with its relations to other cells."""

from __future__ import annotations

import operator
from collections.abc import Callable
from decimal import Decimal
from typing import Any, TypeAlias

from flows.custodians import values
from flows.custodians.profile import Column, Profile
from flows.custodians.row import Row
from flows.custodians.shape import Shape

Context: TypeAlias = dict[str, str]
Value: TypeAlias = Callable[[Any, Row, Context], str | None]
"""(cells, row, context) → clean text; ValueError with the reason where the cell cannot be read."""


def value_of(column: Column, profile: Profile, shape: Shape) -> tuple[Value, str]:
    """(value function, label of the cell for messages) of one column under one header."""
    read = values.text_reader(column, profile)
    label = ""
    base: Value
    if column.const is not None:
        base = _constant(column.const)
    elif column.context is not None:
        base, label = _from_context(column.context, read), column.context
    elif column.ancestor is not None:
        base, label = _from_ancestor(column.ancestor.element, column.ancestor.attribute, read), column.ancestor.attribute
    else:
        found = shape.key(column)
        base, label = (_nothing, (column.from_ or [""])[0]) if found is None else (_from_cell(column, found[0], read, shape), found[1])
    return _related(column, base, profile, shape), label


def _constant(text: str) -> Value:
    return lambda cells, row, context: text


def _nothing(cells: Any, row: Row, context: Context) -> str | None:
    return None


def _from_cell(column: Column, key: Any, read: values.Reader, shape: Shape) -> Value:
    aliases = shape.names(column)
    if shape.open and len(aliases) > 1:
        return _first_present(aliases, read)
    if shape.open:
        return lambda cells, row, context: read(cells.get(key, ""))
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
