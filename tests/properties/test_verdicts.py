"""Whatever the solver proposes for a household and a policy at random, the independent checker lets it leave."""

from __future__ import annotations

from random import Random

import pytest

from rules.tax import load_tax_year
from solver.build import build_problem
from solver.checker import check
from solver.compile import compile_policy
from solver.outcome import Status
from solver.solve import solve
from tests.properties.random_households import random_household, random_policy

LAW = load_tax_year(2026)


@pytest.mark.parametrize("seed", range(80))
def test_the_checker_lets_the_solvers_proposal_leave(seed: int) -> None:
    random = Random(seed)
    household, policy = random_household(random), random_policy(random)
    outcome = solve(compile_policy(build_problem(household, policy, LAW))).outcome
    assert outcome.status in {Status.PROPOSED, Status.NO_TRADE_NEEDED, Status.CONFLICT}
    assert [finding.message for finding in check(household, policy, LAW, outcome)] == []


def test_most_random_households_have_an_answer() -> None:
    seeds = range(20)
    answers = []
    for seed in seeds:
        random = Random(seed)
        household, policy = random_household(random), random_policy(random)
        answers.append(solve(compile_policy(build_problem(household, policy, LAW))).outcome.status)
    assert sum(status is Status.PROPOSED for status in answers) >= 8
