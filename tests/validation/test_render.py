"""Findings as people, machines and GitHub read them."""

from __future__ import annotations

import json

from validation.findings import Finding, Place, Scope, Severity
from validation.render import as_github, as_json, as_text, block, exit_code

FINDING = Finding(
    "unknown-key", Severity.ERROR, Scope.RULE, "a `concentration` rule has no field `max_wieght`",
    "a field with a similar name exists: `max_weight`", Place("policy/concentration.yaml", 5, 5, 10), snippet="    max_wieght: 0.10",
)  # fmt: skip
NOTE = Finding("unused-target", Severity.NOTE, Scope.RULE, "no household names the target `x`")


def test_a_finding_reads_as_fact_place_snippet_caret_and_help():
    assert block(FINDING) == (
        "error[unknown-key]: a `concentration` rule has no field `max_wieght`\n"
        " --> policy/concentration.yaml:5:5\n"
        "  |\n"
        "5 |     max_wieght: 0.10\n"
        "  |     ^^^^^^^^^^\n"
        "  = help: a field with a similar name exists: `max_weight`\n"
        "  = note: `rooftree rules explain unknown-key`\n"
    )


def test_the_count_comes_last():
    assert as_text([FINDING, NOTE], "2 files").endswith("\n\n1 error, 1 note in 2 files\n")
    assert as_text([], "2 files") == "no findings in 2 files\n"


def test_a_long_line_is_cut_to_what_stands_around_the_caret():
    long = Finding("x", Severity.ERROR, Scope.RULE, "m", "", Place("p", 1, 1001, 3), snippet="a" * 1000 + "BAD" + "c" * 1000)
    _, _, _, line, caret, *_ = block(long).splitlines()
    assert len(line) < 130
    assert line[caret.index("^") :].startswith("BAD")


def test_nothing_in_a_file_can_steer_the_terminal():
    nasty = Finding("x", Severity.ERROR, Scope.RULE, "m\x1b[2J", "h\r\n", Place("p\x1b", 1, 1, 1), snippet="\x1b]0;pwned\x07\u202e")
    assert not {"\x1b", "\r", "\x07", "\u202e"} & set(block(nasty))


def test_json_has_every_finding_with_its_place_and_the_counts():
    data = json.loads(as_json([FINDING, NOTE]))
    assert data["counts"] == {"error": 1, "warning": 0, "note": 1}
    assert data["findings"][0] == {
        "code": "unknown-key", "severity": "error", "scope": "rule", "message": FINDING.message, "help": FINDING.help,
        "path": "policy/concentration.yaml", "line": 5, "column": 5, "end_column": 15, "household_id": "", "subject": "",
    }  # fmt: skip


def test_github_annotations_escape_what_would_end_them():
    finding = Finding("a-b", Severity.WARNING, Scope.RULE, "50 %\nof", "", Place("a,b:c.yaml", 2, 3, 4))
    assert as_github([finding]) == "::warning file=a%2Cb%3Ac.yaml,line=2,col=3,title=a-b,endColumn=7::50 %25%0Aof\n"


def test_notes_alone_are_clean():
    assert exit_code([NOTE]) == 0
    assert exit_code([NOTE, FINDING]) == 1
