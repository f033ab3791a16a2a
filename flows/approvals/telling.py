"""Proposals and entries as lines for a terminal: households by id, never by name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from flows.approvals.ledger import Entry
from flows.approvals.states import Standing, State

SHOWN = 12
"""Households that one entry names before it counts them."""


def tell(found: Iterable[Standing], *, everything: bool) -> Iterator[str]:
    """Waiting ones by tax, then approved ones; with `everything` those that ended, too, and a count."""
    chosen = [each for each in found if everything or each.state.is_open or each.state is State.RELEASING]
    order = list(State)
    chosen.sort(key=lambda each: (order.index(each.state), -(each.tax_usd or 0), each.household_id))
    yield from map(tell_standing, chosen)
    numbers = Counter(each.state for each in chosen)
    counts = [f"{numbers[state]} {state.value}" for state in State if numbers[state]]
    yield ", ".join(counts) or "no proposal is open"


def tell_standing(each: Standing) -> str:
    """One line: household, state, dollars, and what it waits for or how it ended."""
    tax = "tax n/a" if each.tax_usd is None else f"tax {'−' if each.tax_usd < 0 else ''}${abs(each.tax_usd):,.0f}"
    moved = f"{each.trades} trade{'' if each.trades == 1 else 's'}, ${each.notional_usd:,.0f} moved"
    return f"{each.household_id}  {each.state.value}  {tax}, {moved}, run {each.run_id} of {each.as_of}{_because(each)}"


def _because(each: Standing) -> str:
    if each.state is State.PROPOSED:
        missing = each.approvers - len(each.approved_by)
        so_far = f"; {', '.join(each.approved_by)} approved, {missing} more" if each.approved_by else ""
        return f": {'; '.join(each.needs)}{so_far}"
    why = f": {each.why}" if each.why else ""
    return f", by {each.who}{why}"


def tell_entry(entry: Entry, household: str | None) -> str:
    """One line of the ledger; empty where it does not concern the household."""
    named = [name for _, name in entry.said.get("proposals", [])]
    named += [entry.said["household_id"]] if "household_id" in entry.said else []
    if household is not None and household not in named:
        return ""
    shown = ", ".join(named[:SHOWN]) + (f" and {len(named) - SHOWN} more" if len(named) > SHOWN else "")
    about = shown or (f"run {entry.said['run_id']}" if "run_id" in entry.said else "")
    why = f": {entry.why}" if entry.why else ""
    return f"{entry.number:>4}  {entry.at:%Y-%m-%d %H:%M}  {entry.event:<10}  {entry.who}  {about}{why}"
