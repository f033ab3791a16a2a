"""Reports into the run folder: a page per household, PDFs of the proposed ones, and the book's index."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from importlib import metadata
from pathlib import Path

from flows.crew import Crew
from flows.deliver import file_name
from flows.log import logger
from flows.progress import Watcher
from flows.propose import Question, failed
from flows.record import Identity
from solver.decision import Decision
from solver.outcome import Status
from templates.render import check_templates, pdf_of, render_book, render_client_report, render_memo
from templates.view.run import RunFacts
from validation.findings import Finding, FirmUnusable

REPORTS = "reports"


def run_facts(identity: Identity, firm: Path) -> RunFacts:
    """What all pages of a run print alike. A firm's own `templates/` come before the house's; raises FirmUnusable where one of
    them does not compile."""
    own = firm / "templates"
    if own.is_dir() and (broken := check_templates(own)):
        raise FirmUnusable(broken)
    return RunFacts(
        identity.run_id, identity.as_of, identity.firm_name, f"Rooftree {metadata.version('rooftree')}", own if own.is_dir() else None
    )


def write_pages(
    folder: Path, run: RunFacts, decisions: Sequence[Decision], hands: Crew, watcher: Watcher, *, pdf: bool
) -> list[Decision]:
    """Write `<household>.html` and `<household>.memo.html` for everybody, `<household>.pdf` for proposals, all under reports/;
    names are percent-encoded. Returns the decisions as shown: a household whose page cannot be made has failed."""
    reports = folder / REPORTS
    reports.mkdir()
    shown = []
    for decision, pages in hands.map(partial(pages_of, run, pdf), decisions):
        for name, content in pages.items():
            (reports / name).write_bytes(content)
        shown.append(decision)
        watcher.step()
    return shown


def pages_of(run: RunFacts, pdf: bool, decision: Decision) -> tuple[Decision, dict[str, bytes]]:
    """One household's pages by file name, and the decision that they show. Raises TemplateBroken where not even the page of
    a failed household can be made: then the template is broken, not the household."""
    try:
        return decision, _pages(run, pdf, decision)
    except Exception as error:
        logger.exception("the pages of household %s failed", decision.household.household_id)
        instead = failed(Question(decision.household, decision.findings), error)
        return instead, _pages(run, pdf, instead)


def _pages(run: RunFacts, pdf: bool, decision: Decision) -> dict[str, bytes]:
    name = file_name(decision.household.household_id)
    html = render_client_report(decision, run)
    pages = {f"{name}.html": html.encode(), f"{name}.memo.html": render_memo(decision, run).encode()}
    if pdf and decision.status is Status.PROPOSED:
        pages[f"{name}.pdf"] = pdf_of(html)
    return pages


def write_index(folder: Path, run: RunFacts, decisions: Sequence[Decision], findings: Sequence[Finding]) -> None:
    """Write reports/index.html, the book for advisors and operations."""
    (folder / REPORTS / "index.html").write_bytes(render_book(decisions, findings, run).encode())
