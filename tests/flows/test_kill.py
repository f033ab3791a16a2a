"""Killed at any moment of a load, the warehouse keeps a whole book of the day, yesterday's untouched, and the next run completes.

The victims are forked from a server that has the imports behind it, so that a death costs its load and no more.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import duckdb
import pytest

from flows.ingest import ingest
from tests.small_firm import EXTRACTS, SmallFirm

HOUSE = Path(__file__).parents[2]
YESTERDAY = date(2026, 11, 19)
DEATHS = 20
MOST_SECONDS = 30.0


def load(root: str, warehouse: str) -> None:
    ingest(Path(root), None, Path(warehouse))


@pytest.fixture
def firm(tmp_path: Path) -> SmallFirm:
    SmallFirm(tmp_path / "firm", YESTERDAY)
    return SmallFirm(tmp_path / "firm")


@pytest.fixture
def victims():
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["flows.ingest"])
    return context


def told(firm: SmallFirm) -> tuple[object, ...]:
    """What a person reads in the warehouse: the basis of lot L1 as landed and in today's book, and how many lots today's
    and yesterday's books hold."""
    with duckdb.connect(str(firm.warehouse), read_only=True) as house:

        def one(question: str) -> object:
            row = house.execute(question).fetchone()
            return row[0] if row else None

        landed = one(
            "SELECT l.cost_basis FROM land.tax_lots l JOIN land.source_file f USING (file_no) "
            "WHERE l.lot_id = 'L1' AND f.status = 'current' AND f.as_of = '2026-11-20'"
        )
        book = "FROM marts.tax_lots JOIN marts.snapshot USING (snapshot_no) WHERE as_of = '{}'"
        today, yesterday = book.format("2026-11-20"), book.format("2026-11-19")
        basis = one(f"SELECT cost_basis::DECIMAL(24, 2)::VARCHAR {today} AND lot_id = 'L1'")
        counts = [one(f"SELECT count(*) {day}") for day in (today, yesterday)]
        whole = one("SELECT count(DISTINCT as_of) FROM land.source_file WHERE status = 'current' GROUP BY as_of HAVING count(*) <> 8")
        assert whole is None, "a day has lost or gained a delivery"
        return landed, basis, *counts


def test_killed_at_any_moment_the_last_whole_load_stands_and_the_next_run_completes(firm, victims):
    ingest(firm.root, YESTERDAY, firm.warehouse)
    began = time.perf_counter()
    ingest(firm.root, None, firm.warehouse)
    takes = time.perf_counter() - began
    assert told(firm) == ("20000.00", "20000.00", 5, 5)
    draw, before, killed = random.Random(7), "20000.00", 0
    began = time.perf_counter()
    for death in range(DEATHS):
        assert time.perf_counter() - began < MOST_SECONDS, f"only {death} deaths in {MOST_SECONDS} s"
        after = f"{21000 + death}.00"
        firm.cell("alpha/lots.csv", 2, "cost_basis", after)
        victim = victims.Process(target=load, args=(str(firm.root), str(firm.warehouse)))
        victim.start()
        victim.join(draw.uniform(0.05, 1.2) * takes)
        if victim.is_alive():
            os.kill(victim.pid, signal.SIGKILL)
            killed += 1
        victim.join()
        landed, basis, *counts = told(firm)
        assert landed == basis and basis in (before, after), "the book and what it was made of are of one load"
        assert counts == [5, 5]
        before = basis
    assert killed >= 10
    ingest(firm.root, None, firm.warehouse)
    assert told(firm) == (after, after, 5, 5)


@pytest.mark.parametrize("moment", [0.0, 0.1, 0.2])
def test_killed_in_its_first_load_a_warehouse_is_as_good_as_new_and_a_redelivery_changes_nothing(firm, victims, tmp_path, moment):
    victim = victims.Process(target=load, args=(str(firm.root), str(firm.warehouse)))
    victim.start()
    victim.join(moment)
    os.kill(victim.pid, signal.SIGKILL)
    victim.join()
    first = ingest(firm.root, None, firm.warehouse)
    for name in EXTRACTS:
        firm.set(name, firm.path(name).read_bytes())
    again, fresh = ingest(firm.root, None, firm.warehouse), ingest(firm.root, None, tmp_path / "fresh.duckdb")
    assert (again.findings, again.history) == (first.findings, ()) == (fresh.findings, ())
    assert all(one.equals(other) for (_, one), (_, other) in zip(first.marts.frames(), again.marts.frames(), strict=True))
    assert all(one.equals(other) for (_, one), (_, other) in zip(fresh.marts.frames(), again.marts.frames(), strict=True))
    with duckdb.connect(str(firm.warehouse), read_only=True) as house:
        assert house.execute("SELECT status, count(*) FROM land.source_file GROUP BY ALL").fetchall() == [("current", 2 * len(EXTRACTS))]


def test_a_second_writer_waits_until_the_first_has_ended_and_then_loads(firm):
    holder = subprocess.Popen([sys.executable, "-c", HOLD, str(firm.warehouse)], cwd=HOUSE, stdout=subprocess.PIPE, text=True)
    try:
        assert holder.stdout is not None and holder.stdout.readline() == "held\n"
        began = time.perf_counter()
        assert ingest(firm.root, None, firm.warehouse, patience_seconds=60).marts.tax_lots.height == 5
        assert time.perf_counter() - began >= 0.5
    finally:
        holder.kill()
        holder.wait()


HOLD = """
import sys, time
from pathlib import Path
from flows.warehouse import open_warehouse
with open_warehouse(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(0.8)
"""
