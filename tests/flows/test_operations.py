from decimal import Decimal

import pytest

from flows.operations import FILE, SCHEMA, Operations, operations_schema, read_operations
from validation.findings import FirmUnusable


def test_without_the_file_everything_waits_for_a_person_and_a_missing_custodian_stops_the_night(tmp_path):
    found = read_operations(tmp_path)
    assert found == Operations()
    assert not found.approval.policy_approves
    assert found.deliveries.missing_custodian == "stop"
    assert found.prices.expire_after_trading_days == 1


def test_the_file_says_what_needs_a_person(tmp_path):
    (tmp_path / FILE).write_text("approval: {policy_approves: true, tax_above_usd: 10_000, findings: [missing-basis], approvers: 2}\n")
    approval = read_operations(tmp_path).approval
    assert (approval.tax_above_usd, approval.findings, approval.approvers) == (Decimal(10_000), ("missing-basis",), 2)


@pytest.mark.parametrize(
    ("text", "words", "line"),
    [
        ("approval:\n  tax_above: 5\n", "tax_above", 2),
        ("approval: {approvers: 0}\n", "1 or more", 1),
        ("deliveries: {missing_custodian: ignore}\n", "go_on", 1),
        ("approval:\n  findings: [missing-basi]\n", "missing-basis", 2),
        ('approval: {tax_above_usd: "5"}\n', "without quotes", 1),
        ("approval: {policy_approves: yes}\n", "true", 1),
        ("approval: {}\napproval: {}\n", "approval", 2),
        ("", "", 0),
        ("- approval\n", "", 0),
    ],
)
def test_a_mistake_is_a_finding_with_its_place_and_nothing_is_assumed(tmp_path, text, words, line):
    (tmp_path / FILE).write_text(text)
    with pytest.raises(FirmUnusable) as unusable:
        read_operations(tmp_path)
    (first, *_) = unusable.value.findings
    assert words in first.message + first.help
    assert first.place.path == FILE
    assert first.place.line >= line


def test_the_schema_for_editors_is_that_of_the_models():
    assert SCHEMA.read_text(encoding="utf-8") == operations_schema(), "stale: `python -m flows.operations` writes it anew"
