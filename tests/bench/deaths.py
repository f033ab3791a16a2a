"""Killed at any moment, a run goes on where it died: `python -m tests.bench.deaths FOLDER [--deaths 50] [--households 40]`.

Writes a book, makes an undisturbed run of it, and then one that is killed (SIGKILL) at random moments, over and over, until the deaths
are used up and it may end. Sometimes only a worker process dies. The bytes of both runs must be the same, the clock apart. With
`--dask` the run, Prefect's server and Dask's workers die together.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from flows.replay import compared
from tests.bench.book import write_book

HOUSE = Path(__file__).parents[2]


def start(folder: Path, out: str, more: Sequence[str] = ()) -> subprocess.Popen[bytes]:
    """The run as a person starts it, in a process group of its own."""
    command = [sys.executable, "-m", "flows", "run", "book", "--no-pdf", "--workers", "2", "--out", out, *(more or ("--direct",))]
    return subprocess.Popen(
        command,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(HOUSE)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def children(pid: int) -> list[int]:
    """Processes that the process started."""
    return [int(each) for task in Path(f"/proc/{pid}/task").iterdir() for each in (task / "children").read_text().split()]


def kill(process: subprocess.Popen[bytes], rng: random.Random) -> str:
    """Kill a worker or the whole group, as the die falls; what was killed."""
    workers = children(process.pid)
    if workers and rng.random() < 0.3:
        os.kill(rng.choice(workers), signal.SIGKILL)
        return "worker"
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    return "run"


def finished_batches(folder: Path, out: str) -> int:
    """Batches that wait to be picked up."""
    return len([each for each in (folder / f".{out}.work" / "results").glob("*") if not each.name.startswith(".")])


def die(folder: Path, deaths: int, seed: int, longest: float, more: Sequence[str] = ()) -> Counter[str]:
    """Run into `struck`, with so many deaths on the way; how many of each kind there were, and how many runs found work done."""
    rng, told = random.Random(seed), Counter[str]()
    while told["run"] + told["worker"] < deaths:
        told["resumed with batches done"] += finished_batches(folder, "struck") > 0
        process = start(folder, "struck", more)
        while process.poll() is None and told["run"] + told["worker"] < deaths:
            time.sleep(rng.uniform(0.0, longest))
            if process.poll() is None:
                told[kill(process, rng)] += 1
        process.wait()
        if (folder / "struck").exists() and told["run"] + told["worker"] < deaths:
            told["ended between deaths"] += 1
            assert list(compared(folder / "calm", folder / "struck")) == []
            (folder / "struck").rename(folder / f"struck-{told['ended between deaths']}")
    assert start(folder, "struck", more).wait() in (0, 1)
    return told


def main() -> None:
    """Do it and print what came of it."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("folder", type=Path)
    options.add_argument("--deaths", type=int, default=50)
    options.add_argument("--households", type=int, default=40)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--dask", action="store_true")
    given = options.parse_args()
    more = ("--dask", "local") if given.dask else ()
    write_book(given.folder / "book", given.households)
    began = time.monotonic()
    assert start(given.folder, "calm", more).wait() in (0, 1)
    longest = time.monotonic() - began
    told = die(given.folder, given.deaths, given.seed, longest, more)
    different = list(compared(given.folder / "calm", given.folder / "struck"))
    print(f"undisturbed {longest:.1f} s; " + ", ".join(f"{number} {what}" for what, number in sorted(told.items())))
    print("the same bytes" if not different else "\n".join(different))
    raise SystemExit(1 if different else 0)


if __name__ == "__main__":
    main()
