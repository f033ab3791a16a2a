"""What the command line prints: findings as fact, place, snippet and help; a run as one line per household.

Facts go to standard output; progress and complaints to standard error. Nothing here decides anything.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from solver.outcome import Status
from validation.findings import Finding, Severity
from validation.render import counted, render

if TYPE_CHECKING:
    from flows.batches.results import Ending
    from flows.rebalance import Finished

WIDE = 150
"""Columns of a table that is not printed on a terminal."""
SHOWN = 8
"""Findings printed in full after a run; the file has all of them."""
LISTED = 60
"""Households listed one by one after a run."""
STYLES = {
    Status.PROPOSED: "green", Status.NO_TRADE_NEEDED: "green", Status.NOT_DUE: "dim", Status.BLOCKED: "yellow", Status.CONFLICT: "yellow",
    Status.FAILED: "red",
}  # fmt: skip


def out() -> Console:
    """Standard output; wide where it is not a terminal, so that a log keeps its columns."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(width=WIDE, highlight=False)


def err() -> Console:
    """Standard error."""
    console = Console(stderr=True, highlight=False)
    return console if console.is_terminal else Console(stderr=True, width=WIDE, highlight=False, soft_wrap=True)


def print_findings(console: Console, findings: Sequence[Finding], form: str = "text") -> None:
    """Every finding in one of validation/render's forms, and their count at the end."""
    console.print(render(findings, form), end="", markup=False, soft_wrap=True)


def print_run(console: Console, finished: Finished) -> None:
    """One line per household, what was found, and where everything lies."""
    console.print(_table([_cells(ending) for ending in shown_of(finished.endings)], console.width))
    console.print()
    _print_worst(console, finished)
    _print_history(console, finished)
    for line in _places(finished):
        console.print(line, markup=False, soft_wrap=True)


def shown_of(endings: Sequence[Ending]) -> list[Ending]:
    """All of a small book in its order; of a large one, those that wait for a person first, and no more than a screen or two."""
    return list(endings) if len(endings) <= LISTED else sorted(endings, key=lambda each: each.status.is_decided)[:LISTED]


HEADS = ("household", "", "status", "drift\nbefore → after", "tax cost", "taxes\nsaved", "location\nscore")
NAME = 1
GAP = 2


def _table(rows: Sequence[Sequence[str]], width: int) -> Table:
    """The households' lines. A narrow terminal shortens names; figures are never cut."""
    widest = [max(len(part) for row in [*rows, HEADS] for part in row[column].split("\n")) for column in range(len(HEADS))]
    spare = width - sum(widest) - GAP * (len(HEADS) - 1) + widest[NAME]
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, GAP, 0, 0))
    for column, head in enumerate(HEADS):
        size = min(widest[column], max(spare, 1)) if column == NAME else widest[column]
        table.add_column(head, justify="right" if column > 2 else "left", width=size, no_wrap=True, overflow="ellipsis", vertical="bottom")
    for row in rows:
        style = STYLES[Status(row[2].replace(" ", "_"))]
        table.add_row(*(f"[{style}]{cell}[/{style}]" if column == 2 else escape(cell) for column, cell in enumerate(row)))
    return table


def _cells(ending: Ending) -> list[str]:
    start = [_clean(ending.household_id), _clean(ending.name), ending.status.value.replace("_", " ")]
    return [
        *start,
        _change(ending.drift_before, ending.drift_after, lambda each: f"{each * 100:.1f} %"),
        _dollars(ending.tax_cost),
        _dollars(ending.taxes_saved),
        _change(ending.location_score_before, ending.location_score_after, lambda each: f"{each:.0f}"),
    ]


def _change(before: Decimal | None, after: Decimal | None, words: Callable[[Decimal], str]) -> str:
    return "" if before is None or after is None else f"{words(before)} → {words(after)}"


def _dollars(amount: Decimal | None) -> str:
    if amount is None:
        return ""
    return f"-${-amount:,.0f}" if amount <= Decimal("-0.5") else f"${abs(amount):,.0f}"


def _clean(text: str) -> str:
    """Without anything that could steer a terminal."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)


def _print_worst(console: Console, finished: Finished) -> None:
    """The errors and warnings, in their order, a capped list."""
    worst = [finding for finding in finished.findings if finding.severity is not Severity.NOTE]
    for finding in worst[:SHOWN]:
        whose = f"{_clean(finding.household_id)}: " if finding.household_id else ""
        stake = f" (${finding.at_stake_usd:,.0f} at stake)" if finding.at_stake_usd else ""
        console.print(f"{finding.severity.value}[{finding.code}] {whose}{_clean(finding.message)}{stake}", markup=False, soft_wrap=True)
    if len(worst) > SHOWN:
        console.print(f"+{len(worst) - SHOWN} more", markup=False)
    if worst:
        console.print()


def _print_history(console: Console, finished: Finished) -> None:
    """What an earlier delivery of the day said otherwise; `rooftree deliveries` lists it again."""
    for finding in finished.history:
        console.print(
            f"{finding.severity.value}[{finding.code}] {_clean(str(finding.place))}: {_clean(finding.message)}",
            markup=False,
            soft_wrap=True,
        )
    if finished.history:
        console.print()


def _places(finished: Finished) -> Iterator[str]:
    counts = Counter(ending.status for ending in finished.endings)
    if len(finished.endings) > LISTED:
        yield f"shown are the first {LISTED}, those that wait for a person before the others; statistics.csv has all"
    yield f"{len(finished.endings)} households as of {finished.as_of}: " + ", ".join(
        f"{counts[status]} {status.value.replace('_', ' ')}" for status in Status if counts[status]
    )
    yield f"findings    {counted(finished.findings)} in {finished.folder / 'findings.csv'}"
    yield f"trades      {finished.folder / 'trades.csv'}"
    if (finished.folder / "orders").is_dir():
        yield f"orders      {finished.folder / 'orders'}"
    yield f"reports     {finished.folder / 'reports' / 'index.html'}"
