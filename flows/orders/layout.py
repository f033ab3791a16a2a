"""A profile's file as text: the cells of a record, the rows of a file, and what they add up to.

A layout without a column `sequence` says it by its files: `-1` goes first, `-2` when the sales of `-1` are filled.
"""

from __future__ import annotations

import csv
import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from io import StringIO

from flows.cells import digits, money, neutral, shares, text
from flows.orders.profile import Column, OutboundFile
from flows.orders.records import Record
from validation.units import ZERO

MANIFEST = ("file", "rows", "sum_quantity", "sum_notional", "sha256")


@dataclass(frozen=True, slots=True)
class Sent:
    """One written file: its bytes and its control totals."""

    name: str
    content: bytes
    rows: int
    sum_quantity: Decimal
    sum_notional: Decimal

    def totals(self) -> Mapping[str, str]:
        """The file's row of the manifest."""
        return {
            "file": self.name, "rows": str(self.rows), "sum_quantity": shares(self.sum_quantity), "sum_notional": money(self.sum_notional),
            "sha256": hashlib.sha256(self.content).hexdigest(),
        }  # fmt: skip


def cells_of(file: OutboundFile, record: Record) -> list[str]:
    """The record's row. Raises KeyError where a column's map lacks a word of the house: the profile is wrong, not the order."""
    return [_cell(column, record) for column in file.columns]


def _cell(column: Column, record: Record) -> str:
    if column.from_ is None:
        return column.const or ""
    word = written(column.from_, getattr(record, column.from_))
    return column.map[word] if column.map else word


def written(name: str, value: object) -> str:
    """A field as text: money in cents, a cost per share with six decimals, a share of one with eight, quantities as they are."""
    if isinstance(value, Decimal):
        if name == "unit_cost":
            return digits(value, 6)
        if name == "share_frac":
            return digits(value)
        return money(value) if name == "notional" else shares(value)
    return text(value)


def files_of(file: OutboundFile, records: Sequence[Record]) -> list[Sent]:
    """The file, or one per sequence where the layout has no column for it; none where there is no record."""
    says_it = any(column.from_ == "sequence" for column in file.columns)
    groups: dict[int, list[Record]] = defaultdict(list)
    for record in records:
        groups[0 if says_it else getattr(record, "sequence", 0)].append(record)
    stem, _, ending = file.file.rpartition(".")
    return [
        sent(f"{stem}-{number}.{ending}" if number else file.file, [column.name for column in file.columns] if file.header else None,
             [cells_of(file, record) for record in group], group)
        for number, group in sorted(groups.items())
    ]  # fmt: skip


def sent(name: str, header: Sequence[str] | None, rows: Sequence[Sequence[str]], records: Sequence[Record]) -> Sent:
    """A file of these rows, tab-delimited where its name ends in .txt; no cell is one that a spreadsheet would execute."""
    page = StringIO()
    writer = csv.writer(page, lineterminator="\n", delimiter="\t" if name.endswith(".txt") else ",")
    if header is not None:
        writer.writerow(header)
    writer.writerows([neutral(cell) for cell in row] for row in rows)
    quantity = sum((record.quantity for record in records), ZERO)
    notional = sum((record.notional for record in records), ZERO)
    return Sent(name, page.getvalue().encode(), len(rows), quantity, notional)
