"""When no answer exists: the smallest set of rules that cannot hold together, and the cheapest way each could give way.

Every hard rule gets slack, closed at first. Rules whose slack may be opened without ending the conflict do not belong to
it (a deletion filter, in rule order); what is left is irreducible. Each of those is then opened alone, and the slack it
takes is its cheapest relaxation, in its own unit. Nothing is traded: a person decides.
"""

from __future__ import annotations

from dataclasses import replace
from math import inf

import numpy as np

from rules.language.concentration import Concentration
from rules.language.gain_budget import GainBudget
from solver.compile import BoundPolicy
from solver.highs import Bounds, LinearProgram
from solver.outcome import Outcome, Relaxation, Status
from solver.problem import Problem
from solver.search import Choices, search
from solver.terms import tax
from solver.terms.base import Row, Term
from solver.terms.gain_budget import budgets
from validation.findings import NOWHERE, Finding, Scope, Severity
from validation.household import Household

SLACK_USD = 1000.0
"""Price of a dollar of slack: dear enough that no objective is worth it."""
FEASIBILITY_LPS = 60
OPEN: Bounds = (0.0, inf)
CLOSED: Bounds = (0.0, 0.0)


def conflict_outcome(bound: BoundPolicy) -> Outcome:
    """CONFLICT with the rules that cannot hold together; no trades, nothing moves but booked orders."""
    return _outcome(bound.problem.household, bound, tuple(smallest_conflict(bound)))


def unroundable_outcome(bound: BoundPolicy) -> Outcome:
    """CONFLICT because the rules leave no room for whole shares."""
    sentence = "no list of whole shares keeps every rule; the rules hold only for fractions of shares"
    culprits = [
        term
        for term in bound.terms
        if term.rule is not None and term.kind in {"gain_budget", "account_mix", "restraint", "cash", "concentration"}
    ]
    found = tuple(
        Relaxation(term.rule.rule.id, term.rule.rule.title, term.rule.place, sentence) for term in culprits if term.rule is not None
    )
    return _outcome(bound.problem.household, bound, found)


def _outcome(household: Household, bound: BoundPolicy, conflict: tuple[Relaxation, ...]) -> Outcome:
    ways = "; or ".join(f"{each.title.rstrip('.')}: {each.sentence}" for each in conflict)
    names = ", ".join(f"`{each.rule_id}`" for each in conflict)
    finding = Finding(
        "rules-conflict",
        Severity.ERROR,
        Scope.HOUSEHOLD,
        f"{names} cannot hold with what is held" if len(conflict) == 1 else f"{len(conflict)} rules cannot hold together: {names}",
        f"nothing is traded until one gives way: {ways}",
        conflict[0].place if conflict else household.place,
        household.household_id,
        conflict[0].rule_id if conflict else household.household_id,
    )
    return Outcome(Status.CONFLICT, (), bound.problem.payments, (), conflict=conflict, findings=(finding,))


def smallest_conflict(bound: BoundPolicy) -> list[Relaxation]:
    """The irreducible conflict, each rule with its cheapest relaxation alone."""
    # A gain budget bounds the box of the tax plane as well; there it could not give way, and would never be named.
    unboxed = {term.name: term for term in tax.bind(bound.problem, {})[0]}
    elastic = replace(bound, terms=tuple(_elastic(unboxed.get(term.name, term)) for term in bound.terms))
    program = LinearProgram(elastic)
    slack = {term.name: _slack_columns(term, program) for term in elastic.terms}
    groups = [name for name, columns in slack.items() if columns]
    switches = tuple(
        column
        for term in elastic.terms
        if not term.is_empty
        for i, each in enumerate(term.columns)
        if each.switch and (column := program.own(term.name, i)) >= 0
    )

    def feasible(opened: set[str]) -> bool:
        bounds = {column: OPEN if name in opened else CLOSED for name in groups for column, _ in slack[name]}
        return search(program, Choices(switches, ()), inf, FEASIBILITY_LPS, bounds).answer.feasible

    opened: set[str] = set()
    for name in groups:
        if not feasible(opened | {name}):
            opened.add(name)
    conflict = [name for name in groups if name not in opened]
    by_name = {term.name: term for term in bound.terms}
    found: list[Relaxation] = []
    for name in conflict:
        bounds = {column: OPEN if other == name else CLOSED for other in groups for column, _ in slack[other]}
        answer = search(program, Choices(switches, ()), 1.0, FEASIBILITY_LPS, bounds).answer
        needed = [(row, float(answer.values[column])) for column, row in slack[name] if answer.feasible and answer.values[column] > 0.005]
        found.append(_relaxation(bound.problem, by_name[name], needed, answer.feasible))
    return found


def _elastic(term: Term) -> Term:
    """The term with slack on everything that a person could decide to loosen: bounds become rows."""
    if term.rule is None and term.kind != "accounts":
        return term
    loose = Term(
        term.name, term.kind, term.rule, term.family, list(term.columns), [], [], term.cost_columns, term.cost_values, term.constant
    )
    for row in term.rows:
        if row.definition:
            loose.rows.append(row)
        else:
            _loosen(loose, row)
    for number, bound in enumerate(term.bounds):
        if bound.upper is not None:
            _loosen(
                loose,
                Row(
                    f"bound_{number}", bound.columns, np.ones(len(bound.columns)), upper=bound.upper * len(bound.columns), words=bound.words
                ),
            )
        if bound.lower is not None:
            for column in bound.columns:
                _loosen(loose, Row(f"bound_{number}_{column}", np.array([column]), np.ones(1), lower=bound.lower, words=bound.words))
    return loose


def _loosen(term: Term, row: Row) -> None:
    columns, coefficients = list(row.columns), list(row.coefficients)
    for edge, sign in ((row.upper, -1.0), (row.lower, 1.0)):
        if abs(edge) < inf:
            columns.append(term.add_column(f"slack_{row.name}", inf, SLACK_USD))
            coefficients.append(sign)
    term.add_row(row.name, columns, coefficients, row.lower, row.upper, unit=row.unit, words=row.words)


def _slack_columns(term: Term, program: LinearProgram) -> list[tuple[int, str]]:
    """(LP column, row name) of the term's slack."""
    return [
        (column, each.name.removeprefix("slack_"))
        for i, each in enumerate(term.columns)
        if each.name.startswith("slack_") and (column := program.own(term.name, i)) >= 0
    ]


def _relaxation(problem: Problem, term: Term, needed: list[tuple[str, float]], feasible: bool) -> Relaxation:
    amount = sum(value for _, value in needed)
    if term.rule is None:
        place = next((payment.place for payment in problem.payments), NOWHERE)
        return Relaxation(
            "cash_orders", "Pay the cash orders", place, f"lower the orders by {_usd(amount)}" if feasible else "withdraw an order"
        )
    placed = term.rule
    sentence = _sentence(problem, term, amount, needed) if feasible else "give it up; loosening it is not enough"
    return Relaxation(placed.rule.id, placed.rule.title, placed.place, sentence)


def _sentence(problem: Problem, term: Term, amount: float, needed: list[tuple[str, float]]) -> str:
    """How much of the rule must go, in its own unit."""
    share = amount / problem.value_usd if problem.value_usd > 0 else 0.0
    rule = term.rule.rule if term.rule else None
    if isinstance(rule, GainBudget):
        limits = {name: limit for name, limit, _, _ in budgets(rule, problem)}
        raised = [(name, limit, value) for row, value in needed for name, limit in limits.items() if row.startswith(name)]
        return " and ".join(
            f"raise the {name.replace('_', '-')} budget from {_usd(limit)} to {_usd(limit + value)}" for name, limit, value in raised
        )
    if term.kind == "cash":
        return f"keep {_usd(amount)} less in cash"
    if term.kind == "restraint":
        return f"allow {_usd(amount)} of what it forbids"
    if isinstance(rule, Concentration):
        return f"raise from {float(rule.max_frac):.1%} to {float(rule.max_frac) + share:.1%}"
    if term.kind == "turnover":
        return f"raise by {share:.1%} of the household"
    if term.kind == "trade_size":
        return (
            f"allow {amount:.0f} more trades" if any(name == "count" for name, _ in needed) else f"allow {_usd(amount)} in smaller trades"
        )
    return f"give way by {_usd(amount)}"


def _usd(amount: float) -> str:
    return f"${amount:,.0f}"
