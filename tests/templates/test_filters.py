from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from templates import filters


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("2066.70", "$2,067"),
        ("-43.4", "−$43"),
        ("0.4", "$0"),
        ("-0.4", "$0"),
        ("0.5", "$0"),
        ("1.5", "$2"),
        ("1234567890", "$1,234,567,890"),
    ],
)
def test_dollars_are_whole_and_zero_has_no_sign(amount: str, text: str) -> None:
    assert filters.usd(Decimal(amount)) == text


def test_a_signed_amount_shows_its_sign_and_nothing_is_a_dash() -> None:
    assert filters.usd_signed(Decimal(1113)) == "+$1,113"
    assert filters.usd_signed(Decimal(-1106)) == "−$1,106"
    assert filters.usd_signed(Decimal("0.2")) == "–"
    assert filters.usd_signed(None) == "n/a"


def test_percentages_points_and_thousands_follow_the_number_rules() -> None:
    assert filters.percent(Decimal("0.0954")) == "9.5%"
    assert filters.percent(None) == "n/a"
    assert filters.percent_plain(Decimal("0.048")) == "4.8%"
    assert filters.percent_plain(Decimal("0.36")) == "36%"
    assert filters.points(Decimal("0.0749")) == "7.5 pts"
    assert [filters.thousands(each) for each in (594_321, 400, Decimal("0.2"), 1500, -2600)] == ["594", "<1", "–", "2", "−3"]


def test_dates_are_written_out_in_sentences_and_short_in_tables() -> None:
    assert filters.date_long(date(2026, 11, 20)) == "November 20, 2026"
    assert filters.date_short(date(2026, 5, 3)) == "May 3, 2026"
    assert filters.date_short(None) == "–"


@pytest.mark.parametrize(
    ("reference", "text"),
    [
        ("40024417", "··4417"),
        ("X12-348832", "··8832"),
        ("****4417", "··4417"),
        ("XXXX-4321", "··4321"),
        ("...417", "··417"),
        ("4417", "··17"),
        ("a", "··a"),
        ("", "··"),
    ],
)
def test_an_account_shows_four_digits_and_never_more_than_half_of_its_number(reference: str, text: str) -> None:
    assert filters.masked(reference) == text


def test_texts_from_elsewhere_lose_known_numbers_and_every_long_run_of_digits() -> None:
    text = "row of 40024417 and of 123456789012, $1234567.00, 2026-11-20, shares 1,204"
    assert filters.scrubbed(text, {"40024417": "··4417"}) == "row of ··4417 and of ··9012, $1234567.00, 2026-11-20, shares 1,204"


@pytest.mark.parametrize(
    ("identifier", "name"), [("H-1042", "H-1042"), ("a/b c", "a%2Fb%20c"), ("é.~", "%C3%A9%2E%7E"), ("../x", "%2E%2E%2Fx")]
)
def test_file_names_encode_everything_that_is_not_plain(identifier: str, name: str) -> None:
    assert filters.file_name(identifier) == name


def test_years_are_words_a_client_uses() -> None:
    assert [filters.years(Decimal(each)) for each in ("0.2", "0.97", "6.8", "120")] == [
        "less than a year",
        "about 1 year",
        "about 7 years",
        "more than 50 years",
    ]


def test_a_sentence_keeps_a_rule_id_as_it_is_spelled() -> None:
    assert filters.sentence("keep_acme holds it") == "keep_acme holds it."
    assert filters.sentence("raise it") == "Raise it."
    assert filters.sentence("") == ""
