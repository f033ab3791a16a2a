"""Mark as Crashed the flow runs that Prefect still shows as Running while their process is gone."""

from __future__ import annotations

from pathlib import Path

from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterState, FlowRunFilterStateType
from prefect.client.schemas.objects import StateType
from prefect.states import Crashed

from flows.nightly.living import RUNNING, forget, is_dead

MESSAGE = "its process is gone: killed, or the machine went down. The next run picks up what it had finished."


def reap(folder: Path = RUNNING) -> list[str]:
    """The names of the runs that were marked. Runs of other machines are left alone: only their own folder can tell."""
    marked = []
    with get_client(sync_client=True) as client:
        running = FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.RUNNING, StateType.CANCELLING]))
        for run in client.read_flow_runs(flow_run_filter=FlowRunFilter(state=running), limit=200):
            if is_dead(str(run.id), folder):
                client.set_flow_run_state(run.id, Crashed(message=MESSAGE), force=True)
                forget(str(run.id), folder)
                marked.append(run.name)
    return marked
