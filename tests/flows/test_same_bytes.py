"""The same folder gives the same run, whatever the warehouse saw before."""

from __future__ import annotations

import json
from pathlib import Path

from flows.ingest import ingest
from flows.rebalance import rebalance
from flows.settings import Request
from tests.bench.book import write_book

CLOCK = {"run.json", "timings.csv"}


def everything(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_run_on_an_old_warehouse_and_on_a_fresh_one_are_the_same_bytes(tmp_path):
    firm = write_book(tmp_path / "firm", households=2)
    ingest(firm, None, tmp_path / "old.duckdb")
    lots = next(firm.glob("extracts/*/*/lots.csv"))
    rows = lots.read_text(encoding="utf-8").splitlines(keepends=True)
    rows[1] = rows[1].replace(",true", ",false")
    lots.write_text("".join(rows), encoding="utf-8")
    old, fresh = (
        rebalance(Request(firm, None, tmp_path / name, tmp_path / f"{name}.duckdb", workers=1, pdf=False)) for name in ("old", "fresh")
    )
    assert [found.code for found in old.history] == ["superseded-file"]
    assert fresh.history == ()
    assert old.run_id == fresh.run_id
    here, there = everything(old.folder), everything(fresh.folder)
    assert "superseded-file" not in here["findings.csv"].decode()
    assert set(here) == set(there)
    assert {name for name in here if here[name] != there[name]} <= CLOCK
    pages = [json.loads(each["run.json"]) for each in (here, there)]
    assert {name for name in pages[0] if pages[0][name] != pages[1][name]} <= {"started", "finished", "seconds"}
