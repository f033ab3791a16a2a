"""Policy × problem → which rule binds what: a list of terms that can be printed, tested and stated as a model."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from rules.language.gain_budget import GainBudget
from rules.language.trade_size import TradeSize
from rules.language.wash_sale import WashSale
from solver.problem import Problem
from solver.tax import approximations
from solver.tax_plane import TaxPlane
from solver.terms import (
    account_mix,
    accounts,
    band,
    bracket_ceiling,
    cadence,
    cash,
    concentration,
    gain_budget,
    harvest,
    location,
    restraint,
    target,
    tax,
    trade_size,
    turnover,
    wash_price,
    wash_sale,
    whole_shares,
)
from solver.terms.base import Term

BIND: Mapping[str, Callable[[Any, Problem], Term]] = {
    "account_mix": account_mix.bind,
    "band": band.bind,
    "bracket_ceiling": bracket_ceiling.bind,
    "cadence": cadence.bind,
    "cash": cash.bind,
    "concentration": concentration.bind,
    "gain_budget": gain_budget.bind,
    "harvest": harvest.bind,
    "location": location.bind,
    "restraint": restraint.bind,
    "target": target.bind,
    "turnover": turnover.bind,
    "trade_size": trade_size.bind,
    "wash_sale": wash_sale.bind,
}
"""One kind, one name, in every room."""


@dataclass(frozen=True)
class BoundPolicy:
    """Every term of one household's model, identities and law first; the taxpayers' planes by index."""

    problem: Problem
    terms: tuple[Term, ...]
    planes: Mapping[int, TaxPlane]
    approximations: tuple[str, ...]
    states_sizes: bool
    """Whether the switches of the trades stand in the model: where trades are counted or charged for, or a whole MILP is
    wanted; else the search settles sizes by branching on the trades."""

    @property
    def base_columns(self) -> int:
        return self.problem.columns.count if self.states_sizes else self.problem.columns.amounts

    def lines(self) -> list[str]:
        """One line per term that binds something: what the household is held to."""
        said: list[str] = []
        for term in self.terms:
            if not term.is_empty:
                barred = sum(len(each.columns) for each in term.bounds)
                said.append(f"{term.name} ({term.kind}): {len(term.rows)} rows, {barred} bounds, {len(term.columns)} columns")
        return said


def counts_trades(problem: Problem) -> bool:
    """Whether a rule counts trades or charges for each."""
    return problem.charges_tickets or any(placed.rule.max_trades is not None for placed in problem.policy.of(TradeSize))


def in_whole_shares(bound: BoundPolicy) -> BoundPolicy:
    """The same household's program with nothing left to a search or to rounding: every size and every share stated."""
    stated = trade_size.sizes(bound.problem, stated=True)
    terms = tuple(stated if term.name == stated.name else term for term in bound.terms)
    return replace(bound, terms=(*terms, whole_shares.bind(bound.problem)), states_sizes=True)


def compile_policy(problem: Problem, *, state_sizes: bool = False) -> BoundPolicy:
    """Bind every rule of the household's policy; of `target`, only the household's own.

    state_sizes   True states the switches of trades even where nothing counts them (golden LPs, comparisons)
    """
    policy = problem.policy
    stated = state_sizes or counts_trades(problem)
    taxes, planes = tax.bind(problem, gain_budget.net_limits(policy.of(GainBudget), problem))
    terms = [accounts.bind(problem), trade_size.sizes(problem, stated=stated), *taxes]
    for placed in policy.rules:
        if placed.rule.kind == "target" and (policy.target is None or placed.rule.id != policy.target.rule.id):
            continue
        terms.append(BIND[placed.rule.kind](placed, problem))
    if not policy.of(WashSale):
        terms.append(wash_price.law(problem))
    return BoundPolicy(problem, tuple(terms), planes, tuple(_approximations(problem, planes)), stated)


def _approximations(problem: Problem, planes: Mapping[int, TaxPlane]) -> list[str]:
    """Sentences for the report: what the search did not see exactly. The figures themselves are always exact."""
    found: list[str] = []
    if not all(plane.exact for plane in planes.values()):
        found.append(
            "The search for the best trades followed the alternative minimum tax only approximately; "
            "the tax shown is exact for the trades listed."
        )
    for taxpayer_id, taxpayer in problem.household.taxpayer.items():
        law = next(taxed.schedule for taxed in problem.returns if taxed.taxpayer_id == taxpayer_id)
        owners = [owner for owner in problem.household.owners if owner.taxpayer_id == taxpayer_id]
        found += [sentence for sentence in approximations(taxpayer, law, owners) if sentence not in found]
    return found
