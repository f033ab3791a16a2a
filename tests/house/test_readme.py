"""What the root README says is run here: its commands, its links, its picture."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

import commands

HOUSE = Path(__file__).resolve().parents[2]
PAGE = (HOUSE / "README.md").read_text(encoding="utf-8")


def commands_of(page):
    blocks = re.findall(r"```sh\n(.*?)```", page, re.S)
    return [line.split("  #")[0].strip() for block in blocks for line in block.splitlines() if line.strip()]


SAID = commands_of(PAGE)
SETTING_UP = [line for line in SAID if line.startswith("python3 commands.py")]
FURTHER = [line for line in SAID if line not in SETTING_UP]


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """A working directory from which the example's path is the README's."""
    desk = tmp_path_factory.mktemp("readme")
    (desk / "examples").symlink_to(HOUSE / "examples")
    return desk


def here(words, desk):
    """The words, run from the desk by this Python, which stands for the set-up one. Returns the exit code and what was said."""
    done = subprocess.run(
        [sys.executable, "-m", "flows", *words], cwd=desk, env={**os.environ, "PYTHONPATH": str(HOUSE)}, capture_output=True, text=True
    )
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def told(monkeypatch):
    """What commands.py would run, with the set-up left out: this environment is the one that it makes."""
    ran = []
    monkeypatch.setattr(commands, "setup", lambda: ran.append("setup"))
    monkeypatch.setattr(commands, "run", lambda *words: ran.append([str(word) for word in words]) or 0)
    return ran


def test_the_readme_has_two_commands_for_a_fresh_machine():
    assert SETTING_UP == ["python3 commands.py example", "python3 commands.py test"]


def test_the_first_command_sets_up_and_runs_the_example(told, monkeypatch, desk):
    monkeypatch.setattr(sys, "argv", ["commands.py", "example", "--direct", "--no-pdf", "--out", "first"])
    assert commands.main() == 0
    assert told[0] == "setup"
    assert told[1][:5] == [str(commands.PYTHON), "-m", "flows", "run", "examples/maple_wealth"]
    code, said = here(told[1][3:], desk)
    assert code == 1, said
    assert (desk / "first" / "reports" / "index.html").is_file()


def test_the_second_command_sets_up_and_passes_checks_and_tests(told, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["commands.py", "test"])
    assert commands.main() == 0
    assert told[0] == "setup"
    tools = " ".join(" ".join(words) for words in told[1:])
    assert all(tool in tools for tool in ("ruff", "mypy", "lint-imports", "pytest"))
    assert (HOUSE / ".ci" / "run").read_text().rstrip().endswith("commands.py test")


def test_the_further_commands_do_what_the_readme_says(desk):
    for line in FURTHER:
        run = next((desk / "runs").iterdir()).name if "<run_id>" in line else ""
        program, *words = shlex.split(line.replace("<run_id>", run))
        assert program == ".venv/bin/rooftree"
        code, said = here(words, desk)
        assert code in {0, 1}, f"{line}\n{said}"
        assert "Traceback" not in said


def test_every_link_of_every_readme_leads_somewhere():
    pages = [HOUSE / "README.md", *HOUSE.glob("[a-z]*/README.md"), *HOUSE.glob("examples/*/README.md")]
    for page in pages:
        links = re.findall(r"\]\(([^)#\s]+)\)", page.read_text(encoding="utf-8"))
        missing = [link for link in links if not link.startswith(("http:", "https:")) and not (page.parent / link).exists()]
        assert not missing, f"{page.relative_to(HOUSE)}: {missing}"


def test_commands_of_the_flows_page_run(desk):
    page = (HOUSE / "flows" / "README.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```python\n(.*?)```", page, re.S)
    done = subprocess.run(
        [sys.executable, "-c", example], cwd=desk, env={**os.environ, "PYTHONPATH": str(HOUSE)}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("proposed")


def test_the_approvals_of_the_flows_page_go_from_a_run_to_released_orders(desk):
    page = (HOUSE / "flows" / "README.md").read_text(encoding="utf-8")
    section = page[page.index("## Approvals") :]
    lines = commands_of(section[: section.index("\n## ", 4)])
    assert [line.split()[1] for line in lines][:5] == ["submit", "proposals", "approve", "reject", "release"]
    code, said = here(["run", "examples/maple_wealth", "--direct", "--no-pdf", "--workers", "1"], desk)
    assert code == 1, said
    run = next(path for path in (desk / "runs").iterdir() if not path.name.startswith(".")).name
    for line in lines:
        program, *words = shlex.split(line.replace("<run_id>", run))
        assert program == "rooftree"
        code, said = here(words, desk)
        assert code == 0, f"{line}\n{said}"
    (release,) = (desk / "releases").iterdir()
    assert (release / "orders").is_dir()
    assert "released" in said
