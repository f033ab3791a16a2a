"""Prefect's pause for input, on its real server on the loopback: a person answers in the form, the ledger and the release are the same."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest

from flows.approvals.ledger import open_ledger, read_entries
from flows.approvals.pause import Decisions, carry_out
from flows.approvals.states import State, standings
from flows.record import now
from tests.flows.approvals.made_run import deliver, made_firm, made_run, orders_in
from tests.flows.approvals.test_office import submitted

TODAY = now().date()


@pytest.fixture
def firm(tmp_path):
    firm = made_firm(tmp_path / "firm", ("H1", "H2", "H3"))
    (firm / "policy").mkdir()
    deliver(firm, TODAY, "delivery\n")
    made_run(tmp_path / "runs", "run-1", firm, TODAY, {"H1": 5, "H2": 6, "H3": 7})
    with open_ledger(tmp_path / "ledger.jsonl") as ledger:
        submitted(ledger, tmp_path / "runs" / "run-1", day=TODAY)
    return firm


def states(tmp_path):
    return {each.household_id: each.state for each in standings(read_entries(tmp_path / "ledger.jsonl")).values()}


def answered(firm, tmp_path, **answer):
    return carry_out(firm, tmp_path / "ledger.jsonl", tmp_path / "runs", Decisions(**{"who": "Ruth", **answer}))


def test_an_answer_is_carried_out_once_however_often_the_flow_begins_again(firm, tmp_path):
    answer = {"approve": ["H1"], "reject": ["H2"], "why": "sells the house first"}
    assert answered(firm, tmp_path, **answer) == ""
    before = read_entries(tmp_path / "ledger.jsonl")
    assert answered(firm, tmp_path, **answer) == ""
    assert read_entries(tmp_path / "ledger.jsonl") == before
    assert states(tmp_path) == {"H1": State.APPROVED, "H2": State.REJECTED, "H3": State.PROPOSED}


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"approve": ["H9"]}, "H9 has no proposal that waits"),
        ({"approve": ["H1"], "reject": ["H1"]}, "H1 is both approved and rejected"),
        ({"reject": ["H1"]}, "a rejection has no reason"),
        ({"approve": ["H1"], "who": " "}, "--who is empty"),
        ({"approve": ["H1"], "who": "policy"}, "`policy` is no person"),
    ],
)
def test_an_answer_that_cannot_be_carried_out_says_why_and_changes_nothing(firm, tmp_path, answer, words):
    before = read_entries(tmp_path / "ledger.jsonl")
    assert words in answered(firm, tmp_path, **answer)
    assert read_entries(tmp_path / "ledger.jsonl") == before


def test_a_person_answers_in_prefects_form_and_the_orders_leave(firm, tmp_path):
    told = subprocess.run(
        [sys.executable, "-m", "tests.flows.approvals.test_pause", str(tmp_path)],
        capture_output=True, text=True, timeout=240, check=False,
        env={**os.environ, "PREFECT_HOME": str(tmp_path / "prefect"), "PYTHONPATH": str(Path(__file__).parents[3])},
    )  # fmt: skip
    assert told.returncode == 0, told.stderr[-3000:]
    assert told.stdout.count("1 households released") == 2
    assert states(tmp_path) == {"H1": State.RELEASED, "H2": State.REJECTED, "H3": State.RELEASED}
    assert orders_in(tmp_path / "releases") == ["run-1-H1-VTI-SELL", "run-1-H3-VTI-SELL"]
    words = [(entry.event, entry.who) for entry in read_entries(tmp_path / "ledger.jsonl") if entry.who in ("Ruth Amsel", "Tom")]
    assert words == [("rejected", "Ruth Amsel"), ("approved", "Ruth Amsel"), ("approved", "Tom")]


def answer_in_the_form(place: Path) -> None:
    """The flow in a thread; a person who first names a stranger, and is asked again."""
    from prefect.client.orchestration import get_client
    from prefect.flow_runs import resume_flow_run
    from prefect.testing.utilities import prefect_test_harness

    import flows.approvals.pause as pause

    pause.POLL_SECONDS = 1
    answers = [{"who": "Ruth Amsel", "approve": ["H9"]}, {"who": "Ruth Amsel", "approve": ["H1"], "reject": ["H2"], "why": "not now"}]
    with prefect_test_harness(server_startup_timeout=180), get_client(sync_client=True) as client:
        said: list[str] = []
        paths = {name: str(place / name) for name in ("runs", "releases")}
        flow = threading.Thread(
            target=lambda: said.append(pause.approve_and_release(str(place / "firm"), ledger=str(place / "ledger.jsonl"), **paths))
        )
        flow.start()
        until = now() + timedelta(seconds=150)
        while flow.is_alive() and now() < until:
            paused = [run for run in client.read_flow_runs() if run.state is not None and run.state.is_paused()]
            if paused and answers:
                time.sleep(0.5)  # the form is saved just after the state
                resume_flow_run(paused[0].id, run_input=answers.pop(0))
            time.sleep(0.5)
        print(*said)
        answer_a_suspended_run(place, paths)


def answer_a_suspended_run(place: Path, paths: dict[str, str]) -> None:
    """As a worker does it: the run of a deployment ends when it is suspended, and begins again from the top once it is answered."""
    from prefect.client.orchestration import get_client
    from prefect.exceptions import Pause
    from prefect.flow_engine import run_flow
    from prefect.flow_runs import resume_flow_run

    from flows.approvals.pause import approve_and_release

    with get_client(sync_client=True) as client:
        deployment_id = client.create_deployment(client.create_flow(approve_and_release), "approve-and-release")
        parameters = {"firm": str(place / "firm"), "ledger": str(place / "ledger.jsonl"), **paths}
        made = client.create_flow_run_from_deployment(deployment_id, parameters=parameters)
        os.environ["PREFECT__FLOW_RUN_ID"] = str(made.id)  # as a worker tells the process that it starts
        with suppress(Pause):  # where the worker's process would end
            run_flow(approve_and_release, made, parameters)
        assert client.read_flow_run(made.id).state.name == "Suspended"
        resume_flow_run(made.id, run_input={"who": "Tom", "approve": ["H3"], "why": "read the memo"})
        print(run_flow(approve_and_release, client.read_flow_run(made.id), parameters))


if __name__ == "__main__":
    answer_in_the_form(Path(sys.argv[1]))
