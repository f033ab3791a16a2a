"""The client's page as one record: every section ready, absent ones None."""

from __future__ import annotations

from dataclasses import dataclass

from solver.decision import Decision
from solver.outcome import Status
from templates import filters
from templates.view.classes import classes_of
from templates.view.definitions import definitions_of
from templates.view.figures import Figures, figures_of
from templates.view.gains import ceilings_of
from templates.view.headline import headline, lead
from templates.view.kept import rules_of
from templates.view.names import Names
from templates.view.notices import accounts_of, barred_of, held_back, orders_of, undecided_of
from templates.view.numbers import mix_of, three_numbers
from templates.view.parts import Ceilings, Classes, Definitions, Figure, Lines, Mix, Notice, Places, RulesKept, Trades
from templates.view.places import places_of
from templates.view.run import RunFacts
from templates.view.trades import trades_of

KINDS_OF_PAGE = {
    Status.PROPOSED: "Proposal",
    Status.NO_TRADE_NEEDED: "Review",
    Status.NOT_DUE: "Review",
    Status.BLOCKED: "Notice",
    Status.CONFLICT: "Notice",
    Status.FAILED: "Notice",
}


@dataclass(frozen=True, slots=True)
class ClientView:
    """Everything the client's page prints, in the order it prints it. `conflict` and `next_step` are there for a
    household that was not decided, the figures' sections for one that was."""

    title: str
    firm: str
    about: str
    kicker: str
    headline: str
    lead: str
    next_step: Notice | None
    conflict: Lines | None
    accounts: Lines | None
    numbers: tuple[Figure, ...]
    mix: Mix | None
    classes: Classes | None
    places: Places | None
    ceilings: Ceilings | None
    orders: Lines | None
    trades: Trades | None
    rules: RulesKept | None
    barred: Notice | None
    held: Lines | None
    definitions: Definitions | None
    foot: tuple[str, ...]
    imprint: str
    produced: str


def client_view(decision: Decision, run: RunFacts) -> ClientView:
    """The view of one household. Equal decisions and runs give equal views; nothing in it asks a clock."""
    names, figures = Names(decision.household, run), figures_of(decision)
    decided = decision.status.is_decided
    next_step, conflict = (None, None) if decided else undecided_of(decision, names)
    kind, day = KINDS_OF_PAGE[decision.status], filters.date_long(run.as_of)
    return ClientView(
        title=f"{kind}, {names.household_name()}, {day}",
        firm=run.firm_name,
        about=f"{kind} of {day}" + (" · not yet traded · projections are hypothetical" if decision.status is Status.PROPOSED else ""),
        kicker=_kicker(decision, figures, names),
        headline=headline(decision, figures),
        lead=lead(decision, figures),
        next_step=next_step,
        conflict=conflict,
        accounts=None if decided else accounts_of(decision, figures, names),
        numbers=three_numbers(decision, figures),
        mix=mix_of(decision, figures) if decided else None,
        classes=classes_of(decision, figures, names) if decided else None,
        places=places_of(decision, figures, names) if decided else None,
        ceilings=ceilings_of(decision, names),
        orders=orders_of(decision, names),
        trades=trades_of(decision, figures, names),
        rules=rules_of(decision, names),
        barred=barred_of(decision, names),
        held=held_back(decision, names),
        definitions=definitions_of(decision, figures, names),
        foot=_foot(decision),
        imprint=_imprint(decision, run),
        produced=f"Prepared with {run.produced}",
    )


def _kicker(decision: Decision, figures: Figures, names: Names) -> str:
    custodians = {account.custodian for account in decision.household.accounts}
    parts = [names.household_name(), filters.count(len(figures.accounts), "account")]
    if len(custodians) > 1:
        parts.append(filters.count(len(custodians), "custodian"))
    parts.append(filters.usd(decision.value_usd) if decision.value_usd is not None else "value not known")
    return " · ".join(parts)


def _foot(decision: Decision) -> tuple[str, ...]:
    if decision.status is Status.PROPOSED:
        return (
            "Hypothetical.",
            "Expected benefit and taxes saved are projections from the assumptions above, not results, and will differ from what happens. "
            "Tax figures are estimates from the data that your custodians and you supplied; this is not tax "
            "advice. Trades may execute at other prices.",
        )
    if decision.status.is_decided:
        return (
            "Hypothetical.",
            "Figures after tax rest on the assumptions above and will differ from what happens. This is not tax advice.",
        )
    return ("No figures today.", "This page makes no projection and is not tax advice. Your value is that of the last data we could read.")


def _imprint(decision: Decision, run: RunFacts) -> str:
    parts = [f"Household {decision.household.household_id}", f"run {run.short_id}"]
    certificate = decision.outcome.certificate if decision.outcome and decision.status is Status.PROPOSED else None
    if certificate:
        gap = max(certificate.gap_usd, 0.0)
        parts.append(f"at most {filters.usd(gap)} from the best possible plan" if gap >= 0.5 else "no better plan exists under your rules")
    return " · ".join(parts)
