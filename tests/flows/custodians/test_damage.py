"""Files as they really arrive: cut, re-encoded, edited in a spreadsheet, hostile. Nothing crashes, nothing is guessed."""

from __future__ import annotations

import random
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.custodians.engine import parse_file, parse_in_batches
from tests.flows.custodians.files import deliveries
from tests.flows.custodians.fuzz import assert_nothing_is_lost_or_made_up, damaged
from validation.findings import Scope, Severity

FILES = deliveries()
HAVE_A_FOOTER = sorted(
    name
    for name in FILES
    if name.startswith(("schwab pos", "schwab all", "schwab lots", "pershing", "etrade", "fidelity pos", "ibkr", "ofx"))
)
LOTS = FILES["generic lots.csv"]


def codes(parsed):
    return [finding.code for finding in parsed.findings]


def facts(parsed):
    return [(row.table, dict(row.values)) for row in parsed.rows if row.table != "control_totals"]


def edited(layout, tmp_path, old, new, count=1):
    assert old in FILES[layout].text
    return FILES[layout].parse(tmp_path, FILES[layout].text.replace(old, new, count).encode())


# ---- whole files -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("layout", HAVE_A_FOOTER)
def test_a_file_that_is_cut_anywhere_is_held_back_or_has_every_fact(layout, tmp_path):
    content = FILES[layout].text.encode()
    whole = facts(FILES[layout].parse(tmp_path))
    # Between two accounts of an All-Accounts file nothing tells that another one was to follow.
    of_the_first = [fact for fact in whole if fact[1]["account_ref"] == whole[0][1]["account_ref"]]
    acceptable = [whole, of_the_first] if layout.startswith("schwab all") else [whole]
    dice, step = random.Random(zlib.crc32(layout.encode())), max(1, len(content) // 60)
    for end in [*range(0, len(content), step), *(dice.randrange(len(content)) for _ in range(20)), len(content) - 1]:
        parsed = FILES[layout].parse(tmp_path, content[:end])
        assert not parsed.is_usable or parsed.rejects or facts(parsed) in acceptable, end


@pytest.mark.parametrize(
    "layout", ["pershing gcus", "schwab positions 2023", "ibkr flex plain", "ofx 1", "fidelity positions", "etrade quick"]
)
def test_a_cut_file_says_truncated_with_its_place_and_what_to_do(layout, tmp_path):
    parsed = FILES[layout].parse(tmp_path, FILES[layout].text.encode()[: len(FILES[layout].text) * 3 // 4])
    finding = next(finding for finding in parsed.findings if finding.code == "truncated-file")
    assert (finding.severity, finding.scope) == (Severity.ERROR, Scope.FILE)
    assert finding.place.path.endswith(FILES[layout].name)
    assert finding.place.line > 0
    assert finding.help


def test_a_gcus_file_with_fewer_records_than_its_trailer_counts_is_truncated(tmp_path):
    lines = FILES["pershing gcus"].text.splitlines(keepends=True)
    parsed = FILES["pershing gcus"].parse(tmp_path, "".join(lines[:3] + lines[5:]).encode())
    assert codes(parsed) == ["truncated-file"]
    assert "the trailer counts 14 records, the file has 12" in parsed.findings[0].message


def test_a_gcus_file_of_changes_is_not_taken_for_the_whole_book(tmp_path):
    assert codes(edited("pershing gcus", tmp_path, "REFRESHED", "UPDATED")) == ["delta-file"]


def test_a_section_without_its_footer_is_truncated_though_the_next_one_is_whole(tmp_path):
    lines = FILES["schwab all accounts 2023"].text.splitlines(keepends=True)
    first_total = next(number for number, line in enumerate(lines) if line.startswith('"Account Total"'))
    parsed = FILES["schwab all accounts 2023"].parse(tmp_path, "".join(lines[:first_total] + lines[first_total + 1 :]).encode())
    assert "truncated-file" in codes(parsed)


def test_a_section_without_a_name_never_falls_to_the_account_before_it(tmp_path):
    parsed = edited("schwab all accounts 2023", tmp_path, '"Individual ...991"\n', '"Holdings"\n')
    assert {row.values["account_ref"] for row in parsed.rows if row.table != "control_totals"} == {"...724"}
    assert len(parsed.rejects) == 5


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty-file"),
        (b"\n\n \n", "empty-file"),
        (b"\xef\xbb\xbf\n", "empty-file"),
        (b"PK\x03\x04rest of an archive", "compressed-file"),
        (b"\x1f\x8b\x08\x00", "compressed-file"),
        ("account,settled_cash,unsettled_cash\n".encode("utf-16"), "wrong-encoding"),
        (b"account,\x81\x8d\xff\n", "wrong-encoding"),
        (bytes(range(256)) * 40, "wrong-encoding"),
        (b"hello world\nthis is no extract\n", "unknown-layout"),
    ],
)
def test_what_is_no_extract_is_one_finding_about_the_file(content, code, tmp_path):
    parsed = LOTS.parse(tmp_path, content)
    assert codes(parsed) == [code]
    assert not parsed.is_usable
    assert (parsed.profile, parsed.rows, parsed.lines) == ("", (), 0)


@pytest.mark.parametrize(
    ("layout", "filler"), [("generic lots.csv", b"a"), ("pershing gcus", b" "), ("ibkr flex plain", b"a"), ("ofx 1", b"a")]
)
def test_a_row_without_end_is_not_read_into_memory(layout, filler, tmp_path):
    parsed = FILES[layout].parse(tmp_path, FILES[layout].text.encode()[:900].rstrip(b"\n>") + filler * (3 * 1024 * 1024))
    assert codes(parsed) == ["endless-row"]


def test_a_file_that_is_not_there_is_a_finding(tmp_path):
    assert codes(parse_file(tmp_path / "gone.csv", "gone.csv", "x")) == ["unreadable-file"]


def test_a_folder_in_place_of_a_file_is_a_finding(tmp_path):
    assert codes(parse_file(tmp_path, "folder", "x")) == ["unreadable-file"]


# ---- headers -----------------------------------------------------------------------------------------------------


def test_a_missing_mapped_column_is_named(tmp_path):
    without = "\n".join(",".join(line.split(",")[:5] + line.split(",")[6:]) for line in LOTS.text.splitlines())
    parsed = LOTS.parse(tmp_path, without.encode())
    assert codes(parsed) == ["missing-column"]
    assert "lacks `cost_basis`" in parsed.findings[0].message
    assert parsed.findings[0].place.line == 1


def test_a_missing_column_in_a_recognised_file_rejects_the_rows_that_need_it(tmp_path):
    parsed = edited("schwab positions 2023", tmp_path, '"Cost Basis"', '"Basis of Cost"')
    assert "missing-column" in codes(parsed)
    assert "unknown-column" in codes(parsed)
    assert not parsed.is_usable
    assert parsed.foots
    assert {reject.reason for reject in parsed.rejects} == {"the header lacks the column `Cost Basis`"}


def test_an_unknown_header_names_the_nearest_layout_and_the_difference(tmp_path):
    parsed = LOTS.parse(tmp_path, LOTS.text.replace("acquired_date", "opened").replace("covered", "reported").encode())
    assert codes(parsed) == ["unknown-layout"]
    assert "nearest is generic-lots 1: missing `acquired_date`, `covered`, unexpected `opened`, `reported`" in parsed.findings[0].message


def test_a_column_that_stands_twice_is_not_guessed(tmp_path):
    parsed = edited("schwab positions 2023", tmp_path, '"Ratings"', '"Cost Basis"')
    assert codes(parsed) == ["duplicate-column"]


def test_an_unknown_extra_column_is_a_warning_and_the_file_is_read(tmp_path):
    extra = "\n".join(line + (",note" if number == 0 else ",x") for number, line in enumerate(LOTS.text.splitlines())) + "\n"
    parsed = LOTS.parse(tmp_path, extra.encode())
    assert codes(parsed) == ["unknown-column"]
    assert parsed.is_usable
    assert parsed.fact_count == 12


def test_columns_may_stand_in_any_order(tmp_path):
    swapped = "\n".join(",".join(reversed(line.split(","))) for line in LOTS.text.splitlines()) + "\n"
    assert facts(LOTS.parse(tmp_path, swapped.encode())) == facts(LOTS.parse(tmp_path))


# ---- harmless differences ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("layout", sorted(FILES))
def test_a_bom_and_other_line_endings_change_nothing(layout, tmp_path):
    whole = facts(FILES[layout].parse(tmp_path))
    text = FILES[layout].text.removeprefix("\ufeff")
    for content in (b"\xef\xbb\xbf" + text.encode(), text.replace("\n", "\r\n").encode(), text.replace("\n", "\r").encode()):
        parsed = FILES[layout].parse(tmp_path, content)
        assert facts(parsed) == whole
        assert not parsed.findings


def test_a_phantom_column_changes_nothing(tmp_path):
    phantom = "".join(f"{line},,\n" for line in LOTS.text.splitlines())
    assert facts(LOTS.parse(tmp_path, phantom.encode())) == facts(LOTS.parse(tmp_path))


def test_a_windows_1252_file_is_read_as_such(tmp_path):
    parsed = edited("fidelity positions", tmp_path, "TOTAL STOCK", "TOTAL STOCK")
    parsed = FILES["fidelity positions"].parse(
        tmp_path, FILES["fidelity positions"].text.lstrip("\ufeff").replace("ETF", "SOCIÉTÉ").encode("cp1252")
    )
    assert parsed.encoding == "cp1252"
    assert any("SOCIÉTÉ" in (row.values.get("description") or "") for row in parsed.rows)


# ---- cells -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("1.234,56", "cells"),
        ("12,34", "cells"),
        ("1e3", "not a number"),
        ("NaN", "not a number"),
        ("=1+1", "not a number"),
        ("$5", "not a number"),
        ("--", "no quantity"),
        ("N/A", "no quantity"),
        ("", "no quantity"),
        ("٣", "not a number"),
        ("5 5", "not a number"),
        ("9" * 60, "not a number"),
    ],
)
def test_a_bad_quantity_is_a_reject_with_line_column_and_reason(cell, reason, tmp_path):
    parsed = edited("generic lots.csv", tmp_path, "VTI,L1,2019-03-05,120,", f"VTI,L1,2019-03-05,{cell},")
    (reject,) = parsed.rejects
    assert reason in reject.reason
    assert (reject.line_no, reject.table, reject.account_ref) == (2, "tax_lots", "0012")
    assert reject.column in {"quantity", ""}
    assert "VTI" in reject.raw
    assert parsed.fact_count == 11


@pytest.mark.parametrize("spelled", ["(120)", "-120"])
def test_a_negative_quantity_stays_negative_however_it_is_written(spelled, tmp_path):
    parsed = edited("generic lots.csv", tmp_path, "VTI,L1,2019-03-05,120,", f"VTI,L1,2019-03-05,{spelled},")
    assert parsed.rows[0].values["quantity"] == "-120"


@pytest.mark.parametrize("missing", ["--", "N/A", "n/a", ""])
def test_a_missing_basis_is_missing_and_never_zero(missing, tmp_path):
    parsed = edited("generic lots.csv", tmp_path, ",17400.00,", f",{missing},")
    assert parsed.rows[0].values["cost_basis"] is None
    assert not parsed.rejects


def test_a_zero_basis_stays_zero_for_the_gate_to_judge(tmp_path):
    assert edited("generic lots.csv", tmp_path, ",17400.00,", ",0.00,").rows[0].values["cost_basis"] == "0.00"


@pytest.mark.parametrize("day", ["2026-02-30", "02/09/2026", "20260209", "2026-2-9", "soon", "0001-01-01"])
def test_a_date_that_is_none_or_is_written_otherwise_is_a_reject(day, tmp_path):
    parsed = edited("generic lots.csv", tmp_path, "2019-03-05", day)
    assert [reject.column for reject in parsed.rejects] == ["acquired_date"]


def test_a_formula_in_a_name_is_text_and_nothing_else(tmp_path):
    parsed = edited("generic lots.csv", tmp_path, "VTI,L1", "=HYPERLINK(A1),L1")
    assert parsed.rows[0].values["symbol"] == "=HYPERLINK(A1)"


def test_a_quote_that_is_never_closed_costs_one_row(tmp_path):
    parsed = edited("generic lots.csv", tmp_path, "0012,VTI,L1", '0012,"VTI,L1')
    assert [reject.line_no for reject in parsed.rejects] == [2]
    assert parsed.fact_count == 11


def test_a_control_character_rejects_its_row(tmp_path):
    parsed = edited("generic lots.csv", tmp_path, "VTI,L1", "VT\x00I,L1")
    assert [reject.reason for reject in parsed.rejects] == ["a control character stands in the row"]


def test_a_row_of_another_length_is_a_reject(tmp_path):
    parsed = edited("generic lots.csv", tmp_path, ",17400.00,true", ",17,400.00,true")
    assert parsed.rejects[0].reason == "the row has 8 cells, its header 7"


def test_a_gcus_record_of_another_length_is_a_reject_and_still_counts(tmp_path):
    lines = FILES["pershing gcus"].text.splitlines()
    lines[1] = lines[1][:-1]
    parsed = FILES["pershing gcus"].parse(tmp_path, ("\n".join(lines) + "\n").encode())
    assert parsed.rejects[0].reason == "the record has 749 characters, not 750"
    assert parsed.detail_count == 14


def test_a_sign_byte_that_is_no_sign_is_a_reject(tmp_path):
    lines = FILES["pershing gcus"].text.splitlines()
    lines[1] = lines[1][:91] + "x" + lines[1][92:]
    parsed = FILES["pershing gcus"].parse(tmp_path, ("\n".join(lines) + "\n").encode())
    assert "not a sign" in parsed.rejects[0].reason


def test_a_short_sub_account_is_marked_short(tmp_path):
    lines = FILES["pershing gcus"].text.splitlines()
    lines[1] = lines[1][:20] + "3" + lines[1][21:91] + "-" + lines[1][92:]
    row = FILES["pershing gcus"].parse(tmp_path, ("\n".join(lines) + "\n").encode()).rows[0]
    assert (row.values["is_short"], row.values["sub_account"], row.values["quantity"]) == ("true", "SHORT", "-200.00000")


def test_an_unknown_action_that_moves_shares_is_a_reject_and_one_that_does_not_is_other(tmp_path):
    parsed = edited("schwab transactions 2023", tmp_path, '"Buy"', '"Quantum Leap"')
    assert [reject.reason for reject in parsed.rejects] == ["unknown action: 'Quantum Leap'"]
    parsed = edited("schwab transactions 2023", tmp_path, '"Bank Interest"', '"Quantum Leap"')
    assert [row.values["action"] for row in parsed.rows] == ["buy", "sell", "other"]


def test_a_wash_row_of_a_closed_lot_report_is_passed_over_aloud(tmp_path):
    parsed = edited("fidelity closed lots", tmp_path, "05/20/2026", "Wash Sale")
    assert codes(parsed) == ["unread-wash-sale"]
    assert parsed.rows == ()


def test_lots_after_an_unreadable_position_do_not_fall_to_the_position_before_it(tmp_path):
    lines = FILES["etrade quick"].text.splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith("BND"))
    lines[at] = "BND,73.50"
    parsed = FILES["etrade quick"].parse(tmp_path, ("\n".join(lines) + "\n").encode())
    assert [reject.line_no for reject in parsed.rejects] == [at + 1, at + 2]
    assert [row.values["symbol"] for row in parsed.of_table("tax_lots")] == ["VTI"] * 3 + ["VXUS"] * 2


@pytest.mark.parametrize(
    ("layout", "dollars", "euros"), [("ibkr flex plain", 'currency="USD" assetCategory', 'currency="EUR" assetCategory')]
)
def test_a_position_in_another_currency_is_not_taken_for_dollars(layout, dollars, euros, tmp_path):
    parsed = edited(layout, tmp_path, dollars, euros)
    assert [reject.reason for reject in parsed.rejects] == ["currency is 'EUR', and only USD is read"]
    assert parsed.rejects[0].account_ref == "U1234567"


# ---- XML ---------------------------------------------------------------------------------------------------------

BOMB = """<?xml version="1.0"?>
<!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;">]>
"""
OUTSIDE = '<!DOCTYPE FlexQueryResponse SYSTEM "file:///etc/passwd">\n'


@pytest.mark.parametrize("prefix", [BOMB, OUTSIDE])
@pytest.mark.parametrize("layout", ["ibkr flex plain", "ofx 2"])
def test_entities_and_document_types_are_refused(layout, prefix, tmp_path):
    parsed = FILES[layout].parse(tmp_path, (prefix + FILES[layout].text).encode())
    assert "unsafe-xml" in codes(parsed)
    assert parsed.rows == ()


def test_xml_nested_without_end_is_refused(tmp_path):
    parsed = FILES["ibkr flex plain"].parse(tmp_path, b"<FlexQueryResponse>" + b"<a>" * 100_000)
    assert "truncated-file" in codes(parsed)
    assert parsed.foots


def test_a_new_section_of_a_flex_report_is_a_warning_and_costs_nothing(tmp_path):
    parsed = edited("ibkr flex plain", tmp_path, "<OpenPositions>", '<NewThing a="1" />\n<OpenPositions>')
    assert codes(parsed) == ["unknown-section"]
    assert parsed.is_usable
    assert len(parsed.rows) == 26


def test_lots_without_their_summaries_and_orders_without_executions_are_said(tmp_path):
    text = FILES["ibkr flex plain"].text
    without = "\n".join(
        line for line in text.splitlines() if 'levelOfDetail="SUMMARY"' not in line and 'levelOfDetail="EXECUTION"' not in line
    )
    assert codes(FILES["ibkr flex plain"].parse(tmp_path, without.encode())) == ["missing-level", "missing-level"]


def test_flex_dates_whose_order_nothing_proves_are_rejected_and_not_guessed(tmp_path):
    lot = '<OpenPosition levelOfDetail="LOT" symbol="VTI" position="1" openDateTime="01/02/2020" />'
    text = f'<FlexQueryResponse><FlexStatement accountId="U1" toDate="06/05/2026">{lot}</FlexStatement></FlexQueryResponse>'
    parsed = FILES["ibkr flex plain"].parse(tmp_path, text.encode())
    assert parsed.rows == ()
    assert len(parsed.rejects) == 2


def test_one_bad_aggregate_of_an_ofx_file_costs_one_row(tmp_path):
    parsed = edited("ofx 1", tmp_path, "<UNITS>1500", "<UNITS>many")
    assert len(parsed.rejects) == 1
    assert parsed.fact_count == 5


def test_two_as_of_days_in_one_file_are_not_chosen_between(tmp_path):
    parsed = edited("generic manifest.csv", tmp_path, "2026-06-12", "2026-06-11")
    assert codes(parsed) == ["two-as-of-dates"]
    assert parsed.as_of is None


def test_a_generic_file_whose_last_line_does_not_end_is_a_warning(tmp_path):
    parsed = LOTS.parse(tmp_path, LOTS.text.rstrip("\n").encode())
    assert codes(parsed) == ["no-final-newline"]
    assert parsed.is_usable


# ---- properties --------------------------------------------------------------------------------------------------


@settings(max_examples=250, deadline=None)
@given(layout=st.sampled_from(sorted(FILES)), seed=st.integers(0, 2**32))
def test_whatever_the_damage_no_row_is_lost_and_nothing_is_made_up(layout, seed, tmp_path_factory):
    path = tmp_path_factory.mktemp("damage") / FILES[layout].name
    path.write_bytes(damaged(FILES[layout].text.encode(), random.Random(seed)))
    assert_nothing_is_lost_or_made_up(parse_file(path, "x", "x"))


@settings(max_examples=250, deadline=None)
@given(head=st.sampled_from(sorted({file.text[:400] for file in FILES.values()})), tail=st.binary(max_size=600))
def test_whatever_bytes_follow_the_start_of_a_known_file_nothing_crashes(head, tail, tmp_path_factory):
    path = tmp_path_factory.mktemp("bytes") / "file.csv"
    path.write_bytes(head.encode() + tail)
    assert_nothing_is_lost_or_made_up(parse_file(path, "x", "x"))


@pytest.mark.parametrize("layout", ["generic lots.csv", "ibkr flex plain", "pershing gcus"])
def test_batches_hold_the_same_rows_as_the_whole(layout, tmp_path):
    whole, batches = FILES[layout].parse(tmp_path), []
    parsed = parse_in_batches(tmp_path / FILES[layout].name, "x", "x", batches.append, size=4)
    assert [row for batch in batches for row in batch] == list(whole.rows)
    assert max(map(len, batches)) == 4
    assert (parsed.rows, parsed.fact_count, parsed.lines) == ((), whole.fact_count, whole.lines)


def test_a_file_that_is_all_rejects_is_given_up_and_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr("flows.custodians.machine.MOST_REJECTS", 100)
    parsed = LOTS.parse(tmp_path, (LOTS.text.splitlines()[0] + "\n" + "junk\n" * 500).encode())
    assert codes(parsed) == ["too-many-rejects"]
    assert parsed.foots
