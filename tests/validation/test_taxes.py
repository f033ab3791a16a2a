"""The year to date and the wash-sale ledger, as the household that the solver reads carries them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from validation.household import RecentLossSale, RecentPurchase


def year(household):
    taxpayer = household.taxpayers[0]
    return taxpayer.realized_st_ytd_usd, taxpayer.realized_lt_ytd_usd


def purchases(household):
    return {(one.account_id, one.symbol, str(one.trade_date)): one.quantity for one in household.recent_purchases}


def test_the_year_to_date_is_summed_from_this_years_realised_lots(firm, book):
    # ITOT 1200 - 1300 held exactly a year (short); BND 690 - 700 + 4 short; VTI 900 long; December's sale is last year's.
    assert year(book().read("H1")) == (Decimal("-106"), Decimal("900"))


def test_a_stated_year_to_date_wins_over_the_extracts(firm, book):
    firm.cell("taxpayers.csv", 2, "realized_st_ytd", "-12.50")
    firm.cell("taxpayers.csv", 2, "realized_lt_ytd", "0")
    assert year(book().read("H1")) == (Decimal("-12.5"), Decimal(0))


def test_realised_lots_of_untaxed_accounts_do_not_count_and_those_of_excluded_ones_do(firm, book):
    firm.add("alpha/realized.csv", "0002,VTI,R9,2020-01-15,2026-05-05,1,500.00,100.00,0")
    firm.cell("accounts.csv", 2, "status", "excluded")
    assert year(book().read("H1")) == (Decimal("-106"), Decimal("900"))


def test_a_sale_after_the_as_of_date_is_not_counted(firm, book):
    firm.add("alpha/realized.csv", "0001,VTI,R9,2020-01-15,2026-11-21,1,500.00,100.00,0")
    assert year(book().read("H1")) == (Decimal("-106"), Decimal("900"))


@pytest.mark.parametrize(("proceeds", "expected"), [("500.00", (294, 900)), ("0.00", (-106, 800))])
def test_without_an_acquisition_date_the_worse_side_is_taken_and_said(firm, book, proceeds, expected):
    firm.add("alpha/realized.csv", f"0001,VTI,R9,,2026-05-05,1,{proceeds},100.00,0")
    gated = book()
    assert year(gated.read("H1")) == expected
    assert [finding.code for finding in gated.findings] == ["realized-without-date"]


def test_a_realised_lot_without_basis_blocks_the_household_unless_the_year_is_stated(firm, book):
    firm.add("alpha/realized.csv", "0001,VTI,R9,2020-01-15,2026-05-05,1,500.00,,0")
    assert book().is_blocked("H1")
    firm.cell("taxpayers.csv", 2, "realized_st_ytd", "0")
    firm.cell("taxpayers.csv", 2, "realized_lt_ytd", "0")
    assert not book().is_blocked("H1")


def test_no_report_of_realised_lots_at_all_is_a_warning(firm, book):
    firm.remove("alpha/realized.csv")
    gated = book()
    assert [(finding.code, finding.subject) for finding in gated.findings] == [("no-realized-extract", "alpha")]


def test_the_ledger_holds_lots_buys_reinvestments_and_purchases_held_away(firm, book):
    assert purchases(book().read("H1")) == {
        ("A1", "VTI", "2026-11-05"): 10,
        ("A2", "BND", "2026-11-12"): Decimal("0.5"),
        ("", "VTI", "2026-11-10"): 3,
    }


def test_a_buy_that_a_lot_stands_for_counts_once(firm, book):
    mine = [one for one in book().read("H1").recent_purchases if one.account_id == "A1"]
    assert [(one.lot_id, one.quantity) for one in mine] == [("L2", 10)]


@pytest.mark.parametrize(("day", "counts"), [("2026-10-21", True), ("2026-10-20", False)])
def test_the_window_is_thirty_days(firm, book, day, counts):
    firm.cell("alpha/transactions.csv", 4, "trade_date", day)
    assert (("A1", "VTI", day) in purchases(book().read("H1"))) is counts


@pytest.mark.parametrize("status", ["locked", "excluded"])
def test_purchases_count_in_accounts_of_any_status(firm, book, status):
    firm.cell("accounts.csv", 3, "status", status)
    assert ("A2", "BND", "2026-11-12") in purchases(book().read("H1"))


def test_a_loss_sale_of_a_taxable_account_is_remembered(firm, book):
    firm.add("alpha/realized.csv", "0002,BND,R8,2026-01-15,2026-11-02,10,690.00,700.00,0")
    household = book().read("H1")
    (sale,) = household.recent_loss_sales
    assert sale == RecentLossSale("T1", "ITOT", sale.sold_date, Decimal(10), Decimal(100), "A1")
    assert str(sale.sold_date) == "2026-11-03"


def test_a_sale_that_nobody_has_a_gain_for_is_treated_as_a_loss_and_said(firm, book):
    firm.add("alpha/transactions.csv", "0001,2026-11-17,2026-11-18,sell,BND,5,70.00,350.00")
    gated = book()
    assert [(one.symbol, one.quantity) for one in gated.read("H1").recent_loss_sales] == [("ITOT", 10), ("BND", 5)]
    assert [finding.code for finding in gated.findings] == ["sale-without-gain"]


def test_a_purchase_without_a_quantity_blocks_the_household(firm, book):
    firm.cell("alpha/transactions.csv", 3, "quantity", "")
    assert book().is_blocked("H1")


def test_the_same_report_twice_under_other_dates_counts_its_rows_once(firm, book):
    rows = firm.path("alpha/realized.csv").read_text().splitlines()
    firm.set("alpha/realized_ytd.csv", "\n".join([*rows[:3], "0001,VTI,R7,2020-01-15,2026-03-03,1,110.00,100.00,0"]) + "\n")
    assert year(book().read("H1")) == (Decimal("-106"), Decimal("910"))


def test_a_spouse_stands_on_both_sides(firm, book):
    owners = {owner.owner: owner.spouse_of for owner in book().read("H1").owners}
    assert owners == {"Ann Ash": "Al Ash", "Al Ash": "Ann Ash"}


def test_a_spouse_that_nobody_knows_is_a_warning(firm, book):
    firm.cell("owners.csv", 4, "spouse_of", "Bob")
    gated = book()
    assert [(finding.code, finding.household_id) for finding in gated.findings] == [("unknown-spouse", "H2")]


def test_held_away_names_the_return_and_no_account(firm, book):
    away = next(one for one in book().read("H1").recent_purchases if not one.account_id)
    assert away == RecentPurchase("T1", "VTI", away.trade_date, Decimal(3))


def test_the_years_trades_are_known_by_account_and_security_as_far_as_transactions_were_delivered(firm, book):
    firm.add("alpha/transactions.csv", "0001,2026-03-02,2026-03-03,sell,VTI,10,290.00,2900.00")
    firm.add("alpha/transactions.csv", "0001,2026-04-02,2026-04-03,sell,BND,10,69.00,")
    firm.add("alpha/transactions.csv", "0001,2025-12-30,2025-12-31,sell,VTI,10,290.00,2900.00")
    firm.add("alpha/transactions.csv", "0001,2026-11-21,2026-11-22,sell,VTI,10,290.00,2900.00")
    mine = {(each.account_id, each.symbol): each for each in book().read("H1").traded}
    # Two purchases and a sale of VTI this year; a sale of BND without an amount; what an account reinvests is no turnover.
    assert {key: each.traded_usd for key, each in mine.items()} == {("A1", "VTI"): Decimal("6310"), ("A1", "BND"): Decimal("690")}
    assert {str(each.since) for each in mine.values()} == {"2026-03-02"}
