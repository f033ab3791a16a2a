import csv
from datetime import date
from decimal import Decimal
from io import StringIO

import pytest

from flows.cells import digits, money, neutral, shares, table, text
from solver.outcome import Status


@pytest.mark.parametrize("cell", ["=1+1", "+cmd", "-cmd|x", "@SUM(A1)", "\tx", "\rx", "-", "+", "=", "-1,000", "1-1".join(["-", ""])])
def test_a_cell_that_a_spreadsheet_would_run_is_quoted(cell):
    assert neutral(cell) == "'" + cell


@pytest.mark.parametrize("cell", ["-12.50", "+3", "-.5", "-0", "ACME", "a=b", "", "2026-01-02", "0012", "5-6"])
def test_numbers_and_ordinary_words_stay_as_they_are(cell):
    assert neutral(cell) == cell


def test_money_has_cents_and_no_negative_nothing():
    assert [money(Decimal(each)) for each in ("1234.5", "-0.001", "0", "-7", "1E+3", "2.675", "2.665")] == [
        "1234.50", "0.00", "0.00", "-7.00", "1000.00", "2.68", "2.66",
    ]  # fmt: skip
    assert money(None) == ""
    assert money(0.1 + 0.2) == "0.30"


def test_quantities_are_exact_without_trailing_zeros_or_exponents():
    assert [shares(Decimal(each)) for each in ("12.500", "1E+3", "0.000001", "100", "0E-8", "-3.10")] == [
        "12.5", "1000", "0.000001", "100", "0", "-3.1",
    ]  # fmt: skip


def test_fractions_have_a_fixed_number_of_decimals():
    assert digits(Decimal("0.07")) == "0.07000000"
    assert digits(1e-9) == "0.00000000"
    assert digits(-1e-12) == "0.00000000"
    assert digits(2.5, 4) == "2.5000"
    assert digits(None) == ""


def test_other_values_are_written_as_a_program_reads_them():
    assert [text(each) for each in (None, True, False, date(2026, 3, 1), Status.NOT_DUE, "00123")] == [
        "", "true", "false", "2026-03-01", "not_due", "00123",
    ]  # fmt: skip


def test_a_table_survives_commas_quotes_and_line_breaks_and_ends_its_lines_with_lf():
    rows = [{"a": 'x,"y"', "b": "two\nlines"}, {"a": "=evil()"}]
    page = table(("a", "b"), rows)
    assert "\r\n" not in page
    assert list(csv.reader(StringIO(page, newline=""))) == [["a", "b"], ['x,"y"', "two\nlines"], ["'=evil()", ""]]
