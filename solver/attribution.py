"""What each trade brought, exactly: the objective's change along the straight line from doing nothing to the proposal.

The list that leaves the house is measured, not the program that found it: shares times prices, gains, spreads and cash in
cents, tax by the law. Every trade moves the base columns by a vector (`moves_of`); the point of the whole list is the point
of doing nothing plus the sum of them. Aumann-Shapley on that line: trade i's share of a function f of one sum a·x is
(a·x_i / a·x)·(f(end) − f(start)), and f′(start)·a·x_i where a·x vanishes. The tax is a function of two such sums (net short-
and long-term gain); its gradient is integrated along the line, which is exact because it is constant between the kink
lines. Shares add over terms to the trade's worth, over trades to the term's change, over both to the household's: in whole cents, so
that a reader who adds up finds nothing left over. What only breaks ties in the search is no cost of anybody and is left out.

Cash is a part of its own beside the trades: what leaves or joins it in all, the sales' proceeds and the purchases' cost together. With
each trade's own cash leg counted to the trade, a sale of an overweight class would be charged for the cash that the purchase beside it
spends again, and the purchase be praised for it: as exact, and nobody could read it.

Doing nothing is the reference even where a rule or a cash order does not allow it: its cost is then what it would be.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import floor

import numpy as np

from solver.compile import BoundPolicy
from solver.outcome import Side, Trade
from solver.outcome import Term as Holding
from solver.problem import Floats, Problem, TaxReturn
from solver.tax import kinks, tax_of
from solver.terms import band, tax
from solver.terms.base import Row, Term

IDLE_CASH = "idle cash"
"""The name of cash among the trades; no trade's id has a space in it."""
STEP_USD = 1e-3
FAMILIES = ("drift", "location", "tax_now", "tax_later", "carryforward", "spread", "soft_rules")


@dataclass(frozen=True, slots=True)
class Attribution:
    """Worth by trade and objective term (dollars, positive is good), that of idle cash put to work or raised beside them, and this
    year's tax by trade (dollars, positive is paid)."""

    worth_usd: Mapping[str, Mapping[str, float]]
    idle_cash_usd: Mapping[str, float]
    tax_usd: Mapping[str, float]

    @property
    def total_usd(self) -> float:
        """The household's gain over doing nothing, dollars of today."""
        return round(sum(sum(parts.values()) for parts in (*self.worth_usd.values(), self.idle_cash_usd)), 2)


def attribute(bound: BoundPolicy, trades: Sequence[Trade]) -> Attribution:
    """Every trade's share of every term of the objective, and cash's."""
    problem = bound.problem
    names = [*(trade.trade_id for trade in trades), IDLE_CASH]
    worth: dict[str, dict[str, float]] = {name: dict.fromkeys(FAMILIES, 0.0) for name in names}
    paid: dict[str, float] = {trade.trade_id: 0.0 for trade in trades}
    if not trades:
        return Attribution({}, worth[IDLE_CASH], paid)
    moves, start = _with_cash_apart(problem, moves_of(problem, trades)), standing_still(problem)
    for u, taxed in enumerate(problem.returns):
        _share_tax(problem, u, taxed, trades, moves, worth, paid)
    for trade in trades:
        worth[trade.trade_id]["spread"] -= float(trade.spread_usd + trade.ticket_usd + trade.redemption_fee_usd)
        lost = float(sum(lot.lost_usd for lot in trade.lots))
        if lost:  # no basis takes it up: what it would have spared later is gone
            worth[trade.trade_id]["tax_later"] -= lost * problem.later_rate[problem.household.account[trade.account_id].taxpayer_id]
    for term in bound.terms:
        if term.kind in {"tax", "accounts", "wash_sale"}:
            continue
        shares = np.zeros(len(names))
        for columns, dollars in zip(term.cost_columns, term.cost_values, strict=True):
            shares += moves[:, columns] @ dollars
        for row in term.rows:
            cost = _cost_along(term, row)
            if cost is not None:
                mine = row.columns >= 0
                columns, weights = row.columns[mine], row.coefficients[mine]
                shares += _share(cost, float(start[columns] @ weights), moves[:, columns] @ weights)
        for name, share in zip(names, shares, strict=True):
            worth[name][term.family] -= float(share)
    exact = _in_cents(worth)
    idle_cash = exact.pop(IDLE_CASH)
    return Attribution(exact, idle_cash, paid)


def _with_cash_apart(problem: Problem, moves: Floats) -> Floats:
    """The moves without their cash legs, and one row more: what cash moves by in all. Shape (trades + 1, columns)."""
    cash = slice(problem.columns.cash(0), problem.columns.cash(problem.columns.accounts))
    apart = np.vstack([moves, np.zeros(moves.shape[1])])
    apart[-1, cash] = moves[:, cash].sum(axis=0)
    apart[:-1, cash] = 0.0
    return apart


def _in_cents(worth: Mapping[str, Mapping[str, float]]) -> dict[str, dict[str, float]]:
    """Whole cents that foot: cells to their term's total, the terms' totals to the household's, which is the one rounded."""
    names = list(worth)
    totals = apportioned(
        [sum(worth[name][family] for name in names) for family in FAMILIES],
        round(100 * sum(sum(parts.values()) for parts in worth.values())),
    )
    columns = [apportioned([worth[name][family] for name in names], cents) for family, cents in zip(FAMILIES, totals, strict=True)]
    return {
        name: {family: column[place] / 100 for family, column in zip(FAMILIES, columns, strict=True)} for place, name in enumerate(names)
    }


def apportioned(amounts: Sequence[float], total_cents: int) -> list[int]:
    """The amounts (dollars) in whole cents that sum to `total_cents`: each rounded down, the cents left over to the largest
    remainders. What is nothing stays nothing as long as anything else can take the cent."""
    floors = [floor(100 * amount) for amount in amounts]
    order = sorted(range(len(amounts)), key=lambda place: (amounts[place] == 0, floors[place] - 100 * amounts[place], place))
    missing = total_cents - sum(floors)
    for turn in range(abs(missing)):
        place = order[turn % len(order)] if missing > 0 else order[-1 - turn % len(order)]
        floors[place] += 1 if missing > 0 else -1
    return floors


def standing_still(problem: Problem) -> Floats:
    """The base columns where nothing is traded: booked cash, the year so far."""
    at, point = problem.columns, np.zeros(problem.columns.count)
    point[at.cash(0) : at.cash(at.accounts)] = problem.cash_usd
    for u, taxed in enumerate(problem.returns):
        point[at.net_st(u)], point[at.net_lt(u)] = tax.after_carryforward(taxed)
    return point


def moves_of(problem: Problem, trades: Sequence[Trade]) -> Floats:
    """By how much every trade moves every base column, dollars (gains and cash in cents), shape (trades, columns)."""
    at, moves = problem.columns, np.zeros((len(trades), problem.columns.count))
    ids = [account.account_id for account in problem.accounts]
    pile = {(ids[each.account], each.symbol): p for p, each in enumerate(problem.piles)}
    pair = {(ids[each.account], each.symbol): k for k, each in enumerate(problem.pairs)}
    lots = {(ids[each.account], each.symbol, each.lot.lot_id): j for j, each in enumerate(problem.slices) if each.lot}
    payer = {taxed.taxpayer_id: u for u, taxed in enumerate(problem.returns)}
    for i, trade in enumerate(trades):
        key, dollars = (trade.account_id, trade.symbol), float(trade.quantity * trade.price_usd)
        moves[i, at.cash(problem.account_index[trade.account_id])] = float(trade.net_cash_usd)
        if trade.side is Side.BUY:
            moves[i, at.buy(pair[key])], moves[i, at.buying(pair[key])] = dollars, 1.0
            continue
        moves[i, at.sold(pile[key])], moves[i, at.selling(pile[key])] = dollars, 1.0
        u = payer[problem.household.account[trade.account_id].taxpayer_id]
        for lot in trade.lots:
            j = lots.get((*key, lot.lot_id))
            if j is not None:
                moves[i, at.sell(j)] = float(lot.quantity * trade.price_usd)
                if lot.disallowed_usd and lot.gain_usd and j in problem.washed_column:
                    moves[i, problem.washed_column[j]] = float(lot.quantity * lot.disallowed_usd / -lot.gain_usd)
            if lot.gain_usd is not None and lot.term is not None:
                column = at.net_st(u) if lot.term is Holding.ST else at.net_lt(u)
                moves[i, column] += float(lot.gain_usd + lot.disallowed_usd)
        if not problem.household.account[trade.account_id].is_taxable:
            moves[i, at.sell(problem.piles[pile[key]].slices[0])] = dollars
    return moves


def _cost_along(term: Term, row: Row) -> Callable[[float], float] | None:
    """What the row's own columns cost as a function of its base columns' sum; None where they cost nothing.

    A drift row prices how far the sum lies from its target; any other row with one priced column of its own is a soft limit
    (what lies outside of it costs) or a reward up to a limit.
    """
    own = [(-1 - int(column), float(weight)) for column, weight in zip(row.columns, row.coefficients, strict=True) if column < 0]
    priced = [(term.columns[k], weight) for k, weight in own if term.columns[k].cost]
    if not priced:
        return None
    if term.kind == "band":
        deviation_cost = band.cost_of_deviation(term, row.name.removeprefix("class_"))
        return None if deviation_cost is None else lambda total: deviation_cost(total - row.lower)
    column, weight = priced[0]
    edge = row.lower if column.cost > 0 else row.upper
    return lambda total: column.cost * min(column.upper, max(column.lower, (edge - total) / weight))


def _share(cost: Callable[[float], float], start: float, parts: Floats) -> Floats:
    """Every part's share of the change of a function of their sum."""
    total, gross = float(parts.sum()), float(np.abs(parts).sum())
    if gross == 0:
        return parts
    if abs(total) > 1e-6 * gross:
        slope = (cost(start + total) - cost(start)) / total
    else:
        slope = (cost(start + STEP_USD) - cost(start - STEP_USD)) / (2 * STEP_USD)
    return slope * parts


def _share_tax(
    problem: Problem, u: int, taxed: TaxReturn, trades: Sequence[Trade], moves: Floats,
    worth: dict[str, dict[str, float]], paid: dict[str, float],
) -> None:  # fmt: skip
    at = problem.columns
    gains: list[tuple[str, float, float]] = [
        (trade.trade_id, float(moves[i, at.net_st(u)]), float(moves[i, at.net_lt(u)])) for i, trade in enumerate(trades)
    ]
    gains = [each for each in gains if each[1] or each[2]]
    if not gains:
        return
    total = (sum(short for _, short, _ in gains), sum(long for _, _, long in gains))
    start = tax.after_carryforward(taxed)

    def law(s: float, l: float) -> float:
        return float(tax_of(taxed.schedule, taxed.income, s + taxed.income.st_carryforward, l + taxed.income.lt_carryforward).total)

    def full(s: float, l: float) -> float:
        return tax.value_of(problem, taxed, s, l)

    law_slope = _mean_gradient(law, taxed, start, total)
    full_slope = _mean_gradient(full, taxed, start, total)
    later = problem.later_rate[taxed.taxpayer_id]
    for trade_id, short, long in gains:
        tax_now = short * law_slope[0] + long * law_slope[1]
        paid[trade_id] += tax_now
        worth[trade_id]["tax_now"] -= tax_now
        worth[trade_id]["carryforward"] -= short * full_slope[0] + long * full_slope[1] - tax_now
        worth[trade_id]["tax_later"] += (short + long) * later


def _mean_gradient(
    function: Callable[[float, float], float], taxed: TaxReturn, start: tuple[float, float], move: tuple[float, float]
) -> tuple[float, float]:
    """∫₀¹ ∇f(start + t·move) dt, exact for a function that is affine between its kink lines: one gradient per stretch.

    The two parts are scaled so that they reproduce f(end) − f(start) to the last bit of float64.
    """
    low = (min(start[0], start[0] + move[0]) - 1, min(start[1], start[1] + move[1]) - 1)
    high = (max(start[0], start[0] + move[0]) + 1, max(start[1], start[1] + move[1]) + 1)
    lines = kinks(taxed.schedule, taxed.income, (low[0], high[0], low[1], high[1]))
    cuts = {0.0, 1.0}
    for family, at, speed in ((lines.s, start[0], move[0]), (lines.l, start[1], move[1]), (lines.net, sum(start), sum(move))):
        cuts |= {(c - at) / speed for c in family if speed and 0 < (c - at) / speed < 1}
    for a, b, c in lines.skew:
        speed = a * move[0] + b * move[1]
        share = (c - a * start[0] - b * start[1]) / speed if speed else 0.0
        cuts |= {share} if 0 < share < 1 else set()
    ordered = sorted(cuts)
    slope = np.zeros(2)
    for begin, end in pairwise(ordered):
        t = (begin + end) / 2
        s, l = start[0] + t * move[0], start[1] + t * move[1]
        here = np.array(
            [
                (function(s + STEP_USD, l) - function(s - STEP_USD, l)) / (2 * STEP_USD),
                (function(s, l + STEP_USD) - function(s, l - STEP_USD)) / (2 * STEP_USD),
            ]
        )
        slope += (end - begin) * here
    change = function(start[0] + move[0], start[1] + move[1]) - function(*start)
    integrated = slope[0] * move[0] + slope[1] * move[1]
    error = change - integrated
    weight = move[0] ** 2 + move[1] ** 2
    if weight:
        slope += error * np.array(move) / weight  # the noise of differencing, a fraction of a cent
    return float(slope[0]), float(slope[1])
