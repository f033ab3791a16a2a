"""Every finding's code can be explained: the note under each finding says so."""

from __future__ import annotations

import re
from pathlib import Path

from rules.explain import explain

HOUSE = Path(__file__).parents[2]
MAKERS = "Finding|unusable|_error|_warning|_note|_about|tell|_at|_whole_file"
MADE = re.compile(rf"""(?:{MAKERS})\(\s*(?:self,\s*)?"([a-z0-9]+(?:-[a-z0-9]+)+)\"""")


def test_rules_explain_knows_every_code_that_any_floor_makes():
    unknown = {
        f"{code} ({file.relative_to(HOUSE)})"
        for floor in ("flows", "templates", "solver", "rules", "validation")
        for file in (HOUSE / floor).rglob("*.py")
        for code in MADE.findall(file.read_text(encoding="utf-8"))
        if explain(code) is None
    }
    assert unknown == set(), "a section in rules/reference/run.md, or a page in rules/reference/codes/, explains a code"


def test_a_code_of_a_run_is_explained_by_its_section_alone():
    text = explain("superseded-file") or ""
    assert text.startswith("# superseded-file\n")
    assert "##" not in text


def test_a_misspelt_code_is_answered_with_the_nearest():
    from rules.explain import no_page

    assert "`unknown-key`" in no_page("unknown-kye")
