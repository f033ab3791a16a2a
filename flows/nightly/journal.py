"""What the nights did: one JSON line per step, appended beside the firm's warehouse. Read by `rooftree status`, by a log collector,
and by the steps that follow a run (report, release, reconcile).

Households appear by number only, never by name; a reason is the code of a finding or the name of an error.
"""

from __future__ import annotations

import json
import os
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flows.record import now
from flows.settings import beside_warehouse
from validation.findings import FirmUnusable

KILOBYTES_PER_MEGABYTE = 1024


@dataclass
class Entry:
    """One step while it runs. `as_of`, `run` and `counts` are filled by the step; `waits` says that a person has to look."""

    step: str
    as_of: str = ""
    run: str = ""
    waits: bool = False
    counts: dict[str, int] = field(default_factory=dict)


def journal_of(firm: Path) -> Path:
    """The firm's journal."""
    return beside_warehouse(firm, "nights.jsonl")


@contextmanager
def entered(firm: Path, step: str) -> Iterator[Entry]:
    """Note the step when it ends, however it ends: `done`, `waits` (for a person), `refused` (no run can be made), `failed`."""
    entry, started, began = Entry(step), now(), time.perf_counter()
    outcome, why = "failed", ""
    try:
        yield entry
        outcome = "waits" if entry.waits else "done"
    except FirmUnusable as error:
        outcome, why = "refused", ", ".join(sorted({finding.code for finding in error.findings}))
        raise
    except BaseException as error:
        why = type(error).__name__
        raise
    finally:
        line = {
            "at": started.isoformat(timespec="seconds"), "step": step, "outcome": outcome, "why": why, "as_of": entry.as_of,
            "run": entry.run, "seconds": round(time.perf_counter() - began, 1), "peak_memory_mb": peak_memory_mb(), **entry.counts,
        }  # fmt: skip
        _append(journal_of(firm), line)


def read_journal(firm: Path) -> list[dict[str, Any]]:
    """Every line that can be read, oldest first; a line that a full disk cut short is passed over."""
    try:
        text = journal_of(firm).read_text(encoding="utf-8")
    except FileNotFoundError:
        return []
    lines = []
    for line in text.splitlines():
        try:
            page = json.loads(line)
        except ValueError:
            continue
        if isinstance(page, dict):
            lines.append(page)
    return lines


def last_run(firm: Path) -> Path | None:
    """The folder of the newest run that a night made and that still stands."""
    made = (Path(line["run"]) for line in reversed(read_journal(firm)) if line.get("step") == "rebalance" and line.get("run"))
    return next((folder for folder in made if (folder / "run.json").exists()), None)


def peak_memory_mb() -> int:
    """The most memory that this process, or its largest child, has held."""
    whose = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return max(resource.getrusage(each).ru_maxrss for each in whose) // KILOBYTES_PER_MEGABYTE


def _append(path: Path, line: dict[str, Any]) -> None:
    """One write in append mode, so that two steps at once keep their lines whole. A journal that cannot be written costs no run."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "ab") as file:
            file.write((json.dumps(line) + "\n").encode())
    except OSError:
        pass
