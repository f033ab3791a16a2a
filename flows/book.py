"""The book as a Prefect flow: the body of flows/rebalance, each step of it a task.

Without a configured server Prefect brings its own, on the loopback, with a database under .rooftree/. Its start takes
longest of all, so it begins in the background while this process imports what the run itself needs.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from flows.progress import clock_of_this_run
from flows.settings import LOCAL_CLUSTER, Request, be_private, unusable
from validation.findings import FirmUnusable

EMBEDDED = be_private()

from prefect import flow, task  # noqa: E402 - it reads its settings when it is imported
from prefect.cache_policies import NO_CACHE  # noqa: E402
from prefect.futures import as_completed  # noqa: E402
from prefect.task_runners import ThreadPoolTaskRunner  # noqa: E402
from prefect.tasks import exponential_backoff  # noqa: E402

if TYPE_CHECKING:
    from flows.batches.work import Done, Ground, Task
    from flows.rebalance import CrewOrNone, Finished

THREADS: Any = ThreadPoolTaskRunner(max_workers=64)
"""Threads that wait for batches; what works is the crew."""
RETRIES, RETRY_SECONDS = 3, 2
"""A batch that fails for a passing reason (a disk that was full for a moment) is tried again after 2, 4 and 8 seconds."""

Result = TypeVar("Result")


@flow(name="rebalance-book", validate_parameters=False, persist_result=False, task_runner=THREADS)
def rebalance_book(
    firm: str,
    as_of: date | None = None,
    out: str | None = None,
    warehouse: str | None = None,
    workers: int | None = None,
    pdf: bool = True,
    dask: str | None = None,
) -> Finished:
    """Rebalance a firm's whole book into one run folder; flows/rebalance says how, and what it raises. `dask` says that this
    flow's task runner is Dask's: `on_dask` makes it so."""
    from flows.rebalance import rebalance

    request = Request(Path(firm), as_of, Path(out) if out else None, Path(warehouse) if warehouse else None, workers, pdf, dask)
    return rebalance(request, OnDask() if dask else Watched())


class Watched:
    """Steps and batches as Prefect tasks. Results stay in memory or in the batches' own files: Prefect keeps none."""

    def step(self, name: str, work: Callable[[], Result]) -> Result:
        """One task of that name, in this thread."""
        step: Callable[[], Result] = task(name=name, cache_policy=NO_CACHE, persist_result=False)(work)
        return step()

    def batches(self, ground: Ground, tasks: Sequence[Task], crew: CrewOrNone) -> Iterator[tuple[Done, ...]]:
        """A task per batch. Its thread waits for a worker process; without processes the batches are done here, one after another."""
        from flows.batches.hands import do

        with crew() as hands:
            steps = [_named(each)(partial(do, hands, ground, each)) for each in tasks]
            if hands is None:
                yield from (step() for step in steps)
            else:
                yield from (future.result() for future in as_completed([step.submit() for step in steps]))


class OnDask(Watched):
    """The same with batches on the workers of a Dask cluster, which read and write the run's folder under the same path."""

    def batches(self, ground: Ground, tasks: Sequence[Task], crew: CrewOrNone) -> Iterator[tuple[Done, ...]]:
        """A task per batch. Dask gives the batch of a lost worker to another; one that no worker survives is done here, in a
        process of its own, around the household that kills it."""
        from distributed import KilledWorker

        from flows.batches.hands import do_alone
        from flows.batches.work import work_in_a_worker

        futures = {_named(each)(partial(work_in_a_worker, ground, each)).submit(): each for each in tasks}
        for future in as_completed(list(futures)):
            try:
                yield (future.result(),)
            except KilledWorker:
                yield do_alone(ground, futures[future])


def on_dask(address: str, workers: int | None) -> Any:
    """The flow with its batches on Dask: on a scheduler that runs, or on a cluster made for the run, which listens on the
    loopback only and ends with it."""
    from prefect_dask.task_runners import DaskTaskRunner

    from flows.crew import cores

    made = {"n_workers": workers or cores(), "threads_per_worker": 1, "host": "127.0.0.1", "dashboard_address": None}
    runner: Any = DaskTaskRunner(cluster_kwargs=made) if address == LOCAL_CLUSTER else DaskTaskRunner(address=address)
    return rebalance_book.with_options(task_runner=runner)


def _named(batch: Task) -> Any:
    first, last = batch.household_ids[0], batch.household_ids[-1]
    return task(
        name=f"households {first} to {last}", cache_policy=NO_CACHE, persist_result=False, retries=RETRIES,
        retry_delay_seconds=exponential_backoff(RETRY_SECONDS), retry_condition_fn=_is_passing,
    )  # fmt: skip


def _is_passing(task: object, run: object, state: Any) -> bool:
    """Whether trying again may help: not where the firm's own files are at fault."""
    try:
        state.result()
    except FirmUnusable:
        return False
    except Exception:
        return True
    return False


def run_flow(request: Request) -> Finished:
    """The same run as `flows.rebalance.rebalance`, watched by Prefect."""
    with clock_of_this_run().stage("start"):
        if EMBEDDED:
            _start_server()
    if EMBEDDED and request.dask == LOCAL_CLUSTER:
        _tell_workers_the_server()
    out, warehouse = (str(path) if path else None for path in (request.out, request.warehouse))
    book = on_dask(request.dask, request.workers) if request.dask else rebalance_book
    try:
        finished: Finished = book(str(request.firm), request.as_of, out, warehouse, request.workers, request.pdf, request.dask)
        return finished
    except RuntimeError as error:
        if "Failed to reach API" not in str(error):
            raise
        message = f"Prefect's server does not answer: {error}"
        raise unusable("prefect-did-not-start", message, "PREFECT_API_URL names it; `--direct` makes the same run without it") from error


def _tell_workers_the_server() -> None:
    """Workers that are started from here find this run's server: each would start one of its own else, and a worker that is ended
    leaves it behind."""
    from prefect.server.api.server import SubprocessASGIServer

    os.environ["PREFECT_API_URL"] = SubprocessASGIServer().api_url


def _start_server() -> None:
    """Start the embedded server; raises FirmUnusable with the way around it where it does not come up."""
    from prefect.server.api.server import SubprocessASGIServer

    trouble: list[Exception] = []

    def start() -> None:
        try:
            SubprocessASGIServer().start()
        except Exception as error:
            trouble.append(error)

    starting = threading.Thread(target=start, daemon=True)
    starting.start()
    import flows.rebalance  # noqa: F401 - imported while the server starts

    starting.join()
    if trouble:
        message = f"Prefect's embedded server did not start: {str(trouble[0]).splitlines()[0]}"
        raise unusable("prefect-did-not-start", message, "`--direct` makes the same run without it")
