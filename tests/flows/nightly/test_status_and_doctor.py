"""`rooftree status`, `doctor` and `monitor`, as a person on call reads them."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from flows.cli import app
from flows.nightly.doctor import examine
from flows.nightly.living import living
from flows.nightly.status import status_of
from flows.nightly.steps import monitor_day

MAPLE = Path(__file__).parents[3] / "examples" / "maple_wealth"


@pytest.fixture
def maple(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    return Path(shutil.copytree(MAPLE, tmp_path / "maple_wealth"))


def findings(maple, today=date(2026, 11, 23)):
    return {check.name: check for check in examine(maple, today) if not check.is_well}


def test_monitor_prints_who_is_due_why_and_with_how_many_dollars(maple):
    told = CliRunner().invoke(app, ["monitor", str(maple)])
    assert told.exit_code == 0, told.output
    assert "H-1003       due        $1,375,466 a cash order is due; orders of -$60,225" in told.output
    assert "17 of 18 households due on 2026-11-20" in told.output
    assert "H-1010" not in told.output
    assert "Marsh" not in told.output


def test_status_tells_the_night_and_who_holds_a_lock(maple):
    monitor_day(maple)
    with living("a-flow-run"):
        lines = {line.about: line.said for line in status_of(maple)}
    assert lines["due"].startswith("17 of 18 households on 2026-11-20")
    assert lines["lock"].startswith("held by a-flow-run: process ")
    assert lines["extracts"] == "the latest day is 2026-11-20"


def test_a_server_that_does_not_answer_is_said(maple, monkeypatch):
    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:9/api")
    (server,) = (line for line in status_of(maple) if line.about == "server")
    assert server.waits
    assert "does not answer" in server.said


def test_doctor_finds_nothing_wrong_with_the_example_but_next_years_law(maple):
    found = findings(maple)
    assert set(found) <= {"tax years", "pango", "chromium", "disk"}
    assert found["tax years"].said == "2027 is not known yet"


def test_doctor_finds_old_extracts_a_clock_that_is_behind_and_a_policy_that_is_broken(maple):
    assert "11 days ago" in findings(maple, date(2026, 12, 1))["extracts"].said
    assert findings(maple, date(2026, 11, 1))["clock"].is_fatal
    (maple / "policy" / "firm" / "taxes.yaml").write_text("rules: [{kind: harvesst, id: x, title: x}]\n")
    (maple / "operations.yaml").write_text("deliveries: {missing_custodian: perhaps}\n")
    found = findings(maple)
    assert found["policy"].is_fatal
    assert found["operations"].is_fatal
    assert "operations.yaml:1" in found["operations"].remedy


def test_doctor_says_that_client_data_can_be_read_by_everybody(maple):
    Path("runs").mkdir(mode=0o755)
    Path("runs").chmod(0o755)
    assert "chmod o-rwx runs" in findings(maple)["folders"].remedy
