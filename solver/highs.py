"""One linear program in HiGHS, solved again and again with a few bounds changed: warm, deterministic, one thread.

The Pyomo model is handed over as sparse arrays (`LinearStandardFormCompiler`, no LP file in between). Columns keep two
names: the base column index of `solver/problem`, or (term name, own column number).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf
from typing import Any

import highspy
import numpy as np
import pyomo.environ as pyo
import scipy.sparse  # noqa: F401  Pyomo imports it late, on the first household otherwise
from pyomo.repn.plugins.standard_form import LinearStandardFormCompiler

from solver.compile import BoundPolicy
from solver.model import base_bounds, block_name, build_model
from solver.problem import Floats, Indices

Bounds = tuple[float, float]
Options = tuple[tuple[str, str | int | float], ...]
WARM_OPTIONS: Options = (("presolve", "off"), ("solver", "simplex"))
WHOLE_OPTIONS: Options = (
    ("mip_rel_gap", 0.0),
    ("mip_heuristic_run_rens", False),
    ("mip_heuristic_run_root_reduced_cost", False),
    ("mip_detect_symmetry", False),
)
"""Whole programs inside the program are dear heuristics: without them the same households took a quarter of the time."""


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
        self._changed_rows: dict[int, Bounds] = {}
        self._matrix, self._constant = standard.A.tocsc(), float(standard.c_offset[0])
        self._row_bounds = _row_bounds(standard)
        self._highs = _highs(self._arrays(), WARM_OPTIONS)

    def own(self, term: str, number: int) -> int:
        """LP column of a term's own column; −1 where no row uses it."""
        return int(self._own[term][number])

    def base_values(self, answer: Answer) -> Floats:
        """The base columns of an answer, in the problem's order."""
        values = np.where(self.base >= 0, answer.values[self.base], self._fallback)
        return np.asarray(values, dtype=np.float64)

    def rows(self, term: str) -> dict[int, tuple[int, ...]]:
        """LP rows by row number in the term, for all rows of the term that stand in the program (two where both edges bind)."""
        return self._rows.get(term, {})

    def solve(self, bounds: Mapping[int, Bounds], rows: Mapping[int, Bounds] | None = None) -> Answer:
        """Solve with these columns' bounds (and LP rows' limits) replaced, all others as in the model, from the last basis."""
        self._limit_rows(rows or {})
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

    def solve_whole(self, integral: Sequence[int], start: Floats, gap_usd: float, nodes: int) -> tuple[Floats, float, int]:
        """Minimise with these columns integral, by HiGHS' own branch and bound with its presolve and cuts.

        start   values of all columns of a list that is known
        nodes   at most so many, the root not counted: never seconds, so that the same input gives the same answer

        Returns the values of the best list (empty where none was found), the proven bound in dollars and the nodes looked at.
        """
        lp = self._arrays()
        kinds = [highspy.HighsVarType.kContinuous] * lp.num_col_
        for column in integral:
            kinds[column] = highspy.HighsVarType.kInteger
        lp.integrality_ = kinds
        highs = _highs(lp, (*WHOLE_OPTIONS, ("mip_abs_gap", gap_usd), ("mip_max_nodes", nodes)))
        if start.size:
            known = highspy.HighsSolution()
            known.col_value = start.tolist()
            highs.setSolution(known)
        highs.run()
        info = highs.getInfo()
        found = info.primal_solution_status == int(highspy.SolutionStatus.kSolutionStatusFeasible)
        # What is called impossible although a list is known proves nothing but a tolerance: no bound is taken from it.
        refuted = highs.getModelStatus() == highspy.HighsModelStatus.kInfeasible and start.size
        bound = -inf if refuted else float(info.mip_dual_bound)
        return np.array(highs.getSolution().col_value) if found else np.zeros(0), bound, int(info.mip_node_count)

    def _arrays(self) -> highspy.HighsLp:
        """The program as it stands, sparse, for `passModel`."""
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = self._matrix.shape[1], self._matrix.shape[0]
        lp.col_cost_, lp.offset_ = self._costs, self._constant
        lp.col_lower_, lp.col_upper_ = self.lower, self.upper
        lp.row_lower_, lp.row_upper_ = self._row_bounds
        lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = self._matrix.indptr, self._matrix.indices, self._matrix.data
        return lp

    def column_limits(self, column: int) -> Bounds:
        """The bounds of an LP column as the model states them."""
        return float(self.lower[column]), float(self.upper[column])

    def row_limits(self, row: int) -> Bounds:
        """The limits of an LP row that hold in every solve."""
        return float(self._row_bounds[0][row]), float(self._row_bounds[1][row])

    def hold(self, rows: Mapping[int, Bounds]) -> None:
        """Replace these LP rows' limits for good."""
        for row, limits in rows.items():
            self._row_bounds[0][row], self._row_bounds[1][row] = limits
            self._highs.changeRowBounds(row, *limits)

    def _limit_rows(self, wanted: Mapping[int, Bounds]) -> None:
        lower, upper = self._row_bounds
        back = {row: (float(lower[row]), float(upper[row])) for row in self._changed_rows if row not in wanted}
        for row, limits in {**back, **wanted}.items():
            if self._changed_rows.get(row) != limits:
                self._highs.changeRowBounds(row, *limits)
        self._changed_rows = dict(wanted)

    def price(self, costs: Floats | None) -> None:
        """Replace the objective by these dollars per unit of the base columns; None brings the model's own back."""
        wanted = self._costs
        if costs is not None:
            wanted = np.zeros(len(self._costs))
            used = self.base >= 0
            wanted[self.base[used]] = costs[used]
        self._highs.changeColsCost(len(wanted), np.arange(len(wanted), dtype=np.int32), wanted)

    def duals(self) -> tuple[Floats, Floats]:
        """(reduced cost of every LP column, dual of every LP row) of the last solve: dollars per unit, a column's being its own
        cost minus the sum of dual times coefficient over its rows."""
        solution = self._highs.getSolution()
        return np.array(solution.col_dual), np.array(solution.row_dual)

    def coefficients(self, column: int) -> list[tuple[int, float]]:
        """(LP row, coefficient) of an LP column."""
        begin, end = self._matrix.indptr[column], self._matrix.indptr[column + 1]
        return [(int(row), float(value)) for row, value in zip(self._matrix.indices[begin:end], self._matrix.data[begin:end], strict=True)]


def _rows_by_term(bound: BoundPolicy, model: pyo.ConcreteModel, standard: Any) -> dict[str, dict[int, tuple[int, ...]]]:
    """LP rows by row number in the term, by term name."""
    places: dict[int, tuple[int, ...]] = {}
    for place, entry in enumerate(standard.rows):
        places[id(entry.constraint)] = (*places.get(id(entry.constraint), ()), place)
    found: dict[str, dict[int, tuple[int, ...]]] = {}
    for term in bound.terms:
        if term.rows:
            rows = model.component(block_name(term.name)).rows
            found[term.name] = {i: mine for i in range(len(term.rows)) if (mine := places.get(id(rows[i]), ()))}
    return found


def _row_bounds(standard: Any) -> tuple[Floats, Floats]:
    rhs = np.asarray(standard.rhs, dtype=np.float64)
    kinds = np.array([row.bound_type for row in standard.rows])
    return np.where(kinds == 1, -inf, rhs), np.where(kinds == -1, inf, rhs)


def _highs(lp: highspy.HighsLp, options: Options) -> highspy.Highs:
    """One thread and one seed, whatever else is asked: the same bytes on every run."""
    highs = highspy.Highs()
    for option, value in (("output_flag", False), ("threads", 1), ("parallel", "off"), ("random_seed", 0), *options):
        highs.setOptionValue(option, value)
    highs.passModel(lp)
    return highs
