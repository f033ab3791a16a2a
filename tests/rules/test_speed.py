"""`rules check` of a thousand rules: under a second, start-up included, and nothing heavy is imported."""

from __future__ import annotations

import os
import resource
import subprocess
import sys

from tests.rules.page_firm import write_firm

HEAVY = {"prefect", "duckdb", "pandera", "pyomo", "highspy", "polars", "numpy", "scipy", "pandas"}
CHECK = "import sys; from flows.cli_rules import app; app(['check', sys.argv[1]], standalone_mode=False)"
IMPORTS = (
    "import sys; from pathlib import Path; from rules.checking import check_paths; check_paths([Path(sys.argv[1])]); print(*sys.modules)"
)


def a_thousand_rules() -> dict[str, str]:
    files = {}
    for number in range(250):
        home = f"applies_to: {{households: [{'H-1042' if number % 2 else 'H-2077'}]}}"
        files[f"policy/household/{number}.yaml"] = f"""rules:
  - {{kind: restraint, id: keep_{number}, title: Keep it, {home[:-1]}, securities: [ACME]}}, never: sell}}
  - kind: gain_budget
    id: gains_{number}
    title: At most $20,000
    because: You asked us to.
    source: {{title: Client profile, section: Taxes}}
    effective: {{from: 2026-01-01, until: 2026-12-31}}
    {home}
    net_usd: 20_000
  - kind: concentration
    id: single_{number}
    title: No issuer above ten percent
    {home}
    group_by: issuer
    max_frac: 0.10
    strength: {{prefer: {{usd: 25, per_usd: 1000}}}}
  - {{kind: cash, id: cash_{number}, title: Cash, {home}, min_usd: 1_000, min_frac: 0.01, source_from: [taxable, tax_deferred]}}
"""
    return files


def test_a_thousand_rules_in_250_files_are_checked_in_under_a_second_of_processor_time(tmp_path):
    firm = write_firm(tmp_path, a_thousand_rules())
    taken = []
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run([sys.executable, "-c", CHECK, str(firm)], capture_output=True, text=True, check=False, env=os.environ)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        assert "in 252 files" in done.stdout, done.stdout[-2000:] + done.stderr
        taken.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    assert min(taken) < 1.0, taken


def test_checking_rules_imports_nothing_heavy(tmp_path):
    firm = write_firm(tmp_path)
    done = subprocess.run([sys.executable, "-c", IMPORTS, str(firm)], capture_output=True, text=True, check=True)
    imported = {name.partition(".")[0] for name in done.stdout.split()}
    assert imported & HEAVY == set()
