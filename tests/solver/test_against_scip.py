"""The stated model, switches and all, solved whole by another solver: the search finds the same optimum."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyscipopt import Model

from rules.tax import load_tax_year
from solver.build import build_problem
from solver.compile import compile_policy
from solver.highs import LinearProgram
from solver.model import build_model
from solver.search import search
from solver.solve import choices_of
from tests.solver.making import account, assumptions, household, lot, policy, rule, security, target, taxpayer, usd

LAW = load_tax_year(2026)


def by_scip(bound, folder) -> float:
    """Optimum of the Pyomo model, read by SCIP from its LP file."""
    path = folder / "model.lp"
    build_model(bound).write(str(path), io_options={"symbolic_solver_labels": False})
    model = Model()
    model.hideOutput()
    model.setParam("limits/gap", 0.0)
    model.readProblem(str(path))
    model.optimize()
    assert model.getStatus() == "optimal"
    return float(model.getObjVal())


@settings(deadline=None, max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    gains=st.lists(st.floats(-0.45, 0.45), min_size=6, max_size=6),
    least=st.sampled_from([0, 1_000, 4_000]),
    income=st.sampled_from([60_000, 110_000, 240_000]),
    carry=st.sampled_from([0, 6_000]),
    most=st.sampled_from([None, 4]),
)
def test_small_households_are_solved_to_the_optimum_that_scip_proves(tmp_path, gains, least, income, carry, most):
    funds = [
        security("AAA", 100, "us_equity", spread=2),
        security("BBB", 50, "core_bond", spread=2),
        security("CCC", 80, "intl_equity", spread=2),
    ]
    prices = {"AAA": 100, "BBB": 50, "CCC": 80}
    held = ["AAA", "AAA", "BBB", "BBB", "CCC", "CCC"]
    lots = [
        lot("T", symbol, f"L{i}", 150, round(prices[symbol] * 150 * (1 - gain), 2))
        for i, (symbol, gain) in enumerate(zip(held, gains, strict=True))
    ]
    lots += [lot("I", "AAA", "I1", 200, 1), lot("I", "CCC", "I2", 100, 1)]
    payer = taxpayer(income=income, lt_carryforward_usd=carry)
    house = household([account("T"), account("I", "tax_deferred")], lots, funds, cash={"T": 9_000, "I": 700}, taxpayers=[payer])
    sizes = {"min_usd": usd(least), **({"max_trades": most} if most else {})}
    rules = policy(
        target(
            {"us_equity": "0.35", "core_bond": "0.35", "intl_equity": "0.28", "cash": "0.02"},
            {"us_equity": ["AAA"], "core_bond": ["BBB"], "intl_equity": ["CCC"]},
        ),
        rule("band", absolute_frac=usd("0.02"), price_of_drift={"usd_per_year": usd(20), "per_usd": usd(1000), "years": 5}),
        rule("gain_budget", net_usd=usd(5_000)),
        rule("wash_sale"),
        rule("trade_size", **sizes),
        rule("location", assumptions="base_2026"),
        given=assumptions(),
    )
    problem = build_problem(house, rules, LAW)
    bound = compile_policy(problem)
    program = LinearProgram(bound)
    found = search(program, choices_of(bound, program), 0.0, 20_000)
    assert found.exhausted
    assert found.answer.objective == pytest.approx(by_scip(compile_policy(problem, state_sizes=True), tmp_path), abs=0.05)
