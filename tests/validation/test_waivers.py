"""Waivers: a person lifts the effect of a finding for a while; the finding stays and says so."""

from __future__ import annotations

import pytest

from validation.codes import CODES
from validation.findings import Severity

HEADER = "code,scope,subject,household_id,who,why,from,until\n"
STALE = "stale-price,security,VTI,,Ruth Amsel,price confirmed by phone,2026-11-01,2026-12-31\n"


@pytest.fixture
def old_price(firm):
    firm.set("prices.csv", "symbol,date,price,source\nVTI,2026-11-02,300.00,close\nITOT,2026-11-20,130,c\nBND,2026-11-20,70,c\n")
    return firm


def waive(firm, *rows):
    firm.set("waivers.csv", HEADER + "".join(rows))


def of_code(book, code):
    return [found for found in book.findings if found.code == code]


def test_a_firm_without_waivers_has_nothing_to_say_about_them(book):
    assert book().findings == ()


def test_a_waived_price_can_be_traded_and_its_finding_names_who_and_until_when(old_price, book):
    assert book().read("H1").securities["VTI"].frozen == "stale-price"
    waive(old_price, STALE)
    gated = book()
    assert gated.read("H1").securities["VTI"].frozen == ""
    (found,) = of_code(gated, "stale-price")
    assert found.severity is Severity.WARNING
    assert found.message.endswith("; waived by Ruth Amsel until 2026-12-31: price confirmed by phone")


def test_an_expired_waiver_lifts_nothing_and_is_told(old_price, book):
    waive(old_price, STALE.replace("2026-12-31", "2026-11-19"))
    gated = book()
    assert gated.read("H1").securities["VTI"].frozen == "stale-price"
    (found,) = of_code(gated, "expired-waiver")
    assert found.message == "the waiver of stale-price of VTI by Ruth Amsel expired on 2026-11-19"


def test_a_waiver_holds_from_its_first_day_through_its_last(old_price, book):
    waive(old_price, STALE.replace("2026-12-31", "2026-11-20").replace("2026-11-01", "2026-11-20"))
    assert book().read("H1").securities["VTI"].frozen == ""
    waive(old_price, STALE.replace("2026-11-01", "2026-11-21"))
    assert book().read("H1").securities["VTI"].frozen == "stale-price"


def test_a_waiver_lifts_the_finding_it_names_and_no_neighbour(old_price, book):
    waive(old_price, STALE.replace("VTI", "BND"))
    gated = book()
    assert gated.read("H1").securities["VTI"].frozen == "stale-price"
    assert [found.subject for found in of_code(gated, "unused-waiver")] == ["BND"]


def test_a_waived_control_total_lets_its_delivery_through_and_no_other(firm, book):
    for custodian in ("alpha", "beta"):
        firm.set(f"{custodian}/manifest.csv", "file,as_of,rows,sum_quantity,sum_market_value\npositions.csv,2026-11-20,,,1.00\n")
    assert book().is_blocked("H1") and book().is_blocked("H2")
    waive(firm, "control-total,file,alpha/positions.csv,,Ruth Amsel,misprint,2026-11-20,2026-11-20\n")
    gated = book()
    assert not gated.is_blocked("H1") and gated.is_blocked("H2")


def test_an_account_that_is_known_to_be_empty_can_be_waived_for_its_household(firm, book):
    firm.add("accounts.csv", "A9,H1,T1,Ann Ash,alpha,0009,individual,taxable,managed,,false")
    assert book().is_blocked("H1")
    row = "account-without-rows,household,A9,{},Ruth Amsel,opened yesterday,2026-11-20,2026-11-30\n"
    waive(firm, row.format("H2"))
    assert book().is_blocked("H1")
    waive(firm, row.format("H1"))
    gated = book()
    assert not gated.is_blocked("H1")
    assert [account.account_id for account in gated.read("H1").accounts] == ["A1", "A2", "A9"]


WORTHLESS = {
    "missing-basis,lot,L1,H1,Ruth,we know it,2026-01-01,2026-12-31\n": "missing-basis cannot be waived",
    "stale-prize,security,VTI,,Ruth,we know it,2026-01-01,2026-12-31\n": "stale-prize cannot be waived",
    "stale-price,account,VTI,,Ruth,we know it,2026-01-01,2026-12-31\n": "is of scope security, not account",
    "stale-price,security,VTI,,Ruth,we know it,2026-12-31,2026-01-01\n": "before it begins",
    "stale-price,security,VTI,,,we know it,2026-01-01,2026-12-31\n": "who must not be empty",
    "stale-price,security,VTI,,Ruth,we know it,2026-01-01,soon\n": "until is a date",
    "stale-price,security,VTI,H1,Ruth,we know it,2026-01-01\n": "7 cells",
}


def test_a_waiver_that_may_not_be_or_cannot_be_read_lifts_nothing_and_says_why(old_price, book):
    waive(old_price, *WORTHLESS)
    gated = book()
    assert gated.read("H1").securities["VTI"].frozen == "stale-price"
    said = {found.place.line: found.message for found in of_code(gated, "bad-waiver")}
    assert sorted(said) == list(range(2, 2 + len(WORTHLESS)))
    for line, words in enumerate(WORTHLESS.values(), start=2):
        assert words in said[line]
    assert not any(gated.is_blocked(household) for household in gated.household_ids)


def test_what_decides_a_tax_is_never_waived():
    waivable = {code for code, known in CODES.items() if known.may_be_waived}
    assert waivable == {"control-total", "file-of-manifest-missing", "stale-price", "account-without-rows"}
