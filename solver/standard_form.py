"""A household's Pyomo model as sparse arrays, for HiGHS.

Every row and the objective of `solver/model` is one linear expression, so reading the model back is one pass over its
coefficients; Pyomo's own `LinearStandardFormCompiler` walks expressions of any shape and takes four times as long for the
same matrix (a test holds the two against each other).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import inf
from typing import Any

import numpy as np
import pyomo.environ as pyo
from scipy.sparse import coo_array, csc_array

from solver.problem import Floats


@dataclass(frozen=True, slots=True)
class StandardForm:
    """minimise costs·x + constant  subject to  row_lower ≤ matrix·x ≤ row_upper,  lower ≤ x ≤ upper; infinite where open.

    columns, rows   place in the arrays by `id` of the model's variable, of its constraint
    """

    matrix: csc_array
    costs: Floats
    constant: float
    lower: Floats
    upper: Floats
    row_lower: Floats
    row_upper: Floats
    columns: dict[int, int]
    rows: dict[int, int]


def standard_form(model: pyo.ConcreteModel) -> StandardForm:
    """Read a model whose rows and objective are linear expressions.

    Raises AttributeError for a row that is none.
    """
    variables = [variable for block in _blocks(model) for each in block.component_map(pyo.Var).values() for variable in each.values()]
    rows = [row for block in _blocks(model) for each in block.component_map(pyo.Constraint).values() for row in each.values()]
    columns = {id(variable): place for place, variable in enumerate(variables)}
    lengths: list[int] = []
    places: list[int] = []
    coefficients: list[float] = []
    limits: list[tuple[float | None, float | None]] = []
    for row in rows:
        low, body, high = row.to_bounded_expression()
        lengths.append(len(body.linear_vars))
        places += [columns[id(variable)] for variable in body.linear_vars]
        coefficients += body.linear_coefs
        limits.append((low, high))
    matrix = coo_array((coefficients, (np.repeat(np.arange(len(rows)), lengths), places)), shape=(len(rows), len(variables))).tocsc()
    matrix.eliminate_zeros()
    costs = np.zeros(len(variables))
    objective = model.cost.expr
    np.add.at(costs, [columns[id(variable)] for variable in objective.linear_vars], objective.linear_coefs)
    return StandardForm(
        matrix,
        costs,
        float(objective.constant),
        *_ends([variable.bounds for variable in variables]),
        *_ends(limits),
        columns,
        {id(row): place for place, row in enumerate(rows)},
    )


def _blocks(model: pyo.ConcreteModel) -> Iterator[Any]:
    yield model
    yield from model.component_map(pyo.Block).values()


def _ends(limits: list[tuple[float | None, float | None]]) -> tuple[Floats, Floats]:
    """Lower and upper ends, infinite where open."""
    low = np.array([-inf if low is None else low for low, _ in limits], dtype=np.float64)
    high = np.array([inf if high is None else high for _, high in limits], dtype=np.float64)
    return low, high
