"""From dollars to shares, inside the answer: round an order, hold it, let the rest of the model answer, go on.

What leaves the house is whole shares (or thousandths where a security trades in fractions), so sales are rounded first,
then purchases with the cash that is really there. Each step is a warm LP: floors, budgets and bands hold on the rounded
list because the model agreed to it, not because rounding is small.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal

from solver.highs import Answer, Bounds, LinearProgram
from solver.problem import Problem, Slice
from validation.household import Lot

WHOLE, FRACTION = Decimal(1), Decimal("0.001")
LOT_STEP = Decimal("0.0001")
NEAR = 1e-6
NOTHING = Decimal(0)


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

    def bounds(self, shares: Decimal) -> Bounds:
        dollars = float(shares * self.price)
        return (dollars, dollars)

    def candidates(self, dollars: float, up: bool) -> list[Decimal]:
        """Shares near `dollars`, best first: rounded to the step, or closing; no trade at all comes last."""
        exact = Decimal(repr(dollars)) / self.price
        if self.closes is not None and exact >= self.closes - self.step * Decimal("1e-3"):
            return [self.closes, *self._allowed([self._floor(self.closes - self.step / 2)]), NOTHING]
        low, high = self._floor(exact + self.step * Decimal("1e-6")), self._ceiling(exact - self.step * Decimal("1e-6"))
        nearest = (exact / self.step).quantize(WHOLE, ROUND_HALF_EVEN) * self.step
        ordered = [nearest, low, high] if up else [low, high]
        if self.closes is not None:
            ordered = [min(each, self.closes) for each in ordered]
        return [*self._allowed(ordered), NOTHING]

    def _allowed(self, shares: list[Decimal]) -> list[Decimal]:
        return [each for each in dict.fromkeys(shares) if self.least <= each <= self.most]

    def _floor(self, shares: Decimal) -> Decimal:
        return (shares / self.step).quantize(WHOLE, ROUND_FLOOR) * self.step

    def _ceiling(self, shares: Decimal) -> Decimal:
        return (shares / self.step).quantize(WHOLE, ROUND_CEILING) * self.step


def step_of(problem: Problem, symbol: str) -> Decimal:
    """The smallest trade increment of a security, shares."""
    return WHOLE if problem.security(symbol).whole_shares else FRACTION


def least_shares(problem: Problem, symbol: str, least_usd: float) -> Decimal:
    """The fewest shares, on the step, that reach the minimum trade."""
    step, price = step_of(problem, symbol), problem.security(symbol).price_usd
    shares = Decimal(repr(least_usd)) / price
    return max(step, (shares / step).quantize(WHOLE, ROUND_CEILING) * step)


def round_orders(
    program: LinearProgram, orders: Iterable[Order], fixed: Mapping[int, Bounds], answer: Answer, *, up: bool
) -> tuple[dict[int, Decimal], dict[int, Bounds], Answer] | None:
    """Shares per LP column for all orders, with the LP's answer around them; None where no rounding is feasible.

    All at once at the first candidate; where that is infeasible, one by one with the LP's word after each.
    """
    pending = list(orders)
    first = {order.column: order.candidates(float(answer.values[order.column]), up) for order in pending}
    if pending:
        shares = {order.column: first[order.column][0] for order in pending}
        bounds = {**fixed, **{order.column: order.bounds(shares[order.column]) for order in pending}}
        together = program.solve(bounds)
        if together.feasible:
            return shares, bounds, together
    shares, bounds = {}, dict(fixed)
    for order in sorted(pending, key=lambda each: -float(each.price)):
        feasible: list[tuple[float, Decimal, dict[int, Bounds], Answer]] = []
        for candidate in order.candidates(float(answer.values[order.column]), up):
            trial = {**bounds, order.column: order.bounds(candidate)}
            attempt = program.solve(trial)
            if attempt.feasible:
                feasible.append((attempt.objective, candidate, trial, attempt))
        if not feasible:
            return None
        _, shares[order.column], bounds, answer = min(feasible, key=lambda each: each[0])
    return shares, bounds, answer


def one_more(program: LinearProgram, orders: Iterable[Order], shares: dict[int, Decimal], bounds: dict[int, Bounds], answer: Answer) -> Answer:
    """Spend what rounding down left idle: one more step of a whole-share purchase where that lowers the cost."""
    for order in sorted((each for each in orders if each.step == WHOLE), key=lambda each: (-float(each.price), each.column)):
        more = shares[order.column] + order.step
        if more > order.most:
            continue
        trial = {**bounds, order.column: order.bounds(more)}
        attempt = program.solve(trial)
        if attempt.feasible and attempt.objective < answer.objective - NEAR:
            shares[order.column] = more
            bounds[order.column] = order.bounds(more)
            answer = attempt
    return answer


def split_over_lots(problem: Problem, pieces: list[tuple[Slice, float]], shares: Decimal) -> dict[Lot, Decimal] | None:
    """Which lots give the shares: whole lots where the model took them whole, the rest from the partly sold ones.

    pieces   the pile's slices with the dollars the model sells of each; None where they cannot give `shares`.
    """
    taken: dict[Lot, Decimal] = {}
    partial: list[tuple[Lot, float]] = []
    for piece, dollars in pieces:
        if piece.lot is None or dollars <= 1e-5:
            continue
        if dollars >= piece.value_usd * (1 - 1e-7) - 1e-5:
            taken[piece.lot] = piece.lot.quantity
        else:
            partial.append((piece.lot, dollars / float(problem.security(piece.symbol).price_usd)))
    left = shares - sum(taken.values(), Decimal(0))
    for lot, wanted in sorted(partial, key=lambda each: (-each[1], each[0].lot_id))[1:]:
        part = min(lot.quantity, max(Decimal(0), left), Decimal(repr(wanted)).quantize(WHOLE if shares == shares.to_integral() and wanted >= 1 else LOT_STEP))
        if part > 0:
            taken[lot] = part
            left -= part
    rest = [lot for lot, _ in sorted(partial, key=lambda each: (-each[1], each[0].lot_id))[:1]]
    for lot in [*rest, *sorted((lot for lot in taken), key=lambda each: each.lot_id)]:
        if left > 0:
            part = min(left, lot.quantity - taken.get(lot, Decimal(0)))
            taken[lot] = taken.get(lot, Decimal(0)) + part
            left -= part
        elif left < 0:
            part = min(-left, taken.get(lot, Decimal(0)))
            taken[lot] = taken.get(lot, Decimal(0)) - part
            left += part
    return {lot: quantity for lot, quantity in taken.items() if quantity} if left == 0 else None
