"""prefect.yaml says what it seems to say. Prefect deploys a misspelt file without a word; every run then fails, or never comes."""

from __future__ import annotations

import importlib
import inspect
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml
from prefect.cli.deploy._models import ConcurrencyLimitSpec, DeploymentConfig, PrefectYamlModel, RawScheduleConfig, WorkPoolConfig

HOUSE = Path(__file__).parents[3]
PAGE = yaml.safe_load((HOUSE / "prefect.yaml").read_text(encoding="utf-8"))
DEPLOYMENTS = {each["name"]: each for each in PAGE["deployments"]}
FLOWS = {"ingest", "monitor", "rebalance", "report", "release", "approve-and-release", "reconcile"}


def strangers(page: dict[str, Any], model: Any) -> set[str]:
    """Words that Prefect would pass over in silence."""
    known = set(model.model_fields) | {field.alias for field in model.model_fields.values() if field.alias}
    return set(page) - known


def test_every_flow_of_the_house_is_deployed_once():
    assert set(DEPLOYMENTS) == FLOWS
    assert len(PAGE["deployments"]) == len(FLOWS)


def test_no_word_is_one_that_prefect_does_not_know():
    PrefectYamlModel.model_validate(PAGE)
    assert strangers({name: value for name, value in PAGE.items() if name != "definitions"}, PrefectYamlModel) == set()
    for each in PAGE["deployments"]:
        assert strangers(each, DeploymentConfig) == set(), each["name"]
        assert strangers(each["work_pool"], WorkPoolConfig) == set()
        assert strangers(each["concurrency_limit"], ConcurrencyLimitSpec) == set()
        for schedule in each["schedules"]:
            RawScheduleConfig.model_validate(schedule)


def test_there_is_no_pull_step_to_misspell():
    """A malformed `pull:` deploys without complaint and crashes every run; without any, Prefect takes the folder it deploys from."""
    assert not {"pull", "build", "push"} & set(PAGE)
    assert not any({"pull", "build", "push"} & set(each) for each in PAGE["deployments"])


@pytest.mark.parametrize("name", sorted(FLOWS))
def test_entry_points_are_flows_that_take_these_parameters(name):
    place, function = DEPLOYMENTS[name]["entrypoint"].split(":")
    assert (HOUSE / place).exists()
    found = getattr(importlib.import_module(place.removesuffix(".py").replace("/", ".")), function)
    assert found.name == name
    inspect.signature(found.fn).bind(**DEPLOYMENTS[name]["parameters"])
    assert (HOUSE / DEPLOYMENTS[name]["parameters"]["firm"]).is_dir()


@pytest.mark.parametrize("name", sorted(FLOWS))
def test_runs_of_a_deployment_do_not_overlap(name):
    assert DEPLOYMENTS[name]["concurrency_limit"]["limit"] == 1
    assert DEPLOYMENTS[name]["concurrency_limit"]["collision_strategy"] in {"CANCEL_NEW", "ENQUEUE"}


def test_schedules_are_on_weekdays_in_a_time_zone_that_exists_and_in_the_order_of_a_night():
    times = {}
    for name, each in DEPLOYMENTS.items():
        for schedule in each["schedules"]:
            ZoneInfo(schedule["timezone"])
            minute, hour, *_, days = schedule["cron"].split()
            assert days == "1-5"
            times[name] = int(hour) * 60 + int(minute)
    assert times["ingest"] < times["reconcile"] < times["monitor"] < times["rebalance"] < times["release"]
