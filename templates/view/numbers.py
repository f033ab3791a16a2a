"""The three large numbers and the bar of stocks and bonds."""

from __future__ import annotations

from decimal import Decimal

from solver.decision import Decision
from solver.outcome import Status
from solver.statistics import Statistics
from templates import charts, filters, wording
from templates.view.figures import Figures
from templates.view.headline import NOTICEABLE
from templates.view.parts import Figure, Mix, MixRow
from validation.units import ZERO

HALF_A_DOLLAR = Decimal("0.5")


def three_numbers(decision: Decision, figures: Figures) -> tuple[Figure, ...]:
    """Tax now, taxes saved, benefit each year; how far off where nothing is traded; nothing where nothing was decided."""
    statistics = decision.statistics
    if statistics is None or not decision.status.is_decided:
        return ()
    if decision.status is Status.PROPOSED:
        year = decision.household.as_of.year
        return _tax_now(statistics, year), _taxes_saved(statistics), _benefit(statistics)
    return _standing(decision, statistics, figures)


def _why_not(statistics: Statistics, column: str) -> str:
    return filters.sentence(statistics.not_available.get(column, "")) or "This figure cannot be made from the data of this run."


def _tax_now(statistics: Statistics, year: int) -> Figure:
    tax, cost = statistics.tax_cost, statistics.cost_of_implementation
    if tax is None:
        return Figure("Tax now", filters.NOT_AVAILABLE, "", _why_not(statistics, "tax_cost"))
    trading = f" Trading costs about {filters.usd(cost - tax)} more." if cost is not None and cost - tax >= HALF_A_DOLLAR else ""
    if tax <= -HALF_A_DOLLAR:
        return Figure("Tax now", filters.usd(tax), "", f"Your tax for {year} falls, because losses taken outweigh gains.{trading}")
    if tax < HALF_A_DOLLAR:
        return Figure("Tax now", filters.usd(0), "", f"These trades do not change your tax for {year}.{trading}")
    return Figure("Tax now", filters.usd(tax), "", f"More tax for {year} than without these trades.{trading}")


def _taxes_saved(statistics: Statistics) -> Figure:
    saved, baseline = statistics.taxes_saved, statistics.baseline_tax_cost
    if saved is None or baseline is None:
        return Figure("Taxes saved", filters.NOT_AVAILABLE, "", _why_not(statistics, "taxes_saved"))
    against = f"Against rebalancing each account on its own, which would cost {filters.usd(baseline)} of tax today."
    if baseline <= -HALF_A_DOLLAR:
        against = f"Against rebalancing each account on its own, which would lower your tax by {filters.usd(-baseline)} today."
    if abs(saved) < HALF_A_DOLLAR:
        return Figure("Taxes saved", filters.usd(0), "", "Rebalancing each account on its own would lead to the same tax today.")
    if saved < 0:
        left = (
            f" but leave {filters.percent(statistics.baseline_drift_after)} of drift" if statistics.baseline_drift_after is not None else ""
        )
        note = f"Each account on its own would cost {filters.usd(-saved)} less tax today{left}."
        return Figure("Taxes saved", filters.usd(saved), "", note)
    avoided, deferred = statistics.taxes_avoided, statistics.taxes_deferred
    if avoided is None or deferred is None:
        return Figure("Taxes saved", filters.usd(saved), "", against)
    legend = (("acc", f"{filters.usd(avoided)} avoided"), ("acc2", f"{filters.usd(deferred)} deferred to later years"))
    if avoided < 0 or deferred < 0:
        words = f"{filters.usd(avoided)} avoided and {filters.usd(deferred)} deferred to later years. "
        return Figure("Taxes saved", filters.usd(saved), "", words + against)
    bar = charts.split_bar(float(avoided / saved), f"{legend[0][1]}, {legend[1][1]}")
    return Figure("Taxes saved", filters.usd(saved), "", against, bar, legend)


def _benefit(statistics: Statistics) -> Figure:
    benefit = statistics.annual_benefit
    label = "Benefit each year"
    if benefit is None:
        return Figure(label, filters.NOT_AVAILABLE, "", _why_not(statistics, "annual_benefit"))
    if benefit < -HALF_A_DOLLAR:
        return Figure(label, filters.usd(benefit), "expected", "Placement gives up a little here on the way back to your mix.")
    if benefit < HALF_A_DOLLAR:
        return Figure(label, filters.usd(0), "expected", "These trades do not change where your investments are taxed.")
    payback = statistics.payback_years
    paid = ""
    if payback is not None:
        paid = " There is no cost to earn back." if payback <= 0 else f" The cost is paid back in {filters.years(payback)}."
    return Figure(label, filters.usd(benefit), "expected", f"Less tax on interest and dividends, from better placement.{paid}")


def _standing(decision: Decision, statistics: Statistics, figures: Figures) -> tuple[Figure, ...]:
    gaps = {name: abs(figures.weights_before.get(name, ZERO) - figures.targets.get(name, ZERO)) for name in figures.classes}
    widest = max(gaps, key=lambda name: gaps[name]) if gaps and figures.targets else ""
    drift = Figure(
        "Drift", filters.percent(statistics.drift_before), "", "The part of your money that sits in another class than your target says."
    )
    gap = Figure(
        "Largest distance",
        filters.points(gaps[widest]) if widest else filters.NOT_AVAILABLE,
        "",
        f"In {wording.class_name(widest)}, against a target of {filters.percent_plain(figures.targets.get(widest, ZERO))}."
        if widest
        else "There is no target to compare with.",
    )
    score = statistics.location_score_before
    note = "How well each investment sits in the account that taxes it least."
    placement = Figure(
        "Placement",
        filters.score(score),
        "of 100" if score is not None else "",
        note if score is not None else (_why_not(statistics, "location_score_before")),
    )
    return drift, gap, placement


def mix_of(decision: Decision, figures: Figures) -> Mix | None:
    """Stocks against bonds, today and after, with the target as a line; None where the classes do not say which is which."""
    before, target = wording.stock_share(figures.weights_before), wording.stock_share(figures.targets)
    if before is None:
        return None
    proposed = decision.status is Status.PROPOSED
    after = wording.stock_share(figures.weights_after) if proposed else None
    statistics = decision.statistics
    rows = [_mix_row("Today", before, target, "was", statistics.drift_before if statistics else None, figures, "")]
    if after is not None:
        rows.append(_mix_row("After", after, target, "acc2", statistics.drift_after if statistics else None, figures, "acc"))
    return Mix(tuple(rows), _mix_note(target, after))


def _mix_row(label: str, share: Decimal, target: Decimal | None, colour: str, drift: Decimal | None, figures: Figures, tone: str) -> MixRow:
    property_too = any("reit" in name or "real_estate" in name for name in figures.classes)
    stocks = f"{filters.percent(share, 0)} stocks{' and real estate' if property_too else ''}"
    bonds = f"{100 - int(filters.fixed(share * 100).replace(filters.MINUS, '-'))}% bonds and cash"
    spoken = f"{label}: {stocks}, {bonds}" + (f", target {filters.percent(target, 0)} stocks" if target is not None else "")
    off = target is not None and abs(share - target) >= NOTICEABLE
    bar = charts.share_bar(float(share), None if target is None else float(target), colour, spoken)
    words = f"Drift {filters.percent(drift)}" if drift is not None else ""
    return MixRow(label, stocks, bonds, bar, words, tone or ("cost" if off else ""))


def _mix_note(target: Decimal | None, after: Decimal | None) -> str:
    if target is None:
        return ""
    note = f"The line marks your target of {filters.percent(target, 0)}."
    if after is not None and abs(after - target) >= Decimal("0.005"):
        note += (
            " The rest of the way is left for later, because going further today would cost more than it brings or break a rule of yours."
        )
    return note
