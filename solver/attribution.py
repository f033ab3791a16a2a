"""What each trade brought, exactly: the objective's change along the straight line from doing nothing to the proposal.

Aumann-Shapley: trade i's share of a term f(a·x) is (a_i·x_i / a·x)·(f(a·x) − f(0)), and f′(0)·a_i·x_i where a·x vanishes.
The tax is a function of two such sums (net short- and long-term gain); its gradient is integrated along the line, which
is exact because it is constant between the kink lines. Shares add over terms to the trade's worth, over trades to the
term's change, over both to the household's.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from solver.compile import BoundPolicy
from solver.outcome import Side, Trade
from solver.problem import Floats, Problem, TaxReturn
from solver.tax import kinks, tax_of
from solver.terms import band, tax
from solver.terms.base import Term
from validation.household import CASH

STEP_USD = 1e-3
FAMILIES = ("drift", "location", "tax_now", "tax_later", "carryforward", "spread", "soft_rules")


@dataclass(frozen=True, slots=True)
class Attribution:
    """Worth by trade and objective term (dollars, positive is good) and this year's tax by trade (dollars, positive is paid)."""

    worth_usd: Mapping[str, Mapping[str, float]]
    tax_usd: Mapping[str, float]


def attribute(bound: BoundPolicy, trades: Sequence[Trade]) -> Attribution:
    """Every trade's share of every term of the objective."""
    problem = bound.problem
    worth: dict[str, dict[str, float]] = {trade.trade_id: dict.fromkeys(FAMILIES, 0.0) for trade in trades}
    paid: dict[str, float] = {trade.trade_id: 0.0 for trade in trades}
    for taxed in problem.returns:
        _share_tax(problem, taxed, trades, worth, paid)
    for trade in trades:
        account = problem.household.account[trade.account_id]
        later = problem.later_rate[account.taxpayer_id]
        gain = sum(float(lot.gain_usd) for lot in trade.lots if lot.gain_usd is not None)
        worth[trade.trade_id]["tax_later"] += gain * later
        worth[trade.trade_id]["spread"] -= float(trade.spread_usd + trade.ticket_usd)
    for term in bound.terms:
        if term.kind == "band":
            _share_drift(problem, term, trades, worth)
        elif term.kind not in {"tax", "accounts"}:
            _share_linear(problem, term, trades, worth)
    return Attribution(worth, paid)


def _share_tax(
    problem: Problem, taxed: TaxReturn, trades: Sequence[Trade], worth: dict[str, dict[str, float]], paid: dict[str, float]
) -> None:
    gains: dict[str, tuple[float, float]] = {}
    for trade in trades:
        if problem.household.account[trade.account_id].taxpayer_id == taxed.taxpayer_id:
            by_term: dict[str, float] = defaultdict(float)
            for lot in trade.lots:
                if lot.gain_usd is not None and lot.term is not None:
                    by_term[lot.term] += float(lot.gain_usd + lot.disallowed_usd)
            gains[trade.trade_id] = (by_term["ST"], by_term["LT"])
    total = (sum(short for short, _ in gains.values()), sum(long for _, long in gains.values()))
    if total == (0.0, 0.0) and not any(gain != (0.0, 0.0) for gain in gains.values()):
        return
    start = tax.after_carryforward(taxed)

    def law(s: float, l: float) -> float:
        return float(tax_of(taxed.schedule, taxed.income, s + taxed.income.st_carryforward, l + taxed.income.lt_carryforward).total)

    def full(s: float, l: float) -> float:
        return tax.value_of(problem, taxed, s, l)

    law_slope = _mean_gradient(law, taxed, start, total)
    full_slope = _mean_gradient(full, taxed, start, total)
    for trade_id, (short, long) in gains.items():
        tax_now = short * law_slope[0] + long * law_slope[1]
        paid[trade_id] += tax_now
        worth[trade_id]["tax_now"] -= tax_now
        worth[trade_id]["carryforward"] -= short * full_slope[0] + long * full_slope[1] - tax_now


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


def _exposure_change(problem: Problem, trade: Trade) -> Floats:
    """Dollars by class that the trade moves, its cash included."""
    signed = float(trade.notional_usd) * (1 if trade.side is Side.BUY else -1)
    return problem.exposure[trade.symbol] * signed + problem.exposure[CASH] * float(trade.net_cash_usd)


def _share_drift(problem: Problem, term: Term, trades: Sequence[Trade], worth: dict[str, dict[str, float]]) -> None:
    assert term.rule is not None
    moves = {trade.trade_id: _exposure_change(problem, trade) for trade in trades}
    for label, accounts, fixed, value in band.parts(problem):
        chosen = {problem.accounts[a].account_id for a in accounts}
        mine = [trade.trade_id for trade in trades if trade.account_id in chosen]
        cash = sum(problem.cash_usd[a] for a in accounts)
        for c, name in enumerate(problem.classes):
            cost = band.cost_of_deviation(term, f"{label}{name}")
            if cost is None:
                continue
            begin = fixed[c] + problem.exposure[CASH][c] * cash - problem.target_frac[c] * value
            total = sum(moves[trade_id][c] for trade_id in mine)
            gross = sum(abs(moves[trade_id][c]) for trade_id in mine)
            if gross == 0:
                continue
            if abs(total) > 1e-6 * gross:
                slope = (cost(begin + total) - cost(begin)) / total
            else:
                slope = (cost(begin + STEP_USD) - cost(begin - STEP_USD)) / (2 * STEP_USD)
            for trade_id in mine:
                worth[trade_id]["drift"] -= slope * moves[trade_id][c]


def _share_linear(problem: Problem, term: Term, trades: Sequence[Trade], worth: dict[str, dict[str, float]]) -> None:
    """Costs that are linear in the base columns: location, preferences, small losses. A trade's cash counts with it."""
    per_column = np.zeros(problem.columns.count)
    for columns, values in zip(term.cost_columns, term.cost_values, strict=True):
        np.add.at(per_column, columns, values)
    if not per_column.any():
        return
    at = problem.columns
    pile = {(problem.accounts[each.account].account_id, each.symbol): p for p, each in enumerate(problem.piles)}
    pair = {(problem.accounts[each.account].account_id, each.symbol): k for k, each in enumerate(problem.pairs)}
    lots = {
        (problem.accounts[each.account].account_id, each.lot.lot_id, each.symbol): j for j, each in enumerate(problem.slices) if each.lot
    }
    for trade in trades:
        key = (trade.account_id, trade.symbol)
        column = at.buy(pair[key]) if trade.side is Side.BUY else at.sold(pile[key])
        cost = per_column[column] * float(trade.notional_usd)
        cost += per_column[at.cash(problem.account_index[trade.account_id])] * float(trade.net_cash_usd)
        for lot in trade.lots:
            j = lots.get((trade.account_id, lot.lot_id, trade.symbol))
            if j is not None:
                cost += per_column[at.sell(j)] * float(lot.quantity * trade.price_usd)
        worth[trade.trade_id][term.family] -= cost
