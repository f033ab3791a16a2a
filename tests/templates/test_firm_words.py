"""A firm's language of numbers: one small file, followed by every figure of every page, and by no file for programs."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from templates import filters
from templates.filters import NumberStyle, writing
from templates.firm_words import FirmWords, read_firm_words
from templates.render import book_row, render_book, render_client_report, render_memo
from tests.templates import made_up

CONTINENTAL = NumberStyle(",", ".", "after", "day_month_year")
RUN = replace(made_up.RUN, numbers=CONTINENTAL)
AMERICAN = re.compile(r"\$\d|(?<![\d.])\d{1,3},\d{3}(?!\d)|\b\d+\.\d+\s?(?:%|points|pts|bp|years)")
DOLLARS = "\N{NO-BREAK SPACE}$"


def words_of(page: str) -> str:
    """What a person reads: no styles, no drawings' coordinates, no script."""
    page = re.sub(r"<(style|script)\b.*?</\1>", " ", page, flags=re.S)
    return re.sub(r"<[^>]*>", " ", page)


def test_numbers_and_dates_follow_the_style():
    with writing(CONTINENTAL):
        assert filters.usd(Decimal("-1234567.4")) == f"−1.234.567{DOLLARS}"
        assert filters.usd_signed(1_113) == f"+1.113{DOLLARS}"
        assert filters.usd_signed(0.2) == filters.NOTHING
        assert filters.percent(Decimal("0.0954")) == "9,5%"
        assert filters.percent_plain(Decimal("0.36")) == "36%"
        assert filters.shares(Decimal("1200.50")) == "1.200,5"
        assert filters.count(1_200, "household") == "1.200 households"
        assert filters.date_long(date(2026, 11, 20)) == "20 November 2026"
    assert filters.usd(1_234) == "$1,234"
    with writing(NumberStyle(dates="iso")):
        assert filters.date_short(date(2026, 11, 20)) == "2026-11-20"


def test_sentences_of_other_floors_are_written_in_the_style_too():
    with writing(CONTINENTAL):
        assert filters.restyled("It adds $1,970.28 to this year's tax.") == f"It adds 1.970,28{DOLLARS} to this year's tax."
        assert filters.restyled("−$17.81 closer; 6.5 points, 3.1 %") == f"−17,81{DOLLARS} closer; 6,5 points, 3,1 %"
        assert filters.restyled("policy/firm/a.yaml:2.5 and 2026-11-20") == "policy/firm/a.yaml:2.5 and 2026-11-20"
    assert filters.restyled("It adds $1,970.28.") == "It adds $1,970.28."


def test_no_page_has_a_figure_left_in_the_houses_style():
    decision = made_up.proposal()
    pages = [render_client_report(decision, RUN), render_memo(decision, RUN), *render_book([book_row(decision)], RUN).values()]
    for page in pages:
        # The titles of rules are the firm's own words.
        left = AMERICAN.findall(words_of(page).replace("At most $20,000 of net gains", ""))
        assert left == [], left
    assert f"2.067{DOLLARS}" in pages[0]
    assert "20 November 2026" in pages[0]


def test_the_house_style_is_back_after_a_page_of_a_firm():
    render_client_report(made_up.proposal(), RUN)
    assert "$2,067" in render_client_report(made_up.proposal(), made_up.RUN)


def test_a_firm_without_the_file_writes_as_the_house_does(tmp_path):
    assert read_firm_words(tmp_path) == (FirmWords(), [])


def test_a_firm_names_its_classes_and_its_marks(tmp_path):
    (tmp_path / "wording.yaml").write_text('numbers: {decimal: ",", thousands: " ", dollar: after}\nclasses: {us_equity: US shares}\n')
    words, findings = read_firm_words(tmp_path)
    assert findings == []
    assert words.numbers.style() == NumberStyle(",", "\N{NO-BREAK SPACE}", "after", "month_day_year")
    page = render_client_report(made_up.proposal(), replace(made_up.RUN, class_names=words.classes))
    assert "US shares" in page


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("numbers: {decimal: ';'}\n", 1),
        ("numbers:\n  decimal: ','\n  thousands: ','\n", 1),
        ("classes: {us_equity: ''}\n", 1),
        ("numbers: {}\nnumbres: {}\n", 2),
        ("numbers: [\n", 1),
    ],
)
def test_a_mistake_in_the_file_is_a_finding_with_its_line(tmp_path, text, line):
    (tmp_path / "wording.yaml").write_text(text)
    words, findings = read_firm_words(tmp_path)
    assert words == FirmWords()
    assert findings
    assert findings[0].place.path == "templates/wording.yaml"
    assert findings[0].place.line >= line
