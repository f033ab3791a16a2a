"""Cells of reference files as what they should be. What is not stands in a frame of bad cells, with the ids of its row."""

from __future__ import annotations

import polars as pl

from flows.reference_columns import Column, ReferenceFile

NUMBER = r"^[+-]?(\d+(\.\d*)?|\.\d+)$"
KEYS = ("household_id", "taxpayer_id", "account_id", "owner", "symbol")
BAD_CELL_SCHEMA = pl.Schema(
    {
        "code": pl.String,
        "path": pl.String,
        "line": pl.Int32,
        "column": pl.String,
        "raw": pl.String,
        "reason": pl.String,
        "help": pl.String,
        **dict.fromkeys(KEYS, pl.String),
    }
)


def typed(raw: pl.DataFrame, place: str, spec: ReferenceFile) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Cells as what they should be, null where they are empty or bad; the bad ones, with the ids of their row.

    A key that appears twice keeps its first row; a second one that says the same is `duplicate-row`, one that
    says something else `conflicting-row`.
    """
    cells = raw.with_columns(pl.col(column.name).str.strip_chars() for column in spec.columns)
    frame = cells.select(*(_parsed(column).alias(column.name) for column in spec.columns), "line")
    bad = [
        _bad(cells.filter(_is_bad(column)), "bad-value", place, column.name, column.wanted)
        for column in spec.columns
        if column.kind != "text" or column.needed
    ]
    if spec.key and frame.height:
        first = pl.int_range(pl.len()).over(spec.key) == 0
        same = pl.struct(column.name for column in spec.columns)
        marked = cells.with_columns(first.alias("_first"), (same == same.first().over(spec.key)).alias("_same"))
        named = ", ".join(spec.key)
        bad.append(
            _bad(
                marked.filter(~pl.col("_first") & pl.col("_same")),
                "duplicate-row",
                place,
                spec.key[0],
                f"the row stands there twice ({named})",
            )
        )
        bad.append(
            _bad(
                marked.filter(~pl.col("_first") & ~pl.col("_same")),
                "conflicting-row",
                place,
                spec.key[0],
                f"an earlier row says something else ({named})",
            )
        )
        frame = frame.filter(marked["_first"])
    return frame, pl.concat(bad) if bad else pl.DataFrame(schema=BAD_CELL_SCHEMA)


def _parsed(column: Column) -> pl.Expr:
    cell = pl.col(column.name)
    if column.kind == "decimal":
        return pl.when(cell.str.contains(NUMBER)).then(cell).otherwise(None).cast(pl.Decimal(24, column.scale), strict=False)
    if column.kind == "date":
        return cell.str.to_date("%Y-%m-%d", strict=False)
    if column.kind == "flag":
        return (
            pl.when(cell.str.to_lowercase().is_in(["true", "yes", "1"]))
            .then(True)
            .when(cell.str.to_lowercase().is_in(["false", "no", "0", ""]))
            .then(False)
        )
    return cell


def _is_bad(column: Column) -> pl.Expr:
    cell, parsed = pl.col(column.name), _parsed(column)
    empty = cell == ""
    if column.kind == "text":
        return empty
    if column.kind == "choice":
        return ~cell.is_in([*column.choices]) & (pl.lit(column.needed) | ~empty)
    bad = parsed.is_null() & (pl.lit(column.needed) | ~empty)
    if column.kind == "decimal":
        # More decimals than are kept would be rounded away in silence.
        bad = bad | cell.str.contains(rf"\.\d{{{column.scale}}}\d*[1-9]")
        if column.sign == "positive":
            bad = bad | (parsed <= 0).fill_null(False)
        if column.sign == "not_negative":
            bad = bad | (parsed < 0).fill_null(False)
    return bad


def _bad(rows: pl.DataFrame, code: str, place: str, column: str, reason: str) -> pl.DataFrame:
    keys = [(pl.col(key) if key in rows.columns else pl.lit("")).alias(key) for key in KEYS]
    return rows.select(
        pl.lit(code).alias("code"),
        pl.lit(place).alias("path"),
        pl.col("line"),
        pl.lit(column).alias("column"),
        pl.col(column).alias("raw"),
        pl.lit(reason).alias("reason"),
        pl.lit("").alias("help"),
        *keys,
    ).cast(BAD_CELL_SCHEMA)
