"""The household followed over the next years' budgets until it is where it should be.

Each year is the same question asked of the household that the year before leaves behind: lots a year older, new lots at what
they cost, unused losses carried forward, a new year's budget. Prices, law, income, policy and orders stay as they are today,
and shares are not rounded: a view of how long the way is, not a plan of trades.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import date
from decimal import Decimal

from rules.tax import TaxYear
from solver.build import build_problem
from solver.compile import compile_policy
from solver.highs import LinearProgram
from solver.problem import Floats, Problem
from solver.prospects import Transition, TransitionYear
from solver.search import search
from solver.settled import Settled
from solver.solve import choices_of, gap_target_usd
from solver.standing import Standing, standing_of
from solver.tax import tax_of
from validation.household import Cash, Household, Lot, Position, Taxpayer
from validation.units import ZERO, cents

MOST_YEARS = 6
LPS = 60
SAME_DRIFT, SAME_SCORE = 0.001, 0.5
"""A tenth of a point of drift, half a point of score: no more to be gained by waiting."""
SHARE = Decimal("0.0001")
ASSUMPTIONS = (
    "Prices, income, law and policy stay as they are today.",
    "Each year has its own budget; unused losses are carried forward; lots grow a year older.",
    "Cash orders of later years are not known and left out; shares are not rounded.",
)


def transition(settled: Settled, tax_year: TaxYear) -> Transition:
    """The years from the proposal on, until drift and score stay, six at the most."""
    problem, base = settled.bound.problem, settled.base
    standing = standing_of(problem, base)
    years = [_year(1, problem, base, standing)]
    reached: int | None = None
    while len(years) < MOST_YEARS and reached is None:
        household = _a_year_later(problem, base)
        problem = build_problem(household, problem.policy, tax_year)
        bound = compile_policy(problem)
        program = LinearProgram(bound)
        found = search(program, replace(choices_of(bound, program), sized=()), gap_target_usd(problem), LPS)
        if not found.answer.feasible:
            break
        base = program.base_values(found.answer)
        standing = standing_of(problem, base)
        year = _year(len(years) + 1, problem, base, standing)
        if _is_as_good(years[-1], year):
            reached = years[-1].year
        else:
            years.append(year)
    return Transition(tuple(years), reached, _sentence(years, reached), ASSUMPTIONS)


def _year(number: int, problem: Problem, base: Floats, standing: Standing) -> TransitionYear:
    at = problem.columns
    realised = sum(
        float(base[at.net_st(u)] + base[at.net_lt(u)]) + float(taxed.income.st_carryforward + taxed.income.lt_carryforward)
        for u, taxed in enumerate(problem.returns)
    )
    return TransitionYear(number, realised, standing.tax_usd, standing.drift_frac, standing.score)


def _is_as_good(before: TransitionYear, after: TransitionYear) -> bool:
    """Whether another year brings next to nothing."""
    better_score = after.score is not None and before.score is not None and after.score > before.score + SAME_SCORE
    return not better_score and after.drift_frac >= before.drift_frac - SAME_DRIFT


def _sentence(years: list[TransitionYear], reached: int | None) -> str:
    last = years[-1]
    score = f" and a location score of {last.score:.0f}" if last.score is not None else ""
    where = f"drift of {last.drift_frac * 100:.1f} %{score}"
    if reached == 1:
        return f"This proposal goes as far as the rules let it: {where}; further years would bring next to nothing."
    if reached is None:
        return f"After {last.year} years the household has a {where} and is still on its way."
    tax = sum(year.tax_usd for year in years)
    return f"The household is there after {reached} years' budgets: {where}, for ${max(0.0, tax):,.0f} of tax in all."


def _a_year_later(problem: Problem, base: Floats) -> Household:
    """The household as the point leaves it, one year older."""
    household, at = problem.household, problem.columns
    sold: dict[tuple[str, str, str], float] = {}
    pooled: dict[tuple[str, str], float] = {}
    for j, piece in enumerate(problem.slices):
        account_id = problem.accounts[piece.account].account_id
        shares = float(base[at.sell(j)]) / piece.value_usd * piece.quantity if piece.value_usd else 0.0
        if piece.lot is not None:
            sold[account_id, piece.symbol, piece.lot.lot_id] = shares
        else:
            pooled[account_id, piece.symbol] = shares
    lots: dict[tuple[str, str], list[Lot]] = defaultdict(list)
    held: dict[tuple[str, str], Decimal] = {}
    frozen: dict[tuple[str, str], str] = {}
    for position in household.positions:
        key = (position.account_id, position.symbol)
        left = [_rest(lot, sold.get((*key, lot.lot_id), 0.0)) for lot in position.lots]
        lots[key] = [lot for lot in left if lot is not None] if key not in pooled else []
        gone = pooled.get(key, sum(sold.get((*key, lot.lot_id), 0.0) for lot in position.lots))
        held[key], frozen[key] = max(ZERO, position.quantity - _shares(gone)), position.frozen
    for k, pair in enumerate(problem.pairs):
        key = (problem.accounts[pair.account].account_id, pair.symbol)
        dollars = float(base[at.buy(k)])
        bought = _shares(dollars / float(household.price_usd(pair.symbol)))
        if bought > 0:
            cost = cents(Decimal(repr(dollars * (1 + problem.spread(pair.symbol)))))
            held[key] = held.get(key, ZERO) + bought
            if problem.accounts[pair.account].is_taxable:
                lots[key].append(Lot(*key, f"bought-{household.as_of}", household.as_of, bought, cost))
    positions = tuple(
        Position(*key, sum((lot.quantity for lot in lots[key]), ZERO) if lots[key] else quantity, tuple(lots[key]), frozen.get(key, ""))
        for key, quantity in sorted(held.items())
        if quantity > 0
    )
    return replace(
        household,
        as_of=_next_year(household.as_of),
        taxpayers=tuple(_next_return(problem, u, household.taxpayer[taxed.taxpayer_id], base) for u, taxed in enumerate(problem.returns)),
        positions=positions,
        cash=tuple(_cash(problem, base, account.account_id) for account in household.accounts),
        orders=(),
        recent_purchases=(),
        recent_loss_sales=(),
        traded=(),
    )


def _shares(quantity: float) -> Decimal:
    return Decimal(repr(max(0.0, quantity))).quantize(SHARE)


def _rest(lot: Lot, sold: float) -> Lot | None:
    """What is left of a lot, its basis pro rata."""
    quantity = lot.quantity - _shares(sold)
    if quantity <= SHARE:
        return None
    basis = None if lot.cost_basis_usd is None else cents(lot.cost_basis_usd * quantity / lot.quantity)
    return replace(lot, quantity=quantity, cost_basis_usd=basis)


def _cash(problem: Problem, base: Floats, account_id: str) -> Cash:
    a = problem.account_index.get(account_id)
    if a is None:
        return problem.household.cash_of[account_id]
    return Cash(account_id, cents(Decimal(repr(float(base[problem.columns.cash(a)])))))


def _next_return(problem: Problem, u: int, taxpayer: Taxpayer, base: Floats) -> Taxpayer:
    """Nothing realised yet, and what the year before left unused."""
    taxed, at = problem.returns[u], problem.columns
    st = float(base[at.net_st(u)]) + taxed.income.st_carryforward
    lt = float(base[at.net_lt(u)]) + taxed.income.lt_carryforward
    end = tax_of(taxed.schedule, taxed.income, st, lt)
    return replace(
        taxpayer,
        st_carryforward_usd=cents(Decimal(repr(float(end.st_carryforward_out)))),
        lt_carryforward_usd=cents(Decimal(repr(float(end.lt_carryforward_out)))),
        realized_st_ytd_usd=ZERO,
        realized_lt_ytd_usd=ZERO,
    )


def _next_year(day: date) -> date:
    return day.replace(year=day.year + 1, day=28) if (day.month, day.day) == (2, 29) else day.replace(year=day.year + 1)
