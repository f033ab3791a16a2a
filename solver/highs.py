"""One linear program in HiGHS, solved again and again with a few bounds changed: warm, deterministic, one thread.

The Pyomo model is handed over as sparse arrays (`LinearStandardFormCompiler`, no LP file in between). Columns keep two
names: the base column index of `solver/problem`, or (term name, own column number).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf
from typing import Any

import highspy
import numpy as np
import pyomo.environ as pyo
from pyomo.repn.plugins.standard_form import LinearStandardFormCompiler

from solver.compile import BoundPolicy
from solver.model import base_bounds, block_name, build_model
from solver.problem import Floats, Indices
from solver.terms.base import Term

Bounds = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Answer:
    """An LP's end: `values` over all LP columns and `objective` in dollars, or not feasible."""

    feasible: bool
    objective: float
    values: Floats


class LinearProgram:
    """A household's LP with bounds that move. `solves` counts how often it was solved."""

    def __init__(self, bound: BoundPolicy) -> None:
        model = build_model(bound)
        standard = LinearStandardFormCompiler().write(model, mixed_form=True)
        self.solves = 0
        self._place = {id(variable): number for number, variable in enumerate(standard.columns)}
        self.base: Indices = np.full(bound.problem.columns.count, -1, dtype=np.intp)
        self.base[: bound.base_columns] = [self._place.get(id(model.x[i]), -1) for i in range(bound.base_columns)]
        self._fallback = np.maximum(0.0, base_bounds(bound)[0])
        self._own: dict[str, Indices] = {}
        for term in bound.terms:
            if term.columns and not term.is_empty:
                block = model.component(block_name(term.name))
                self._own[term.name] = np.array([self._place.get(id(block.own[i]), -1) for i in range(len(term.columns))], dtype=np.intp)
        self.lower = np.array([-inf if variable.lb is None else float(variable.lb) for variable in standard.columns])
        self.upper = np.array([inf if variable.ub is None else float(variable.ub) for variable in standard.columns])
        self._rows = _rows_by_term(bound, model, standard)
        self._costs = np.asarray(standard.c.todense(), dtype=np.float64).ravel()
        self._changed: dict[int, Bounds] = {}
        self._highs = _start(standard, self.lower, self.upper)

    def own(self, term: str, number: int) -> int:
        """LP column of a term's own column; −1 where no row uses it."""
        return int(self._own[term][number])

    def base_values(self, answer: Answer) -> Floats:
        """The base columns of an answer, in the problem's order."""
        values = np.where(self.base >= 0, answer.values[self.base], self._fallback)
        return np.asarray(values, dtype=np.float64)

    def solve(self, bounds: Mapping[int, Bounds]) -> Answer:
        """Solve with these columns' bounds replaced (all others as in the model), from the last basis."""
        wanted = {column: limits for column, limits in bounds.items() if column >= 0}
        changes = {column: (float(self.lower[column]), float(self.upper[column])) for column in self._changed if column not in wanted}
        changes |= {column: limits for column, limits in wanted.items() if self._changed.get(column) != limits}
        if any(low > high + 1e-9 for low, high in wanted.values()):
            return Answer(False, inf, np.zeros(0))
        if changes:
            columns = np.fromiter(changes, dtype=np.int32)
            low = np.array([limits[0] for limits in changes.values()])
            high = np.array([max(limits) for limits in changes.values()])
            self._highs.changeColsBounds(len(columns), columns, low, high)
        self._changed = dict(wanted)
        self.solves += 1
        self._highs.run()
        status = self._highs.getModelStatus()
        if status != highspy.HighsModelStatus.kOptimal:
            # A warm basis can end in a false "infeasible" (seen with big-M rows): ask once more from scratch before
            # believing it. A household must never be called impossible because of a basis.
            self._highs.clearSolver()
            self._highs.run()
            status = self._highs.getModelStatus()
        if status != highspy.HighsModelStatus.kOptimal:
            return Answer(False, inf, np.zeros(0))
        return Answer(True, float(self._highs.getInfo().objective_function_value), np.array(self._highs.getSolution().col_value))

    def price(self, costs: Floats | None) -> None:
        """Replace the objective by these dollars per unit of the base columns; None brings the model's own back."""
        wanted = self._costs
        if costs is not None:
            wanted = np.zeros(len(self._costs))
            used = self.base >= 0
            wanted[self.base[used]] = costs[used]
        self._highs.changeColsCost(len(wanted), np.arange(len(wanted), dtype=np.int32), wanted)

    def shadow_prices(self, term: Term) -> list[tuple[int, float]]:
        """(row number in the term, dollars per unit by which the limit's loosening would lower the cost), last solve."""
        duals = self._highs.getSolution().row_dual
        return [(number, abs(float(duals[row]))) for row, number in self._rows.get(term.name, ())]

    def reduced_cost(self, column: int) -> float:
        """Dollars per dollar at which a base column stands at its bound, last solve; 0 where no row uses it."""
        place = int(self.base[column])
        return float(self._highs.getSolution().col_dual[place]) if place >= 0 else 0.0


def _rows_by_term(bound: BoundPolicy, model: pyo.ConcreteModel, standard: Any) -> dict[str, list[tuple[int, int]]]:
    """(LP row, row number in the term) by term name."""
    number = {id(entry.constraint): place for place, entry in enumerate(standard.rows)}
    found: dict[str, list[tuple[int, int]]] = {}
    for term in bound.terms:
        mine = [i for i, row in enumerate(term.rows) if not row.definition]
        if mine and term.rule is not None:
            rows = model.component(block_name(term.name)).rows
            found[term.name] = [(number[id(rows[i])], i) for i in mine if id(rows[i]) in number]
    return found


def _start(standard: Any, lower: Floats, upper: Floats) -> highspy.Highs:
    highs = highspy.Highs()
    for option, value in (
        ("output_flag", False),
        ("threads", 1),
        ("parallel", "off"),
        ("presolve", "off"),
        ("solver", "simplex"),
        ("random_seed", 0),
    ):
        highs.setOptionValue(option, value)
    matrix = standard.A.tocsc()
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = matrix.shape[1], matrix.shape[0]
    lp.col_cost_ = np.asarray(standard.c.todense()).ravel()
    lp.offset_ = float(standard.c_offset[0])
    lp.col_lower_, lp.col_upper_ = lower, upper
    rhs = np.asarray(standard.rhs, dtype=np.float64)
    kinds = np.array([row.bound_type for row in standard.rows])
    lp.row_lower_ = np.where(kinds == 1, -inf, rhs)
    lp.row_upper_ = np.where(kinds == -1, inf, rhs)
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = matrix.indptr, matrix.indices, matrix.data
    highs.passModel(lp)
    return highs
