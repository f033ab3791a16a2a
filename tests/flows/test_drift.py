"""The drift of the whole book in one question is the drift that every household is judged by."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from flows.drift import TARGET, drift_of_book, targets_of
from flows.ingest import ingest
from rules.language.selector import Selector
from rules.load import load_policy
from rules.tax import load_tax_year
from solver.build import build_problem
from solver.cadence import drift
from tests.small_firm import SmallFirm
from validation.findings import FirmUnusable
from validation.gate import gate

MAPLE = Path(__file__).parents[2] / "examples" / "maple_wealth"


@pytest.fixture(scope="module")
def maple(tmp_path_factory):
    """The example's book with its policy, and where it was loaded."""
    warehouse = tmp_path_factory.mktemp("drift") / "book.duckdb"
    landed = ingest(MAPLE, None, warehouse)
    return warehouse, gate(landed.marts, landed.as_of), load_policy(MAPLE, landed.as_of)[0]


def assert_alike(warehouse, book, policy):
    """One question gives what the solver's arrays give, household by household."""
    as_of = book.book.as_of
    year = load_tax_year(as_of.year)
    scanned = drift_of_book(warehouse, MAPLE, as_of, targets_of(policy, book))
    assert scanned["household_id"].to_list() == list(book.household_ids)
    for household_id, value, drifted in scanned.iter_rows():
        household = book.read(household_id)
        problem = build_problem(household, policy.for_household(household), year)
        assert value == pytest.approx(problem.value_usd, abs=0.005), household_id
        assert drifted == pytest.approx(drift(problem), abs=1e-9), household_id
    assert scanned["drift"].max() > 0.05


def test_one_question_gives_every_households_drift(maple):
    assert_alike(*maple)


def test_a_household_that_a_layer_steers_elsewhere_is_measured_against_its_own_target(maple):
    warehouse, book, policy = maple
    household = book.read(book.household_ids[0])
    theirs = policy.for_household(household).target
    weights = {"us_equity": Decimal("0.3"), "cash": Decimal("0.7")}
    turned = theirs.rule.model_copy(update={"weights_frac": weights, "applies_to": Selector(households=[household.household_id])})
    own = replace(policy, rules=(*policy.rules, replace(theirs, rule=turned, layer="household")))
    assert own.for_household(household).target.rule.weights["cash"] == Decimal("0.7")
    assert_alike(warehouse, book, own)


@pytest.fixture
def firm(tmp_path):
    return SmallFirm(tmp_path / "firm")


TARGETS = [("balanced", "", "us_stock", 0.6), ("balanced", "", "us_bond", 0.4)]


def scanned(firm, targets=TARGETS):
    landed = ingest(firm.root, None, firm.warehouse)
    frame = drift_of_book(firm.warehouse, firm.root, landed.as_of, pl.DataFrame(targets, TARGET, orient="row"))
    return {household_id: (value, drifted) for household_id, value, drifted in frame.iter_rows()}


def test_a_target_by_hand(firm):
    """H1 holds 33,000 of stock, 17,500 of bonds and 1,525.50 of cash; H2 holds 13,000 of stock and gets 1,000 of cash today."""
    book = scanned(firm)
    stock, bonds, value = 33_000, 17_500, 52_025.5
    assert book["H1"] == (value, pytest.approx((abs(stock / value - 0.6) + abs(bonds / value - 0.4) + 1_525.5 / value) / 2))
    assert book["H2"] == (14_250, pytest.approx((13_000 / 14_250 - 0.6 + 0.4 + 1_250 / 14_250) / 2))


def test_a_household_of_its_own_target_and_one_without_any(firm):
    firm.cell("households.csv", 3, "model", "unknown")
    book = scanned(firm, [*TARGETS, ("balanced", "H1", "us_stock", 1.0)])
    assert book["H1"][1] == pytest.approx((17_500 + 1_525.5) / 52_025.5)
    assert book["H2"] == (14_250, None)


def test_what_has_no_price_leaves_value_and_drift_open(firm):
    firm.set("prices.csv", "symbol,date,price,source\nVTI,2026-11-20,300.00,close\nBND,2026-11-20,70,c\n")
    book = scanned(firm)
    assert book["H2"] == (None, None)
    assert book["H1"][1] is not None


def test_a_day_that_was_never_loaded_is_refused(firm):
    scanned(firm)
    with pytest.raises(FirmUnusable, match="no book of 2020-01-01"):
        drift_of_book(firm.warehouse, firm.root, date(2020, 1, 1), None)
