"""Reading YAML: exact values, places of everything, and findings instead of surprises."""

from __future__ import annotations

import os
from decimal import Decimal

import pytest

from validation.source import MOST_BYTES, read_file, read_yaml


def value_of(text):
    document, findings = read_yaml(text, "p.yaml")
    assert findings == []
    return document.value


def codes_of(text):
    return [finding.code for finding in read_yaml(text, "p.yaml")[1]]


def first(text):
    return read_yaml(text, "p.yaml")[1][0]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("25_000", 25000), ("-3", -3), ("+3", 3), ("0.05", Decimal("0.05")), (".5", Decimal("0.5")), ("1e3", Decimal(1000)),
        ("1_000.50", Decimal("1000.50")), ("0x1F", 31), ("0o17", 15), ("true", True), ("False", False), ("null", None),
        ("~", None),
        ("no", "no"), ("on", "on"), ("12:30", "12:30"), ("2026-01-31", "2026-01-31"), ("1.2", Decimal("1.2")),
        ('"0.05"', "0.05"), ("5 %", "5 %"),
        ("_1", "_1"), ("1__0", "1__0"), ("-", None), ("H-1042", "H-1042"), ("! 5", "5"), ("|\n  text\n", "text\n"),
    ],
)  # fmt: skip
def test_scalars_follow_yaml_1_2_and_numbers_are_exact(written, meant):
    if written == "-":
        meant = [None]
        assert value_of("a:\n  -\n") == {"a": meant}
        return
    read = value_of(f"a: {written}")["a"]
    assert read == meant
    assert type(read) is type(meant)


def test_keys_are_text_whatever_they_look_like():
    assert value_of("{1: a, no: b, 2026-01-01: c}") == {"1": "a", "no": "b", "2026-01-01": "c"}


def test_every_key_and_value_knows_its_place_after_letters_that_are_not_ascii_too():
    document, _ = read_yaml("a: 1\nb:\n  - é: {x: no, 'y z': [12:30, 25_000]}\n", "p.yaml")
    assert str(document.place(("b", 0, "é", "y z", 1))) == "p.yaml:3:31"
    assert document.place(("b", 0, "é", "y z", 1)).width == 6
    assert str(document.key_place(("b", 0, "é", "y z"))) == "p.yaml:3:16"
    assert str(document.key_place(("b", 0))) == "p.yaml:3:5"


def test_a_path_skips_segments_that_the_file_does_not_have():
    document, _ = read_yaml("rules:\n  - max: 1\n", "p.yaml")
    assert document.place(("rules", 0, "concentration", "max")) == document.place(("rules", 0, "max"))
    assert document.place(("rules", 0, "gone")) == document.place(("rules", 0))


def test_lines_count_as_editors_count_them():
    document, _ = read_yaml("a: 1\r\nb: 2\rc: 3\n", "p.yaml")
    assert document.place(("c",)).line == 3
    assert document.line(2) == "b: 2"
    assert document.line(99) == ""


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a: b: c", "bad-yaml"), ("a: [1", "bad-yaml"), ("'open", "bad-yaml"), ("a: \x07", "bad-yaml"), ("\x00", "bad-yaml"),
        ("\ud800", "bad-yaml"), ("a:\n\tb: 1", "tab-indent"), ("a: 1\na: 2", "duplicate-key"),
        ("a: &x 1", "alias-not-allowed"),
        ("a: *x", "alias-not-allowed"), ("<<: {a: 1}", "alias-not-allowed"), ("a: !!python/object:os.system x", "tag-not-allowed"),
        ("!!map {a: 1}", "tag-not-allowed"), ("a\n---\nb", "several-documents"),
        ("{[a]: 1}", "complex-key"), ("{{a: 1}: 1}", "complex-key"),
        ("a: .nan", "not-finite"), ("a: -.INF", "not-finite"), ("a: 1e99", "number-too-long"), ("a: 1e-99", "number-too-long"),
        ("a: " + "9" * 41, "number-too-long"), ("- " * 60 + "a", "nested-too-deep"),
        ("[" * 9999, "nested-too-deep"),
        ("a" * (MOST_BYTES + 1), "file-too-large"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_a_finding(text, code):
    assert codes_of(text) == [code]


def test_a_billion_laughs_are_refused_at_the_first():
    bomb = 'a: &a ["lol","lol"]\n' + "".join(f"{b}: &{b} [*{a},*{a}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True))
    assert codes_of(bomb) == ["alias-not-allowed"]


def test_a_cyclic_reference_is_refused():
    assert codes_of("a: &a [*a]") == ["alias-not-allowed"]


def test_a_duplicate_key_points_at_the_second_and_names_the_first():
    finding = first("rules:\n  a: 1\n  a: 2\n")
    assert (finding.place.line, finding.place.column) == (3, 3)
    assert "first on line 2" in finding.message
    assert finding.snippet == "  a: 2"


def test_several_findings_of_one_file_are_told_together():
    assert codes_of("a: .inf\nb: 1\nb: 2\nc: 1e999\n") == ["not-finite", "duplicate-key", "number-too-long"]


def test_an_empty_text_is_nothing_and_no_finding():
    assert value_of("") is None
    assert value_of("# only a comment\n") is None


def test_a_byte_order_mark_is_no_letter(tmp_path):
    file = tmp_path / "p.yaml"
    file.write_bytes(b"\xef\xbb\xbfa: 1\n")
    document, findings = read_file(file, "p.yaml")
    assert (document.value, findings) == ({"a": 1}, [])


def test_bytes_that_are_not_utf8_are_a_finding_with_line_and_column(tmp_path):
    file = tmp_path / "p.yaml"
    file.write_bytes("a: 1\nb: caf\xe9\n".encode("latin-1"))
    [finding] = read_file(file, "policy/p.yaml")[1]
    assert (finding.code, str(finding.place)) == ("not-utf8", "policy/p.yaml:2:7")


def test_a_file_of_ten_megabytes_is_a_finding_before_it_is_read(tmp_path):
    file = tmp_path / "p.yaml"
    file.write_bytes(b"a" * 10_000_000)
    assert [finding.code for finding in read_file(file, "p.yaml")[1]] == ["file-too-large"]


def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "p.yaml")
    assert [finding.code for finding in read_file(tmp_path / "p.yaml", "p.yaml")[1]] == ["unreadable-file"]


def test_what_is_no_file_is_a_finding(tmp_path):
    assert [finding.code for finding in read_file(tmp_path, "p.yaml")[1]] == ["unreadable-file"]
    assert [finding.code for finding in read_file(tmp_path / "gone", "p.yaml")[1]] == ["unreadable-file"]
