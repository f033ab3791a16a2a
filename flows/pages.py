"""Reports into the run folder: a page per household, PDFs of the proposed ones, and the book's index."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from importlib import metadata
from pathlib import Path

from flows.crew import Crew
from flows.deliver import file_name
from flows.progress import Watcher
from flows.record import Identity
from solver.decision import Decision
from solver.outcome import Status
from templates.render import pdf_of, render_book, render_client_report, render_memo
from templates.view.run import RunFacts
from validation.findings import Finding

REPORTS = "reports"


def run_facts(identity: Identity, firm: Path) -> RunFacts:
    """What all pages of a run print alike; a firm's own `templates/` come before the house's."""
    own = firm / "templates"
    return RunFacts(
        identity.run_id, identity.as_of, identity.firm_name, f"Rooftree {metadata.version('rooftree')}", own if own.is_dir() else None
    )


def write_pages(
    folder: Path, run: RunFacts, decisions: Sequence[Decision], findings: Iterable[Finding], hands: Crew, watcher: Watcher, *, pdf: bool
) -> None:
    """Write reports/ with `index.html`, `<household>.html` and `<household>.memo.html` for everybody, `<household>.pdf` for
    proposals. Names are percent-encoded."""
    reports = folder / REPORTS
    reports.mkdir()
    for pages in hands.map(partial(pages_of, run, pdf), decisions):
        for name, content in pages.items():
            (reports / name).write_bytes(content)
        watcher.step()
    (reports / "index.html").write_bytes(render_book(decisions, findings, run).encode())


def pages_of(run: RunFacts, pdf: bool, decision: Decision) -> dict[str, bytes]:
    """One household's pages by file name."""
    name = file_name(decision.household.household_id)
    html = render_client_report(decision, run)
    pages = {f"{name}.html": html.encode(), f"{name}.memo.html": render_memo(decision, run).encode()}
    if pdf and decision.status is Status.PROPOSED:
        pages[f"{name}.pdf"] = pdf_of(html)
    return pages
