"""What a larger or smaller budget of gains would buy: drift and location score at twelve budgets around today's.

One program is stated with the widest budget; each point moves the budget's row and settles the tax regions anew, from the
last basis. Which losses are harvested stays as proposed. Smallest orders and whole shares are left aside, and the taxpayers'
budgets count together, so that a point is what a budget buys and not how it rounds.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import numpy as np

from rules.language.gain_budget import GainBudget
from rules.policy import AnyRule, HouseholdPolicy, PlacedRule
from solver.attribution import standing_still
from solver.compile import BoundPolicy, compile_policy
from solver.highs import Bounds, LinearProgram
from solver.problem import Problem
from solver.prospects import Frontier, FrontierPoint
from solver.search import Choices, search
from solver.settled import Settled
from solver.standing import Standing, standing_of
from solver.terms.gain_budget import budgets
from solver.terms.scope import taxpayers_of
from solver.terms.tax import after_carryforward
from validation.source import Spot

POINTS, TODAYS = 12, 5
STEP_USD = 10_000.0
LPS = 40
GAP_USD = 1.0
NAME = "frontier_budget"
ASSUMPTION = (
    "Points are solved with the losses harvested as proposed, in fractions of shares and without smallest orders; the taxpayers' "
    "budgets count together."
)


def frontier(settled: Settled) -> Frontier | None:
    """Twelve points, the sixth of them today's budget; None where no gain can be realised at all."""
    problem = settled.bound.problem
    if not any(piece.term is not None and piece.gain_frac > 0 for piece in problem.slices):
        return None
    used = _gains(problem, settled)
    today = _todays_budget(problem)
    centre = today if today is not None else max(used, 0.0)
    step = centre / TODAYS if centre > 0 else 0.002 * problem.value_usd
    levels = [step * number for number in range(POINTS)] if centre > 0 else [centre + step * number for number in range(POINTS)]
    line = _Line(settled, max(levels[-1], centre + STEP_USD))
    still = standing_of(problem, standing_still(problem))
    points, standings = [], {}
    for level in levels:
        standings[level] = standing = line.at(level)
        if standing is not None:
            points.append(_point(problem, level, standing, still, is_today=abs(level - centre) < 0.005))
    here, there = standings.get(centre) or line.at(centre), line.at(centre + STEP_USD)
    if not points or here is None or there is None:
        return None
    payback = _payback(problem, here, there, still)
    sentence = _sentence(here, there, payback, today)
    assumption = ASSUMPTION + (
        f" Gains of ${still.gains_usd:,.0f} are realised already this year and stand in every point." if still.gains_usd >= 1 else ""
    )
    return Frontier(tuple(points), sentence, assumption, STEP_USD, payback)


def _gains(problem: Problem, settled: Settled) -> float:
    at = problem.columns
    return float(settled.base[at.net_st(0) : at.net_lt(0) + at.returns].sum())


def _todays_budget(problem: Problem) -> float | None:
    """The hard budgets on net gain of all taxpayers together, after carryforwards where the rule says so; None without one."""
    limits: dict[int, float] = {}
    shared = np.inf
    for placed in _net_rules(problem.policy):
        for name, limit, _, _ in budgets(placed.rule, problem):
            if name == "net" and placed.rule.per == "taxpayer":
                for u in taxpayers_of(placed, problem):
                    limits[u] = min(limits.get(u, np.inf), limit)
            elif name == "net":
                shared = min(shared, limit)
    together = sum(limits.values()) if len(limits) == len(problem.returns) else np.inf
    found = min(shared, together)
    return float(found) if np.isfinite(found) else None


def _net_rules(policy: HouseholdPolicy) -> list[PlacedRule[GainBudget]]:
    return [
        placed
        for placed in policy.of(GainBudget)
        if placed.rule.net_usd is not None and placed.rule.measure == "gain" and placed.rule.strength.is_must
    ]


def _counts_carryforwards(policy: HouseholdPolicy) -> bool:
    return all(placed.rule.use_carryforward for placed in _net_rules(policy))


class _Line:
    """The program with a budget that moves."""

    def __init__(self, settled: Settled, widest_usd: float) -> None:
        problem = settled.bound.problem
        self._before = settled.bound
        self._problem = replace(problem, policy=_with_budget(problem.policy, widest_usd))
        self._bound: BoundPolicy = compile_policy(self._problem)
        self._program = LinearProgram(self._bound)
        term = next(each for each in self._bound.terms if each.name == NAME)
        self._rows = [(place, term.rows[number].upper) for number, places in self._program.rows(NAME).items() for place in places]
        self._widest = widest_usd
        self._today = sum(sum(after_carryforward(taxed)) for taxed in problem.returns)
        if not _counts_carryforwards(problem.policy):
            self._today += sum(float(each.income.st_carryforward + each.income.lt_carryforward) for each in problem.returns)
        self._start, self._switches = self._settled(settled)

    def _settled(self, settled: Settled) -> tuple[dict[int, Bounds], tuple[int, ...]]:
        """What stays as proposed (wash switches, one direction per security), and the tax switches that do not."""
        start: dict[int, Bounds] = {}
        switches: list[int] = []
        for term in self._bound.terms:
            for number, column in enumerate(term.columns if not term.is_empty else ()):
                place = self._program.own(term.name, number) if column.switch else -1
                if place < 0:
                    continue
                if term.kind == "tax":
                    switches.append(place)
                else:
                    start[place] = settled.bounds.get(settled.program.own(term.name, number), (0.0, 1.0))
        base = {int(place): column for column, place in enumerate(settled.program.base) if place >= 0}
        shut = (base[place] for place, limits in settled.bounds.items() if place in base and limits == (0.0, 0.0))
        start |= {int(self._program.base[column]): (0.0, 0.0) for column in shut}
        return start, tuple(switches)

    def at(self, budget_usd: float) -> Standing | None:
        """The best standing under a budget; None where the rules allow none."""
        kept = self._problem.rounding_usd
        tighter = max(self._widest - kept, self._today) - max(budget_usd - kept, self._today)
        self._program.hold({place: (-np.inf, upper - tighter) for place, upper in self._rows})
        found = search(self._program, Choices(self._switches, ()), GAP_USD, LPS, self._start)
        return standing_of(self._problem, self._program.base_values(found.answer)) if found.answer.feasible else None


def _with_budget(policy: HouseholdPolicy, widest_usd: float) -> HouseholdPolicy:
    """The policy with one budget of net gains for the household in the place of all hard ones."""
    net = _net_rules(policy)
    fields = {
        "kind": "gain_budget", "id": NAME, "title": "A budget of net gains", "per": "household",
        "net_usd": Decimal(repr(round(widest_usd, 2))),
        "use_carryforward": _counts_carryforwards(policy),
    }  # fmt: skip
    moving: AnyRule = PlacedRule(GainBudget.model_validate(fields), "", Spot(0, 0, 1, -1, 0, 0))
    kept = [
        replace(placed, rule=placed.rule.model_copy(update={"net_usd": None})) if any(placed is each for each in net) else placed
        for placed in policy.rules
    ]
    return replace(policy, rules=(*kept, moving))


def _point(problem: Problem, budget: float, standing: Standing, still: Standing, *, is_today: bool) -> FrontierPoint:
    return FrontierPoint(
        budget, standing.gains_usd, standing.drift_frac, standing.score, standing.tax_usd,
        standing.benefit_since(still, problem.value_usd), standing.cost_usd, is_today,
    )  # fmt: skip


def _payback(problem: Problem, here: Standing, there: Standing, still: Standing) -> float | None:
    """Years in which the next step's yearly benefit pays its cost; None where it brings none or costs none."""
    benefit = there.benefit_since(still, problem.value_usd) - here.benefit_since(still, problem.value_usd)
    cost = there.cost_usd - here.cost_usd
    return cost / benefit if benefit > 1.0 and cost > 0 else None


def _sentence(here: Standing, there: Standing, payback: float | None, today: float | None) -> str:
    if there.gains_usd - here.gains_usd < 1.0:
        held = "Without a budget it" if today is None else f"Of today's budget of ${today:,.0f} it"
        return f"{held} uses ${max(0.0, here.gains_usd):,.0f}; more room for gains would change nothing."
    bought = []
    if there.score is not None and here.score is not None and there.score - here.score >= 0.05:
        bought.append(f"{there.score - here.score:.1f} points of location score")
    if here.drift_frac - there.drift_frac >= 0.0005:
        bought.append(f"{(here.drift_frac - there.drift_frac) * 100:.1f} points of drift")
    told = " and ".join(bought) or "next to nothing"
    taxed = there.tax_usd - here.tax_usd
    forward = there.later_usd - here.later_usd
    costs = f" for ${taxed:,.0f} of tax" if taxed >= 1 else ""
    costs += f" (${forward:,.0f} of it merely brought forward)" if costs and forward >= 1 else ""
    back = f" and pays back in {payback:.1f} years" if payback is not None else ""
    used = there.gains_usd - here.gains_usd
    if used < STEP_USD - 1.0:
        return f"The next ${used:,.0f} of gains buys {told}{costs}{back}; more room than that changes nothing."
    return f"The next ${STEP_USD:,.0f} of gains buys {told}{costs}{back}."
