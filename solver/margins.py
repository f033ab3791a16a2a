"""Why here and no further, and why not that other lot: the reduced cost of what was not traded, told by rule.

With every either-or settled (`solver/settled`) the program is linear, and selling one more dollar of a lot, or buying one more
of a security, costs the household

    own cost − Σ dual of row · coefficient in the row,

rows named by the rule that states them. Selling a dollar of a lot also moves its order line and the year's net gain, so
those definitions are followed through and cancel. For a trade that moved freely the sum is zero: that is the margin at which
it stopped. For one that was left alone the parts do not cancel; the dearest of them is the reason. Dollars are per dollar at
the margin; they hold for the next dollar only and are never multiplied into a total.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from solver.outcome import Side
from solver.outcome import Term as Holding
from solver.settled import Settled
from solver.terms.base import Term

DUST = 1e-9


@dataclass(frozen=True, slots=True)
class Part:
    """One reason's dollars per dollar traded (positive: against the trade). `reason` is an objective term (drift, location,
    tax_now, tax_later, spread), `cash` (what a dollar of the account's cash is worth elsewhere), or the kind of the rule;
    `term` is the term that states it, `detail` the row's or bar's own words."""

    reason: str
    term: Term
    detail: str
    usd: float


@dataclass(frozen=True, slots=True)
class Margin:
    """Selling or buying one more dollar: the parts and their sum. `lot_id` is empty for purchases and untaxed positions;
    `room_usd` is how much more could be traded at all."""

    side: Side
    account: int
    symbol: str
    lot_id: str
    columns: tuple[int, ...]
    """The base columns that a bar of it would stand on."""
    room_usd: float
    traded_usd: float
    parts: tuple[Part, ...]

    @property
    def usd(self) -> float:
        """What one more dollar costs; zero at the margin of a free trade, below zero where a bar holds it."""
        return sum(part.usd for part in self.parts)

    @property
    def against(self) -> Part | None:
        """The dearest part that speaks against the trade; None where none does."""
        return max((part for part in self.parts if part.usd > DUST), key=lambda part: part.usd, default=None)

    @property
    def in_favour_usd(self) -> float:
        """All that speaks for the trade, zero or negative."""
        return sum(part.usd for part in self.parts if part.usd < 0)


def margins(settled: Settled) -> Iterator[Margin]:
    """One more dollar of every slice that can be sold and of every pair that can be bought."""
    problem, at, reader = settled.bound.problem, settled.bound.problem.columns, _Reader(settled)
    payer = {taxed.taxpayer_id: u for u, taxed in enumerate(problem.returns)}
    for j, piece in enumerate(problem.slices):
        direction = {at.sell(j): 1.0, at.sold(piece.pile): 1.0}
        if piece.term is not None:
            u = payer[problem.accounts[piece.account].taxpayer_id]
            direction[at.net_st(u) if piece.term is Holding.ST else at.net_lt(u)] = piece.gain_frac
        sold = float(settled.base[at.sell(j)])
        lot_id = piece.lot.lot_id if piece.lot else ""
        columns = (at.sell(j), at.sold(piece.pile))
        yield Margin(Side.SELL, piece.account, piece.symbol, lot_id, columns, piece.value_usd - sold, sold, reader.parts(direction))
    for k, pair in enumerate(problem.pairs):
        bought = float(settled.base[at.buy(k)])
        parts = reader.parts({at.buy(k): 1.0})
        yield Margin(Side.BUY, pair.account, pair.symbol, "", (at.buy(k),), pair.limit_usd - bought, bought, parts)


class _Reader:
    """Reads directions of the base columns against the settled program's costs and duals."""

    def __init__(self, settled: Settled) -> None:
        self._settled = settled
        self._rows = {
            place: (term, number)
            for term in settled.bound.terms
            for number, places in settled.program.rows(term.name).items()
            for place in places
        }
        self._costs: dict[int, list[tuple[Term, float]]] = defaultdict(list)
        for term in settled.bound.terms:
            for columns, values in zip(term.cost_columns, term.cost_values, strict=True):
                for column, value in zip(columns.tolist(), values.tolist(), strict=True):
                    if value:
                        self._costs[column].append((term, value))

    def parts(self, direction: Mapping[int, float]) -> tuple[Part, ...]:
        """The direction's dollars by reason, own costs first; what a definition adds and takes away again is gone."""
        found: dict[tuple[str, str, str], tuple[Term, float]] = {}

        def add(reason: str, term: Term, detail: str, usd: float) -> None:
            key = (reason, term.name, detail)
            found[key] = (term, usd + (found[key][1] if key in found else 0.0))

        activity: dict[int, float] = defaultdict(float)
        for column, amount in direction.items():
            for term, usd in self._costs.get(column, ()):
                add(term.family, term, "", usd * amount)
            place = int(self._settled.program.base[column])
            if place >= 0:
                for row, coefficient in self._settled.program.coefficients(place):
                    activity[row] += coefficient * amount
        for row, amount in activity.items():
            dual = float(self._settled.duals[row])
            if dual and abs(amount) > DUST:
                term, number = self._rows[row]
                add(*_reason(term, number), -dual * amount)
        return tuple([Part(reason, term, detail, usd) for (reason, _, detail), (term, usd) in found.items() if abs(usd) > DUST])


def _reason(term: Term, number: int) -> tuple[str, Term, str]:
    row = term.rows[number]
    if term.kind == "accounts":
        return ("cash" if row.name.startswith("cash_") else "spread"), term, ""
    if term.kind == "tax":
        return "tax_now", term, ""
    if term.kind == "band":
        return "drift", term, row.name.removeprefix("class_")
    return term.kind, term, row.words
