"""Defects that only other layouts than the generic one can bring, planted in the marts."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from flows.ingest import ingest
from tests.small_firm import AS_OF
from validation.findings import Severity
from validation.gate import gate

SHARES = pl.Decimal(24, 8)


@pytest.fixture
def marts(firm):
    return ingest(firm.root, None, firm.warehouse).marts


def planted(frame, column, value, where):
    """The frame with one column set where the condition holds."""
    return frame.with_columns(pl.when(where).then(pl.lit(value)).otherwise(pl.col(column)).cast(frame.schema[column]).alias(column))


def by_profile(marts, path_end, **values):
    deliveries = marts.deliveries
    for column, value in values.items():
        deliveries = planted(deliveries, column, value, pl.col("path").str.ends_with(path_end))
    return replace(marts, deliveries=deliveries)


def codes(book, household=None):
    return sorted({finding.code for finding in (book.findings if household is None else book.findings_of(household))})


def test_a_pending_split_freezes_the_security_everywhere_and_its_shares_are_added(marts):
    where = (pl.col("account_id") == "A1") & (pl.col("symbol") == "VTI")
    book = gate(replace(marts, positions=planted(marts.positions, "pending_split_quantity", Decimal(110), where)), AS_OF)
    assert book.read("H2").securities["VTI"].frozen == "pending-split"
    held = next(p for p in book.read("H1").positions if p.symbol == "VTI")
    assert held.quantity == 220
    assert "pending-split" in codes(book, "H1")
    assert not book.is_blocked("H1")


@pytest.mark.parametrize(("marked", "blocked"), [(True, False), (False, True)])
def test_elsewhere_a_negative_quantity_may_stand_where_the_extract_marks_a_short(marts, marked, blocked):
    where = pl.col("account_id") == "B1"
    positions = planted(planted(marts.positions, "quantity", Decimal(-100), where), "is_short", marked, where)
    lots = planted(marts.tax_lots, "quantity", Decimal(-100), where)
    book = gate(by_profile(replace(marts, positions=positions, tax_lots=lots), "beta/positions.csv", profile="ibkr-flex"), AS_OF)
    assert book.is_blocked("H2") is blocked
    assert book.read("H2").positions[0].frozen == ("short-position" if marked else "")


def test_another_currency_blocks_the_household(marts):
    book = gate(replace(marts, cash=planted(marts.cash, "currency", "EUR", pl.col("account_id") == "B1")), AS_OF)
    assert book.is_blocked("H2") and not book.is_blocked("H1")
    assert book.read("H2").cash == ()


def test_trades_that_have_not_settled_are_a_note(marts):
    positions = planted(marts.positions, "settled_quantity", Decimal(90), pl.col("account_id") == "B1")
    book = gate(replace(marts, positions=positions), AS_OF)
    assert codes(book) == ["unsettled-trades"]
    assert book.read("H2").positions[0].quantity == 100


def test_symbol_and_cusip_that_disagree_freeze_the_security_in_that_account(marts):
    book = gate(replace(marts, positions=planted(marts.positions, "disputed_symbol", "BND", pl.col("account_id") == "B1")), AS_OF)
    assert book.read("H2").positions[0].frozen == "identity-conflict"
    assert not book.is_blocked("H2")


def test_a_value_that_differs_from_quantity_times_price_is_a_warning(marts):
    book = gate(replace(marts, positions=planted(marts.positions, "market_value", Decimal(6500), pl.col("account_id") == "B1")), AS_OF)
    assert [(finding.code, finding.severity) for finding in book.findings] == [("value-differs", Severity.WARNING)]


@pytest.mark.parametrize(
    ("stated", "code", "blocked"),
    [(date(2026, 11, 19), "other-as-of", False), (date(2026, 11, 18), "wrong-as-of", True), (date(2026, 11, 21), "other-as-of", False)],
)
def test_a_file_of_another_day_blocks_who_is_in_it_beyond_one_trading_day(marts, stated, code, blocked):
    book = gate(by_profile(marts, "beta/positions.csv", stated_as_of=stated, as_of_source="header"), AS_OF)
    assert codes(book) == [code]
    assert book.is_blocked("H2") is blocked and not book.is_blocked("H1")


def test_a_sum_of_lots_is_exact_where_floats_would_not_be(marts):
    where = pl.col("account_id") == "B1"
    lots = pl.concat(
        [
            planted(marts.tax_lots.filter(where), "quantity", Decimal("0.1"), where).with_columns(pl.lit(f"L{n}").alias("lot_id"))
            for n in range(3)
        ]
    )
    lots = planted(lots, "decimals", 1, where)
    book = gate(
        replace(
            marts,
            tax_lots=pl.concat([marts.tax_lots.filter(~where), lots]),
            positions=planted(marts.positions, "quantity", Decimal("0.3"), where),
        ),
        AS_OF,
    )
    assert codes(book) == ["value-differs"]


def test_the_dollars_at_stake_rank_the_findings(firm):
    firm.cell("alpha/lots.csv", 2, "cost_basis", "")
    firm.cell("prices.csv", 5, "date", "2026-11-02")
    firm.cell("taxpayers.csv", 3, "ordinary_income", "much")
    loaded = ingest(firm.root, None, firm.warehouse)
    stakes = {finding.code: finding.at_stake_usd for finding in gate(loaded.marts, loaded.as_of).findings}
    assert stakes == {"missing-basis": Decimal("30000.00"), "stale-price": Decimal("17500.00"), "bad-reference": Decimal("13250.00")}
