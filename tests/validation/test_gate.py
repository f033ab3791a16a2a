"""Each row of the contract's table of data trouble, and the other defects in its spirit: what is held back, and that
everybody else goes on."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.small_firm import EXTRACTS
from validation.findings import Scope, Severity
from validation.household import UNCLASSIFIED


def position(book, household, account, symbol):
    return next(p for p in book.read(household).positions if (p.account_id, p.symbol) == (account, symbol))


def lot(book, household, account, symbol, lot_id):
    return next(one for one in position(book, household, account, symbol).lots if one.lot_id == lot_id)


def found(book, code):
    return [finding for finding in book.findings if finding.code == code]


def only(book, code):
    (finding,) = found(book, code)
    return finding


def test_a_sound_book_passes_without_a_word(firm, book):
    gated = book()
    assert gated.findings == ()
    assert gated.household_ids == ("H1", "H2")
    assert not any(gated.is_blocked(household) for household in gated.household_ids)
    assert gated.read("H1").value_usd == Decimal("52025.50")


@pytest.mark.parametrize(("cell", "code"), [("", "missing-basis"), ("0.00", "zero-basis")])
def test_a_lot_without_a_basis_is_frozen_in_a_taxable_account(firm, book, cell, code):
    firm.cell("alpha/lots.csv", 2, "cost_basis", cell)
    gated = book()
    assert lot(gated, "H1", "A1", "VTI", "L1").frozen == code
    assert lot(gated, "H1", "A1", "VTI", "L2").frozen == ""
    assert position(gated, "H1", "A1", "VTI").frozen == ""
    finding = only(gated, code)
    assert (str(finding.place), finding.household_id, finding.subject) == ("extracts/2026-11-20/alpha/lots.csv:2", "H1", "L1")
    assert finding.at_stake_usd == Decimal("30000.00")
    assert not gated.is_blocked("H1")


@pytest.mark.parametrize("cell", ["", "0"])
def test_basis_is_irrelevant_in_an_untaxed_account(firm, book, cell):
    firm.cell("alpha/lots.csv", 5, "cost_basis", cell)
    gated = book()
    assert lot(gated, "H1", "A2", "BND", "L4").frozen == ""
    assert gated.findings == ()


def test_an_undated_lot_is_frozen_in_a_taxable_account_only(firm, book):
    firm.cell("alpha/lots.csv", 2, "acquired_date", "")
    firm.cell("alpha/lots.csv", 5, "acquired_date", "")
    gated = book()
    assert lot(gated, "H1", "A1", "VTI", "L1").frozen == "undated-lot"
    assert lot(gated, "H1", "A2", "BND", "L4").frozen == ""


def test_lots_that_do_not_foot_freeze_the_security_in_that_account_at_the_positions_quantity(firm, book):
    firm.cell("alpha/positions.csv", 2, "quantity", "120")
    gated = book()
    held = position(gated, "H1", "A1", "VTI")
    assert (held.quantity, held.frozen) == (120, "lots-do-not-foot")
    assert position(gated, "H1", "A1", "BND").frozen == ""
    assert only(gated, "lots-do-not-foot").at_stake_usd == Decimal("36000.00")
    assert not gated.is_blocked("H1")


@pytest.mark.parametrize(
    ("lots", "stated", "foots"),
    [
        (("100", "10"), "110.001", True),
        (("100", "10"), "110.0011", False),
        (("100.5", "10.5"), "111.1", True),
        (("100.5", "10.5"), "111.11", False),
        (("100.1234", "10.1234"), "110.2469", True),
        (("100.1234", "10.1234"), "110.2470", False),
    ],
)
def test_lots_foot_within_half_a_unit_of_the_last_decimal_per_lot(firm, book, lots, stated, foots):
    firm.cell("alpha/lots.csv", 2, "quantity", lots[0])
    firm.cell("alpha/lots.csv", 3, "quantity", lots[1])
    firm.cell("alpha/positions.csv", 2, "quantity", stated)
    held = position(book(), "H1", "A1", "VTI")
    assert held.frozen == ("" if foots else "lots-do-not-foot")
    assert held.quantity == Decimal(stated)
    if foots:
        assert sum(one.quantity for one in held.lots) == held.quantity


def test_an_unknown_security_with_a_price_is_frozen_and_unclassified(firm, book):
    firm.add("alpha/lots.csv", "0001,ZZZ,L9,2020-01-01,5,100.00,true")
    firm.add("alpha/positions.csv", "0001,ZZZ,5,50.00")
    firm.add("prices.csv", "ZZZ,2026-11-20,10,close")
    gated = book()
    security = gated.read("H1").securities["ZZZ"]
    assert (security.frozen, security.price_usd, dict(security.exposures)) == ("unknown-security", 10, {UNCLASSIFIED: 1})
    assert "ZZZ" not in gated.read("H2").securities
    assert not gated.is_blocked("H1")
    assert only(gated, "unknown-security").at_stake_usd == Decimal("50.00")
    assert [finding.code for finding in gated.findings_of("H1")] == ["unknown-security"]
    assert gated.findings_of("H2") == ()


def test_a_security_is_known_by_its_cusip_where_the_symbol_is_not(firm, book):
    for name in ("beta/positions.csv", "beta/lots.csv"):
        firm.set(name, EXTRACTS[name].replace("ITOT", "464287150"))
    gated = book()
    assert gated.findings == ()
    assert position(gated, "H2", "B1", "ITOT").quantity == 100


@pytest.mark.parametrize(
    ("day", "code", "frozen"),
    [
        ("2026-11-19", "", ""),
        ("2026-11-18", "old-price", ""),
        ("2026-11-13", "old-price", ""),
        ("2026-11-12", "stale-price", "stale-price"),
    ],
)
def test_a_price_warns_after_one_trading_day_and_freezes_after_five(firm, book, day, code, frozen):
    firm.cell("prices.csv", 5, "date", day)
    gated = book()
    assert gated.read("H1").securities["BND"].frozen == frozen
    assert gated.read("H1").securities["BND"].price_usd == 70
    assert [finding.code for finding in gated.findings] == ([code] if code else [])
    assert not gated.is_blocked("H1")


@pytest.mark.parametrize("known", [True, False])
def test_a_holding_without_any_price_blocks_its_household(firm, book, known):
    firm.change("prices.csv", "ITOT,2026-11-20,130.00,close\n", "")
    if not known:
        firm.change("securities.csv", "ITOT,464287150,Core US,etf,US_TOTAL2,US,1,false,iShares\n", "")
        firm.change("exposures.csv", "ITOT,us_stock,1\n", "")
    gated = book()
    assert gated.is_blocked("H2") and not gated.is_blocked("H1")
    assert not gated.read("H2").securities["ITOT"].has_price
    assert only(gated, "no-price").household_id == "H2"


def test_a_price_after_the_as_of_date_is_not_looked_at(firm, book):
    firm.add("prices.csv", "VTI,2026-11-21,999,close")
    assert book().read("H1").securities["VTI"].price_usd == 300


@pytest.mark.parametrize("cell", ["abc", "0", "-5", ""])
def test_a_newest_price_that_cannot_be_used_freezes_instead_of_falling_back(firm, book, cell):
    firm.cell("prices.csv", 2, "price", cell)
    gated = book()
    assert gated.read("H1").securities["VTI"].frozen == "bad-price"
    assert str(only(gated, "bad-price").place) == "reference/prices.csv:2"


def test_two_prices_of_one_day_freeze_the_security(firm, book):
    firm.add("prices.csv", "VTI,2026-11-20,301.00,other")
    assert book().read("H1").securities["VTI"].frozen == "conflicting-prices"


def test_a_negative_quantity_blocks_the_household(firm, book):
    firm.cell("alpha/positions.csv", 3, "quantity", "-200")
    gated = book()
    assert gated.is_blocked("H1") and not gated.is_blocked("H2")
    assert only(gated, "negative-quantity").subject == "BND"


def test_a_written_option_in_the_generic_layout_is_counted_and_frozen(firm, book):
    firm.add("securities.csv", "VTI 261218C310,,Call,option,,,10,true,")
    firm.add("exposures.csv", "VTI 261218C310,us_stock,1")
    firm.add("prices.csv", "VTI 261218C310,2026-11-20,2.5,close")
    firm.add("alpha/positions.csv", "0001,VTI 261218C310,-100,-250.00")
    gated = book()
    held = position(gated, "H1", "A1", "VTI 261218C310")
    assert (held.quantity, held.frozen) == (-100, "short-position")
    assert not gated.is_blocked("H1")


MANIFEST = "file,as_of,rows,sum_quantity,sum_market_value\n"


def test_control_totals_that_tie_pass(firm, book):
    firm.set(
        "alpha/manifest.csv", MANIFEST + "lots.csv,2026-11-20,4,360,\npositions.csv,2026-11-20,3,360,50500.00\ncash.csv,2026-11-20,2,,\n"
    )
    assert book().findings == ()


@pytest.mark.parametrize("row", ["lots.csv,2026-11-20,5,360,", "lots.csv,2026-11-20,4,360.01,", "positions.csv,2026-11-20,3,360,50500.01"])
def test_a_wrong_control_total_blocks_every_household_of_that_delivery(firm, book, row):
    firm.set("alpha/manifest.csv", MANIFEST + row + "\n")
    gated = book()
    assert gated.is_blocked("H1") and not gated.is_blocked("H2")
    finding = only(gated, "control-total")
    assert (finding.household_id, finding.scope, finding.severity) == ("", Scope.FILE, Severity.ERROR)
    assert str(finding.place) == "extracts/2026-11-20/alpha/manifest.csv:2"
    assert [one.household_id for one in gated.findings_of("H1")] == ["H1"]
    assert gated.read("H1").value_usd == Decimal("52025.50")


def test_a_file_that_the_manifest_names_and_nobody_delivered_blocks_the_delivery(firm, book):
    firm.set("alpha/manifest.csv", MANIFEST + "more_lots.csv,2026-11-20,5,360,\n")
    gated = book()
    assert only(gated, "file-of-manifest-missing") and gated.is_blocked("H1") and not gated.is_blocked("H2")


@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02 binary", b"some,unknown,header\n1,2,3\n"])
def test_an_unreadable_file_blocks_every_household_of_that_delivery(firm, book, content):
    firm.set("alpha/strange.csv", content)
    gated = book()
    assert gated.is_blocked("H1") and not gated.is_blocked("H2")


def test_a_row_of_an_account_that_nobody_knows_is_a_finding_and_in_no_household(firm, book):
    firm.add("alpha/positions.csv", "01,VTI,10,3000.00")
    gated = book()
    finding = only(gated, "unmapped-account")
    assert (finding.household_id, finding.subject, str(finding.place)) == ("", "01", "extracts/2026-11-20/alpha/positions.csv:5")
    assert "'0001'" in finding.help
    assert finding.at_stake_usd == Decimal("3000.00")
    assert not gated.is_blocked("H1")
    assert gated.read("H1").value_usd == Decimal("52025.50")


def test_the_custodian_is_the_name_of_the_folder(firm, book):
    firm.add("beta/positions.csv", "0001,VTI,10,3000.00")
    assert "at alpha" in only(book(), "unmapped-account").help


def test_leading_zeros_survive(firm, book):
    assert book().read("H1").account["A1"].custodian_ref == "0001"


def test_a_bad_row_blocks_the_household_of_its_account(firm, book):
    firm.cell("alpha/lots.csv", 3, "quantity", "ten")
    gated = book()
    assert gated.is_blocked("H1") and not gated.is_blocked("H2")
    assert str(only(gated, "rejected-row").place) == "extracts/2026-11-20/alpha/lots.csv:3"


def test_a_bad_row_of_nobody_blocks_the_whole_delivery(firm, book):
    firm.add("alpha/lots.csv", "XXX")
    gated = book()
    assert gated.is_blocked("H1") and not gated.is_blocked("H2")
    assert only(gated, "rejected-row-of-nobody").household_id == ""


def test_a_taxable_position_without_lots_is_frozen_and_an_untaxed_one_is_not(firm, book):
    firm.change("alpha/lots.csv", "0001,BND,L3,2021-06-01,200,16000.00,true\n", "")
    firm.change("alpha/lots.csv", "0002,BND,L4,2019-06-01,50,,true\n", "")
    gated = book()
    assert position(gated, "H1", "A1", "BND").frozen == "lots-missing"
    assert position(gated, "H1", "A2", "BND").frozen == ""
    assert only(gated, "lots-missing").at_stake_usd == Decimal("14000.00")


def test_positions_are_the_sums_of_lots_where_no_position_row_of_the_account_came(firm, book):
    firm.remove("alpha/positions.csv")
    gated = book()
    assert position(gated, "H1", "A1", "VTI").quantity == 110
    assert {finding.severity for finding in found(gated, "positions-from-lots")} == {Severity.NOTE}


def test_lots_that_no_position_names_do_not_foot_where_the_account_has_positions(firm, book):
    firm.change("alpha/positions.csv", "0001,BND,200,14000.00\n", "")
    held = position(book(), "H1", "A1", "BND")
    assert (held.quantity, held.frozen) == (0, "lots-do-not-foot")


def test_equal_lots_with_different_ids_are_different_lots(firm, book):
    firm.add("alpha/lots.csv", "0001,BND,L5,2021-06-01,200,16000.00,true")
    firm.cell("alpha/positions.csv", 3, "quantity", "400")
    firm.cell("alpha/positions.csv", 3, "market_value", "28000")
    gated = book()
    assert len(position(gated, "H1", "A1", "BND").lots) == 2
    assert gated.findings == ()


def test_a_repeated_lot_is_left_out_only_where_that_alone_makes_the_lots_foot(firm, book):
    firm.add("alpha/lots.csv", "0001,BND,L3,2021-06-01,200,16000.00,true")
    gated = book()
    held = position(gated, "H1", "A1", "BND")
    assert (len(held.lots), held.frozen) == (1, "")
    assert only(gated, "duplicate-lots").household_id == "H1"


def test_a_lot_id_that_stands_twice_gets_a_suffix_where_the_lots_foot(firm, book):
    firm.cell("alpha/lots.csv", 3, "lot_id", "L1")
    gated = book()
    assert [one.lot_id for one in position(gated, "H1", "A1", "VTI").lots] == ["L1", "L1#2"]
    assert only(gated, "duplicate-lot-id").severity is Severity.WARNING


def test_an_account_of_which_nothing_came_blocks_its_household(firm, book):
    firm.add("accounts.csv", "B2,H2,T2,Bea Birch,beta,78,individual,taxable,managed,FIFO,false")
    gated = book()
    assert gated.is_blocked("H2") and not gated.is_blocked("H1")
    assert str(only(gated, "account-without-rows").place) == "reference/accounts.csv:5"


def test_the_same_account_in_two_position_files_blocks_its_household(firm, book):
    firm.set("alpha/positions_again.csv", "account,symbol,quantity,market_value\n0001,VTI,110,33000.00\n")
    gated = book()
    assert gated.is_blocked("H1") and not gated.is_blocked("H2")
    assert only(gated, "delivered-twice").subject == "A1"


def test_the_same_file_twice_in_a_folder_counts_once(firm, book):
    firm.set("alpha/positions (1).csv", EXTRACTS["alpha/positions.csv"])
    gated = book()
    assert [finding.code for finding in gated.findings] == ["duplicate-file"]
    assert position(gated, "H1", "A1", "VTI").quantity == 110


def test_a_manifest_of_another_day_blocks_the_delivery(firm, book):
    firm.set("alpha/manifest.csv", MANIFEST + "lots.csv,2026-11-19,4,360,\n")
    gated = book()
    assert gated.is_blocked("H1") and not gated.is_blocked("H2")


def test_a_security_named_cash_blocks_the_household(firm, book):
    firm.add("alpha/positions.csv", "0001,CASH,1000,1000.00")
    gated = book()
    assert gated.is_blocked("H1")
    assert gated.read("H1").value_usd == Decimal("52025.50")


def test_exposures_that_do_not_sum_to_one_freeze_the_security_as_unclassified(firm, book):
    firm.cell("exposures.csv", 2, "weight", "0.9")
    security = book().read("H1").securities["VTI"]
    assert (security.frozen, dict(security.exposures)) == ("exposures-do-not-sum", {UNCLASSIFIED: 1})


def test_rounded_weights_are_completed_and_said(firm, book):
    firm.change("exposures.csv", "VTI,us_stock,1\n", "VTI,us_stock,0.3333\nVTI,intl_stock,0.3333\nVTI,us_bond,0.3333\n")
    gated = book()
    assert sum(gated.read("H1").securities["VTI"].exposures.values()) == 1
    assert only(gated, "exposures-rounded").severity is Severity.NOTE


@pytest.mark.parametrize(
    ("file", "line", "column", "cell"),
    [
        ("households.csv", 3, "last_rebalanced", "20.11.2025"),
        ("households.csv", 3, "mode", "alone"),
        ("taxpayers.csv", 3, "ordinary_income", "90,000"),
        ("taxpayers.csv", 3, "filing_status", "maried"),
        ("taxpayers.csv", 3, "lt_carryforward", "-5"),
        ("taxpayers.csv", 3, "realized_st_ytd", ""),
        ("owners.csv", 4, "birth_date", "1980-13-01"),
        ("accounts.csv", 4, "tax_treatment", "taxed"),
        ("accounts.csv", 4, "status", ""),
        ("accounts.csv", 4, "taxpayer_id", "T9"),
        ("accounts.csv", 4, "taxpayer_id", "T1"),
        ("accounts.csv", 4, "owner", "Nobody"),
        ("flows.csv", 3, "amount", "-1"),
        ("flows.csv", 3, "due", "soon"),
        ("flows.csv", 3, "kind", "gift"),
        ("flows.csv", 3, "account_id", "B1"),
    ],
)
def test_a_bad_cell_of_a_reference_file_blocks_the_household_that_it_speaks_of(firm, book, file, line, column, cell):
    firm.cell(file, line, column, cell)
    gated = book()
    assert gated.is_blocked("H2"), gated.findings
    assert not gated.is_blocked("H1"), gated.findings
    assert any(finding.place.path == f"reference/{file}" and finding.place.line == line for finding in gated.findings_of("H2"))
    gated.read("H2")


def test_a_row_of_the_wrong_length_blocks_its_household_and_loses_nobody(firm, book):
    firm.change("households.csv", "H2,Birch,Ann,balanced,,joint", "H2,Birch, the younger,Ann,balanced,,joint")
    gated = book()
    assert gated.household_ids == ("H1", "H2")
    assert gated.is_blocked("H2") and not gated.is_blocked("H1")
    assert gated.read("H2").accounts


def test_two_accounts_with_one_reference_block_both_households(firm, book):
    firm.cell("accounts.csv", 4, "custodian", "alpha")
    firm.cell("accounts.csv", 4, "custodian_ref", "0001")
    gated = book()
    assert gated.is_blocked("H1") and gated.is_blocked("H2")
    assert len(found(gated, "shared-account-reference")) == 2


def test_an_account_of_an_unknown_household_is_a_finding(firm, book):
    firm.add("accounts.csv", "X1,H9,T1,Ann Ash,alpha,999,joint,taxable,managed,,false")
    gated = book()
    assert str(only(gated, "unknown-household").place) == "reference/accounts.csv:5"
    assert not gated.is_blocked("H1")


def test_a_repeated_reference_row_counts_once_and_a_conflicting_one_blocks(firm, book):
    firm.add("households.csv", "H1,Ash,Ann,balanced,2025-11-20,", "H2,Other,Ann,growth,,joint")
    gated = book()
    assert not gated.is_blocked("H1") and gated.is_blocked("H2")
    assert len(found(gated, "duplicate-row")) == 1


def test_blocked_households_are_read_as_far_as_they_are_known(firm, book):
    firm.cell("accounts.csv", 4, "status", "sleeping")
    household = book().read("H2")
    assert household.value_usd == 13250
    assert not household.account["B1"].is_traded


def test_equal_input_gives_equal_findings(firm, book):
    firm.cell("alpha/lots.csv", 2, "cost_basis", "")
    firm.cell("alpha/positions.csv", 3, "quantity", "201")
    assert book().findings == book().findings


def test_a_fund_may_state_a_redemption_fee_and_the_column_may_be_missing(firm, book):
    assert book().read("H1").securities["VTI"].redemption_fee_frac == 0
    firm.change("securities.csv", "whole_shares,issuer\n", "whole_shares,issuer,redemption_fee_frac\n")
    for row, cell in (("US,1,false,Vanguard", "0.02"), ("US,1,false,iShares", ""), ("BOND,1,false,Vanguard", "0")):
        firm.change("securities.csv", f"{row}\n", f"{row},{cell}\n")
    fees = {symbol: each.redemption_fee_frac for symbol, each in book().read("H1").securities.items()}
    assert fees["VTI"] == Decimal("0.02") and fees["ITOT"] == 0
