"""Findings for people (text with a caret), for machines (JSON) and for GitHub (annotations)."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence

from validation.findings import Finding, Severity

FORMATS = ("text", "json", "github")
WIDEST = 120
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def render(findings: Sequence[Finding], form: str, checked: str = "") -> str:
    """All findings in one of FORMATS, with the count at the end; `checked` says what was looked at ("12 files")."""
    if form == "json":
        return as_json(findings)
    return as_github(findings) if form == "github" else as_text(findings, checked)


def exit_code(findings: Iterable[Finding]) -> int:
    """0 clean (notes do not count), 1 where there are errors or warnings. Unusable input is 2, said by the caller."""
    return int(any(finding.severity is not Severity.NOTE for finding in findings))


def as_text(findings: Sequence[Finding], checked: str = "") -> str:
    """One block per finding, then the count."""
    return "\n".join([*(block(finding) for finding in findings), counted(findings, checked)]) + "\n"


def block(finding: Finding) -> str:
    """Fact, place, snippet with caret, help, and where to read more; ends in an empty line.

    error[unknown-key]: a `concentration` rule has no field `max_wieght`
     --> policy/concentration.yaml:5:5
      |
    5 |     max_wieght: 0.10
      |     ^^^^^^^^^^
      = help: a field with a similar name exists: `max_weight`
      = note: `rooftree rules explain unknown-key`
    """
    place = finding.place
    number = str(place.line) if place.line else ""
    pad = " " * len(number)
    said = [f"{finding.severity}[{finding.code}]: {_clean(finding.message)}"]
    if place.path:
        said.append(f"{pad}--> {_clean(str(place))}")
    if finding.snippet and place.line:
        line, caret = _pointed(finding.snippet, place.column, place.width)
        said += [f"{pad} |", f"{number} | {line}".rstrip(), f"{pad} | {caret}"]
    if finding.help:
        said.append(f"{pad} = help: {_clean(finding.help)}")
    said.append(f"{pad} = note: `rooftree rules explain {finding.code}`")
    return "\n".join(said) + "\n"


def counted(findings: Iterable[Finding], checked: str = "") -> str:
    """`2 errors, 1 warning in 3 files`; `no findings` where there are none."""
    counts = Counter(finding.severity for finding in findings)
    said = [f"{counts[level]} {level}{'s' * (counts[level] != 1)}" for level in Severity if counts[level]]
    return (", ".join(said) or "no findings") + (f" in {checked}" if checked else "")


def as_json(findings: Iterable[Finding]) -> str:
    """`{"findings": [...], "counts": {...}}`; lines and columns are 1-based, 0 where a finding concerns the whole file."""
    findings = list(findings)
    rows = [
        {
            "code": finding.code,
            "severity": str(finding.severity),
            "scope": str(finding.scope),
            "message": finding.message,
            "help": finding.help,
            "path": finding.place.path,
            "line": finding.place.line,
            "column": finding.place.column,
            "end_column": finding.place.column + finding.place.width if finding.place.column else 0,
            "household_id": finding.household_id,
            "subject": finding.subject,
        }
        for finding in findings
    ]
    counts = Counter(str(finding.severity) for finding in findings)
    return json.dumps({"findings": rows, "counts": {str(level): counts[str(level)] for level in Severity}}, indent=2) + "\n"


def as_github(findings: Iterable[Finding]) -> str:
    """Workflow commands, one line per finding, which GitHub shows beside the lines of a pull request."""
    levels = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}
    lines = []
    for finding in findings:
        place = finding.place
        parts = {"file": place.path, "line": place.line, "col": place.column, "title": finding.code}
        if place.column:
            parts["endColumn"] = place.column + place.width
        said = ",".join(f"{name}={_property(str(value))}" for name, value in parts.items() if value)
        text = f"{finding.message}\n{finding.help}" if finding.help else finding.message
        lines.append(f"::{levels[finding.severity]} {said}::{_data(text)}")
    return "".join(f"{line}\n" for line in lines)


def _pointed(snippet: str, column: int, width: int) -> tuple[str, str]:
    """The line and a caret line below it; a long line is cut to what stands around the column."""
    line, start = _clean(snippet, keep_tabs=True), max(column - 1, 0)
    if len(line) > WIDEST:
        cut = max(start - WIDEST // 2, 0)
        line, start = line[cut : cut + WIDEST], start - cut
    before = "".join("\t" if letter == "\t" else " " for letter in line[:start]).ljust(start)
    return line, before + "^" * max(min(width, len(line) - start), 1)


def _clean(text: str, keep_tabs: bool = False) -> str:
    """Without anything that could steer a terminal."""
    text = _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)
    return text if keep_tabs else text.replace("\t", " ")


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
