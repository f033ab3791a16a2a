"""The example firm is what its generator writes, foots in every layout, and ends as its README says."""

from __future__ import annotations

import re
from collections import defaultdict
from decimal import Decimal
from pathlib import Path

import pytest

from examples.maple_wealth.generate import firm
from flows.ingest import ingest
from flows.propose import Question, decide
from rules.catalogue import KINDS
from rules.load import load_policy
from rules.tax import load_tax_year
from tests.house.example_reading import DAY, FIRM, amount, flex, gcus, holdings, number, reference, schwab_lots, schwab_positions, table_of
from validation.gate import gate

CENT = Decimal("0.01")
TOLD = dict(re.findall(r"^\| (H-\d+) .*?\| (?:\w+) \| \**([a-z ]+?)\** \|", (FIRM / "README.md").read_text(encoding="utf-8"), re.MULTILINE))


def test_the_committed_files_are_exactly_what_the_generator_writes():
    committed = {
        path.relative_to(FIRM).as_posix(): path.read_bytes()
        for folder in firm.WRITTEN
        for path in (FIRM / folder).rglob("*")
        if path.is_file()
    }
    written = firm.files()
    assert sorted(committed) == sorted(written)
    assert [path for path in written if committed[path] != written[path]] == [], "python -m examples.maple_wealth.generate refreshes them"


def test_the_generator_writes_the_same_bytes_twice_and_into_any_folder(tmp_path: Path):
    firm.rewrite(tmp_path)
    (tmp_path / "extracts" / "left_over.csv").write_text("stale")
    firm.rewrite(tmp_path)
    found = {path.relative_to(tmp_path).as_posix(): path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert found == firm.files()


def test_the_example_stays_small():
    assert sum(path.stat().st_size for path in FIRM.rglob("*") if path.is_file()) < 2_000_000


def test_reference_files_have_the_columns_of_the_contract_in_its_order():
    wanted = {
        "households": "household_id,name,advisor,model,last_rebalanced,mode",
        "taxpayers": "taxpayer_id,household_id,filing_status,state,ordinary_income,taxable_interest,nonqualified_dividends,"
        "qualified_dividends,deduction,deduction_amt_addback,st_carryforward,lt_carryforward,realized_st_ytd,realized_lt_ytd",
        "owners": "owner,taxpayer_id,birth_date,spouse_of",
        "accounts": "account_id,household_id,taxpayer_id,owner,custodian,custodian_ref,registration,tax_treatment,status,relief_method,"
        "reinvest_dividends",
        "securities": "symbol,cusip,name,security_type,identity_group,equivalent_group,half_spread_bps,whole_shares,issuer",
        "exposures": "symbol,asset_class,weight",
        "prices": "symbol,date,price,source",
        "flows": "account_id,household_id,kind,amount,due",
        "held_away": "taxpayer_id,symbol,trade_date,side,quantity",
    }
    found = {path.stem: path.read_text(encoding="utf-8").splitlines()[0] for path in (FIRM / "reference").glob("*.csv")}
    assert found == wanted


def test_every_account_is_delivered_and_every_delivered_account_is_known():
    assert {(row["custodian"], row["custodian_ref"]) for row in reference("accounts")} == set(holdings())


def test_lots_add_up_to_their_positions_wherever_lots_are_delivered():
    taxed = {(row["custodian"], row["custodian_ref"]) for row in reference("accounts") if row["tax_treatment"] == "taxable"}
    for account, held in holdings().items():
        if held.lots or account in taxed:
            assert dict(held.lots) == held.shares, account


def test_market_values_are_shares_times_the_price_of_the_day():
    prices = {row["symbol"]: Decimal(row["price"]) for row in sorted(reference("prices"), key=lambda row: row["date"])}
    for account, held in holdings().items():
        for symbol, value in held.values.items():
            assert abs(value - held.shares[symbol] * prices[symbol]) <= CENT / 2, (account, symbol)


def test_schwab_footers_tie_to_their_rows():
    for account, rows, total in schwab_positions():
        assert sum(amount(row["Mkt Val (Market Value)"]) for row in rows) == amount(total["Mkt Val (Market Value)"]), account
        basis = [number(row["Cost Basis"]) for row in rows if row["Symbol"] != "Cash & Cash Investments"]
        assert number(total["Cost Basis"]) == (None if None in basis else sum(cost for cost in basis if cost is not None)), account
    for account, symbol, lots, total in schwab_lots():
        assert sum(amount(lot["Quantity"]) for lot in lots) == amount(total["Quantity"]), (account, symbol)
        assert sum(amount(lot["Market Value"]) for lot in lots) == amount(total["Market Value"]), (account, symbol)


def test_schwab_lots_know_fifteen_columns_where_one_was_washed_and_nine_elsewhere():
    widths = {(account, symbol): len([name for name in total if name]) for account, symbol, _, total in schwab_lots()}
    assert {key for key, width in widths.items() if width == 15} == {("...902", "MSFT")}
    assert set(widths.values()) == {9, 15}


def test_flex_summaries_are_the_sum_of_their_lots_and_lot_ids_are_unique():
    summed: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for row in flex().iter("OpenPosition"):
        sign = 1 if row.attrib["levelOfDetail"] == "LOT" else -1
        summed[row.attrib["accountId"], row.attrib["symbol"]] += sign * Decimal(row.attrib["costBasisMoney"])
    assert set(summed.values()) == {0}
    ids = [row.attrib["originatingTransactionID"] for row in flex().iter("OpenPosition") if row.attrib["levelOfDetail"] == "LOT"]
    assert len(ids) == len(set(ids))


def test_gcus_records_are_750_long_counted_by_the_trailer_and_closed_by_an_x():
    head, *records, foot = gcus()
    assert {len(line) for line in (head, *records, foot)} == {750}
    assert head.startswith("BOF      PERSHING GLOBAL CUST POS    DATA OF  11/20/2026 TO REMOTE ") and "REFRESHED" in head
    assert foot.startswith("EOF      PERSHING ") and foot.rstrip().endswith(f"TOTAL DETAIL RECORDS: {len(records):010d}")
    assert [line[:3] for line in records] == ["GCA", "GCB"] * (len(records) // 2)
    assert [int(line[3:11]) for line in records] == list(range(1, len(records) + 1))
    assert {line[749] for line in records} == {"X"}
    assert {line[91] for line in records if line.startswith("GCA")} == {"+"}


def test_manifests_tie_but_for_the_one_planted_fault():
    off = []
    for manifest in sorted(DAY.glob("*/manifest.csv")):
        for told in table_of(manifest):
            rows = table_of(manifest.with_name(told["file"]))
            assert int(told["rows"]) == len(rows)
            for name, total in (("quantity", told["sum_quantity"]), ("market_value", told["sum_market_value"])):
                summed = sum(Decimal(row[name] or 0) for row in rows) if rows and name in rows[0] else None
                if (Decimal(total) if total else None) != summed:
                    off.append((manifest.parent.name, told["file"], name, Decimal(total) - (summed or 0)))
    assert off == [("larkspur", "positions.csv", "market_value", Decimal(1250))]


def test_exposures_sum_to_one_and_share_classes_of_a_fund_are_one_identity():
    weights: dict[str, Decimal] = defaultdict(Decimal)
    for row in reference("exposures"):
        weights[row["symbol"]] += Decimal(row["weight"])
    identity = {row["symbol"]: row["identity_group"] for row in reference("securities")}
    assert set(weights) == set(identity) and set(weights.values()) == {1}
    assert identity["VTI"] == identity["VTSAX"] != identity["ITOT"]
    assert identity["SPY"] == identity["IVV"] == identity["VOO"] == identity["VFIAX"]
    assert identity["VXUS"] == identity["VTIAX"] != identity["IXUS"]


def test_the_policy_reads_without_a_finding():
    policy, findings = load_policy(FIRM)
    assert policy is not None and findings == []


def test_the_policy_uses_every_kind_of_rule_and_knows_its_schema():
    kinds = set()
    for path in sorted((FIRM / "policy").rglob("*.yaml")) + sorted((FIRM / "assumptions").glob("*.yaml")):
        text = path.read_text(encoding="utf-8")
        modeline = re.match(r"# yaml-language-server: \$schema=(\S+)\n", text)
        assert modeline and (path.parent / modeline[1]).resolve().is_file(), path
        kinds |= set(re.findall(r"^  - kind: (\w+)$", text, re.MULTILINE))
    assert kinds == set(KINDS)


def test_the_readme_tells_of_every_household():
    assert list(TOLD) == [row["household_id"] for row in reference("households")]
    text = (FIRM / "README.md").read_text(encoding="utf-8")
    assert [row["name"] for row in reference("households") if row["name"] not in text] == []


@pytest.fixture(scope="module")
def decisions(tmp_path_factory: pytest.TempPathFactory):
    landed = ingest(FIRM, None, tmp_path_factory.mktemp("warehouse") / "book.duckdb")
    book = gate(landed.marts, landed.as_of)
    policy, _ = load_policy(FIRM, landed.as_of)
    assert policy is not None
    tax_year = load_tax_year(landed.as_of.year)
    questions = [Question(book.read(name), book.findings_of(name), book.is_blocked(name)) for name in book.household_ids]
    return {question.household.household_id: decide(policy, tax_year, question) for question in questions}


def test_every_household_ends_as_the_readme_says(decisions):
    assert {name: decision.status.value.replace("_", " ") for name, decision in decisions.items()} == TOLD


def test_the_value_of_every_household_is_what_its_custodians_delivered(decisions):
    delivered = holdings()
    value: dict[str, Decimal] = defaultdict(Decimal)
    for row in reference("accounts"):
        held = delivered[row["custodian"], row["custodian_ref"]]
        if row["status"] != "excluded":
            value[row["household_id"]] += held.cash + sum(held.values.values())
    for name, decision in decisions.items():
        if decision.value_usd is not None:
            assert abs(decision.value_usd - value[name]) < Decimal("0.10"), name
