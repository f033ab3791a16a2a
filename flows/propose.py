"""One household from its checked data to its decision. The body of `_decide` is the table of contents.

A household that cannot be decided says why and stands alone: whatever goes wrong in one never touches the next.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from flows.crew import WorkerDied
from flows.log import logger
from flows.settings import LOG
from rules.policy import HouseholdPolicy, Policy
from rules.tax import TaxYear
from solver.baseline import rebalance_account_by_account
from solver.build import build_problem
from solver.cadence import due
from solver.checker import check
from solver.compile import compile_policy
from solver.decision import Baseline, Decision, Timings
from solver.explain import explain
from solver.ledger import holdings_after
from solver.look_ahead import look_ahead
from solver.metrics import Ground, compare, ground_of, measure, measure_untouched
from solver.notes import order_notes
from solver.outcome import Holding, Outcome, Payment, Status
from solver.payments import plan_payments
from solver.reachable import reachable_holdings
from solver.sensitivity import sensitivities
from solver.solve import solve
from solver.statistics import Statistics
from validation.findings import Finding, Scope, Severity
from validation.household import Household, OrderKind
from validation.units import ZERO, cents

NO_TARGET = "household-without-target"


@dataclass(frozen=True, slots=True)
class Question:
    """A household as the gate let it through, with what was found about it. `unreadable` names what broke where nothing
    but the household's id is known."""

    household: Household
    findings: tuple[Finding, ...] = ()
    is_blocked: bool = False
    unreadable: str = ""


def decide(policy: Policy, tax_year: TaxYear, question: Question) -> Decision:
    """The household's decision; never raises. What breaks becomes the finding `household-failed` of this household alone."""
    if question.unreadable:
        findings = (*question.findings, _failure(question.household, question.unreadable))
        return Decision(question.household, None, Status.FAILED, None, findings=findings)
    try:
        return _decide(policy.for_household(question.household), tax_year, question)
    except Exception as error:
        logger.exception("household %s failed", question.household.household_id)
        return failed(question, error)


def _decide(policy: HouseholdPolicy, tax_year: TaxYear, question: Question) -> Decision:
    household, watch = question.household, Stopwatch()
    if question.is_blocked:
        return undecided(Status.BLOCKED, question, policy)
    if policy.target is None:
        return undecided(Status.BLOCKED, question, policy, _no_target(question))

    with watch.stage("problem"):
        problem = build_problem(household, policy, tax_year)
        cadence = due(problem)
    if not cadence.is_due:
        outcome = Outcome(Status.NOT_DUE, (), problem.payments, holdings_after(household, (), problem.payments))
        return Decision(
            household, policy, Status.NOT_DUE, known_value_usd(household), outcome, problem.payments,
            measure_untouched(household, policy, tax_year, problem.payments),
            findings=(*question.findings, *order_notes(household, problem.payments)),
            due_because=cadence.because, timings=watch.timings(outcome),
        )  # fmt: skip

    with watch.stage("problem"):
        bound = compile_policy(problem)
    with watch.stage("solve"):
        solution = solve(bound)
    outcome = solution.outcome
    if outcome.status is Status.CONFLICT:
        return replace(undecided(Status.CONFLICT, question, policy, outcome.findings), outcome=outcome, due_because=cadence.because)

    breaches = check(household, policy, tax_year, outcome)
    if breaches:
        return replace(undecided(Status.FAILED, question, policy, tuple(breaches)), due_because=cadence.because)

    with watch.stage("explain"):
        ground = ground_of(household, policy, tax_year, outcome.payments)
        statistics, yardstick = _measured(household, policy, tax_year, outcome, reachable_holdings(solution), ground)
        explanation = replace(explain(solution), sensitivities=sensitivities(statistics, ground, yardstick.statistics))
    with watch.stage("look ahead"):
        explanation = look_ahead(solution, explanation, tax_year)
    return Decision(
        household, policy, outcome.status, known_value_usd(household), outcome, outcome.payments, statistics, yardstick, explanation,
        (*question.findings, *outcome.findings), cadence.because, watch.timings(outcome),
    )  # fmt: skip


def _measured(
    household: Household,
    policy: HouseholdPolicy,
    tax_year: TaxYear,
    outcome: Outcome,
    reachable: tuple[Holding, ...] | None,
    ground: Ground,
) -> tuple[Statistics, Baseline]:
    """The proposal's statistics, and beside them what an account-by-account rebalance would have brought."""
    proposal = measure(
        household, policy, tax_year, outcome.trades, outcome.payments, holdings=outcome.holdings_after, reachable=reachable, ground=ground
    )  # fmt: skip
    trades = rebalance_account_by_account(household, policy, outcome.payments)
    holdings = holdings_after(household, trades, outcome.payments)
    usual = measure(household, policy, tax_year, trades, outcome.payments, holdings=holdings, ground=ground)
    return compare(proposal, usual), Baseline(trades, usual)


class Stopwatch:
    """CPU seconds by stage."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = defaultdict(float)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Count the body's CPU time toward `name`."""
        began = time.process_time()
        try:
            yield
        finally:
            self.spent[name] += time.process_time() - began

    def timings(self, outcome: Outcome | None) -> Timings:
        """What was spent, with the solver's own counters."""
        certificate = outcome.certificate if outcome else None
        lps, nodes = (certificate.lps, certificate.nodes) if certificate else (0, 0)
        return Timings(self.spent["problem"], self.spent["solve"], self.spent["explain"], lps, nodes)


def undecided(status: Status, question: Question, policy: HouseholdPolicy | None, findings: tuple[Finding, ...] = ()) -> Decision:
    """The decision of a household that nothing is traded for: its value where every price is known, its due orders booked as
    far as its cash reaches, and its findings."""
    household = question.household
    payments = from_cash_alone(household, plan_payments(household, policy))
    notes = (*order_notes(household, payments), *_booked_without_proposal(household, payments))
    return Decision(
        household, policy, status, known_value_usd(household), payments=payments, findings=(*question.findings, *findings, *notes)
    )


def from_cash_alone(household: Household, payments: tuple[Payment, ...]) -> tuple[Payment, ...]:
    """The same payments when nothing may be sold for them: what an account's cash cannot pay becomes its shortfall."""
    cash = {account_id: held.total_usd for account_id, held in household.cash_of.items()}
    settled: list[Payment] = []
    for payment in payments:
        if payment.kind is OrderKind.CONTRIBUTION:
            cash[payment.account_id] += ZERO if payment.reserved else payment.amount_usd
        elif not payment.reserved:
            paid = min(payment.amount_usd, max(ZERO, cash[payment.account_id]))
            cash[payment.account_id] -= paid
            payment = replace(payment, shortfall_usd=payment.amount_usd - paid)
        settled.append(payment)
    return tuple(settled)


def known_value_usd(household: Household) -> Decimal | None:
    """Value of the counted accounts in cents; None where something held there has no price."""
    counted = {account.account_id for account in household.accounts if account.is_counted}
    unpriced = any(
        not household.securities[position.symbol].has_price
        for position in household.positions
        if position.account_id in counted and position.quantity
    )
    return None if unpriced else cents(household.value_usd)


def _booked_without_proposal(household: Household, payments: tuple[Payment, ...]) -> Iterator[Finding]:
    booked = [payment for payment in payments if not payment.reserved]
    if booked:
        accounts = ", ".join(dict.fromkeys(payment.account_id for payment in booked))
        message = f"the due orders of {accounts} are booked as far as cash reaches; nothing is proposed beside them"
        yield _about(household, "orders-booked-only", Severity.NOTE, message, "the household waits for a person; its cash orders do not")


def failed(question: Question, error: Exception) -> Decision:
    """The decision of a household that broke something on its way; the error's kind is told, its traceback is in the log."""
    finding = _failure(question.household, type(error).__name__)
    try:
        return undecided(Status.FAILED, question, None, (finding,))
    except Exception:
        logger.exception("household %s cannot even be listed in full", question.household.household_id)
        return Decision(question.household, None, Status.FAILED, None, findings=(*question.findings, finding))


def given_up(question: Question) -> Decision:
    """The decision of a household of which its worker process died, and died again when it was asked alone."""
    return failed(question, WorkerDied())


def nothing_but_a_name(household_id: str, as_of: date) -> Household:
    """The household of which nothing is known but that it is in the book."""
    return Household(household_id, household_id, "", "", None, "", as_of, (), (), (), (), (), (), {})


def _failure(household: Household, trouble: str) -> Finding:
    message = f"the household could not be decided ({trouble})"
    help = f"the other households are decided all the same; {LOG} names the line"
    return _about(household, "household-failed", Severity.ERROR, message, help)


def _no_target(question: Question) -> tuple[Finding, ...]:
    """That the household's model names no target in force, unless the check of the policy has said so with its place."""
    if any(finding.code == NO_TARGET for finding in question.findings):
        return ()
    message = f"no target in effect is called `{question.household.model}`"
    help = "the column `model` of households.csv names a rule of kind `target`"
    return (_about(question.household, NO_TARGET, Severity.ERROR, message, help),)


def _about(household: Household, code: str, severity: Severity, message: str, help: str) -> Finding:
    return Finding(code, severity, Scope.HOUSEHOLD, message, help, household.place, household.household_id, household.household_id)
