from __future__ import annotations

import json
import pickle
import re
from dataclasses import replace
from decimal import Decimal

from solver.outcome import Status
from templates.render import BookRow, book_row, render_book
from templates.view.book import in_book_order
from tests.templates import made_up
from tests.templates.test_client_report import Shape, text_of
from validation.findings import Scope, Severity


def rows() -> list[BookRow]:
    return [book_row(decision) for decision in [*made_up.every_status().values(), made_up.negative_tax()]]


def many(number: int) -> list[BookRow]:
    base = rows()
    return [replace(base[i % len(base)], household_id=f"H-{i}", name=f"Family {i}") for i in range(number)]


def data_of(page: str) -> dict[str, object]:
    found = re.search(r'<script id="data" type="application/json">(.*?)</script>', page, re.S)
    assert found
    return dict(json.loads(found[1]))


def test_whoever_waits_for_a_person_comes_first() -> None:
    order = [row.status for row in in_book_order(rows())]
    assert order[:3] == [Status.CONFLICT, Status.FAILED, Status.BLOCKED]
    assert order[-1] is Status.NOT_DUE


def test_exceptions_are_sentences_with_the_way_out_and_whose_turn_it_is() -> None:
    text = text_of(render_book(rows(), made_up.RUN)["index.html"])
    assert "“At most $10,000 of net gains in 2026” and “Sell all tobacco by December 31” cannot both hold." in text
    assert "Advisor decides" in text and "raise it to $14,380" in text


def test_totals_are_those_of_all_rows() -> None:
    text = text_of(render_book(rows(), made_up.RUN)["index.html"])
    assert "7 households" in text
    assert "$35,535" in text  # 34,009 and 1,526 saved


def test_every_row_stands_on_some_page_without_a_script() -> None:
    pages = render_book(many(1_201), made_up.RUN)
    assert list(pages) == ["index.html", "index-2.html", "index-3.html"]
    ids = [found for page in pages.values() for found in re.findall(r'<span class="quiet">(H-\d+)</span>', page.split("<template")[0])]
    assert sorted(ids) == sorted(f"H-{i}" for i in range(1_201))
    for page in pages.values():
        shape = Shape(page)
        assert not shape.open and not shape.wrong


def test_the_script_has_every_household_once_and_only_on_the_first_page() -> None:
    pages = render_book(many(1_201), made_up.RUN)
    assert len(data_of(pages["index.html"])["rows"]) == 1_201  # type: ignore[arg-type]
    assert "<script" not in pages["index-2.html"]


def test_a_name_cannot_leave_the_data_of_the_script() -> None:
    evil = '</script><script>alert(1)</script>&\u2028"'
    page = render_book([replace(rows()[0], name=evil, advisor=evil)], made_up.RUN)["index.html"]
    assert page.count("<script") == 2
    assert data_of(page)["rows"][0][1] == evil  # type: ignore[index]


def test_links_reach_files_whose_names_are_percent_encoded() -> None:
    row = replace(rows()[0], household_id="A/B 1")
    assert row.report == "A%252FB%25201.html"
    assert row.memo == "A%252FB%25201.memo.html"


def test_an_empty_book_is_a_page() -> None:
    text = text_of(render_book([], made_up.RUN)["index.html"])
    assert "The book is empty." in text and "No household." in text


def test_a_row_is_small_and_can_be_sent_to_another_process() -> None:
    assert len(pickle.dumps(book_row(made_up.with_accounts(60)))) < 2_000


def test_one_row_knows_no_account_number() -> None:
    row = book_row(replace(made_up.blocked(), findings=(made_up.finding(severity=Severity.ERROR),)))
    assert "40024417" not in repr(row)


def test_findings_of_no_household_have_their_own_list() -> None:
    loose = made_up.finding(
        "unmapped-account",
        Severity.ERROR,
        household_id="",
        scope=Scope.ACCOUNT,
        subject="X12-348832",
        message="account X12-348832 is in no household",
        at_stake_usd=Decimal(1200),
    )
    text = text_of(render_book(rows(), made_up.RUN, [loose, made_up.finding()])["index.html"])
    assert "Account ··8832 is in no household." in text and "X12-348832" not in text
