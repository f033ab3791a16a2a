import json
import os
import signal
import subprocess
import sys
import time

import pytest

from flows.run_folder import appearing, demand_free, findings_in
from validation.findings import FirmUnusable


def names(folder):
    return sorted(each.name for each in folder.iterdir())


def a_run(folder, run_id):
    folder.mkdir(parents=True)
    (folder / "run.json").write_text(json.dumps({"run_id": run_id}))


def test_the_folder_appears_when_the_body_ends(tmp_path):
    target = tmp_path / "runs" / "abc"
    with appearing(target) as folder:
        (folder / "trades.csv").write_text("x")
        assert not target.exists()
    assert names(target) == ["trades.csv"]
    assert names(tmp_path / "runs") == ["abc"]


@pytest.mark.parametrize("trouble", [ValueError, KeyboardInterrupt, SystemExit])
def test_nothing_stays_when_the_body_breaks(tmp_path, trouble):
    target = tmp_path / "abc"
    with pytest.raises(trouble), appearing(target) as folder:
        (folder / "trades.csv").write_text("x")
        raise trouble
    assert names(tmp_path) == []


def test_an_earlier_copy_is_replaced_whole(tmp_path):
    target = tmp_path / "abc"
    a_run(target, "1")
    (target / "old.csv").write_text("x")
    with appearing(target) as folder:
        (folder / "new.csv").write_text("y")
    assert names(target) == ["new.csv"]
    assert names(tmp_path) == ["abc"]


def test_an_earlier_copy_stays_whole_when_the_new_one_breaks(tmp_path):
    target = tmp_path / "abc"
    a_run(target, "1")
    with pytest.raises(ValueError), appearing(target):
        raise ValueError
    assert names(target) == ["run.json"]


KILLED = """
import sys, time
from pathlib import Path
from flows.run_folder import appearing
with appearing(Path(sys.argv[1])) as folder:
    (folder / "half.csv").write_text("x")
    print("writing", flush=True)
    time.sleep(60)
"""


def a_writer(target):
    process = subprocess.Popen([sys.executable, "-c", KILLED, str(target)], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "writing\n"
    return process


def test_what_a_killed_run_left_is_hidden_and_the_next_run_clears_it(tmp_path):
    target = tmp_path / "abc"
    with a_writer(target) as process:
        process.send_signal(signal.SIGKILL)
    assert not target.exists()
    assert all(name.startswith(".") for name in names(tmp_path))
    with appearing(target) as folder:
        (folder / "whole.csv").write_text("x")
    assert names(tmp_path) == ["abc"]
    assert names(target) == ["whole.csv"]


def test_a_run_that_still_writes_is_left_alone_by_another(tmp_path):
    with a_writer(tmp_path / "slow") as process:
        with appearing(tmp_path / "quick") as folder:
            (folder / "a.csv").write_text("x")
        hidden = [name for name in names(tmp_path) if name.startswith(".slow.")]
        process.send_signal(signal.SIGKILL)
    assert len(hidden) == 1
    assert (tmp_path / "quick").is_dir()


def test_a_run_killed_between_two_renames_gives_the_old_copy_back(tmp_path):
    left = tmp_path / ".abc.x7.part"
    a_run(left / "old", "1")
    (left / "lock").write_text("")
    (left / "run").mkdir()
    with pytest.raises(ValueError), appearing(tmp_path / "abc"):
        raise ValueError
    assert names(tmp_path) == ["abc"]
    assert names(tmp_path / "abc") == ["run.json"]


def test_a_lockless_rest_is_cleared_only_when_it_is_old(tmp_path):
    fresh, old = tmp_path / ".a.1.part", tmp_path / ".b.2.part"
    fresh.mkdir()
    old.mkdir()
    os.utime(old, (time.time() - 7200,) * 2)
    with appearing(tmp_path / "abc"):
        pass
    assert names(tmp_path) == [".a.1.part", "abc"]


def test_a_folder_of_another_run_is_never_covered_up(tmp_path):
    a_run(tmp_path / "mine", "1")
    demand_free(tmp_path / "mine", "1")
    demand_free(tmp_path / "new", "1")
    with pytest.raises(FirmUnusable, match="holds another run"):
        demand_free(tmp_path / "mine", "2")


def test_somebody_elses_files_are_never_covered_up(tmp_path):
    (tmp_path / "photo.jpg").write_text("x")
    with pytest.raises(FirmUnusable, match="holds no run"):
        demand_free(tmp_path, "1")
    with pytest.raises(FirmUnusable, match="is a file"):
        demand_free(tmp_path / "photo.jpg", "1")


def test_a_place_that_cannot_be_written_is_said_so(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(FirmUnusable, match="cannot be written"), appearing(tmp_path / "file" / "run"):
        pass


def test_findings_of_no_run_are_refused(tmp_path):
    with pytest.raises(FirmUnusable, match="holds no run"):
        findings_in(tmp_path)
