"""Where a run's batches lie while it is being made: a hidden folder beside the run's final place.

.<name of the run's folder>.work/
    lock            held while a run of this name is being made; names its holder
    buckets/        what goes out to workers
    results/<key>/  what came back; kept when the run dies, so that the next one picks it up

The folder goes when the run stands in its place. What a dead run left is found by its name: the same run again.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from flows.record import now
from flows.settings import unusable

WORK = ".work"
ABANDONED_SECONDS = 7 * 24 * 3600
"""A dead run's folder that nobody came back for is cleared by any later run beside it after a week."""


@dataclass(frozen=True, slots=True)
class Workplace:
    """The folder of one run in the making."""

    folder: Path

    @property
    def buckets(self) -> Path:
        """What goes out."""
        return self.folder / "buckets"

    @property
    def results(self) -> Path:
        """What came back."""
        return self.folder / "results"

    @property
    def finished(self) -> list[Path]:
        """Batches that are done."""
        return [each for each in self.results.iterdir() if each.is_dir() and not each.name.startswith(".")]


@contextmanager
def workplace(target: Path, run_id: str) -> Iterator[Workplace]:
    """The run's folder, locked for the length of the body; it is removed when the body ends well, and otherwise too unless a
    batch is done that the next run can pick up.

    Raises FirmUnusable with `run-in-progress` where the same run is being made right now, with `out-is-taken` where the place
    cannot be written.
    """
    folder = target.parent.resolve() / f".{target.name}{WORK}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / "lock").open("a+", encoding="utf-8")
    except OSError as error:
        message = f"{target.parent} cannot be written: {error.strerror or error}"
        raise unusable("out-is-taken", message, "--out names a folder in a place that may be written") from error
    with lock:
        if not _locked(lock):
            message = f"run {run_id} is being made by {holder_of(folder)}"
            raise unusable("run-in-progress", message, "it can be waited for; two runs of one name would do the same work twice")
        _sign(lock)
        _clear_abandoned(target.parent)
        place = Workplace(folder)
        # What a dead run published may be half; publishing again takes a moment, and results carry their own proof.
        shutil.rmtree(place.buckets, ignore_errors=True)
        place.buckets.mkdir()
        place.results.mkdir(exist_ok=True)
        try:
            yield place
        except BaseException:
            shutil.rmtree(place.buckets, ignore_errors=True)
            if not place.finished:
                shutil.rmtree(folder, ignore_errors=True)
            raise
        shutil.rmtree(folder, ignore_errors=True)


def holder_of(folder: Path) -> str:
    """Who holds a work folder's lock, in words."""
    try:
        holder = json.loads((folder / "lock").read_text(encoding="utf-8"))
        return f"process {holder['pid']} on {holder['host']} since {holder['since']}"
    except (OSError, ValueError, KeyError):
        return "another process"


def is_worked_on(folder: Path) -> bool:
    """Whether a living process holds the folder's lock."""
    try:
        with (folder / "lock").open("a+", encoding="utf-8") as lock:
            return not _locked(lock)
    except OSError:
        return False


def _sign(lock: IO[str]) -> None:
    lock.truncate(0)
    lock.write(json.dumps({"pid": os.getpid(), "host": socket.gethostname(), "since": now().isoformat(timespec="seconds")}))
    lock.flush()


def _locked(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _clear_abandoned(parent: Path) -> None:
    for left in parent.glob(f".*{WORK}"):
        try:
            age = time.time() - left.stat().st_mtime
        except OSError:
            continue
        if age > ABANDONED_SECONDS and not is_worked_on(left):
            shutil.rmtree(left, ignore_errors=True)
