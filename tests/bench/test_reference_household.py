"""The reference household is the one that the model page describes, in memory and on disk alike."""

from __future__ import annotations

from dataclasses import fields, replace
from decimal import Decimal
from pathlib import Path

import pytest

from flows.ingest import ingest
from tests.bench.reference_firm import reference_policy, write_firm
from tests.bench.reference_household import LOTS, reference_household
from validation.findings import NOWHERE
from validation.gate import gate
from validation.household import Household


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_it_has_the_size_and_shape_of_the_table(seed: int):
    household = reference_household(seed)
    lots = [lot for position in household.positions for lot in position.lots]
    taxed = [lot for lot in lots if household.account[lot.account_id].is_taxable]
    losses = {lot.symbol for lot in taxed if lot.cost_basis_usd > lot.quantity * household.price_usd(lot.symbol)}
    assert len(lots) == LOTS and len(taxed) == LOTS * 3 // 4
    assert abs(household.value_usd - 2_000_000) < 40_000
    assert len(household.securities) == 36 and len(household.accounts) == 5
    assert len(losses) >= 12


def test_equal_seeds_give_equal_households():
    assert reference_household(4) == reference_household(4)
    assert reference_household(4) != reference_household(5)


def test_its_policy_reads_and_binds(tmp_path: Path):
    policy = reference_policy(1, tmp_path)
    assert policy.target is not None and policy.assumptions is not None
    assert {"band", "gain_budget", "wash_sale", "location", "trade_size", "cadence"} <= {placed.rule.kind for placed in policy.rules}


def placeless(household: Household) -> dict[str, object]:
    """What a household is, whichever file it was read from."""
    told = {field.name: getattr(household, field.name) for field in fields(household) if field.name != "place"}
    told["taxpayers"] = tuple(replace(taxpayer, place=NOWHERE) for taxpayer in household.taxpayers)
    told["accounts"] = tuple(replace(account, place=NOWHERE) for account in household.accounts)
    told["positions"] = {
        (position.account_id, position.symbol): (position.quantity, [replace(lot, place=NOWHERE) for lot in position.lots])
        for position in household.positions
    }
    told["cash"] = {cash.account_id: cash.total_usd for cash in household.cash}
    told["recent_purchases"] = {(bought.account_id, bought.symbol, bought.lot_id): bought for bought in household.recent_purchases}
    return told


def test_the_firm_on_disk_holds_the_same_household(tmp_path: Path):
    landed = ingest(write_firm(2, tmp_path), None, tmp_path / "book.duckdb")
    book = gate(landed.marts, landed.as_of)
    assert [finding for finding in book.findings if finding.severity.value == "error"] == []
    read, made = placeless(book.read("R-0002")), placeless(reference_household(2))
    assert {name for name in made if read[name] != made[name]} == set()
    assert sum((lot.cost_basis_usd for position in reference_household(2).positions for lot in position.lots), Decimal(0)) > 0
