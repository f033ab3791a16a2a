"""Worker processes, where they pay: work is shared out, and a worker that dies takes nobody with it.

Starting a process costs a second or two of imports. A handful of households is solved sooner than that, so solving stays
in this process until a book is large; their PDFs take longer, so those go to the crew even for a few.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import TypeVar

from flows.log import keep_log

Question = TypeVar("Question")
Answer = TypeVar("Answer")

WORTH_SECONDS = 3.0
"""Expected work from which on two processes beat one, their start included."""
SECONDS_PER_CHUNK = 0.2
ORPHANED_SECONDS = 1.0
MOST = 8


class WorkerDied(Exception):
    """A worker process ended without an answer: killed, out of memory, or a crash in a library."""


class CrewStopped(Exception):
    """The run ends: nobody waits for this answer any more."""


class Crew:
    """Answers many questions with one function, which must be importable by name.

    `size` None: as many processes as there are cores, and only where the work is worth it. `size` 1: never.
    `calls_per_process`: after about so many calls each, new processes take over, for work that leaks memory in a library.
    """

    def __init__(self, size: int | None, calls_per_process: int | None = None) -> None:
        self.calls_per_process, self.calls = calls_per_process, 0
        self.size = size or min(cores(), MOST)
        self.asked = size is not None
        self.pool: ProcessPoolExecutor | None = None
        self.guard = threading.Lock()
        self.stopped = False

    def map(self, function: Callable[[Question], Answer], questions: Sequence[Question], seconds_each: float) -> Iterator[Answer]:
        """Answers in the order of the questions; `seconds_each` is what one is expected to take."""
        if not self.is_worth(len(questions) * seconds_each):
            return map(function, questions)
        chunk = max(1, min(int(SECONDS_PER_CHUNK / seconds_each), len(questions) // (2 * self.size)))
        return self._pool().map(function, questions, chunksize=chunk)

    def is_worth(self, seconds: float) -> bool:
        """Whether so much work is shared out."""
        return self.size > 1 and (self.asked or seconds >= WORTH_SECONDS)

    def get_ready(self, prepare: Callable[[], None]) -> None:
        """Start the processes in the background, and let each import what it needs."""
        for _ in range(self.size):
            self._pool().submit(prepare)

    def call(self, function: Callable[[Question], Answer], question: Question) -> Answer:
        """One answer from a worker; may be asked from several threads. Raises WorkerDied where the process ended without one;
        then another has taken its place."""
        pool = self._pool()
        self.calls += 1
        try:
            return pool.submit(function, question).result()
        except BrokenProcessPool as error:
            if self.stopped:
                raise CrewStopped from error
            with self.guard:
                if self.pool is pool:
                    self.pool = None
            raise WorkerDied(function.__name__ if hasattr(function, "__name__") else "work") from error

    def _pool(self) -> ProcessPoolExecutor:
        with self.guard:
            if self.calls_per_process and self.calls >= self.calls_per_process * self.size and self.pool is not None:
                self.pool.shutdown(wait=False)  # what it is at is finished and answered
                self.pool, self.calls = None, 0
            if self.pool is None:
                # Spawned, not forked: Prefect runs threads here, and a fork would inherit their locks.
                self.pool = ProcessPoolExecutor(self.size, multiprocessing.get_context("spawn"), initializer=_begin_work)
            return self.pool

    def close(self) -> None:
        """Let the processes go once they are done with what they are at; work that was not begun is dropped."""
        if self.pool is not None:
            self.pool.shutdown(wait=True, cancel_futures=True)

    def stop(self) -> None:
        """End the processes now, in the middle of what they are at."""
        self.stopped = True
        if self.pool is not None:
            for process in list((self.pool._processes or {}).values()):  # public from Python 3.14 on, as terminate_workers
                process.terminate()
            self.close()


def cores() -> int:
    """Cores that this process may use: in a container fewer than the machine has."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def crew(size: int | None, calls_per_process: int | None = None) -> Iterator[Crew]:
    """A crew for the length of the body; when the body breaks, what is being done is dropped."""
    hands = Crew(size, calls_per_process)
    try:
        yield hands
    except BaseException:
        hands.stop()
        raise
    hands.close()


def _begin_work() -> None:
    """In a new worker: Ctrl-C is the chief's business, tracebacks go where the chief's go, and nobody outlives the chief."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_follow, args=(os.getppid(),), daemon=True).start()
    keep_log()


def _follow(chief: int) -> None:
    """End this process when its chief is gone: killed, it could not say good-bye."""
    while os.getppid() == chief:
        time.sleep(ORPHANED_SECONDS)
    os._exit(1)
