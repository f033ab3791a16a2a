"""Checking one file, and starting a profile from a sample."""

from __future__ import annotations

import pytest

from flows.custodians.catalogue import read_profile
from flows.custodians.check import check_file
from flows.custodians.start import UnreadableSample, start_profile
from tests.flows.custodians.files import deliveries

FILES = deliveries()


def delivered(layout, tmp_path, text=None):
    path = tmp_path / FILES[layout].name
    path.write_text(FILES[layout].text if text is None else text, encoding="utf-8")
    return path


def test_a_check_says_which_profile_fits_and_what_was_read(tmp_path):
    check = check_file(delivered("schwab positions 2023", tmp_path))
    assert check.title.startswith("Schwab positions")
    assert check.rows_by_table == {"positions": 3, "cash": 1, "control_totals": 2}
    assert check.is_clean


def test_a_total_that_does_not_tie_is_shown_with_both_sides(tmp_path):
    text = FILES["schwab positions 2023"].text.replace('"$60,050.00"', '"$60,051.00"')
    check = check_file(delivered("schwab positions 2023", tmp_path, text))
    (tie,) = [tie for tie in check.ties if tie.ties is False]
    assert (tie.measure, tie.computed - tie.reported) == ("market_value", 1)
    assert not check.is_clean


def test_a_basis_total_beside_an_unknown_basis_is_left_open(tmp_path):
    check = check_file(delivered("schwab lots 15 VXUS", tmp_path))
    assert {tie.measure: tie.ties for tie in check.ties}["cost_basis"] is None


def test_a_check_of_an_unknown_file_is_no_crash(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("dear operations team")
    check = check_file(path)
    assert (check.title, check.rows_by_table, check.is_clean) == ("", {}, False)


@pytest.mark.parametrize("layout", sorted(FILES))
def test_a_started_profile_is_valid_for_every_layout(layout, tmp_path):
    path = delivered(layout, tmp_path)
    profile = read_profile(start_profile(path))
    assert profile.title == "describe the layout here"
    assert not check_file(path, known=[profile]).parsed.findings or profile.container != "csv"


def test_a_started_profile_reads_what_other_profiles_know_and_asks_for_the_rest(tmp_path):
    path = tmp_path / "Some Broker.csv"
    path.write_text("Broker extract of today\n\nAccount Number;Symbol;Quantity;Wert\n1;VTI;5;100\n")
    text = start_profile(path)
    assert "name: some-broker" in text
    assert "quantity: {from: 'Quantity', as: decimal}" in text
    assert "# 'Wert' means ?" in text
    check = check_file(path, known=[read_profile(text)])
    assert check.rows_by_table == {"positions": 1}
    assert [reject.line_no for reject in check.parsed.rejects] == [1]


def test_nothing_is_started_from_what_is_no_text(tmp_path):
    path = tmp_path / "sheet.xlsx"
    path.write_bytes(b"PK\x03\x04....")
    with pytest.raises(UnreadableSample, match="archive or a spreadsheet"):
        start_profile(path)
