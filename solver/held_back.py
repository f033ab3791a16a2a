"""Holdings that nobody may sell, whatever it would bring: a rule or a finding of the data holds them back."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from solver.compile import BoundPolicy
from solver.outcome import NotTraded
from solver.problem import Problem
from solver.terms.base import Term
from validation.units import ZERO, cents

Key = tuple[str, str, str]


def barred(bound: BoundPolicy) -> dict[Key, NotTraded]:
    """Holdings that a rule keeps from being sold, with the rule's name."""
    problem = bound.problem
    found: dict[Key, NotTraded] = {}
    for term in bound.terms:
        for each in term.bounds:
            if each.upper == 0.0:
                for j in each.columns:
                    if j < problem.columns.slices:
                        piece = problem.slices[j]
                        key = (problem.accounts[piece.account].account_id, piece.symbol, piece.lot.lot_id if piece.lot else "")
                        found[key] = NotTraded(*key, _code_of(term), each.words or term.name, cents(Decimal(repr(piece.value_usd))))
    return found


def frozen(problem: Problem) -> dict[Key, NotTraded]:
    """Lots that a finding of the data holds back."""
    found: dict[Key, NotTraded] = {}
    for position in problem.household.positions:
        frozen = position.frozen or problem.household.securities[position.symbol].frozen
        for lot in position.lots:
            if frozen or lot.frozen:
                key, code = (lot.account_id, lot.symbol, lot.lot_id), frozen or lot.frozen
                value = cents(lot.quantity * problem.household.price_usd(lot.symbol))
                found[key] = NotTraded(*key, code, f"held back by the data check `{code}`", value)
    return found


def by_value(found: Mapping[Key, NotTraded]) -> list[NotTraded]:
    """The largest first."""
    return sorted(found.values(), key=lambda each: (-(each.amount_usd or ZERO), each.account_id, each.symbol, each.lot_id))


def _code_of(term: Term) -> str:
    return term.rule.rule.id if term.rule else term.kind
