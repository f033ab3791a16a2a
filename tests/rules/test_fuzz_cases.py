"""Whatever a file of cases holds: findings with places, never a traceback; and a case with an error is not tried."""

from __future__ import annotations

from pathlib import Path

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rules.cases import Between, Expect, ExpectedTrade, Given
from rules.facts import read_facts
from rules.read_cases import read_cases, unknown_in
from tests.rules.page_firm import AS_OF, write_firm
from tests.rules.test_fuzz import rules, scalars
from validation.render import FORMATS, render

FIELDS = sorted(
    {name for model in (Given, Expect, ExpectedTrade, Between) for name in model.model_fields} | {"case", "household", "expect"}
)
parts = st.recursive(
    scalars | rules,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS) | st.text(max_size=5), inner, max_size=4),
    max_leaves=10,
)
cases = st.builds(
    lambda given, expect, more: {"case": "So it is", "household": "H-1042", "given": given, "expect": expect, **more},
    st.dictionaries(st.sampled_from(sorted(Given.model_fields)), parts, max_size=4) | parts,
    st.dictionaries(st.sampled_from(sorted(Expect.model_fields)), parts, max_size=4) | parts,
    st.dictionaries(st.sampled_from(FIELDS), parts, max_size=1),
)


def judged(text: str, tmp_path: Path) -> None:
    file = tmp_path / "some.yaml"
    file.write_text(text, encoding="utf-8", errors="surrogatepass")
    facts = read_facts(tmp_path / "firm", AS_OF)
    reading = read_cases([file], tmp_path)
    told = [*reading.findings, *(each for placed in reading.cases for each in unknown_in(placed, facts, ()))]
    for form in FORMATS:
        assert isinstance(render(told, form), str)
    assert all(each.place.line for each in told if each.code != "not-utf8")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(file=st.lists(cases, max_size=3) | parts)
def test_any_values_at_any_place_are_findings_and_no_traceback(tmp_path, file):
    if not (tmp_path / "firm").exists():
        write_firm(tmp_path / "firm")
    judged(yaml.safe_dump({"cases": file}, allow_unicode=True), tmp_path)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=200))
def test_any_text_is_findings_and_no_traceback(tmp_path, text):
    if not (tmp_path / "firm").exists():
        write_firm(tmp_path / "firm")
    judged(text.replace("\r", ""), tmp_path)
