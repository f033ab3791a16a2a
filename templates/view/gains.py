"""This year's gains against what limits them: the firm's budgets and the tax brackets, by tax return, on one pattern."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from rules.language.bracket_ceiling import BracketCeiling
from rules.language.gain_budget import GainBudget
from rules.tax import UnknownState, load_tax_year
from solver.decision import Decision
from solver.outcome import Status
from solver.payments import retirement_income_usd
from solver.realized import Realized, realized_by_taxpayer
from solver.tax.compute import Tax, tax_of
from solver.tax.income import Income, income_of
from solver.tax.schedule import Scale, TaxSchedule, schedule
from templates import charts, filters
from templates.view.names import Names
from templates.view.parts import Ceiling, Ceilings
from validation.findings import FirmUnusable
from validation.household import Household, Taxpayer
from validation.units import ZERO

BUDGET_WORDS = {"net": "Gains this year", "short_term": "Short-term gains this year", "long_term": "Long-term gains this year"}


@dataclass(frozen=True, slots=True)
class TaxYearOf:
    """One tax return with and without the proposal, and with the account-by-account rebalance where it is known."""

    taxpayer: Taxpayer
    law: TaxSchedule[Decimal]
    income: Income[Decimal]
    without: Tax[Decimal]
    proposed: Tax[Decimal]
    alone: Tax[Decimal] | None
    realized: Realized


def ceilings_of(decision: Decision, names: Names) -> Ceilings | None:
    """The section of a household with a proposal and taxable accounts; None otherwise."""
    if decision.status is not Status.PROPOSED or not decision.outcome or not any(each.is_taxable for each in decision.household.accounts):
        return None
    years = tax_years(decision)
    groups = []
    for year in years:
        rows = [*_budgets(decision, year), *_brackets(decision, year)]
        if rows:
            groups.append((names.taxpayer(year.taxpayer.taxpayer_id) if len(years) > 1 else "", tuple(rows)))
    if not groups:
        return None
    heading, lead = _words(decision, years)
    return Ceilings(heading, lead, tuple(groups))


def tax_years(decision: Decision) -> list[TaxYearOf]:
    """Every tax return that owns a taxable account; empty where the year's law is not known."""
    household = decision.household
    found: list[TaxYearOf] = []
    try:
        law_of_year = load_tax_year(household.as_of.year)
        proposed = realized_by_taxpayer(household, decision.outcome.trades if decision.outcome else ())
        alone = realized_by_taxpayer(household, decision.baseline.trades) if decision.baseline else {}
        taxed = {each.taxpayer_id for each in household.accounts if each.is_taxable and each.is_counted}
        for taxpayer in household.taxpayers:
            if taxpayer.taxpayer_id in taxed:
                law = schedule(law_of_year, taxpayer.filing_status, taxpayer.state)
                found.append(_year_of(decision, taxpayer, law, proposed, alone))
    except (FirmUnusable, UnknownState):
        return []
    return found


def _year_of(
    decision: Decision, taxpayer: Taxpayer, law: TaxSchedule[Decimal], proposed: dict[str, Realized], alone: dict[str, Realized]
) -> TaxYearOf:
    household: Household = decision.household
    owners = [each for each in household.owners if each.taxpayer_id == taxpayer.taxpayer_id]
    payments = decision.payments or (decision.outcome.payments if decision.outcome else ())
    income = income_of(taxpayer, law, owners, household.as_of, retirement_income_usd(household, payments, taxpayer.taxpayer_id))

    def year(extra: Realized) -> Tax[Decimal]:
        return tax_of(law, income, taxpayer.realized_st_ytd_usd + extra.net_st, taxpayer.realized_lt_ytd_usd + extra.net_lt)

    mine = proposed[taxpayer.taxpayer_id]
    other = alone.get(taxpayer.taxpayer_id)
    return TaxYearOf(taxpayer, law, income, year(Realized()), year(mine), year(other) if other else None, mine)


def _budgets(decision: Decision, year: TaxYearOf) -> list[Ceiling]:
    rows: list[Ceiling] = []
    for placed in decision.policy.of(GainBudget) if decision.policy else ():
        budget = placed.rule
        if budget.measure != "gain" or budget.per != "taxpayer":
            continue
        if year.taxpayer.taxpayer_id not in budget.applies_to.taxpayer_ids(decision.household):
            continue
        for name, amount in budget.limits().items():
            rows.append(_budget(name, amount * budget.share_of_year(decision.household.as_of), budget.use_carryforward, year))
    return rows


def _budget(name: str, limit: Decimal, after_carryforward: bool, year: TaxYearOf) -> Ceiling:
    short, long = year.taxpayer.realized_st_ytd_usd, year.taxpayer.realized_lt_ytd_usd
    if after_carryforward:
        short, long = short - year.taxpayer.st_carryforward_usd, long - year.taxpayer.lt_carryforward_usd
    earlier = (short if name != "long_term" else ZERO) + (long if name != "short_term" else ZERO)
    mine = (year.realized.net_st if name != "long_term" else ZERO) + (year.realized.net_lt if name != "short_term" else ZERO)
    total = earlier + mine
    figure = f"{filters.usd(total)} of {filters.usd(limit)}" if limit else f"{filters.usd(total)}, none allowed"
    span = max(float(limit), float(total), float(earlier), 1.0)
    segments = [charts.Segment(0, max(float(min(earlier, total)), 0) / span, "was")]
    if mine > 0:
        segments.append(charts.Segment(max(float(earlier), 0) / span, max(float(total), 0) / span, "acc"))
    left = limit - total
    before = (
        f"{filters.usd(earlier)} from earlier this "
        f"year{' after losses carried forward' if after_carryforward and short + long != earlier_raw(year) else ''}"
    )
    now = f"{filters.usd_signed(mine, zero='nothing')} proposed now"
    room = (
        f"{filters.usd(left)} left."
        if left >= 1
        else "Nothing is left."
        if left > -1
        else "Already over the limit before this proposal; no net gain is added."
    )
    bar = charts.limit_bar(segments, float(limit) / span if limit else 1.0, f"{BUDGET_WORDS[name]}: {figure}")
    return Ceiling(BUDGET_WORDS[name], figure, bar, f"{before}, {now}. {room}")


def earlier_raw(year: TaxYearOf) -> Decimal:
    """Net gain of the year so far, before carryforwards."""
    return year.taxpayer.realized_st_ytd_usd + year.taxpayer.realized_lt_ytd_usd


def _brackets(decision: Decision, year: TaxYearOf) -> list[Ceiling]:
    rows: list[Ceiling] = []
    rate, edge = _bracket(year.law.ordinary, year.without.ordinary_taxable_income)
    if edge is not None:
        rows.append(_income(f"{filters.percent_plain(rate)} bracket on other income", year.without.ordinary_taxable_income,
                            year.proposed.ordinary_taxable_income, edge, None))  # fmt: skip
    rate, edge = _bracket(year.law.gains, year.without.taxable_income)
    if edge is not None and (year.realized.net or year.without.preferential_income):
        rows.append(_income(f"{filters.percent_plain(rate)} rate on long-term gains", year.without.taxable_income,
                            year.proposed.taxable_income, edge, year.alone.taxable_income if year.alone else None))  # fmt: skip
    alone = year.alone.magi if year.alone else None
    name = f"Surtax on investment income ({filters.percent_plain(year.law.niit_rate)})"
    rows.append(_income(name, year.without.magi, year.proposed.magi, year.law.niit_threshold, alone))
    for placed in decision.policy.of(BracketCeiling) if decision.policy else ():
        rule = placed.rule
        if rule.magi_below_usd is not None:
            rows.append(_income(rule.title, year.without.magi, year.proposed.magi, rule.magi_below_usd, alone))
    return rows


def _bracket(scale: Scale[Decimal], amount: Decimal) -> tuple[Decimal, Decimal | None]:
    """The rate on the last dollar of an amount, and where its bracket ends; None in the highest."""
    place = max((i for i, floor in enumerate(scale.floors) if floor < amount), default=0)
    return scale.rates[place], scale.floors[place + 1] if place + 1 < len(scale.floors) else None


def _income(name: str, without: Decimal, proposed: Decimal, limit: Decimal, alone: Decimal | None) -> Ceiling:
    figure = f"{filters.usd(proposed)} of {filters.usd(limit)}"
    span = max(float(limit), float(proposed), float(without), 1.0)
    segments = [charts.Segment(0, max(float(min(without, proposed)), 0) / span, "was", 0.5)]
    if proposed > without:
        segments.append(
            charts.Segment(max(float(without), 0) / span, max(float(proposed), 0) / span, "acc" if proposed <= limit else "cost")
        )
    bar = charts.limit_bar(segments, float(limit) / span, f"{name}: {figure}, {filters.usd(without)} without the proposal")
    return Ceiling(name, figure, bar, _room(without, proposed, limit, alone))


def _room(without: Decimal, proposed: Decimal, limit: Decimal, alone: Decimal | None) -> str:
    if without > limit:
        return f"Passed before this proposal by {filters.usd(without - limit)}."
    if proposed > limit:
        return f"This proposal passes it by {filters.usd(proposed - limit)}; the tax above counts that."
    other = (
        f" Rebalancing each account alone would have passed it by {filters.usd(alone - limit)}."
        if alone is not None and alone > limit
        else ""
    )
    if abs(proposed - without) < 1:
        return f"Unchanged, with {filters.usd(limit - proposed)} of room.{other}"
    return f"Not reached: {filters.usd(limit - proposed)} of room.{other}"


def _words(decision: Decision, years: list[TaxYearOf]) -> tuple[str, str]:
    kept = all(
        _bracket(year.law.ordinary, year.without.ordinary_taxable_income)
        == _bracket(year.law.ordinary, year.proposed.ordinary_taxable_income)
        and _bracket(year.law.gains, year.without.taxable_income) == _bracket(year.law.gains, year.proposed.taxable_income)
        and (year.without.magi > year.law.niit_threshold) == (year.proposed.magi > year.law.niit_threshold)
        for year in years
    )
    budgeted = any(placed.rule.strength.is_must for placed in (decision.policy.of(GainBudget) if decision.policy else ()))
    if kept:
        heading = "Your gains stay within budget and every bracket stays in place" if budgeted else "Every tax bracket stays in place"
    else:
        heading = (
            "Your gains stay within budget; one tax threshold is passed" if budgeted else "A tax threshold is passed, and the tax counts it"
        )
    earlier = sum((earlier_raw(year) for year in years), ZERO)
    mine = sum((year.realized.net for year in years), ZERO)
    losses = sum((year.realized.st_losses + year.realized.lt_losses for year in years), ZERO)
    after = f", after {filters.usd(-losses)} of losses" if losses <= -1 else ""
    return (
        heading,
        f"Net gains of this year: {filters.usd(earlier)} taken before, {filters.usd(mine)} proposed{after}. "
        "Gray is before, blue is this proposal, the line is the limit.",
    )
