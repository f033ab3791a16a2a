"""From bound rules to an outcome: search, round, certify, compare with doing nothing.

solve(bound) -> Solution        PROPOSED or NO_TRADE_NEEDED with its certificate, or CONFLICT (solver/relax)
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import inf

from solver import relax
from solver.attribution import Attribution, attribute
from solver.barred import barred_after
from solver.compile import BoundPolicy, compile_policy
from solver.highs import Answer, LinearProgram
from solver.ledger import holdings_after
from solver.notes import notes_of
from solver.outcome import Certificate, Outcome, SolutionStatus, Status
from solver.problem import Floats, Pair, Pile, Problem
from solver.search import Choices, Found, Sized, search
from solver.terms import cadence, tax
from solver.trade_list import Rounded, excess_usd, round_to_shares

LP_LIMIT = 600
ROUNDING_TRIES = 6
LEAST_GAP_USD = 2.0
WHOLE_SHARE_NODES = 250
"""Nodes that are spent on proving whole shares where rounding alone left more than the target open."""
UNROUNDED_ROOM_FRAC = 5e-5
"""What is kept free, as a fraction of the household, when no rounding at all was feasible."""
OPTIMAL_USD = 0.01
SEARCH_SHARE, SIMPLER_SHARE, ROUNDED_SHARE = 0.4, 0.6, 0.75
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
    attribution: Attribution | None = None
    """What each trade of the list brought; their sum is the outcome's worth."""


def gap_target_usd(problem: Problem) -> float:
    """How far from the best possible a proposal may be: one basis point of the household, a few dollars for the smallest."""
    return max(problem.value_usd * 1e-4, LEAST_GAP_USD)


def solve(bound: BoundPolicy) -> Solution:
    """The best trade list that every `must` allows, in whole shares, or the rules that cannot hold together."""
    problem = bound.problem
    program = LinearProgram(bound)
    choices = choices_of(bound, program)
    nothing = _do_nothing(bound, program, choices)
    found = search(program, choices, gap_target_usd(problem) * SEARCH_SHARE, LP_LIMIT)
    if not found.answer.feasible:
        return Solution(relax.conflict_outcome(bound), bound)
    rounded = _kept_to_the_cent(bound, _rounded(bound, program, choices, found))
    if rounded is None:
        if nothing.answer.feasible:
            return _stay(bound, program, choices, nothing, found)
        return Solution(relax.unroundable_outcome(bound), bound)
    rounded, found = _in_whole_shares(bound, program, choices, found, rounded)
    worth = nothing.answer.objective - rounded.answer.objective
    if nothing.answer.feasible and (not rounded.trades or worth < cadence.threshold_usd(problem)):
        return _stay(bound, program, choices, nothing, found)
    certificate = _certificate(problem, rounded.answer.objective, found, program)
    shares = attribute(bound, rounded.trades)
    outcome = Outcome(
        Status.PROPOSED,
        rounded.trades,
        problem.payments,
        holdings_after(problem.household, rounded.trades, problem.payments),
        certificate,
        barred=barred_after(problem.household, rounded.trades),
        approximations=bound.approximations,
        worth_usd=shares.total_usd,
        findings=notes_of(bound, rounded.trades),
    )
    base_nothing = program.base_values(nothing.answer) if nothing.answer.feasible else None
    values = program.base_values(rounded.answer)
    return Solution(outcome, bound, program, choices, values, base_nothing, rounded.answer, found, shares)


def _rounded(bound: BoundPolicy, program: LinearProgram, choices: Choices, found: Found) -> Rounded | None:
    good_enough = found.bound_usd + gap_target_usd(bound.problem) * ROUNDED_SHARE
    return round_to_shares(bound, program, choices, _simplify(bound, program, choices, found), good_enough)


def _in_whole_shares(bound: BoundPolicy, program: LinearProgram, choices: Choices, found: Found, rounded: Rounded) -> tuple[Rounded, Found]:
    """Where rounding left more than the target open (small accounts, dear shares), search among whole shares themselves:
    a better list, or the proof that there is none."""
    target = gap_target_usd(bound.problem)
    if rounded.answer.objective - found.bound_usd <= target:
        return rounded, found
    exact = search(program, choices.in_whole_shares(), target * ROUNDED_SHARE, WHOLE_SHARE_NODES, known=rounded.answer.objective)
    proven = max(found.bound_usd, min(exact.bound_usd, rounded.answer.objective))
    if exact.answer.feasible:
        better = round_to_shares(bound, program, choices, exact, -inf)
        if better is not None and better.answer.objective < rounded.answer.objective and excess_usd(bound, better) <= 0:
            rounded = better
    return rounded, replace(found, bound_usd=proven, nodes=found.nodes + exact.nodes)


def _simplify(bound: BoundPolicy, program: LinearProgram, choices: Choices, found: Found) -> Found:
    """Leave out trades that bring next to nothing, smallest first, as long as the whole list stays within what the policy
    calls an improvement and the certificate allows: near-perfect with fewer trades beats perfect with more."""
    spare = gap_target_usd(bound.problem) * SIMPLER_SHARE - (found.answer.objective - found.bound_usd)
    ceiling = found.answer.objective + min(spare, cadence.threshold_usd(bound.problem))
    settled = {column: (round(found.answer.values[column]),) * 2 for column in choices.switches}
    bounds, answer, refused = {**found.bounds, **settled}, found.answer, 0
    amounts = sorted(
        (float(found.answer.values[trade.column]), trade.column) for trade in choices.sized if found.answer.values[trade.column] > 1e-4
    )
    for _, column in amounts:
        if refused == REFUSALS or answer.values[column] <= 1e-4:
            break
        trial = {**bounds, column: (0.0, 0.0), **dict.fromkeys(choices.idle(answer.values), (0.0, 0.0))}
        attempt = program.solve(trial)
        if attempt.feasible and attempt.objective <= ceiling:
            bounds, answer = trial, attempt
        else:
            refused += 1
    small = choices.too_small(answer.values)
    return found if len(small) or choices.round_trips(answer.values) else replace(found, answer=answer, bounds=bounds)


def _do_nothing(bound: BoundPolicy, program: LinearProgram, choices: Choices) -> Found:
    """What it costs to trade nothing, where the rules allow that. Then nothing is left to choose but the region in which
    the year's gains lie today: one LP, and a search only where that guess was wrong (a point on an edge)."""
    idle = dict.fromkeys(_trade_columns(bound.problem, program), (0.0, 0.0))
    guess = dict(idle)
    for u, plane in bound.planes.items():
        today = tax.after_carryforward(bound.problem.returns[u])
        here = next((r for r, region in enumerate(plane.regions) if region.holds(today)), 0)
        name = f"tax_{bound.problem.returns[u].taxpayer_id}"
        for r in range(len(plane.regions) if len(plane.regions) > 1 else 0):
            guess[program.own(name, tax.region_column(r))] = (1.0, 1.0) if r == here else (0.0, 0.0)
    regions = {column for column in guess if column not in idle}
    guess |= {column: (0.0, 0.0) for column in choices.switches if column not in regions}
    answer = program.solve(guess)
    if answer.feasible:
        return Found(answer, guess, answer.objective, 1, True)
    return search(program, Choices(choices.switches, ()), 0.0, 50, idle)


def _kept_to_the_cent(bound: BoundPolicy, rounded: Rounded | None) -> Rounded | None:
    """The list, or one searched again with a little more of budgets and cash kept free, until its exact cents and shares
    pass no limit; None where that has no end."""
    room = 0.0
    for _ in range(ROUNDING_TRIES):
        excess = bound.problem.value_usd * UNROUNDED_ROOM_FRAC if rounded is None else excess_usd(bound, rounded)
        if excess <= 0:
            return rounded
        room += excess * 1.5
        narrower = compile_policy(replace(bound.problem, rounding_usd=bound.problem.rounding_usd + room))
        program = LinearProgram(narrower)
        choices = choices_of(narrower, program)
        found = search(program, choices, gap_target_usd(bound.problem) * SEARCH_SHARE, LP_LIMIT)
        rounded = _rounded(narrower, program, choices, found) if found.answer.feasible else None
    return rounded if rounded is not None and excess_usd(bound, rounded) <= 0 else None


def _stay(bound: BoundPolicy, program: LinearProgram, choices: Choices, nothing: Found, found: Found) -> Solution:
    """Doing nothing is the answer: allowed, and nothing beats it by the threshold."""
    problem = bound.problem
    certificate = _certificate(problem, nothing.answer.objective, found, program, cadence.threshold_usd(problem))
    outcome = Outcome(
        Status.NO_TRADE_NEEDED,
        (),
        problem.payments,
        holdings_after(problem.household, (), problem.payments),
        certificate,
        approximations=bound.approximations,
        findings=notes_of(bound, ()),
    )
    base = program.base_values(nothing.answer)
    return Solution(outcome, bound, program, choices, base, base, nothing.answer, found)


def _certificate(problem: Problem, objective: float, found: Found, program: LinearProgram, allowed: float = 0.0) -> Certificate:
    """What is proven of a list that costs `objective`. `allowed` is what the policy calls no improvement: doing nothing is
    within its gap as long as nothing beats it by more."""
    bound = min(found.bound_usd, objective)
    gap = objective - bound
    status = SolutionStatus.LIMIT
    if gap <= OPTIMAL_USD:
        status = SolutionStatus.OPTIMAL
    elif gap <= max(gap_target_usd(problem), allowed):
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
    switches = [
        program.own(term.name, i) for term in bound.terms if not term.is_empty for i, column in enumerate(term.columns) if column.switch
    ]
    if bound.states_sizes:
        switches += [int(program.base[at.selling(p)]) for p in range(at.piles)] + [int(program.base[at.buying(k)]) for k in range(at.pairs)]
    twin = {(pair.account, pair.symbol): int(program.base[at.buy(k)]) for k, pair in enumerate(problem.pairs)}
    sized: list[Sized] = []
    for p, pile in enumerate(problem.piles):
        least, step = _size(problem, pile)
        other = twin.get((pile.account, pile.symbol), -1)
        whole = float(pile.position.quantity) * float(problem.security(pile.symbol).price_usd)
        closes = pile.value_usd if abs(whole - pile.value_usd) < 1e-6 else inf
        sized.append(Sized(int(program.base[at.sold(p)]), least, pile.value_usd, other, step, closes))
    for k, pair in enumerate(problem.pairs):
        least, step = _size(problem, pair)
        sized.append(Sized(int(program.base[at.buy(k)]), least, pair.limit_usd, -1, step))
    return Choices(tuple(each for each in switches if each >= 0), tuple(each for each in sized if each.column >= 0))


def _size(problem: Problem, order: Pile | Pair) -> tuple[float, float]:
    """(smallest trade, worth of one step) of a security in an account, dollars."""
    size = problem.order_sizes[order.account, order.symbol]
    return size.least_usd, float(size.step * problem.security(order.symbol).price_usd)
