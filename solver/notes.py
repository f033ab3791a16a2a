"""What the outcome has to tell beside its trades: who pays an order, what must not be bought, which budget is spent."""

from __future__ import annotations

from rules.language.gain_budget import GainBudget
from rules.language.turnover import Turnover
from solver.barred import barred_after
from solver.compile import BoundPolicy
from solver.outcome import Payment, Side, Trade
from solver.problem import Problem
from solver.terms import gain_budget, tax, turnover
from solver.terms.scope import taxpayers_of
from validation.findings import Finding, Scope, Severity
from validation.household import Household


def notes_of(bound: BoundPolicy, trades: tuple[Trade, ...]) -> tuple[Finding, ...]:
    """Notes and warnings that go with this outcome, for `findings.csv` and the pages."""
    problem = bound.problem
    return (
        *order_notes(problem.household, problem.payments),
        *_budget_warnings(bound),
        *_turnover_notes(problem),
        *_barred_notes(problem.household, trades),
    )


def order_notes(household: Household, payments: tuple[Payment, ...]) -> tuple[Finding, ...]:
    """Which accounts pay the household's orders, and what could not be paid."""
    found: list[Finding] = []
    for payment in payments:
        what = payment.kind.replace("_", " ")
        if payment.of_household:
            verb = "reserves" if payment.reserved else ("receives" if payment.kind == "contribution" else "pays")
            found.append(
                Finding(
                    "order-paid-by",
                    Severity.NOTE,
                    Scope.ACCOUNT,
                    f"account {payment.account_id} {verb} ${payment.amount_usd:,.2f} of the household's {what} due {payment.due}",
                    "the policy's cash rule orders the accounts by `source_from`",
                    payment.place,
                    household.household_id,
                    payment.account_id,
                )
            )
        if payment.shortfall_usd:
            found.append(
                Finding(
                    "order-short-of-cash",
                    Severity.WARNING,
                    Scope.ACCOUNT,
                    f"account {payment.account_id} cannot be traded and lacks ${payment.shortfall_usd:,.2f} of its {what} "
                    f"due {payment.due}",
                    "move the order to a managed account, or let the account be managed",
                    payment.place,
                    household.household_id,
                    payment.account_id,
                    at_stake_usd=payment.shortfall_usd,
                )
            )
    return tuple(found)


def _budget_warnings(bound: BoundPolicy) -> list[Finding]:
    problem = bound.problem
    found: list[Finding] = []
    for placed in problem.policy.of(GainBudget):
        for u in taxpayers_of(placed, problem) if placed.rule.measure == "gain" else []:
            taxed = problem.returns[u]
            s, l = tax.after_carryforward(taxed)
            back = (0.0, 0.0) if placed.rule.use_carryforward else (taxed.income.st_carryforward, taxed.income.lt_carryforward)
            for name, limit, short, long in gain_budget.budgets(placed.rule, problem):
                so_far = short * (s + back[0]) + long * (l + back[1])
                if so_far > limit + 0.005:
                    found.append(
                        Finding(
                            "budget-already-spent",
                            Severity.WARNING,
                            Scope.RULE,
                            f"taxpayer {taxed.taxpayer_id} has realised ${so_far:,.0f} this year, over the {name} budget of ${limit:,.0f}",
                            "no further net gain is taken this year; raise the budget if more is wanted",
                            placed.place,
                            problem.household.household_id,
                            placed.rule.id,
                        )
                    )
    return found


def _turnover_notes(problem: Problem) -> list[Finding]:
    """What a yearly limit knows of the year's earlier trades, and from which day on."""
    household, found = problem.household, []
    for placed in problem.policy.of(Turnover):
        rule = placed.rule
        if rule.max_frac_per_year is None and rule.max_usd_per_year is None:
            continue
        known = [each.since for each in household.traded if rule.applies_to.binds(household, each.account_id, each.symbol)]
        earlier = turnover.earlier_usd(placed, problem)
        if known:
            message = f"${earlier:,.0f} of the yearly limit moved before this run, by the transactions delivered since {min(known)}"
        else:
            message = "no trade of this year stands in the transactions delivered: the yearly limit counts this run alone"
        help_ = "deliver the year's transactions from January on, so that the limit counts them all"
        found.append(Finding("turnover-to-date", Severity.NOTE, Scope.RULE, message, help_, placed.place, household.household_id, rule.id))
    return found


def _barred_notes(household: Household, trades: tuple[Trade, ...]) -> list[Finding]:
    """One note per group sold at a loss: until when it must not be bought, and where reinvestment must be off."""
    found: list[Finding] = []
    for each in barred_after(household, trades):
        symbols, accounts = ", ".join(each.symbols), ", ".join(each.account_ids)
        bought = any(trade.side is Side.BUY and trade.symbol in each.symbols and trade.account_id in each.account_ids for trade in trades)
        more = "no more" if bought else "none"
        message = f"a loss is taken in {symbols}: buy {more} of it through {each.until}, in none of {accounts}"
        if each.reinvestment_off:
            help_ = f"switch dividend reinvestment off in {', '.join(each.reinvestment_off)}"
        else:
            help_ = "no account of the scope that holds it reinvests its dividends"
        sold = next(trade.symbol for trade in trades if trade.symbol in each.symbols)
        found.append(Finding("do-not-buy", Severity.NOTE, Scope.SECURITY, message, help_, household.place, household.household_id, sold))
    return found
