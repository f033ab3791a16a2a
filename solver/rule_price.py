"""What a rule costs this household: at the margin, and in dollars if it alone were lifted.

The margin is the dual of the rule's row (or the reduced cost at its bound) with every either-or settled as in the proposal.
The price in dollars is what the household's cost falls by when the rule's rows and bounds go: by default with the either-ors
still settled (one warm LP, so a floor of what lifting it brings), with `full=True` by a search of its own. Prices of rules
overlap and do not add. What the household would look like without the rule (drift, tax, score) is read off the same answer. The
law on wash sales is not for sale: it has a margin and no price.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from rules.language.gain_budget import GainBudget
from rules.language.location import Location
from rules.language.words import listed
from rules.policy import AnyRule, HouseholdPolicy
from solver.compile import BoundPolicy, compile_policy
from solver.highs import Bounds, LinearProgram
from solver.model import base_bounds
from solver.outcome import RulePrice
from solver.problem import Problem
from solver.search import search
from solver.settled import Settled, settle
from solver.solve import LP_LIMIT, SEARCH_SHARE, Solution, choices_of, gap_target_usd
from solver.standing import Standing, standing_of
from solver.terms import gain_budget, tax
from solver.terms.base import Row, Term
from solver.terms.tax import after_carryforward
from solver.wash_groups import with_washable

NOTICEABLE = 1e-6
NEGLIGIBLE_USD = 0.5
UNPRICED = frozenset({"wash_sale"})
UNLISTED = frozenset({"band", "target", "trade_size", "cadence"})
"""They are costs, not limits, or bind trades one by one."""


def price_rules(solution: Solution, settled: Settled | None = None, *, full: bool = False) -> tuple[RulePrice, ...]:
    """Every `must` rule of the proposal that binds, in policy order, with slack, shadow price and price in dollars.

    full    prices by a search without the rule instead of a warm LP: exact to the gap, some hundred times dearer
    """
    settled = settled or settle(solution)
    if settled is None:
        return ()
    priced = [term for term in solution.bound.terms if term.rule is not None and term.kind not in UNLISTED]
    binding = [(term, margin) for term in priced if (margin := _margin(settled, term)) is not None]
    if not binding:
        return ()
    today = standing_of(settled.bound.problem, settled.base)
    found = [_price_of(settled, term, margin, today, full) for term, margin in binding]
    return tuple(each for each in found if each is not None)


def _price_of(settled: Settled, term: Term, margin: tuple[Row | None, float], today: Standing, full: bool) -> RulePrice | None:
    """The rule's price; None where it binds by less than anybody would notice."""
    if term.rule is None:
        return None
    row, shadow = margin
    price, sentence = None, "It is the law: it has a margin and no price."
    if term.kind not in UNPRICED:
        without = _searched_without(settled.bound.problem, term.rule) if full else _settled_without(settled, term)
        price = None if without is None else max(0.0, settled.cost_usd(settled.answer) - without.cost_usd)
        sentence = "" if price is None or without is None else _sentence(price, today, without.standing, full)
    if (price is None or price < NEGLIGIBLE_USD) and row is None:
        return None
    rule = term.rule.rule
    unit = f"usd per {row.unit if row else 'usd'}"
    return RulePrice(
        rule.id, rule.kind, rule.title, rule.because or "", term.rule.place, True, _slack(settled, row), shadow, unit, price,
        sentence,
    )  # fmt: skip


def _sentence(price: float, today: Standing, without: Standing, full: bool) -> str:
    """What the rule costs, and what it keeps from changing."""
    if price < NEGLIGIBLE_USD:
        return "It costs next to nothing."
    changes = []
    if abs(without.drift_frac - today.drift_frac) >= 0.0005:
        changes.append(f"drift would be {without.drift_frac * 100:.1f} % instead of {today.drift_frac * 100:.1f} %")
    if abs(without.tax_usd - today.tax_usd) >= 1:
        more = without.tax_usd - today.tax_usd
        changes.append(f"this year's tax ${abs(more):,.0f} {'higher' if more > 0 else 'lower'}")
    if without.score is not None and today.score is not None and abs(without.score - today.score) >= 0.1:
        changes.append(f"the location score {without.score:.0f} instead of {today.score:.0f}")
    told = f": without it {listed(changes)}" if changes else ""
    return f"It costs {'' if full else 'at least '}${price:,.0f}{told}."


def _slack(settled: Settled, row: Row | None) -> float | None:
    """How far the dearest row is from its edge, in its unit; None for a bound."""
    if row is None:
        return None
    if not (row.columns >= 0).all():
        return 0.0
    activity = float(settled.base[row.columns] @ row.coefficients)
    return max(0.0, min(row.upper - activity, activity - row.lower))


def _margin(settled: Settled, term: Term) -> tuple[Row | None, float] | None:
    """The term's dearest row and its dual, or the dearest bound's reduced cost; None where nothing of it binds."""
    rows = [
        (max(abs(float(settled.duals[place])) for place in places), number)
        for number, places in settled.program.rows(term.name).items()
        if not term.rows[number].definition
    ]
    rows = [each for each in rows if each[0] > NOTICEABLE]
    if rows:
        price, number = max(rows)
        return term.rows[number], price
    costs = [abs(cost) for bound in term.bounds for column in bound.columns if (cost := _at_bound(settled, int(column))) < -NOTICEABLE]
    return (None, max(costs)) if costs else None


def _at_bound(settled: Settled, column: int) -> float:
    place = int(settled.program.base[column])
    return float(settled.reduced[place]) if place >= 0 else 0.0


@dataclass(frozen=True, slots=True)
class _Without:
    """The household without a rule: its cost in dollars, and how it stands."""

    cost_usd: float
    standing: Standing


def _settled_without(settled: Settled, term: Term) -> _Without | None:
    """The household without the rule's rows and bounds, all else settled; None where that has no answer."""
    rows: dict[int, Bounds] = {
        place: (-np.inf, np.inf)
        for number, places in settled.program.rows(term.name).items()
        if not term.rows[number].definition
        for place in places
    }
    if term.rule is not None and isinstance(term.rule.rule, GainBudget):
        rows |= dict.fromkeys(_edges_of_planes(settled), (-np.inf, np.inf))
    answer = settled.ask(_bounds_without(settled, term), rows)
    if not answer.feasible:
        return None
    return _Without(settled.cost_usd(answer), standing_of(settled.bound.problem, settled.program.base_values(answer)))


def _bounds_without(settled: Settled, term: Term) -> Mapping[int, Bounds]:
    """The bounds of the columns that the rule bounds, as the other rules leave them."""
    mine = {int(column) for bound in term.bounds for column in bound.columns if settled.program.base[column] >= 0}
    if not mine:
        return {}
    others = replace(settled.bound, terms=tuple(each for each in settled.bound.terms if each is not term))
    lower, upper = base_bounds(others)
    places = {column: int(settled.program.base[column]) for column in mine}
    return {place: (lower[column], upper[column]) for column, place in places.items() if settled.bounds.get(place) != (0.0, 0.0)}


def _edges_of_planes(settled: Settled) -> Iterator[int]:
    """LP rows that keep the year's gains inside the budget because the tax planes were cut there: sides of the regions."""
    problem = settled.bound.problem
    limits = gain_budget.net_limits(problem.policy.of(GainBudget), problem)
    for u, limit in limits.items():
        edge = max(limit, sum(after_carryforward(problem.returns[u]))) + tax.ROOM_USD
        term = next(each for each in settled.bound.terms if each.name == f"tax_{problem.returns[u].taxpayer_id}")
        for number, places in settled.program.rows(term.name).items():
            weights = term.rows[number].coefficients
            if "_side_" in term.rows[number].name and weights[0] == weights[1] == 1.0 and abs(weights[2] + edge) < 1e-6:
                yield from places


def _searched_without(problem: Problem, placed: AnyRule) -> _Without | None:
    """The household if this rule alone were lifted, by a full search; None where that has no answer."""
    lifted: BoundPolicy = compile_policy(with_washable(replace(problem, policy=_without(problem.policy, placed))))
    program = LinearProgram(lifted)
    answer = search(program, choices_of(lifted, program), gap_target_usd(problem) * SEARCH_SHARE, LP_LIMIT).answer
    return _Without(answer.objective, standing_of(problem, program.base_values(answer))) if answer.feasible else None


def _without(policy: HouseholdPolicy, placed: AnyRule) -> HouseholdPolicy:
    if isinstance(placed.rule, Location):  # its worth of placement stays: only what it forbids is lifted
        eased = replace(placed, rule=placed.rule.model_copy(update={"never": ()}))
        return replace(policy, rules=tuple(eased if each is placed else each for each in policy.rules))
    return replace(policy, rules=tuple(each for each in policy.rules if each is not placed))
