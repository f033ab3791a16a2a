"""The household's program with every either-or settled as in the proposal: where margins are read and warm questions asked.

Tax regions and wash switches stand as the proposal has them; sizes of trades do not bind (a trade may be as small as it
likes), so that what is told is the policy's doing and not the smallest order's. A question then is one LP from the last
basis, about a millisecond.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from solver.compile import BoundPolicy
from solver.highs import Answer, Bounds, LinearProgram
from solver.problem import Floats
from solver.search import Choices
from solver.solve import Solution
from solver.terms import tax


@dataclass(frozen=True)
class Settled:
    """The settled program's answer, its duals (by LP column and LP row), and the bounds that settle it."""

    bound: BoundPolicy
    program: LinearProgram
    choices: Choices
    bounds: Mapping[int, Bounds]
    answer: Answer
    base: Floats
    reduced: Floats
    duals: Floats

    def ask(self, change: Mapping[int, Bounds], rows: Mapping[int, Bounds] | None = None) -> Answer:
        """The answer with these columns' bounds (and LP rows' limits) changed."""
        return self.program.solve({**self.bounds, **change}, rows)

    def cost_usd(self, answer: Answer) -> float:
        """The household's cost at an answer with the tax taken from the law, also where the answer lies outside of what the
        tax planes were cut for."""
        problem, base, cost = self.bound.problem, self.program.base_values(answer), answer.objective
        at = problem.columns
        for u, taxed in enumerate(problem.returns):
            term = next(each for each in self.bound.terms if each.name == f"tax_{taxed.taxpayer_id}")
            seen = [self.program.own(term.name, k) for k, column in enumerate(term.columns) if column.cost]
            if seen:
                cost += tax.value_of(problem, taxed, float(base[at.net_st(u)]), float(base[at.net_lt(u)]))
                cost -= sum(float(answer.values[column]) for column in seen if column >= 0)
        return cost


def settle(solution: Solution) -> Settled | None:
    """The proposal's program, settled; None where nothing was solved."""
    program, choices, found = solution.program, solution.choices, solution.unrounded
    if program is None or choices is None or found is None or not found.answer.feasible:
        return None
    values = found.answer.values
    bounds: dict[int, Bounds] = {}
    for term in solution.bound.terms:
        for number, each in enumerate(term.columns if not term.is_empty else ()):
            column = program.own(term.name, number) if each.switch else -1
            if column >= 0:
                bounds[column] = (float(round(values[column])),) * 2
    for sale, purchase in choices.twins:
        if values[sale] > 1e-4 or values[purchase] > 1e-4:
            bounds[purchase if values[sale] > values[purchase] else sale] = (0.0, 0.0)
    answer = program.solve(bounds)
    if not answer.feasible:
        return None
    reduced, duals = program.duals()
    return Settled(solution.bound, program, choices, bounds, answer, program.base_values(answer), reduced, duals)
