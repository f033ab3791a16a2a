"""What the household would look like otherwise: under other budgets, without a trade, in the years after."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from solver.decision import Decision
from solver.outcome import Side, Status
from solver.prospects import Frontier, FrontierPoint
from templates import charts, filters
from templates.view.names import Names

FLAT_POINTS = 0.5
"""A score that moves less than this over all budgets is not drawn."""


@dataclass(frozen=True, slots=True)
class Panel:
    """One line of the frontier over the budget: title, chart, its lowest and highest figure in words."""

    title: str
    chart: Markup
    low: str
    high: str


@dataclass(frozen=True, slots=True)
class BudgetAxis:
    """The frontier: a sentence, the panels over one axis of budgets, the axis' ends, and what the points leave aside."""

    sentence: str
    panels: tuple[Panel, ...]
    first: str
    last: str
    aside: str


@dataclass(frozen=True, slots=True)
class YearRow:
    year: str
    gains: str
    tax: str
    drift: str
    score: str


@dataclass(frozen=True, slots=True)
class Ahead:
    """The memo's section; parts that a household does not have are empty. `without` is (trade, sentence)."""

    budgets: BudgetAxis | None
    without: tuple[tuple[str, str], ...]
    years: tuple[YearRow, ...]
    years_sentence: str
    years_aside: str


def ahead_of(decision: Decision, names: Names) -> Ahead | None:
    """The section; None where nothing of it was computed."""
    told = decision.explanation
    if decision.status is not Status.PROPOSED or told is None or not decision.outcome:
        return None
    if not told.counterfactuals and told.frontier is None and told.transition is None:
        return None
    trades = {trade.trade_id: trade for trade in decision.outcome.trades}
    without = tuple(
        (
            f"{'Sell' if trade.side is Side.SELL else 'Buy'} {filters.shares(trade.quantity)} {trade.symbol} "
            f"in {names.account(names.household.account[trade.account_id])}",
            filters.restyled(each.sentence),
        )
        for each in told.counterfactuals
        if (trade := trades.get(each.trade_id)) is not None
    )
    way = told.transition
    years = tuple(
        YearRow(
            filters.fixed(each.year), filters.usd_change(each.gains_usd), filters.usd_change(each.tax_usd),
            filters.percent(each.drift_frac), filters.score(each.score),
        )
        for each in (way.years if way else ())
    )  # fmt: skip
    return Ahead(
        _budgets(told.frontier), without, years, filters.restyled(way.sentence) if way else "", " ".join(way.assumptions) if way else ""
    )


def _budgets(frontier: Frontier | None) -> BudgetAxis | None:
    if frontier is None or len(frontier.points) < 2:
        return None
    points = frontier.points
    panels = [_panel("Drift", points, [100 * each.drift_frac for each in points], "%")]
    scores = [each.score for each in points if each.score is not None]
    if len(scores) == len(points) and max(scores) - min(scores) >= FLAT_POINTS:
        panels.append(_panel("Location score", points, scores, ""))
    first, last = filters.usd(points[0].budget_usd), filters.usd(points[-1].budget_usd)
    return BudgetAxis(filters.restyled(frontier.sentence), tuple(panels), first, last, frontier.assumption)


def _panel(title: str, points: tuple[FrontierPoint, ...], values: list[float], unit: str) -> Panel:
    low, high = min(values), max(values)
    span = high - low if high - low > 1e-9 else 1.0
    start, width = points[0].budget_usd, points[-1].budget_usd - points[0].budget_usd
    at = [((point.budget_usd - start) / width, (value - low) / span) for point, value in zip(points, values, strict=True)]
    today = next((place for place, point in enumerate(points) if point.is_today), None)
    told = f"{filters.fixed(low, 1)}{unit} to {filters.fixed(high, 1)}{unit}"
    label = f"{title} over budgets of {filters.usd(start)} to {filters.usd(start + width)}: {told}" + (
        f"; today {filters.fixed(values[today], 1)}{unit}" if today is not None else ""
    )
    return Panel(title, charts.line_over_axis(at, today, label), f"{filters.fixed(low, 1)}{unit}", f"{filters.fixed(high, 1)}{unit}")
