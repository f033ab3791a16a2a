"""The cases of tests/cases: what each kind says, computes and allows under a floor; whom selectors bind; who overrides whom."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from rules.catalogue import KINDS
from rules.check import check_policy
from rules.facts import read_facts
from rules.language.base import Rule
from rules.load import load_policy
from rules.policy import PlacedRule
from rules.read import Reading, _one_rule
from tests.rules.page_firm import AS_OF, write_firm
from validation.findings import Severity
from validation.source import read_file

CASES = Path(__file__).parents[1] / "cases"


def cases(name: str) -> list:
    document, findings = read_file(CASES / f"{name}.yaml", f"tests/cases/{name}.yaml")
    assert document is not None, findings
    assert not findings
    return [
        pytest.param(document, index, case, id=case["name"]) for index, case in enumerate(document.value["cases"]) if "given" not in case
    ]


def every_kind() -> list:
    return [case for kind in KINDS for case in cases(kind)]


@pytest.fixture(scope="session")
def firm(tmp_path_factory) -> Path:
    return write_firm(tmp_path_factory.mktemp("firm"))


@pytest.fixture(scope="session")
def facts(firm):
    return read_facts(firm, AS_OF)


def rule_of(document, index) -> Rule:
    value = document.value["cases"][index]["rule"]
    return KINDS[value["kind"]].model_validate(value)


@pytest.mark.parametrize(("document", "index", "case"), every_kind())
def test_a_kind_means(document, index, case, facts):
    assert case.keys() & {"says", "computes", "loosens", "finds"}, "the case claims nothing"
    if "says" in case:
        assert rule_of(document, index).describe() == case["says"]
    for claim in case.get("computes", ()):
        assert computed(rule_of(document, index), claim) == comparable(claim["is"])
    if "loosens" in case:
        before = rule_of(document, index)
        after = type(before).model_validate({**case["rule"], **case["nearer"]})
        assert list(before.loosened_by(after)) == case["loosens"]
    if "finds" in case:
        assert codes(document, index, facts) == set(case["finds"])


def computed(rule, claim):
    thing = rule
    for name in claim["what"].split("."):
        thing = getattr(thing, name)
    arguments = [
        date.fromisoformat(a) if isinstance(a, str) and a[:2] == "20" else Decimal(a) if type(a) is int else a for a in claim.get("of", ())
    ]
    return comparable(thing(*arguments) if "of" in claim else thing)


def comparable(value):
    if isinstance(value, list | tuple):
        return [comparable(item) for item in value]
    return Decimal(value) if type(value) is int else value


def codes(document, index, facts) -> set[str]:
    reading = Reading()
    shifted = replace(document, value={"rules": [case.get("rule") for case in document.value["cases"]]})
    told = list(_one_rule(shifted, index, shifted.value["rules"][index], "firm", reading))
    told += [finding for finding in check_policy(reading, facts, AS_OF) if finding.code != "household-without-target"]
    return {finding.code for finding in told}


@pytest.mark.parametrize(("document", "index", "case"), cases("selectors"))
def test_a_selector_selects(document, index, case, facts):
    selector, expected = rule_of(document, index).applies_to.with_tags(facts.tags), case["selects"]
    home = next(book for book in facts.books if book.household_id == "H-1042")
    selected = {
        "households": [book.household_id for book in facts.books if selector.matches_household(book)],
        "accounts": list(selector.account_ids(home)),
        "securities": list(selector.symbols(home)),
        "taxpayers": list(selector.taxpayer_ids(home)),
        "pairs": [[a, s] for a in home.account for s in home.securities if selector.binds(home, a, s)],
    }
    assert {name: selected[name] for name in expected} == expected


@pytest.mark.parametrize(("document", "index", "case"), cases("layers"))
def test_layers_decide(document, index, case, tmp_path):
    files = {name: "rules: " + json.dumps(rules, default=float) for name, rules in case["files"].items()}
    policy, findings = load_policy(write_firm(tmp_path, files), AS_OF)
    if "refused" in case:
        assert policy is None
        assert {finding.code for finding in findings if finding.severity is Severity.ERROR} == set(case["refused"])
        return
    assert policy is not None, findings
    books = {book.household_id: book for book in read_facts(tmp_path, AS_OF).books}
    replaced = {}
    for household_id, titles in case["binds"].items():
        bound = [placed for placed in policy.for_household(books[household_id]).rules if placed.rule.kind != "target"]
        assert sorted(placed.rule.title for placed in bound) == sorted(titles)
        replaced |= {placed.rule.title: [before.rule.title for before in placed.replaces] for placed in bound if placed.replaces}
    assert replaced == case.get("replaced", replaced)
    assert all(isinstance(placed, PlacedRule) for placed in policy.rules)
