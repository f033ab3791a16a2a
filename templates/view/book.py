"""One line of the book for every household, and the book's page around them: exceptions first, totals, by advisor."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from urllib.parse import quote

from rules.language.cadence import Cadence
from solver.decision import Decision
from solver.outcome import Status
from templates import filters, wording
from templates.view.names import Names
from templates.view.run import RunFacts
from validation.findings import Finding, Scope, Severity, in_order
from validation.units import ZERO

ORDER = (Status.CONFLICT, Status.FAILED, Status.BLOCKED, Status.PROPOSED, Status.NO_TRADE_NEEDED, Status.NOT_DUE)
"""How the book is sorted until somebody sorts it otherwise: whoever waits for a person comes first."""


@dataclass(frozen=True, slots=True)
class BookRow:
    """One household: figures unformatted so that they add up, words ready to print with account numbers masked.

    sentence, way_out   for an exception: what is wrong, and the cheapest way out of it
    trigger             the drift at which the household becomes due, if a cadence rule names one
    """

    household_id: str
    name: str
    advisor: str
    status: Status
    value: Decimal | None = None
    drift_before: Decimal | None = None
    drift_after: Decimal | None = None
    tax_cost: Decimal | None = None
    taxes_saved: Decimal | None = None
    taxes_avoided: Decimal | None = None
    taxes_deferred: Decimal | None = None
    trades: int = 0
    finding: str = ""
    findings: int = 0
    at_stake: Decimal = ZERO
    sentence: str = ""
    way_out: str = ""
    trigger: Decimal | None = None

    @property
    def is_exception(self) -> bool:
        return not self.status.is_decided

    @property
    def report(self) -> str:
        """Link to the client's page from a page beside it: the file's name, its percent signs encoded once more."""
        return quote(f"{filters.file_name(self.household_id)}.html")

    @property
    def memo(self) -> str:
        """Link to the memo."""
        return quote(f"{filters.file_name(self.household_id)}.memo.html")


def book_row(decision: Decision) -> BookRow:
    """The line of one household. Small and picklable, so that a run of thousands keeps only these."""
    household, statistics = decision.household, decision.statistics
    names = Names(household, RunFacts("", household.as_of, ""))
    told = [each for each in in_order(decision.findings) if each.severity is not Severity.NOTE]
    proposed = decision.status is Status.PROPOSED
    sentence, way_out = _exception(decision, told, names)
    cadences = decision.policy.of(Cadence) if decision.policy else ()
    triggers = [placed.rule.drift_trigger_frac for placed in cadences if placed.rule.drift_trigger_frac is not None]
    return BookRow(
        household.household_id,
        names.household_name(),
        names.clean(household.advisor),
        decision.status,
        decision.value_usd,
        statistics.drift_before if statistics else None,
        statistics.drift_after if statistics and proposed else None,
        statistics.tax_cost if statistics and proposed else None,
        statistics.taxes_saved if statistics and proposed else None,
        statistics.taxes_avoided if statistics and proposed else None,
        statistics.taxes_deferred if statistics and proposed else None,
        len(decision.outcome.trades) if decision.outcome and proposed else 0,
        _short(told),
        len(told),
        sum((each.at_stake_usd for each in told if each.at_stake_usd), ZERO),
        sentence,
        way_out,
        min(triggers, default=None),
    )


def _short(findings: Sequence[Finding]) -> str:
    if not findings:
        return ""
    first = findings[0].code.replace("-", " ")
    return first if len(findings) == 1 else f"{first}, {len(findings) - 1} more"


def _exception(decision: Decision, findings: Sequence[Finding], names: Names) -> tuple[str, str]:
    if decision.status.is_decided:
        return "", ""
    relaxations = decision.outcome.conflict if decision.outcome else ()
    if decision.status is Status.CONFLICT and relaxations:
        titles = filters.listed([f"“{names.clean(each.title)}”" for each in relaxations[:4]])
        ways = [f"{names.clean(each.title)}: {names.told(each.sentence).rstrip('.')}" for each in relaxations[:2]]
        return f"{titles} cannot {'both' if len(relaxations) == 2 else 'all'} hold.", filters.sentence("; or ".join(ways))
    if findings:
        return filters.sentence(names.told(findings[0].message)), filters.sentence(names.told(findings[0].help))
    return "No proposal was made, and no finding says why.", "Run the household alone to see where it stops."


def in_book_order(rows: Iterable[BookRow]) -> list[BookRow]:
    """Exceptions first, then proposals; within a status the most dollars at stake, then the most taxes saved."""
    rank = {status: place for place, status in enumerate(ORDER)}
    return sorted(rows, key=lambda row: (rank[row.status], -row.at_stake, -(row.taxes_saved or ZERO), row.name, row.household_id))


@dataclass(frozen=True, slots=True)
class Headline:
    """The page's top: a sentence and four figures, each (label, value, note)."""

    sentence: str
    figures: tuple[tuple[str, str, str], ...]


def headline_of(rows: Sequence[BookRow]) -> Headline:
    """What operations and advisors need to know in ten seconds."""
    by_status = Counter(row.status for row in rows)
    stuck = sum(row.is_exception for row in rows)
    proposed = [row for row in rows if row.status is Status.PROPOSED]
    ready = f"{filters.count(len(proposed), 'proposal').capitalize()} {'is' if len(proposed) == 1 else 'are'} ready to review"
    waits = f"{filters.count(stuck, 'household')} cannot be traded until somebody decides" if stuck else "nothing waits for a decision"
    if not rows:
        return Headline("The book is empty.", ())
    saved = [row for row in proposed if row.taxes_saved is not None]
    avoided, deferred = sum((row.taxes_avoided or ZERO for row in saved), ZERO), sum((row.taxes_deferred or ZERO for row in saved), ZERO)
    trades = sum(row.trades for row in proposed)
    stake, findings = sum((row.at_stake for row in rows), ZERO), sum(row.findings for row in rows)
    return Headline(
        f"{ready}; {waits}.",
        (
            (
                "Taxes saved, proposals",
                filters.usd(sum((row.taxes_saved or ZERO for row in saved), ZERO)),
                f"{filters.usd(avoided)} avoided, {filters.usd(deferred)} deferred",
            ),
            (
                "Tax now",
                filters.usd(sum((row.tax_cost or ZERO for row in proposed), ZERO)),
                f"{filters.count(trades, 'trade')} in {filters.count(by_status[Status.PROPOSED], 'household')}",
            ),
            (
                "Average drift, proposals",
                f"{_average(proposed, 'drift_before')} → {_average(proposed, 'drift_after')}",
                "weighted by value",
            ),
            ("At stake in findings", filters.usd(stake), filters.count(findings, "finding")),
        ),
    )


def _average(rows: Sequence[BookRow], name: str) -> str:
    known = [(row.value, getattr(row, name)) for row in rows if row.value and getattr(row, name) is not None]
    total = sum((value for value, _ in known), ZERO)
    return filters.percent(sum((value * drift for value, drift in known), ZERO) / total) if total else filters.NOT_AVAILABLE


@dataclass(frozen=True, slots=True)
class ExceptionLine:
    name: str
    report: str
    about: str
    sentence: str
    way_out: str
    status: str
    actor: str
    figure: str
    figure_note: str


def exceptions_of(rows: Sequence[BookRow], most: int) -> tuple[tuple[ExceptionLine, ...], int]:
    """The exceptions as sentences, the most dollars first, and how many more there are."""
    stuck = [row for row in rows if row.is_exception]
    stuck.sort(key=lambda row: (-(row.at_stake or row.value or ZERO), row.name, row.household_id))
    lines = tuple(
        ExceptionLine(
            row.name,
            row.report,
            " · ".join(part for part in (row.household_id, row.advisor) if part),
            row.sentence,
            row.way_out,
            wording.STATUSES[row.status],
            wording.ACTORS[row.status],
            filters.usd(row.at_stake) if row.at_stake else filters.usd(row.value, filters.NOTHING),
            "at stake" if row.at_stake else "not rebalanced" if row.value is not None else "value not known",
        )
        for row in stuck[:most]
    )
    return lines, max(0, len(stuck) - most)


@dataclass(frozen=True, slots=True)
class LooseLine:
    """A finding that belongs to no household: a file, a delivery, an account that nobody owns."""

    severity: str
    is_error: bool
    message: str
    help: str
    code: str
    place: str
    stake: str


def loose_of(findings: Iterable[Finding], most: int) -> tuple[tuple[LooseLine, ...], int]:
    """Errors and warnings of no household, one line per code, errors first, account numbers masked; and how many more codes."""
    kinds: dict[tuple[Severity, str], list[Finding]] = defaultdict(list)
    for finding in in_order(findings):
        if not finding.household_id and finding.severity is not Severity.NOTE:
            kinds[finding.severity, finding.code].append(finding)
    lines = tuple(_loose(alike) for alike in list(kinds.values())[:most])
    return lines, max(0, len(kinds) - most)


def _loose(alike: Sequence[Finding]) -> LooseLine:
    finding = alike[0]
    secrets = {finding.subject: filters.masked(finding.subject)} if finding.scope is Scope.ACCOUNT and len(finding.subject) > 4 else {}
    stakes = [each.at_stake_usd for each in alike if each.at_stake_usd is not None]
    more = f" {filters.fixed(len(alike) - 1)} more like it." if len(alike) > 1 else ""
    return LooseLine(
        finding.severity.value,
        finding.severity is Severity.ERROR,
        filters.sentence(filters.scrubbed(finding.message, secrets)) + more,
        filters.sentence(filters.scrubbed(finding.help, secrets)),
        finding.code,
        filters.scrubbed(str(finding.place), secrets) if finding.place.path else "",
        filters.usd(sum(stakes, ZERO)) if stakes else filters.NOTHING,
    )


@dataclass(frozen=True, slots=True)
class AdvisorLine:
    name: str
    households: str
    waiting: str
    proposed: str
    value: str
    tax: str
    saved: str
    stake: str


def advisors_of(rows: Sequence[BookRow]) -> tuple[AdvisorLine, ...]:
    """Totals by advisor: those with the most households waiting for a decision first."""
    groups: dict[str, list[BookRow]] = defaultdict(list)
    for row in rows:
        groups[row.advisor or "No advisor named"].append(row)
    ordered = sorted(groups.items(), key=lambda item: (-sum(row.is_exception for row in item[1]), item[0]))
    return tuple(
        AdvisorLine(
            name,
            filters.fixed(len(mine)),
            _or_nothing(sum(row.is_exception for row in mine)),
            _or_nothing(sum(row.status is Status.PROPOSED for row in mine)),
            filters.usd(sum((row.value or ZERO for row in mine), ZERO)),
            filters.usd_some(sum((row.tax_cost or ZERO for row in mine), ZERO)),
            filters.usd_some(sum((row.taxes_saved or ZERO for row in mine), ZERO)),
            filters.usd_some(sum((row.at_stake for row in mine), ZERO)),
        )
        for name, mine in ordered
    )


def _or_nothing(number: int) -> str:
    return filters.fixed(number) if number else filters.NOTHING


@dataclass(frozen=True, slots=True)
class TableLine:
    """A row of the table, formatted. `before` and `after` are places on the drift axis in percent, or empty."""

    name: str
    household_id: str
    report: str
    memo: str
    status: str
    is_exception: bool
    value: str
    before: str
    after: str
    line: tuple[str, str]
    drift: tuple[str, str]
    tax: str
    saved: str
    trades: str
    finding: str
    stake: str
    advisor: str


AXES = tuple(Decimal(end) for end in ("0.12", "0.2", "0.4", "1"))
"""Ends of the drift axis: the shortest that holds every household."""


def axis_of(rows: Sequence[BookRow]) -> Decimal:
    """Where the drift axis ends, fraction."""
    most = max((row.drift_before for row in rows if row.drift_before is not None), default=Decimal(0))
    return next((end for end in AXES if most <= end), AXES[-1])


def table_line(row: BookRow, axis: Decimal) -> TableLine:
    """One row of the table as it is printed."""
    before, after = _place(row.drift_before, axis), _place(row.drift_after, axis)
    drift = ("", filters.NOT_AVAILABLE) if row.drift_before is None else ("", filters.percent(row.drift_before))
    if row.drift_before is not None and row.drift_after is not None:
        drift = (f"{filters.percent(row.drift_before).rstrip('%')} → ", filters.percent(row.drift_after))
    proposed = row.status is Status.PROPOSED
    return TableLine(
        row.name,
        row.household_id,
        row.report,
        row.memo,
        wording.STATUSES[row.status],
        row.is_exception,
        filters.usd(row.value, filters.NOTHING),
        before,
        after,
        (after or before, before),
        drift,
        filters.usd(row.tax_cost, filters.NOTHING) if proposed else filters.NOTHING,
        filters.usd(row.taxes_saved, filters.NOTHING) if proposed else filters.NOTHING,
        _or_nothing(row.trades),
        row.finding,
        filters.usd_some(row.at_stake),
        row.advisor,
    )


def _place(drift: Decimal | None, axis: Decimal) -> str:
    return "" if drift is None else f"{100 * min(drift / axis, Decimal(1)):.1f}%"


@dataclass(frozen=True, slots=True)
class Totals:
    households: str
    value: str
    tax: str
    saved: str
    trades: str
    stake: str


def totals_of(rows: Sequence[BookRow]) -> Totals:
    """Sums over all rows; the page's script makes the same sums over those that a filter leaves."""
    return Totals(
        filters.count(len(rows), "household"),
        filters.usd(sum((row.value or ZERO for row in rows), ZERO)),
        filters.usd(sum((row.tax_cost or ZERO for row in rows), ZERO)),
        filters.usd(sum((row.taxes_saved or ZERO for row in rows), ZERO)),
        filters.fixed(sum(row.trades for row in rows)),
        filters.usd(sum((row.at_stake for row in rows), ZERO)),
    )


def trigger_of(rows: Sequence[BookRow], axis: Decimal) -> str:
    """The drift trigger's place on the axis, where one and the same holds for every household that has one; else empty."""
    known = {row.trigger for row in rows if row.trigger is not None}
    return _place(known.pop(), axis) if len(known) == 1 else ""


def day_of(run: RunFacts) -> str:
    """The date in words."""
    day: date = run.as_of
    return filters.date_long(day)
