"""Reports: the pages of a household, a PDF where something is proposed, and the book's index."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from flows.log import logger
from flows.record import Identity
from solver.decision import Decision
from solver.outcome import Status
from templates.filters import file_name
from templates.render import (
    BookRow,
    FirmWords,
    RunFacts,
    book_row,
    check_templates,
    pdf_of,
    read_firm_words,
    render_book,
    render_client_report,
    render_memo,
)
from validation.findings import Finding, FirmUnusable

REPORTS = "reports"
RENDER_SECONDS = 0.01
PRINT_SECONDS = 0.5
"""What the HTML and the PDF of a household take, about."""


def run_facts(identity: Identity, firm: Path) -> RunFacts:
    """What all pages of a run print alike. A firm's own `templates/` come before the house's; raises FirmUnusable where one of
    them does not compile."""
    own = firm / "templates"
    if own.is_dir() and (broken := [*check_templates(own), *read_firm_words(own)[1]]):
        raise FirmUnusable(broken)
    return facts_with(identity, own if own.is_dir() else None)


def facts_with(identity: Identity, templates: Path | None) -> RunFacts:
    """The same with a folder of templates that nobody has looked into yet."""
    words = read_firm_words(templates)[0] if templates else FirmWords()
    produced = f"Rooftree {metadata.version('rooftree')}"
    return RunFacts(identity.run_id, identity.as_of, identity.firm_name, produced, templates, words.classes, words.numbers.style())


@dataclass(frozen=True, slots=True)
class Shown:
    """One household's pages by file name, the decision that they show, and its line in the book."""

    decision: Decision
    row: BookRow
    pages: Mapping[str, bytes]


def write_book(folder: Path, run: RunFacts, rows: Iterable[BookRow], loose: Iterable[Finding]) -> None:
    """Write the book into reports/ of the run folder, as `index.html` and further pages, with its `loose` findings (those of no
    single household). Names of households' pages are percent-encoded and cannot collide with it."""
    for name, page in render_book(rows, run, loose).items():
        (folder / REPORTS / name).write_bytes(page.encode())


def pages_of(run: RunFacts, pdf: bool, decision: Decision) -> Shown:
    """One household's pages. Raises TemplateBroken where not even the page of a failed household can be made: then the
    template is broken, not the household."""
    try:
        return _shown(run, pdf, decision)
    except Exception as error:
        # Here and not above: printing needs no solver, and a worker that prints should not have to import one.
        from flows.propose import Question, failed

        logger.exception("the pages of household %s failed", decision.household.household_id)
        return _shown(run, pdf, failed(Question(decision.household, decision.findings), error))


def _shown(run: RunFacts, pdf: bool, decision: Decision) -> Shown:
    name = file_name(decision.household.household_id)
    html = render_client_report(decision, run)
    pages = {f"{name}.html": html.encode(), f"{name}.memo.html": render_memo(decision, run).encode()}
    if pdf and decision.status is Status.PROPOSED:
        pages[f"{name}.pdf"] = pdf_of(html)
    return Shown(decision, book_row(decision), pages)
