"""From decisions to pages: the one door through which flows gets HTML and PDF.

render_client_report(decision, run)     the client's page, <household_id>.html
render_memo(decision, run)              the advisor's memo, <household_id>.memo.html
book_row(decision), render_book(rows, run)   the book, index.html and index-2.html …
render_impact(impact, run, …)           a change of policy, impact.html
pdf_of(html)                            the same page on paper
check_templates(folder)                 findings of a firm's own templates, before a run
read_firm_words(folder)                 how the firm writes numbers and names its classes
"""

from __future__ import annotations

from collections.abc import Sequence

from solver.decision import Decision
from solver.impact import Impact
from templates.book_pages import render_book
from templates.filters import writing
from templates.firm_words import FirmWords, read_firm_words
from templates.pdf import PdfUnavailable, engine_findings, pdf_of
from templates.sandbox import TemplateBroken, check_templates, render
from templates.view.book import BookRow, book_row
from templates.view.client import client_view
from templates.view.impact import impact_view
from templates.view.memo import memo_view
from templates.view.run import RunFacts

__all__ = [
    "BookRow", "FirmWords", "PdfUnavailable", "RunFacts", "TemplateBroken",
    "book_row", "check_templates", "engine_findings", "pdf_of", "read_firm_words", "render_book", "render_client_report", "render_impact",
    "render_memo",
]  # fmt: skip


def render_client_report(decision: Decision, run: RunFacts) -> str:
    """The client's page as one self-contained HTML text; raises TemplateBroken."""
    with writing(run.numbers):
        return render("client_report/page.html.j2", client_view(decision, run), run.templates)


def render_memo(decision: Decision, run: RunFacts) -> str:
    """The advisor's memo as one self-contained HTML text; raises TemplateBroken."""
    with writing(run.numbers):
        return render("advisor_memo/page.html.j2", memo_view(decision, run), run.templates)


def render_impact(impact: Impact, run: RunFacts, old: str, new: str, sentences: str, broken: Sequence[str] = ()) -> str:
    """The page of a change of policy as one self-contained HTML text; raises TemplateBroken."""
    with writing(run.numbers):
        return render("impact/page.html.j2", impact_view(impact, run, old, new, sentences, broken), run.templates)
