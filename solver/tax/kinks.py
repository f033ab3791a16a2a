"""Where the tax changes its slope: lines in the plane of s (net short-term) and l (net long-term gain after carryforwards).

Between the lines s = c, l = c, s + l = c (and a few skew ones) the total tax and both carryforwards are affine in (s, l), as
long as no alternative minimum tax is due; `amt_possible` says whether it could be, `amt_kinks` has its lines.

    s        ordinary taxable income reaches an edge, while the gain is long-term on top of it;  s = 0, s = −used
    l        netting (l = 0), Washington's excise
    s + l    netting (0), the loss limit, taxable income or adjusted gross income reaches an edge, NIIT, state brackets
    skew     where the ordinary scale on all taxable income is lower than gains at their own rate: from 2026 the 15 percent
             rate begins up to $1,900 below the end of the 12 percent bracket, and § 1(h)(1) lets the lower tax stand
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple, TypeAlias

from solver.tax.dip import Dip, dip_of
from solver.tax.income import Income
from solver.tax.schedule import ClassedStateTax, ExciseStateTax, ScaleStateTax, TaxSchedule

Box: TypeAlias = tuple[float, float, float, float]
"""s from, s to, l from, l to: dollars after carryforwards."""
SAME_USD = 1e-6
"""Lines that lie closer than this are one line."""


class Kinks(NamedTuple):
    """Sorted offsets of the lines s = c, l = c, s + l = c, and skew lines (a, b, c): a·s + b·l = c."""

    s: tuple[float, ...]
    l: tuple[float, ...]
    net: tuple[float, ...]
    skew: tuple[tuple[float, float, float], ...] = ()


def kinks(schedule: TaxSchedule[float], income: Income[float], box: Box) -> Kinks:
    """Every line that crosses the inside of the box and on which total tax or a carryforward may change its slope."""
    s_low, s_high, l_low, l_high = box
    net_low, net_high = s_low + l_low, s_high + l_high
    dip = dip_of(schedule.ordinary, schedule.gains)
    on_net = [*_netting(schedule, income), *_federal_net(schedule, income, box), *_state_net(schedule, income)]
    skew: list[tuple[float, float, float]] = []
    if dip is not None and _reaches(dip, schedule, income, box):
        on_net += _dip_net(dip, schedule, income)
        skew = [line for line in _dip_skew(dip, income) if crosses(line, box)]
    return Kinks(
        s=within(_on_short(schedule, income, l_high), s_low, s_high),
        l=within(_on_long(schedule), l_low, l_high),
        net=within(on_net, net_low, net_high),
        skew=tuple(skew),
    )


def within(values: Iterable[float], low: float, high: float) -> tuple[float, ...]:
    """The values strictly between two, sorted, those that lie together once."""
    kept: list[float] = []
    for value in sorted(values):
        if low < value < high and not (kept and value - kept[-1] < SAME_USD):
            kept.append(value)
    return tuple(kept)


def _room(income: Income[float]) -> float:
    """Taxable income without gains, signed."""
    return income.gross - income.deduction


def _edges(schedule: TaxSchedule[float]) -> list[float]:
    """Ordinary taxable incomes at which a rate changes: ordinary brackets, and where gains stacked on top enter 15 or 20 %."""
    return [*schedule.ordinary.floors, *schedule.gains.floors[1:]]


def _on_short(schedule: TaxSchedule[float], income: Income[float], l_high: float) -> Iterator[float]:
    yield 0.0
    yield -min(schedule.loss_limit, max(0.0, _room(income)))
    if l_high > 0:
        ordinary = _room(income) - income.qualified_dividends
        yield from (edge - ordinary for edge in _edges(schedule) if edge > ordinary)


def _on_long(schedule: TaxSchedule[float]) -> Iterator[float]:
    yield 0.0
    law = schedule.state_tax
    if isinstance(law, ExciseStateTax):
        yield from (law.deduction + floor for floor in law.scale.floors)


def _netting(schedule: TaxSchedule[float], income: Income[float]) -> Iterator[float]:
    yield 0.0
    yield -schedule.loss_limit
    yield -min(schedule.loss_limit, max(0.0, _room(income)))


def _federal_net(schedule: TaxSchedule[float], income: Income[float], box: Box) -> Iterator[float]:
    limit, room = -schedule.loss_limit, _room(income)
    taxable = [edge - room for edge in schedule.gains.floors]
    investment = [-income.investment, schedule.niit_threshold - income.gross]
    yield from (value for value in (*taxable, *investment) if value > limit)
    # The net gain moves ordinary income only where it is a loss, or where a long-term loss has eaten into short-term gain.
    losing = box[0] + box[2] < 0
    eaten = box[2] < 0
    for edge in _edges(schedule):
        value = edge - room + income.qualified_dividends
        if (eaten and value > 0) or (losing and limit < value <= 0):
            yield value


def _state_net(schedule: TaxSchedule[float], income: Income[float]) -> Iterator[float]:
    law = schedule.state_tax
    if isinstance(law, ScaleStateTax):
        carried = income.st_carryforward + income.lt_carryforward
        least = 0.0 if law.same_year else -schedule.loss_limit
        shift = carried if law.same_year else 0.0
        if law.same_year:
            yield -shift
        yield from (floor - income.gross - shift for floor in law.scale.floors if floor - income.gross > least)
    elif isinstance(law, ClassedStateTax):
        investment = max(0.0, income.investment)
        yield -min(law.loss_limit, investment)
        yield law.surtax_threshold - max(0.0, income.ordinary) - investment


def _reaches(dip: Dip, schedule: TaxSchedule[float], income: Income[float], box: Box) -> bool:
    """Whether taxable and ordinary income can come where the ordinary scale is the lower one."""
    low, high = ordinary_range(schedule, income, box)
    room, limit = _room(income), -schedule.loss_limit
    taxable_low, taxable_high = room + max(limit, box[0] + box[2]), room + max(limit, box[1] + box[3])
    return low < dip.start_high and high > dip.start_low and taxable_low < dip.end_high and taxable_high > dip.end_low


def ordinary_range(schedule: TaxSchedule[float], income: Income[float], box: Box) -> tuple[float, float]:
    """Bounds of ordinary taxable income over the box, dollars."""
    s_low, s_high, l_low, _ = box
    ordinary = _room(income) - income.qualified_dividends
    least = s_low + min(0.0, l_low) if s_low > 0 else min(0.0, s_low + l_low)
    return max(0.0, ordinary + max(least, -schedule.loss_limit)), max(0.0, ordinary + max(0.0, s_high))


def _dip_net(dip: Dip, schedule: TaxSchedule[float], income: Income[float]) -> Iterator[float]:
    room = _room(income)
    ordinary, limit = room - income.qualified_dividends, -schedule.loss_limit
    yield from (value for value in (edge - room for edge in dip.taxable_edges) if value > limit)
    start = max(0.0, ordinary)
    for first, second in dip.pairs:
        # A short-term loss leaves ordinary income where it is ...
        if first.low <= start <= first.high:
            taxable = second.where(first.at(start))
            if second.low <= taxable <= second.high and taxable > room:
                yield taxable - room
        # ... a net loss, or a long-term loss inside a net gain, moves both alike.
        if first.slope != second.slope:
            value = (first.at(ordinary) - second.at(room)) / (second.slope - first.slope)
            if value > limit and first.low <= ordinary + value <= first.high and second.low <= room + value <= second.high:
                yield value


def _dip_skew(dip: Dip, income: Income[float]) -> Iterator[tuple[float, float, float]]:
    room = _room(income)
    ordinary = room - income.qualified_dividends
    for first, second in dip.pairs:
        yield 1.0 - first.slope / second.slope, 1.0, (first.at(ordinary) - second.at(room)) / second.slope


def crosses(line: tuple[float, float, float], box: Box) -> bool:
    """Whether a·s + b·l = c passes through the inside of the box."""
    a, b, c = line
    corners = [a * s + b * l - c for s in box[:2] for l in box[2:]]
    return min(corners) < 0 < max(corners)


def amt_possible(schedule: TaxSchedule[float], income: Income[float], box: Box) -> bool:
    """Whether alternative minimum tax could be due anywhere in the box; False is a proof that it is not.

    Gains keep their rates under both taxes, so AMT is due only where the 26/28 percent scale on ordinary income less
    the exemption exceeds the ordinary scale. The exemption is taken at the box's largest income, where it is smallest.
    """
    low, high = ordinary_range(schedule, income, box)
    amti = _room(income) + max(box[1] + box[3], -schedule.loss_limit) + income.amt_addback
    increase = 0.0
    if schedule.amt_increase_start is not None:
        increase = min(schedule.amt_exemption, schedule.amt_phase_out_rate * max(0.0, amti - schedule.amt_increase_start))
    lost = schedule.amt_phase_out_rate * max(0.0, amti + increase - schedule.amt_phase_out_start)
    exemption = max(0.0, schedule.amt_exemption - lost)
    shift = exemption - increase - income.amt_addback
    dip = dip_of(schedule.ordinary, schedule.gains)
    points = [low, high, *(p for p in _edges_of_both(schedule, shift) if low < p < high)]
    if any(schedule.amt.at(p - shift) > schedule.ordinary.at(p) + SAME_USD for p in points):
        return True
    if dip is None or high <= dip.start_low or low >= dip.start_high:
        return False
    inside = [max(low, dip.start_low), min(high, dip.start_high), *(p for p in points if dip.start_low < p < dip.start_high)]
    return any(schedule.amt.at(p - shift) > schedule.ordinary.at(p) - dip.depth for p in inside)


def _edges_of_both(schedule: TaxSchedule[float], shift: float) -> list[float]:
    return [*schedule.ordinary.floors, *(floor + shift for floor in schedule.amt.floors)]
