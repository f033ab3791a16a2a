"""The JSON Schemas: fresh, valid, and of the loader's opinion on good and bad files."""

from __future__ import annotations

import json
from decimal import Decimal

import jsonschema
import pytest

from rules.catalogue import KINDS
from rules.explain import PAGES
from rules.schema import HERE, schema_files, stale_schemas
from tests.rules.page_firm import POLICY, files_of
from tests.rules.test_reference import ROOT, blocks
from validation.source import read_yaml

SCHEMAS = {name: json.loads(text) for name, text in schema_files().items()}


def test_the_schemas_beside_the_models_are_fresh():
    assert stale_schemas(HERE) == [], "`rooftree rules schema` writes them anew"


def test_copies_beside_a_policy_are_fresh():
    for copy in (ROOT / "examples").glob("*/policy.schema.json"):
        assert stale_schemas(copy.parent) == [], f"`rooftree rules schema --into {copy.parent.relative_to(ROOT)}` writes them anew"


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_is_a_schema(name):
    jsonschema.Draft7Validator.check_schema(SCHEMAS[name])


def complaints(name, text):
    document, findings = read_yaml(text, "p.yaml")
    assert findings == []
    return [error.message for error in jsonschema.Draft7Validator(SCHEMAS[name]).iter_errors(as_json(document.value))]


def as_json(value):
    if isinstance(value, dict):
        return {key: as_json(part) for key, part in value.items()}
    if isinstance(value, list):
        return [as_json(part) for part in value]
    return float(value) if isinstance(value, Decimal) else value


@pytest.mark.parametrize("kind", KINDS)
def test_the_schema_likes_what_the_pages_prefer(kind):
    for text in files_of(blocks(PAGES / f"{kind}.md")[1]).values():
        assert complaints("policy.schema.json", text) == []


@pytest.mark.parametrize(
    "code",
    ["unknown-key", "missing-key", "wrong-type", "not-a-number", "unknown-value", "out-of-range", "bad-id", "unknown-kind", "missing-kind",
     "number-as-name", "yaml-1-1-word", "empty-text", "empty-list", "text-too-long"],
)  # fmt: skip
def test_the_schema_dislikes_what_the_pages_avoid(code):
    [text] = files_of(blocks(PAGES / "codes" / f"{code}.md")[0]).values()
    assert complaints("policy.schema.json", text)


def test_the_schema_of_assumptions_likes_them_and_knows_what_is_missing():
    good = POLICY["assumptions/base_2026.yaml"]
    assert complaints("assumptions.schema.json", good) == []
    assert complaints("assumptions.schema.json", good.replace("form: one_year", "form: two_year"))
    assert complaints("assumptions.schema.json", good.replace("total_return_frac: 0.065, ", ""))
    assert complaints("assumptions.schema.json", good.replace("turnover_frac", "turnovr_frac"))


def test_the_schema_of_cases_likes_the_examples_and_dislikes_what_is_none():
    files = sorted((ROOT / "examples").glob("*/cases/*.yaml"))
    assert files
    for file in files:
        text = file.read_text(encoding="utf-8")
        assert text.startswith("# yaml-language-server: $schema=../../../rules/cases.schema.json\n")
        assert complaints("cases.schema.json", text) == []
    good = "cases:\n  - {case: Waits, household: H-1, expect: {status: not_due, trades: [{sell: VTI, at_least_usd: 5}]}}\n"
    assert complaints("cases.schema.json", good) == []
    for was, now in (
        ("not_due", "undue"),
        ("sell", "sel"),
        ("case:", "cse:"),
        ("5}", "-5}"),
        ("expect:", "given: {with_rules: [{kind: x}]}, expect:"),
    ):
        assert complaints("cases.schema.json", good.replace(was, now)), now


def test_every_field_of_a_case_has_words_for_the_editor():
    for name in ("Case", "Given", "Expect", "ExpectedTrade", "ExpectedRule", "Between", "YearToDate"):
        for field, part in SCHEMAS["cases.schema.json"]["$defs"][name]["properties"].items():
            assert part.get("description"), f"{name}.{field} has no docstring"


def test_every_field_of_every_kind_has_words_for_the_editor():
    for kind, model in KINDS.items():
        part = SCHEMAS["policy.schema.json"]["$defs"][model.__name__]
        assert part["description"]
        assert part["required"][0] == "kind"
        for name, field in part["properties"].items():
            assert field.get("description"), f"{kind}.{name} has no docstring"


def test_dollars_may_be_written_with_underscores_in_an_editor_that_takes_them_for_text():
    rule = {"kind": "gain_budget", "id": "g", "title": "G", "net_usd": "25_000"}
    validator = jsonschema.Draft7Validator(SCHEMAS["policy.schema.json"])
    assert list(validator.iter_errors({"rules": [rule]})) == []
    assert list(validator.iter_errors({"rules": [{**rule, "net_usd": "25,000"}]}))
