"""Worker processes, where they pay: work is shared out, answers come back in the order of the questions.

Starting a process costs a second or two of imports. A handful of households is solved sooner than that, so solving stays
in this process until a book is large; their PDFs take longer, so those go to the crew even for a few.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

from flows.log import keep_log

Question = TypeVar("Question")
Answer = TypeVar("Answer")

WORTH_SECONDS = 3.0
"""Expected work from which on two processes beat one, their start included."""
SECONDS_PER_CHUNK = 0.2
MOST = 8


class Crew:
    """Answers many questions with one function, which must be importable by name.

    `size` None: as many processes as there are cores, and only where the work is worth it. `size` 1: never.
    """

    def __init__(self, size: int | None) -> None:
        self.size = size or min(cores(), MOST)
        self.asked = size is not None
        self.pool: ProcessPoolExecutor | None = None

    def map(self, function: Callable[[Question], Answer], questions: Sequence[Question], seconds_each: float) -> Iterator[Answer]:
        """Answers in the order of the questions; `seconds_each` is what one is expected to take."""
        if not self.is_worth(len(questions) * seconds_each):
            return map(function, questions)
        chunk = max(1, min(int(SECONDS_PER_CHUNK / seconds_each), len(questions) // (2 * self.size)))
        return self._pool().map(function, questions, chunksize=chunk)

    def is_worth(self, seconds: float) -> bool:
        """Whether so much work is shared out."""
        return self.size > 1 and (self.asked or seconds >= WORTH_SECONDS)

    def get_ready(self, prepare: Callable[[], None], seconds: float) -> None:
        """Start the processes in the background, if the work to come is worth it, and let each import what it needs."""
        if self.is_worth(seconds):
            for _ in range(self.size):
                self._pool().submit(prepare)

    def _pool(self) -> ProcessPoolExecutor:
        if self.pool is None:
            # Spawned, not forked: Prefect runs threads here, and a fork would inherit their locks.
            self.pool = ProcessPoolExecutor(self.size, multiprocessing.get_context("spawn"), initializer=_begin_work)
        return self.pool


def cores() -> int:
    """Cores that this process may use: in a container fewer than the machine has."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def crew(size: int | None) -> Iterator[Crew]:
    """A crew for the length of the body; work that was not begun when the body breaks is dropped."""
    hands = Crew(size)
    try:
        yield hands
    finally:
        if hands.pool is not None:
            hands.pool.shutdown(wait=True, cancel_futures=True)


def _begin_work() -> None:
    """In a new worker: Ctrl-C is the chief's business, and tracebacks go where the chief's go."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    keep_log()
