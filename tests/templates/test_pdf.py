from __future__ import annotations

import io
import sys

import pytest
from pypdf import PdfReader

from templates.pdf import PdfUnavailable, engine_findings, for_paper, in_plain_colours, pdf_of
from templates.render import render_client_report, render_memo
from tests.templates import made_up

NEEDED = "PDF reports need pango from the system: `apt-get install libpango-1.0-0 libpangoft2-1.0-0` (.ci/run does)"


@pytest.fixture(scope="module")
def page() -> str:
    assert not engine_findings(), NEEDED
    return render_client_report(made_up.proposal(), made_up.RUN)


def test_equal_pages_give_equal_bytes(page: str) -> None:
    assert pdf_of(page) == pdf_of(page)


@pytest.mark.parametrize(("paper", "width"), [("letter", 612), ("A4", 595)])
def test_a_proposal_is_a_few_pages_of_the_chosen_paper(page: str, paper: str, width: int) -> None:
    document = PdfReader(io.BytesIO(pdf_of(page, paper)))
    assert len(document.pages) <= 6
    assert round(float(document.pages[0].mediabox.width)) == width
    text = "".join(each.extract_text() for each in document.pages)
    assert "68/32" in text and "$34,009" in text and "40024417" not in text
    assert document.metadata is not None and document.metadata.title == "Proposal, Ellen and Thomas Brandt, November 20, 2026"


def test_many_trades_run_over_pages_and_none_is_lost() -> None:
    assert not engine_findings(), NEEDED
    document = PdfReader(io.BytesIO(pdf_of(render_client_report(made_up.with_trades(160), made_up.RUN))))
    text = "".join(each.extract_text() for each in document.pages)
    assert text.count("A reason in a few words.") == 160


def test_the_memo_prints_too() -> None:
    assert not engine_findings(), NEEDED
    assert pdf_of(render_memo(made_up.proposal(), made_up.RUN)).startswith(b"%PDF")


def test_colours_become_the_light_ones_of_the_page(page: str) -> None:
    plain = in_plain_colours(page)
    assert "var(--" not in plain and "#17508f" in plain


def test_a_page_that_asks_for_something_outside_of_itself_prints_without_it(page: str) -> None:
    asked = page.replace("</main>", '<img src="http://example.invalid/x.png" alt="mark"></main>')
    assert pdf_of(asked).startswith(b"%PDF")


def test_a_machine_without_the_engine_gives_a_finding_that_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    with pytest.raises(PdfUnavailable) as unavailable:
        pdf_of("<p>page</p>")
    finding = unavailable.value.findings[0]
    assert finding.code == "no-pdf-engine" and "libpango" in finding.help


def test_styles_for_screens_are_left_out_and_the_others_kept() -> None:
    page = "<style>a { b: c } @media screen and (x) { d { e: f } @media print { g { h: i } } } @media print { j { k: l } }</style>"
    assert for_paper(page) == "<style>a { b: c }  @media print { j { k: l } }</style>"
    assert for_paper("<style>@media screen { unfinished {</style>") == "<style>@media screen { unfinished {</style>"


def test_a_page_without_styles_prints_too() -> None:
    assert pdf_of("<!doctype html><title>t</title><p>words</p>").startswith(b"%PDF")
