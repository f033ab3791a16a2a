"""Table contracts: data checks are really on, and each table says its grain."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import polars as pl
import pytest

from flows.ingest import ingest
from validation.gate import gate
from validation.tables import CONTRACTS, check_contracts


@pytest.fixture
def marts(firm):
    return ingest(firm.root, None, firm.warehouse).marts


def test_sound_marts_keep_their_contracts(marts):
    assert check_contracts(marts) == []


@pytest.mark.parametrize("table", CONTRACTS)
def test_a_contract_begins_with_its_grain(table):
    assert (CONTRACTS[table].__doc__ or "").startswith("one row per ")


def test_every_mart_has_a_contract(marts):
    assert {name for name, _ in marts.frames()} - set(CONTRACTS) == {"bad_cells"}


def test_bad_data_is_found_and_not_only_bad_types(marts):
    lots = marts.tax_lots.with_columns(
        pl.when(pl.col("lot_id") == "L1").then(pl.lit(date(1066, 10, 14))).otherwise(pl.col("acquired_date")).alias("acquired_date"),
        pl.when(pl.col("lot_id") == "L3").then(-1).otherwise(pl.col("decimals")).cast(pl.Int32).alias("decimals"),
    )
    findings = check_contracts(replace(marts, tax_lots=lots))
    assert {(finding.code, finding.household_id, finding.place.line) for finding in findings} == {
        ("table-contract", "H1", 2),
        ("table-contract", "H1", 4),
    }
    assert gate(replace(marts, tax_lots=lots), date(2026, 11, 20)).is_blocked("H1")


def test_a_null_where_a_number_is_promised_is_found(marts):
    cash = marts.cash.with_columns(pl.when(pl.col("account_id") == "B1").then(None).otherwise(pl.col("settled_cash")).alias("settled_cash"))
    (finding,) = check_contracts(replace(marts, cash=cash))
    assert (finding.household_id, finding.place.path) == ("H2", "extracts/2026-11-20/beta/cash.csv")


def test_a_table_of_another_shape_is_a_mistake_of_the_house(marts):
    with pytest.raises(TypeError, match="positions"):
        check_contracts(replace(marts, positions=marts.positions.with_columns(pl.col("quantity").cast(pl.Float64))))
