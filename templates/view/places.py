"""Where each class lives, today and after: accounts × classes in thousands of dollars, darker for more.

Up to five accounts stand side by side. More are summed by tax treatment, which is what placement is about, and follow
one by one in a table with accounts down the side, which grows to any number of accounts and fits a phone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import TypeAlias

from solver.decision import Decision
from solver.outcome import Status
from templates import filters, wording
from templates.view.figures import TREATMENT_ORDER, Dollars, Figures
from templates.view.names import Names
from templates.view.parts import AccountTable, Cell, HeatColumn, HeatRow, HeatTable, Places
from validation.household import Account, TaxTreatment
from validation.units import ZERO

SIDE_BY_SIDE = 5
LEVELS = 8
Amount: TypeAlias = Callable[[str, str], Decimal]
"""Dollars by (column key, asset class)."""


def places_of(decision: Decision, figures: Figures, names: Names) -> Places | None:
    """The section; None where nothing is held."""
    if not figures.accounts or not any(figures.before.values()):
        return None
    proposed = decision.status is Status.PROPOSED and bool(figures.after)
    heading, lead = _words(figures, names, proposed)
    sides = [("Today", figures.before, figures.before)]
    if proposed:
        sides.append(("After", figures.after, figures.before))
    if len(figures.accounts) <= SIDE_BY_SIDE:
        return Places(heading, lead, tuple(_by_account(caption, now, was, figures, names) for caption, now, was in sides))
    tables = tuple(_by_treatment(caption, now, was, figures, names) for caption, now, was in sides)
    return Places(heading, lead, tables, _one_by_one(figures, names, proposed))


def _by_account(caption: str, now: Dollars, was: Dollars, figures: Figures, names: Names) -> HeatTable:
    columns = [(each.account_id, _column(each, names)) for each in figures.accounts]
    groups = [(treatment, sum(each.tax_treatment is treatment for each in figures.accounts)) for treatment in TREATMENT_ORDER]
    spans = tuple((wording.TREATMENTS[treatment].capitalize(), number) for treatment, number in groups if number)
    return _heat(
        caption, spans, columns, lambda key, name: now.get((key, name), ZERO), lambda key, name: was.get((key, name), ZERO), figures, names
    )


def _by_treatment(caption: str, now: Dollars, was: Dollars, figures: Figures, names: Names) -> HeatTable:
    members: dict[str, list[str]] = {}
    for account in figures.accounts:
        members.setdefault(account.tax_treatment, []).append(account.account_id)
    columns = [
        (key, HeatColumn(wording.TREATMENTS[TaxTreatment(key)].capitalize(), filters.count(len(ids), "account")))
        for key, ids in members.items()
    ]

    def amount(side: Dollars) -> Amount:
        return lambda key, name: sum((side.get((account_id, name), ZERO) for account_id in members[key]), ZERO)

    return _heat(caption, (), columns, amount(now), amount(was), figures, names)


def _column(account: Account, names: Names) -> HeatColumn:
    person = names.person(account)
    first = person.split()[0] if person else names.registration(account)
    return HeatColumn(first[:1].upper() + first[1:], names.mask(account))


def _heat(
    caption: str,
    groups: tuple[tuple[str, int], ...],
    columns: Sequence[tuple[str, HeatColumn]],
    now: Amount,
    was: Amount,
    figures: Figures,
    names: Names,
) -> HeatTable:
    both = [amount(key, name) for key, _ in columns for name in figures.classes for amount in (now, was)]
    largest = max(both, default=ZERO)
    rows = tuple(
        HeatRow(names.asset_class(name), tuple(_cell(now(key, name), was(key, name), largest) for key, _ in columns))
        for name in figures.classes
    )
    totals = tuple(filters.thousands(sum((now(key, name) for name in figures.classes), ZERO)) for key, _ in columns)
    return HeatTable(caption, groups, tuple(head for _, head in columns), rows, totals)


def _cell(now: Decimal, was: Decimal, largest: Decimal, label: str = "") -> Cell:
    level = 0
    if largest > 0 and now >= 1:
        level = max(1, min(LEVELS, int(LEVELS * now / largest) + (1 if now < largest else 0)))
    changed = filters.thousands(now) != filters.thousands(was) and abs(now - was) >= 500
    return Cell(filters.thousands(now), level, changed, label, filters.thousands(was) if changed else "")


def _one_by_one(figures: Figures, names: Names, proposed: bool) -> AccountTable:
    now = figures.after if proposed else figures.before
    largest = max(now.values(), default=ZERO)
    groups = []
    for treatment in TREATMENT_ORDER:
        rows = tuple(
            HeatRow(
                names.account(each),
                tuple(
                    _cell(
                        now.get((each.account_id, name), ZERO),
                        figures.before.get((each.account_id, name), ZERO),
                        largest,
                        names.asset_class(name),
                    )
                    for name in figures.classes
                ),
                wording.custodian_name(each.custodian),
                filters.thousands(figures.total(now, each.account_id)),
            )
            for each in figures.accounts
            if each.tax_treatment is treatment
        )
        if rows:
            groups.append((wording.TREATMENTS[treatment].capitalize(), rows))
    return AccountTable(
        "Account by account" + (", after" if proposed else ""), tuple(names.asset_class(name) for name in figures.classes), tuple(groups)
    )


def _words(figures: Figures, names: Names, proposed: bool) -> tuple[str, str]:
    one = len(figures.accounts) == 1
    units = "Thousands of dollars. Darker means more"
    if not proposed:
        return ("What the account holds" if one else "Where each class lives"), f"{units}."
    kept = "No money moves between accounts, so each account’s total changes only by trading costs and by orders of yours."
    lead = f"{units}; bold means changed. {'' if one else kept}".strip()
    return _finding(figures, names) or (
        "What the account holds, today and after" if one else "Where each class lives, today and after"
    ), lead


def _finding(figures: Figures, names: Names) -> str:
    """Classes that leave taxable accounts for sheltered ones, or the other way, by half a percent of the value or more."""
    total = sum(figures.before.values(), ZERO)
    change = {name: _moved(name, figures) for name in figures.classes if name != "cash"}
    inward = [name for name, (taxable, sheltered) in change.items() if taxable < -total / 200 and sheltered > total / 200]
    outward = [name for name, (taxable, sheltered) in change.items() if taxable > total / 200 and sheltered < -total / 200]
    if not inward and not outward:
        return ""
    into = _listed(inward, names, "into retirement accounts")
    out = _listed(outward, names, "into taxable ones" if inward else "into taxable accounts")
    return f"{into}; {out[:1].lower() + out[1:] if not out.startswith('US') else out}" if into and out else into or out


def _listed(classes: list[str], names: Names, where: str) -> str:
    if not classes or len(classes) > 3:
        return f"{filters.count(len(classes), 'class', 'classes')} move {where}" if classes else ""
    words = [names.asset_class(name) for name in classes]
    words = [words[0], *(word if word.startswith("US") else word[:1].lower() + word[1:] for word in words[1:])]
    verb = "moves" if len(words) == 1 and not words[0].endswith("s") else "move"
    return f"{filters.listed(words)} {verb} {where}"


def _moved(name: str, figures: Figures) -> tuple[Decimal, Decimal]:
    moved: Mapping[bool, list[Decimal]] = {True: [], False: []}
    for account in figures.accounts:
        key = account.account_id, name
        moved[account.is_taxable].append(figures.after.get(key, ZERO) - figures.before.get(key, ZERO))
    return sum(moved[True], ZERO), sum(moved[False], ZERO)
