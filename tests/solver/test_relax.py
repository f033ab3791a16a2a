"""Conflicts name every rule that takes part, each with its own way out."""

from __future__ import annotations

from rules.tax import load_tax_year
from solver.build import build_problem
from solver.compile import compile_policy
from solver.relax import conflict_outcome
from tests.solver.making import account, assumptions, household, lot, policy, rule, security, target, usd

LAW = load_tax_year(2026)
FUNDS = [security("STK", 100, "us_equity"), security("BND", 50, "core_bond")]
WEIGHTS = target({"us_equity": "0.1", "core_bond": "0.9"}, {"us_equity": ["STK"], "core_bond": ["BND"]})


def conflict_of(*rules):
    house = household([account("T")], [lot("T", "STK", "old", 100, 1_000)], FUNDS, cash={"T": 0})
    return conflict_outcome(compile_policy(build_problem(house, policy(WEIGHTS, *rules, given=assumptions()), LAW)))


def test_a_gain_budget_that_keeps_a_ceiling_from_being_met_is_named_beside_it():
    ceiling = rule("concentration", group_by="security", max_frac=usd("0.4"), applies_to={"securities": ["STK"]})
    budget = rule("gain_budget", net_usd=usd(1_000))
    outcome = conflict_of(ceiling, budget)
    assert {each.rule_id for each in outcome.conflict} == {"concentration", "gain_budget"}
    said = {each.rule_id: each.sentence for each in outcome.conflict}
    assert said["gain_budget"].startswith("raise the net budget from $1,000 to $5,4")  # 60 shares at a gain of $90 each
    assert said["concentration"].startswith("raise from 40.0% to 8")
    assert outcome.findings[0].message.startswith("2 rules cannot hold together: ")


def test_a_rule_that_what_is_held_breaks_by_itself_is_named_alone():
    outcome = conflict_of(rule("restraint", never="sell"), rule("restraint", id="less", hold={"max_shares": usd(50)}))
    assert len(outcome.conflict) == 2
    floor = conflict_of(rule("cash", per="household", min_usd=usd(20_000)))
    assert [each.rule_id for each in floor.conflict] == ["cash"]
    assert floor.findings[0].message == "`cash` cannot hold with what is held"
