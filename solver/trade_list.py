"""From the point that the search found to the list that leaves the house: shares, lots, cents, and what it costs exactly."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from rules.language.bracket_ceiling import BracketCeiling
from rules.language.gain_budget import GainBudget
from solver import washed
from solver.compile import BoundPolicy
from solver.highs import Answer, Bounds, LinearProgram
from solver.ledger import buy, relieve, sell
from solver.outcome import Side, Term, Trade
from solver.problem import Floats, Problem, Slice
from solver.redemption import fees
from solver.rounding import LOT_NOISE_USD, Lean, Order, Rounding, is_whole, least_shares, split_over_lots
from solver.search import Choices, Found, search
from solver.terms import bracket_ceiling, gain_budget, tax
from solver.terms.base import Term as TermOfRule
from validation.household import Lot
from validation.units import ZERO

CENT_OF_A_CENT = 1e-4
SHARE_NOISE_USD = 1e-3
"""Float noise of dollars that are whole shares."""


@dataclass(frozen=True, slots=True)
class Rounded:
    """A trade list in whole shares, the LP's answer around it, and the bounds that hold it."""

    trades: tuple[Trade, ...]
    answer: Answer
    bounds: Mapping[int, Bounds]


def round_to_shares(
    bound: BoundPolicy, program: LinearProgram, choices: Choices, found: Found, good_enough: float, *, tidy: bool = True
) -> Rounded | None:
    """Shares for the point found: sales first, then purchases, then the lots; and the exact cost of that list.

    good_enough   the cost, dollars, below which idle cash is left alone
    tidy          whether a remnant smaller than the smallest trade is sold, too
    """
    problem, at = bound.problem, bound.problem.columns
    values = found.answer.values
    fixed: dict[int, Bounds] = dict(found.bounds)
    fixed |= {column: (round(values[column]), round(values[column])) for column in choices.switches}
    fixed |= {each.column: (0.0, 0.0) for each in choices.sized if values[each.column] <= 1e-4}
    sales = [order for p in range(at.piles) if (order := _sale(problem, program, p, values, tidy)) is not None]
    purchases = [order for k in range(at.pairs) if (order := _purchase(problem, program, k, values)) is not None]
    rounding = Rounding(program, {}, fixed, found.answer)
    if not rounding.settle(sales, up=True) or not rounding.settle(purchases, up=False):
        return None
    rounding.spend_idle(purchases, good_enough)
    trades = _trades(problem, program, rounding.shares, rounding.answer)
    if trades is None:
        return None
    trades = washed.marked(problem, trades)
    exact = rounding.bounds | {int(program.base[j]): limits for j, limits in _lot_dollars(problem, trades).items()}
    exact |= washed.held(bound, program, trades)
    # Lots in whole shares may carry the year's gains over an edge of the law: the region is the only thing left to choose.
    final = _settled(program, choices, exact, regions_at(bound, program, _net_gains(problem, trades)))
    return Rounded(trades, *final) if final is not None else Rounded(trades, rounding.answer, rounding.bounds)


def _settled(
    program: LinearProgram, choices: Choices, exact: Mapping[int, Bounds], regions: Mapping[int, Bounds]
) -> tuple[Answer, Mapping[int, Bounds]] | None:
    """The LP's answer at an exact list: with the switches it was rounded with and the regions its gains lie in, else any."""
    answer = program.solve({**exact, **regions})
    if answer.feasible:
        return answer, {**exact, **regions}
    switches = set(choices.switches)
    final = search(program, Choices(choices.switches, ()), 0.0, 50, {c: limits for c, limits in exact.items() if c not in switches})
    return (final.answer, final.bounds) if final.answer.feasible else None


def regions_at(bound: BoundPolicy, program: LinearProgram, nets: Mapping[int, tuple[float, float]]) -> dict[int, Bounds]:
    """The switches of the tax law where the taxpayers' net (short, long) gains lie at these points, after carryforwards."""
    found: dict[int, Bounds] = {}
    for u, plane in bound.planes.items():
        if len(plane.regions) == 1:
            continue
        here = next((r for r, region in enumerate(plane.regions) if region.holds(nets[u])), 0)
        name = f"tax_{bound.problem.returns[u].taxpayer_id}"
        for r in range(len(plane.regions)):
            found[program.own(name, tax.region_column(r))] = (1.0, 1.0) if r == here else (0.0, 0.0)
    return found


def _sale(problem: Problem, program: LinearProgram, p: int, values: Floats, tidy: bool) -> Order | None:
    pile, column = problem.piles[p], int(program.base[problem.columns.sold(p)])
    if column < 0 or values[column] <= 1e-4:
        return None
    security = problem.security(pile.symbol)
    pieces = [problem.slices[j] for j in pile.slices]
    movable = sum((piece.lot.quantity for piece in pieces if piece.lot), ZERO) if pieces[0].lot else pile.position.quantity
    closes = movable if movable == pile.position.quantity else None
    size = problem.order_sizes[pile.account, pile.symbol]
    least = min(least_shares(size, security.price_usd), movable)
    sold = [(piece, float(values[program.base[problem.columns.sell(j)]])) for j, piece in zip(pile.slices, pieces, strict=True)]
    return Order(column, security.price_usd, size.step, least, movable, closes, _lean(sold), tidy)


def _lean(sold: list[tuple[Slice, float]]) -> Lean:
    """By the lot that is sold in part: it takes what rounding adds or leaves."""
    parted = [piece for piece, dollars in sold if piece.lot and dollars > LOT_NOISE_USD and not is_whole(piece, dollars)]
    return Lean.NEAR if not parted else Lean.DOWN if parted[0].gain_frac > 0 else Lean.UP


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
        trades.append(
            sell(
                household,
                account,
                problem.security(pile.symbol),
                by_lot,
                quantity,
                problem.order_sizes[pile.account, pile.symbol].ticket_usd,
                fees(household, problem.policy, by_lot),
            )
        )
    for k, pair in enumerate(problem.pairs):
        quantity = shares.get(int(program.base[at.buy(k)]))
        if quantity:
            ticket = problem.order_sizes[pair.account, pair.symbol].ticket_usd
            trades.append(buy(problem.accounts[pair.account], problem.security(pair.symbol), quantity, ticket))
    order = {account.account_id: place for place, account in enumerate(problem.household.accounts)}
    return tuple(sorted(trades, key=lambda each: (order[each.account_id], each.side == "BUY", each.symbol)))


def _lot_dollars(problem: Problem, trades: tuple[Trade, ...]) -> dict[int, Bounds]:
    """Dollars sold of every tax lot, as bounds of its base column."""
    sold = {(trade.account_id, trade.symbol, lot.lot_id): lot.quantity for trade in trades for lot in trade.lots}
    found: dict[int, Bounds] = {}
    for j, piece in enumerate(problem.slices):
        if piece.lot is not None:
            quantity = sold.get((problem.accounts[piece.account].account_id, piece.symbol, piece.lot.lot_id), ZERO)
            dollars = min(piece.value_usd, float(quantity * problem.security(piece.symbol).price_usd))
            found[problem.columns.sell(j)] = (dollars, dollars)
    return found


@dataclass(frozen=True, slots=True)
class Passed:
    """A hard limit that a list in exact shares and cents passes by `usd` dollars: upwards where positive, downwards where
    negative. `rows` and `columns` are the LP's."""

    rows: tuple[int, ...]
    columns: tuple[int, ...]
    usd: float


def passed_limits(bound: BoundPolicy, program: LinearProgram, rounded: Rounded) -> list[Passed]:
    """What the list, in exact shares and cents, passes; empty where every limit holds."""
    point = _exact_point(bound.problem, rounded.trades)
    passed = [each for term in bound.terms for each in _passed(bound.problem, program, term, point)]
    term_of = {term.name: term for term in bound.terms}
    for name, beyond in _beyond(bound.problem, point):
        if beyond > CENT_OF_A_CENT:
            stated = program.rows(name).items()
            rows = tuple(row for number, mine in stated if not term_of[name].rows[number].definition for row in mine)
            passed.append(Passed(rows, (), beyond))
    return [each for each in passed if abs(each.usd) > CENT_OF_A_CENT]


def _beyond(problem: Problem, point: Floats) -> Iterator[tuple[str, float]]:
    """(rule, by how many dollars a point passes it) of limits that no row over the base columns alone says: a tax, an either-or."""
    for budget in problem.policy.of(GainBudget):
        if budget.rule.measure == "tax" and budget.rule.strength.is_must:
            yield budget.rule.id, gain_budget.tax_beyond(budget, problem, point)
    for ceiling in problem.policy.of(BracketCeiling):
        if ceiling.rule.strength.is_must:
            yield ceiling.rule.id, bracket_ceiling.beyond(ceiling, problem, point)


def _exact_point(problem: Problem, trades: tuple[Trade, ...]) -> Floats:
    """The base columns of a trade list: dollars of its shares, cents of its gains and cash."""
    at, point = problem.columns, np.zeros(problem.columns.count)
    for column, (dollars, _) in _lot_dollars(problem, trades).items():
        point[column] = dollars
    traded = {(trade.account_id, trade.symbol, trade.side): float(trade.quantity * trade.price_usd) for trade in trades}
    for p, pile in enumerate(problem.piles):
        dollars = traded.get((problem.accounts[pile.account].account_id, pile.symbol, Side.SELL), 0.0)
        point[at.sold(p)] = dollars
        if not problem.accounts[pile.account].is_taxable:
            point[at.sell(pile.slices[0])] = dollars
    for k, pair in enumerate(problem.pairs):
        point[at.buy(k)] = traded.get((problem.accounts[pair.account].account_id, pair.symbol, Side.BUY), 0.0)
    for a, account in enumerate(problem.accounts):
        moved = sum(float(trade.net_cash_usd) for trade in trades if trade.account_id == account.account_id)
        point[at.cash(a)] = float(problem.cash_usd[a]) + moved
    for u, net in _net_gains(problem, trades).items():
        point[at.net_st(u)], point[at.net_lt(u)] = net
    for j, (shares, _) in washed.shares_of(problem, trades).items():
        point[problem.washed_column[j]] = shares
    return point


def _net_gains(problem: Problem, trades: tuple[Trade, ...]) -> dict[int, tuple[float, float]]:
    """By taxpayer, the year's net (short, long) gain after carryforwards and this list, dollars."""
    found: dict[int, tuple[float, float]] = {}
    for u, taxed in enumerate(problem.returns):
        (short, long), start = realized(problem, taxed.taxpayer_id, trades), tax.after_carryforward(taxed)
        found[u] = (start[0] + short, start[1] + long)
    return found


def realized(problem: Problem, taxpayer_id: str, trades: tuple[Trade, ...]) -> tuple[float, float]:
    """Net short- and long-term gain of a trade list for one taxpayer, dollars, without what of a loss is disallowed."""
    gains = {Term.ST: 0.0, Term.LT: 0.0}
    for trade in trades:
        if problem.household.account[trade.account_id].taxpayer_id == taxpayer_id:
            for lot in trade.lots:
                if lot.gain_usd is not None and lot.term is not None:
                    gains[lot.term] += float(lot.gain_usd + lot.disallowed_usd)
    return gains[Term.ST], gains[Term.LT]


def _passed(problem: Problem, program: LinearProgram, term: TermOfRule, point: Floats) -> Iterator[Passed]:
    """What a hard term's rows and bounds are passed by; budgets keep a few cents free themselves."""
    room = problem.rounding_usd if term.kind in {"gain_budget", "harvest", "bracket_ceiling"} else SHARE_NOISE_USD
    for number, row in enumerate(term.rows):
        if not row.definition and (row.columns >= 0).all() and (row.columns < problem.columns.amounts).all():
            activity = float(point[row.columns] @ row.coefficients)
            yield Passed(program.rows(term.name).get(number, ()), (), max(0.0, activity - row.upper - room))
            yield Passed(program.rows(term.name).get(number, ()), (), min(0.0, activity - row.lower + room))
    for bound in term.bounds:
        inside = bound.columns[bound.columns < problem.columns.amounts]
        for column, value in zip(inside, point[inside], strict=True):
            if bound.lower is not None and value < bound.lower:
                yield Passed((), (int(program.base[column]),), float(value - bound.lower))
            if bound.upper is not None and value > bound.upper + SHARE_NOISE_USD:
                yield Passed((), (int(program.base[column]),), float(value - bound.upper - SHARE_NOISE_USD))
