"""The nightly run as the README sets it up, on SQLite: a real server, a process worker, `prefect deploy`, a schedule, a triggered run; a
run that comes while another works; and a run that is killed, which the next one finds dead."""

from __future__ import annotations

import json
import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.flows.nightly.real_prefect import FIRM, RealPrefect, deployed, end, real_prefect

DAY = "2026-11-20"


@pytest.fixture(scope="module")
def prefect(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealPrefect]:
    folder = tmp_path_factory.mktemp("night")
    with real_prefect(folder, f"sqlite+aiosqlite:///{folder}/prefect.db") as started:
        deployed(started, scheduled="monitor")
        yield started


def test_a_triggered_run_and_a_scheduled_one_end_with_what_they_promise(prefect: RealPrefect) -> None:
    prefect.command("deployment", "run", "rebalance/rebalance", "--param", "pdf=false")
    made = prefect.ended("rebalance")
    assert made["state_type"] == "COMPLETED", (made, prefect.logs())
    assert not made["auto_scheduled"]
    run = next(each for each in (prefect.folder / "runs").iterdir() if not each.name.startswith("."))
    counts = json.loads((run / "run.json").read_text())["counts_by_status"]
    assert counts["proposed"] == 14
    assert counts["not_due"] == 0, "only those who are due were taken"

    scanned = prefect.ended("monitor")
    assert scanned["state_type"] == "COMPLETED", (scanned, prefect.logs())
    assert scanned["auto_scheduled"]
    shown = {each["key"]: each for each in prefect.ask("/artifacts/filter", {})}
    assert {"due", "book", "exceptions", "places"} <= shown.keys()
    assert "Marsh" not in json.dumps(shown), "a client's name in the Prefect UI"


def test_a_run_that_comes_while_another_works_is_cancelled_and_a_killed_one_is_found_dead_by_the_next(prefect: RealPrefect) -> None:
    """The first waits for a custodian; the second is turned away; then worker and flow are killed, and only the reaper can tell."""
    firm = prefect.folder / FIRM
    (firm / "operations.yaml").write_text("deliveries: {missing_custodian: wait, wait_minutes: 60}\n")
    shutil.move(firm / "extracts" / DAY / "juniper", prefect.folder / "juniper")
    prefect.command("deployment", "run", "ingest/ingest")
    waiting = prefect.until("ingest", {"RUNNING"})
    pid = _signed(prefect, waiting["id"])
    prefect.command("deployment", "run", "ingest/ingest")
    turned_away = prefect.until("ingest", {"CANCELLED"})
    assert turned_away["id"] != waiting["id"]

    worker = prefect.processes[-1]
    os.killpg(worker.pid, signal.SIGKILL)
    os.kill(pid, signal.SIGKILL)
    end(worker)
    assert prefect.run(waiting["id"])["state_type"] == "RUNNING", "the server cannot know"
    shutil.move(prefect.folder / "juniper", firm / "extracts" / DAY / "juniper")
    prefect.start("second-worker", "worker", "start", "--pool", "rooftree")
    prefect.command("deployment", "run", "report/report")
    assert prefect.ended("report")["state_type"] == "COMPLETED", prefect.logs()
    assert prefect.run(waiting["id"])["state_type"] == "CRASHED"


def _signed(prefect: RealPrefect, run_id: str) -> int:
    """The process of a flow run, as its own lock file names it."""
    return int(json.loads(prefect.found(Path(".rooftree") / "running" / run_id).read_text())["pid"])
