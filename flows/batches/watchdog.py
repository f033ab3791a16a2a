"""The last resort against a household that never ends. The solver's own limits count nodes and end every search that is known;
this one counts CPU seconds of the thread, so that a slow or busy machine answers as a fast one does, and it is far beyond them.
"""

from __future__ import annotations

import ctypes
import faulthandler
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

CPU_SECONDS = 180.0
"""A hundred times the longest household that was ever measured."""
STUCK_SECONDS = 1_800.0
"""Wall-clock seconds of one household after which a worker process ends itself: only code that never comes back to Python gets there."""


class HouseholdTookTooLong(Exception):
    """The household used up its CPU seconds."""


@contextmanager
def watched(cpu_seconds: float = CPU_SECONDS) -> Iterator[None]:
    """Raise HouseholdTookTooLong in this thread, in the body, once the thread has spent so many CPU seconds in it."""
    ident = threading.get_ident()
    clock = time.pthread_getcpuclockid(ident)
    began, ended, guard = time.clock_gettime(clock), threading.Event(), threading.Lock()

    def look() -> None:
        while not ended.wait(max(0.01, cpu_seconds - (time.clock_gettime(clock) - began))):
            with guard:
                if not ended.is_set() and time.clock_gettime(clock) - began >= cpu_seconds:
                    _raise_in(ident)
                    ended.set()

    watcher = threading.Thread(target=look, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        with guard:
            ended.set()
        watcher.join()


@contextmanager
def ended_if_stuck(seconds: float = STUCK_SECONDS) -> Iterator[None]:
    """In a worker process: end the process if the body is not over by then, even inside a library's own loop."""
    faulthandler.dump_traceback_later(seconds, exit=True)
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()


def _raise_in(ident: int) -> None:
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(ident), ctypes.py_object(HouseholdTookTooLong))
