#!/usr/bin/env python3
"""The page of commands. Needs only Python 3.11 and pip; everything else it installs beside itself in .venv.

    python3 commands.py example    set up, then rebalance the example firm and say where its reports are
    python3 commands.py test       set up, then pass the tests (what continuous integration runs)
    python3 commands.py check      lint, types, floors (ruff, mypy, import-linter)
    python3 commands.py lock       re-pin requirements.lock from pyproject.toml (needs uv)
    python3 commands.py setup      only set up

Words after the command are handed on: `python3 commands.py test tests/rules -k band`.
The set-up runs once per lock file; after it, nothing here needs a network.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import venv
from pathlib import Path

HOUSE = Path(__file__).resolve().parent
ENVIRONMENT = HOUSE / ".venv"
LOCK = HOUSE / "requirements.lock"
BIN = ENVIRONMENT / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")


def run(*command: str | Path) -> int:
    """Run one command in the house's folder and return its exit code."""
    return subprocess.call([str(word) for word in command], cwd=HOUSE)


def demand(*command: str | Path) -> None:
    """Run one command; stop with its exit code where it fails."""
    code = run(*command)
    if code:
        sys.exit(code)


def setup() -> None:
    """Make .venv from the lock file, unless it already holds exactly that."""
    wanted = hashlib.sha256(LOCK.read_bytes() + str(HOUSE).encode()).hexdigest()
    stamp = ENVIRONMENT / "rooftree.lock.sha256"
    if stamp.exists() and stamp.read_text() == wanted:
        return
    print("Setting up .venv from requirements.lock (once; a minute or two) ...", flush=True)
    # Clearing first: a set-up that was interrupted half-way must not be mistaken for a whole one.
    venv.create(ENVIRONMENT, with_pip=True, clear=True)
    pip = (PYTHON, "-m", "pip", "--disable-pip-version-check", "--quiet", "install")
    # The lock is the whole closure, so nothing is left to resolve; and older pips (23.2 ships with Python 3.11) refuse
    # a dependency with an extra (`sqlalchemy[asyncio]`) under --require-hashes although the lock pins it.
    demand(*pip, "--no-deps", "--require-hashes", "--requirement", LOCK)
    demand(*pip, "--no-deps", "--no-build-isolation", "--editable", HOUSE)
    stamp.write_text(wanted)


def example(words: list[str]) -> int:
    """Rebalance the example firm."""
    return run(PYTHON, "-m", "flows", "run", "examples/maple_wealth", *words)


def check(words: list[str]) -> int:
    """Lint, types and floors; the first that fails decides."""
    for command in (
        (PYTHON, "-m", "ruff", "check", "."),
        (PYTHON, "-m", "ruff", "format", "--check", "--quiet", "."),
        (PYTHON, "-m", "mypy"),
        (BIN / "lint-imports", "--no-cache"),
    ):
        code = run(*command)
        if code:
            return code
    return 0


def test(words: list[str]) -> int:
    """All checks, then all tests; given words, only those tests."""
    if words:
        return run(PYTHON, "-m", "pytest", *words)
    # One process per core, a file of tests in one process: half the time, and fixtures of a file are made once.
    return check([]) or run(PYTHON, "-m", "pytest", "-n", "auto", "--dist", "loadfile")


def lock(words: list[str]) -> int:
    """Re-pin. uv prints neither index nor file addresses, which is why it and not pip-tools is used."""
    return run(
        "uv",
        "pip",
        "compile",
        "--python-version",
        "3.11",
        "--generate-hashes",
        "--all-extras",
        "--no-header",
        "--upgrade",
        "pyproject.toml",
        "-o",
        "requirements.lock",
        *words,
    )


def main() -> int:
    """Do what the first word says; its exit code."""
    commands = {"example": example, "test": test, "check": check}
    name, words = (sys.argv[1] if len(sys.argv) > 1 else "help"), sys.argv[2:]
    if name == "lock":
        return lock(words)
    if name == "setup":
        setup()
        return 0
    if name not in commands:
        print(__doc__)
        return 0 if name in {"help", "-h", "--help"} else 2
    setup()
    return commands[name](words)


if __name__ == "__main__":
    sys.exit(main())
