"""What a custodian tells otherwise than the day before, though nothing was traded."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from flows.ingest import ingest
from tests.small_firm import SmallFirm
from validation.findings import Finding
from validation.gate import gate

THE_DAY_BEFORE = date(2026, 11, 19)


@pytest.fixture
def firm(tmp_path: Path) -> SmallFirm:
    SmallFirm(tmp_path / "firm", THE_DAY_BEFORE)
    return SmallFirm(tmp_path / "firm")


def restated(firm: SmallFirm, warehouse: str = "warehouse.duckdb") -> list[Finding]:
    landed = ingest(firm.root, None, firm.root.parent / warehouse)
    return [found for found in gate(landed.marts, landed.as_of).findings if found.code == "restated-lot"]


def test_two_days_that_agree_say_nothing(firm):
    assert restated(firm) == []


def test_a_basis_that_changed_overnight_is_told_with_both_figures(firm):
    firm.cell("alpha/lots.csv", 2, "cost_basis", "21000.00")
    (found,) = restated(firm)
    assert found.message == "lot L1 of VTI in account A1: basis $21,000.00, on 2026-11-19 it was $20,000.00"
    assert (found.severity, found.household_id, found.subject) == ("warning", "H1", "L1")
    assert str(found.place) == "extracts/2026-11-20/alpha/lots.csv:2"


def test_a_basis_that_went_missing_and_a_date_that_moved_are_told(firm):
    firm.cell("alpha/lots.csv", 2, "cost_basis", "")
    firm.cell("alpha/lots.csv", 4, "acquired_date", "2021-06-02")
    assert [found.message.split(": ")[1] for found in restated(firm)] == [
        "basis missing, on 2026-11-19 it was $20,000.00",
        "acquired 2021-06-02, on 2026-11-19 it was 2021-06-01",
    ]


def test_a_lot_that_got_another_id_is_known_by_its_security_and_quantity(firm):
    firm.cell("alpha/lots.csv", 2, "lot_id", "L1-NEW")
    assert restated(firm) == []
    firm.cell("alpha/lots.csv", 2, "cost_basis", "21000.00")
    assert [found.subject for found in restated(firm)] == ["L1-NEW"]


def test_a_trade_since_then_explains_the_change_and_an_older_one_does_not(firm):
    firm.cell("alpha/lots.csv", 2, "cost_basis", "21000.00")
    firm.add("alpha/transactions.csv", "0001,2026-11-19,2026-11-20,sell,VTI,-1,300.00,300.00")
    assert len(restated(firm)) == 1
    firm.add("alpha/transactions.csv", "0001,2026-11-20,2026-11-21,sell,VTI,-1,300.00,300.00")
    assert restated(firm) == []


def test_a_partial_sale_is_no_restatement(firm):
    firm.cell("alpha/lots.csv", 2, "quantity", "90")
    firm.cell("alpha/lots.csv", 2, "cost_basis", "18000.00")
    assert restated(firm) == []


def test_it_follows_from_the_folder_and_not_from_what_the_warehouse_saw(firm):
    firm.cell("alpha/lots.csv", 2, "cost_basis", "21000.00")
    ingest(firm.root, THE_DAY_BEFORE, firm.warehouse)
    assert restated(firm) == restated(firm, "fresh.duckdb") == restated(firm) != []


def test_a_correction_of_the_day_before_is_seen_the_next_time(firm):
    firm.cell("alpha/lots.csv", 2, "cost_basis", "21000.00")
    assert len(restated(firm)) == 1
    earlier = firm.root / "extracts/2026-11-19/alpha/lots.csv"
    earlier.write_bytes(firm.path("alpha/lots.csv").read_bytes())
    assert restated(firm) == []
