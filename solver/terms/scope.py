"""Which slices, piles, pairs and accounts of a household a rule's `applies_to` selects."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from rules.policy import AnyRule
from solver.problem import Problem
from solver.terms.base import Affine, Term, affine


@dataclass(frozen=True, slots=True)
class ScopeOfRule:
    """Indices that a rule reaches: managed accounts, and the symbols of its selector."""

    accounts: frozenset[int]
    symbols: frozenset[str]
    held: frozenset[tuple[int, str]]
    """(account, symbol) that can be traded and are selected: exact where `except` names accounts and securities at once."""

    def piles(self, problem: Problem) -> list[int]:
        return [p for p, pile in enumerate(problem.piles) if (pile.account, pile.symbol) in self.held]

    def pairs(self, problem: Problem) -> list[int]:
        return [k for k, pair in enumerate(problem.pairs) if (pair.account, pair.symbol) in self.held]

    def slices(self, problem: Problem) -> list[int]:
        return [j for j, piece in enumerate(problem.slices) if (piece.account, piece.symbol) in self.held]


def scope_of(placed: AnyRule, problem: Problem) -> ScopeOfRule:
    """The rule's selector over this household. A security belongs to an asset class that takes over half of it."""
    selector = placed.rule.applies_to
    accounts = frozenset(problem.account_index[each] for each in selector.account_ids(problem.household) if each in problem.account_index)
    traded = {(each.account, each.symbol) for each in problem.piles} | {(each.account, each.symbol) for each in problem.pairs}
    held = {(a, symbol) for a, symbol in traded if selector.binds(problem.household, problem.accounts[a].account_id, symbol)}
    return ScopeOfRule(accounts, frozenset(selector.symbols(problem.household)), frozenset(held))


def taxpayers_of(placed: AnyRule, problem: Problem) -> list[int]:
    """Indices of the tax returns that the rule's selector reaches."""
    chosen = set(placed.rule.applies_to.taxpayer_ids(problem.household))
    return [u for u, each in enumerate(problem.returns) if each.taxpayer_id in chosen]


def soft_or_hard(
    term: Term, quantity: Affine, name: str, low: float, high: float, price: float | None, *, unit: str = "usd", words: str = ""
) -> None:
    """Bind `quantity` to [low, high]: as a row where the rule is `must` (price None), else at `price` dollars per dollar outside."""
    if price is None:
        quantity.limit(term, name, low, high, unit=unit, words=words)
        return
    for side, sign, edge in (("below", 1.0, low), ("above", -1.0, high)):
        if np.isfinite(edge) and quantity.columns.size:
            slack = term.add_column(f"{name}_{side}", cost=price)
            columns = [*quantity.columns, slack]
            coefficients = [*(sign * quantity.coefficients), 1.0]
            term.add_row(f"{name}_{side}", columns, coefficients, lower=sign * (edge - quantity.constant), definition=True)


def total(problem: Problem, columns: Iterable[int], coefficient: float = 1.0, constant: float = 0.0) -> Affine:
    """coefficient · Σ base columns + constant."""
    row = np.zeros(problem.columns.count)
    row[np.fromiter(columns, dtype=np.intp)] = coefficient
    return affine(row, constant)
