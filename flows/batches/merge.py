"""The batches' rows → the files of the run folder, in the order of the households; DuckDB reads the parts as one table.

Rows stream through; what is kept in memory is one line per household for the book, and the findings, which are ranked as a whole.
"""

from __future__ import annotations

import csv
import os
import shutil
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import duckdb

from flows.batches.record_table import read_records, write_records
from flows.batches.results import REPORTS, DrawnInstruction, DrawnOrder, Ending, Held, parquet_of
from flows.cells import neutral
from flows.deliver import SHEETS
from flows.orders.drawing import Draft
from templates.render import BookRow
from validation.findings import Finding

ROWS_AT_ONCE = 10_000
MEMORY_LIMIT = "500MB"
DRAFTS = "drafts"
DRAWN: dict[str, type[Any]] = {"orders.parquet": DrawnOrder, "instructions.parquet": DrawnInstruction, "unsendable.parquet": Held}
Kind = TypeVar("Kind")


def drafts_in(run: Path) -> dict[str, Draft]:
    """Every custodian that a run proposed something at → its orders, as flows/orders/drawing drew them."""
    drafts: dict[str, Draft] = defaultdict(Draft)
    for drawn in read_records(run / DRAFTS / "orders.parquet", DrawnOrder):
        drafts[drawn.custodian].orders.append(drawn.order)
    for told in read_records(run / DRAFTS / "instructions.parquet", DrawnInstruction):
        drafts[told.custodian].instructions.append(told.instruction)
    for held in read_records(run / DRAFTS / "unsendable.parquet", Held):
        drafts[held.custodian].unsendable.append(held.unsendable)
    return dict(sorted(drafts.items()))


class Merger:
    """Finished batches, in the order of their households."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self.folders = folders

    def write_sheets(self, run: Path) -> None:
        """Write every CSV file that has rows per household into the run folder, some thousand rows at a time."""
        with duckdb.connect(config={"memory_limit": MEMORY_LIMIT}) as connection:
            for name, columns in SHEETS.items():
                with (run / name).open("w", encoding="utf-8", newline="") as page:
                    writer = csv.writer(page, lineterminator="\n")
                    writer.writerow(columns)
                    for rows in self._rows(connection, parquet_of(name), columns):
                        writer.writerows([neutral(cell) for cell in row] for row in rows)

    def move_reports(self, run: Path, step: Callable[[], None]) -> None:
        """Give the run folder its households' pages. Linked rather than moved, so that the batches stay whole until the run
        stands; copied where the file system knows no links."""
        reports = run / REPORTS
        reports.mkdir()
        for folder in self.folders:
            for page in os.scandir(folder / REPORTS):
                try:
                    os.link(page.path, reports / page.name)
                except OSError:
                    shutil.copyfile(page.path, reports / page.name)
            step()

    def endings(self) -> Iterator[Ending]:
        """One per household."""
        return self._records("endings.parquet", Ending)

    def lines(self) -> Iterator[BookRow]:
        """The book's lines, one per household."""
        return self._records("lines.parquet", BookRow)

    def findings(self) -> Iterator[Finding]:
        """What deciding found."""
        return self._records("findings.parquet", Finding)

    def write_drafts(self, run: Path) -> dict[str, Draft]:
        """Write every drawn order into drafts/ of the run, household by household, and return them by custodian. From there a
        release takes those of the approved households; what stands in orders/ is all of them, in blocks."""
        folder = run / DRAFTS
        folder.mkdir()
        for name, kind in DRAWN.items():
            write_records(folder / name, kind, self._records(name, kind))
        return drafts_in(run)

    def _records(self, name: str, kind: type[Kind]) -> Iterator[Kind]:
        for folder in self.folders:
            yield from read_records(folder / name, kind)

    def _rows(self, connection: duckdb.DuckDBPyConnection, name: str, columns: Iterable[str]) -> Iterator[list[tuple[Any, ...]]]:
        """The parts as one table, in the order of the parts: DuckDB keeps it for a list of files."""
        if not self.folders:
            return
        parts = [str(folder / name) for folder in self.folders]
        chosen = ", ".join(f'"{column}"' for column in columns)
        connection.execute(f"SELECT {chosen} FROM read_parquet($parts)", {"parts": parts})
        while rows := connection.fetchmany(ROWS_AT_ONCE):
            yield rows
