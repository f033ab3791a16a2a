"""How many landed rows a second one core reads, layout by layout: `python -m tests.flows.custodians.speed [rows]`."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from flows.custodians.engine import parse_in_batches
from tests.flows.custodians.files import deliveries

LAYOUTS = {
    "generic lots.csv": "L1",
    "generic positions.csv": "VTI",
    "schwab positions 2026": '"VTI"',
    "schwab lots 15 VXUS": '"05/17/2024',
    "schwab transactions 2026": '"06/03/2026"',
    "ibkr flex plain": 'levelOfDetail="LOT"',
    "pershing gcus": "GCA",
    "etrade quick": "     03/05/2019",
    "fidelity positions": "X12345678,Individual,VTI",
    "vanguard": "VTI",
}
"""Layout → what the line holds that is repeated."""


def swollen(text: str, mark: str, rows: int) -> str:
    """The file with its first marked line (for GCUS the pair of records) repeated."""
    lines = text.splitlines(keepends=True)
    at = next(number for number, line in enumerate(lines) if mark in line)
    block = lines[at : at + 2] if mark == "GCA" else lines[at : at + 1]
    return "".join(lines[:at]) + "".join(block) * (rows // len(block)) + "".join(lines[at:])


def main(rows: int) -> None:
    """Print landed rows a second of process time, best of three."""
    files = deliveries()
    with tempfile.TemporaryDirectory() as folder:
        for layout, mark in LAYOUTS.items():
            path = Path(folder) / files[layout].name
            path.write_text(swollen(files[layout].text, mark, rows), encoding="utf-8")
            best, lines = float("inf"), 0
            for _ in range(3):
                started = time.process_time()
                lines = parse_in_batches(path, "x", "x", len).lines
                best = min(best, time.process_time() - started)
            print(f"| {layout} | {lines / best:,.0f} |")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200_000)
