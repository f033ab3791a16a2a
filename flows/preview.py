"""`rooftree report preview`: one household's pages, made again whenever one of the firm's templates is saved.

The household is decided once; only the pages are made again, so that a save shows at once. A page that cannot be made is a
finding with the template's line, and the page as it was before stays: never a half one.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path

from flows.deliveries import find_day
from flows.ingest import ingest
from flows.pages import facts_with
from flows.propose import decide
from flows.questions import questions_of
from flows.rebalance import read_policy
from flows.record import identify
from flows.settings import demand_firm, unusable, warehouse_of
from rules.tax import load_tax_year
from solver.decision import Decision
from templates.filters import file_name
from templates.render import RunFacts, TemplateBroken, book_row, check_templates, render_book, render_client_report, render_memo
from templates.sandbox import environment
from validation.findings import Finding, in_order
from validation.gate import gate
from validation.suggest import nearest

POLL_SECONDS = 0.3
Seen = Mapping[str, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Preview:
    """A household as it was decided, and the folder of templates that its pages are made with."""

    decision: Decision
    run: RunFacts
    templates: Path


def decide_one(firm: Path, household_id: str, as_of: date | None = None, warehouse: Path | None = None) -> Preview:
    """The household's decision, as a run of the whole book would have it; nothing is written but the warehouse.

    Raises FirmUnusable where the firm, its policy or the household is not there.
    """
    demand_firm(firm)
    day, _ = find_day(firm, as_of)
    policy, remarks = read_policy(firm, day)
    book = gate(ingest(firm, as_of, warehouse_of(firm, warehouse)).marts, day)
    if household_id not in book.household_ids:
        similar = nearest(household_id, book.household_ids)
        help_ = f"a similar one exists: {similar}" if similar else "households.csv names them"
        raise unusable("unknown-household", f"no household is called {household_id}", help_)
    question = questions_of(book, remarks)[book.household_ids.index(household_id)]()
    own = firm / "templates"
    return Preview(decide(policy, load_tax_year(day.year), question), facts_with(identify(firm, day, as_of), own), own)


def make_pages(preview: Preview, out: Path) -> list[Finding]:
    """Write the household's report, its memo and a book of one into `out`, each whole or not at all. Returns what is broken, also
    in templates that these pages do not use."""
    # A template that was just added must win over the house's, which is remembered as unchanged.
    environment.cache_clear()
    findings = check_templates(preview.templates) if preview.templates.is_dir() else []
    out.mkdir(parents=True, exist_ok=True)
    decision, run = preview.decision, preview.run
    name = file_name(decision.household.household_id)
    pages: dict[str, Callable[[], str]] = {
        f"{name}.html": partial(render_client_report, decision, run),
        f"{name}.memo.html": partial(render_memo, decision, run),
        "index.html": lambda: render_book([book_row(decision)], run, [])["index.html"],
    }
    for file, page in pages.items():
        try:
            _put(out / file, page())
        except TemplateBroken as broken:
            findings += broken.findings
    return in_order(findings)


def _put(path: Path, page: str) -> None:
    """All at once: a browser that reloads in this moment sees the old page or the new one."""
    passing = path.with_name(f".{path.name}.part")
    passing.write_text(page, encoding="utf-8", newline="")
    os.replace(passing, path)


def saves(templates: Path, sleep: Callable[[float], None] = time.sleep) -> Iterator[list[str]]:
    """The names of templates that were saved, added or removed, each time some were; forever. The folder may come later."""
    before = _seen(templates)
    while True:
        sleep(POLL_SECONDS)
        now = _seen(templates)
        if now != before:
            yield sorted(name for name in {*before, *now} if before.get(name) != now.get(name))
            before = now


def _seen(templates: Path) -> Seen:
    """Every file below the folder with its time and size; one that goes while being looked at is gone."""
    found: dict[str, tuple[int, int]] = {}
    for path in sorted(templates.rglob("*")):
        try:
            state = path.stat()
        except FileNotFoundError:
            continue
        if path.is_file() and not path.name.startswith("."):
            found[path.relative_to(templates).as_posix()] = (state.st_mtime_ns, state.st_size)
    return found
