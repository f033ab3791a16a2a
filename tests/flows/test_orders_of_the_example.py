"""The example's orders, once as it stands (Schwab masks its account numbers) and once with the numbers that the firm names."""

from __future__ import annotations

import csv
import shutil
from collections import Counter, defaultdict
from decimal import Decimal
from pathlib import Path

import pytest

from flows.next_day.sent import read_run
from flows.rebalance import rebalance
from flows.settings import Request

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "maple_wealth"


def rows(path):
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as page:
        return list(csv.DictReader(page))


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run of the example whose firm names every masked account in full, and its trading account at IBKR."""
    place = tmp_path_factory.mktemp("orders")
    shutil.copytree(EXAMPLE, place / "firm", ignore=shutil.ignore_patterns("generate"))
    with (place / "firm" / "reference" / "order_accounts.csv").open("w") as page:
        page.write("account_id,custodian,number,executing_broker\n,ibkr,F7700000,IBKRATS\n")
        for account in rows(place / "firm" / "reference" / "accounts.csv"):
            if account["custodian"] == "schwab":
                page.write(f"{account['account_id']},,00{account['account_id'][2:6]}{account['custodian_ref'][3:]},\n")
    rebalance(Request(place / "firm", None, place / "run", place / "firm.duckdb", workers=1, pdf=False))
    return place / "run"


def ways_out(run):
    """Trade id → the files that it stands in, over all custodians; allocations of IBKR by account, symbol and side."""
    found = Counter()
    for folder in (run / "orders").iterdir():
        names = ("orders.csv", "allocations.csv")
        found.update(row["order_id"] for name in names for row in rows(folder / name))
        found.update(row["trade_id"] for row in rows(folder / "unsendable.csv"))
    return found


def ibkr_allocations(run):
    return [line for path in sorted((run / "orders" / "ibkr").glob("allocation-import-*.csv")) for line in csv.reader(path.open())]


def test_every_trade_leaves_the_house_once_or_stays_for_a_reason(run):
    trades = {row["trade_id"]: row for row in rows(run / "trades.csv")}
    blocked = ibkr_allocations(run)
    assert len(blocked) > 2
    found = ways_out(run)
    assert set(found) <= set(trades)
    assert set(found.values()) == {1}
    missing = set(trades) - set(found)
    assert len(missing) == len(blocked)
    assert {trades[each]["custodian"] for each in missing} == {"ibkr"}
    assert sum(Decimal(trades[each]["quantity"]) for each in missing) == sum(Decimal(line[5]) for line in blocked)
    assert {line[0] for line in blocked} == {"F7700000"}


def test_the_numbers_that_the_firm_names_let_the_masked_accounts_trade(run):
    assert rows(run / "orders" / "schwab" / "unsendable.csv") == []
    numbers = {row["account_number"] for name in ("orders.csv", "allocations.csv") for row in rows(run / "orders" / "schwab" / name)}
    assert numbers
    assert all(number.startswith("00") and "." not in number for number in numbers)


def test_every_lot_of_a_taxable_sale_is_instructed_in_full(run):
    sold, instructed = defaultdict(Decimal), defaultdict(Decimal)
    for row in rows(run / "lots.csv"):
        if row["term"]:
            sold[row["trade_id"]] += Decimal(row["quantity"])
    for folder in (run / "orders").iterdir():
        for row in rows(folder / "lot-instructions.csv"):
            assert bool(row["custodian_lot_id"]) == (row["named_by"] == "lot_id")
            assert row["acquired_date"] or row["custodian_lot_id"]
            assert "@" not in row["custodian_lot_id"]  # an id of the house means nothing to a custodian
            instructed[row["order_id"]] += Decimal(row["quantity"])
    assert instructed == sold


def test_a_block_is_the_sum_of_its_allocations_and_goes_when_all_of_them_can(run):
    for folder in (run / "orders").iterdir():
        parts = defaultdict(list)
        for row in rows(folder / "allocations.csv"):
            parts[row["block_id"]].append(row)
        for block in rows(folder / "blocks.csv"):
            if block["block_id"] in parts:
                mine = parts[block["block_id"]]
                assert Decimal(block["quantity"]) == sum(Decimal(part["quantity"]) for part in mine)
                assert {part["sequence"] for part in mine} == {block["sequence"]}
                assert len({part["account_number"] for part in mine}) == int(block["accounts"]) > 1
    steps = {(row["side"], row["sequence"]) for folder in (run / "orders").iterdir() for row in rows(folder / "blocks.csv")}
    assert not steps & {("SELL", "2"), ("S", "2")}


def test_a_run_is_read_back_as_it_was_written(run):
    sent = read_run(run)
    assert len(sent.trades) == len(rows(run / "trades.csv"))
    assert not any(trade.held_back for trade in sent.trades)
    assert sum(len(trade.lots) for trade in sent.trades) == len(rows(run / "lots.csv"))
