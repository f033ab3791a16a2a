"""Worker processes, where they pay: a batch of households is shared out, answers come back in the order of the questions.

Below a few dozen households the start of the processes costs more than they save, and everything stays in this one.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from typing import Protocol, TypeVar

from flows.log import keep_log

Question = TypeVar("Question")
Answer = TypeVar("Answer")

WORTH_A_CREW = 48
"""Households from which on two processes beat one, their start (two seconds of imports each) included."""
CHUNK = 8


class Crew(Protocol):
    """Answers many questions with one function, which must be importable by name."""

    def map(self, function: Callable[[Question], Answer], questions: Iterable[Question]) -> Iterator[Answer]:
        """Answers in the order of the questions."""


class _Alone:
    def map(self, function: Callable[[Question], Answer], questions: Iterable[Question]) -> Iterator[Answer]:
        return map(function, questions)


class _Pool:
    def __init__(self, pool: ProcessPoolExecutor) -> None:
        self.pool = pool

    def map(self, function: Callable[[Question], Answer], questions: Iterable[Question]) -> Iterator[Answer]:
        return self.pool.map(function, questions, chunksize=CHUNK)


@contextmanager
def crew(households: int, workers: int | None) -> Iterator[Crew]:
    """As many processes as asked for; by default one per core for a book, none for a handful of households."""
    wanted = workers or (min(os.cpu_count() or 1, 8) if households >= WORTH_A_CREW else 1)
    if wanted == 1:
        yield _Alone()
        return
    # Spawned, not forked: Prefect runs threads here, and a fork would inherit their locks.
    pool = ProcessPoolExecutor(wanted, multiprocessing.get_context("spawn"), initializer=_begin_work)
    try:
        yield _Pool(pool)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _begin_work() -> None:
    """In a new worker: Ctrl-C is the chief's business, and tracebacks go where the chief's go."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    keep_log()
