"""The checked book as buckets of households on disk, each of which a worker reads alone; nothing but the path is sent to it.

buckets/<number>/<frame>.parquet    the rows of its households, of each frame that a household is read from
buckets/<number>/findings.parquet   what the gate and the policy's check said of each, in order
buckets/<number>/paths.parquet      the files that its rows point to; years.parquet: years to date of its tax returns
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl

from flows.batches.record_table import read_records, write_records
from flows.propose import Question
from flows.questions import by_household, question_of
from validation.findings import Finding
from validation.gate import GatedBook
from validation.household_records import Book, ByHousehold
from validation.pricing import Pricing
from validation.year_to_date import YearsToDate, YearToDate

LARGEST, MANY = 250, 16
"""Households per bucket: at most 250, so that a dead worker loses seconds of work; fewer where the book would make less than
sixteen buckets, so that every worker has its share. The book alone decides, not the machine: a resumed run finds the same."""
FRAMES = ("taxpayers", "owners", "accounts", "orders", "holdings", "lots", "cash", "purchases", "loss_sales", "traded")


@dataclass(frozen=True, slots=True)
class Bucket:
    """Households that go to a worker together, by id; `folder` is where their rows lie."""

    folder: Path
    household_ids: tuple[str, ...]


def publish(book: GatedBook, remarks: Iterable[Finding], folder: Path) -> list[Bucket]:
    """Write the book's buckets below `folder`; `remarks` are what the check of the policy said, by household."""
    told = by_household(remarks)
    size = max(1, min(LARGEST, -(-len(book.household_ids) // MANY)))
    buckets = [
        Bucket(folder / f"{number:05d}", book.household_ids[start : start + size])
        for number, start in enumerate(range(0, len(book.household_ids), size))
    ]
    for bucket in buckets:
        bucket.folder.mkdir(parents=True)
        _write(bucket, book, told)
    return buckets


def read_questions(bucket: Bucket, as_of: date, pricing: Pricing) -> Iterator[Question]:
    """The bucket's households, one by one; a household that cannot even be read is a question of its own, and fails alone."""
    book = _book(bucket.folder, as_of, pricing)
    told = by_household(read_records(bucket.folder / "findings.parquet", Finding))
    for household_id in bucket.household_ids:
        is_blocked = bool(book.households[household_id]["is_blocked"])
        yield question_of(book, household_id, told.get(household_id, ()), is_blocked=is_blocked)


def _write(bucket: Bucket, book: GatedBook, told: Mapping[str, Sequence[Finding]]) -> None:
    folder, frames = bucket.folder, {name: _rows(getattr(book.book, name), bucket.household_ids) for name in FRAMES}
    for name, frame in frames.items():
        frame.write_parquet(folder / f"{name}.parquet")
    rows = [{"id": each, "is_blocked": book.is_blocked(each), **book.book.households[each]} for each in bucket.household_ids]
    pl.DataFrame(rows, infer_schema_length=None).write_parquet(folder / "households.parquet")
    files = {*frames["holdings"]["file_no"], *frames["lots"]["file_no"]}
    paths = [(number, path) for number, path in book.book.paths.items() if number in files]
    pl.DataFrame(paths, {"file_no": pl.Int64, "path": pl.String}, orient="row").write_parquet(folder / "paths.parquet")
    years = book.book.years_to_date.of
    mine = [(each, str(years[each].short_term_usd), str(years[each].long_term_usd))
            for each in frames["taxpayers"]["taxpayer_id"].unique().sort() if each in years]  # fmt: skip
    columns = {"taxpayer_id": pl.String, "short_term": pl.String, "long_term": pl.String}
    pl.DataFrame(mine, columns, orient="row").write_parquet(folder / "years.parquet")
    said = (found for each in bucket.household_ids for found in (*book.findings_of(each), *told.get(each, ())))
    write_records(folder / "findings.parquet", Finding, said)


def _rows(frame: ByHousehold, household_ids: Sequence[str]) -> pl.DataFrame:
    """The rows of these households, which lie together where all of the book is run."""
    cuts = [frame.slices[each] for each in household_ids if each in frame.slices]
    if not cuts:
        return frame.frame.clear()
    start, end = cuts[0][0], cuts[-1][0] + cuts[-1][1]
    if end - start == sum(length for _, length in cuts):
        return frame.frame.slice(start, end - start)
    return pl.concat([frame.frame.slice(*cut) for cut in cuts])


def _book(folder: Path, as_of: date, pricing: Pricing) -> Book:
    def frame(name: str) -> pl.DataFrame:
        return pl.read_parquet(folder / f"{name}.parquet")

    years = {each: YearToDate(Decimal(short), Decimal(long)) for each, short, long in frame("years").iter_rows()}
    frames = {name: ByHousehold(frame(name)) for name in FRAMES}
    households = {row.pop("id"): row for row in frame("households").to_dicts()}
    paths = dict(frame("paths").iter_rows())
    return Book(as_of, households, **frames, pricing=pricing, years_to_date=YearsToDate(years, ()), paths=paths)
