"""One flag for all golden files: `pytest --refresh` writes them anew, and their diff is the review."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--refresh`."""
    parser.addoption("--refresh", action="store_true", help="write the golden files anew instead of comparing with them")


@pytest.fixture
def refresh(request: pytest.FixtureRequest) -> bool:
    """Whether golden files are to be written anew."""
    return bool(request.config.getoption("--refresh"))
