from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from flows.ingest import ingest
from tests.small_firm import SmallFirm
from validation.gate import GatedBook, gate


@pytest.fixture
def firm(tmp_path: Path) -> SmallFirm:
    return SmallFirm(tmp_path / "firm")


@pytest.fixture
def book(firm: SmallFirm) -> Callable[[], GatedBook]:
    """The gated book of the firm as it stands when called."""

    def gated() -> GatedBook:
        ingested = ingest(firm.root, None, firm.warehouse)
        return gate(ingested.marts, ingested.as_of)

    return gated
