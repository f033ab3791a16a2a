"""From dollars to shares, inside the answer: round an order, hold it, let the rest of the model answer, go on.

What leaves the house is whole shares (or thousandths where a security trades in fractions), so sales are rounded first,
then purchases with the cash that is really there. Each step is a warm LP: floors, budgets and bands hold on the rounded
list because the model agreed to it, not because rounding is small.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal
from enum import StrEnum

from solver.highs import Answer, Bounds, LinearProgram
from solver.problem import OrderSize, Problem, Slice
from validation.household import Lot

WHOLE = Decimal(1)
LOT_STEP = Decimal("0.0001")
NEAR = 1e-6
LOT_NOISE_USD = 1e-5
NOTHING = Decimal(0)


class Lean(StrEnum):
    """Less of a gain, more of a loss: what keeps a budget of gains that the model just kept."""

    NEAR = "near"
    UP = "up"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class Order:
    """An order line that the search decided on: its LP column, price, step, and the shares it may have."""

    column: int
    price: Decimal
    step: Decimal
    least: Decimal
    most: Decimal
    closes: Decimal | None
    """Shares that close the position: allowed although they are no multiple of the step."""
    lean: Lean = Lean.NEAR
    """Which way a sale is rounded first."""
    tidy: bool = True
    """Whether a remnant smaller than the smallest trade is sold, too."""

    def bounds(self, shares: Decimal) -> Bounds:
        dollars = float(shares * self.price)
        return (dollars, dollars)

    def candidates(self, dollars: float, up: bool) -> list[Decimal]:
        """Shares near `dollars`, best first: rounded to the step (a purchase down), or closing; no trade at all comes last."""
        exact = Decimal(repr(dollars)) / self.price
        if self.tidy and self.closes is not None and exact < self.closes < exact + self.least:
            # What would be left is smaller than the smallest trade: a remnant that looks careless. Sell it, too.
            return [self.closes, *self._near(exact, up)]
        if self.closes is not None and exact >= self.closes - self.step * Decimal("1e-3"):
            return [self.closes, *self._allowed([self._floor(self.closes - self.step / 2)]), NOTHING]
        return self._near(exact, up)

    def _near(self, exact: Decimal, up: bool) -> list[Decimal]:
        low, high = self._floor(exact + self.step * Decimal("1e-6")), self._ceiling(exact - self.step * Decimal("1e-6"))
        nearest = (exact / self.step).quantize(WHOLE, ROUND_HALF_EVEN) * self.step
        ordered = [low, high]
        if up:
            ordered = {Lean.NEAR: [nearest, low, high], Lean.UP: [high, low], Lean.DOWN: [low, high]}[self.lean]
        if self.closes is not None:
            ordered = [min(each, self.closes) for each in ordered]
        return [*self._allowed(ordered), NOTHING]

    def _allowed(self, shares: list[Decimal]) -> list[Decimal]:
        return [each for each in dict.fromkeys(shares) if self.least <= each <= self.most]

    def _floor(self, shares: Decimal) -> Decimal:
        return (shares / self.step).quantize(WHOLE, ROUND_FLOOR) * self.step

    def _ceiling(self, shares: Decimal) -> Decimal:
        return (shares / self.step).quantize(WHOLE, ROUND_CEILING) * self.step


def least_shares(size: OrderSize, price: Decimal) -> Decimal:
    """The fewest shares, on the step, that reach the minimum trade."""
    shares = Decimal(repr(size.least_usd)) / price
    return max(size.step, (shares / size.step).quantize(WHOLE, ROUND_CEILING) * size.step)


@dataclass(slots=True)
class Rounding:
    """What has been rounded so far: shares by LP column, the bounds that hold them, and the LP's answer around them."""

    program: LinearProgram
    shares: dict[int, Decimal]
    bounds: dict[int, Bounds]
    answer: Answer

    def settle(self, orders: list[Order], *, up: bool) -> bool:
        """Round these orders; False where no rounding of some order is feasible.

        All at once at their first candidates; where the LP refuses, one half and then the other, down to the single
        order that is in the way, which takes the best of its candidates.
        """
        if not orders:
            return True
        first = {order.column: order.candidates(float(self.answer.values[order.column]), up)[0] for order in orders}
        trial = {**self.bounds, **{order.column: order.bounds(first[order.column]) for order in orders}}
        attempt = self.program.solve(trial)
        if attempt.feasible:
            self.shares |= first
            self.bounds, self.answer = trial, attempt
            return True
        if len(orders) == 1:
            return self._best_of(orders[0], up)
        half = len(orders) // 2
        return self.settle(orders[:half], up=up) and self.settle(orders[half:], up=up)

    def _best_of(self, order: Order, up: bool) -> bool:
        ways: list[tuple[float, Decimal, dict[int, Bounds], Answer]] = []
        for candidate in order.candidates(float(self.answer.values[order.column]), up)[1:]:
            trial = {**self.bounds, order.column: order.bounds(candidate)}
            attempt = self.program.solve(trial)
            if attempt.feasible:
                ways.append((attempt.objective, candidate, trial, attempt))
        if not ways:
            return False
        _, self.shares[order.column], self.bounds, self.answer = min(ways, key=lambda way: way[0])
        return True

    def spend_idle(self, orders: list[Order], good_enough: float) -> None:
        """One more share of a purchase where that lowers the cost, until the cost is good enough: rounding down left
        cash idle."""
        for order in sorted((each for each in orders if each.step == WHOLE), key=lambda each: (-float(each.price), each.column)):
            more = self.shares[order.column] + order.step
            if self.answer.objective <= good_enough:
                return
            if more > order.most or more < order.least:
                continue
            trial = {**self.bounds, order.column: order.bounds(more)}
            attempt = self.program.solve(trial)
            if attempt.feasible and attempt.objective < self.answer.objective - NEAR:
                self.shares[order.column] = more
                self.bounds, self.answer = trial, attempt


def is_whole(piece: Slice, dollars: float) -> bool:
    """Whether the model sells all of it."""
    return dollars >= piece.value_usd * (1 - 1e-7) - LOT_NOISE_USD


def split_over_lots(problem: Problem, pieces: list[tuple[Slice, float]], shares: Decimal) -> dict[Lot, Decimal] | None:
    """Which lots give the shares: whole lots where the model took them whole, the rest from the partly sold ones.

    pieces   the pile's slices with the dollars the model sells of each; None where they cannot give `shares`.

    What is left over when every partly sold lot is rounded down comes from the lots that gain the least, so that rounding
    never realises more than the model counted on: a budget of gains that the model just keeps stays kept.
    """
    price = float(problem.security(pieces[0][0].symbol).price_usd)
    taken: dict[Lot, Decimal] = {}
    gain: dict[Lot, float] = {}
    for piece, dollars in pieces:
        if piece.lot is None or dollars <= LOT_NOISE_USD:
            continue
        gain[piece.lot] = piece.gain_frac
        if is_whole(piece, dollars):
            taken[piece.lot] = piece.lot.quantity
        else:
            wanted = dollars / price
            step = WHOLE if shares == shares.to_integral() and wanted >= 1 else LOT_STEP
            taken[piece.lot] = (Decimal(repr(wanted + float(step) * 1e-4)) / step).quantize(WHOLE, ROUND_FLOOR) * step
    left = shares - sum(taken.values(), NOTHING)
    from_least_gain = sorted(taken, key=lambda lot: (gain[lot], lot.lot_id))
    for lot in from_least_gain if left > 0 else reversed(from_least_gain):
        part = min(left, lot.quantity - taken[lot]) if left > 0 else max(left, -taken[lot])
        taken[lot] += part
        left -= part
    return {lot: quantity for lot, quantity in taken.items() if quantity} if left == 0 else None
