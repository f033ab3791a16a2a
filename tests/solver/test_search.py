"""Branch and bound agrees with another solver on small either-or programs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp

from rules.tax import load_tax_year
from solver.build import build_problem
from solver.compile import compile_policy
from solver.highs import LinearProgram
from solver.search import search
from solver.solve import choices_of, gap_target_usd
from tests.solver.making import account, household, lot, policy, rule, security, target, taxpayer, usd

LAW = load_tax_year(2026)


def small(gains: list[float], *, least: float = 5_000):
    """A taxable account and an IRA over three funds, some lots at a loss, wash sales and minimum trades at stake."""
    funds = [
        security("AAA", 100, "us_equity", spread=2),
        security("BBB", 50, "core_bond", spread=2),
        security("CCC", 80, "intl_equity", spread=2),
    ]
    lots = [
        lot("T", symbol, f"L{i}", 200, float(price) * 200 * (1 - gain))
        for i, (symbol, price, gain) in enumerate(zip(["AAA", "AAA", "BBB", "CCC", "CCC"], [100, 100, 50, 80, 80], gains, strict=True))
    ]
    lots += [lot("I", "AAA", "I1", 300, 1), lot("I", "BBB", "I2", 300, 1)]
    house = household(
        [account("T"), account("I", "tax_deferred")], lots, funds, cash={"T": 20_000, "I": 500}, taxpayers=[taxpayer(income=180_000)]
    )
    rules = policy(
        target(
            {"us_equity": "0.3", "core_bond": "0.4", "intl_equity": "0.28", "cash": "0.02"},
            {"us_equity": ["AAA"], "core_bond": ["BBB"], "intl_equity": ["CCC"]},
        ),
        rule("band", absolute_frac=usd("0.02"), price_of_drift={"usd_per_year": usd(20), "per_usd": usd(1000), "years": 5}),
        rule("gain_budget", net_usd=usd(3_000)),
        rule("wash_sale"),
        rule("trade_size", min_usd=usd(least)),
    )
    return compile_policy(build_problem(house, rules, LAW))


def by_scipy(program: LinearProgram, bound, choices) -> float:
    """The same either-or program, whole, as scipy's MILP: sizes and directions become binaries of their own."""
    lp = program._highs.getLp()
    rows, columns = lp.num_row_, lp.num_col_
    matrix = np.zeros((rows, columns))
    for column in range(columns):
        for entry in range(lp.a_matrix_.start_[column], lp.a_matrix_.start_[column + 1]):
            matrix[lp.a_matrix_.index_[entry], column] = lp.a_matrix_.value_[entry]
    extra = len(choices.sized)
    low, high = np.append(lp.row_lower_, np.full(2 * extra, -np.inf)), np.append(lp.row_upper_, np.zeros(2 * extra))
    wide = np.zeros((rows + 2 * extra, columns + extra))
    wide[:rows, :columns] = matrix
    for number, trade in enumerate(choices.sized):
        wide[rows + 2 * number, [trade.column, columns + number]] = (1, -trade.most)
        wide[rows + 2 * number + 1, [trade.column, columns + number]] = (-1, trade.least)
    twins = [
        (number, other)
        for number, trade in enumerate(choices.sized)
        for other, each in enumerate(choices.sized)
        if each.column == trade.twin
    ]
    for number, other in twins:
        row = np.zeros((1, columns + extra))
        row[0, [columns + number, columns + other]] = 1
        wide, low, high = np.vstack([wide, row]), np.append(low, -np.inf), np.append(high, 1.0)
    integral = np.zeros(columns + extra)
    integral[list(choices.switches)] = 1
    integral[columns:] = 1
    answer = milp(
        np.append(lp.col_cost_, np.zeros(extra)),
        constraints=LinearConstraint(wide, low, high),
        integrality=integral,
        bounds=Bounds(np.append(program.lower, np.zeros(extra)), np.append(program.upper, np.ones(extra))),
        options={"mip_rel_gap": 0.0},
    )
    assert answer.success
    return float(answer.fun) + lp.offset_


@settings(deadline=None, max_examples=25)
@given(st.lists(st.floats(-0.5, 0.5), min_size=5, max_size=5), st.sampled_from([0, 500, 5_000]))
def test_the_search_finds_what_a_general_solver_finds(gains, least):
    bound = small(gains, least=least)
    program = LinearProgram(bound)
    choices = choices_of(bound, program)
    found = search(program, choices, 0.0, 5_000)
    assert found.exhausted
    assert found.answer.objective == pytest.approx(by_scipy(program, bound, choices), abs=0.02)
    assert found.bound_usd <= found.answer.objective + 1e-6


def test_a_wider_gap_stops_earlier_and_says_what_it_proved():
    bound = small([-0.3, 0.4, 0.2, -0.2, 0.1])
    program = LinearProgram(bound)
    choices = choices_of(bound, program)
    exact = search(program, choices, 0.0, 5_000)
    loose = search(program, choices, gap_target_usd(bound.problem), 5_000)
    assert loose.nodes <= exact.nodes
    assert loose.bound_usd - 1e-6 <= exact.answer.objective <= loose.answer.objective + 1e-6
    assert loose.answer.objective - loose.bound_usd <= gap_target_usd(bound.problem) + 1e-6


def test_the_same_search_twice_gives_the_same_bytes():
    first, second = small([-0.3, 0.4, 0.2, -0.2, 0.1]), small([-0.3, 0.4, 0.2, -0.2, 0.1])
    answers = []
    for bound in (first, second):
        program = LinearProgram(bound)
        answers.append(search(program, choices_of(bound, program), 0.0, 5_000).answer.values.tobytes())
    assert answers[0] == answers[1]
