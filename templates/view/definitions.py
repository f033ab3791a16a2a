"""How the figures are made: one definition each, the assumptions with their date, and what is approximate."""

from __future__ import annotations

from solver.decision import Decision
from solver.outcome import Status
from templates import filters
from templates.view.figures import Figures
from templates.view.names import Names
from templates.view.parts import Definitions

CONVENTIONS = {
    "full_balance": "Retirement balances count in full, before the tax on later withdrawals.",
    "liquidation": "Retirement accounts are measured after the tax on a withdrawal at the end of the horizon.",
    "tax_adjusted": "Retirement balances count after the tax that a withdrawal would cost.",
}
FORMS = {
    "one_year": "Returns after tax are those of one year.",
    "multi_year": "Returns after tax are simulated over the horizon, turnover and accumulated gains included.",
}


def definitions_of(decision: Decision, figures: Figures, names: Names) -> Definitions | None:
    """The section of a decided household; None where no figure was printed."""
    if not decision.status.is_decided:
        return None
    rows = [
        ("Drift", "Half the sum of the distances between each class and its target, as a share of the value of all accounts that count.")
    ]
    if decision.status is Status.PROPOSED:
        rows += _of_a_proposal(decision)
    rows.append(
        (
            "Placement",
            "Where the yearly return after tax "
            "lies between the worst "
            "and the best way to spread the same "
            "classes over the same accounts, "
            f"on a scale of 100. Where that distance is below {filters.percent(0.0005, 2)}, there is no such figure.",
        )
    )
    rows += _assumptions(decision, figures, names)
    assumptions = decision.policy.assumptions if decision.policy else None
    lead = f"{names.clean(assumptions.title)}, dated {filters.date_long(assumptions.as_of)}." if assumptions else ""
    approximations = tuple(filters.sentence(names.told(each)) for each in (decision.outcome.approximations if decision.outcome else ()))
    return Definitions("How the figures are made", lead, tuple(rows), approximations)


def _of_a_proposal(decision: Decision) -> list[tuple[str, str]]:
    statistics, year = decision.statistics, decision.household.as_of.year
    states = sorted({each.state for each in decision.household.taxpayers if each.state})
    with_state = f" and state ({', '.join(states)})" if states else ""
    rows = [
        (
            "Tax now",
            f"Your {year} federal{with_state} tax with the proposal, less the tax without it, computed for each "
            "tax return from its own income.",
        )
    ]
    leaves = ""
    if statistics and statistics.baseline_drift_after is not None:
        leaves = f" That plan would leave {filters.percent(statistics.baseline_drift_after)} of drift."
    rows.append(
        (
            "Taxes saved",
            "The tax if each account were rebalanced alone on the same day, by its own lot method and without a "
            f"limit on gains, less the tax of this proposal.{leaves}",
        )
    )
    assumptions = decision.policy.assumptions if decision.policy else None
    how = (
        f", in {assumptions.deferral_years} years, discounted at {filters.percent_plain(assumptions.discount_frac)} a year"
        if assumptions
        else ""
    )
    rows.append(
        (
            "Deferred and avoided",
            f"Deferred is the value today of tax that the other plan pays now and that you may pay later{how}. Avoided is the rest.",
        )
    )
    rows.append(
        (
            "Benefit each year",
            "The rise of the yearly return after tax that comes from placement alone, in dollars. "
            "Moving to a safer or a bolder mix "
            "changes the expected return "
            "too; that is a choice of risk and is "
            "not counted here.",
        )
    )
    payback = statistics.payback_years if statistics else None
    result = f": {filters.fixed(payback, 1)} years" if payback is not None and payback > 0 else ""
    rows.append(("Payback", f"Tax and trading costs, less tax that is only paid earlier, divided by the benefit each year{result}."))
    return rows


def _assumptions(decision: Decision, figures: Figures, names: Names) -> list[tuple[str, str]]:
    assumptions = decision.policy.assumptions if decision.policy else None
    if assumptions is None:
        return []
    held = [name for name in figures.classes if name in assumptions.classes]
    returns = [f"{names.asset_class(name)} {filters.percent(assumptions.classes[name].total_return_frac)}" for name in held]
    rows = [("Balances and returns", f"{CONVENTIONS[assumptions.deferred_convention]} {FORMS[assumptions.form]}")]
    if returns:
        rows.append(("Expected returns, before tax", f"{', '.join(returns)}."))
    return rows
