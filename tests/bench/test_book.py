"""A drawn book is sound: the gate finds nothing in it, and equal seeds give equal households in books of any size."""

from __future__ import annotations

import csv
from pathlib import Path
from statistics import median

import pytest

from flows.ingest import ingest
from rules.load import load_policy
from tests.bench.book import write_book
from validation.findings import Severity
from validation.gate import gate


def lots_by_household(folder: Path) -> dict[str, list[tuple[str, ...]]]:
    lots: dict[str, list[tuple[str, ...]]] = {}
    with next(folder.glob("extracts/*/*/lots.csv")).open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            lots.setdefault(row["account"][:7], []).append(tuple(row.values()))
    return lots


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_book(tmp_path_factory.mktemp("book"), households=40)


def test_the_gate_lets_every_drawn_household_through(book: Path, tmp_path: Path):
    landed = ingest(book, None, tmp_path / "book.duckdb")
    checked = gate(landed.marts, landed.as_of)
    assert len(checked.household_ids) == 40
    assert [name for name in checked.household_ids if checked.is_blocked(name)] == []
    assert {finding.code for finding in checked.findings} <= {"stale-price"}


def test_its_policy_reads_with_no_more_than_notes(book: Path):
    policy, findings = load_policy(book)
    assert policy is not None and {finding.severity for finding in findings} <= {Severity.NOTE}


def test_a_household_is_the_same_in_a_small_book_and_in_a_large_one(book: Path, tmp_path: Path):
    small = lots_by_household(write_book(tmp_path, households=3))
    large = lots_by_household(book)
    assert small == {name: large[name] for name in small}


def test_households_differ_in_size(book: Path):
    sizes = sorted(map(len, lots_by_household(book).values()))
    assert 30 <= median(sizes) <= 90
    assert sizes[0] < 20 and sizes[-1] > 150
