"""The watch list on disk: who is due on a day and why, as Parquet for programs and CSV for people, beside the firm's warehouse.

.rooftree/<firm>-<hash>.watch/<as of>.parquet, .csv     one row per household; the CSV holds those who are due or have losses to take
"""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import polars as pl

from flows.nightly.monitor import WATCH, Watch
from flows.settings import beside_warehouse


def folder_of(firm: Path) -> Path:
    """Where the firm's watch lists lie."""
    return beside_warehouse(firm, "watch")


def write_watch_list(firm: Path, watch: Watch) -> Path:
    """Write the day's list, whole or not at all, and return the Parquet file's path."""
    folder = folder_of(firm)
    folder.mkdir(parents=True, exist_ok=True)
    place = folder / f"{watch.as_of}.parquet"
    _put(place, lambda path: watch.rows.write_parquet(path))
    told = watch.rows.filter(pl.col("is_due") | (pl.col("harvest_usd") > 0))
    _put(place.with_suffix(".csv"), lambda path: told.with_columns(_cell("household_id")).write_csv(path, float_precision=4))
    return place


def read_watch_list(firm: Path, day: date | None = None) -> tuple[date, pl.DataFrame] | None:
    """The list of a day, or the latest one, with its day; None where there is none that can be read."""
    places = sorted(folder_of(firm).glob("*.parquet")) if day is None else [folder_of(firm) / f"{day}.parquet"]
    for place in reversed(places):
        try:
            return date.fromisoformat(place.stem), pl.read_parquet(place, columns=list(WATCH))
        except (OSError, ValueError, pl.exceptions.PolarsError):
            continue
    return None


def _cell(column: str) -> pl.Expr:
    """A cell that no spreadsheet takes for a formula."""
    value = pl.col(column)
    return pl.when(value.str.contains(r"^[=+\-@\t\r]")).then(pl.lit("'") + value).otherwise(value).alias(column)


def _put(place: Path, write) -> None:  # type: ignore[no-untyped-def]
    part = place.with_name(f".{place.name}.{os.getpid()}")
    try:
        write(part)
        part.replace(place)
    finally:
        part.unlink(missing_ok=True)
