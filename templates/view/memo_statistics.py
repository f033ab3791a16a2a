"""The statistics of the memo: today, this proposal, and the account-by-account rebalance of the same day."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from solver.decision import Decision
from solver.outcome import Status
from solver.statistics import Statistics
from templates import filters
from templates.view.memo_expected import payback_years


@dataclass(frozen=True, slots=True)
class StatisticRow:
    label: str
    today: str
    proposal: str
    alone: str


def _share(value: Decimal | None) -> str:
    return filters.percent(value)


def _return(value: Decimal | None) -> str:
    return filters.percent(value, 2)


def _signed(value: Decimal | None) -> str:
    return filters.usd_change(value)


def statistics_of(decision: Decision) -> tuple[StatisticRow, ...]:
    """The rows; empty where nothing was decided. An en dash stands where a column has no such figure."""
    mine = decision.statistics
    if mine is None or not decision.status.is_decided:
        return ()
    alone = decision.baseline.statistics if decision.baseline else None
    proposed = decision.status is Status.PROPOSED
    rows = [
        _standing("Drift", _share, mine.drift_before, mine.drift_after, alone.drift_after if alone else None, proposed, alone),
        _standing("Largest gap to target", _points, _gap(mine, False), _gap(mine, True), _gap(alone, True), proposed, alone),
        _standing(
            "Location score",
            filters.score,
            mine.location_score_before,
            mine.location_score_after,
            alone.location_score_after if alone else None,
            proposed,
            alone,
        ),
        StatisticRow("Reachable under this year’s rules", filters.NOTHING, filters.score(mine.location_score_reachable), filters.NOTHING),
        _standing(
            "After-tax return",
            _return,
            mine.after_tax_return_before,
            mine.after_tax_return_after,
            alone.after_tax_return_after if alone else None,
            proposed,
            alone,
        ),
    ]
    if not proposed:
        return tuple(rows)
    flows: list[tuple[str, Callable[[Decimal | None], str], Callable[[Statistics], Decimal | None]]] = [
        ("Tax cost, exact", filters.usd, lambda each: each.tax_cost),
        ("Flat-rate tax estimate", filters.usd, lambda each: each.tax_cost_flat_estimate),
        ("Net short-term gain", _signed, lambda each: each.net_st),
        ("Net long-term gain", _signed, lambda each: each.net_lt),
        ("Losses disallowed", filters.usd_some, lambda each: each.disallowed_loss),
        ("Carried-forward losses used", filters.usd_some, lambda each: each.carryforward_used),
        ("Cost of implementation", filters.usd, lambda each: each.cost_of_implementation),
        ("Turnover", _share, lambda each: each.turnover),
    ]
    rows += [
        StatisticRow(label, filters.NOTHING, show(of(mine)), show(of(alone)) if alone else filters.NOTHING) for label, show, of in flows
    ]
    rows.append(
        StatisticRow("Trades", filters.NOTHING, filters.fixed(mine.trades), filters.fixed(alone.trades) if alone else filters.NOTHING)
    )
    own = [
        ("Taxes saved", _signed(mine.taxes_saved)),
        ("of which avoided", _signed(mine.taxes_avoided)),
        ("of which deferred", _signed(mine.taxes_deferred)),
        ("Benefit each year", _signed(mine.annual_benefit)),
        ("Benefit against each alone", _signed(mine.benefit_over_baseline)),
        ("Payback", payback_years(mine.payback_years)),
    ]
    rows += [StatisticRow(label, filters.NOTHING, figure, filters.NOTHING) for label, figure in own]
    return tuple(rows)


def _standing(
    label: str,
    show: Callable[[Decimal | None], str],
    today: Decimal | None,
    after: Decimal | None,
    alone: Decimal | None,
    proposed: bool,
    baseline: Statistics | None,
) -> StatisticRow:
    return StatisticRow(
        label, show(today), show(after) if proposed else filters.NOTHING, show(alone) if baseline and proposed else filters.NOTHING
    )


def _points(value: Decimal | None) -> str:
    return filters.NOT_AVAILABLE if value is None else filters.points(value)


def _gap(statistics: Statistics | None, after: bool) -> Decimal | None:
    if statistics is None or not statistics.targets:
        return None
    weights = statistics.weights_after if after else statistics.weights_before
    names = {*weights, *statistics.targets}
    return (
        max((abs(weights.get(name, Decimal(0)) - statistics.targets.get(name, Decimal(0))) for name in names), default=None)
        if weights
        else None
    )
