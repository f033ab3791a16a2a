"""The language of profiles, the schema made of it, and the house's own profiles."""

from __future__ import annotations

import json

import jsonschema
import pytest
from pydantic import ValidationError
from ruamel.yaml import YAML

from flows.custodians.catalogue import FOLDER, profiles, read_profile
from flows.custodians.engine import parse_with
from flows.custodians.landing import land
from flows.custodians.recognise import first_rows, fits
from flows.custodians.schema import SCHEMA, profile_schema
from tests.flows.custodians.files import deliveries

FILES = deliveries()
PROFILES = sorted(FOLDER.glob("*.yaml"))
SMALL = """
name: small
version: 1
title: a test
custodian: any
container: csv
recognise: [{header: [a, b]}]
rows:
  - {if: {includes: [a, b]}, do: header}
  - if: {}
    do: emit
    emit: [{table: cash, columns: {account_ref: a, settled_cash: {from: b, as: decimal}}}]
"""


def test_the_schema_is_the_one_that_the_models_make():
    assert SCHEMA.read_text(encoding="utf-8") == profile_schema(), "run `python -m flows.custodians.schema`"


@pytest.mark.parametrize("path", PROFILES, ids=lambda path: path.stem)
def test_every_profile_of_the_house_fits_the_schema_and_is_named_like_its_file(path):
    document = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    jsonschema.validate(json.loads(json.dumps(document)), json.loads(profile_schema()))
    assert document["name"] == path.stem


@pytest.mark.parametrize("layout", sorted(FILES))
def test_exactly_one_profile_claims_each_file(layout, tmp_path):
    path = tmp_path / FILES[layout].name
    path.write_text(FILES[layout].text, encoding="utf-8")
    landing, _ = land(path, "x")
    assert [profile.name for profile in profiles() if fits(profile, landing.head, first_rows(landing.head, profile.delimiter))] == [
        FILES[layout].profile
    ]


def test_two_profiles_that_fit_are_an_error_and_not_a_choice(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("a,b\n1,2\n")
    first, second = read_profile(SMALL), read_profile(SMALL.replace("name: small", "name: other"))
    parsed = parse_with(path, "x.csv", "x", [first, second])
    assert [finding.code for finding in parsed.findings] == ["ambiguous-layout"]
    assert "small 1, other 1" in parsed.findings[0].message


def test_a_profile_that_is_never_utf8_refuses_a_file_that_is(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("a,b\nÇ,2\n", encoding="utf-8")
    parsed = parse_with(path, "x.csv", "x", [read_profile(SMALL.replace("container: csv", "container: csv\nencodings: [ascii, cp1252]"))])
    assert [finding.code for finding in parsed.findings] == ["wrong-encoding"]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("table: cash", "table: money", "no canonical table"),
        ("settled_cash:", "settled:", "no column of cash"),
        ("from: b", "from: b, context: c", "exactly one of"),
        ("{includes: [a, b]}", "{first: '('}", "missing \\), unterminated subpattern"),
        ("do: header", "do: emit", "goes with `emit`"),
        ("container: csv", "container: xlsx", "Input should be"),
        ("version: 1", "version: 1\ncolour: red", "Extra inputs"),
        ("{header: [a, b]}", "{not_text: x}", "needs `text` or `header`"),
        ("do: header", "do: skip, record: A", "not described under `records`"),
    ],
)
def test_a_profile_that_says_nonsense_is_refused_with_the_reason(old, new, message):
    with pytest.raises((ValidationError, ValueError), match=message):
        read_profile(SMALL.replace(old, new, 1))


@pytest.mark.parametrize("profile", profiles(), ids=lambda profile: profile.name)
def test_no_profile_passes_over_rows_without_naming_them(profile):
    for rule in profile.rows:
        if rule.do == "skip" and rule.remark is None:
            named = (rule.if_.first, rule.if_.line, rule.if_.blank, rule.if_.includes, rule.if_.element, rule.if_.column)
            assert any(named), rule


@pytest.mark.parametrize("profile", profiles(), ids=lambda profile: profile.name)
def test_every_fact_of_every_profile_needs_an_account(profile):
    for rule in profile.rows:
        for emit in rule.emit:
            assert emit.columns["account_ref"].required


def test_the_profile_in_the_readme_reads_lot_details(tmp_path):
    words = (FOLDER / "README.md").read_text(encoding="utf-8")
    profile = read_profile(words.split("```yaml\n")[1].split("```")[0])
    path = tmp_path / "VTI.csv"
    path.write_text(FILES["schwab lots 15 VTI"].text)
    parsed = parse_with(path, "VTI.csv", "x", [profile])
    assert not parsed.rejects
    assert len(parsed.of_table("tax_lots")) == 3
