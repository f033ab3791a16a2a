"""The reference pages are tests: what a page says to avoid has its finding, what it prefers has none."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from rules.catalogue import KINDS
from rules.checking import check_paths
from rules.explain import PAGES, explain, explained_codes
from rules.pages import with_table
from tests.rules.page_firm import AS_OF, expected_of, files_of, write_firm
from validation.findings import Severity
from validation.render import as_text

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests" / "golden" / "findings"
UNSHOWABLE = {
    "file-too-large", "not-utf8", "unreadable-file", "ignored-file", "no-policy", "no-such-path", "nothing-to-check", "stale-schema",
}  # fmt: skip
"""Codes that no YAML can show; test_unusual_files.py makes each of them."""


def blocks(page: Path) -> list[str]:
    return re.findall(r"```yaml\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)


SHOWN = [code for code in explained_codes() if code not in UNSHOWABLE]


@pytest.mark.parametrize("code", SHOWN)
def test_what_a_page_says_to_avoid_has_its_finding_at_the_marked_line(code, tmp_path, monkeypatch, refresh):
    avoid = blocks(PAGES / "codes" / f"{code}.md")[0]
    files = files_of(avoid)
    monkeypatch.chdir(write_firm(tmp_path, files))
    found = check_paths([Path()], AS_OF).findings
    told = {(finding.code, finding.place.path, finding.place.line) for finding in found}
    for expected in expected_of(files):
        assert expected in told, as_text(found)
    allowed = {expected[0] for expected in expected_of(files)} | set(re.findall(r"# finds: (\S+)", avoid))
    assert code in allowed
    assert {finding.code for finding in found if finding.severity is not Severity.NOTE} <= allowed, as_text(found)
    assert code in {finding.code for finding in found}
    same_as_golden(GOLDEN / f"{code}.txt", as_text([finding for finding in found if finding.code in allowed]), refresh)


@pytest.mark.parametrize("code", SHOWN)
def test_what_a_page_prefers_is_clean(code, tmp_path, monkeypatch):
    files = files_of(blocks(PAGES / "codes" / f"{code}.md")[1])
    monkeypatch.chdir(write_firm(tmp_path, files))
    checked = check_paths([Path()], AS_OF)
    assert checked.exit_code == 0, as_text(checked.findings)
    if code != "unused-target":
        assert code not in {finding.code for finding in checked.findings}


@pytest.mark.parametrize("kind", KINDS)
def test_the_examples_of_a_kinds_page_are_clean(kind, tmp_path, monkeypatch):
    avoid, prefer = blocks(PAGES / f"{kind}.md")[:2]
    monkeypatch.chdir(write_firm(tmp_path / "prefer", files_of(prefer)))
    checked = check_paths([Path()], AS_OF)
    assert checked.exit_code == 0, as_text(checked.findings)
    monkeypatch.chdir(write_firm(tmp_path / "avoid", files_of(avoid)))
    found = check_paths([Path()], AS_OF).findings
    told = {(finding.code, finding.place.path, finding.place.line) for finding in found}
    assert expected_of(files_of(avoid)) <= told, as_text(found)


@pytest.mark.parametrize("kind", KINDS)
def test_the_page_of_a_kind_tells_its_fields_as_the_model_has_them(kind, refresh):
    page = PAGES / f"{kind}.md"
    text = page.read_text(encoding="utf-8")
    if refresh:
        page.write_text(with_table(text, kind), encoding="utf-8")
    for part in ("**Avoid**", "**Prefer**", "**Rationale.**", "## Formula", "## Fields"):
        assert part in text
    assert with_table(text, kind) == text, "`pytest tests/rules --refresh` writes the table anew"


@pytest.mark.parametrize("code", explained_codes())
def test_every_code_page_says_what_to_avoid_what_to_prefer_and_why(code):
    text = explain(code) or ""
    assert text.startswith(f"# {code}\n")
    for part in ("**Avoid**", "**Prefer**", "**Rationale.**"):
        assert part in text


def test_there_are_at_least_forty_codes_and_each_that_the_floor_tells_has_a_page():
    files = [
        *(ROOT / "rules" / "checks").glob("*.py"),
        *(ROOT / "rules" / f"{name}.py" for name in ("read", "check", "checking", "policy", "schema")),
        *(ROOT / "validation" / f"{name}.py" for name in ("source", "composing", "shape")),
    ]
    source = "\n".join(file.read_text(encoding="utf-8") for file in files)
    told = set(re.findall(r'"([a-z0-9]+(?:-[a-z0-9]+)+)"', source)) - {"utf-8", "utf-8-sig"}
    assert told - set(explained_codes()) == set()
    assert set(explained_codes()) - told == set(), "a page of a code that nobody tells"
    assert len(explained_codes()) >= 40


def same_as_golden(golden: Path, text: str, refresh: bool) -> None:
    if refresh:
        golden.parent.mkdir(parents=True, exist_ok=True)
        golden.write_text(text, encoding="utf-8")
    assert golden.exists(), f"{golden.name} is missing; `pytest tests/rules --refresh` writes it"
    assert text == golden.read_text(encoding="utf-8"), "`pytest tests/rules --refresh` writes the golden files anew; the diff is the review"
