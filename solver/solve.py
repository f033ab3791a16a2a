"""From bound rules to an outcome: search, round, certify, compare with doing nothing.

solve(bound) -> Solution        PROPOSED or NO_TRADE_NEEDED with its certificate, or CONFLICT (solver/relax)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import inf

from solver import relax, whole
from solver.attribution import Attribution, attribute
from solver.barred import barred_after
from solver.compile import BoundPolicy
from solver.highs import Answer, Bounds, LinearProgram
from solver.ledger import holdings_after
from solver.notes import notes_of
from solver.outcome import Certificate, Outcome, SolutionStatus, Status
from solver.problem import Floats, Problem
from solver.search import Choices, Found, Sized, search
from solver.terms import cadence, tax
from solver.trade_list import Rounded, passed_limits, regions_at, round_to_shares

LP_LIMIT = 600
ROUNDING_TRIES = 4
LEAST_GAP_USD = 2.0
COUNTED_NODES = 60
"""Nodes of the search where the trades' switches are stated, before cuts take over."""
SIZE_NODES, SHARE_NODES = 300, 100
"""Nodes with cuts for what the search left open in dollars, and for what rounding left open: a second of one core each at
the very most."""
AGAIN_NODES = 100
"""Nodes for a list inside limits that the first one passed by cents."""
ROOM_FACTOR = 1.5
"""How much of what a limit was passed by is kept free in the next try."""
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
    found = best_in_dollars(bound, program, choices)
    if not found.answer.feasible and found.exhausted:
        return Solution(relax.conflict_outcome(bound), bound)
    kept = _kept_to_the_cent(bound, program, choices, found) if found.answer.feasible else None
    rounded, found = _in_whole_shares(bound, program, choices, found, kept)
    if rounded is None:
        if nothing.answer.feasible:
            return _stay(bound, program, choices, nothing, found)
        return Solution(relax.unroundable_outcome(bound), bound)
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


def best_in_dollars(bound: BoundPolicy, program: LinearProgram, choices: Choices) -> Found:
    """The best point before shares are rounded. Where trades are counted or cost tickets, what the search does not settle
    at once is left to cuts: a few dozen nodes of theirs prove what branching on a count does not in thousands."""
    gap = gap_target_usd(bound.problem) * SEARCH_SHARE
    found = search(program, choices, gap, COUNTED_NODES if bound.states_sizes else LP_LIMIT)
    if not bound.states_sizes or found.exhausted or found.answer.objective - found.bound_usd <= gap:
        return found
    return whole.solve_sizes(program, choices, found, gap, SIZE_NODES)


def _rounded(bound: BoundPolicy, program: LinearProgram, choices: Choices, found: Found) -> Rounded | None:
    target = gap_target_usd(bound.problem)
    simpler, good_enough = _simplify(bound, program, choices, found), found.bound_usd + target * ROUNDED_SHARE
    rounded = round_to_shares(bound, program, choices, simpler, good_enough)
    if simpler is found or (rounded is not None and rounded.answer.objective <= found.bound_usd + target):
        return rounded
    # Fewer trades and whole shares together ask for too much: the full list, then, where that comes closer.
    full = round_to_shares(bound, program, choices, found, good_enough)
    return min((each for each in (rounded, full) if each is not None), key=lambda each: each.answer.objective, default=None)


def _in_whole_shares(
    bound: BoundPolicy, program: LinearProgram, choices: Choices, found: Found, rounded: Rounded | None
) -> tuple[Rounded | None, Found]:
    """Where rounding found no list, or left more than the target open (small accounts, dear shares), search among whole
    shares themselves: a better list, or the proof that there is none."""
    target = gap_target_usd(bound.problem)
    known = rounded.answer.objective if rounded is not None else inf
    if known - found.bound_usd <= target or (rounded is not None and found.answer.objective - found.bound_usd > target):
        # Proven already; or open before a share was rounded, and shares would not close it.
        return rounded, found
    exact = whole.solve_shares(bound, program, choices, rounded, target * ROUNDED_SHARE, SHARE_NODES)
    if exact.answer.feasible:
        better = round_to_shares(bound, program, choices, exact, inf, tidy=False)
        if better is not None and better.answer.objective < known and not passed_limits(bound, program, better):
            rounded, known = better, better.answer.objective
    return rounded, replace(found, bound_usd=max(found.bound_usd, min(exact.bound_usd, known)), nodes=found.nodes + exact.nodes)


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
    today = {u: tax.after_carryforward(taxed) for u, taxed in enumerate(bound.problem.returns)}
    guess = dict.fromkeys(choices.switches, (0.0, 0.0)) | idle | regions_at(bound, program, today)
    answer = program.solve(guess)
    if answer.feasible:
        return Found(answer, guess, answer.objective, 1, True)
    return search(program, Choices(choices.switches, ()), 0.0, 50, idle)


def _kept_to_the_cent(bound: BoundPolicy, program: LinearProgram, choices: Choices, found: Found) -> Rounded | None:
    """The list in exact shares and cents, or one searched again with the limits that it passed drawn in by a little more;
    None where that has no end."""
    as_stated: dict[int, Bounds] = {}
    drawn_in: dict[int, Bounds] = {}
    rounded = _rounded(bound, program, choices, found)
    for _ in range(ROUNDING_TRIES):
        passed = passed_limits(bound, program, rounded) if rounded is not None else []
        if not passed:
            break
        for each in passed:
            as_stated |= {row: program.row_limits(row) for row in each.rows if row not in as_stated}
            program.hold({row: _drawn_in(program.row_limits(row), each.usd) for row in each.rows})
            drawn_in |= {c: _drawn_in(drawn_in.get(c, program.column_limits(c)), each.usd) for c in each.columns}
        again = _search_again(bound, program, choices, found, drawn_in)
        rounded = _rounded(bound, program, choices, again) if again.answer.feasible else None
    program.hold(as_stated)
    return rounded if rounded is not None and not passed_limits(bound, program, rounded) else None


def _drawn_in(limits: Bounds, passed_usd: float) -> Bounds:
    """Limits with half as much again as they were passed by kept free: up where positive, down where negative."""
    low, high = limits
    return (low, high - ROOM_FACTOR * passed_usd) if passed_usd > 0 else (low - ROOM_FACTOR * passed_usd, high)


def _search_again(bound: BoundPolicy, program: LinearProgram, choices: Choices, found: Found, drawn_in: Mapping[int, Bounds]) -> Found:
    """A list inside narrower limits: with the switches as they were found, else any."""
    gap = gap_target_usd(bound.problem) * SEARCH_SHARE
    settled = {column: (round(found.answer.values[column]),) * 2 for column in choices.switches}
    again = search(program, replace(choices, switches=()), gap, AGAIN_NODES, {**settled, **drawn_in})
    if not again.answer.feasible:
        again = search(program, choices, gap, AGAIN_NODES, drawn_in)
    return replace(again, bound_usd=found.bound_usd)


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
        least = problem.order_sizes[pile.account, pile.symbol].least_usd
        sized.append(Sized(int(program.base[at.sold(p)]), least, pile.value_usd, twin.get((pile.account, pile.symbol), -1)))
    for k, pair in enumerate(problem.pairs):
        least = problem.order_sizes[pair.account, pair.symbol].least_usd
        sized.append(Sized(int(program.base[at.buy(k)]), least, pair.limit_usd))
    return Choices(tuple(each for each in switches if each >= 0), tuple(each for each in sized if each.column >= 0))
