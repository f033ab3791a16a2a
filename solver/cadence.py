"""Whether a household is due: at most every `min_days`, at the latest after `max_days`, in between when it has drifted.

A cash order that is due, or a `must` that the holdings break, makes a household due at once: cadence steps aside.
Pure arithmetic on the problem's arrays; no model is built for a household that is not due.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rules.language.cadence import Cadence
from rules.language.priced import PricedRule
from solver.compile import BIND
from solver.problem import Floats, Problem
from validation.household import CASH

CASH_TOLERANCE_USD = 0.005


@dataclass(frozen=True, slots=True)
class Due:
    """Whether the household is solved in this run, and why (or why not), as half a sentence."""

    is_due: bool
    because: str


def due(problem: Problem) -> Due:
    """The cadence rules' word on this household; without such a rule every household is due."""
    household = problem.household
    rules = [placed.rule for placed in problem.policy.of(Cadence)]
    if not rules:
        return Due(True, "no rule says how often")
    if any(not payment.reserved for payment in problem.payments):
        return Due(True, "a cash order is due")
    if household.last_rebalanced is None:
        return Due(True, "it was never rebalanced")
    broken = broken_rules(problem)
    if broken:
        return Due(True, f"the holdings break `{broken[0]}`")
    days = (household.as_of - household.last_rebalanced).days
    least, most = max(rule.min_days for rule in rules), min(rule.max_days for rule in rules)
    if days < least:
        return Due(False, f"rebalanced {days} days ago; at most every {least} days")
    if days >= most:
        return Due(True, f"last rebalanced {days} days ago; at least every {most} days")
    trigger, drifted = (
        min((float(rule.drift_trigger_frac) for rule in rules if rule.drift_trigger_frac is not None), default=np.inf),
        drift(problem),
    )
    if drifted >= trigger:
        return Due(True, f"drift of {drifted:.1%} passes the trigger of {trigger:.1%}")
    if not np.isfinite(trigger):
        return Due(False, f"rebalanced {days} days ago; the next is due after {most} days")
    return Due(False, f"drift of {drifted:.1%} is below the trigger of {trigger:.1%}")


def drift(problem: Problem) -> float:
    """½ Σ |weight − target| of today's holdings, as a fraction."""
    if problem.value_usd <= 0:
        return 0.0
    dollars = problem.class_usd + problem.exposure[CASH] * problem.cash_usd.sum()
    return float(0.5 * np.abs(dollars / problem.value_usd - problem.target_frac).sum())


def broken_rules(problem: Problem) -> list[str]:
    """Ids of `must` rules that today's holdings already break, judged by their own rows at the point of no trade."""
    today = nothing_traded(problem)
    broken: list[str] = []
    for placed in problem.policy.rules:
        rule = placed.rule
        if (
            rule.kind not in {"account_mix", "cash", "concentration", "restraint"}
            or not isinstance(rule, PricedRule)
            or not rule.strength.is_must
        ):
            continue
        if BIND[rule.kind](placed, problem).breaches(today, CASH_TOLERANCE_USD):
            broken.append(rule.id)
    return broken


def nothing_traded(problem: Problem) -> Floats:
    """The base columns when nothing is sold or bought: all zero but the accounts' cash."""
    today = np.zeros(problem.columns.count)
    for a, cash in enumerate(problem.cash_usd):
        today[problem.columns.cash(a)] = cash
    return today
