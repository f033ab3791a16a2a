from pathlib import Path

import pytest

from flows.settings import be_private, demand_firm, warehouse_of
from validation.findings import FirmUnusable


def test_nobodys_prefect_profile_is_touched_and_nothing_is_sent():
    env = {}
    assert be_private(env)
    assert env["PREFECT_HOME"].endswith(".rooftree/prefect")
    assert env["PREFECT_SERVER_ANALYTICS_ENABLED"] == "false"
    assert env["DO_NOT_TRACK"] == "1"
    assert int(env["PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS"]) >= 120


def test_a_server_that_somebody_configured_is_used_as_it_is():
    env = {"PREFECT_API_URL": "http://127.0.0.1:4200/api"}
    assert not be_private(env)
    assert "PREFECT_HOME" not in env
    assert "NO_PROXY" not in env


def test_a_proxy_is_never_asked_for_the_loopback():
    env = {"HTTP_PROXY": "http://proxy:3128", "NO_PROXY": "intranet"}
    be_private(env)
    assert env["NO_PROXY"] == "intranet,127.0.0.1,localhost"


def test_what_was_set_by_hand_stays():
    env = {"PREFECT_HOME": "/srv/prefect", "PREFECT_LOGGING_LEVEL": "DEBUG"}
    be_private(env)
    assert env["PREFECT_HOME"] == "/srv/prefect"
    assert env["PREFECT_LOGGING_LEVEL"] == "DEBUG"


def test_two_firms_of_the_same_name_have_two_warehouses(tmp_path, monkeypatch):
    monkeypatch.delenv("ROOFTREE_WAREHOUSE", raising=False)
    one, other = warehouse_of(tmp_path / "a" / "firm", None), warehouse_of(tmp_path / "b" / "firm", None)
    assert one != other
    assert one.name.startswith("firm-")
    assert one.parent == Path(".rooftree")


def test_the_warehouse_is_where_one_says(tmp_path, monkeypatch):
    monkeypatch.setenv("ROOFTREE_WAREHOUSE", "/data/house.duckdb")
    assert warehouse_of(tmp_path, None) == Path("/data/house.duckdb")
    assert warehouse_of(tmp_path, Path("mine.duckdb")) == Path("mine.duckdb")


def test_a_folder_that_is_no_firm_is_refused_with_what_it_lacks(tmp_path):
    with pytest.raises(FirmUnusable, match="there is no folder"):
        demand_firm(tmp_path / "nowhere")
    (tmp_path / "extracts").mkdir()
    with pytest.raises(FirmUnusable, match="no folder `reference` and no folder `policy`"):
        demand_firm(tmp_path)
