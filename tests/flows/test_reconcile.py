"""The day after a run of the example: what was sent beside what the custodians did, with faults planted."""

from __future__ import annotations

import csv
import shutil
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from typer.testing import CliRunner

from flows.cli import app
from flows.ingest import ingest
from flows.next_day.reconcile import reconcile
from flows.next_day.sent import read_run
from flows.rebalance import rebalance
from flows.settings import Request
from tests.flows.next_day import Morning
from validation.findings import FirmUnusable
from validation.gate import gate

HOUSE = Path(__file__).resolve().parents[2]
EXAMPLE = HOUSE / "examples" / "maple_wealth"
MONDAY = date(2026, 11, 23)


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """The example, run once: the firm's folder, the run's folder, a warehouse, the run as sent, the households before."""
    place = tmp_path_factory.mktemp("desk")
    shutil.copytree(EXAMPLE, place / "firm", ignore=shutil.ignore_patterns("generate"))
    warehouse = place / "firm.duckdb"
    rebalance(Request(place / "firm", None, place / "run", warehouse, workers=1, pdf=False))
    sent = read_run(place / "run")
    before = ingest(place / "firm", sent.as_of, warehouse)
    book = gate(before.marts, before.as_of)
    households = {name: book.read(name) for name in {trade.household_id for trade in sent.trades}}
    return place, sent, households


@pytest.fixture
def morning(desk):
    _, sent, households = desk
    return Morning(households, sent.trades, MONDAY)


def compared(desk, extracts):
    place, *_ = desk
    return reconcile(place / "run", extracts, place / "firm", place / "firm.duckdb")


def faults(result):
    return {each.trade_id: each for each in result.differences if each.counts}


def a_sale_with_a_choice(sent, households):
    """A sendable sale of a taxable account, in a household that gains are taxed in, with another lot that could have been taken."""
    for trade in sent.trades:
        home = households[trade.household_id]
        taxed = home.account[trade.account_id].is_taxable and sent.promised_tax[trade.household_id]
        if trade.side != "SELL" or trade.held_back or not taxed:
            continue
        named = {lot.lot_id for lot in trade.lots}
        for position in home.positions:
            if (position.account_id, position.symbol) == (trade.account_id, trade.symbol):
                for lot in position.lots:
                    if lot.lot_id not in named and lot.quantity >= trade.quantity and lot.cost_basis_usd:
                        return trade, lot
    raise AssertionError("the example has no sale with a choice of lots")


def test_a_day_on_which_everything_was_done_as_sent_has_no_difference(desk, morning, tmp_path):
    result = compared(desk, morning.write(tmp_path))
    assert faults(result) == {}
    assert result.is_clean
    assert {each.code for each in result.differences} == {"not-sent"}  # the masked accounts at Schwab
    by_household = {each.household_id: each for each in result.taxes}
    untouched = {each.household_id for each in result.differences}
    complete = [each for name, each in by_household.items() if name not in untouched]
    assert complete
    for each in complete:
        assert abs(each.difference) < 50, each  # the half-spread alone


def test_a_wrong_lot_and_a_missing_fill_are_found_and_ranked_by_their_tax(desk, morning, tmp_path):
    _, sent, households = desk
    sale, other = a_sale_with_a_choice(sent, households)
    morning.relieve(sale.trade_id, {other.lot_id: sale.quantity})
    missing = next(each for each in sent.trades if each.side == "BUY" and not each.held_back and each.account_id != sale.account_id)
    morning.miss(missing.trade_id)
    result = compared(desk, morning.write(tmp_path))
    found = faults(result)
    assert {trade_id: each.code for trade_id, each in found.items()} == {sale.trade_id: "wrong-lots", missing.trade_id: "not-filled"}
    assert list(found) == [sale.trade_id, missing.trade_id]  # tax dollars first
    wrong = found[sale.trade_id]
    assert wrong.tax != 0
    assert wrong.promised_gain != wrong.realized_gain
    assert str(other.acquired_date) in wrong.message
    assert found[missing.trade_id].filled == 0
    assert not result.is_clean


def test_the_tax_of_a_wrong_lot_is_that_of_the_whole_return(desk, morning, tmp_path):
    """By hand: the household's difference is the effect of the one wrong lot, up to the half-spread."""
    _, sent, households = desk
    sale, other = a_sale_with_a_choice(sent, households)
    right = compared(desk, Morning(households, sent.trades, MONDAY).write(tmp_path / "right"))
    morning.relieve(sale.trade_id, {other.lot_id: sale.quantity})
    wrong = compared(desk, morning.write(tmp_path / "wrong"))
    tax = {name: next(each.realized for each in result.taxes if each.household_id == sale.household_id)
           for name, result in (("right", right), ("wrong", wrong))}  # fmt: skip
    assert abs(tax["wrong"] - tax["right"] - faults(wrong)[sale.trade_id].tax) < 50


def test_lots_are_compared_without_realised_reports_too(desk, morning, tmp_path):
    _, sent, households = desk
    sale, other = a_sale_with_a_choice(sent, households)
    morning.relieve(sale.trade_id, {other.lot_id: sale.quantity})
    result = compared(desk, morning.write(tmp_path, without=("realized",)))
    assert {trade_id: each.code for trade_id, each in faults(result).items()} == {sale.trade_id: "wrong-lots"}


def test_fills_are_told_by_positions_where_no_transactions_come(desk, morning, tmp_path):
    _, sent, _ = desk
    missing = next(each for each in sent.trades if each.side == "BUY" and not each.held_back)
    morning.miss(missing.trade_id)
    result = compared(desk, morning.write(tmp_path, without=("transactions",)))
    assert {trade_id: each.code for trade_id, each in faults(result).items()} == {missing.trade_id: "not-filled"}


def test_a_partial_fill_says_how_much(desk, morning, tmp_path):
    _, sent, _ = desk
    trade = next(each for each in sent.trades if each.custodian == "ibkr" and each.side == "BUY")
    morning.fill(trade.trade_id, Decimal(1))
    found = faults(compared(desk, morning.write(tmp_path)))
    assert {trade_id: each.code for trade_id, each in found.items()} == {trade.trade_id: "partly-filled"}
    assert "1 were filled" in found[trade.trade_id].message


def test_a_block_that_was_shared_out_unfairly_is_found(desk, morning, tmp_path):
    _, sent, _ = desk
    block = [each for each in sent.trades if (each.custodian, each.symbol, each.side) == ("juniper", "AGG", "BUY")]
    assert len(block) > 2
    last = block[-1]
    for trade in block[:-1]:
        morning.fill(trade.trade_id, trade.quantity - 1)
    morning.fill(last.trade_id, Decimal(1))
    found = faults(compared(desk, morning.write(tmp_path)))
    assert found[last.trade_id].code == "unfair-allocation"


def test_orders_entered_by_hand_are_compared_like_any_other(desk, tmp_path):
    _, sent, households = desk
    result = compared(desk, Morning(households, sent.trades, MONDAY, by_hand=True).write(tmp_path))
    assert result.differences == ()
    assert all(abs(each.difference) < 50 for each in result.taxes)


def test_a_custodian_that_delivered_nothing_is_said_and_not_guessed(desk, morning, tmp_path):
    extracts = morning.write(tmp_path)
    shutil.rmtree(extracts / "ibkr")
    found = faults(compared(desk, extracts))
    assert {each.code for each in found.values()} == {"not-delivered"}
    assert {each.custodian for each in found.values()} == {"ibkr"}
    assert {each.tax for each in found.values()} == {0}


def test_a_trade_that_nobody_sent_is_found(desk, morning, tmp_path):
    _, sent, _ = desk
    extracts = morning.write(tmp_path)
    account = next(each.account_id for each in sent.trades if each.custodian == "juniper")
    reference = morning.account[account].custodian_ref
    with (extracts / "juniper" / "transactions.csv").open("a") as page:
        page.write(f"{reference},{MONDAY},{MONDAY},buy,QQQ,3,500,-1500.00\n")
    found = [each for each in compared(desk, extracts).differences if each.code == "unplanned"]
    assert [(each.account_id, each.symbol, each.filled) for each in found] == [(account, "QQQ", 3)]


def change(page, account_ref, symbol, **cells):
    """Write other cells into the rows of an account and a symbol of a delivered file."""
    with page.open() as file:
        lines = list(csv.DictReader(file))
    for line in lines:
        if (line["account"], line["symbol"]) == (account_ref, symbol):
            line.update({name: str(given(Decimal(line[name]))) for name, given in cells.items()})
    with page.open("w", newline="") as file:
        writer = csv.DictWriter(file, lines[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(lines)


@pytest.mark.parametrize(
    "page, cells, code, more_gain",
    [
        ("realized", {"cost_basis": lambda cost: cost + 500}, "basis-differs", -500),
        ("realized", {"wash_disallowed": lambda _: Decimal("250.00")}, "loss-washed", 250),
        ("transactions", {"quantity": lambda shares: shares + 5}, "over-filled", 0),
    ],
)
def test_what_a_custodian_did_otherwise_has_its_own_name_and_gain(desk, morning, tmp_path, page, cells, code, more_gain):
    _, sent, households = desk
    sale, _ = a_sale_with_a_choice(sent, households)
    extracts = morning.write(tmp_path)
    change(extracts / sale.custodian / f"{page}.csv", morning.account[sale.account_id].custodian_ref, sale.symbol, **cells)
    found = faults(compared(desk, extracts))
    assert {trade_id: each.code for trade_id, each in found.items()} == {sale.trade_id: code}
    each = found[sale.trade_id]
    assert each.remedy
    lots = len(sale.lots)
    assert abs(each.realized_gain - each.promised_gain - more_gain * (lots if page == "realized" else 1)) < 10  # the half-spread


def test_a_reinvested_dividend_is_nobodys_trade(desk, morning, tmp_path):
    _, sent, _ = desk
    traded = {(each.account_id, each.symbol) for each in sent.trades}
    account, untraded = next(key for key in morning.held if key not in traded and morning.account[key[0]].custodian == "ibkr")
    morning.held[account, untraded] += 1
    extracts = morning.write(tmp_path)
    with (extracts / "ibkr" / "transactions.csv").open("a") as page:
        page.write(f"{morning.account[account].custodian_ref},{MONDAY},{MONDAY},reinvest,{untraded},1,100,-100.00\n")
    assert faults(compared(desk, extracts)) == {}


def test_a_day_that_is_not_after_the_run_is_refused(desk, tmp_path):
    place, *_ = desk
    for folder in (place / "firm" / "extracts" / "2026-11-20", tmp_path / "nowhere", place):
        with pytest.raises(FirmUnusable) as ending:
            compared(desk, folder)
        assert ending.value.findings[0].code == "missing-extracts"
    with pytest.raises(FirmUnusable) as ending:
        reconcile(tmp_path, place, place / "firm")
    assert ending.value.findings[0].code == "missing-run"


def test_the_command_prints_a_table_leaves_two_files_and_tells_by_its_exit_code(desk, morning, tmp_path, monkeypatch):
    place, sent, households = desk
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ROOFTREE_WAREHOUSE", str(place / "firm.duckdb"))
    extracts = place / "firm" / "extracts"

    def rooftree(*words):
        return CliRunner().invoke(app, ["reconcile", str(place / "run"), *map(str, words)])

    try:
        day = Morning(households, sent.trades, MONDAY, by_hand=True).write(extracts)
        done = rooftree(day)
        assert done.exit_code == 0, done.output
        assert f"{len(sent.trades)} done as sent" in done.stdout
        shutil.rmtree(day)
        missing = next(each for each in sent.trades if each.side == "SELL" and not each.held_back)
        morning.miss(missing.trade_id)
        done = rooftree(morning.write(extracts), "--out", "after")
        assert done.exit_code == 1, done.output
        assert "not-filled" in done.stdout
        with (tmp_path / "after" / "differences.csv").open() as page:
            (row,) = [row for row in csv.DictReader(page) if row["difference"] == "not-filled"]
        assert row["trade_id"] == missing.trade_id
        assert row["remedy"]
        assert (tmp_path / "after" / "taxes.csv").is_file()
        assert rooftree(tmp_path / "nothing").exit_code == 2
    finally:
        shutil.rmtree(extracts / str(MONDAY), ignore_errors=True)
        shutil.rmtree(place / f"run-reconciled-{MONDAY}", ignore_errors=True)


def test_lots_without_ids_are_followed_by_date_and_cost_though_a_partial_sale_rounds_their_cost(desk, morning, tmp_path):
    _, sent, households = desk
    sale, other = a_sale_with_a_choice(sent, households)
    morning.relieve(sale.trade_id, {other.lot_id: sale.quantity})
    extracts = morning.write(tmp_path, without=("realized",))
    page = extracts / sale.custodian / "lots.csv"
    with page.open() as file:
        lines = list(csv.DictReader(file))
    for number, line in enumerate(lines):
        line["lot_id"] = f"another-{number}"
        if line["cost_basis"] and Decimal(line["quantity"]) >= 3:
            line["cost_basis"] = str(Decimal(line["cost_basis"]) + Decimal("0.01"))
    with page.open("w", newline="") as file:
        writer = csv.DictWriter(file, lines[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(lines)
    assert {trade_id: each.code for trade_id, each in faults(compared(desk, extracts)).items()} == {sale.trade_id: "wrong-lots"}


def test_where_lots_cannot_be_followed_it_is_said_and_not_guessed(desk, morning, tmp_path):
    _, sent, households = desk
    sale, _ = a_sale_with_a_choice(sent, households)
    found = faults(compared(desk, morning.write(tmp_path, without=("realized", "lots"))))
    assert found[sale.trade_id].code == "lots-not-told"
    assert {each.code for each in found.values()} == {"lots-not-told"}
