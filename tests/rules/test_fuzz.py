"""Whatever a rule file holds: findings, never a traceback, never a part of a policy; and what is valid is read as meant."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.catalogue import KINDS
from rules.check import check_policy
from rules.explain import PAGES
from rules.facts import NOTHING_KNOWN, Facts, read_facts
from rules.read import Reading, _rules_of
from tests.rules.page_firm import AS_OF, write_firm
from tests.rules.test_reference import blocks
from validation.findings import Finding, Severity
from validation.render import FORMATS, render
from validation.source import read_file, read_yaml

FIELDS = sorted({name for model in KINDS.values() for name in model.model_fields})
scalars = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=12), st.dates().map(str),
    st.sampled_from(["must", "all", "taxable", "25_000", "no", "12:30", ".nan", "1e999", "H-1042", "us_equity", "sell", "2026-02-30"]),
)  # fmt: skip
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS) | st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)
rules = st.builds(
    lambda kind, fields: {"kind": kind, "id": "x", "title": "T", **fields},
    st.sampled_from(sorted(KINDS)),
    st.dictionaries(st.sampled_from(FIELDS), values, max_size=8),
)


def judged(text: str, facts: Facts = NOTHING_KNOWN) -> tuple[Reading, list[Finding]]:
    """Read and check a text as the loader does, and render what was found in every form."""
    document, findings = read_yaml(text, "policy/p.yaml")
    reading = Reading(is_whole=True)
    if document is not None:
        findings += _rules_of(document, "firm", reading, set())
        findings += check_policy(reading, facts, AS_OF)
    for form in FORMATS:
        assert isinstance(render(findings, form), str)
    return reading, findings


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_read_or_told(text):
    reading, findings = judged(text)
    assert reading.rules or findings


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="rules:- []{}&*!|>\"'#%\n\t\\kind0.,?@`~_<", max_size=80))
def test_any_text_of_yamls_own_letters_is_read_or_told(text):
    reading, findings = judged(text)
    assert reading.rules or findings or text.strip() == ""


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=100))
def test_any_bytes_are_read_or_told(tmp_path_factory, data):
    file = tmp_path_factory.mktemp("fuzz") / "p.yaml"
    file.write_bytes(data)
    document, findings = read_file(file, "p.yaml")
    assert (document is None) <= bool(findings)


@settings(max_examples=400, deadline=None)
@given(st.lists(rules, max_size=3))
def test_any_values_in_any_fields_are_read_or_told(given_rules):
    _, findings = judged(yaml.safe_dump({"rules": given_rules}, allow_unicode=True))
    for finding in findings:
        assert finding.message
        assert finding.code
        assert finding.place.path


GOOD = [block for kind in KINDS for block in blocks(PAGES / f"{kind}.md")[1:2]]


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(GOOD), st.data())
def test_a_good_file_with_a_slip_in_it_is_read_or_told(text, data):
    at = data.draw(st.integers(0, len(text) - 1))
    letter = data.draw(st.sampled_from(list("\t:-[]{}'\"#&*!|% 0aZ\n\x00\u2028é")))
    judged(text[:at] + letter + text[at + data.draw(st.integers(0, 3)) :])


@settings(max_examples=200, deadline=None)
@given(st.decimals(min_value=0, max_value=10**12, places=4, allow_nan=False))
def test_a_number_is_read_to_the_last_digit(number):
    document, _ = read_yaml(f"a: {number}\nb: {int(number):_}\n", "p.yaml")
    assert document is not None
    assert Decimal(document.value["a"]) == number
    assert document.value["b"] == int(number)


@settings(max_examples=150, deadline=None)
@given(st.permutations(range(len(GOOD))))
def test_the_order_of_files_and_rules_does_not_change_what_is_found(order):
    def codes(texts: list[str]) -> list[tuple[str, str]]:
        reading, findings = Reading(), []
        for number, text in enumerate(texts):
            document, _ = read_yaml(text, f"policy/{number}.yaml")
            assert document is not None
            findings += _rules_of(document, "firm", reading, set())
        findings += check_policy(reading, NOTHING_KNOWN, AS_OF)
        return sorted((finding.code, finding.subject) for finding in findings if finding.severity is Severity.ERROR)

    assert codes([GOOD[index] for index in order]) == codes(GOOD)


def test_the_firm_of_the_pages_is_what_the_fuzzers_names_are_from(tmp_path: Path):
    assert "H-1042" in read_facts(write_firm(tmp_path)).names["households"]
