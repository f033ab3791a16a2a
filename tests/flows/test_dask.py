"""On a Dask cluster the same flow gives the same bytes, and a worker that is lost takes nothing with it.

The scheduler and its workers are processes of their own on addresses of their own; on Linux every 127.x.y.z is the loopback."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from flows.replay import compared
from tests.bench.book import write_book

HOUSE = Path(__file__).parents[2]
SCHEDULER = "tcp://127.0.0.2:{port}"


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """A book and an undisturbed run of it, `calm`, without Prefect and without Dask."""
    desk = tmp_path_factory.mktemp("dask")
    write_book(desk / "book", 20)
    calm = run(desk, "calm", "--direct", "--workers", "1")
    said, _ = calm.communicate(timeout=180)
    assert calm.returncode == 0, said
    return desk


def start(desk, *command):
    environment = {**os.environ, "PYTHONPATH": str(HOUSE)}
    command_line = [sys.executable, "-m", *command]
    return subprocess.Popen(command_line, cwd=desk, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def run(desk, out, *more):
    return start(desk, "flows", "run", "book", "--no-pdf", "--out", out, *more)


def dask(desk, kind, *more):
    return start(desk, "distributed.cli.dask_scheduler" if kind == "scheduler" else "distributed.cli.dask_worker", *more)


def servers():
    """Processes that serve Prefect's API (Linux)."""
    found = set()
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if b"prefect.server" in (process / "cmdline").read_bytes():
                found.add(process.name)
        except OSError:
            continue
    return found


def free_port():
    import socket

    with socket.socket() as found:
        found.bind(("127.0.0.2", 0))
        return found.getsockname()[1]


def test_workers_on_addresses_of_their_own_give_the_same_bytes_though_one_is_killed(desk):
    port = free_port()
    address = SCHEDULER.format(port=port)
    crowd = [dask(desk, "scheduler", "--host", "127.0.0.2", "--port", str(port), "--no-dashboard", "--no-show")]
    crowd += [
        dask(desk, "worker", address, "--host", host, "--nthreads", "1", "--no-dashboard", "--no-nanny")
        for host in ("127.0.0.3", "127.0.0.4")
    ]
    struck = None
    try:
        struck = run(desk, "struck", "--dask", address)
        results = desk / ".struck.work" / "results"
        until = time.monotonic() + 180
        while struck.poll() is None and time.monotonic() < until:
            if len([each for each in results.glob("*") if not each.name.startswith(".")]) >= 2:
                crowd[1].send_signal(signal.SIGKILL)
                break
            time.sleep(0.05)
        said, _ = struck.communicate(timeout=300)
        assert struck.returncode == 0, said
        assert crowd[1].wait(30) == -signal.SIGKILL
    finally:
        for process in (*crowd, *([struck] if struck else [])):
            process.kill()
            process.wait()
    assert list(compared(desk / "calm", desk / "struck")) == []


def test_a_cluster_of_this_machine_is_made_for_a_run_and_gone_after_it(desk):
    before = servers()
    local = run(desk, "local", "--dask", "local", "--workers", "2")
    said, _ = local.communicate(timeout=300)
    assert servers() - before == set()
    assert local.returncode == 0, said
    assert list(compared(desk / "calm", desk / "local")) == []


def test_dask_needs_prefect(desk):
    refused = run(desk, "refused", "--direct", "--dask", "local")
    said, _ = refused.communicate(timeout=60)
    assert refused.returncode == 2
    assert "goes through Prefect" in said
