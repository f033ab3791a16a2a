"""Five households' pages, kept as they were last looked at: a change of a word or a figure shows in the diff.

After looking at the change as a picture: `ROOFTREE_REFRESH_GOLDEN=1 python -m pytest tests/templates/test_golden.py`.
The styles are left out; how a page looks is seen, not compared.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from templates.render import book_row, render_book, render_client_report, render_memo
from tests.templates import made_up

GOLDEN = Path(__file__).parent / "golden"


def pages() -> dict[str, str]:
    found = {
        "proposed": render_client_report(made_up.proposal(), made_up.RUN),
        "negative_tax": render_client_report(made_up.negative_tax(), made_up.RUN),
        "three_taxpayers": render_client_report(made_up.three_taxpayers(), made_up.RUN),
        "eight_accounts": render_client_report(made_up.with_accounts(8), made_up.RUN),
        "memo_proposed": render_memo(made_up.proposal(), made_up.RUN),
        "memo_conflict": render_memo(made_up.conflict(), made_up.RUN),
        "book": render_book(map(book_row, made_up.every_status().values()), made_up.RUN)["index.html"],
    }
    for status, decision in made_up.every_status().items():
        found.setdefault(str(status), render_client_report(decision, made_up.RUN))
    return {name: page.split("<body>", 1)[1].split("<script>")[0] for name, page in found.items()}


@pytest.mark.parametrize("name", list(pages()))
def test_a_page_is_what_it_was_when_somebody_last_looked(name: str) -> None:
    page, path = pages()[name], GOLDEN / f"{name}.html"
    if os.environ.get("ROOFTREE_REFRESH_GOLDEN"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(page, encoding="utf-8")
    assert path.exists(), "no golden page yet: the module's first lines say how to make one"
    assert page == path.read_text(encoding="utf-8"), "the page changed: look at it, then refresh as the module's first lines say"


def test_every_golden_page_belongs_to_a_household_of_this_module() -> None:
    assert {path.stem for path in GOLDEN.iterdir()} == set(pages())
