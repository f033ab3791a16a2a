"""`rules check`: files, folders or whole firms, in any mix."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from rules.check import check_policy
from rules.checks.reach import exceeded_budgets
from rules.facts import NOTHING_KNOWN, Facts, know_tags, latest_extract_day, read_facts
from rules.policy import LAYERS
from rules.read import Reading, files_below, read_assumption_file, read_firm, read_rule_file
from validation.findings import Finding, Place, Scope, Severity, in_order
from validation.render import exit_code
from validation.source import read_file

UNUSABLE = {"no-such-path", "no-policy", "nothing-to-check"}
"""Codes that mean: there was nothing to check."""


@dataclass(frozen=True)
class Checked:
    """What `rules check` found, errors first, and how many files it read."""

    findings: tuple[Finding, ...]
    files: int

    @property
    def exit_code(self) -> int:
        """0 clean, 1 errors or warnings, 2 nothing there to check."""
        return 2 if any(finding.code in UNUSABLE for finding in self.findings) else exit_code(self.findings)

    @property
    def looked_at(self) -> str:
        return f"{self.files} file{'s' * (self.files != 1)}"


def check_paths(paths: Sequence[Path], as_of: date | None = None) -> Checked:
    """Check each path. A firm's folder is checked whole, against its reference files, as of a day (its latest extract
    day, unless one is given). A file or folder inside a firm's policy/ is checked with the rest of that policy, and
    only its own findings are told. Anything else is checked by itself. Places are relative to the working folder."""
    findings: list[Finding] = []
    files: set[str] = set()
    for path in paths:
        if not path.exists():
            message = f"`{path}` does not exist"
            findings.append(
                Finding("no-such-path", Severity.ERROR, Scope.FILE, message, "name a file, a folder of rules, or a firm's folder")
            )
            continue
        firm = firm_of(path)
        root, reading, told = _checked_firm(firm, as_of) if firm else _checked_alone(path, as_of)
        wanted = None if firm is None or path.resolve() == firm.resolve() else path
        read = [file for file in reading.files if wanted is None or _is_below(root / file, wanted)]
        if not read and not told:
            message = f"`{path}` holds no rules: no file below it ends in .yaml"
            findings.append(
                Finding("nothing-to-check", Severity.ERROR, Scope.FILE, message, "name a file, a folder of rules, or a firm's folder")
            )
        files |= {shown_path(root / file) for file in read}
        findings += [_shown(finding, root) for finding in told if wanted is None or _is_below(root / finding.place.path, wanted)]
    return Checked(tuple(in_order(findings)), len(files))


def firm_of(path: Path) -> Path | None:
    """The firm's folder that a path is or lies in: the one that holds policy/."""
    path = path.resolve()
    if (path / "policy").is_dir():
        return path
    for folder in (path, *path.parents):
        if folder.name in {"policy", "assumptions", "cases"} and (folder.parent / "policy").is_dir():
            return folder.parent
    return None


def _checked_firm(firm: Path, as_of: date | None) -> tuple[Path, Reading, list[Finding]]:
    reading, day = read_firm(firm), as_of or latest_extract_day(firm)
    facts = read_facts(firm, day or date.min)
    know_tags(reading, facts)
    active = [placed for placed in reading.rules if day is None or placed.rule.effective.includes(day)]
    told = [*check_policy(reading, facts, day), *exceeded_budgets(active, facts)]
    return firm, reading, [*reading.findings, *reading.quoting(told), *_checked_cases(firm, reading, facts)]


def _checked_cases(firm: Path, reading: Reading, facts: Facts) -> list[Finding]:
    """What is wrong with the firm's cases, apart from what only a run can tell; their files count among those read."""
    if not (firm / "cases").is_dir():
        return []
    from rules.read_cases import case_files, read_cases, unknown_in

    cases = read_cases(case_files(firm / "cases"), firm)
    reading.files += cases.files
    return [*cases.findings, *(told for placed in cases.cases for told in unknown_in(placed, facts, reading.rules))]


def _checked_alone(path: Path, as_of: date | None) -> tuple[Path, Reading, list[Finding]]:
    """Files outside of any firm: no names are known, and a folder's layers are those it has."""
    reading = Reading()
    root = path if path.is_dir() else path.parent
    for file in files_below(path, reading, root) if path.is_dir() else [path]:
        name = file.relative_to(root).as_posix()
        layer = name.split("/")[0]
        if _is_assumptions(file, name):
            read_assumption_file(file, name, reading)
        else:
            read_rule_file(file, name, reading, layer if layer in LAYERS else "firm")
    return root, reading, [*reading.findings, *reading.quoting(check_policy(reading, NOTHING_KNOWN, as_of))]


def _is_assumptions(file: Path, name: str) -> bool:
    document, _ = read_file(file, name)
    return document is not None and isinstance(document.value, dict) and "classes" in document.value and "rules" not in document.value


def _is_below(file: Path, wanted: Path) -> bool:
    return file.resolve().is_relative_to(wanted.resolve())


def shown_path(file: Path) -> str:
    """A path as a person in the working folder would type it."""
    absolute = os.path.abspath(file)
    relative = os.path.relpath(absolute)
    return Path(absolute if relative.startswith("..") else relative).as_posix()


def _shown(finding: Finding, root: Path) -> Finding:
    place = finding.place
    return replace(finding, place=Place(shown_path(root / place.path), place.line, place.column, place.width)) if place.path else finding
