"""What a book costs on its way in: `python -m tests.bench.intake FOLDER` prints seconds and memory of ingest, gate and drift scan."""

from __future__ import annotations

import argparse
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import polars as pl

from flows.drift import TARGET, drift_of_book
from flows.ingest import ingest
from tests.bench.book import MODELS
from validation.gate import gate

STEP_SECONDS = 0.02


def resident_gb() -> float:
    """Memory of this process now (Linux)."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * 4096 / 1e9


@contextmanager
def measured(name: str) -> Iterator[None]:
    """Print how long the body took and the most memory that the process held meanwhile."""
    peak, ended = [resident_gb()], threading.Event()

    def watch() -> None:
        while not ended.wait(STEP_SECONDS):
            peak[0] = max(peak[0], resident_gb())

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    began = time.perf_counter()
    yield
    seconds = time.perf_counter() - began
    ended.set()
    watcher.join()
    print(f"{name:<8} {seconds:7.1f} s   peak {peak[0]:.2f} GB", flush=True)


def measure(firm: Path, warehouse: Path) -> None:
    """Load the firm's book into a new warehouse, gate it, and ask for every household's drift."""
    with measured("ingest"):
        landed = ingest(firm, None, warehouse)
    print(f"{landed.marts.tax_lots.height:,} lots, {landed.marts.positions.height:,} positions, {landed.marts.accounts.height:,} accounts")
    with measured("gate"):
        book = gate(landed.marts, landed.as_of)
    print(f"{len(book.household_ids):,} households, {len(book.findings)} findings")
    targets = pl.DataFrame([(model, "", *part) for model, parts in MODELS.items() for part in parts.items()], TARGET, orient="row")
    with measured("drift"):
        drift_of_book(warehouse, firm, landed.as_of, targets)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure from the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.intake", description=measure.__doc__)
    parser.add_argument("firm", type=Path)
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        measure(given.firm, Path(folder) / "book.duckdb")


if __name__ == "__main__":
    main()
