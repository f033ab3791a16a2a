import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from flows import cli
from flows.cli import app
from flows.log import logger

HOUSE = Path(__file__).resolve().parents[2]


def rooftree(*words, **options):
    return CliRunner().invoke(app, [str(word) for word in words], **options)


@pytest.fixture
def desk(tmp_path, monkeypatch):
    """A working directory of one's own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(logger, "handlers", [])
    return tmp_path


def left(folder):
    return sorted(path.name for path in folder.iterdir() if path.name != ".rooftree")


def test_help_appears_at_once():
    began = time.perf_counter()
    done = subprocess.run([sys.executable, "-m", "flows", "--help"], cwd=HOUSE, capture_output=True, text=True)
    assert done.returncode == 0
    assert "rooftree run examples/maple_wealth" in done.stdout
    assert time.perf_counter() - began < 2  # half a second on an idle machine; tests share theirs


@pytest.mark.parametrize("words", [("--help",), ("run", "--help"), ("findings", "--help"), ("rules", "--help"), ("custodians", "--help")])
def test_every_command_explains_itself(words):
    assert rooftree(*words).exit_code == 0


def test_a_firm_that_does_not_exist_is_said_in_one_sentence(desk):
    done = rooftree("run", "nowhere")
    assert done.exit_code == 2
    assert "there is no folder nowhere" in done.stderr
    assert "Traceback" not in done.output
    assert left(desk) == []


def test_a_wrong_date_is_said_by_the_command_line(desk):
    done = rooftree("run", "firm", "--as-of", "yesterday")
    assert done.exit_code == 2
    assert "%Y-%m-%d" in done.stderr


def test_a_defect_of_the_house_is_logged_and_not_thrown_at_people(desk, monkeypatch):
    def breaks(request, direct):
        raise KeyError("inner secret")

    monkeypatch.setattr(cli, "_run", breaks)
    done = rooftree("run", "firm")
    assert done.exit_code == 2
    assert "Rooftree itself failed" in done.stderr
    assert "Traceback" not in done.output
    assert '"trace": [' in (desk / ".rooftree" / "rooftree.log").read_text()


def test_a_full_disk_is_no_defect_of_the_house(desk, monkeypatch):
    def full(request, direct):
        raise OSError(28, "No space left on device", "runs/.x.part/run/trades.csv")

    monkeypatch.setattr(cli, "_run", full)
    done = rooftree("run", "firm")
    assert done.exit_code == 2
    assert "No space left on device" in done.stderr
    assert "itself failed" not in done.stderr


def test_ctrl_c_ends_politely(desk, monkeypatch):
    def interrupted(request, direct):
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "_run", interrupted)
    done = rooftree("run", "firm")
    assert done.exit_code == 2
    assert "interrupted: nothing half-written stays behind" in done.stderr


def test_findings_of_a_run_are_listed_in_the_files_order(desk):
    (desk / "run.json").write_text('{"run_id": "1"}')
    header = "code,severity,scope,place,household_id,subject,message,help\n"
    rows = "stale-price,error,security,reference/prices.csv:3,H-1,ACME,the price is old,\nnote-x,note,household,,H-2,H-2,fine,\n"
    (desk / "findings.csv").write_text(header + rows)
    done = rooftree("findings", desk)
    assert done.exit_code == 1
    assert done.stdout.index("error[stale-price]: the price is old") < done.stdout.index("note[note-x]: fine")
    assert "reference/prices.csv:3" in done.stdout
    assert "note-x" not in rooftree("findings", desk, "--severity", "error").stdout
    assert rooftree("findings", desk, "--household", "H-2").exit_code == 0


def test_findings_of_nothing_are_refused(desk):
    done = rooftree("findings", desk)
    assert done.exit_code == 2
    assert "holds no run" in done.stderr


DELIVERED = HOUSE / "examples" / "maple_wealth" / "extracts" / "2026-11-20"


def test_a_custodians_file_is_read_aloud():
    done = rooftree("custodians", "check", DELIVERED / "juniper" / "lots.csv")
    assert done.exit_code == 0, done.output
    assert "tax lots" in done.stdout
    assert "lines      51: 50 facts, 0 rejected, 1 ignored by a rule" in done.stdout


def test_a_rejected_row_and_a_total_that_does_not_tie_are_read_aloud(tmp_path):
    from tests.flows.custodians.files import deliveries

    delivered = deliveries()["schwab positions 2023"]
    path = tmp_path / delivered.name
    path.write_text(delivered.text.replace('"$60,050.00"', '"$60,051.00"') + "what is this\n", encoding="utf-8")
    done = rooftree("custodians", "check", path, "--custodian", "schwab")
    assert done.exit_code == 1
    assert "DOES NOT TIE" in done.stdout
    assert f"rejected   line {len(path.read_text(encoding='utf-8').splitlines())}: " in done.stdout


def test_a_file_that_no_profile_reads_says_so(tmp_path):
    (tmp_path / "letter.txt").write_text("Dear Sir or Madam,\n")
    done = rooftree("custodians", "check", tmp_path / "letter.txt")
    assert done.exit_code == 2
    assert "no profile reads this layout" in done.stdout
    assert rooftree("custodians", "check", tmp_path / "nothing").exit_code == 2


def test_a_new_layout_starts_with_a_profile_to_complete():
    done = rooftree("custodians", "new", DELIVERED / "juniper" / "lots.csv")
    assert done.exit_code == 0
    assert "lots" in done.stdout


def test_what_is_written_is_closed_to_everybody_but_owner_and_group(tmp_path):
    import os
    import stat
    import subprocess
    import sys
    from pathlib import Path

    house = Path(__file__).parents[2]
    example = house / "examples" / "maple_wealth"
    command = [sys.executable, "-m", "flows", "monitor", str(example)]
    done = subprocess.run(command, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(house)}, capture_output=True, text=True)
    assert done.returncode in (0, 1), done.stderr
    made = list(tmp_path.rglob("*"))
    assert made
    assert [path for path in made if stat.S_IMODE(path.stat().st_mode) & stat.S_IRWXO] == []
