import pickle
from dataclasses import replace
from datetime import date

import pytest

from flows import propose
from flows.deliver import holdings_of, household_sheets, trades_of
from flows.pages import pages_of
from flows.propose import Question, decide, from_cash_alone, known_value_usd, nothing_but_a_name
from rules.policy import Policy
from rules.tax import load_tax_year
from solver.ledger import holdings_after
from solver.outcome import Payment, Status
from templates.render import RunFacts
from tests.solver.making import TODAY, account, assumptions, household, lot, rule, security, target, usd
from validation.findings import Finding, Scope, Severity
from validation.household import CashOrder, OrderKind

STOCK, BOND = security("VTI", 250, "us_equity"), security("BND", 75, "core_bond")
TAX_YEAR = load_tax_year(TODAY.year)


@pytest.fixture
def drifted():
    """All in stocks, the target is half bonds: 400 shares in an IRA."""
    return household([account("IRA", "tax_deferred")], [lot("IRA", "VTI", "1", 400, None)], [STOCK, BOND], cash={"IRA": 1000})


def policy(*more):
    model = target({"us_equity": 0.5, "core_bond": 0.5}, {"us_equity": ["VTI"], "core_bond": ["BND"]})
    band = rule("band", absolute_frac=usd("0.03"), price_of_drift={"usd_per_year": 15, "per_usd": 1000})
    return Policy((model, band, *more), {"base_2026": assumptions()})


def figures(decision):
    return household_sheets([decision])[0].page().splitlines()[1].split(",")


def codes(decision):
    return [finding.code for finding in decision.findings]


def test_a_drifted_household_gets_a_proposal_that_the_checker_lets_pass(drifted):
    decision = decide(policy(), TAX_YEAR, Question(drifted))
    assert decision.status is Status.PROPOSED
    assert {trade.symbol: trade.side.value for trade in trades_of(decision)} == {"VTI": "SELL", "BND": "BUY"}
    assert decision.statistics.drift_after < decision.statistics.drift_before
    assert decision.baseline is not None
    assert set(decision.explanation.reasons) == {trade.trade_id for trade in decision.outcome.trades}
    assert decision.timings.solve_cpu_seconds > 0
    assert decision.timings.lps > 0


def test_a_household_that_is_not_due_is_left_alone_with_its_figures(drifted):
    decision = decide(policy(rule("cadence", min_days=30)), TAX_YEAR, Question(replace(drifted, last_rebalanced=TODAY)))
    assert decision.status is Status.NOT_DUE
    assert trades_of(decision) == ()
    assert decision.statistics.drift_before == decision.statistics.drift_after
    assert "rebalanced 0 days ago" in decision.due_because


def test_a_blocked_household_has_its_value_and_no_other_figure(drifted):
    finding = Finding("control-total", Severity.ERROR, Scope.FILE, "the file is short", household_id="H")
    decision = decide(policy(), TAX_YEAR, Question(drifted, (finding,), is_blocked=True))
    assert decision.status is Status.BLOCKED
    assert codes(decision) == ["control-total"]
    assert [cell for cell in figures(decision) if cell] == ["H", "blocked", "101000.00"]


def test_without_a_price_not_even_the_value_is_known(drifted):
    unpriced = replace(drifted, securities={**drifted.securities, "VTI": replace(STOCK, has_price=False, price_usd=usd(0))})
    decision = decide(policy(), TAX_YEAR, Question(unpriced, is_blocked=True))
    assert known_value_usd(unpriced) is None
    assert figures(decision)[:3] == ["H", "blocked", ""]
    assert [(holding.symbol, holding.market_value_usd) for holding in holdings_of(decision)] == [("VTI", None), ("CASH", usd("1000.00"))]


def test_a_household_whose_model_has_no_target_waits_for_a_person(drifted):
    decision = decide(policy(), TAX_YEAR, Question(replace(drifted, model="growth")))
    assert decision.status is Status.BLOCKED
    assert codes(decision) == ["household-without-target"]
    told = Question(replace(drifted, model="growth"), decision.findings)
    assert codes(decide(policy(), TAX_YEAR, told)) == ["household-without-target"]


def test_a_poisoned_household_fails_alone_and_shows_no_traceback(drifted, monkeypatch, caplog):
    def breaks(*arguments):
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr(propose, "build_problem", breaks)
    decision = decide(policy(), TAX_YEAR, Question(drifted))
    assert decision.status is Status.FAILED
    assert codes(decision) == ["household-failed"]
    assert "ZeroDivisionError" in decision.findings[0].message
    assert "Traceback" not in decision.findings[0].message
    assert trades_of(decision) == ()
    assert [cell for cell in figures(decision) if cell] == ["H", "failed", "101000.00"]


def test_a_household_that_cannot_even_be_listed_still_has_its_row(drifted, monkeypatch):
    monkeypatch.setattr(propose, "plan_payments", lambda household, policy: 1 / 0)
    decision = decide(policy(), TAX_YEAR, Question(drifted, is_blocked=True))
    assert figures(decision)[:3] == ["H", "failed", ""]
    assert len(holdings_of(decision)) == 2


def test_a_household_that_cannot_be_read_keeps_its_row_and_its_page():
    decision = decide(policy(), TAX_YEAR, Question(nothing_but_a_name("H", TODAY), unreadable="KeyError"))
    assert figures(decision)[:3] == ["H", "failed", ""]
    assert codes(decision) == ["household-failed"]
    assert holdings_of(decision) == ()
    assert set(pages_of(RunFacts("0" * 16, TODAY, "Firm"), True, decision).pages) == {"H.html", "H.memo.html"}


def test_a_breach_found_by_the_checker_stops_the_trades(drifted, monkeypatch):
    breach = Finding("check-cash-negative", Severity.ERROR, Scope.ACCOUNT, "cash would be negative", household_id="H")
    monkeypatch.setattr(propose, "check", lambda *arguments: (breach,))
    decision = decide(policy(), TAX_YEAR, Question(drifted))
    assert decision.status is Status.FAILED
    assert codes(decision) == ["check-cash-negative"]
    assert decision.outcome is None
    assert trades_of(decision) == ()
    assert holdings_of(decision) == holdings_after(drifted, (), ())


def test_rules_in_conflict_trade_nothing_and_name_themselves(drifted):
    hold = rule("restraint", id="keep_all", never="sell")
    much = rule("cash", id="much_cash", min_usd=50_000)
    decision = decide(policy(hold, much), TAX_YEAR, Question(drifted))
    assert decision.status is Status.CONFLICT
    assert {each.rule_id for each in decision.outcome.conflict} <= {"keep_all", "much_cash"}
    assert trades_of(decision) == ()
    assert [cell for cell in figures(decision) if cell] == ["H", "conflict", "101000.00"]


def test_undecided_households_pay_due_orders_as_far_as_their_cash_reaches(drifted):
    orders = (CashOrder(OrderKind.WITHDRAWAL, usd(600), TODAY, "IRA"), CashOrder(OrderKind.RMD, usd(700), TODAY, "IRA"))
    decision = decide(policy(), TAX_YEAR, Question(replace(drifted, orders=orders), is_blocked=True))
    assert [payment.shortfall_usd for payment in decision.payments] == [0, usd(300)]
    assert holdings_of(decision)[-1].quantity == 0
    assert {"orders-booked-only", "order-short-of-cash"} <= set(codes(decision))


def test_reserved_orders_take_nothing_and_contributions_arrive_first_as_they_stand():
    home = household([account("A")], cash={"A": 100})
    later, today = date(2026, 12, 1), TODAY
    payments = (
        Payment(OrderKind.WITHDRAWAL, "A", usd(80), later, reserved=True),
        Payment(OrderKind.CONTRIBUTION, "A", usd(50), today, reserved=False),
        Payment(OrderKind.WITHDRAWAL, "A", usd(170), today, reserved=False),
    )
    assert [payment.shortfall_usd for payment in from_cash_alone(home, payments)] == [0, 0, usd(20)]


def test_questions_and_decisions_travel_between_processes(drifted):
    question = pickle.loads(pickle.dumps(Question(drifted)))
    decision = decide(policy(), TAX_YEAR, question)
    again = pickle.loads(pickle.dumps(decision))
    assert again.outcome.trades == decision.outcome.trades
    assert pickle.loads(pickle.dumps(policy())).for_household(drifted).target is not None


def test_the_same_household_gets_the_same_answer_twice(drifted):
    one, other = (decide(policy(), TAX_YEAR, Question(drifted)) for _ in range(2))
    assert replace(one, timings=other.timings) == other
