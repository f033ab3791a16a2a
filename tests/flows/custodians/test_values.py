"""Cells, one by one: what is a number, a date, a code; what is missing; and what is refused."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.custodians import dates, values


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("$3830.00", "3830.00"),
        ("$12,345.67", "12345.67"),
        ("-$1.00", "-1.00"),
        ("$-1.00", "-1.00"),
        ("+$8.02", "8.02"),
        ("($1,500.00)", "-1500.00"),
        ("(3)", "-3"),
        ("12-", "-12"),
        (".0000", "0.0000"),
        ("-.29", "-0.29"),
        ("5.", "5"),
        ("007", "7"),
        ("+0000000000100.00000", "100.00000"),
    ],
)
def test_numbers_as_us_custodians_write_them(cell, number):
    assert values.us_decimal(cell) == number


@pytest.mark.parametrize(
    "cell",
    ["1.234,56", "12,34", "1,23,456", "1 000", "--5", "+-5", "(-5)", "-5-", "(5", "5)", "$", "-", "()", "1e5", "5%", "1$2", "0x10", "１"],
)
def test_what_could_mean_two_things_is_no_number(cell):
    with pytest.raises(ValueError, match="not a number"):
        values.us_decimal(cell)


@pytest.mark.parametrize("cell", ["1,234", "$5", "5-"])
def test_the_generic_templates_know_plain_numbers_only(cell):
    with pytest.raises(ValueError, match="not a number"):
        values.plain_decimal(cell)


@given(st.decimals(min_value=-(10**15), max_value=10**15, places=6, allow_nan=False, allow_infinity=False))
def test_a_number_reads_back_exactly_however_it_is_dressed(number):
    magnitude = f"{abs(number):,.6f}"
    dressed = [f"({magnitude})", f"-${magnitude}", f"{magnitude}-"] if number < 0 else [magnitude, f"${magnitude}", f"+{magnitude}"]
    for cell in dressed:
        assert Decimal(values.us_decimal(cell)) == number


@given(st.integers(0, 10**17), st.integers(1, 12))
def test_implied_decimals_read_back_exactly(number, places):
    assert Decimal(values.scaled(f"{number:018d}", places)) == Decimal(number).scaleb(-places)


@pytest.mark.parametrize("digits", ["00000000000012A45", "                  ", "0000000000000-1234", ""])
def test_a_fixed_width_number_is_digits_only(digits):
    with pytest.raises(ValueError, match="digits"):
        values.scaled(digits, 5)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("06/12/2026", "2026-06-12"),
        ("2026/06/12", "2026-06-12"),
        ("Jun-12-2026", "2026-06-12"),
        ("20260612", "2026-06-12"),
        ("Jan 05 2019", "2019-01-05"),
    ],
)
def test_dates_by_declared_formats(text, day):
    assert dates.reader(["MM/DD/YYYY", "YYYY/MM/DD", "Mon-DD-YYYY", "YYYYMMDD", "Mon DD YYYY"])(text) == day


@pytest.mark.parametrize(
    "text", ["13/01/2026", "02/30/2026", "6/12/2026", "06/12/26", "Foo-12-2026", "2026-06-12", "06/12/1026", "0６/12/2026"]
)
def test_a_date_in_no_declared_format_is_refused(text):
    with pytest.raises(ValueError, match=r"not a date|no such day|out of range"):
        dates.reader(["MM/DD/YYYY", "Mon-DD-YYYY"])(text)


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("03/05/2026 01/31/2026", "MM/DD/YYYY"),
        ("03/05/2026 31/01/2026", "DD/MM/YYYY"),
        ("03/05/2026", None),
        ("13/05/2026 05/13/2026", None),
        ("no dates", None),
    ],
)
def test_the_order_of_day_and_month_is_proved_or_not_taken(text, order):
    assert dates.told_order(("MM/DD/YYYY", "DD/MM/YYYY"), text) == order
