"""One linear program in HiGHS, solved again and again with a few bounds changed: warm, deterministic, one thread.

The Pyomo model is handed over as sparse arrays (`solver/standard_form`, no LP file in between). Columns keep two
names: the base column index of `solver/problem`, or (term name, own column number).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf

import highspy
import numpy as np
from pyomo.common.gc_manager import PauseGC

from solver.compile import BoundPolicy
from solver.model import base_bounds, block_name, build_model
from solver.problem import Floats, Indices
from solver.standard_form import standard_form

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


RAY_NOISE, RAY_MARGIN = 1e-9, 1e-6
"""Entries of a dual ray below this share of its largest are noise; by this share of its largest part a proof must hold."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An LP's end: `values` over all LP columns and `objective` in dollars, or not feasible."""

    feasible: bool
    objective: float
    values: Floats


class LinearProgram:
    """A household's LP with bounds that move. `solves` counts how often it was solved."""

    def __init__(self, bound: BoundPolicy) -> None:
        with PauseGC():
            model = build_model(bound)
            self._form = form = standard_form(model)
        self.solves = 0
        self.base: Indices = np.full(bound.problem.columns.count, -1, dtype=np.intp)
        self.base[: bound.base_columns] = [form.columns[id(variable)] for variable in model.x.values()]
        self._unstated = np.maximum(0.0, base_bounds(bound)[0])
        self._own: dict[str, Indices] = {}
        self._rows: dict[str, list[int]] = {}
        for term in bound.terms:
            if term.is_empty:
                continue
            block = model.component(block_name(term.name))
            if term.columns:
                self._own[term.name] = np.array([form.columns[id(variable)] for variable in block.own.values()], dtype=np.intp)
            if term.rows:
                self._rows[term.name] = [form.rows[id(row)] for row in block.rows.values()]
        self.lower, self.upper = form.lower, form.upper
        self._row_bounds = form.row_lower, form.row_upper
        self._changed: dict[int, Bounds] = {}
        self._changed_rows: dict[int, Bounds] = {}
        self._highs = _highs(self._arrays(), WARM_OPTIONS)

    def own(self, term: str, number: int) -> int:
        """LP column of a term's own column."""
        return int(self._own[term][number])

    def base_values(self, answer: Answer) -> Floats:
        """The base columns of an answer, in the problem's order."""
        values = np.where(self.base >= 0, answer.values[self.base], self._unstated)
        return np.asarray(values, dtype=np.float64)

    def rows(self, term: str) -> Mapping[int, tuple[int, ...]]:
        """LP rows by row number in the term."""
        return {number: (place,) for number, place in enumerate(self._rows.get(term, ()))}

    def solve(self, bounds: Mapping[int, Bounds], rows: Mapping[int, Bounds] | None = None) -> Answer:
        """Solve with these columns' bounds (and LP rows' limits) replaced, all others as in the model, from the last basis."""
        self._limit_rows(rows or {})
        changes = {column: limits for column, limits in bounds.items() if self._changed.get(column) != limits and column >= 0}
        if any(low > high + 1e-9 for low, high in changes.values()):
            return Answer(False, inf, np.zeros(0))
        changes |= {column: (float(self.lower[column]), float(self.upper[column])) for column in self._changed.keys() - bounds.keys()}
        if changes:
            low, high = np.array(list(changes.values())).T
            self._highs.changeColsBounds(len(changes), np.fromiter(changes, dtype=np.int32), low.copy(), np.maximum(low, high))
        self._changed = {column: limits for column, limits in bounds.items() if column >= 0}
        self.solves += 1
        self._highs.run()
        status = self._highs.getModelStatus()
        if status == highspy.HighsModelStatus.kInfeasible and self._is_refuted():
            return Answer(False, inf, np.zeros(0))
        if status != highspy.HighsModelStatus.kOptimal:
            # A warm basis can end in a false "infeasible" (seen with big-M rows): ask once more from scratch before
            # believing it. A household must never be called impossible because of a basis.
            self._highs.clearSolver()
            self._highs.run()
            status = self._highs.getModelStatus()
        if status != highspy.HighsModelStatus.kOptimal:
            return Answer(False, inf, np.zeros(0))
        return Answer(True, float(self._highs.getInfo().objective_function_value), np.array(self._highs.getSolution().col_value))

    def _is_refuted(self) -> bool:
        """Whether the dual ray of an infeasible end proves it: a sum of the rows that no point within the bounds can reach
        (Farkas), by more than the noise of the arithmetic."""
        _, exists, ray = self._highs.getDualRay()
        if not exists:
            return False
        ray = np.where(np.abs(ray) > RAY_NOISE * np.abs(ray).max(), ray, 0.0)
        slope = self._form.matrix.T @ ray
        columns = _box(self.lower, self.upper, self._changed)
        rows = _box(*self._row_bounds, self._changed_rows)
        (low, size), (row_low, row_size) = _range(slope, *columns), _range(ray, *rows)
        (high, _), (row_high, _) = _range(-slope, *columns), _range(-ray, *rows)
        beyond = max(low + row_high, row_low + high)
        return bool(beyond > RAY_MARGIN * max(1.0, size, row_size))

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
        matrix = self._form.matrix
        lp.num_col_, lp.num_row_ = matrix.shape[1], matrix.shape[0]
        lp.col_cost_, lp.offset_ = self._form.costs, self._form.constant
        lp.col_lower_, lp.col_upper_ = self.lower, self.upper
        lp.row_lower_, lp.row_upper_ = self._row_bounds
        lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = matrix.indptr, matrix.indices, matrix.data
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
        wanted = self._form.costs
        if costs is not None:
            wanted = np.zeros(len(self._form.costs))
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
        matrix = self._form.matrix
        entries = slice(matrix.indptr[column], matrix.indptr[column + 1])
        return [(int(row), float(value)) for row, value in zip(matrix.indices[entries], matrix.data[entries], strict=True)]


def _box(lower: Floats, upper: Floats, changed: Mapping[int, Bounds]) -> tuple[Floats, Floats]:
    """The limits with those that a solve replaced."""
    low, high = lower.copy(), upper.copy()
    for place, limits in changed.items():
        low[place], high[place] = limits[0], max(limits)
    return low, high


def _range(weights: Floats, lower: Floats, upper: Floats) -> tuple[float, float]:
    """(least of weights·x within the limits, largest finite part of it)."""
    used = np.flatnonzero(weights)
    parts = weights[used] * np.where(weights[used] > 0, lower[used], upper[used])
    return float(parts.sum()), float(np.abs(parts[np.isfinite(parts)]).max(initial=0.0))


def _highs(lp: highspy.HighsLp, options: Options) -> highspy.Highs:
    """One thread and one seed, whatever else is asked: the same bytes on every run."""
    highs = highspy.Highs()
    for option, value in (("output_flag", False), ("threads", 1), ("parallel", "off"), ("random_seed", 0), *options):
        highs.setOptionValue(option, value)
    highs.passModel(lp)
    return highs
