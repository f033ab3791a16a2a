import json
import shutil
from datetime import UTC, date, datetime

import pytest

from flows.record import identify, run_id_in, run_json
from solver.outcome import Status

DAY = date(2026, 6, 30)


@pytest.fixture
def firm(tmp_path):
    files = {
        "extracts/2026-06-30/schwab/lots.csv": "a", "extracts/2026-07-31/schwab/lots.csv": "later", "reference/prices.csv": "b",
        "policy/firm/bands.yaml": "c", "assumptions/base.yaml": "d", "README.md": "not read",
    }  # fmt: skip
    for name, content in files.items():
        path = tmp_path / "firm" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return tmp_path / "firm"


def test_the_identity_knows_neither_clock_nor_place(firm, tmp_path):
    moved = tmp_path / "elsewhere" / "firm"
    shutil.copytree(firm, moved)
    assert identify(firm, DAY).run_id == identify(moved, DAY).run_id


READ = ["extracts/2026-06-30/schwab/lots.csv", "reference/prices.csv", "policy/firm/bands.yaml", "assumptions/base.yaml"]


@pytest.mark.parametrize("name", READ)
def test_every_file_that_is_read_changes_the_identity(firm, name):
    before = identify(firm, DAY).run_id
    (firm / name).write_text("other")
    assert identify(firm, DAY).run_id != before


@pytest.mark.parametrize("name", ["README.md", "extracts/2026-07-31/schwab/lots.csv", "policy/.hidden.swp"])
def test_what_is_not_read_does_not(firm, name):
    before = identify(firm, DAY).run_id
    (firm / name).write_text("other")
    assert identify(firm, DAY).run_id == before


def test_a_later_day_sees_the_earlier_extracts_too(firm):
    assert len(identify(firm, DAY).inputs) == 2
    assert len(identify(firm, date(2026, 7, 31)).inputs) == 3


def test_asking_for_a_later_day_is_another_run_since_it_is_remarked_on(firm):
    assert identify(firm, DAY, DAY).run_id == identify(firm, DAY).run_id
    assert identify(firm, DAY, date(2026, 7, 4)).run_id != identify(firm, DAY).run_id


def test_run_json_holds_what_went_in_and_how_it_ended(firm, tmp_path):
    identity = identify(firm, DAY)
    began = datetime(2026, 7, 1, 2, 0, tzinfo=UTC)
    statuses = [Status.PROPOSED, Status.BLOCKED, Status.PROPOSED]
    (tmp_path / "run.json").write_text(run_json(identity, statuses, began, began, {"decide": 1.23456}, {"trades.csv": "0a"}))
    page = json.loads((tmp_path / "run.json").read_text())
    assert set(page) >= {"run_id", "as_of", "started", "finished", "inputs", "policy_sha256", "versions", "counts_by_status", "seconds"}
    assert page["counts_by_status"] == {"proposed": 2, "no_trade_needed": 0, "not_due": 0, "blocked": 1, "conflict": 0, "failed": 0}
    assert page["inputs"]["reference/prices.csv"] == "3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d"
    assert page["seconds"] == {"decide": 1.235}
    assert page["outputs"] == {"trades.csv": "0a"}
    assert {"rooftree", "rooftree_sha256", "python", "highspy"} <= set(page["versions"])
    assert run_id_in(tmp_path) == identity.run_id


def test_a_folder_without_a_readable_record_holds_no_run(tmp_path):
    assert run_id_in(tmp_path) is None
    (tmp_path / "run.json").write_text("{")
    assert run_id_in(tmp_path) is None
    (tmp_path / "run.json").write_text("[1]")
    assert run_id_in(tmp_path) is None
