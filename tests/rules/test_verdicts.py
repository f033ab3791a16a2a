"""Every verdict of the checker has a page, and no page speaks of a verdict that nobody gives."""

from __future__ import annotations

import re
from pathlib import Path

from rules.explain import explain
from rules.verdicts import VERDICTS

ROOT = Path(__file__).parents[2]


def test_every_verdict_has_a_page_and_every_page_a_verdict() -> None:
    source = "\n".join(file.read_text(encoding="utf-8") for file in (ROOT / "solver" / "checker").glob("*.py"))
    given = {f"breach-{code}" for code in re.findall(r'breach\(\s*"([a-z-]+)"', source)}
    assert given == {code for code in VERDICTS if code.startswith("breach-")}


def test_a_verdict_can_be_explained() -> None:
    page = explain("breach-wash-sale") or ""
    assert page.startswith("# breach-wash-sale\n\nA loss is taken that a purchase")
    assert "held back" in page
    assert "taxpayers.csv" in (explain("unknown-tax-state") or "")
