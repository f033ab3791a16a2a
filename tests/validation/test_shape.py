"""Pydantic's errors as findings: at their place, in words, all at once, and each once."""

from __future__ import annotations

import pytest

from rules.catalogue import KINDS
from validation.shape import validate
from validation.source import read_yaml

HEAD = "kind: {}\nid: x\ntitle: T\n"


def found(kind, text):
    document, troubles = read_yaml(HEAD.format(kind) + text, "p.yaml")
    assert troubles == []
    return validate(KINDS[kind], document, noun=f"a `{kind}` rule")[1]


def test_a_misspelt_required_field_is_told_once():
    [finding] = found("concentration", "max_fracc: 0.1\n")
    assert (finding.code, finding.help) == ("unknown-key", "a field with a similar name exists: `max_frac`")
    assert (finding.place.line, finding.place.column, finding.place.width) == (4, 1, 9)


def test_a_field_of_another_name_that_begins_alike_is_the_one_that_was_meant():
    [finding] = found("concentration", "max_wieght: 0.1\n")
    assert finding.help == "a field with a similar name exists: `max_frac`"


def test_an_unknown_field_unlike_any_other_is_answered_with_the_fields_there_are():
    finding = found("concentration", "max_frac: 0.1\nzebra: 1\n")[0]
    assert "`group_by`" in finding.help


def test_union_tags_are_not_in_the_file_and_are_skipped():
    [finding] = found("target", "weights_frac: {a: 1}\nholdings: {a: {taxabel: [X]}}\n")
    assert (finding.code, finding.place.line, finding.place.column) == ("unknown-key", 5, 16)
    [finding] = found("target", "weights_frac: {a: 0.5, b: {c: 2}}\n")
    assert (finding.code, finding.place.column) == ("out-of-range", 31)


def test_all_errors_of_a_rule_are_told_at_once():
    codes = [
        finding.code for finding in found("band", "absolute_frac: 3 %\ncombine: lessor\nrebalance_to: 1\nprice_of_drift: {years: 0}\n")
    ]
    assert sorted(codes) == ["missing-key", "not-a-number", "out-of-range", "unknown-value", "unknown-value"]


@pytest.mark.parametrize(
    ("text", "code", "help"),
    [
        ('absolute_frac: "0.03"', "not-a-number", "write `0.03`, without quotes, signs or commas"),
        ("absolute_frac: $25,000", "not-a-number", "write `25_000`, without quotes, signs or commas"),
        ("absolute_frac: 5%", "not-a-number", "percentages are fractions: write `0.05`"),
        ("absolute_frac: 12:30", "yaml-1-1-word", "YAML 1.2 reads no times; write a plain number"),
        ("absolute_frac: true", "not-a-number", "numbers are written 25_000 or 0.05"),
        ("absolute_frac: [1]", "not-a-number", "numbers are written 25_000 or 0.05"),
        ("floor: yes", "yaml-1-1-word", "write `true`: YAML 1.2 reads `yes` as a word"),
        ("floor: 1", "wrong-type", "write `true` or `false`"),
        ("effective: {from: 2026-02-30}", "not-a-date", "dates are written 2026-01-31"),
        ("applies_to: {households: H-1}", "wrong-type", "write `[a, b]`, or one `- ` line each"),
        ("applies_to: {households: [1042]}", "number-as-name", "put it in quotes, so that its zeros survive"),
        ("asset_classes: some", "unknown-value", "it is one of `all`"),
        ("because: ''", "empty-text", "write a few words, or leave the field out where it may be left out"),
        ("price_of_drift: 15", "wrong-type", "write `name: value` lines below it, indented"),
        ("price_of_drift: {usd_per_year: 15, years: 2.5}", "wrong-type", "write digits only"),
    ],
)
def test_a_wrong_value_is_told_with_its_cure(text, code, help):
    [finding] = found("band", text + "\n")
    assert (finding.code, finding.help) == (code, help)


def test_numbers_are_quoted_as_the_file_writes_them():
    [finding] = found("restraint", "never: sell\napplies_to: {accounts: [00123]}\n")
    assert "`00123`" in finding.message


def test_a_strength_is_must_or_has_a_price():
    for text in ("strength: may", "strength: {}", "strength: {prefer: null}"):
        assert [finding.code for finding in found("turnover", text + "\n")] == ["unknown-value"]
    assert found("turnover", "strength: must\n") == []
    assert [finding.code for finding in found("turnover", "strength: {prefer: {usd: 0}}\n")] == ["out-of-range"]
