"""A book on Dask workers at addresses of their own, one of them killed: `python -m tests.bench.addresses FOLDER [--households 60]`.

Makes network namespaces with an address each, joined by a bridge (root, iproute2), as two further machines would be: this one at
10.77.0.254 with Prefect's server and Dask's scheduler, a worker at 10.77.0.1, one at 10.77.0.2. All see the same folder. The
book is run here in one process, then by the workers, of which one is killed (SIGKILL) once batches have come back. The bytes of
both runs must be the same, the clock apart.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from flows.replay import compared
from tests.bench.book import write_book
from tests.bench.deaths import finished_batches

HOUSE = Path(__file__).parents[2]
BRIDGE, HERE = "rooftree0", "10.77.0.254"
SERVER_PORT, SCHEDULER_PORT = 4277, 8787
WORKERS = {"rooftree-1": "10.77.0.1", "rooftree-2": "10.77.0.2"}
PATIENCE_SECONDS = 180.0


@contextmanager
def namespaces() -> Iterator[None]:
    """A bridge with this machine's address, and a namespace per worker on it; all gone afterwards."""
    with ExitStack() as undo:
        ip("link", "add", BRIDGE, "type", "bridge")
        undo.callback(ip, "link", "del", BRIDGE)
        ip("addr", "add", f"{HERE}/24", "dev", BRIDGE)
        ip("link", "set", BRIDGE, "up")
        for number, (name, address) in enumerate(WORKERS.items()):
            outer, inner = f"rt-out{number}", f"rt-in{number}"
            ip("netns", "add", name)
            undo.callback(ip, "netns", "del", name)
            ip("link", "add", outer, "type", "veth", "peer", "name", inner)
            undo.callback(ip, "link", "del", outer)
            ip("link", "set", outer, "master", BRIDGE, "up")
            ip("link", "set", inner, "netns", name)
            ip("-n", name, "addr", "add", f"{address}/24", "dev", inner)
            ip("-n", name, "link", "set", inner, "up")
            ip("-n", name, "link", "set", "lo", "up")
        yield


def ip(*words: str) -> None:
    """One command of iproute2."""
    subprocess.run(["ip", *words], check=True)


@contextmanager
def started(folder: Path, name: str, command: Sequence[str], environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """A process in a group of its own, which is ended with the body; what it says goes to <name>.log."""
    with (folder / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log, start_new_session=True)
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def wait_until(true: Callable[[], bool], what: str) -> None:
    """Look until it is so; ends the bench where it never is."""
    until = time.monotonic() + PATIENCE_SECONDS
    while not true():
        if time.monotonic() > until:
            raise SystemExit(f"waited {PATIENCE_SECONDS:.0f} s in vain: {what}")
        time.sleep(0.05)


def answers(port: int) -> Callable[[], bool]:
    """Whether somebody listens at that port of this machine's address."""

    def look() -> bool:
        with socket.socket() as caller:
            caller.settimeout(1.0)
            return caller.connect_ex((HERE, port)) == 0

    return look


def run_with_a_death(folder: Path) -> int:
    """The run on the workers, one of which is killed on the way; how many batches had come back by then."""
    environment = {**os.environ, "PYTHONPATH": str(HOUSE), "PREFECT_HOME": str(folder / "prefect"), "NO_PROXY": "*",
                   "PREFECT_API_URL": f"http://{HERE}:{SERVER_PORT}/api", "PREFECT_SERVER_ANALYTICS_ENABLED": "false"}  # fmt: skip
    own = {**environment, "PREFECT_API_URL": ""}
    python = sys.executable
    prefect = [python, "-m", "prefect", "server", "start", "--host", HERE, "--port", str(SERVER_PORT)]
    scheduler = [python, "-m", "distributed.cli.dask_scheduler", "--host", HERE, "--port", str(SCHEDULER_PORT), "--no-dashboard"]
    at = f"tcp://{HERE}:{SCHEDULER_PORT}"
    with ExitStack() as all_of_them:
        all_of_them.enter_context(started(folder, "server", prefect, own))
        all_of_them.enter_context(started(folder, "scheduler", scheduler, environment))
        wait_until(answers(SERVER_PORT), "Prefect's server")
        wait_until(answers(SCHEDULER_PORT), "Dask's scheduler")
        workers = [
            all_of_them.enter_context(started(folder, name, worker(name, address, at), environment)) for name, address in WORKERS.items()
        ]
        run = [python, "-m", "flows", "run", "book", "--no-pdf", "--out", "struck", "--dask", at]
        process = all_of_them.enter_context(started(folder, "run", run, environment))
        wait_until(lambda: finished_batches(folder, "struck") >= 3 or process.poll() is not None, "three batches from the workers")
        done = finished_batches(folder, "struck")
        os.killpg(workers[0].pid, signal.SIGKILL)
        if process.wait() not in (0, 1):
            raise SystemExit(f"the run ended with {process.returncode}: {folder / 'run.log'} says why")
        return done


def worker(name: str, address: str, scheduler: str) -> list[str]:
    """The command of a Dask worker inside a namespace, without a nanny that would start it again."""
    inside = ["ip", "netns", "exec", name, sys.executable, "-m", "distributed.cli.dask_worker", scheduler]
    return [*inside, "--host", address, "--nthreads", "1", "--no-nanny", "--no-dashboard", "--name", name]


def main(arguments: Sequence[str] | None = None) -> None:
    """Do it and print what came of it."""
    options = argparse.ArgumentParser(prog="python -m tests.bench.addresses", description=__doc__)
    options.add_argument("folder", type=Path)
    options.add_argument("--households", type=int, default=60)
    given = options.parse_args(arguments)
    folder = given.folder.resolve()
    for left in ("calm", "struck"):
        shutil.rmtree(folder / left, ignore_errors=True)
    write_book(folder / "book", given.households, rested=(366, 700))
    calm = [sys.executable, "-m", "flows", "run", "book", "--no-pdf", "--out", "calm", "--direct", "--workers", "1"]
    subprocess.run(calm, cwd=folder, env={**os.environ, "PYTHONPATH": str(HOUSE)}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with namespaces():
        done = run_with_a_death(folder)
    different = list(compared(folder / "calm", folder / "struck"))
    print(f"{given.households} households, a worker killed after {done} batches; files that differ: {different or 'none'}")
    if different or not done:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
