"""What `rules impact` prints: what the new policy says, the households that change, the totals, and whether that is allowed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from solver.endings import Change, Effect, Ending
from solver.impact import Impact

if TYPE_CHECKING:
    from flows.impact import Rollout

SHOWN = 40
"""Households told one by one; the page and the JSON have all of them."""


def print_impact(console: Console, rollout: Rollout, broken: Sequence[str], page: Path) -> None:
    """The comparison for a person."""
    console.print(rollout.sentences, markup=False, soft_wrap=True)
    changed = rollout.impact.changed
    if changed:
        console.print(_table(changed[:SHOWN]))
        if len(changed) > SHOWN:
            console.print(f"+{len(changed) - SHOWN} more", markup=False)
        console.print()
    for effect in changed[:SHOWN]:
        for line in _beneath(effect):
            console.print(line, markup=False, soft_wrap=True)
    for line in _totals(rollout.impact):
        console.print(line, markup=False, soft_wrap=True)
    console.print(f"page             {page}", markup=False, soft_wrap=True)
    for sentence in broken:
        console.print(f"exceeded         {sentence}", markup=False, soft_wrap=True)


def _table(effects: Sequence[Effect]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("household", no_wrap=True)
    table.add_column("", overflow="ellipsis", no_wrap=True, max_width=28)
    table.add_column("status", no_wrap=True)
    for name in ("trades", "tax cost", "drift after", "location score"):
        table.add_column(name, justify="right", no_wrap=True)
    for each in effects:
        style = "yellow" if each.is_newly_stuck else "green" if each.is_freed else ""
        status = _pair(each.old.status.value, each.new.status.value)
        table.add_row(
            escape(each.household_id), escape(each.name), f"[{style}]{status}[/{style}]" if style else status,
            _pair(str(len(each.old.orders)), str(len(each.new.orders))), _pair(_dollars(each.old.tax_cost), _dollars(each.new.tax_cost)),
            _pair(_percent(each.old.drift_after), _percent(each.new.drift_after)), _pair(_score(each.old), _score(each.new)),
        )  # fmt: skip
    return table


def _beneath(effect: Effect) -> list[str]:
    """Why a household newly waits for a person, and the ways out."""
    if not effect.is_newly_stuck:
        return []
    together = " cannot hold together:" if len(effect.new.stuck) > 1 else ""
    lines = [f"{effect.household_id} newly waits for a person: " + " and ".join(f"“{each}”" for each in effect.new.stuck) + together]
    lines += [f"    {title}: {way}" for title, way in zip(effect.new.stuck, effect.new.ways_out, strict=False)]
    return [*lines, ""]


def _totals(impact: Impact) -> list[str]:
    totals, count = impact.totals(), {change: len(impact.having(change)) for change in Change}
    statuses = ", ".join(
        f"{_pair(str(old), str(new))} {status.value.replace('_', ' ')}" for status, (old, new) in impact.counts().items()
    )  # fmt: skip
    lines = [
        f"households       {len(impact.changed)} of {len(impact.effects)} change: {count[Change.STATUS]} in status, "
        f"{count[Change.TRADES]} in trades, {count[Change.FIGURES]} in figures alone",
        f"statuses         {statuses}",
        f"newly waiting    {len(impact.newly_stuck)}; freed {len(impact.freed)}",
        f"trades           {_pair(*map(str, totals.trades))}",
        f"tax cost         {_pair(*map(_dollars, totals.tax_cost))}",
    ]
    if totals.drift_after:
        lines.append(f"drift after      {_pair(*(f'{each * 100:.2f} %' for each in totals.drift_after))}, weighted by value")
    if totals.location_score:
        lines.append(f"location score   {_pair(*(f'{each:.1f}' for each in totals.location_score))}, weighted by value")
    return lines


def _pair(old: str, new: str) -> str:
    return new if old == new else f"{old or '–'} → {new or '–'}"


def _dollars(amount: Decimal | None) -> str:
    return "" if amount is None else f"-${-amount:,.0f}" if amount <= Decimal("-0.5") else f"${abs(amount):,.0f}"


def _percent(frac: Decimal | None) -> str:
    return "" if frac is None else f"{frac * 100:.1f} %"


def _score(ending: Ending) -> str:
    return "" if ending.location_score is None else f"{ending.location_score:.0f}"


def as_json(rollout: Rollout, broken: Sequence[str]) -> str:
    """Every household with both endings, the totals, and the limits that were exceeded; dollars and fractions as strings."""
    totals = rollout.impact.totals()
    page = {
        "as_of": rollout.as_of.isoformat(),
        "policy_diff": rollout.sentences.splitlines(),
        "exceeded": list(broken),
        "counts_by_status": {status.value: list(pair) for status, pair in rollout.impact.counts().items()},
        "totals": {
            "households_decided_under_both": totals.households,
            "trades": list(totals.trades),
            "tax_cost": [str(each) for each in totals.tax_cost],
            "annual_benefit": [str(each) for each in totals.annual_benefit],
            "drift_after": [str(each) for each in totals.drift_after or ()],
            "location_score": [str(each) for each in totals.location_score or ()],
        },
        "households": [
            {
                "household_id": effect.household_id,
                "change": effect.change.value,
                "newly_waiting": effect.is_newly_stuck,
                "rules": list(effect.rules),
                "old": _side(effect.old),
                "new": _side(effect.new),
            }
            for effect in rollout.impact.effects
        ],
    }
    return json.dumps(page, indent=2, ensure_ascii=False) + "\n"


def _side(ending: Ending) -> dict[str, object]:
    figures = {name: getattr(ending, name) for name in ("tax_cost", "drift_after", "location_score", "annual_benefit", "turnover")}
    return {
        "status": ending.status.value,
        "stuck": list(ending.stuck),
        **{name: None if value is None else str(value) for name, value in figures.items()},
        "orders": [
            {"account_id": each.account_id, "symbol": each.symbol, "side": each.side.value, "quantity": str(each.quantity)}
            for each in ending.orders
        ],
    }
