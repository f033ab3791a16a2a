"""What a rule costs this household: at the margin, and in dollars if it alone were lifted.

The margin is the dual of the rule's row (or the reduced cost at its bound) with every either-or settled as in the
proposal. The price in dollars is a re-solve of the whole search without the rule; prices of rules overlap and do not add.
"""

from __future__ import annotations

from dataclasses import replace

from rules.language.location import Location
from rules.policy import AnyRule, HouseholdPolicy
from solver.compile import BoundPolicy, compile_policy
from solver.highs import LinearProgram
from solver.outcome import RulePrice
from solver.problem import Problem
from solver.search import search
from solver.solve import LP_LIMIT, SEARCH_SHARE, Solution, choices_of, gap_target_usd
from solver.terms.base import Row, Term

NOTICEABLE = 1e-6
NEGLIGIBLE_USD = 0.5


def price_rules(solution: Solution) -> tuple[RulePrice, ...]:
    """Every `must` rule of the proposal that binds, in policy order, with slack, shadow price and price in dollars."""
    program, unrounded = solution.program, solution.unrounded
    if program is None or unrounded is None or solution.choices is None:
        return ()
    settled = {column: (round(unrounded.answer.values[column]),) * 2 for column in solution.choices.switches}
    margin = program.solve({**unrounded.bounds, **settled})
    if not margin.feasible:
        return ()
    base = program.base_values(margin)
    found: list[RulePrice] = []
    binding = [(term, at_margin) for term in solution.bound.terms if (at_margin := _margin(program, term)) is not None]
    for term, (row, shadow) in binding:
        placed = term.rule
        if placed is None:
            continue
        without = _cost_without(solution.bound.problem, placed)
        price = None if without is None else max(0.0, unrounded.answer.objective - without)
        if (price is None or price < NEGLIGIBLE_USD) and row is None:
            continue
        slack = None
        if row is not None:
            activity = float(base[row.columns] @ row.coefficients) if (row.columns >= 0).all() else 0.0
            slack = max(0.0, min(row.upper - activity, activity - row.lower)) if (row.columns >= 0).all() else 0.0
        rule = placed.rule
        found.append(
            RulePrice(
                rule.id,
                rule.kind,
                rule.title,
                rule.because or "",
                placed.place,
                True,
                slack,
                shadow,
                f"usd per {row.unit if row else 'usd'}",
                price,
            )
        )
    return tuple(found)


def _margin(program: LinearProgram, term: Term) -> tuple[Row | None, float] | None:
    """The term's dearest row and its dual, or the dearest bound's reduced cost; None where nothing of it binds."""
    if term.rule is None or term.kind in {"band", "target", "trade_size", "cadence"}:
        return None
    rows = [(price, number) for number, price in program.shadow_prices(term) if price > NOTICEABLE]
    if rows:
        price, number = max(rows)
        return term.rows[number], price
    costs = [abs(cost) for bound in term.bounds for column in bound.columns if (cost := program.reduced_cost(int(column))) < -NOTICEABLE]
    return (None, max(costs)) if costs else None


def _cost_without(problem: Problem, placed: AnyRule) -> float | None:
    """The household's cost if this rule alone were lifted, by a full search; None where that has no answer."""
    lifted: BoundPolicy = compile_policy(replace(problem, policy=_without(problem.policy, placed)))
    program = LinearProgram(lifted)
    answer = search(program, choices_of(lifted, program), gap_target_usd(problem) * SEARCH_SHARE, LP_LIMIT).answer
    return answer.objective if answer.feasible else None


def _without(policy: HouseholdPolicy, placed: AnyRule) -> HouseholdPolicy:
    if isinstance(placed.rule, Location):  # its worth of placement stays: only what it forbids is lifted
        eased = replace(placed, rule=placed.rule.model_copy(update={"never": ()}))
        return replace(policy, rules=tuple(eased if each is placed else each for each in policy.rules))
    return replace(policy, rules=tuple(each for each in policy.rules if each is not placed))
