"""A real Prefect server and a real process worker on the loopback, for the length of a test, in a folder of their own."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import ProxyHandler, Request, build_opener

import yaml

HOUSE = Path(__file__).parents[3]
FIRM = "examples/maple_wealth"
PATIENCE_SECONDS = 120
OPEN = build_opener(ProxyHandler({}))
PREFECT = (sys.executable, "-m", "prefect", "--no-prompt")


@dataclass
class RealPrefect:
    """Where it runs: `folder` is the working directory of server, worker and runs; `environment` points every client at the server."""

    folder: Path
    environment: Mapping[str, str]
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def command(self, *words: str) -> str:
        """Run `prefect …` as a person would; its output. Raises AssertionError with the output where it fails."""
        done = subprocess.run(
            [*PREFECT, *words], cwd=self.folder, env=self.environment, capture_output=True, text=True, timeout=PATIENCE_SECONDS
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def ask(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """One question to the server's API."""
        url = f"{self.environment['PREFECT_API_URL']}{path}"
        data = None if body is None else json.dumps(body).encode()
        with OPEN.open(Request(url, data=data, headers={"Content-Type": "application/json"}), timeout=30) as answer:
            return json.loads(answer.read())

    def runs_of(self, deployment: str) -> list[dict[str, Any]]:
        """The flow runs of a deployment that have begun or ended, by their expected start."""
        runs = self.ask("/flow_runs/filter", {"deployments": {"name": {"any_": [deployment]}}, "sort": "EXPECTED_START_TIME_ASC"})
        return [run for run in runs if run["state_type"] not in {"SCHEDULED", "PENDING"}]

    def run(self, run_id: str) -> dict[str, Any]:
        """One flow run."""
        return dict(self.ask(f"/flow_runs/{run_id}"))

    def until(self, deployment: str, states: set[str]) -> dict[str, Any]:
        """The first run of a deployment that is in one of these states, once there is one."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            done = [run for run in self.runs_of(deployment) if run["state_type"] in states]
            if done:
                return done[0]
            time.sleep(0.5)
        raise AssertionError(f"no run of {deployment} is {states}: {self.runs_of(deployment)}\n{self.logs()}")

    def ended(self, deployment: str) -> dict[str, Any]:
        """The first run of a deployment, once it has ended."""
        return self.until(deployment, {"COMPLETED", "FAILED", "CRASHED"})

    def found(self, place: Path) -> Path:
        """A file below the folder, once it is there and holds something."""
        deadline, path = time.monotonic() + PATIENCE_SECONDS, self.folder / place
        while not (path.exists() and path.stat().st_size):
            assert time.monotonic() < deadline, f"{place} did not appear\n{self.logs()}"
            time.sleep(0.2)
        return path

    def logs(self) -> str:
        """What server and worker printed."""
        return "\n".join(path.read_text(errors="replace")[-4_000:] for path in sorted(self.folder.glob("*.log")))

    def start(self, name: str, *words: str) -> subprocess.Popen[bytes]:
        """Start `prefect …` in the background, its output in <name>.log."""
        with (self.folder / f"{name}.log").open("wb") as log:
            process = subprocess.Popen(
                [*PREFECT, *words], cwd=self.folder, env=self.environment, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
            )
        self.processes.append(process)
        return process


def free_port() -> int:
    """A port of the loopback that nobody listens on."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return int(door.getsockname()[1])


@contextmanager
def real_prefect(folder: Path, database: str) -> Iterator[RealPrefect]:
    """Start a server on that database, and end whatever was started with it when the body ends."""
    port = free_port()
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "ROOFTREE_"))}
    environment = {
        **kept, "NO_PROXY": "127.0.0.1,localhost", "no_proxy": "127.0.0.1,localhost", "PREFECT_HOME": str(folder / "prefect"),
        "PREFECT_API_URL": f"http://127.0.0.1:{port}/api", "PREFECT_API_DATABASE_CONNECTION_URL": database, "DO_NOT_TRACK": "1",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false", "PREFECT_SERVER_SERVICES_SCHEDULER_LOOP_SECONDS": "2",
        "PREFECT_WORKER_QUERY_SECONDS": "1", "PREFECT_LOGGING_LEVEL": "INFO",
    }  # fmt: skip
    prefect = RealPrefect(folder, environment)
    try:
        server = prefect.start("server", "server", "start", "--host", "127.0.0.1", "--port", str(port))
        _until_healthy(prefect, server)
        yield prefect
    finally:
        for process in reversed(prefect.processes):
            end(process)


def _until_healthy(prefect: RealPrefect, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            if prefect.ask("/health") is True:
                return
        except (URLError, OSError):
            time.sleep(0.3)
    raise AssertionError(f"the server did not start:\n{prefect.logs()}")


def end(process: subprocess.Popen[bytes], seconds: float = 20) -> None:
    """Ask a process and its children to end, as Ctrl-C does; then make them."""
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            process.wait(seconds)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def deployed(prefect: RealPrefect, scheduled: str) -> None:
    """What the README says, in its order: a work pool, a worker, the deployments. One of them is scheduled for the next minute."""
    house_in(prefect.folder, scheduled)
    prefect.command("work-pool", "create", "rooftree", "--type", "process")
    prefect.start("worker", "worker", "start", "--pool", "rooftree")
    prefect.command("deploy", "--all")


def house_in(folder: Path, scheduled: str) -> None:
    """A working directory as the README has it: the house's code, the example firm, and prefect.yaml with one deployment's schedule
    replaced, since no test can wait for the morning."""
    (folder / "flows").symlink_to(HOUSE / "flows")
    shutil.copytree(HOUSE / FIRM, folder / FIRM, ignore=shutil.ignore_patterns("generate", "__pycache__"))
    page = yaml.safe_load((HOUSE / "prefect.yaml").read_text(encoding="utf-8"))
    anchor = (datetime.now(UTC) + timedelta(seconds=30)).isoformat()
    for deployment in page["deployments"]:
        if deployment["name"] == scheduled:
            deployment["schedules"] = [{"interval": 60, "anchor_date": anchor, "slug": "soon"}]
    (folder / "prefect.yaml").write_text(yaml.safe_dump(page), encoding="utf-8")
