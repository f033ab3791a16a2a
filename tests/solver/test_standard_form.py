"""The model read back as arrays is the one that Pyomo's own compiler reads."""

from __future__ import annotations

import numpy as np
import pytest
from pyomo.repn.plugins.standard_form import LinearStandardFormCompiler

from rules.tax import load_tax_year
from solver.build import build_problem
from solver.compile import compile_policy, in_whole_shares
from solver.model import build_model
from solver.standard_form import standard_form
from tests.bench.mixed_household import mixed_household, mixed_policy

LAW = load_tax_year(2026)


@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize("seed", [3, 9, 30])
def test_every_row_and_column_is_the_one_that_pyomo_compiles(seed, whole):
    bound = compile_policy(build_problem(mixed_household(seed), mixed_policy(seed), LAW))
    model = build_model(in_whole_shares(bound) if whole else bound)
    mine, pyomos = standard_form(model), LinearStandardFormCompiler().write(model, mixed_form=True)
    places = np.array([mine.columns[id(variable)] for variable in pyomos.columns])
    assert np.array_equal(mine.costs[places], np.asarray(pyomos.c.todense()).ravel())
    assert mine.costs.sum() == pytest.approx(float(pyomos.c.sum()))
    assert mine.constant == pytest.approx(float(pyomos.c_offset[0]))
    assert [mine.lower[place] for place in places] == [-np.inf if each.lb is None else each.lb for each in pyomos.columns]
    assert [mine.upper[place] for place in places] == [np.inf if each.ub is None else each.ub for each in pyomos.columns]
    theirs, ours = pyomos.A.tocsr(), mine.matrix.tocsr()
    edges = np.full((len(mine.rows), 2), [-np.inf, np.inf])
    for number, row in enumerate(pyomos.rows):
        place = mine.rows[id(row.constraint)]
        assert np.array_equal(ours[[place], :].toarray()[0, places], theirs[[number], :].toarray()[0])
        if row.bound_type >= 0:
            edges[place, 1] = pyomos.rhs[number]
        if row.bound_type <= 0:
            edges[place, 0] = pyomos.rhs[number]
    stated = np.diff(ours.indptr) > 0
    assert np.array_equal(edges[stated, 0], mine.row_lower[stated]) and np.array_equal(edges[stated, 1], mine.row_upper[stated])
    assert len(pyomos.rows) >= stated.sum()
