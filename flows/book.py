"""The book as a Prefect flow: the body of flows/rebalance, each step of it a task.

Without a configured server Prefect brings its own, on the loopback, with a database under .rooftree/. Its start takes
longest of all, so it begins in the background while this process imports what the run itself needs.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from flows.progress import clock_of_this_run
from flows.settings import Request, be_private, unusable

EMBEDDED = be_private()

from prefect import flow, task  # noqa: E402 - it reads its settings when it is imported
from prefect.cache_policies import NO_CACHE  # noqa: E402

if TYPE_CHECKING:
    from flows.rebalance import Finished

Result = TypeVar("Result")


@flow(name="rebalance-book", validate_parameters=False, persist_result=False)
def rebalance_book(
    firm: str, as_of: date | None = None, out: str | None = None, warehouse: str | None = None, workers: int | None = None, pdf: bool = True
) -> Finished:
    """Rebalance a firm's whole book into one run folder; flows/rebalance says how, and what it raises."""
    from flows.rebalance import rebalance

    request = Request(Path(firm), as_of, Path(out) if out else None, Path(warehouse) if warehouse else None, workers, pdf)
    return rebalance(request, as_task)


def as_task(name: str, work: Callable[[], Result]) -> Result:
    """Take one step as a Prefect task of that name, in this thread; its result stays in memory."""
    step: Callable[[], Result] = task(name=name, cache_policy=NO_CACHE, persist_result=False)(work)
    return step()


def run_flow(request: Request) -> Finished:
    """The same run as `flows.rebalance.rebalance`, watched by Prefect."""
    with clock_of_this_run().stage("start"):
        if EMBEDDED:
            _start_server()
    out, warehouse = (str(path) if path else None for path in (request.out, request.warehouse))
    try:
        return rebalance_book(str(request.firm), request.as_of, out, warehouse, request.workers, request.pdf)
    except RuntimeError as error:
        if "Failed to reach API" not in str(error):
            raise
        message = f"Prefect's server does not answer: {error}"
        raise unusable("prefect-did-not-start", message, "PREFECT_API_URL names it; `--direct` makes the same run without it") from error


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
