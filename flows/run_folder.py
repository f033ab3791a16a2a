"""All or nothing: a run's folder appears complete under its final name, or not at all.

It is written to a hidden folder beside its final place and renamed at the end. The hidden folder holds a locked file
for as long as its writer lives; the system lets go of the lock however the writer ends, so the next run can tell what
a dead one left behind, and clears it away.
"""

from __future__ import annotations

import csv
import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from flows.record import run_id_in
from flows.settings import unusable
from validation.findings import Finding, Place, Scope, Severity

PART = ".part"
LOCK, RUN, OLD = "lock", "run", "old"
ABANDONED_SECONDS = 3600


def demand_free(target: Path, run_id: str) -> None:
    """Raise FirmUnusable where writing to `target` would cover up something else than an earlier copy of this very run."""
    if not target.exists() and not target.is_symlink():
        return
    if not target.is_dir():
        raise unusable("out-is-taken", f"{target} is a file", "--out names a folder that this run may make")
    if not any(target.iterdir()):
        return
    there = run_id_in(target)
    if there is None:
        raise unusable("out-is-taken", f"{target} is not empty and holds no run", "--out names a new or an empty folder")
    if there != run_id:
        message = f"{target} holds another run ({there}; this one is {run_id})"
        raise unusable("out-is-taken", message, "runs are kept apart: another --out, or none for runs/<run_id>")


def findings_in(run: Path) -> list[Finding]:
    """The findings of a finished run, in the file's order. Raises FirmUnusable where the folder holds no run."""
    if run_id_in(run) is None:
        raise unusable("missing-run", f"{run} holds no run", "the path of a run's folder; `rooftree run` prints it")
    with (run / "findings.csv").open(encoding="utf-8", newline="") as page:
        return [
            Finding(
                row["code"], Severity(row["severity"]), Scope(row["scope"]), row["message"], row["help"], Place(row["place"]),
                row["household_id"], row["subject"],
            )
            for row in csv.DictReader(page)
        ]  # fmt: skip


@contextmanager
def appearing(target: Path) -> Iterator[Path]:
    """Yields a hidden folder to write into; it becomes `target` when the body ends well and is gone otherwise.

    Raises FirmUnusable where the place cannot be written.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        clear_dead(target)
        workshop, lock = _workshop(target)
    except OSError as error:
        message = f"{target.parent} cannot be written: {error.strerror or error}"
        raise unusable("out-is-taken", message, "--out names a folder in a place that may be written") from error
    try:
        yield workshop / RUN
        _put_in_place(workshop, target)
    finally:
        shutil.rmtree(workshop, ignore_errors=True)
        lock.close()


def _workshop(target: Path) -> tuple[Path, IO[str]]:
    """A hidden folder beside the target with a lock that is held while the file stays open, and an empty `run` in it."""
    new = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    lock = (new / LOCK).open("w")
    fcntl.flock(lock, fcntl.LOCK_EX)
    # Only now does it carry the ending that others clear away when nobody holds the lock.
    workshop = new.with_name(new.name + PART)
    os.rename(new, workshop)
    (workshop / RUN).mkdir()
    return workshop, lock


def _put_in_place(workshop: Path, target: Path) -> None:
    """Rename; an earlier copy of the same run steps aside into the workshop first and goes once the new one stands."""
    if target.exists() and any(target.iterdir()):
        os.rename(target, workshop / OLD)
    try:
        os.rename(workshop / RUN, target)
    except OSError:
        _bring_back(workshop, target)
        raise


def _bring_back(workshop: Path, target: Path) -> None:
    if (workshop / OLD).exists() and not target.exists():
        os.rename(workshop / OLD, target)


def clear_dead(target: Path) -> None:
    """Remove what runs that were killed left beside `target`; where one died between two renames, bring its old copy back."""
    for left in sorted(target.parent.glob(f".*{PART}")):
        if _is_dead(left):
            name = left.name.removeprefix(".").removesuffix(PART).rpartition(".")[0]
            _bring_back(left, target.with_name(name))
            shutil.rmtree(left, ignore_errors=True)


def _is_dead(workshop: Path) -> bool:
    try:
        with (workshop / LOCK).open() as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        # Its writer is just leaving, unless it died doing so.
        return time.time() - workshop.stat().st_mtime > ABANDONED_SECONDS
    except OSError:
        return False
    return True


def sync_files(folder: Path) -> None:
    """Put a folder's files and names on the disk, where what depends on them must outlive the machine."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            with path.open("rb") as file:
                os.fsync(file.fileno())
        else:
            sync_folder(path)
    sync_folder(folder)


def sync_folder(folder: Path) -> None:
    """Put the names in a folder on the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
