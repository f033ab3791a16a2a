"""The advisor's memo as one record: what is proven, three columns of statistics, every trade's worth, what was left alone."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from solver.decision import Decision
from solver.outcome import SolutionStatus, Status
from templates import filters, wording
from templates.view.memo_ahead import Ahead, ahead_of
from templates.view.memo_evidence import FindingRow, Lots, NotTradedRow, PriceRow, findings_of, lots_of, prices_of, untouched_of
from templates.view.memo_expected import Expected, expected_of
from templates.view.memo_statistics import StatisticRow, statistics_of
from templates.view.memo_worth import Worth, worth_of
from templates.view.names import Names
from templates.view.run import RunFacts
from validation.units import ZERO

CERTIFICATES = {
    SolutionStatus.OPTIMAL: "Optimal", SolutionStatus.WITHIN_GAP: "Within gap", SolutionStatus.LIMIT: "Stopped at the limit",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class MemoView:
    """Everything the memo prints. `certificate` is (strong, plain) pairs in one line; `conflict` is (rule, place, sentence)."""

    title: str
    subject: str
    about: str
    day: str
    headline: str
    certificate: tuple[tuple[str, str], ...]
    statistics: tuple[StatisticRow, ...]
    statistics_lead: str
    worth: Worth | None
    untouched: tuple[NotTradedRow, ...]
    prices: tuple[PriceRow, ...]
    prices_heading: str
    lots: Lots | None
    conflict: tuple[tuple[str, str, str], ...]
    findings: tuple[FindingRow, ...]
    notes: tuple[str, ...]
    ahead: Ahead | None = None
    expected: Expected | None = None


def memo_view(decision: Decision, run: RunFacts) -> MemoView:
    """The memo of one household, whatever its status."""
    names, household = Names(decision.household, run), decision.household
    about = [
        _model(decision),
        filters.usd(decision.value_usd, "value not known"),
        f"advisor {household.advisor or 'not named'}",
    ]
    prices = prices_of(decision, names)
    return MemoView(
        title=f"Advisor memo, {names.household_name()}, {filters.date_long(run.as_of)}",
        subject=f"{household.household_id} {names.household_name()}",
        about=" · ".join(names.clean(part) for part in about),
        day=f"Advisor memo · as of {filters.date_long(run.as_of)} · run {run.short_id}",
        headline=_headline(decision),
        certificate=_certificate(decision),
        statistics=statistics_of(decision),
        statistics_lead=_return_split(decision),
        worth=worth_of(decision, names),
        untouched=untouched_of(decision, names),
        prices=prices,
        prices_heading=_prices_heading(prices),
        lots=lots_of(decision, names),
        conflict=tuple(
            (names.clean(each.title), f"{each.rule_id} {each.place}".strip(), filters.sentence(names.told(each.sentence)))
            for each in (decision.outcome.conflict if decision.outcome else ())
        ),
        findings=findings_of(decision, names),
        notes=_notes(decision, run, names),
        ahead=ahead_of(decision, names),
        expected=expected_of(decision, names),
    )


def _model(decision: Decision) -> str:
    target = decision.policy.target if decision.policy else None
    return target.rule.title if target else decision.household.model or "no model"


def _headline(decision: Decision) -> str:
    statistics, status = decision.statistics, decision.status
    if status is Status.BLOCKED:
        return "Blocked: the data does not add up, so there is nothing to solve."
    if status is Status.CONFLICT:
        number = len(decision.outcome.conflict) if decision.outcome else 0
        return (
            f"{filters.count(number, 'rule').capitalize() if number else 'Rules'} cannot hold together; one of them alone has to give way."
        )
    if status is Status.FAILED:
        return "Failed: no proposal came through the search and the check."
    if status is Status.NOT_DUE:
        return f"Not due: {decision.due_because or 'the cadence rule says so'}."
    if status is Status.NO_TRADE_NEEDED:
        return "No trade beats doing nothing by the improvement that the policy asks for."
    trades = filters.count(len(decision.outcome.trades) if decision.outcome else 0, "trade")
    if statistics is None or statistics.drift_before is None or statistics.drift_after is None or statistics.tax_cost is None:
        return f"{trades}; some statistics are not available, with the reasons below."
    closed = 1 - statistics.drift_after / statistics.drift_before if statistics.drift_before > 0 else ZERO
    tax = f"{filters.usd(statistics.tax_cost)} of tax" if statistics.tax_cost > -1 else f"{filters.usd(-statistics.tax_cost)} less tax"
    if closed < Decimal("0.05"):
        return f"{trades} at {tax}, with drift where it was."
    return f"{trades} close {filters.percent(closed, 0)} of the drift at {tax}{_dearest(decision)}."


def _dearest(decision: Decision) -> str:
    found = decision.explanation.rule_prices if decision.explanation else ()
    priced = [price for price in found if price.binding and (price.price_of_rule_usd or 0.0) >= 1]
    if not priced:
        return ""
    best = max(priced, key=lambda price: price.price_of_rule_usd or 0.0)
    return f"; “{best.title}” costs the most of what more could bring, {filters.usd(best.price_of_rule_usd)}"


def _certificate(decision: Decision) -> tuple[tuple[str, str], ...]:
    parts: list[tuple[str, str]] = []
    proof = decision.outcome.certificate if decision.outcome else None
    if proof:
        parts.append(
            (
                CERTIFICATES[proof.status],
                f"at most {filters.usd(max(proof.gap_usd, 0.0))} from the best possible, "
                f"{filters.fixed(max(proof.gap_bps, 0.0), 2)} bp of value",
            )
        )
        worth = decision.outcome.worth_usd if decision.outcome else 0.0
        if worth:
            parts.append((filters.usd(worth), "better than doing nothing, in dollars of today"))
        parts.append((filters.fixed(proof.lps), f"linear programs, {filters.fixed(proof.nodes)} nodes"))
    stake = sum((each.at_stake_usd for each in decision.findings if each.at_stake_usd), ZERO)
    parts.append((filters.count(len(decision.findings), "finding").capitalize(), f"with {filters.usd(stake)} at stake" if stake else ""))
    if not decision.status.is_decided:
        parts.insert(0, (wording.STATUSES[decision.status], f"{wording.ACTORS[decision.status].lower()} to act"))
    return tuple(parts)


def _return_split(decision: Decision) -> str:
    statistics = decision.statistics
    if statistics is None or decision.status is not Status.PROPOSED:
        return "No figures where nothing was decided; n/a says why below." if statistics is None else ""
    before, after, benefit, allocation = (
        statistics.after_tax_return_before, statistics.after_tax_return_after, statistics.annual_benefit, statistics.allocation_effect,
    )  # fmt: skip
    if before is None or after is None or benefit is None or allocation is None:
        return "Beside each other: today, this proposal, and the same day done account by account."
    placed = benefit / statistics.value * 10_000 if statistics.value else ZERO
    return (
        f"The expected return after tax changes by {filters.fixed((after - before) * 10_000, 1)} bp: "
        f"{filters.fixed(allocation * 10_000, 1)} bp "
        f"from the mix of classes, {filters.fixed(placed, 1)} bp "
        f"({filters.unbroken(filters.usd_change(benefit))} a year) from placing them better."
    )


def _prices_heading(prices: tuple[PriceRow, ...]) -> str:
    if not prices:
        return "No rule binds"
    return (
        f"{filters.count(len(prices), 'rule').capitalize()} {'binds' if len(prices) == 1 else 'bind'}, and what lifting each alone is worth"
    )


def _notes(decision: Decision, run: RunFacts, names: Names) -> tuple[str, ...]:
    notes = [
        f"{filters.listed(list(each.symbols[:8]))} barred through {filters.date_long(each.until)} in "
        f"{filters.count(len(each.account_ids), 'account')} and elsewhere"
        + (f"; reinvestment off in {names.accounts(each.reinvestment_off)}." if each.reinvestment_off else ".")
        for each in (decision.outcome.barred if decision.outcome else ())
    ]
    notes += [filters.sentence(names.told(each)) for each in (decision.outcome.approximations if decision.outcome else ())]
    statistics = decision.statistics
    if statistics:
        notes += [f"n/a, {column.replace('_', ' ')}: {names.clean(why)}." for column, why in sorted(statistics.not_available.items())]
    assumptions = decision.policy.assumptions if decision.policy else None
    if assumptions and statistics:
        notes.append(
            f"Hypothetical: {names.clean(assumptions.title)} of {filters.date_long(assumptions.as_of)}; "
            f"{assumptions.deferred_convention.replace('_', ' ')}; "
            f"later tax in {assumptions.deferral_years} years at a discount of {filters.percent_plain(assumptions.discount_frac)}."
        )
    notes.append(f"Prepared with {run.produced}.")
    return tuple(notes)
