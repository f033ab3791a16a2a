"""Flat records as Parquet and back: every field as exact text, read again by its type.

Text, because a Decimal's digits are the amount: 1.10 and 1.1 are the same dollars and different bytes, and a file that went
through a double is no longer what was decided. A record nested in a record (the place of a finding) is spread over columns.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

import pyarrow as pa  # type: ignore[import-untyped]  # brings no types of its own
import pyarrow.parquet as pq  # type: ignore[import-untyped]

Kind = TypeVar("Kind")
ROWS_AT_ONCE = 4_096


def write_records(path: Path, kind: Any, records: Iterable[Any]) -> None:
    """One row per record, in order; a file without rows has its columns all the same."""
    columns = [name for name, _ in _columns(kind)]
    write_rows(path, columns, (_cells(kind, record) for record in records))


def read_records(path: Path, kind: type[Kind]) -> Iterator[Kind]:
    """The records, in order, some thousand at a time."""
    for row in read_rows(path):
        yield _record(kind, iter(row))


def write_rows(path: Path, columns: Iterable[str], rows: Iterable[Iterable[str | None]]) -> None:
    """Rows of text under these columns."""
    names = list(columns)
    table = list(rows)
    cells = zip(*table, strict=True) if table else [[] for _ in names]
    arrays = [pa.array(list(column), pa.string()) for column in cells]
    pq.write_table(pa.Table.from_arrays(arrays, names=names), path, compression="zstd")


def read_rows(path: Path) -> Iterator[tuple[str | None, ...]]:
    """Rows of text, in order, some thousand at a time."""
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(ROWS_AT_ONCE):
            yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)


@cache
def _columns(kind: Any) -> tuple[tuple[str, Any], ...]:
    """(column, type of one value) of a record, nested ones spread."""
    hints, found = get_type_hints(kind), list[tuple[str, Any]]()
    for field in fields(kind):
        hint: Any = hints[field.name]
        is_record = is_dataclass(hint)
        found += [(f"{field.name}.{name}", inner) for name, inner in _columns(hint)] if is_record else [(field.name, hint)]
    return tuple(found)


def _cells(kind: Any, record: Any) -> list[str | None]:
    hints, cells = get_type_hints(kind), list[str | None]()
    for field in fields(kind):
        value = getattr(record, field.name)
        cells += _cells(hints[field.name], value) if is_dataclass(hints[field.name]) else [_text(value)]
    return cells


def _text(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, Enum):
        return str(value.value)
    return value.isoformat() if isinstance(value, date) else str(value)


def _record(kind: Any, cells: Iterator[str | None]) -> Any:
    values = []
    for reader in _readers(kind):
        if isinstance(reader, type):
            values.append(_record(reader, cells))
        else:
            cell = next(cells)
            values.append(None if cell is None else reader(cell))
    return kind(*values)


@cache
def _readers(kind: Any) -> tuple[type[Any] | Callable[[str], Any], ...]:
    hints = get_type_hints(kind)
    return tuple(hints[field.name] if is_dataclass(hints[field.name]) else _reader(hints[field.name]) for field in fields(kind))


def _reader(hint: Any) -> Callable[[str], Any]:
    """How the text of one value is read; a lambda, so that it is told from a nested record."""
    if get_origin(hint) in (Union, types.UnionType):
        (hint,) = (each for each in get_args(hint) if each is not type(None))
    known: dict[Any, Callable[[str], Any]] = {
        str: lambda text: text, Decimal: lambda text: Decimal(text), date: lambda text: date.fromisoformat(text),
        int: lambda text: int(text), bool: lambda text: text == "True",
    }  # fmt: skip
    return known[hint] if hint in known else lambda text: hint(text)
