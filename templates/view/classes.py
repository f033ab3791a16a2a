"""Every class against its target and band, today and after."""

from __future__ import annotations

import math

from solver.decision import Decision
from solver.outcome import Status
from templates import charts, filters
from templates.view.figures import Figures
from templates.view.names import Names
from templates.view.parts import Classes, ClassRow
from validation.units import ZERO


def classes_of(decision: Decision, figures: Figures, names: Names) -> Classes | None:
    """The section; None where nothing is held. The `after` column appears only with a proposal."""
    if not figures.weights_before or not any(figures.weights_before.values()):
        return None
    proposed = decision.status is Status.PROPOSED
    top = _top(figures)
    rows = tuple(_row(name, figures, names, top, proposed) for name in figures.classes)
    heading, lead = _words(figures, proposed)
    steps = round(top * 100 / (10 if top <= 0.6 else 20))
    axis = tuple((f"{100 * step / steps:.2f}", f"{top * 100 * step / steps:.0f}%") for step in range(steps + 1))
    legend = [("cost", "today, outside the band"), ("was", "today")] if figures.bands else [("was", "today")]
    legend += [("acc", "after")] if proposed else []
    legend += [("acc3", "band and target")] if figures.bands else [("tick", "target")] if figures.targets else []
    return Classes(heading, lead, rows, axis, tuple(legend), proposed)


def _top(figures: Figures) -> float:
    weights = [*figures.weights_before.values(), *figures.weights_after.values(), *(high for _, high in figures.bands.values())]
    highest = min(float(max(weights)), 1.0)
    step = 0.1 if highest <= 0.6 else 0.2
    return min(max(step, math.ceil(highest / step - 1e-9) * step), 1.0)


def _row(name: str, figures: Figures, names: Names, top: float, proposed: bool) -> ClassRow:
    before, after = figures.weights_before.get(name, ZERO), figures.weights_after.get(name, ZERO)
    target = figures.targets.get(name, ZERO) if figures.targets else None
    band = figures.bands.get(name)
    label = f"{names.asset_class(name)}: {filters.percent(before)} today"
    label += f", {filters.percent(after)} after" if proposed else ""
    label += f", target {filters.percent_plain(target)}" if target is not None else ""
    label += f", band {filters.percent_plain(band[0])} to {filters.percent_plain(band[1])}" if band else ""
    outside = figures.is_outside(name, before)
    chart = charts.range_dots(
        float(before) / top,
        float(after) / top if proposed else None,
        None if target is None else float(target) / top,
        (float(band[0]) / top, float(band[1]) / top) if band else None,
        outside,
        label,
    )
    return ClassRow(
        names.asset_class(name),
        chart,
        filters.percent(before),
        filters.percent_plain(target) if target is not None else filters.NOTHING,
        filters.percent(after) if proposed else "",
        outside,
        proposed and figures.is_outside(name, after),
    )


def _words(figures: Figures, proposed: bool) -> tuple[str, str]:
    if not figures.targets:
        return "What you own, by class", "There is no target for this household, so there is nothing to compare with."
    if not figures.bands:
        return "Each class beside its target", "Your policy sets no tolerance; the tick is the target itself."
    was = [name for name in figures.classes if figures.is_outside(name, figures.weights_before.get(name, ZERO))]
    explain = "The shaded band is how far a class may wander before we act."
    total = len(figures.classes)
    if not was:
        return "Every class is inside its tolerance band", explain
    outside = "All were outside." if len(was) == total else f"{_of(len(was), total)} outside."
    if not proposed:
        return (
            f"{_number(len(was)).capitalize()} of {_number(total)} classes {'is' if len(was) == 1 else 'are'} outside the tolerance band",
            explain,
        )
    now = [name for name in figures.classes if figures.is_outside(name, figures.weights_after.get(name, ZERO))]
    if not now:
        return "Every class is back inside its tolerance band", f"{outside} {explain}"
    if len(now) < len(was):
        return (
            f"{_number(len(was) - len(now)).capitalize()} of {_number(len(was))} classes come back inside their band",
            f"{outside} {explain}",
        )
    closer = sum(_distance(name, figures, after=True) < _distance(name, figures, after=False) for name in now)
    return "Classes move toward their targets" if closer else "Classes beside their targets", f"{outside} {explain}"


def _distance(name: str, figures: Figures, after: bool) -> float:
    weights = figures.weights_after if after else figures.weights_before
    return abs(float(weights.get(name, ZERO) - figures.targets.get(name, ZERO)))


def _of(some: int, total: int) -> str:
    return f"{_number(some).capitalize()} of {_number(total)} {'was' if some == 1 else 'were'}"


def _number(count: int) -> str:
    words = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
    return words[count] if count < len(words) else str(count)
