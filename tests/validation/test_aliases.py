"""Former names: a name leads to its security on its days, and to nobody where it cannot be told."""

from __future__ import annotations

import pytest

HEADER = "alias,symbol,from,until\n"


def name(firm, *rows):
    firm.set("aliases.csv", HEADER + "".join(f"{row}\n" for row in rows))


def held(gated, household="H1", account="A1"):
    return {each.symbol: each for each in gated.read(household).positions if each.account_id == account}


def codes(gated):
    return [found.code for found in gated.findings if "alias" in found.code]


@pytest.fixture
def renamed(firm):
    """The custodian still writes the old ticker OLDV for VTI."""
    for page in ("alpha/lots.csv", "alpha/positions.csv", "alpha/transactions.csv", "alpha/realized.csv"):
        text = firm.path(page).read_text(encoding="utf-8")
        firm.set(page, text.replace(",VTI,", ",OLDV,"))
    return firm


def test_without_the_file_a_former_name_is_an_unknown_security(renamed, book):
    gated = book()
    assert held(gated)["OLDV"].symbol == "OLDV"
    assert gated.read("H1").securities["OLDV"].frozen == "unknown-security"


def test_a_former_name_leads_to_its_security_with_lots_sales_and_purchases(renamed, book):
    name(renamed, "OLDV,VTI,,")
    gated = book()
    position = held(gated)["VTI"]
    assert [lot.lot_id for lot in position.lots] == ["L1", "L2"]
    assert position.frozen == ""
    bought = {(each.symbol, each.trade_date.isoformat()) for each in gated.read("H1").recent_purchases}
    assert ("VTI", "2026-11-05") in bought
    assert codes(gated) == []


@pytest.mark.parametrize(("days", "symbol"), [("2026-11-20,2026-11-20", "VTI"), ("2026-11-21,", "OLDV"), (",2026-11-19", "OLDV")])
def test_a_name_holds_from_its_first_day_through_its_last(renamed, book, days, symbol):
    name(renamed, f"OLDV,VTI,{days}")
    assert symbol in held(book())


def test_one_name_may_be_two_securities_one_after_the_other(renamed, book):
    name(renamed, "OLDV,ITOT,,2026-10-31", "OLDV,VTI,2026-11-01,")
    gated = book()
    assert "VTI" in held(gated)
    assert codes(gated) == []


def test_a_name_that_two_securities_claim_on_one_day_is_nobodys(renamed, book):
    name(renamed, "OLDV,ITOT,,2026-11-20", "OLDV,VTI,2026-11-20,")
    gated = book()
    assert "OLDV" in held(gated)
    assert codes(gated) == ["ambiguous-alias"]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("OLDV,NONE,,", "stands in no row of securities.csv"),
        ("BND,VTI,,", "is a security of its own"),
        ("OLDV,VTI,2026-12-01,2026-01-01", "after it ends"),
    ],
)
def test_a_row_that_leads_nowhere_is_told_and_changes_nothing(firm, book, row, words):
    name(firm, row)
    gated = book()
    (found,) = [each for each in gated.findings if each.code == "bad-alias"]
    assert words in found.message
    assert found.place.line == 2
    assert set(held(gated)) == {"VTI", "BND"}
