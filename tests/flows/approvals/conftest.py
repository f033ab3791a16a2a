from dataclasses import dataclass
from pathlib import Path

import pytest

from flows.rebalance import rebalance
from flows.settings import Request
from tests.bench.book import write_book


@dataclass(frozen=True)
class Night:
    """A firm and the run that was made of it."""

    firm: Path
    runs: Path
    run_id: str


@pytest.fixture(scope="session")
def night(tmp_path_factory) -> Night:
    place = tmp_path_factory.mktemp("night")
    firm = write_book(place / "firm", 8)
    finished = rebalance(Request(firm, out=place / "made", warehouse=place / "firm.duckdb", workers=1, pdf=False))
    (place / "runs").mkdir()
    (place / "made").rename(place / "runs" / finished.run_id)
    return Night(firm, place / "runs", finished.run_id)
