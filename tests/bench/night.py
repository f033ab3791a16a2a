"""A whole night, measured: `python -m tests.bench.night FOLDER [--households 10000] [--small 1000]` prints the figures of flows/README.

Draws a book in which every household is due, and makes whole runs of it from a shell, each with a new warehouse: ingest, gate,
cadence, solve, statistics, pages, record. Three of the book, so that one thing differs at a time: two workers, one worker, two
workers under Prefect; and one of a smaller book, so that cost and memory can be told from size. What each process took is
read from /proc (Linux): the coordinator, its workers, Prefect's server.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import shutil
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench.book import write_book

HOUSE = Path(__file__).parents[2]
TICK = os.sysconf("SC_CLK_TCK")
LOOK_SECONDS = 0.1
RESTED = (366, 700)
INTAKE = "intake"
BATCHES = "batches"
UNSOLVED = {"not_due", "blocked", "failed"}


@dataclass(frozen=True)
class Night:
    """One run: wall seconds in all and by stage; CPU seconds by kind of process; the coordinator's most memory (MB) while the
    book is read and checked, and from the hand-over on; a worker's most; bytes of the run's folder; households by status."""

    households: int
    wall: float
    stages: dict[str, float]
    cpu: dict[str, float]
    coordinator_mb: dict[str, float]
    worker_mb: float
    bytes: int
    statuses: Counter[str]

    @property
    def per_second(self) -> float:
        """Households per second, all in."""
        return self.households / self.wall

    @property
    def work(self) -> float:
        """CPU seconds of the workers, of the one process where there are none."""
        return self.cpu.get("worker", self.cpu["coordinator"])

    @property
    def cpu_ms(self) -> float:
        """CPU per household, all processes, in milliseconds."""
        return 1000 * sum(self.cpu.values()) / self.households


def run_night(firm: Path, place: Path, more: Sequence[str]) -> Night:
    """Make a run in the folder `place`, which is emptied before."""
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    command = [sys.executable, "-m", "flows", "run", str(firm.resolve()), "--out", "run", "--no-pdf", *more]
    environment = {**os.environ, "PYTHONPATH": str(HOUSE)}
    began = time.perf_counter()
    with (place / "said.txt").open("wb") as said:
        process = subprocess.Popen(command, cwd=place, env=environment, stdout=said, stderr=said)
    cpu: dict[int, tuple[str, float]] = {}
    memory: dict[str, float] = defaultdict(float)
    while process.poll() is None:
        phase = BATCHES if any((place / ".run.work" / "buckets").glob("*")) else INTAKE
        for pid in (process.pid, *descendants(process.pid)):
            look = looked_at(pid)
            if look is None:
                continue
            kind, seconds, megabytes = look
            kind = "coordinator" if pid == process.pid else kind
            cpu[pid] = (kind, seconds)
            about = f"{kind} {phase}" if kind == "coordinator" else kind
            memory[about] = max(memory[about], megabytes)
        time.sleep(LOOK_SECONDS)
    wall = time.perf_counter() - began
    if process.returncode not in (0, 1):
        raise SystemExit(f"the run ended with {process.returncode}; {place / 'said.txt'} has what it said: {' '.join(command)}")
    spent: dict[str, float] = defaultdict(float)
    for kind, seconds in cpu.values():
        spent[kind] += seconds
    with (place / "run" / "statistics.csv").open(encoding="utf-8", newline="") as file:
        statuses = Counter(row["status"] for row in csv.DictReader(file))
    stages = json.loads((place / "run" / "run.json").read_text(encoding="utf-8"))["seconds"]
    held = {phase: memory[f"coordinator {phase}"] for phase in (INTAKE, BATCHES)}
    size = sum(path.stat().st_size for path in (place / "run").rglob("*"))
    return Night(statuses.total(), wall, stages, dict(spent), held, memory["worker"], size, statuses)


def descendants(pid: int) -> Iterator[int]:
    """Processes that the process started, and those that they started."""
    try:
        children = [int(each) for task in Path(f"/proc/{pid}/task").iterdir() for each in (task / "children").read_text().split()]
    except OSError:
        return
    for child in children:
        yield child
        yield from descendants(child)


def looked_at(pid: int) -> tuple[str, float, float] | None:
    """What kind of process it is, its CPU seconds so far and its memory in MB; None where it has gone."""
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, IndexError):
        return None
    if not command:  # it has ended and waits to be collected
        return None
    kind = "worker" if b"spawn_main" in command else "server"
    return kind, (int(fields[11]) + int(fields[12])) / TICK, pages * os.sysconf("SC_PAGESIZE") / 1e6


def orchestration(watched: Night, plain: Night) -> float:
    """What Prefect adds, as a share of what the workers do: its server, and the coordinator beyond what it takes without."""
    added = watched.cpu.get("server", 0.0) + watched.cpu["coordinator"] - plain.cpu["coordinator"]
    return added / watched.cpu["worker"]


def tell(name: str, night: Night) -> None:
    """Print one run's figures."""
    stages = ", ".join(f"{stage} {seconds:.1f}" for stage, seconds in night.stages.items())
    cpu = ", ".join(f"{kind} {seconds:.1f}" for kind, seconds in night.cpu.items())
    statuses = ", ".join(f"{status} {count}" for status, count in night.statuses.items())
    print(f"{name}: {night.households:,} households in {night.wall:.1f} s: {night.per_second:.1f} households/s all in")
    print(f"    statuses        {statuses}; left unsolved {sum(night.statuses[each] for each in UNSOLVED)}")
    print(f"    wall seconds    {stages}")
    print(f"    CPU seconds     {cpu}; {night.cpu_ms:.1f} ms per household")
    held = ", ".join(f"{phase} {megabytes:.0f} MB" for phase, megabytes in night.coordinator_mb.items())
    print(f"    memory at most  coordinator: {held}; a worker {night.worker_mb:.0f} MB")
    print(f"    run folder      {night.bytes / night.households / 1000:.1f} kB per household", flush=True)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure from the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.night", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--households", type=int, default=10_000)
    parser.add_argument("--small", type=int, default=1_000)
    given = parser.parse_args(arguments)
    book, small = (
        write_book(given.folder / f"book_{size}", size, rested=RESTED) if not (given.folder / f"book_{size}").exists()
        else given.folder / f"book_{size}"
        for size in (given.households, given.small)
    )  # fmt: skip
    place, two = given.folder / "night", ("--workers", "2")
    fewer = run_night(small, place, (*two, "--direct"))
    tell(f"{given.small:,} households, two workers", fewer)
    plain = run_night(book, place, (*two, "--direct"))
    tell("two workers", plain)
    watched = run_night(book, place, two)
    tell("two workers, under Prefect", watched)
    alone = run_night(book, place, ("--workers", "1", "--direct"))
    tell("one worker", alone)
    print(f"two workers against one        {alone.wall / plain.wall:.2f} times faster all in, ", end="")
    print(f"{alone.stages['decide'] / plain.stages['decide']:.2f} times while deciding")
    ideal = 2 * alone.work / plain.work
    print(f"                               {ideal:.2f} times by CPU seconds alone: what idle cores would make of it at best")
    print(f"orchestration                  {orchestration(watched, plain):.1%} of the work")
    for phase in (INTAKE, BATCHES):
        print(f"coordinator's memory, {phase:<8} {fewer.coordinator_mb[phase]:.0f} MB at {fewer.households:,} households, ", end="")
        print(f"{plain.coordinator_mb[phase]:.0f} MB at {plain.households:,}")
    print(f"CPU per household              {fewer.cpu_ms:.1f} ms at {fewer.households:,}, {plain.cpu_ms:.1f} ms at {plain.households:,}")


if __name__ == "__main__":
    main()
