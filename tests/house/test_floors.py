"""The house checks itself: imports go down, and each library stays in the rooms it was made for."""

import subprocess
import sys
from pathlib import Path

HOUSE = Path(__file__).resolve().parents[2]


def test_imports_run_downward_and_libraries_stay_in_their_rooms():
    lint = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([lint, "--no-cache"], cwd=HOUSE, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_checking_rules_and_help_load_neither_prefect_nor_pyomo():
    heavy = ("prefect", "pyomo", "highspy", "pandera", "duckdb", "polars", "numpy")
    code = f"import sys, flows.cli, rules.load; print([each for each in {heavy} if each in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=HOUSE, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
