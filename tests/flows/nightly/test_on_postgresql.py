"""The same on PostgreSQL, as Debian ships it: what a firm uses once several workers write at a time."""

from __future__ import annotations

import getpass
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.flows.nightly.real_prefect import deployed, free_port, real_prefect

NEEDED = "this test needs PostgreSQL: `apt-get install postgresql` on Debian (.ci/run installs it)"
SECRET = "only-on-this-loopback"
PATIENCE_SECONDS = 60


def test_a_scheduled_and_a_triggered_run_end_to_end_on_postgresql(tmp_path: Path) -> None:
    with postgresql() as (address, answers), real_prefect(tmp_path, address) as prefect:
        deployed(prefect, scheduled="monitor")
        prefect.command("deployment", "run", "ingest/ingest")
        assert prefect.ended("ingest")["state_type"] == "COMPLETED", prefect.logs()
        scanned = prefect.ended("monitor")
        assert scanned["state_type"] == "COMPLETED", prefect.logs()
        assert scanned["auto_scheduled"]
        assert answers("SELECT count(*) FROM flow_run WHERE state_type = 'COMPLETED'") == "2"


@contextmanager
def postgresql() -> Iterator[tuple[str, object]]:
    """A PostgreSQL of its own on the loopback; yields the address for Prefect, and a way to ask it. It refuses root, so root lends it to
    the user `postgres` that Debian's package makes."""
    home = _binaries()
    user = "postgres" if os.getuid() == 0 else getpass.getuser()
    folder, port = Path(tempfile.mkdtemp(prefix="rooftree-postgres-")), free_port()
    (folder / "secret").write_text(SECRET)
    if os.getuid() == 0:
        for path in (folder, folder / "secret"):
            shutil.chown(path, user)
    data = folder / "data"
    words = ["--pgdata", str(data), "--username", "rooftree", "--auth", "scram-sha-256", "--pwfile", str(folder / "secret"), "--no-sync"]
    made = subprocess.run([home / "initdb", *words], user=user, cwd=folder, capture_output=True, text=True)
    assert made.returncode == 0, made.stderr
    options = ["-D", str(data), "-p", str(port), "-k", str(folder), "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"]
    server = subprocess.Popen([home / "postgres", *options], user=user, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def answers(question: str) -> str:
        words = ["-h", "127.0.0.1", "-p", str(port), "-U", "rooftree", "-d", "postgres", "-Atc", question]
        done = subprocess.run([home / "psql", *words], env={**os.environ, "PGPASSWORD": SECRET}, capture_output=True, text=True)
        return done.stdout.strip() if done.returncode == 0 else ""

    try:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while answers("SELECT 1") != "1":
            assert server.poll() is None and time.monotonic() < deadline, "PostgreSQL did not start"
            time.sleep(0.2)
        yield f"postgresql+asyncpg://rooftree:{SECRET}@127.0.0.1:{port}/postgres", answers
    finally:
        server.send_signal(signal.SIGINT)
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()
        shutil.rmtree(folder, ignore_errors=True)


def _binaries() -> Path:
    """Where initdb and postgres are: on the path, or where Debian puts them."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda each: int(each.parent.name))
    found = next((each for each in reversed(debian) if (each / "initdb").exists()), None)
    if found is None and (initdb := shutil.which("initdb")):
        found = Path(initdb).parent
    assert found is not None, NEEDED
    return found
