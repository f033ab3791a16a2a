"""What a person sees while a run works: a bar on a terminal, plain lines elsewhere. A run itself only tells a watcher.

The clock is found through a context variable, so that the flow's parameters stay plain values that Prefect can store.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol

STAGES = {
    "start": "Starting",
    "policy": "Reading policy and tax year",
    "ingest": "Landing and parsing extracts",
    "gate": "Checking data",
    "publish": "Handing the book over",
    "decide": "Rebalancing households",
    "pages": "Writing reports",
    "record": "Finishing the record",
}


class Watcher(Protocol):
    """Is told where a run stands."""

    def stage(self, name: str, total: int = 0) -> None:
        """A stage begins; `total` steps are ahead, 0 where nobody knows."""

    def step(self) -> None:
        """One step of the stage is done."""


class Nobody:
    """Watches nothing (a library call, a scheduled run)."""

    def stage(self, name: str, total: int = 0) -> None:
        """Ignore it."""

    def step(self) -> None:
        """Ignore it."""


class Clock:
    """Seconds by stage, with a watcher kept informed. Stages follow one another; a name may come twice."""

    def __init__(self, watcher: Watcher | None = None) -> None:
        self.watcher = watcher or Nobody()
        self.seconds: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str, total: int = 0) -> Iterator[Watcher]:
        """Time the body under `name` and show it; yields the watcher to step."""
        self.watcher.stage(name, total)
        began = time.perf_counter()
        try:
            yield self.watcher
        finally:
            self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - began


CLOCK: ContextVar[Clock | None] = ContextVar("clock", default=None)


def clock_of_this_run() -> Clock:
    """The clock that was set for this run, else a new one that nobody watches."""
    return CLOCK.get() or Clock()
