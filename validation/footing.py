"""Holdings: what an account holds of a security, where its positions and its lots agree, and what is frozen where not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace

import polars as pl

from validation.marts import Marts

QUANTITY = pl.Decimal(38, 8)
KEY = ("household_id", "account_id", "symbol")
HOLDING = (
    *KEY,
    "quantity",
    "position_quantity",
    "lots",
    "lot_quantity",
    "tolerance",
    "residue",
    "market_value",
    "is_unsettled",
    "disputed_symbol",
    "status",
    "file_no",
    "line",
)
"""What is kept of a holding, beside its code: four million wide rows are gigabytes."""
PIECE_ROWS = 500_000
"""Rows that are brought together at once; the intermediates of ten million take gigabytes."""
LOT_TWIN = ("acquired_date", "holding_from", "quantity", "cost_basis")


@dataclass(frozen=True)
class Footing:
    """`holdings`: one row per account × security: quantity (as counted), lots, lot_quantity, residue, frozen, code (what
    there is to say), position_quantity, status, file_no, line.
    `lots`: the lots that count, with `frozen`; a copy that had to go is in `copies`, what holds nothing in `empty`."""

    holdings: pl.DataFrame
    lots: pl.DataFrame
    copies: pl.DataFrame
    empty: pl.DataFrame
    renamed: pl.DataFrame


def foot(marts: Marts) -> Footing:
    """Bring positions and lots together, account by account, security by security.

    Households have nothing to do with each other here, so a large book is footed some thousand of them at a time.
    """
    parts = [_foot(piece) for piece in _pieces(marts)]
    if len(parts) == 1:
        return parts[0]
    return Footing(*(pl.concat([getattr(part, field.name) for part in parts], rechunk=False) for field in fields(Footing)))


def _pieces(marts: Marts) -> Iterator[Marts]:
    """The book cut between households, about PIECE_ROWS lots and positions at a time; views, nothing is copied."""
    rows = max(marts.positions.height, marts.tax_lots.height)
    if rows <= PIECE_ROWS or not all(frame["household_id"].is_sorted() for frame in (marts.positions, marts.tax_lots)):
        yield marts
        return
    tables = {"positions": marts.positions, "tax_lots": marts.tax_lots, "accounts": marts.accounts.sort("household_id")}
    keys = {name: frame["household_id"] for name, frame in tables.items()}
    larger = max(keys["positions"], keys["tax_lots"], key=len)
    cuts = sorted({larger[place] for place in range(PIECE_ROWS, rows, PIECE_ROWS)})
    ends = {name: [*(int(key.search_sorted(cut, side="left")) for cut in cuts), len(key)] for name, key in keys.items()}
    for place in range(len(cuts) + 1):
        starts = {name: end[place - 1] if place else 0 for name, end in ends.items()}
        part = {name: frame.slice(starts[name], ends[name][place] - starts[name]) for name, frame in tables.items()}
        yield replace(marts, positions=part["positions"], tax_lots=part["tax_lots"], accounts=part["accounts"])


def _foot(marts: Marts) -> Footing:
    empty = marts.tax_lots.filter(pl.col("quantity") == 0)
    lots = marts.tax_lots.filter(pl.col("quantity") != 0) if empty.height else marts.tax_lots
    positions = _positions(marts)
    holdings = _joined(positions, _summed(lots), marts)
    lots, copies = _without_copies(lots, holdings)
    if copies.height:
        holdings = _joined(positions, _summed(lots), marts)
    lots, renamed = _unique_ids(lots)
    ambiguous = renamed.join(holdings.filter(pl.col("position_quantity").is_null()), on=KEY, how="semi").select(KEY).unique()
    holdings = (
        holdings.join(ambiguous.with_columns(pl.lit(True).alias("_ambiguous")), on=KEY, how="left")
        .with_columns(pl.when(pl.col("_ambiguous")).then(pl.lit("ambiguous-lots")).otherwise(pl.col("code")).alias("code"))
        .drop("_ambiguous")
    )
    return Footing(holdings, lots, copies, empty, renamed)


def _positions(marts: Marts) -> pl.DataFrame:
    """Position rows summed over sub-accounts; a pending split quantity is added, as Pershing's layout demands."""
    signed = (
        marts.positions.join(marts.deliveries.select("file_no", "profile"), on="file_no", how="left")
        .join(marts.securities.select("symbol", "security_type"), on="symbol", how="left")
        .with_columns(
            pl.when(pl.col("profile").str.starts_with("generic"))
            .then(pl.col("security_type") == "option")
            .otherwise(pl.col("is_short"))
            .fill_null(False)
            .alias("may_be_short")
        )
    )
    return signed.group_by(KEY).agg(
        (pl.col("quantity").cast(QUANTITY) + pl.col("pending_split_quantity").cast(QUANTITY)).sum().alias("position_quantity"),
        ((pl.col("quantity") < 0) & ~pl.col("may_be_short")).any().alias("is_negative"),
        (pl.col("settled_quantity").is_not_null() & (pl.col("settled_quantity") != pl.col("quantity"))).any().alias("is_unsettled"),
        pl.when(pl.col("market_value").is_null().any()).then(None).otherwise(pl.col("market_value").sum()).alias("market_value"),
        pl.col("disputed_symbol").max(),
        pl.col("may_be_short").any(),
        pl.col("file_no").first(),
        pl.col("line").first(),
    )


def _summed(lots: pl.DataFrame) -> pl.DataFrame:
    return lots.group_by(KEY).agg(
        pl.col("quantity").cast(QUANTITY).sum().alias("lot_quantity"),
        pl.len().cast(pl.Int64).alias("lots"),
        pl.col("decimals").max(),
        (pl.col("quantity") < 0).any().alias("has_negative_lot"),
        pl.col("disputed_symbol").max().alias("disputed_lot"),
        pl.col("file_no").first().alias("lot_file_no"),
        pl.col("line").first().alias("lot_line"),
    )


def _joined(positions: pl.DataFrame, lots: pl.DataFrame, marts: Marts) -> pl.DataFrame:
    """Both sides of every holding, with the code of what is wrong with it (empty: nothing)."""
    has_rows = marts.positions.select("account_id").unique().with_columns(pl.lit(True).alias("has_positions"))
    both = (
        positions.join(lots, on=KEY, how="full", coalesce=True)
        .join(marts.accounts.select("account_id", "tax_treatment", "status"), on="account_id", how="left")
        .join(has_rows, on="account_id", how="left")
        .with_columns(
            pl.col("has_positions").fill_null(False),
            pl.col("lots").fill_null(0),
            pl.col("may_be_short").fill_null(False),
            (
                pl.col("is_negative").fill_null(False)
                | (pl.col("has_negative_lot").fill_null(False) & ~pl.col("may_be_short").fill_null(False))
            ).alias("is_negative"),
            # An unreadable treatment (its household is blocked) counts as taxable: the side that holds back.
            (~pl.col("tax_treatment").is_in(["tax_deferred", "tax_exempt"])).fill_null(True).alias("is_taxable"),
            pl.max_horizontal(pl.col("disputed_symbol").fill_null(""), pl.col("disputed_lot").fill_null("")).alias("disputed_symbol"),
            pl.coalesce("file_no", "lot_file_no").alias("file_no"),
            pl.coalesce("line", "lot_line").alias("line"),
        )
    )
    stated = pl.col("position_quantity").is_not_null()
    zero = pl.lit(0).cast(QUANTITY)
    quantity = pl.when(stated).then(pl.col("position_quantity")).when(pl.col("has_positions")).then(zero).otherwise(pl.col("lot_quantity"))
    both = both.with_columns(quantity.alias("quantity"), _tolerance().alias("tolerance")).with_columns(
        pl.when(pl.col("lots") > 0).then(pl.col("quantity") - pl.col("lot_quantity")).otherwise(zero).alias("residue")
    )
    code = (
        pl.when(pl.col("is_negative"))
        .then(pl.lit("negative-quantity"))
        .when(pl.col("disputed_symbol") != "")
        .then(pl.lit("identity-conflict"))
        .when(pl.col("quantity") < 0)
        .then(pl.lit("short-position"))
        .when((pl.col("lots") == 0) & pl.col("is_taxable") & (pl.col("quantity") != 0))
        .then(pl.lit("lots-missing"))
        .when(pl.col("residue").abs() > pl.col("tolerance"))
        .then(pl.lit("lots-do-not-foot"))
        .when(~stated & ~pl.col("has_positions"))
        .then(pl.lit("positions-from-lots"))
        .when(pl.col("residue") != 0)
        .then(pl.lit("lots-rounded"))
        .otherwise(pl.lit(""))
    )
    return both.select(*HOLDING, code.alias("code")).sort(KEY)


def _tolerance() -> pl.Expr:
    """Half a unit of the last decimal per lot; 0.001 in all where the lots are whole."""
    tolerance: pl.Expr = pl.lit("0.001").cast(QUANTITY)
    for decimals in range(1, 9):
        half_unit = pl.lit(f"{5 * 10 ** -(decimals + 1):.{min(decimals + 1, 8)}f}").cast(QUANTITY)
        tolerance = (
            pl.when(pl.min_horizontal("decimals", pl.lit(8)) == decimals)
            .then(pl.col("lots").cast(QUANTITY) * half_unit)
            .otherwise(tolerance)
        )
    return tolerance


def _without_copies(lots: pl.DataFrame, holdings: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Leave out copies of lots where that alone makes the lots foot. Equal rows with different ids are distinct lots."""
    suspects = holdings.filter(pl.col("code") == "lots-do-not-foot", pl.col("lots") > 1).select(*KEY, "quantity", "tolerance")
    if not suspects.height:
        return lots, lots.clear()
    theirs = lots.join(suspects.select(KEY), on=KEY, how="semi").with_columns(
        pl.when(pl.col("is_derived")).then(pl.lit("")).otherwise(pl.col("lot_id")).alias("_id")
    )
    theirs = theirs.with_columns((pl.int_range(pl.len()).over(*KEY, "_id", *LOT_TWIN) > 0).alias("_copy"))
    kept = theirs.filter(~pl.col("_copy")).group_by(KEY).agg(pl.col("quantity").cast(QUANTITY).sum().alias("_kept"))
    cured = suspects.join(kept, on=KEY).filter((pl.col("quantity") - pl.col("_kept")).abs() <= pl.col("tolerance"))
    copies = theirs.filter("_copy").join(cured.select(KEY), on=KEY, how="semi").drop("_copy", "_id")
    return (
        (lots.join(copies.select("file_no", "line"), on=["file_no", "line"], how="anti"), copies) if copies.height else (lots, lots.clear())
    )


def _unique_ids(lots: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Give the second lot of an id a suffix; returns all lots and the renamed ones."""
    # Hashes first: the exact comparison of ten million ids is needed only where two hashes meet.
    hashed = lots.select(pl.struct("account_id", "symbol", "lot_id").hash().alias("_hash"))["_hash"]
    if hashed.n_unique() == lots.height:
        return lots, lots.clear()
    twice = hashed.is_duplicated()
    ordinal = pl.int_range(pl.len()).over("account_id", "symbol", "lot_id")
    marked = lots.with_columns(pl.when(twice).then(ordinal).otherwise(0).alias("_nth"))
    named = marked.with_columns(
        pl.when(pl.col("_nth") > 0)
        .then(pl.col("lot_id") + "#" + (pl.col("_nth") + 1).cast(pl.String))
        .otherwise(pl.col("lot_id"))
        .alias("lot_id")
    )
    return named.drop("_nth"), named.filter(pl.col("_nth") > 0).drop("_nth")
