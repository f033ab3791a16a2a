"""The law's parameter files: each is dated, cited and has its unit, and the changelog knows every year of values."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
from ruamel.yaml import YAML

HOUSE = Path(__file__).parents[2]
RULES = HOUSE / "rules"
FILES = sorted((RULES / "tax").rglob("*.yaml"))
SETS = sorted((HOUSE / "examples").glob("*/assumptions/*.yaml"))
CHANGELOG = (RULES / "CHANGELOG.md").read_text(encoding="utf-8")


@dataclass
class Entry:
    """One entry of the changelog."""

    title: str
    first: date
    last: date
    areas: set[str]


def entries() -> list[Entry]:
    found = []
    for text in CHANGELOG.split("\n### ")[1:]:
        title = text.partition("\n")[0]
        kind, periods, areas, details = (re.search(rf"^\* {part}(.*)$", text, re.M) for part in (
            "(?:Tax law|Assumptions) evolution", "Impacted periods: ", "Impacted areas: ", "Details:"
        ))  # fmt: skip
        assert kind, f"“{title}” does not say what kind of change it is"
        assert details, f"“{title}” has no details"
        assert periods and areas, f"“{title}” has no periods or areas"
        span = re.fullmatch(r"from (\d{4}-\d\d-\d\d)(?: until (\d{4}-\d\d-\d\d))?\.", periods[1])
        assert span, f"“{title}”: periods are written `from 2026-01-01 until 2026-12-31.`"
        last = date.fromisoformat(span[2]) if span[2] else date.max
        found.append(Entry(title, date.fromisoformat(span[1]), last, set(re.findall(r"`([^`]+)`", areas[1]))))
    return found


def values_of(file: Path) -> dict:
    return YAML(typ="safe").load(file.read_text(encoding="utf-8"))


def name(file: Path, root: Path) -> str:
    return file.relative_to(root).with_suffix("").as_posix()


@pytest.mark.parametrize("file", FILES, ids=[name(file, RULES) for file in FILES])
def test_the_changelog_knows_every_year_of_every_parameter_file(file):
    area = name(file, RULES)
    for year in values_of(file)["values"]:
        told = [
            entry.title
            for entry in entries()
            if area in entry.areas and entry.first <= date(year, 12, 31) and date(year, 1, 1) <= entry.last
        ]
        assert told, f"rules/CHANGELOG.md has no entry with the area `{area}` whose periods include {year}"


@pytest.mark.parametrize("file", FILES, ids=[name(file, RULES) for file in FILES])
def test_every_parameter_file_has_a_unit_a_source_and_a_source_for_every_year(file):
    told = values_of(file)
    for field in ("title", "unit", "source"):
        assert str(told[field]).strip(), f"{file.name} has no {field}"
    for year, values in told["values"].items():
        assert isinstance(year, int)
        assert str(values["source"]).strip(), f"{file.name}, {year}: a number without its source"


@pytest.mark.parametrize("file", SETS, ids=[name(file, HOUSE) for file in SETS])
def test_the_changelog_knows_the_examples_assumptions(file):
    day = date.fromisoformat(str(values_of(file)["as_of"]))
    assert [entry for entry in entries() if name(file, HOUSE) in entry.areas and entry.first == day]


def test_every_area_of_the_changelog_exists():
    for entry in entries():
        for area in entry.areas:
            root = HOUSE if area.startswith("examples/") else RULES
            assert (root / f"{area}.yaml").is_file(), f"“{entry.title}” names the area `{area}`"


def test_the_newest_year_comes_first_and_what_is_projected_is_said():
    years = [entry.first for entry in entries() if "law of" in entry.title.lower()]
    assert years == sorted(years, reverse=True)
    for file in FILES:
        for year, values in values_of(file)["values"].items():
            if values.get("projected"):
                text = next(text for text in CHANGELOG.split("\n### ") if text.startswith(f"State law of {year}"))
                assert "**projected**" in text


def test_a_file_with_an_entry_that_is_missing_would_be_noticed():
    assert not [entry for entry in entries() if entry.last != date.max and entry.first <= date(2027, 1, 1) <= entry.last]
