from __future__ import annotations

from dataclasses import fields

import pytest

from solver.definitions import ALL, DEFINITIONS
from solver.metrics import Statistics
from solver.shown_figures import ALL as SHOWN

FOR_PAGES = {
    "weights_before", "weights_after", "targets", "not_available", "by_taxpayer", "accelerated_tax", "location_before", "location_after",
    "projections", "assumptions", "benefit_over_baseline",
}  # fmt: skip
OF_THE_RUN = {"household_id", "status", "solution_status", "gap_usd", "gap_bps"}


def test_every_figure_has_a_definition_and_every_definition_a_figure():
    assert set(DEFINITIONS) - OF_THE_RUN == {each.name for each in fields(Statistics)} - FOR_PAGES


def test_a_name_is_defined_once():
    assert not {each.name for each in SHOWN} & set(DEFINITIONS)


@pytest.mark.parametrize("definition", [*ALL, *SHOWN], ids=lambda each: each.name)
def test_a_definition_is_a_sentence_with_unit_and_source(definition):
    assert definition.formula.endswith(".")
    assert definition.formula[0].isupper() or definition.formula.startswith(("100", "optimal"))
    assert definition.unit in {"usd", "frac", "points", "years", "count", "bps", "text"}
    assert definition.title and definition.source
