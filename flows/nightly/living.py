"""Flow runs that live, and those that only look like it: Prefect shows a killed run as Running for ever.

A run holds a locked file under .rooftree/running/ for as long as its process lives; the system lets go of the lock however the process
ends. Whoever starts a night looks for runs that are Running on the server while their lock, here, is free, and marks them Crashed.
"""

from __future__ import annotations

import fcntl
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from flows.record import now
from flows.settings import HOUSEKEEPING

RUNNING = HOUSEKEEPING / "running"


@dataclass(frozen=True, slots=True)
class Holder:
    """Who signed a lock file."""

    name: str
    pid: int
    host: str
    since: str
    lives: bool

    def __str__(self) -> str:
        return f"{self.name}: process {self.pid} on {self.host} since {self.since}" + ("" if self.lives else " (dead)")


@contextmanager
def living(run_id: str, folder: Path = RUNNING) -> Iterator[None]:
    """Hold the run's lock for the length of the body."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / run_id
    with path.open("a+", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.truncate(0)
        lock.write(json.dumps({"pid": os.getpid(), "host": socket.gethostname(), "since": now().isoformat(timespec="seconds")}))
        lock.flush()
        try:
            yield
        finally:
            path.unlink(missing_ok=True)


def is_dead(run_id: str, folder: Path = RUNNING) -> bool:
    """Whether the run was here and its process is gone. False where it was never here: another machine's runs are not judged."""
    try:
        with (folder / run_id).open(encoding="utf-8") as lock:
            return _is_free(lock)
    except FileNotFoundError:
        return False


def forget(run_id: str, folder: Path = RUNNING) -> None:
    """Remove what a dead run left."""
    (folder / run_id).unlink(missing_ok=True)


def holders(folder: Path) -> list[Holder]:
    """Every signed lock file in a folder, living or dead."""
    found = []
    for path in sorted(folder.glob("*")) if folder.is_dir() else []:
        holder = holder_of(path)
        if holder is not None:
            found.append(holder)
    return found


def holder_of(path: Path) -> Holder | None:
    """Who signed a lock file, and whether the lock is held; None where the file is not there or says nothing."""
    try:
        with path.open(encoding="utf-8") as lock:
            page = json.loads(lock.read() or "{}")
            return Holder(path.name, int(page["pid"]), str(page["host"]), str(page["since"]), not _is_free(lock))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _is_free(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    fcntl.flock(lock, fcntl.LOCK_UN)
    return True
