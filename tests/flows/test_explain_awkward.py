"""Awkward households: every figure of their explanation is a number, or n/a with its reason; never NaN, never an error."""

from __future__ import annotations

from datetime import timedelta
from math import isfinite

import pytest

from flows.explanation import explanation_json, explanation_of
from flows.propose import Question, decide
from flows.telling import tell
from rules.tax import load_tax_year
from solver.outcome import Status
from tests.flows.test_explain import numbers
from tests.solver.making import CLASSES, TODAY, account, assumptions, household, lot, policy, replace, rule, taxpayer, usd
from tests.solver.test_solve import FUNDS, standard

LAW = load_tax_year(2026)
TAXED, DEFERRED = account("T"), account("I", "tax_deferred")
PLAIN = [lot("T", "VTI", "a", 300, 60_000), lot("I", "VTI", "b", 100, 1)]
FALLING = {name: {**fields, "total_return_frac": "-0.02"} for name, fields in CLASSES.items()}


class Given:
    """A policy that holds for whatever household asks."""

    def __init__(self, rules):
        self.rules = rules

    def for_household(self, _):
        return self.rules


def house(accounts=(TAXED, DEFERRED), lots=PLAIN, cash=None, **more):
    return household(list(accounts), list(lots), FUNDS, cash=cash if cash is not None else {"T": 9_000, "I": 2_000}, **more)


BASE = standard()
WITHOUT_FLOOR = policy(*(each for each in BASE.rules if each.rule.kind != "cash"), given=assumptions())
AWKWARD = {
    "one account": (house([TAXED], PLAIN[:1], {"T": 5_000}), BASE),
    "one treatment": (house([TAXED, account("U")], [PLAIN[0], lot("U", "BND", "c", 100, 9_000)], {"T": 5_000, "U": 900}), BASE),
    "no taxable account": (house([DEFERRED, account("R", "tax_exempt")], PLAIN[1:], {"I": 2_000, "R": 700}), BASE),
    "no value": (house(lots=(), cash={"T": 0, "I": 0}), WITHOUT_FLOOR),
    "cash alone": (house(lots=()), BASE),
    "no target": (house(), replace(BASE, rules=tuple(each for each in BASE.rules if each.rule.kind != "target"))),
    "falling markets": (house(), replace(BASE, assumption_sets={"base_2026": assumptions(FALLING)})),
    "no assumptions": (house(), policy(*(each for each in BASE.rules if each.rule.kind != "location"))),
    "lots of yesterday": (house(lots=[lot("T", "VTI", "a", 300, 93_000, acquired=TODAY - timedelta(days=1)), PLAIN[1]]), BASE),
    "basis unknown": (house(lots=[replace(PLAIN[0], cost_basis_usd=None, frozen="missing-basis"), PLAIN[1]]), BASE),
    "everything restrained": (house(), replace(BASE, rules=(*BASE.rules, rule("restraint", id="still", never="trade")))),
    "losses to spare": (house(taxpayers=[taxpayer(lt_carryforward_usd=500_000)]), BASE),
    "no budget": (house(), replace(BASE, rules=tuple(each for each in BASE.rules if each.rule.kind != "gain_budget"))),
    "a tax budget": (house(), replace(BASE, rules=(*BASE.rules, rule("gain_budget", id="taxes", measure="tax", net_usd=usd(500))))),
}  # fmt: skip


@pytest.mark.parametrize("name", list(AWKWARD))
def test_every_figure_is_a_number_or_says_why_not(name: str):
    given, rules = AWKWARD[name]
    decision = decide(Given(rules), LAW, Question(given))
    assert decision.status is not Status.FAILED, decision.findings
    page = explanation_of(decision)
    assert all(isfinite(each) for each in numbers(page))
    assert "NaN" not in explanation_json(decision) and "Infinity" not in explanation_json(decision)
    for figure, value in (page["statistics"] or {}).items():
        assert value is not None or figure in page["not_available"], figure
    assert page["statistics"] is not None or not decision.status.is_decided
    assert "nan" not in "\n".join(tell(page)).lower().replace("financ", "")
