"""The page of a change of policy: what is said differently, whom it touches, and what that costs the book."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from solver.endings import Change, Effect, Ending, Order
from solver.impact import Impact
from templates import filters, wording
from templates.view.run import RunFacts

ARROW = " → "
MOST_LINES = 500
"""Households told one by one; a page of more is not read."""


@dataclass(frozen=True, slots=True)
class Line:
    """One household that is touched. Places on the drift axis are percents, empty where a figure cannot exist."""

    household_id: str
    name: str
    advisor: str
    is_stuck: bool
    status: str
    before: str
    after: str
    drift: str
    tax: str
    tax_moved: str
    trades: str
    score: str
    rules: str
    sentence: str
    orders: tuple[str, ...]

    @property
    def span(self) -> tuple[str, str]:
        """Left and right end of the way between the two drifts."""
        return self.before, self.after


@dataclass(frozen=True, slots=True)
class ImpactPage:
    """Everything the template prints, ready to print."""

    title: str
    firm: str
    about: str
    headline: str
    figures: tuple[tuple[str, str, str], ...]
    broken: tuple[str, ...]
    sentences: tuple[tuple[bool, str], ...]
    first: tuple[Line, ...]
    lines: tuple[Line, ...]
    more: str
    statuses: tuple[tuple[str, str, str, bool], ...]
    note: str
    produced: str


def impact_view(impact: Impact, run: RunFacts, old: str, new: str, sentences: str, broken: Sequence[str] = ()) -> ImpactPage:
    """The view of a comparison. `old` and `new` name the two policies, `sentences` is what `rules diff` says of them,
    `broken` are the limits that were exceeded."""
    changed = impact.changed
    axis = _axis(changed)
    lines = tuple(_line(effect, axis) for effect in changed)
    return ImpactPage(
        title=f"Impact of a policy change, {run.firm_name}",
        firm=run.firm_name,
        about=f"As of {filters.date_long(run.as_of)} · {old}{ARROW}{new} · {filters.count(len(impact.effects), 'household')}",
        headline=_headline(impact),
        figures=tuple(_figures(impact)),
        broken=tuple(filters.sentence(each) for each in broken),
        sentences=tuple((text.startswith(" "), text.strip().replace("`", "")) for text in sentences.splitlines()),
        first=tuple(line for line in lines if line.is_stuck),
        lines=lines[:MOST_LINES],
        more=f"{filters.count(len(lines) - MOST_LINES, 'more household')}." if len(lines) > MOST_LINES else "",
        statuses=tuple(
            (wording.STATUSES[status], filters.fixed(was), filters.fixed(now), was != now) for status, (was, now) in impact.counts().items()
        ),
        note=_note(impact, axis),
        produced=f"Prepared with {run.produced}",
    )


def _headline(impact: Impact) -> str:
    touched, stuck = len(impact.changed), len(impact.newly_stuck)
    if not touched:
        return "The new policy changes nothing for any household."
    said = f"The new policy changes {filters.fixed(touched)} of {filters.count(len(impact.effects), 'household')}"
    if stuck:
        return f"{said}; {filters.count(stuck, 'household')} {'waits' if stuck == 1 else 'wait'} for a decision that did not before."
    return f"{said}, and none waits for a decision that did not before."


def _figures(impact: Impact) -> Iterator[tuple[str, str, str]]:
    totals = impact.totals()
    by_change = {change: len(impact.having(change)) for change in Change}
    note = f"{by_change[Change.STATUS]} in status, {by_change[Change.TRADES]} in trades, {by_change[Change.FIGURES]} in figures alone"
    yield "Households changed", f"{filters.fixed(len(impact.changed))} of {filters.fixed(len(impact.effects))}", note
    yield "Newly waiting", filters.fixed(len(impact.newly_stuck)), f"{len(impact.freed)} freed"
    old, new = totals.tax_cost
    yield "Tax now", filters.usd_signed(new - old, zero="the same"), _pair(filters.usd(old), filters.usd(new))
    if totals.drift_after:
        yield "Drift after", _moved_points(*totals.drift_after), f"{_percent_pair(*totals.drift_after)}, weighted by value"
    if totals.location_score:
        was, now = totals.location_score
        yield "Location score", _moved(was, now), f"{_pair(filters.fixed(was, 1), filters.fixed(now, 1))}, weighted by value"
    yield "Trades", _pair(filters.fixed(totals.trades[0]), filters.fixed(totals.trades[1])), "orders of the whole book"


def _line(effect: Effect, axis: Decimal) -> Line:
    old, new = effect.old, effect.new
    return Line(
        effect.household_id,
        filters.scrubbed(effect.name, {}),
        filters.scrubbed(effect.advisor, {}),
        effect.is_newly_stuck,
        _pair(wording.STATUSES[old.status], wording.STATUSES[new.status]),
        _place(old.drift_after, axis),
        _place(new.drift_after, axis),
        _pair(filters.percent(old.drift_after, missing=filters.NOTHING), filters.percent(new.drift_after, missing=filters.NOTHING)),
        _pair(filters.usd(old.tax_cost, filters.NOTHING), filters.usd(new.tax_cost, filters.NOTHING)),
        filters.usd_signed(None if old.tax_cost is None or new.tax_cost is None else new.tax_cost - old.tax_cost, filters.NOTHING),
        _pair(filters.fixed(len(old.orders)), filters.fixed(len(new.orders))),
        _pair(_score(old), _score(new)),
        ", ".join(effect.rules) or "assumptions",
        why_stuck(effect.new) if effect.is_newly_stuck else "",
        tuple(_orders(effect)),
    )


def why_stuck(ending: Ending) -> str:
    """Why a household waits for a person, as a sentence; empty where it does not."""
    if len(ending.stuck) > 1:
        titles = filters.listed([f"“{each}”" for each in ending.stuck])
        ways = "; or ".join(f"{title}: {way.rstrip('.')}" for title, way in zip(ending.stuck, ending.ways_out, strict=False))
        said = f"{titles} cannot {'both' if len(ending.stuck) == 2 else 'all'} hold. {filters.sentence(ways)}"
        return filters.scrubbed(said.strip(), {})
    return filters.sentence(filters.scrubbed("".join(ending.stuck), {}))


def _orders(effect: Effect) -> Iterator[str]:
    for word, orders in (("Only under the new policy", effect.added), ("Only under the old policy", effect.dropped)):
        for order in orders:
            yield f"{word}: {_order(order, effect)}, {filters.usd(order.notional_usd)}"
    for was, now in effect.resized:
        yield f"Of another size: {_order(now, effect)} instead of {filters.shares(was.quantity)}"


def _order(order: Order, effect: Effect) -> str:
    account = filters.masked(effect.references.get(order.account_id, order.account_id))
    return f"{order.side.value.lower()} {filters.shares(order.quantity)} {order.symbol} in {account}"


def _pair(old: str, new: str) -> str:
    return new if old == new else f"{old}{ARROW}{new}"


def _percent_pair(old: Decimal, new: Decimal) -> str:
    return _pair(filters.percent(old, 2), filters.percent(new, 2))


def _moved(old: Decimal, new: Decimal) -> str:
    text = filters.fixed(new - old, 1)
    return "the same" if text == "0.0" else text if text.startswith(filters.MINUS) else f"+{text}"


def _moved_points(old: Decimal, new: Decimal) -> str:
    text = filters.fixed((new - old) * 100, 2)
    return "the same" if text == "0.00" else f"{text} pts" if text.startswith(filters.MINUS) else f"+{text} pts"


def _score(ending: Ending) -> str:
    return filters.NOTHING if ending.location_score is None else filters.score(ending.location_score)


def _axis(effects: Sequence[Effect]) -> Decimal:
    """The drift at the right end: the largest that is shown, at least one percent."""
    drifts = [drift for each in effects for drift in (each.old.drift_after, each.new.drift_after) if drift is not None]
    return max([Decimal("0.01"), *drifts])


def _place(drift: Decimal | None, axis: Decimal) -> str:
    return "" if drift is None else f"{float(4 + 92 * drift / axis):.1f}%"


def _note(impact: Impact, axis: Decimal) -> str:
    untouched = len(impact.effects) - len(impact.changed)
    return (
        f"{filters.count(untouched, 'household').capitalize()} {'ends' if untouched == 1 else 'end'} exactly as before and "
        f"{'is' if untouched == 1 else 'are'} not listed. Hollow is the old policy, solid the new one, scale 0 to {filters.percent(axis)}. "
        "Sums and means are over the households decided under both policies, on the same data, prices and law; hypothetical."
    )
