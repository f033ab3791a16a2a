"""Nights that go wrong end where they should: nothing half-written, a reason, a remedy, and the next night does the work."""

from __future__ import annotations

import json
import logging
import resource
import shutil
import subprocess
import sys
from contextlib import ExitStack
from datetime import date, timedelta
from pathlib import Path

import pytest

from flows.log import OneLine
from flows.nightly.deliveries_due import look, wait_for
from flows.nightly.journal import entered, journal_of, last_run, read_journal
from flows.nightly.living import holders, is_dead, living
from flows.nightly.steps import monitor_day, rebalance_due
from flows.settings import Request, unusable
from tests.small_firm import AS_OF, SmallFirm
from validation.findings import FirmUnusable

MAPLE = Path(__file__).parents[3] / "examples" / "maple_wealth"


@pytest.fixture
def firm(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return SmallFirm(tmp_path / "firm")


@pytest.fixture
def maple(tmp_path, monkeypatch):
    """The example, to be spoilt, in a working directory of its own."""
    monkeypatch.chdir(tmp_path)
    return Path(shutil.copytree(MAPLE, tmp_path / "maple_wealth"))


def says(firm, text):
    (firm.root / "operations.yaml").write_text(text)


def codes(error):
    return {found.code for found in error.value.findings}


def run_with_room_for(kilobytes, firm, folder):
    """`rooftree run` where no file may grow beyond that: what a full disk does, without filling one."""
    limit = kilobytes * 1024
    return subprocess.run(
        [sys.executable, "-m", "flows", "run", str(firm), "--direct", "--no-pdf"], cwd=folder, capture_output=True, text=True, timeout=120,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
    )  # fmt: skip


def test_a_disk_that_is_full_ends_the_run_whole_and_the_next_one_is_made(tmp_path):
    full = run_with_room_for(40, MAPLE, tmp_path)
    assert full.returncode == 2, full.stderr
    assert "help:" in full.stderr and "Traceback" not in full.stderr
    assert not list(tmp_path.glob("runs/[!.]*"))
    again = run_with_room_for(1 << 20, MAPLE, tmp_path)
    assert again.returncode == 1, again.stderr
    (made,) = tmp_path.glob("runs/[!.]*")
    assert json.loads((made / "run.json").read_text())["counts_by_status"]["proposed"] == 14


def test_a_folder_that_cannot_be_written_is_said_before_anything_is_solved(tmp_path):
    from flows.rebalance import rebalance

    with pytest.raises(FirmUnusable, match="cannot be written") as error:
        rebalance(Request(MAPLE, out=Path("/proc/rooftree/run"), warehouse=tmp_path / "book.duckdb", pdf=False))
    assert codes(error) == {"out-is-taken"}


def test_extracts_of_tomorrow_mean_that_a_clock_is_wrong(firm):
    look(firm.root, None, today=AS_OF - timedelta(days=1))  # another time zone
    with pytest.raises(FirmUnusable, match="clock says 2026-11-17") as error:
        look(firm.root, None, today=date(2026, 11, 17))
    assert codes(error) == {"clock-behind"}


def test_a_missing_custodian_stops_the_night_where_nobody_said_otherwise(firm):
    shutil.rmtree(firm.path("beta/lots.csv").parent)
    with pytest.raises(FirmUnusable, match="beta delivered nothing") as error:
        wait_for(firm.root, None)
    assert codes(error) == {"custodian-missing"}


def test_a_night_goes_on_without_a_custodian_where_the_firm_says_so(firm):
    shutil.rmtree(firm.path("beta/lots.csv").parent)
    says(firm, "deliveries: {missing_custodian: go_on}\n")
    assert [found.subject for found in wait_for(firm.root, None).missing] == ["beta"]


def test_a_night_waits_for_a_custodian_and_goes_on_when_it_comes(firm):
    away = firm.root.parent / "beta"
    shutil.move(firm.path("beta/lots.csv").parent, away)
    says(firm, "deliveries: {missing_custodian: wait, wait_minutes: 30}\n")
    slept = []

    def sleep(seconds):
        slept.append(seconds)
        if len(slept) == 3:
            shutil.move(away, firm.path("beta/lots.csv").parent)

    assert wait_for(firm.root, None, sleep=sleep, clock=lambda: sum(slept)).missing == ()
    assert slept == [120, 120, 120]


def test_a_night_that_waited_in_vain_stops(firm):
    shutil.rmtree(firm.path("beta/lots.csv").parent)
    says(firm, "deliveries: {missing_custodian: wait, wait_minutes: 5}\n")
    slept = []
    with pytest.raises(FirmUnusable, match="beta"):
        wait_for(firm.root, None, sleep=slept.append, clock=lambda: sum(slept))
    assert sum(slept) == 300


def test_half_a_delivery_is_a_missing_one(firm):
    SmallFirm(firm.root, date(2026, 11, 19))
    firm.remove("alpha/positions.csv")
    (found,) = look(firm.root, AS_OF).missing
    assert (found.code, found.subject) == ("delivery-in-part", "alpha")
    assert found.message == "alpha delivered 2026-11-20 in part: positions.csv is not there"


def test_what_a_manifest_announces_and_did_not_come_is_missing(firm):
    firm.set("beta/manifest.csv", "file,as_of,rows\nlots.csv,2026-11-20,1\nrealized.csv,2026-11-20,1\n")
    (found,) = look(firm.root, AS_OF).missing
    assert "realized.csv is not there" in found.message


def test_a_run_is_dead_once_its_process_is_gone_and_one_of_another_machine_is_not_judged(tmp_path):
    with living("one", tmp_path):
        assert not is_dead("one", tmp_path)
        kept = (tmp_path / "one").read_text()
    assert not is_dead("one", tmp_path), "it ended well and left nothing"
    (tmp_path / "two").write_text(kept)
    assert is_dead("two", tmp_path)
    assert [holder.lives for holder in holders(tmp_path)] == [False]
    assert not is_dead("of another machine", tmp_path)


def test_the_journal_says_how_every_step_ended(firm):
    with entered(firm.root, "ingest") as entry:
        entry.counts["households"] = 2
    with ExitStack() as stack:
        stack.enter_context(pytest.raises(FirmUnusable))
        stack.enter_context(entered(firm.root, "monitor"))
        raise unusable("no-extract-day", "there is none", "one is delivered")
    with journal_of(firm.root).open("a") as journal:
        journal.write('{"step": "cut sh')
    assert [(line["step"], line["outcome"], line["why"]) for line in read_journal(firm.root)] == [
        ("ingest", "done", ""), ("monitor", "refused", "no-extract-day"),
    ]  # fmt: skip


def test_a_night_takes_those_who_are_due_and_a_second_one_finds_the_same_run(maple):
    assert monitor_day(maple).watch.due_ids[0] == "H-1001"
    first = rebalance_due(maple, pdf=False)
    statistics = (first.place / "statistics.csv").read_text()
    assert "H-1010" not in statistics, "rebalanced ten days ago"
    assert rebalance_due(maple, pdf=False).place == first.place == last_run(maple)
    assert (first.place / "statistics.csv").read_text() == statistics


def test_a_household_that_is_not_in_the_book_is_refused(maple):
    from flows.rebalance import rebalance

    with pytest.raises(FirmUnusable, match="H-9999"):
        rebalance(Request(maple, pdf=False, households=("H-1001", "H-9999")))


def test_the_log_is_json_by_line_and_repeats_no_words_of_an_error():
    try:
        raise KeyError("Ellen and Thomas Marsh")
    except KeyError:
        record = logging.LogRecord("rooftree", logging.ERROR, "", 0, "household %s failed, account 123456789", ("H-1001",), sys.exc_info())
    page = json.loads(OneLine().format(record))
    assert page["message"] == "household H-1001 failed, account ...789"
    assert page["error"] == "KeyError"
    assert "Marsh" not in json.dumps(page)
    assert "test_bad_nights.py:" in page["trace"][0]


def test_no_client_is_named_in_what_a_night_writes_for_machines(maple):
    rebalance_due(maple, pdf=False)
    assert "Marsh" not in journal_of(maple).read_text()
