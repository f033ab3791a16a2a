"""The book as plain files: `index.html`, which holds every household's line as data, and one page per 500 rows.

Without a script every row is on some page and the pages link each other. With it, `index.html` sorts, filters and adds
up the whole book in memory and draws at most 500 rows at a time, so that ten thousand households stay quick, from a
disk as well as from a server: nothing is fetched, which browsers forbid to pages opened from a file.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

from markupsafe import Markup

from templates import filters, wording
from templates.sandbox import render
from templates.view.book import (
    ORDER,
    AdvisorLine,
    BookRow,
    ExceptionLine,
    Headline,
    LooseLine,
    TableLine,
    Totals,
    advisors_of,
    axis_of,
    day_of,
    exceptions_of,
    headline_of,
    in_book_order,
    loose_of,
    table_line,
    totals_of,
    trigger_of,
)
from templates.view.run import RunFacts
from validation.findings import Finding

ROWS_PER_PAGE = 500
SENTENCES = 20


@dataclass(frozen=True, slots=True)
class BookPage:
    """One file of the book. Only the first holds the headline, the exceptions, the advisors and the data."""

    title: str
    firm: str
    about: str
    headline: Headline | None
    exceptions: tuple[ExceptionLine, ...]
    more_exceptions: str
    loose: tuple[LooseLine, ...]
    more_loose: str
    tabs: tuple[tuple[str, str, str], ...]
    advisors: tuple[str, ...]
    lines: tuple[TableLine, ...]
    totals: Totals
    trigger: str
    pages: tuple[tuple[str, str, bool], ...]
    range: str
    by_advisor: tuple[AdvisorLine, ...]
    data: Markup
    note: str
    produced: str


def render_book(rows: Iterable[BookRow], run: RunFacts, findings: Iterable[Finding] = ()) -> Mapping[str, str]:
    """File name → HTML, for the folder of the reports. Of `findings`, those that belong to no household are shown; those of
    households are in their rows. Raises TemplateBroken."""
    with filters.writing(run.numbers):
        return _rendered(in_book_order(rows), run, findings)


def _rendered(ordered: Sequence[BookRow], run: RunFacts, findings: Iterable[Finding]) -> Mapping[str, str]:
    parts = [ordered[start : start + ROWS_PER_PAGE] for start in range(0, len(ordered), ROWS_PER_PAGE)] or [[]]
    loose = loose_of(findings, SENTENCES)
    pages = (_page(ordered, parts, number, run, loose) for number in range(len(parts)))
    return {_file(number): render("book/page.html.j2", page, run.templates) for number, page in enumerate(pages)}


def _file(number: int) -> str:
    return "index.html" if number == 0 else f"index-{number + 1}.html"


Loose: TypeAlias = tuple[tuple[LooseLine, ...], int]


def _page(rows: Sequence[BookRow], parts: Sequence[Sequence[BookRow]], number: int, run: RunFacts, loose: Loose) -> BookPage:
    first, axis = number == 0, axis_of(rows)
    lines, more = exceptions_of(rows, SENTENCES) if first else ((), 0)
    start = number * ROWS_PER_PAGE
    advisors = sorted({row.advisor for row in rows if row.advisor})
    return BookPage(
        title=f"The book, {run.firm_name}, {day_of(run)}" + ("" if first else f", page {number + 1}"),
        firm=run.firm_name,
        about=f"As of {day_of(run)} · run {run.short_id} · {filters.count(len(rows), 'household')}",
        headline=headline_of(rows) if first else None,
        exceptions=lines,
        more_exceptions=f"{filters.count(more, 'more household')} below wait for somebody as well." if more else "",
        loose=loose[0] if first else (),
        more_loose=f"{filters.count(loose[1], 'more kind')} in findings.csv." if loose[1] else "",
        tabs=_tabs(rows) if first else (),
        advisors=tuple(advisors) if first else (),
        lines=tuple(table_line(row, axis) for row in parts[number]),
        totals=totals_of(rows),
        trigger=trigger_of(rows, axis),
        pages=tuple((_file(i), filters.fixed(i + 1), i == number) for i in range(len(parts))) if len(parts) > 1 else (),
        range=f"Rows {filters.fixed(start + 1)} to {filters.fixed(start + len(parts[number]))} of {filters.fixed(len(rows))}"
        if len(parts) > 1
        else "",
        by_advisor=advisors_of(rows) if first else (),
        data=_data(rows, advisors) if first else Markup(""),
        note=_note(rows),
        produced=f"Prepared with {run.produced}",
    )


def _range(start: int, shown: int, of: int) -> str:
    return f"Rows {filters.fixed(start + 1)} to {filters.fixed(start + shown)} of {filters.fixed(of)}"


def _tabs(rows: Sequence[BookRow]) -> tuple[tuple[str, str, str], ...]:
    tabs = [("all", "All", len(rows)), ("exceptions", "Exceptions", sum(row.is_exception for row in rows))]
    tabs += [(status.value, wording.STATUSES[status], sum(row.status is status for row in rows)) for status in ORDER if status.is_decided]
    return tuple((key, word, filters.fixed(number)) for key, word, number in tabs)


def _note(rows: Sequence[BookRow]) -> str:
    trigger = {row.trigger for row in rows if row.trigger is not None}
    tick = f", the tick marks the {filters.percent_plain(trigger.pop())} trigger" if len(trigger) == 1 else ""
    return (
        "Drift: hollow is today, solid is after the proposal, scale 0 to "
        f"{filters.percent_plain(axis_of(rows))}{tick}. Tax now below zero is a saving. "
        "Taxes saved compares with rebalancing each account alone on the same day; hypothetical. At stake: "
        "the market value that findings keep from being traded."
    )


def _data(rows: Sequence[BookRow], advisors: Sequence[str]) -> Markup:
    """All rows as one JSON text for the script, safe inside HTML: no `<`, `>` or `&`, no line separators of JavaScript."""
    place = {name: number for number, name in enumerate(advisors)}
    table = [
        [
            row.household_id, row.name, row.report, row.memo, ORDER.index(row.status), _number(row.value), _number(row.drift_before, 5),
            _number(row.drift_after, 5), _number(row.tax_cost), _number(row.taxes_saved), row.trades, row.finding, _number(row.at_stake),
            place.get(row.advisor, -1),
        ]
        for row in rows
    ]  # fmt: skip
    statuses = [[status.value, wording.STATUSES[status], not status.is_decided] for status in ORDER]
    style = filters.STYLE.get()
    text = json.dumps(
        {
            "numbers": [style.decimal, style.thousands, style.dollar == "after"],
            "rows": table,
            "advisors": list(advisors),
            "statuses": statuses,
            "axis": float(axis_of(rows)),
            "size": ROWS_PER_PAGE,
        },
        ensure_ascii=False,
        separators=(",", ":"),
        allow_nan=False,
    )
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return Markup(text)


def _number(value: Decimal | None, places: int = 2) -> float | int | None:
    if value is None:
        return None
    rounded = float(round(value, places))
    return int(rounded) if rounded.is_integer() else rounded
