"""Key statistics of a household, before, after and for a list of trades.

`solver/definitions` says in a sentence what each figure is; this room puts the rooms that compute them together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from rules.policy import HouseholdPolicy
from rules.tax import TaxYear
from solver.after_tax import returns_by_account, unusable
from solver.drift import Placement, drift, placement_of, weights_of
from solver.effects import Effects, effects_of, project
from solver.ledger import holdings_after
from solver.location import FloatPlacement, Location, Returns, locate
from solver.outcome import Holding, Payment, Trade
from solver.realized import Realized, realized_by_taxpayer
from solver.statistics import Statistics
from solver.tax_cost import TaxGround, TaxpayerFigures, accelerated_usd, deferred_usd, tax_grounds, taxpayer_figures
from validation.household import UNCLASSIFIED, Household
from validation.units import ZERO, cents

HORIZONS = (1, 5, 10, 20, 30)
"""Years over which the annual benefit is projected."""
COMPARED = ("baseline_tax_cost", "taxes_saved", "taxes_avoided", "taxes_deferred", "baseline_drift_after")


@dataclass(frozen=True, slots=True)
class Ground:
    """What a proposal and its baseline share: the household before, its tax returns, its after-tax returns by account.
    `no_return` says why expected returns cannot be had at all."""

    household: Household
    policy: HouseholdPolicy
    taxes: tuple[TaxGround, ...]
    before: Placement
    targets: Mapping[str, Decimal]
    returns: Returns
    no_return: str


def ground_of(household: Household, policy: HouseholdPolicy, tax_year: TaxYear, payments: Sequence[Payment]) -> Ground:
    """The common ground of every trade list of one household on one day."""
    taxes = tax_grounds(household, tax_year, payments)
    target = policy.target
    assumptions = policy.assumptions
    why_not = unusable(assumptions)
    rates = {each.taxpayer_id: each.rates for each in taxes}
    returns = {} if assumptions is None or why_not else returns_by_account(household, assumptions, rates)
    return Ground(
        household,
        policy,
        taxes,
        placement_of(household, holdings_after(household, (), ())),
        dict(target.rule.weights) if target else {},
        returns,
        why_not,
    )


def measure(
    household: Household,
    policy: HouseholdPolicy,
    tax_year: TaxYear,
    trades: Sequence[Trade],
    payments: Sequence[Payment],
    *,
    holdings: Sequence[Holding],
    reachable: Sequence[Holding] | None = None,
    ground: Ground | None = None,
) -> Statistics:
    """All statistics of a trade list whose holdings after (cash included) are `holdings`.

    reachable   holdings of the best placement under this year's hard rules; without them that score is n/a
    ground      `ground_of` the same household, where several lists are measured
    The comparison with the baseline is `compare`'s.
    """
    ground = ground or ground_of(household, policy, tax_year, payments)
    missing = dict.fromkeys(COMPARED, "no account-by-account baseline was computed")
    after = placement_of(household, holdings)
    figures = _money(ground, trades, missing)
    statistics = _expected(_placed(figures, ground, after, missing), ground, after, missing)
    statistics = _reachable(statistics, ground, reachable, missing)
    return replace(_payback(statistics, missing), not_available=missing)


def measure_untouched(household: Household, policy: HouseholdPolicy, tax_year: TaxYear, payments: Sequence[Payment]) -> Statistics:
    """Statistics of a household that is not traded: before = after but for booked orders."""
    return measure(household, policy, tax_year, (), payments, holdings=holdings_after(household, (), payments))


def compare(proposal: Statistics, baseline: Statistics) -> Statistics:
    """The proposal's statistics with its baseline beside them: taxes saved = avoided + deferred, to the cent."""
    missing = {name: why for name, why in proposal.not_available.items() if name not in COMPARED}
    saved = deferred = None
    if proposal.tax_cost is not None and baseline.tax_cost is not None:
        saved = baseline.tax_cost - proposal.tax_cost
        deferred = deferred_usd(proposal.by_taxpayer, baseline.by_taxpayer)
    if deferred is None:
        missing.update(dict.fromkeys(("taxes_avoided", "taxes_deferred"), "the policy names no capital-market assumptions"))
    if baseline.drift_after is None:
        missing["baseline_drift_after"] = baseline.not_available["drift_after"]
    ours, usual, beyond = proposal.location_after, baseline.location_after, None
    if ours is not None and usual is not None:
        effects = effects_of(usual.placement, ours.placement, ours.returns)
        beyond = cents(Decimal(repr(effects.location)) * proposal.value)
    return replace(
        proposal,
        baseline_tax_cost=baseline.tax_cost,
        taxes_saved=saved,
        taxes_deferred=deferred,
        taxes_avoided=None if saved is None or deferred is None else saved - deferred,
        baseline_drift_after=baseline.drift_after,
        benefit_over_baseline=beyond,
        not_available=missing,
    )


def _money(ground: Ground, trades: Sequence[Trade], missing: dict[str, str]) -> Statistics:
    """Gains, taxes, cost and turnover: what needs trades and tax returns only."""
    household, assumptions = ground.household, ground.policy.assumptions
    realized = realized_by_taxpayer(household, trades)
    by_taxpayer = {each.taxpayer_id: taxpayer_figures(each, realized[each.taxpayer_id], assumptions) for each in ground.taxes}
    total = sum(realized.values(), Realized())
    tax_cost = sum((each.tax_cost for each in by_taxpayer.values()), ZERO)
    traded = sum((trade.notional_usd for trade in trades), ZERO)
    value = household.value_usd
    if value <= 0:
        missing["turnover"] = "the household has no value"
    return Statistics(
        value=cents(value),
        st_gains=total.st_gains,
        st_losses=total.st_losses,
        lt_gains=total.lt_gains,
        lt_losses=total.lt_losses,
        net_st=total.net_st,
        net_lt=total.net_lt,
        disallowed_loss=total.disallowed,
        tax_cost=tax_cost,
        tax_cost_flat_estimate=sum((each.flat_estimate for each in by_taxpayer.values()), ZERO),
        carryforward_used=sum((each.carryforward_used for each in by_taxpayer.values()), ZERO),
        cost_of_implementation=cents(tax_cost + _friction(ground, trades, total, by_taxpayer)),
        turnover=traded / 2 / value if value > 0 else None,
        trades=len(trades),
        targets=ground.targets,
        by_taxpayer=by_taxpayer,
        accelerated_tax=accelerated_usd(by_taxpayer),
        assumptions=assumptions.id if assumptions else "",
    )


def _friction(ground: Ground, trades: Sequence[Trade], total: Realized, figures: Mapping[str, TaxpayerFigures]) -> Decimal:
    """Tickets, half-spreads, redemption fees and permanent wash losses. A loss that is lost for good costs the later tax that its basis
    would have spared, at the taxpayer's marginal long-term rate (discounted where assumptions give a rate)."""
    spent = sum((trade.ticket_usd + trade.spread_usd + trade.redemption_fee_usd for trade in trades), ZERO)
    for trade in trades if total.disallowed else ():
        each = figures[ground.household.account[trade.account_id].taxpayer_id]
        rate = float(each.rates.later) if each.later_value is None else each.later_value
        spent += sum((lot.lost_usd for lot in trade.lots), ZERO) * Decimal(repr(rate))
    return spent


def _placed(statistics: Statistics, ground: Ground, after: Placement, missing: dict[str, str]) -> Statistics:
    """Weights and drift, before and after."""
    weights = {"drift_before": weights_of(ground.before), "drift_after": weights_of(after)}
    found: dict[str, Decimal | None] = {}
    for name, side in weights.items():
        why = _no_drift(side, ground.targets)
        found[name] = None if why else drift(side, ground.targets)
        if why:
            missing[name] = why
    return replace(
        statistics,
        drift_before=found["drift_before"],
        drift_after=found["drift_after"],
        weights_before=weights["drift_before"],
        weights_after=weights["drift_after"],
    )


def _no_drift(weights: Mapping[str, Decimal], targets: Mapping[str, Decimal]) -> str:
    if not weights:
        return "the household has no value"
    if not targets:
        return "the household's model has no target"
    return "a holding is not classified" if weights.get(UNCLASSIFIED) else ""


def _expected(statistics: Statistics, ground: Ground, after: Placement, missing: dict[str, str]) -> Statistics:
    """Expected after-tax returns, location scores, annual benefit and its projection."""
    sides = {"before": _in_floats(ground.before), "after": _in_floats(after)}
    why = {side: _no_return(ground, placement) for side, placement in sides.items()}
    treatments = {account.account_id: account.tax_treatment.value for account in ground.household.accounts}
    found: dict[str, Location | None] = {}
    for side, placement in sides.items():
        found[side] = None if why[side] else locate(placement, ground.returns, treatments)
        for column in (f"after_tax_return_{side}", f"location_score_{side}"):
            if why[side]:
                missing[column] = why[side]
        location = found[side]
        if location is not None and location.score is None:
            missing[f"location_score_{side}"] = location.reason
    before, later = found["before"], found["after"]
    statistics = replace(
        statistics,
        location_before=before,
        location_after=later,
        after_tax_return_before=_number(before.current if before else None),
        after_tax_return_after=_number(later.current if later else None),
        location_score_before=_number(before.score if before else None),
        location_score_after=_number(later.score if later else None),
    )
    if before is None or later is None:
        missing.update(dict.fromkeys(("annual_benefit", "allocation_effect"), why["before"] or why["after"]))
        return statistics
    return _benefit(statistics, ground, effects_of(sides["before"], sides["after"], ground.returns))


def _benefit(statistics: Statistics, ground: Ground, effects: Effects) -> Statistics:
    inflation = float(ground.policy.assumptions.inflation_frac) if ground.policy.assumptions else 0.0
    return replace(
        statistics,
        annual_benefit=cents(Decimal(repr(effects.location)) * ground.household.value_usd),
        allocation_effect=_number(effects.allocation),
        projections=project(float(ground.household.value_usd), effects, inflation, HORIZONS),
    )


def _no_return(ground: Ground, placement: FloatPlacement) -> str:
    """Why a placement has no expected return; empty where it has one."""
    if ground.no_return:
        return ground.no_return
    if sum(sum(row.values()) for row in placement.values()) <= 0:
        return "the household has no value"
    held = {name for row in placement.values() for name, dollars in row.items() if dollars}
    if UNCLASSIFIED in held:
        return "a holding is not classified"
    account_id = next(iter(placement))
    unknown = sorted(held - set(ground.returns[account_id]))
    return f"the assumptions say nothing about {', '.join(unknown)}" if unknown else ""


def _reachable(statistics: Statistics, ground: Ground, holdings: Sequence[Holding] | None, missing: dict[str, str]) -> Statistics:
    """The score of the best placement that this year's hard rules allow."""
    if holdings is None:
        missing["location_score_reachable"] = missing.get("location_score_after", "the reachable placement was not computed")
        return statistics
    placement = _in_floats(placement_of(ground.household, holdings))
    why = _no_return(ground, placement)
    treatments = {account.account_id: account.tax_treatment.value for account in ground.household.accounts}
    location = None if why else locate(placement, ground.returns, treatments)
    if location is None or location.score is None:
        missing["location_score_reachable"] = location.reason if location else why
        return statistics
    return replace(statistics, location_score_reachable=_number(location.score))


def _payback(statistics: Statistics, missing: dict[str, str]) -> Statistics:
    """(cost − present value of tax merely accelerated) / annual benefit, years."""
    benefit, cost, accelerated = statistics.annual_benefit, statistics.cost_of_implementation, statistics.accelerated_tax
    if benefit is None or cost is None or accelerated is None:
        missing["payback_years"] = missing.get("annual_benefit", "the annual benefit is not known")
    elif not statistics.trades:
        missing["payback_years"] = "nothing was traded"
    elif benefit <= 0:
        missing["payback_years"] = "the trades bring no annual benefit of location"
    else:
        return replace(statistics, payback_years=(cost - accelerated) / benefit)
    return statistics


def _in_floats(placement: Placement) -> FloatPlacement:
    return {account: {name: float(dollars) for name, dollars in row.items() if dollars} for account, row in placement.items()}


def _number(figure: float | None) -> Decimal | None:
    return None if figure is None else Decimal(repr(figure))


__all__ = ["COMPARED", "HORIZONS", "Ground", "Statistics", "compare", "ground_of", "measure", "measure_untouched"]
