"""Make a run again from its record and prove that it comes out the same, byte for byte, the clock apart."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from flows.record import CLOCKED, identify, run_id_in
from flows.settings import Request, unusable

CLOCK = ("started", "finished", "seconds")
SHOWN = 12


@dataclass(frozen=True, slots=True)
class Replayed:
    """What came of it: a line for each difference, and a closing sentence."""

    differences: tuple[str, ...]
    sentence: str


def replay_run(run: Path, firm: Path) -> Replayed:
    """Compare what the run was made of with what is there now; where that is the same, make it again and compare the bytes.

    Raises FirmUnusable where the folder holds no run, or the firm allows none.
    """
    if run_id_in(run) is None:
        raise unusable("missing-run", f"{run} holds no run", "the path of a run's folder; `rooftree run` prints it")
    record = json.loads((run / "run.json").read_text(encoding="utf-8"))
    day = date.fromisoformat(record["as_of"])
    changed = tuple(_changes(record, firm, day))
    if changed:
        return Replayed(changed, f"run {record['run_id']} cannot be made again from what is there now")
    from flows.rebalance import rebalance

    with tempfile.TemporaryDirectory(prefix="rooftree-replay-") as place:
        again = Path(place) / record["run_id"]
        pdf = any((run / "reports").glob("*.pdf"))
        only = tuple(record.get("households", ()))
        rebalance(Request(firm, day, again, Path(place) / "replay.duckdb", pdf=pdf, households=only))
        different = tuple(compared(run, again))
        count = len(_files(again))
    if different:
        return Replayed(different, f"run {record['run_id']} comes out otherwise")
    return Replayed((), f"run {record['run_id']}: {count} files made again, the same bytes but for the clock")


def _changes(record: Mapping[str, Any], firm: Path, day: date) -> Iterator[str]:
    """What the run was made of and is not there any more."""
    now = identify(firm, day, households=record.get("households", ()))
    before: Mapping[str, str] = record["inputs"]
    for name in sorted({*before, *now.inputs}):
        if before.get(name) != now.inputs.get(name):
            what = "is new" if name not in before else "is gone" if name not in now.inputs else "has changed"
            yield f"input {name} {what}"
    if record["policy_sha256"] != now.policy_sha256:
        yield "policy or assumptions have changed"
    versions: Mapping[str, str] = record["versions"]
    for name in sorted({*versions, *now.versions}):
        if versions.get(name) != now.versions.get(name):
            yield f"{name} was {versions.get(name, 'absent')} and is {now.versions.get(name, 'absent')}"
    if record["run_id"] != now.run_id:
        yield f"the run was {record['run_id']} and would be {now.run_id}: made with another --as-of, firm folder's name, or the above"


def compared(run: Path, again: Path) -> Iterator[str]:
    """A line for each file that is missing, new or different, a dozen at most."""
    old, new = _files(run), _files(again)
    told = [
        f"{name}: " + ("missing from the run" if name not in old else "not made again")
        for name in sorted({*old, *new})
        if (name in old) != (name in new)
    ]
    told += [f"{name}: {_where(old[name], new[name])}" for name in sorted({*old} & {*new}) if _content(old[name]) != _content(new[name])]
    yield from told[:SHOWN]
    if len(told) > SHOWN:
        yield f"and {len(told) - SHOWN} more"


def _files(folder: Path) -> dict[str, Path]:
    return {
        path.relative_to(folder).as_posix(): path
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.relative_to(folder).as_posix() not in CLOCKED
    }


def _content(path: Path) -> bytes:
    if path.name != "run.json":
        return path.read_bytes()
    page = json.loads(path.read_text(encoding="utf-8"))
    return json.dumps({name: value for name, value in page.items() if name not in CLOCK}).encode()


def _where(old: Path, new: Path) -> str:
    lines = [path.read_bytes().splitlines() for path in (old, new)]
    number = next((n for n, (a, b) in enumerate(zip(*lines, strict=False), start=1) if a != b), min(map(len, lines)) + 1)
    return f"differs from line {number} on"
