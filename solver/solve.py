"""From bound rules to an outcome: search, round, certify, compare with doing nothing.

    solve(bound) -> Solution        PROPOSED or NO_TRADE_NEEDED with its certificate, or CONFLICT (solver/relax)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from math import isfinite

import numpy as np

from solver import relax
from solver.compile import BoundPolicy, compile_policy
from solver.highs import Answer, Bounds, LinearProgram
from solver.ledger import buy, holdings_after, relieve, sell
from solver.notes import notes_of
from solver.outcome import Barred, Certificate, Outcome, SolutionStatus, Status, Trade
from solver.problem import Floats, Problem
from solver.rounding import Order, Rounding, least_shares, split_over_lots
from solver.search import Choices, Found, Sized, search
from solver.terms import cadence, tax
from solver.terms.wash_sale import WINDOW_DAYS
from validation.household import Household, Lot
from validation.units import ZERO

LP_LIMIT = 600
ROUNDING_TRIES = 3
OPTIMAL_USD = 0.01
CENT_OF_A_CENT = 1e-4
SEARCH_SHARE, SIMPLER_SHARE, GOOD_ENOUGH = 0.4, 0.6, 0.75
"""Of the gap target: what the search may leave open, what a shorter list may cost on top, where rounding need not look
further."""
REFUSALS = 4
"""How many trades may prove worth keeping before the search for a shorter list ends."""


@dataclass(frozen=True)
class Solution:
    """An outcome with what is needed to explain it: the program it came from and the point it stands at."""

    outcome: Outcome
    bound: BoundPolicy
    program: LinearProgram | None = None
    choices: Choices | None = None
    values: Floats | None = None
    """The base columns of the final, rounded list."""
    nothing: Floats | None = None
    """The base columns when nothing is traded; None where that is not allowed."""
    final: Answer | None = None
    """The LP's answer at that point, own columns of the terms included."""
    unrounded: Found | None = None
    """The search's own end, before shares were rounded."""


@dataclass(frozen=True, slots=True)
class _Rounded:
    trades: tuple[Trade, ...]
    answer: Answer
    bounds: Mapping[int, Bounds]


def gap_target_usd(problem: Problem) -> float:
    """How far from the best possible a proposal may be: one basis point of the household, or $25 for a small one."""
    return max(problem.value_usd * 1e-4, 25.0)


def solve(bound: BoundPolicy) -> Solution:
    """The best trade list that every `must` allows, in whole shares, or the rules that cannot hold together."""
    problem = bound.problem
    program = LinearProgram(bound)
    choices = choices_of(bound, program)
    idle = {column: (0.0, 0.0) for column in _trade_columns(problem, program)}
    nothing = search(program, Choices(choices.switches, ()), 0.0, 50, idle)
    found = search(program, choices, gap_target_usd(problem) * SEARCH_SHARE, LP_LIMIT)
    if not found.answer.feasible:
        return Solution(relax.conflict_outcome(bound), bound)
    rounded = _round(bound, program, choices, _simplify(bound, program, choices, found))
    for attempt in range(1, ROUNDING_TRIES):
        if rounded is not None and (excess := _excess(bound, rounded)) <= 0:
            break
        # Lots and orders round to cents: keep a little more of budgets and cash free and ask again.
        room = (excess * 1.5 if rounded is not None else problem.value_usd * 1e-4) * attempt
        looser = compile_policy(replace(problem, rounding_usd=problem.rounding_usd + room))
        again = solve_once(looser)
        rounded = again[1] if again else None
    if rounded is None:
        return Solution(relax.unroundable_outcome(bound), bound)
    worth = nothing.answer.objective - rounded.answer.objective
    if nothing.answer.feasible and (not rounded.trades or worth < cadence.threshold_usd(problem)):
        return _stay(bound, program, choices, nothing, found)
    certificate = _certificate(problem, rounded.answer.objective, found, program)
    outcome = Outcome(
        Status.PROPOSED, rounded.trades, problem.payments, holdings_after(problem.household, rounded.trades, problem.payments), certificate,
        barred=_barred(problem.household, rounded.trades), approximations=bound.approximations,
        worth_usd=worth if isfinite(worth) else 0.0, findings=notes_of(bound, rounded.trades),
    )
    base_nothing = program.base_values(nothing.answer) if nothing.answer.feasible else None
    return Solution(outcome, bound, program, choices, program.base_values(rounded.answer), base_nothing, rounded.answer, found)


def _simplify(bound: BoundPolicy, program: LinearProgram, choices: Choices, found: Found) -> Found:
    """Leave out trades that bring next to nothing, smallest first, as long as the whole list stays within what the policy
    calls an improvement and the certificate allows: near-perfect with fewer trades beats perfect with more."""
    spare = gap_target_usd(bound.problem) * SIMPLER_SHARE - (found.answer.objective - found.bound_usd)
    ceiling = found.answer.objective + min(spare, cadence.threshold_usd(bound.problem))
    settled = {column: (round(found.answer.values[column]),) * 2 for column in choices.switches}
    bounds, answer, refused = {**found.bounds, **settled}, found.answer, 0
    amounts = sorted((float(found.answer.values[trade.column]), trade.column) for trade in choices.sized if found.answer.values[trade.column] > 1e-4)
    for _, column in amounts:
        if refused == REFUSALS or answer.values[column] <= 1e-4:
            break
        trial = {**bounds, column: (0.0, 0.0), **{other: (0.0, 0.0) for other in choices.idle(answer.values)}}
        attempt = program.solve(trial)
        if attempt.feasible and attempt.objective <= ceiling:
            bounds, answer = trial, attempt
        else:
            refused += 1
    small = choices.too_small(answer.values)
    return found if len(small) or choices.round_trips(answer.values) else replace(found, answer=answer, bounds=bounds)


def solve_once(bound: BoundPolicy) -> tuple[Found, _Rounded] | None:
    """Search and round once; None where either fails."""
    program = LinearProgram(bound)
    choices = choices_of(bound, program)
    found = search(program, choices, gap_target_usd(bound.problem) * SEARCH_SHARE, LP_LIMIT)
    rounded = _round(bound, program, choices, _simplify(bound, program, choices, found)) if found.answer.feasible else None
    return (found, rounded) if rounded is not None else None


def _stay(bound: BoundPolicy, program: LinearProgram, choices: Choices, nothing: Found, found: Found) -> Solution:
    """Doing nothing is the answer: allowed, and nothing beats it by the threshold."""
    problem = bound.problem
    certificate = _certificate(problem, nothing.answer.objective, found, program)
    outcome = Outcome(
        Status.NO_TRADE_NEEDED, (), problem.payments, holdings_after(problem.household, (), problem.payments), certificate,
        approximations=bound.approximations, findings=notes_of(bound, ()),
    )
    base = program.base_values(nothing.answer)
    return Solution(outcome, bound, program, choices, base, base, nothing.answer, found)


def _certificate(problem: Problem, objective: float, found: Found, program: LinearProgram) -> Certificate:
    bound = min(found.bound_usd, objective)
    gap = objective - bound
    status = SolutionStatus.LIMIT
    if gap <= OPTIMAL_USD:
        status = SolutionStatus.OPTIMAL
    elif gap <= gap_target_usd(problem):
        status = SolutionStatus.WITHIN_GAP
    bps = gap / problem.value_usd * 1e4 if problem.value_usd > 0 else 0.0
    return Certificate(status, objective, bound, gap, bps, program.solves, found.nodes)


def _trade_columns(problem: Problem, program: LinearProgram) -> list[int]:
    at = problem.columns
    base = [at.sold(p) for p in range(at.piles)] + [at.sell(j) for j in range(at.slices)] + [at.buy(k) for k in range(at.pairs)]
    return [int(program.base[i]) for i in base if program.base[i] >= 0]


def choices_of(bound: BoundPolicy, program: LinearProgram) -> Choices:
    """Binary columns of the terms, then trades with a size; counted or ticketed trades need their switches binary too."""
    problem, at = bound.problem, bound.problem.columns
    switches = [program.own(term.name, i) for term in bound.terms if not term.is_empty for i, column in enumerate(term.columns) if column.switch]
    if bound.states_sizes:
        switches += [int(program.base[at.selling(p)]) for p in range(at.piles)] + [int(program.base[at.buying(k)]) for k in range(at.pairs)]
    twin = {(pair.account, pair.symbol): int(program.base[at.buy(k)]) for k, pair in enumerate(problem.pairs)}
    sized = [
        Sized(int(program.base[at.sold(p)]), problem.order_sizes[pile.account, pile.symbol].least_usd, pile.value_usd, twin.get((pile.account, pile.symbol), -1))
        for p, pile in enumerate(problem.piles)
    ]
    sized += [Sized(int(program.base[at.buy(k)]), problem.order_sizes[pair.account, pair.symbol].least_usd, pair.limit_usd) for k, pair in enumerate(problem.pairs)]
    return Choices(tuple(each for each in switches if each >= 0), tuple(each for each in sized if each.column >= 0))


def _round(bound: BoundPolicy, program: LinearProgram, choices: Choices, found: Found) -> _Rounded | None:
    """Shares for the point found: sales first, then purchases, then the lots; and the exact cost of that list."""
    problem, at = bound.problem, bound.problem.columns
    values = found.answer.values
    fixed: dict[int, Bounds] = dict(found.bounds)
    fixed |= {column: (round(values[column]), round(values[column])) for column in choices.switches}
    fixed |= {each.column: (0.0, 0.0) for each in choices.sized if values[each.column] <= 1e-4}
    sales = [order for p in range(at.piles) if (order := _sale(problem, program, p, values)) is not None]
    purchases = [order for k in range(at.pairs) if (order := _purchase(problem, program, k, values)) is not None]
    rounding = Rounding(program, {}, fixed, found.answer)
    if not rounding.settle(sales, up=True) or not rounding.settle(purchases, up=False):
        return None
    rounding.spend_idle(purchases, found.bound_usd + gap_target_usd(problem) * GOOD_ENOUGH)
    trades = _trades(problem, program, rounding.shares, rounding.answer)
    if trades is None:
        return None
    exact = {column: limits for column, limits in rounding.bounds.items() if column not in set(choices.switches)}
    exact |= _lot_bounds(problem, program, trades)
    final = search(program, Choices(choices.switches, ()), 0.0, 50, exact)
    return _Rounded(trades, final.answer, final.bounds) if final.answer.feasible else _Rounded(trades, rounding.answer, rounding.bounds)


def _sale(problem: Problem, program: LinearProgram, p: int, values: Floats) -> Order | None:
    pile, column = problem.piles[p], int(program.base[problem.columns.sold(p)])
    if column < 0 or values[column] <= 1e-4:
        return None
    security = problem.security(pile.symbol)
    pieces = [problem.slices[j] for j in pile.slices]
    movable = sum((piece.lot.quantity for piece in pieces if piece.lot), ZERO) if pieces[0].lot else pile.position.quantity
    closes = movable if movable == pile.position.quantity else None
    size = problem.order_sizes[pile.account, pile.symbol]
    return Order(column, security.price_usd, size.step, min(least_shares(size, security.price_usd), movable), movable, closes)


def _purchase(problem: Problem, program: LinearProgram, k: int, values: Floats) -> Order | None:
    pair, column = problem.pairs[k], int(program.base[problem.columns.buy(k)])
    if column < 0 or values[column] <= 1e-4:
        return None
    security = problem.security(pair.symbol)
    most = Decimal(repr(pair.limit_usd)) / security.price_usd
    size = problem.order_sizes[pair.account, pair.symbol]
    return Order(column, security.price_usd, size.step, least_shares(size, security.price_usd), most, None)


def _trades(problem: Problem, program: LinearProgram, shares: Mapping[int, Decimal], answer: Answer) -> tuple[Trade, ...] | None:
    """The order lines in exact Decimal: sales by lot, then purchases, per account."""
    household, at = problem.household, problem.columns
    base = program.base_values(answer)
    trades: list[Trade] = []
    for p, pile in enumerate(problem.piles):
        quantity = shares.get(int(program.base[at.sold(p)]))
        if not quantity:
            continue
        account = problem.accounts[pile.account]
        by_lot: dict[Lot, Decimal] | None
        if account.is_taxable:
            by_lot = split_over_lots(problem, [(problem.slices[j], float(base[at.sell(j)])) for j in pile.slices], quantity)
        else:
            by_lot = relieve(account, pile.position, quantity)
        if by_lot is None:
            return None
        trades.append(sell(household, account, problem.security(pile.symbol), by_lot, quantity, problem.order_sizes[pile.account, pile.symbol].ticket_usd))
    for k, pair in enumerate(problem.pairs):
        quantity = shares.get(int(program.base[at.buy(k)]))
        if quantity:
            ticket = problem.order_sizes[pair.account, pair.symbol].ticket_usd
            trades.append(buy(problem.accounts[pair.account], problem.security(pair.symbol), quantity, ticket))
    order = {account.account_id: place for place, account in enumerate(problem.household.accounts)}
    return tuple(sorted(trades, key=lambda each: (order[each.account_id], each.side == "BUY", each.symbol)))


def _lot_bounds(problem: Problem, program: LinearProgram, trades: tuple[Trade, ...]) -> dict[int, Bounds]:
    sold = {(trade.account_id, trade.symbol, lot.lot_id): lot.quantity for trade in trades for lot in trade.lots}
    found: dict[int, Bounds] = {}
    for j, piece in enumerate(problem.slices):
        column = int(program.base[problem.columns.sell(j)])
        if piece.lot is not None and column >= 0:
            quantity = sold.get((problem.accounts[piece.account].account_id, piece.symbol, piece.lot.lot_id), ZERO)
            dollars = min(piece.value_usd, float(quantity * problem.security(piece.symbol).price_usd))
            found[column] = (dollars, dollars)
    return found


def _excess(bound: BoundPolicy, rounded: _Rounded) -> float:
    """By how many dollars the exact gains and cash of the list pass a hard limit; 0 where all hold. Shares are exact in
    the model already; only cents, which lots and orders are rounded to, can still differ."""
    problem, at = bound.problem, bound.problem.columns
    point = np.zeros(at.count)
    for u, taxed in enumerate(problem.returns):
        start = tax.after_carryforward(taxed)
        gains = {"ST": start[0], "LT": start[1]}
        for trade in rounded.trades:
            for lot in trade.lots:
                if lot.gain_usd is not None and lot.term is not None and problem.household.account[trade.account_id].taxpayer_id == taxed.taxpayer_id:
                    gains[lot.term] += float(lot.gain_usd)
        point[at.net_st(u)], point[at.net_lt(u)] = gains["ST"], gains["LT"]
    for a, account in enumerate(problem.accounts):
        moved = sum(float(trade.net_cash_usd) for trade in rounded.trades if trade.account_id == account.account_id)
        point[at.cash(a)] = float(problem.cash_usd[a]) + moved
    worst = 0.0
    for term in bound.terms:
        if term.kind in {"gain_budget", "bracket_ceiling", "cash"}:
            for row in term.rows:
                if not row.definition:
                    room = problem.rounding_usd if term.kind == "gain_budget" else 0.0
                    activity = float(point[row.columns] @ row.coefficients)
                    worst = max(worst, activity - row.upper - room, row.lower - activity)
        if term.kind == "accounts":
            worst = max([worst, *(float(each.lower - point[i]) for each in term.bounds if each.lower is not None for i in each.columns)])
    return worst if worst > CENT_OF_A_CENT else 0.0


def _barred(household: Household, trades: tuple[Trade, ...]) -> tuple[Barred, ...]:
    """Identity groups in which a loss is taken: not to be bought again in the scope for 30 days."""
    found: dict[tuple[frozenset[str], str], None] = {}
    for trade in trades:
        if any(lot.gain_usd is not None and lot.gain_usd < 0 for lot in trade.lots):
            scope = household.wash_scope_of(household.account[trade.account_id].taxpayer_id)
            found[scope, household.securities[trade.symbol].identity_group or trade.symbol] = None
    barred: list[Barred] = []
    for scope, group in found:
        symbols = tuple(sorted(symbol for symbol, each in household.securities.items() if (each.identity_group or symbol) == group))
        accounts = [account for account in household.accounts if account.taxpayer_id in scope]
        held = {position.account_id for position in household.positions if position.symbol in symbols}
        reinvesting = tuple(account.account_id for account in accounts if account.reinvest_dividends and account.account_id in held)
        until = household.as_of + timedelta(days=WINDOW_DAYS)
        barred.append(Barred(symbols, until, tuple(account.account_id for account in accounts), reinvesting))
    return tuple(barred)
