"""The ledger: a file of JSON lines that only grows, each line bound to the one before it by its hash.

An entry is written with one write and synced to the disk; its hash then goes into a small file beside it (`<ledger>.head`). So a
changed, removed or inserted line breaks the chain, and lines cut off the end leave the head without its entry. A line that a dying
machine left half-written is neither read nor repaired: the ledger says so and takes nothing more until a person has set it aside
(`rooftree ledger mend`).
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from flows.settings import unusable
from validation.findings import FirmUnusable

START = "0" * 64
"""What the first entry is bound to."""
WORDS = 500
"""Letters of a reason or a name that are kept: more is a mistake."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line. `number` counts from 1; `said` is what the event says beyond when and who."""

    number: int
    at: datetime
    event: str
    who: str
    why: str
    said: Mapping[str, Any]
    before: str
    sha256: str


class Ledger:
    """An open ledger, locked for whoever holds it. Made by `open_ledger` only."""

    def __init__(self, path: Path, entries: list[Entry]) -> None:
        self.path, self.entries = path, entries

    def append(self, at: datetime, event: str, who: str, why: str = "", **said: Any) -> Entry:
        """Add one entry, on the disk before this returns. Raises FirmUnusable for a name or reason that cannot be one."""
        (entry,) = self.append_all(at, event, who, [said], why)
        return entry

    def append_all(self, at: datetime, event: str, who: str, said: Sequence[Mapping[str, Any]], why: str = "") -> list[Entry]:
        """Add an entry per member of `said`, all with one write and one sync: a book of households costs what one costs."""
        who, why = _words(who, "who"), _words(why, "why", may_be_empty=True)
        before = self.entries[-1].sha256 if self.entries else START
        lines, entries = list[str](), list[Entry]()
        for number, more in enumerate(said, start=len(self.entries) + 1):
            when = at.isoformat(timespec="seconds")
            body = {"number": number, "at": when, "event": event, "who": who, "why": why, **more, "before": before}
            before = _digest(body)
            lines.append(_line({**body, "sha256": before}))
            entries.append(_entry(json.loads(lines[-1])))
        if entries:
            _add("".join(f"{line}\n" for line in lines).encode(), self.path)
            self.entries += entries
            _write_head(self.path, entries[-1])
        return entries


def _add(lines: bytes, path: Path) -> None:
    """Whole lines at the end of the file, on the disk when this returns; a disk that is full takes back what it took in part."""
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        length = os.fstat(handle).st_size
        try:
            left = memoryview(lines)
            while left:
                left = left[os.write(handle, left) :]
            os.fsync(handle)
        except OSError:
            os.ftruncate(handle, length)
            raise
    finally:
        os.close(handle)


@contextmanager
def open_ledger(path: Path) -> Iterator[Ledger]:
    """The ledger at `path`, made where there is none, for one holder at a time.

    Raises FirmUnusable with `ledger-tampered` where the chain or the head does not hold, with `ledger-torn` where the last line
    is half, with `ledger-locked` where another process holds it.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = path.with_name(path.name + ".lock").open("a+", encoding="utf-8")
    except OSError as error:
        message = f"{path} cannot be written: {error.strerror or error}"
        raise unusable("ledger-unwritable", message, "--ledger names another place") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise unusable("ledger-locked", f"another process is deciding in {path.name}", "wait for it; nothing was changed") from error
        entries = read_entries(path)
        if entries:
            _write_head(path, entries[-1])  # the last holder may have died between the entry and its head
        yield Ledger(path, entries)


def read_entries(path: Path) -> list[Entry]:
    """Every entry, after the chain and the head were checked. Raises FirmUnusable as `open_ledger` does."""
    text = path.read_bytes() if path.exists() else b""
    head = _head(path)
    if text and not text.endswith(b"\n"):
        help = "`rooftree ledger mend` sets the half line aside; nothing else is lost"
        raise unusable("ledger-torn", f"the last line of {path.name} is half-written", help)
    entries: list[Entry] = []
    before = START
    for number, line in enumerate(text.decode("utf-8", "replace").split("\n")[:-1], start=1):
        entry = _checked(line, number, before, path)
        entries.append(entry)
        before = entry.sha256
    if head is not None and (head[0] > len(entries) or entries[head[0] - 1].sha256 != head[1]):
        raise _tampered(path, f"entries after {len(entries)} are missing: the head knows entry {head[0]}")
    return entries


def mend(path: Path) -> Path | None:
    """Set a half-written last line aside, into a file beside the ledger; None where the last line is whole."""
    text = path.read_bytes() if path.exists() else b""
    if not text or text.endswith(b"\n"):
        return None
    cut = text.rfind(b"\n") + 1
    aside = path.with_name(f"{path.name}.torn-{hashlib.sha256(text[cut:]).hexdigest()[:8]}")
    aside.write_bytes(text[cut:])
    with path.open("r+b") as file:
        file.truncate(cut)
        os.fsync(file.fileno())
    return aside


def _checked(line: str, number: int, before: str, path: Path) -> Entry:
    try:
        entry = _entry(json.loads(line))
        body = {name: value for name, value in json.loads(line).items() if name != "sha256"}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _tampered(path, f"line {number} is no entry") from error
    if entry.number != number or entry.before != before or entry.sha256 != _digest(body) or line != _line(json.loads(line)):
        raise _tampered(path, f"line {number} is not what was written, or lines before it are")
    return entry


def _tampered(path: Path, what: str) -> FirmUnusable:
    help = "nothing is approved or released from it; a copy from the backup shows what was changed"
    return unusable("ledger-tampered", f"{path.name}: {what}", help)


def _entry(page: Mapping[str, Any]) -> Entry:
    known = ("number", "at", "event", "who", "why", "before", "sha256")
    said = {name: value for name, value in page.items() if name not in known}
    return Entry(
        int(page["number"]), datetime.fromisoformat(page["at"]), page["event"], page["who"], page["why"], said, page["before"],
        page["sha256"],
    )  # fmt: skip


def _line(page: Mapping[str, Any]) -> str:
    """The one way in which an entry is written."""
    return json.dumps(page, ensure_ascii=False, separators=(",", ":"))


def _digest(body: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _head_path(path: Path) -> Path:
    return path.with_name(path.name + ".head")


def _head(path: Path) -> tuple[int, str] | None:
    try:
        number, digest = _head_path(path).read_text(encoding="utf-8").split()
        return int(number), digest
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise _tampered(path, "its head cannot be read") from error


def _write_head(path: Path, entry: Entry) -> None:
    passing = _head_path(path).with_suffix(".head-part")
    with passing.open("w", encoding="utf-8") as file:
        file.write(f"{entry.number} {entry.sha256}\n")
        file.flush()
        os.fsync(file.fileno())
    os.replace(passing, _head_path(path))


def _words(text: str, what: str, *, may_be_empty: bool = False) -> str:
    text = text.strip()
    if not text and not may_be_empty:
        raise unusable("nobody-decided", f"--{what} is empty", f"--{what} says {'who decides' if what == 'who' else 'the reason'}")
    if len(text) > WORDS or not text.isprintable():
        raise unusable("nobody-decided", f"--{what} has control characters or more than {WORDS} letters", "one line of plain words")
    return text
