"""Where the tentative minimum tax changes its slope: the lines that `kinks` leaves out.

Between the lines of `kinks` and of `amt_kinks` together, `Tax.amt_margin` (tentative less regular tax, signed) is affine in
(s, l), so the alternative minimum tax is the positive part of one affine function in every cell.

    net     the exemption's phase-out, the increase for married filing separately, the edge of the 28 percent rate
    l       gains alone reach 15 or 20 percent while ordinary income is nothing
    skew    the base without gains reaches zero or the 28 percent rate; gains within a base smaller than they are
"""

from __future__ import annotations

from collections.abc import Iterator

from solver.tax.dip import Piece
from solver.tax.income import Income
from solver.tax.kinks import Box, Kinks, crosses, within
from solver.tax.schedule import TaxSchedule

Line = tuple[float, float, float]


def amt_kinks(schedule: TaxSchedule[float], income: Income[float], box: Box) -> Kinks:
    """Every line inside the box on which the tentative minimum tax may change its slope, beside those of `kinks`."""
    s_low, s_high, l_low, l_high = box
    least, most = s_low + l_low, s_high + l_high
    shift = income.gross - income.deduction + income.amt_addback
    pieces = [each for each in base_pieces(schedule) if each.low - shift < most and each.high - shift > min(least, -schedule.loss_limit)]
    net = [*_edges(schedule, shift, pieces), *_net(schedule, income, shift, pieces)]
    on_long = [edge - income.qualified_dividends for edge in schedule.gains.floors[1:]]
    return Kinks(
        s=(),
        l=within(on_long, l_low, l_high),
        net=within([*(each for each in net if each > -schedule.loss_limit), *on_long], least, most),
        skew=tuple(dict.fromkeys(line for line in _skew(schedule, income, shift, pieces) if crosses(line, box))),
    )


def base_pieces(schedule: TaxSchedule[float]) -> list[Piece]:
    """The minimum tax's base, income less exemption, as pieces over alternative minimum taxable income."""
    exemption, start, rate = schedule.amt_exemption, schedule.amt_phase_out_start, schedule.amt_phase_out_rate
    gone, endless = start + exemption / rate, float("inf")
    pieces = [
        Piece(-endless, start, 1.0, -exemption),
        Piece(start, gone, 1.0 + rate, -exemption - rate * start),
    ]
    increase = schedule.amt_increase_start
    if increase is None:
        return [*pieces, Piece(gone, endless, 1.0, 0.0)]
    full = increase + exemption / rate
    return [*pieces, Piece(increase, full, 1.0 + rate, -rate * increase), Piece(full, endless, 1.0, exemption)]


def _edges(schedule: TaxSchedule[float], shift: float, pieces: list[Piece]) -> Iterator[float]:
    yield from (each.high - shift for each in pieces if each.high < float("inf"))
    targets = [0.0, schedule.amt.floors[1], *schedule.gains.floors[1:]]
    yield from (each.where(target) - shift for each in pieces for target in targets)


def _net(schedule: TaxSchedule[float], income: Income[float], shift: float, pieces: list[Piece]) -> Iterator[float]:
    """Lines s + l = c: a net loss, a long-term loss or a short-term loss inside a net gain."""
    dividends = income.qualified_dividends
    ordinary = income.gross - income.deduction - dividends
    for piece in pieces:
        for target in (0.0, schedule.amt.floors[1]):
            yield piece.where(target + dividends) - shift
            if piece.slope != 1.0:
                yield (target + dividends - piece.at(shift)) / (piece.slope - 1.0)
        for edge in schedule.gains.floors[1:]:
            yield piece.where(edge - max(0.0, ordinary)) - shift
            yield (edge - ordinary - piece.at(shift)) / (piece.slope + 1.0)


def _skew(schedule: TaxSchedule[float], income: Income[float], shift: float, pieces: list[Piece]) -> Iterator[Line]:
    """Lines where both nets are gains: base = m·(s + l) + c, gains l on top of ordinary income O + s."""
    dividends = income.qualified_dividends
    ordinary = income.gross - income.deduction - dividends
    for piece in pieces:
        for target in (0.0, schedule.amt.floors[1]):
            yield piece.slope, piece.slope - 1.0, target + dividends - piece.at(shift)
        for edge in schedule.gains.floors[1:]:
            yield piece.slope + 1.0, piece.slope, edge - ordinary - piece.at(shift)
