"""What prefect.yaml deploys: thin flows around flows/nightly/steps. Parameters are plain values that the UI can ask for.

Each holds a lock for as long as it lives (flows/nightly/living) and marks dead runs before it begins, so that a killed night neither
looks alive nor holds up the next.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from flows.settings import be_private

be_private()

from prefect import flow, get_run_logger  # noqa: E402 - it reads its settings when it is imported
from prefect.runtime import flow_run  # noqa: E402

from flows.nightly import artifacts  # noqa: E402
from flows.nightly.living import living  # noqa: E402
from flows.nightly.reaper import reap  # noqa: E402


@flow(name="ingest", persist_result=False)
def ingest(firm: str, as_of: date | None = None) -> str:
    """Land and check the extracts of the latest day, or of the latest day that is not after `as_of`."""
    from flows.nightly.steps import ingest_day

    with _night():
        told = ingest_day(Path(firm), as_of, get_run_logger().info)
    for line in told.lines:
        get_run_logger().warning(line)
    get_run_logger().info(told.sentence)
    return told.sentence


@flow(name="monitor", persist_result=False)
def monitor(firm: str, as_of: date | None = None) -> str:
    """Say who is due and why."""
    from flows.nightly.steps import monitor_day

    with _night():
        told = monitor_day(Path(firm), as_of)
    if told.watch is not None:
        artifacts.show_watch(told.watch)
    get_run_logger().info(told.sentence)
    return told.sentence


@flow(name="rebalance", persist_result=False)
def rebalance(firm: str, as_of: date | None = None, only_due: bool = True, workers: int | None = None, pdf: bool = True) -> str:
    """Rebalance the households that are due, in batches, into one run folder."""
    from flows.book import Watched
    from flows.nightly.steps import rebalance_due

    with _night():
        told = rebalance_due(Path(firm), as_of, only_due, workers, pdf, Watched())
    if told.place is not None:
        artifacts.show_run(told.place)
    get_run_logger().info(told.sentence)
    return told.sentence


@flow(name="report", persist_result=False)
def report(firm: str, run: str | None = None) -> str:
    """Show a run, by default the newest, as tables of the Prefect UI: the book, the exceptions, where its pages lie."""
    from flows.nightly.steps import newest_run

    with _night():
        place = newest_run(Path(firm), Path(run) if run else None)
        artifacts.show_run(place)
    return f"{place}: shown"


@flow(name="release", persist_result=False)
def release(firm: str) -> str:
    """Write the order files of everything that was approved, once."""
    from flows.nightly.steps import release_approved

    with _night():
        told = release_approved(Path(firm))
    for line in (told.sentence, *told.lines):
        get_run_logger().info(line)
    return told.sentence


@flow(name="reconcile", persist_result=False)
def reconcile(firm: str, run: str | None = None) -> str:
    """Compare a run, by default the newest, with the first extracts after it."""
    from flows.nightly.steps import reconcile_run

    with _night():
        told = reconcile_run(Path(firm), Path(run) if run else None)
    get_run_logger().info(told.sentence)
    return told.sentence


@contextmanager
def _night() -> Iterator[None]:
    for name in reap():
        get_run_logger().warning("marked %s as crashed: its process is gone", name)
    with living(str(flow_run.get_id() or "by-hand")):
        yield
