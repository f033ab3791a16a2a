"""Whole shares at once: the best list that another solver proves, also where the search alone proves little."""

from __future__ import annotations

from decimal import Decimal

import pytest
from pyscipopt import Model

from rules.tax import load_tax_year
from solver.build import build_problem
from solver.checker import check
from solver.compile import compile_policy, in_whole_shares
from solver.highs import LinearProgram
from solver.model import build_model
from solver.outcome import SolutionStatus, Status
from solver.solve import choices_of, gap_target_usd, solve
from solver.whole import solve_shares
from tests.bench.mixed_household import mixed_household, mixed_policy
from tests.solver.making import account, household, lot, policy, rule, security, target, taxpayer, usd

LAW = load_tax_year(2026)


def dear_shares(most_trades: int | None = None):
    """Two small accounts over three funds whose shares cost hundreds of dollars: what rounding does matters."""
    funds = [
        security("AAA", "611.30", "us_equity", spread=2),
        security("BBB", "407.07", "core_bond", spread=2),
        security("CCC", "823.50", "intl_equity", spread=2),
    ]
    lots = [
        lot("T", "AAA", "L1", 20, 9_000),
        lot("T", "AAA", "L2", "11.5", 8_000),
        lot("T", "CCC", "L3", 6, 6_500),
        lot("I", "AAA", "I1", "12.25", 1),
        lot("I", "BBB", "I2", 9, 1),
    ]
    house = household(
        [account("T"), account("I", "tax_deferred")], lots, funds, cash={"T": 2_000, "I": 500}, taxpayers=[taxpayer(income=180_000)]
    )
    rules = policy(
        target(
            {"us_equity": "0.3", "core_bond": "0.4", "intl_equity": "0.28", "cash": "0.02"},
            {"us_equity": ["AAA"], "core_bond": ["BBB"], "intl_equity": ["CCC"]},
        ),
        rule("band", absolute_frac=usd("0.01"), price_of_drift={"usd_per_year": usd(60), "per_usd": usd(1000), "years": 2}),
        rule("gain_budget", net_usd=usd(1_500)),
        rule("wash_sale"),
        rule("trade_size", min_usd=usd(300), **({"max_trades": most_trades} if most_trades else {})),
    )
    return house, rules


def by_scip(bound, folder) -> float:
    """Optimum of the program in whole shares, read by SCIP from its LP file."""
    path = folder / "model.lp"
    build_model(bound).write(str(path), io_options={"symbolic_solver_labels": False})
    model = Model()
    model.hideOutput()
    model.setParam("limits/gap", 0.0)
    model.readProblem(str(path))
    model.optimize()
    assert model.getStatus() == "optimal"
    return float(model.getObjVal())


@pytest.mark.parametrize("most_trades", [None, 3])
def test_the_best_list_in_whole_shares_is_the_one_that_scip_proves(most_trades, tmp_path):
    bound = compile_policy(build_problem(*dear_shares(most_trades), LAW))
    program = LinearProgram(bound)
    found = solve_shares(bound, program, choices_of(bound, program), None, 0.0, 5_000)
    proven = by_scip(in_whole_shares(bound), tmp_path)
    assert found.answer.objective == pytest.approx(proven, abs=0.05)
    assert found.bound_usd <= proven + 0.05


@pytest.mark.parametrize("most_trades", [None, 3])
def test_a_certificate_never_promises_more_than_the_best_list_in_whole_shares(most_trades, tmp_path):
    house, rules = dear_shares(most_trades)
    bound = compile_policy(build_problem(house, rules, LAW))
    outcome = solve(bound).outcome
    best = by_scip(in_whole_shares(bound), tmp_path)
    assert outcome.certificate.bound_usd <= best + 0.05
    assert best - 0.05 <= outcome.certificate.objective_usd <= best + gap_target_usd(bound.problem) + 0.05
    assert check(house, rules, LAW, outcome) == []


def test_only_whole_shares_or_the_rest_of_a_position_leave():
    house, rules = dear_shares()
    outcome = solve(compile_policy(build_problem(house, rules, LAW))).outcome
    held = {(each.account_id, each.symbol): each.quantity for each in house.positions}
    assert outcome.trades
    for trade in outcome.trades:
        assert trade.quantity % 1 == 0 or trade.quantity == held[trade.account_id, trade.symbol]


@pytest.mark.parametrize("seed", [5, 34, 41])
def test_where_trades_are_counted_or_accounts_are_small_the_gap_is_closed_by_cuts(seed):
    house, rules = mixed_household(seed), mixed_policy(seed)
    outcome = solve(compile_policy(build_problem(house, rules, LAW))).outcome
    assert outcome.status is Status.PROPOSED
    assert outcome.certificate.status in {SolutionStatus.WITHIN_GAP, SolutionStatus.OPTIMAL}
    assert outcome.certificate.gap_bps <= 1
    assert check(house, rules, LAW, outcome) == []


@pytest.mark.parametrize("seed", [33, 44, 46])
def test_a_budget_that_is_used_up_is_no_reason_to_trade_nothing(seed):
    """Two lots of a position are sold in part; rounding once took the gain of a share too many, and gave up."""
    house, rules = mixed_household(seed), mixed_policy(seed)
    outcome = solve(compile_policy(build_problem(house, rules, LAW))).outcome
    assert outcome.status is Status.PROPOSED
    assert outcome.certificate.gap_bps <= 1
    assert check(house, rules, LAW, outcome) == []


def test_equal_households_get_equal_bytes_from_the_cuts():
    first, second = (solve(compile_policy(build_problem(*dear_shares(3), LAW))) for _ in range(2))
    assert first.values is not None and second.values is not None
    assert first.values.tobytes() == second.values.tobytes()
    assert first.outcome.certificate == second.outcome.certificate
    assert sum((trade.quantity for trade in first.outcome.trades), Decimal(0)) > 0
