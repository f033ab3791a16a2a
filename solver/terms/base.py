"""What a rule becomes: columns, rows and costs over the household's base columns, named by the rule.

A term is data. It can be printed, tested at a point that satisfies it and one that does not, and explained by its
duals, all without a solver; `solver/model.py` states every term as one Pyomo Block. Own columns of a term are
numbered from 0 and referred to as `own(k)`; base columns by their index in `solver/problem.py`'s order.

    minimise  Σ cost·x + constant    subject to    lower ≤ Σ coefficient·x ≤ upper,   bounds on base and own columns
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import inf

import numpy as np

from rules.policy import AnyRule
from solver.problem import Floats, Indices, Problem


@dataclass(frozen=True, slots=True)
class Column:
    """A variable of the term's own. `cost` is dollars of objective per unit. A `switch` is binary, a `whole` column an integer."""

    name: str
    lower: float = 0.0
    upper: float = inf
    cost: float = 0.0
    switch: bool = False
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """lower ≤ Σ coefficients·x[columns] ≤ upper. A rule's rows may be loosened only to explain a conflict; definitions
    are never loosened. `unit` and `words` serve the explanation: dollars unless said otherwise."""

    name: str
    columns: Indices
    coefficients: Floats
    lower: float = -inf
    upper: float = inf
    unit: str = "usd"
    words: str = ""
    definition: bool = False


@dataclass(frozen=True, slots=True)
class Bound:
    """Tighter bounds on base columns: what a rule forbids outright."""

    columns: Indices
    lower: float | None = None
    upper: float | None = None
    words: str = ""


@dataclass(frozen=True)
class Term:
    """One rule (or identity) bound to one household.

    name        the rule's id, or a fixed name for identities (`accounts`, `tax`, …); unique in a model
    rule        None for identities and for the law
    family      the objective term that its costs belong to: drift, location, tax_now, tax_later, carryforward, spread,
                soft_rules
    """

    name: str
    kind: str
    rule: AnyRule | None = None
    family: str = "soft_rules"
    columns: list[Column] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    bounds: list[Bound] = field(default_factory=list)
    cost_columns: list[Indices] = field(default_factory=list)
    cost_values: list[Floats] = field(default_factory=list)
    constant: float = 0.0

    def add_column(
        self, name: str, upper: float = inf, cost: float = 0.0, *, lower: float = 0.0, switch: bool = False, whole: bool = False
    ) -> int:
        """Add an own column; returns its reference for rows (negative: −1 − k)."""
        self.columns.append(Column(name, lower, upper, cost, switch, whole))
        return own(len(self.columns) - 1)

    def add_row(
        self,
        name: str,
        columns: Sequence[int] | Indices,
        coefficients: Sequence[float] | Floats,
        lower: float = -inf,
        upper: float = inf,
        *,
        unit: str = "usd",
        words: str = "",
        definition: bool = False,
    ) -> None:
        """Add a row over base and own columns."""
        chosen, values = np.asarray(columns, dtype=np.intp), np.asarray(coefficients, dtype=np.float64)
        self.rows.append(Row(name, chosen, values, lower, upper, unit, words, definition))

    def add_bound(self, columns: Iterable[int], *, lower: float | None = None, upper: float | None = None, words: str = "") -> None:
        """Bound base columns; an empty set of columns adds nothing."""
        chosen = np.fromiter(columns, dtype=np.intp)
        if chosen.size:
            self.bounds.append(Bound(chosen, lower, upper, words))

    def add_cost(self, columns: Sequence[int] | Indices, dollars_per_unit: Sequence[float] | Floats) -> None:
        """Add to the objective, dollars per dollar of the base columns."""
        self.cost_columns.append(np.asarray(columns, dtype=np.intp))
        self.cost_values.append(np.asarray(dollars_per_unit, dtype=np.float64))

    @property
    def is_empty(self) -> bool:
        """Binds nothing in this household."""
        return not (self.columns or self.rows or self.bounds or self.cost_columns)

    def breaches(self, base: Floats, tolerance: float = 1e-6) -> list[str]:
        """Names of rows and bounds over base columns only that a point breaks: how a rule is tested without a solver."""
        broken = [bound.words or "bound" for bound in self.bounds if _outside(base[bound.columns], bound, tolerance)]
        for row in self.rows:
            if (row.columns >= 0).all():
                activity = float(base[row.columns] @ row.coefficients)
                if activity < row.lower - tolerance or activity > row.upper + tolerance:
                    broken.append(row.name)
        return broken


def _outside(values: Floats, bound: Bound, tolerance: float) -> bool:
    low = bound.lower is not None and bool((values < bound.lower - tolerance).any())
    return low or (bound.upper is not None and bool((values > bound.upper + tolerance).any()))


def own(index: int) -> int:
    """How a row refers to the term's own column number `index`."""
    return -1 - index


@dataclass(frozen=True)
class Affine:
    """A quantity of the household after trading, as constant + Σ coefficient · base column, dollars."""

    columns: Indices
    coefficients: Floats
    constant: float

    def limit(self, term: Term, name: str, low: float = -inf, high: float = inf, *, unit: str = "usd", words: str = "") -> None:
        """Bind the quantity between `low` and `high` (dollars) as a row of the term."""
        if self.columns.size:
            term.add_row(name, self.columns, self.coefficients, low - self.constant, high - self.constant, unit=unit, words=words)

    def at(self, base: Floats) -> float:
        return self.constant + float(base[self.columns] @ self.coefficients)


def affine(weights: Floats, constant: float) -> Affine:
    """From a dense row over the base columns."""
    chosen = np.flatnonzero(weights)
    return Affine(chosen, weights[chosen], constant)


def holding_value(problem: Problem, weight_of: dict[tuple[int, str], float], constant: float) -> Affine:
    """Σ weight · value after trading of (managed account, security), plus a constant that cannot move.

    `weight_of` maps (account index, symbol) to a weight; today's value of managed holdings is added here, so the constant
    holds only what lies outside of the managed accounts.
    """
    row = np.zeros(problem.columns.count)
    managed = {account.account_id: index for index, account in enumerate(problem.accounts)}
    total = constant
    for position in problem.household.positions:
        index = managed.get(position.account_id)
        weight = weight_of.get((index, position.symbol), 0.0) if index is not None else 0.0
        if weight:
            total += weight * float(position.quantity * problem.household.price_usd(position.symbol))
    for p, pile in enumerate(problem.piles):
        row[problem.columns.sold(p)] -= weight_of.get((pile.account, pile.symbol), 0.0)
    for k, pair in enumerate(problem.pairs):
        row[problem.columns.buy(k)] += weight_of.get((pair.account, pair.symbol), 0.0)
    return affine(row, total)
