"""What a household's policy answers, and where everything it says stands."""

from __future__ import annotations

import pickle
from datetime import date
from decimal import Decimal

import pytest

from rules.facts import read_facts
from rules.language.band import Band
from rules.language.target import Target
from rules.load import load_policy
from tests.rules.page_firm import AS_OF, write_firm

POLICY = """rules:
  - kind: band
    id: bands
    title: Tolerance
    absolute_frac: 0.03
    price_of_drift: {usd_per_year: 15}
  - {kind: band, id: bonds, title: Bonds, asset_classes: [core_bond], relative_frac: 0.5}
  - {kind: location, id: location, title: Location, assumptions: base_2026}
  - {kind: target, id: other, title: Other, weights_frac: {us_equity: 1}}
"""


@pytest.fixture
def bound(tmp_path):
    policy, findings = load_policy(write_firm(tmp_path, {"policy/rules.yaml": POLICY}), AS_OF)
    assert policy is not None, findings
    [home, _] = read_facts(tmp_path, AS_OF).books
    return policy.for_household(home)


def test_a_households_target_is_the_one_its_model_names_and_no_other_binds_it(bound):
    assert bound.target.rule.id == "balanced"
    assert [placed.rule.id for placed in bound.of(Target)] == ["balanced"]


def test_rules_come_in_the_order_of_the_catalogue_then_of_ids(bound):
    assert [placed.rule.id for placed in bound.rules] == ["balanced", "bands", "bonds", "location"]
    assert [placed.rule.id for placed in bound.of_kind("band")] == ["bands", "bonds"]


def test_a_band_that_lists_a_class_goes_before_one_for_all(bound):
    assert bound.band_for("core_bond").rule.id == "bonds"
    assert bound.band_for("us_equity").rule.id == "bands"
    assert bound.width_of("core_bond") == Decimal("0.140")


def test_the_assumptions_are_those_that_the_location_rule_names(bound):
    assert bound.assumptions.id == "base_2026"
    assert bound.assumptions.classes["core_bond"].growth_frac == 0
    assert bound.assumptions.defaults_used()["inflation_frac"] == Decimal("0.025")


def test_every_field_knows_its_place_and_a_default_stands_where_its_rule_does(bound):
    placed = bound.of(Band)[0]
    assert str(placed.place) == "policy/rules.yaml:2:5"
    assert str(placed.place_of("absolute_frac")) == "policy/rules.yaml:5:5"
    assert str(placed.place_of("price_of_drift", "usd_per_year")) == "policy/rules.yaml:6:22"
    assert str(placed.value_place_of("absolute_frac")) == "policy/rules.yaml:5:20"
    assert placed.place_of("combine") == placed.place


def test_a_household_whose_model_names_no_target_has_a_finding(tmp_path):
    policy, _ = load_policy(write_firm(tmp_path))
    [home, _] = read_facts(tmp_path, AS_OF).books
    lost = policy.for_household(type(home)(**{**vars(home), "model": "nobodys"}))
    assert lost.target is None
    assert [(finding.code, finding.household_id) for finding in lost.findings] == [("household-without-target", "H-1042")]


def test_rules_are_frozen_through_and_through(bound):
    with pytest.raises(Exception, match="frozen"):
        bound.rules[1].rule.absolute_frac = Decimal(1)
    assert isinstance(bound.rules[1].rule.applies_to.households, tuple)


def test_a_households_policy_travels_to_another_process_whole(bound):
    travelled = pickle.loads(pickle.dumps(bound))
    assert travelled == bound
    assert travelled.of(Band)[0].place_of("absolute_frac") == bound.of(Band)[0].place_of("absolute_frac")


def test_money_is_exact_and_never_a_float(bound):
    assert type(bound.of(Band)[0].rule.absolute_frac) is Decimal
    assert bound.as_of == date(2026, 6, 30)
