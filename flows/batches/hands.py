"""Who does the batches, and what becomes of a batch whose worker died.

A worker that dies (killed by the system, a crash in a library) says nothing. The batch is asked once more in a process of its
own; if that dies too, the household that it was at is told as failed, and the others of the batch are decided without it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import replace
from functools import partial

from flows.batches.work import Done, Ground, Task, last_seen, work, work_in_a_worker
from flows.crew import Crew, WorkerDied
from flows.log import logger
from flows.settings import unusable


def do(hands: Crew | None, ground: Ground, task: Task) -> tuple[Done, ...]:
    """The task done: by a worker of the crew, or here where there is none; as several parts where a household had to be given up."""
    if hands is None:
        return (work(ground, task),)
    try:
        return (hands.call(partial(work_in_a_worker, ground), task),)
    except WorkerDied:
        return do_alone(ground, task)


def do_alone(ground: Ground, task: Task) -> tuple[Done, ...]:
    """The task in a process of its own, and around the household that kills it."""
    alone = Crew(1)
    try:
        return (alone.call(partial(work_in_a_worker, ground), task),)
    except WorkerDied as error:
        guilty = last_seen(ground, task)
        if guilty not in task.household_ids or task.given_up:
            message = "worker processes die before they reach a household"
            help = "memory and the log of the system say why; `--workers 1` works in one process"
            raise unusable("workers-die", message, help) from error
        logger.error("household %s: its worker process died twice, it is told as failed", guilty)
        place = task.household_ids.index(guilty)
        before, after = task.household_ids[:place], task.household_ids[place + 1 :]
        parts = [
            replace(task, household_ids=before),
            replace(task, household_ids=(guilty,), given_up=True),
            replace(task, household_ids=after),
        ]
        return tuple(done for part in parts if part.household_ids for done in do_alone(ground, part))
    finally:
        alone.close()


def all_at_once(call: Callable[[Task], tuple[Done, ...]], tasks: Sequence[Task], width: int) -> Iterator[tuple[Done, ...]]:
    """Answers as they come, so many tasks at a time. When the consumer stops, nothing more is begun and nothing waited for."""
    threads = ThreadPoolExecutor(width, thread_name_prefix="batch")
    try:
        for future in as_completed([threads.submit(call, task) for task in tasks]):
            yield future.result()
    finally:
        threads.shutdown(wait=False, cancel_futures=True)
