"""Orders as custodians take them: account numbers, symbols, lots, blocks, sequence, control totals."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from io import StringIO

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from ruamel.yaml import YAML

from flows.orders.blocks import pro_rata
from flows.orders.catalogue import FOLDER, SCHEMA, outbound_schema, profile_of, profiles, read_profile
from flows.orders.desk import BlockAccount, Desk, agrees, is_masked, read_desk
from flows.orders.drawing import draw
from flows.orders.write import write_orders
from solver.decision import Decision
from solver.ledger import buy, holdings_after, sell
from solver.outcome import Outcome, Status
from tests.solver.making import account, household, lot, security, usd
from validation.findings import FirmUnusable

STOCK, BOND = security("VTI", 250, "us_equity", cusip="922908769"), security("BND", 75, "core_bond")
FUND = security("VTSAX", 160, "us_equity", whole=False, cusip="922908728")
FUND = replace(FUND, security_type="mutual_fund")


def at(custodian, reference, account_id="A", **more):
    return replace(account(account_id, **more), custodian=custodian, custodian_ref=reference)


def decision(home, *trades):
    outcome = Outcome(Status.PROPOSED, trades, (), holdings_after(home, trades, ()))
    return Decision(home, None, Status.PROPOSED, None, outcome)


def sale(home, lots):
    """A sale of shares by lot: {lot_id: shares}."""
    position = home.positions[0]
    by_lot = {each: usd(lots[each.lot_id]) for each in position.lots if each.lot_id in lots}
    return sell(home, home.account[position.account_id], home.securities[position.symbol], by_lot, sum(by_lot.values()))


def written(tmp_path, *decisions, desk=None):
    findings = write_orders(tmp_path, draw(decisions, desk or Desk()), decisions[0].household.as_of, desk or Desk())
    files = {path.relative_to(tmp_path / "orders").as_posix(): path.read_text() for path in (tmp_path / "orders").rglob("*.csv")}
    return files, findings


def rows(text):
    return list(csv.DictReader(StringIO(text)))


def raw(text):
    return list(csv.reader(StringIO(text)))


@pytest.fixture
def simple():
    """200 shares in two lots at Juniper, no cash."""
    lots = [lot("A", "VTI", "L1", 100, 20_000, date(2020, 1, 2)), lot("A", "VTI", "L2", 100, 26_000, date(2025, 12, 1))]
    return household([at("juniper", "0088-5521")], lots, [STOCK, BOND], cash={"A": 100})


# The language.


def test_the_schema_is_the_one_that_the_models_make():
    assert SCHEMA.read_text(encoding="utf-8") == outbound_schema(), "run `python -m flows.orders.catalogue`"


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_outbound_profile_fits_the_schema_and_is_named_like_its_file(path):
    document = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    jsonschema.validate(json.loads(json.dumps(document)), json.loads(outbound_schema()))
    assert document["name"] == path.stem


def test_every_custodian_has_one_profile_and_unknown_ones_the_neutral_layout():
    assert [profile.name for profile in profiles()] == ["fidelity", "generic", "ibkr"]
    assert profile_of("Fidelity").name == "fidelity"
    assert profile_of("schwab").name == profile_of("a new bank").name == "generic"


@pytest.mark.parametrize(
    "old, new",
    [
        ("from: side", "from: sied"),
        ("letter: H", "letter: J"),
        ("file: allocations.csv", "file: manifest.csv"),
        ("grain: lot", "grain: order"),
        ("blocks: with_block_account", "blocks: sometimes"),
        ("pattern: '[A-Z0-9]{1,9}'", "pattern: '[A-Z'"),
    ],
)
def test_a_profile_with_a_slip_is_refused(old, new):
    text = (FOLDER / "fidelity.yaml").read_text()
    assert old in text
    with pytest.raises(ValidationError):
        read_profile(text.replace(old, new))


# One account.


def test_a_sale_goes_out_with_its_lots_by_the_custodians_own_ids(tmp_path, simple):
    files, findings = written(tmp_path, decision(simple, sale(simple, {"L2": 40})))
    assert findings == []
    (order,) = rows(files["juniper/orders.csv"])
    assert (order["order_id"], order["account_number"], order["side"], order["quantity"]) == ("A-VTI-SELL", "0088-5521", "SELL", "40")
    (instruction,) = rows(files["juniper/lot-instructions.csv"])
    assert (instruction["named_by"], instruction["custodian_lot_id"], instruction["quantity"]) == ("lot_id", "L2", "40")
    assert (order["relief"], order["lot_instructions"]) == ("specific", "1")


def test_a_purchase_that_a_sale_pays_for_waits_for_it(tmp_path, simple):
    proposal = decision(simple, sale(simple, {"L2": 40}), buy(simple.account["A"], BOND, usd(100)))
    files, _ = written(tmp_path, proposal)
    assert [(order["sequence"], order["side"]) for order in rows(files["juniper/orders.csv"])] == [("1", "SELL"), ("2", "BUY")]


def test_a_purchase_that_cash_pays_for_does_not_wait(tmp_path, simple):
    proposal = decision(simple, sale(simple, {"L2": 40}), buy(simple.account["A"], BOND, usd(1)))
    files, _ = written(tmp_path, proposal)
    assert {order["sequence"] for order in rows(files["juniper/orders.csv"])} == {"1"}


def test_a_lot_without_an_id_is_named_by_date_cost_and_quantity(tmp_path, simple):
    lots = tuple(replace(each, id_is_derived=True, lot_id=f"2020@{each.lot_id}#1") for each in simple.positions[0].lots)
    home = replace(simple, positions=(replace(simple.positions[0], lots=lots),))
    files, _ = written(tmp_path, decision(home, sale(home, {"2020@L2#1": 40})))
    (instruction,) = rows(files["juniper/lot-instructions.csv"])
    assert instruction["custodian_lot_id"] == ""
    wanted = ("date_quantity_cost", "2025-12-01", "260.000000", "100", "40")
    assert tuple(instruction[name] for name in ("named_by", "acquired_date", "unit_cost", "lot_quantity", "quantity")) == wanted


def test_a_lot_id_that_cannot_be_written_as_it_is_gives_way_to_date_and_cost(tmp_path, simple):
    lots = tuple(replace(each, lot_id=f"={each.lot_id}") for each in simple.positions[0].lots)
    home = replace(simple, positions=(replace(simple.positions[0], lots=lots),))
    files, _ = written(tmp_path, decision(home, sale(home, {"=L2": 40})))
    (instruction,) = rows(files["juniper/lot-instructions.csv"])
    assert (instruction["named_by"], instruction["custodian_lot_id"]) == ("date_quantity_cost", "")


def twins(**difference):
    day = date(2024, 5, 6)
    one = lot("A", "VTI", "d#1", 50, 9_000, day, id_is_derived=True)
    return household([at("juniper", "J1")], [one, replace(one, lot_id="d#2", **difference)], [STOCK], cash={"A": 0})


def test_lots_that_nothing_tells_apart_and_that_are_taxed_differently_are_not_sent(tmp_path):
    home = twins(holding_from=date(2023, 1, 1))
    files, (finding,) = written(tmp_path, decision(home, sale(home, {"d#1": 50})))
    (held,) = rows(files["juniper/unsendable.csv"])
    assert held["reason_code"] == "ambiguous-lot"
    assert "2 lots of VTI of 2024-05-06" in held["reason"]
    assert held["remedy"]
    assert finding.code == "unsendable-orders"
    assert "juniper/orders.csv" not in files


def test_lots_alike_in_every_respect_may_be_sold_either_one(tmp_path):
    home = twins()
    files, findings = written(tmp_path, decision(home, sale(home, {"d#1": 20})))
    assert findings == []
    assert len(rows(files["juniper/lot-instructions.csv"])) == 1


def test_indistinguishable_lots_that_are_all_sold_are_not_ambiguous(tmp_path):
    home = twins(holding_from=date(2023, 1, 1))
    _, findings = written(tmp_path, decision(home, sale(home, {"d#1": 50, "d#2": 50})))
    assert findings == []


def test_a_lot_with_neither_id_nor_date_is_not_sent(tmp_path):
    home = household([at("juniper", "J1")], [lot("A", "VTI", "u", 50, 9_000, None, id_is_derived=True)], [STOCK], cash={"A": 0})
    files, _ = written(tmp_path, decision(home, sale(home, {"u": 20})))
    assert [each["reason_code"] for each in rows(files["juniper/unsendable.csv"])] == ["unnamed-lot"]


def averaged():
    lots = [lot("A", "VTSAX", "old", 50, 5_000, date(2020, 1, 2)), lot("A", "VTSAX", "new", 30, 3_000, date(2024, 1, 2))]
    return household([at("juniper", "J1")], lots, [FUND], cash={"A": 0})


def test_a_fund_at_average_cost_takes_no_specific_lots(tmp_path):
    home = averaged()
    files, _ = written(tmp_path, decision(home, sale(home, {"new": 10})))
    assert [each["reason_code"] for each in rows(files["juniper/unsendable.csv"])] == ["average-cost"]


def test_a_fund_at_average_cost_is_sold_oldest_first_without_instructions(tmp_path):
    home = averaged()
    files, _ = written(tmp_path, decision(home, sale(home, {"old": 50, "new": 5})))
    assert [order["relief"] for order in rows(files["juniper/orders.csv"])] == ["AVERAGE_COST"]
    assert "juniper/lot-instructions.csv" not in files or rows(files["juniper/lot-instructions.csv"]) == []


def test_an_untaxed_account_names_no_lots(tmp_path):
    home = household([at("juniper", "J1", treatment="tax_deferred")], [lot("A", "VTI", "L1", 50, None)], [STOCK], cash={"A": 0})
    files, _ = written(tmp_path, decision(home, sale(home, {"L1": 20})))
    (order,) = rows(files["juniper/orders.csv"])
    assert (order["relief"], order["lot_instructions"]) == ("FIFO", "0")


# What stays in the house.


@pytest.mark.parametrize("number", ["...417", "XXXX-1234", "…051", "*9123", "xxx-88", "Individual Brokerage -1234"])
def test_a_masked_account_number_is_never_sent(tmp_path, simple, number):
    home = replace(simple, accounts=(at("schwab", number),))
    files, (finding,) = written(tmp_path, decision(home, sale(home, {"L2": 40})))
    (held,) = rows(files["schwab/unsendable.csv"])
    assert held["reason_code"] == "masked-account-number"
    assert "order_accounts.csv" in held["remedy"]
    assert finding.at_stake_usd == usd(10_000)
    assert [row for row in rows(files["schwab/manifest.csv"]) if row["file"] != "unsendable.csv"] == []


def test_the_firm_may_name_a_masked_account_in_full(tmp_path, simple):
    home = replace(simple, accounts=(at("schwab", "...417"),))
    files, findings = written(tmp_path, decision(home, sale(home, {"L2": 40})), desk=Desk({"A": "0012-3417"}))
    assert findings == []
    assert rows(files["schwab/orders.csv"])[0]["account_number"] == "0012-3417"


def test_a_full_number_that_contradicts_the_mask_is_never_sent(tmp_path, simple):
    home = replace(simple, accounts=(at("schwab", "...417"),))
    files, _ = written(tmp_path, decision(home, sale(home, {"L2": 40})), desk=Desk({"A": "00123-418"}))
    assert [each["reason_code"] for each in rows(files["schwab/unsendable.csv"])] == ["account-number-contradicts"]
    assert not agrees("...417", "17")
    assert agrees("Z12-XXX-34", "Z12-555-34")
    assert agrees("Individual Brokerage -1234", "5551-1234")
    assert not agrees("Individual Brokerage -1234", "5551-4321")
    assert is_masked("Z12-XXX-34")


@pytest.mark.parametrize("number, code", [("", "no-account-number"), ("=1+1", "account-number-unsafe"), ("-A1", "account-number-unsafe")])
def test_an_account_number_is_written_exactly_or_not_at_all(tmp_path, simple, number, code):
    home = replace(simple, accounts=(at("juniper", number),))
    files, _ = written(tmp_path, decision(home, sale(home, {"L2": 40})))
    assert [each["reason_code"] for each in rows(files["juniper/unsendable.csv"])] == [code]


def test_a_purchase_waits_with_the_sale_that_cannot_be_sent(tmp_path):
    home = twins(holding_from=date(2023, 1, 1))
    home = replace(home, securities={"VTI": STOCK, "BND": BOND})
    proposal = decision(home, sale(home, {"d#1": 50}), buy(home.account["A"], BOND, usd(100)))
    files, _ = written(tmp_path, proposal)
    assert [each["reason_code"] for each in rows(files["juniper/unsendable.csv"])] == ["ambiguous-lot", "waits-for-sale"]


def test_other_orders_of_the_household_say_that_something_waits(tmp_path, simple):
    other = at("schwab", "...051", "B")
    theirs = replace(simple.cash[0], account_id="B", settled_usd=usd(9000))
    home = replace(simple, accounts=(*simple.accounts, other), cash=(*simple.cash, theirs))
    files, _ = written(tmp_path, decision(home, sale(home, {"L2": 40}), buy(other, BOND, usd(10))))
    assert rows(files["juniper/orders.csv"])[0]["household_waits"] == "1"


def test_a_fraction_is_not_sent_where_whole_shares_are_taken(tmp_path, simple):
    files, _ = written(tmp_path, decision(simple, sale(simple, {"L2": "40.5"})))
    assert [each["reason_code"] for each in rows(files["juniper/unsendable.csv"])] == ["fraction-not-taken"]


def test_a_security_without_a_name_for_the_custodian_is_not_sent(tmp_path, simple):
    odd = replace(STOCK, symbol="ACME HOLDINGS 7", cusip="")
    lots = tuple(replace(each, symbol=odd.symbol) for each in simple.positions[0].lots)
    home = replace(simple, securities={odd.symbol: odd}, positions=(replace(simple.positions[0], symbol=odd.symbol, lots=lots),))
    files, _ = written(tmp_path, decision(home, sale(home, {"L2": 40})))
    assert [each["reason_code"] for each in rows(files["juniper/unsendable.csv"])] == ["no-symbol"]
    known = replace(home, securities={odd.symbol: replace(odd, cusip="629999590")})
    files, _ = written(tmp_path / "2", decision(known, sale(known, {"L2": 40})))
    assert rows(files["juniper/orders.csv"])[0]["security"] == "629999590"


def test_nothing_proposed_writes_nothing(tmp_path, simple):
    assert draw([replace(decision(simple), status=Status.NOT_DUE)], Desk()) == {}
    assert list(tmp_path.iterdir()) == []


# Vendors' layouts.


def test_fidelity_imports_eight_columns_without_a_heading_sales_in_a_file_that_goes_first(tmp_path, simple):
    home = replace(simple, accounts=(at("fidelity", "Z12345678"),))
    files, _ = written(tmp_path, decision(home, sale(home, {"L2": 40}), buy(home.account["A"], BOND, usd(100))))
    assert raw(files["fidelity/import-orders-1.csv"]) == [["Z12345678", "", "S", "40", "VTI", "M", "D", ""]]
    assert raw(files["fidelity/import-orders-2.csv"]) == [["Z12345678", "", "B", "100", "BND", "M", "D", ""]]


def test_a_quantity_too_long_for_fidelitys_column_is_not_cut(tmp_path):
    home = household([at("fidelity", "Z1")], [lot("A", "VTSAX", "L", "12345678.125", 5_000)], [FUND], cash={"A": 0})
    files, _ = written(tmp_path, decision(home, sale(home, {"L": "12345678.125"})))
    assert [each["reason_code"] for each in rows(files["fidelity/unsendable.csv"])] == ["cell-too-long"]


def neighbours(custodian, amounts):
    """One household per amount, each buying so many BND from cash."""
    for number, shares in enumerate(amounts):
        name = f"A{number}"
        home = household([at(custodian, f"U{number}", name)], (), [BOND], cash={name: 1_000_000})
        yield decision(replace(home, household_id=f"H{number}"), buy(home.account[name], BOND, usd(shares)))


def test_orders_of_several_households_are_one_block_at_one_average_price(tmp_path):
    files, _ = written(tmp_path, *neighbours("juniper", [10, 30, 60]))
    (block,) = rows(files["juniper/blocks.csv"])
    assert (block["quantity"], block["accounts"]) == ("100", "3")
    parts = rows(files["juniper/allocations.csv"])
    assert [(part["account_number"], part["quantity"], part["share"]) for part in parts] == [
        ("U0", "10", "0.10000000"), ("U1", "30", "0.30000000"), ("U2", "60", "0.60000000"),
    ]  # fmt: skip
    assert {part["price_type"] for part in parts} == {"AVERAGE"}


def test_an_order_goes_out_in_exactly_one_way(tmp_path):
    files, _ = written(tmp_path, *neighbours("juniper", [10, 30]))
    assert rows(files.get("juniper/orders.csv", "")) == []


def test_ibkr_allocations_name_the_trading_account_and_the_broker(tmp_path):
    desk = Desk(block_accounts={"ibkr": BlockAccount("F1000", "IBKRATS")})
    files, _ = written(tmp_path, *neighbours("ibkr", [10, 30]), desk=desk)
    assert raw(files["ibkr/allocation-import-1.csv"]) == [
        ["F1000", "U0", "BND", "B", "IBKRATS", "10"],
        ["F1000", "U1", "BND", "B", "IBKRATS", "30"],
    ]
    assert rows(files["ibkr/blocks.csv"])[0]["trading_account"] == "F1000"


def test_without_a_block_account_ibkr_gets_single_orders(tmp_path):
    files, _ = written(tmp_path, *neighbours("ibkr", [10, 30]))
    assert [order["account"] for order in rows(files["ibkr/orders.csv"])] == ["U0", "U1"]
    assert not [name for name in files if "alloc" in name]


def test_a_block_that_does_not_fit_the_custodians_column_goes_as_single_orders(tmp_path):
    desk = Desk(block_accounts={"fidelity": BlockAccount("BLK1")})
    files, _ = written(tmp_path, *neighbours("fidelity", [9_999_999_999, 1]), desk=desk)
    assert "fidelity/import-block-orders-1.csv" not in files
    assert len(raw(files["fidelity/import-orders-1.csv"]) + raw(files.get("fidelity/import-orders-2.csv", ""))) == 2


def test_a_share_class_is_spelt_as_the_custodian_spells_it(tmp_path):
    berkshire = replace(BOND, symbol="BRK.B")
    home = household([at("ibkr", "U1")], (), [berkshire], cash={"A": 10_000})
    files, _ = written(tmp_path, decision(home, buy(home.account["A"], berkshire, usd(10))))
    assert rows(files["ibkr/orders.csv"])[0]["symbol"] == "BRK B"


# Control totals and bytes.


def test_the_manifest_foots_every_file(tmp_path, simple):
    proposal = decision(simple, sale(simple, {"L1": 10, "L2": 40}), buy(simple.account["A"], BOND, usd(100)))
    files, _ = written(tmp_path, proposal)
    manifest = {row["file"]: row for row in rows(files["juniper/manifest.csv"])}
    assert {f"juniper/{name}" for name in manifest} == set(files) - {"juniper/manifest.csv"}
    for name, row in manifest.items():
        content = rows(files[f"juniper/{name}"])
        assert int(row["rows"]) == len(content)
        assert Decimal(row["sum_quantity"]) == sum((Decimal(each["quantity"]) for each in content), Decimal(0))
    assert manifest["orders.csv"]["sum_notional"] == "20000.00"
    assert manifest["lot-instructions.csv"]["sum_notional"] == "12500.00"


def test_a_custodians_folder_is_percent_encoded(tmp_path, simple):
    home = replace(simple, accounts=(at("Bank & Söhne", "1"),))
    files, _ = written(tmp_path, decision(home, sale(home, {"L2": 40})))
    assert {name.split("/")[0] for name in files} == {"Bank%20%26%20S%C3%B6hne"}


def test_equal_decisions_give_equal_bytes(tmp_path):
    one, _ = written(tmp_path / "1", *neighbours("juniper", [10, 30, 60]))
    two, _ = written(tmp_path / "2", *neighbours("juniper", [10, 30, 60]))
    assert one == two


# Fair parts.


@given(
    st.dictionaries(st.sampled_from("abcdefgh"), st.integers(1, 500), min_size=1).flatmap(
        lambda wanted: st.tuples(st.just(wanted), st.integers(0, sum(wanted.values())))
    )
)
def test_a_partial_fill_is_allocated_pro_rata_to_within_one_share(case):
    wanted, filled = case
    asked = {name: Decimal(shares) for name, shares in wanted.items()}
    given_ = pro_rata(Decimal(filled), asked, Decimal(1), "block")
    assert sum(given_.values()) == filled
    for name, shares in given_.items():
        assert shares == shares.to_integral_value()
        assert 0 <= shares <= asked[name]
        assert abs(shares - filled * asked[name] / sum(asked.values())) < 1
    assert given_ == pro_rata(Decimal(filled), dict(reversed(asked.items())), Decimal(1), "block")


def test_equal_remainders_are_drawn_by_block_so_that_nobody_is_always_first():
    wanted = {name: Decimal(1) for name in "abc"}
    winners = {max(parts, key=parts.get) for parts in (pro_rata(Decimal(1), wanted, Decimal(1), f"block {day}") for day in range(20))}
    assert winners == set("abc")


def test_a_fraction_goes_only_to_whom_asked_for_one():
    parts = pro_rata(Decimal(1), {"a": Decimal("0.6"), "b": Decimal("0.6")}, Decimal(1))
    assert sorted(parts.values()) == [Decimal("0.4"), Decimal("0.6")]


@pytest.mark.parametrize("filled", ["11", "-1", "2.5"])
def test_more_than_was_asked_for_is_never_allocated(filled):
    with pytest.raises(ValueError, match="cannot be allocated"):
        pro_rata(Decimal(filled), {"a": Decimal(4), "b": Decimal(6)}, Decimal(1))


# reference/order_accounts.csv


def test_a_firm_names_its_order_accounts_in_one_file(tmp_path):
    (tmp_path / "reference").mkdir()
    page = tmp_path / "reference" / "order_accounts.csv"
    page.write_text("account_id,custodian,number,executing_broker\nA,,0012-3417,\n,IBKR,F1000,IBKRATS\n")
    assert read_desk(tmp_path) == Desk({"A": "0012-3417"}, {"ibkr": BlockAccount("F1000", "IBKRATS")})
    assert read_desk(tmp_path / "reference") == Desk()


@pytest.mark.parametrize("line", ["A,schwab,1,", ",,1,", "A,,...417,", "A,,,", "A,,1,\nA,,2,"])
def test_an_order_account_that_cannot_be_used_ends_the_run(tmp_path, line):
    (tmp_path / "reference").mkdir()
    (tmp_path / "reference" / "order_accounts.csv").write_text(f"account_id,custodian,number,executing_broker\n{line}\n")
    with pytest.raises(FirmUnusable) as ending:
        read_desk(tmp_path)
    assert {finding.code for finding in ending.value.findings} == {"bad-order-account"}
