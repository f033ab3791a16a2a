"""`rooftree monitor`, `status`, `doctor`: who is due, how the nights go, and what would spoil the next one."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from flows.nightly.monitor import Watch

Firm = Annotated[Path, typer.Argument(help="The firm's folder.", show_default=False)]
Warehouse = Annotated[
    Path | None, typer.Option(help="The DuckDB file of this firm.", show_default=".rooftree/<firm>.duckdb", envvar="ROOFTREE_WAREHOUSE")
]
LISTED = 60


def monitor(
    firm: Firm,
    as_of: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The extract day to use.", show_default="the latest", metavar="DATE")
    ] = None,
    everybody: Annotated[bool, typer.Option("--all", help="Those who are not due, too.")] = False,
    warehouse: Warehouse = None,
) -> None:
    """Say who is due and why, with dollars: cadence, drift, cash orders, broken musts; and who has losses worth taking.

      rooftree monitor examples/maple_wealth

    One question over the whole book; nothing is solved. Losses alone make nobody due: the cadence rules of the policy do.
    """
    from flows.plain_errors import plain_errors

    with plain_errors():
        from flows.nightly.steps import scan_firm
        from flows.nightly.watch_list import write_watch_list
        from flows.settings import demand_firm

        demand_firm(firm)
        watch = scan_firm(firm, as_of.date() if as_of else None, warehouse)
        place = write_watch_list(firm, watch)
        _print_watch(watch, place, everybody)


def status(firm: Firm, warehouse: Warehouse = None) -> None:
    """Show how the firm stands: extracts, warehouse, last nights, who is due, proposals, locks, server. Changes nothing.

    Exit code 1 where something waits for a person.
    """
    from flows.plain_errors import plain_errors

    waits = False
    with plain_errors():
        from flows.nightly.status import status_of
        from flows.say import out
        from flows.settings import demand_firm

        demand_firm(firm)
        for line in status_of(firm, warehouse):
            out().print(f"{line.about:<11}{'! ' if line.waits else '  '}{line.said}", markup=False, soft_wrap=True)
            waits = waits or line.waits
    raise typer.Exit(int(waits))


def doctor(
    firm: Annotated[Path | None, typer.Argument(help="The firm's folder; without it, the machine alone.", show_default=False)] = None,
) -> None:
    """Look for what would spoil the next night, and say what to do about it.

      rooftree doctor examples/maple_wealth

    Exit code 0: all is well; 1: something asks for a look; 2: no run can be made.
    """
    from flows.plain_errors import plain_errors

    worst = 0
    with plain_errors():
        from flows.nightly.doctor import examine
        from flows.say import out
        from flows.settings import demand_firm

        if firm is not None:
            demand_firm(firm)
        for check in examine(firm):
            out().print(f"{'ok     ' if check.is_well else 'finding'} {check.name:<11} {check.said}", markup=False, soft_wrap=True)
            if not check.is_well:
                out().print(f"                    = help: {check.remedy}", markup=False, soft_wrap=True)
                worst = max(worst, 2 if check.is_fatal else 1)
    raise typer.Exit(worst)


def _print_watch(watch: Watch, place: Path, everybody: bool) -> None:
    from flows.nightly.monitor import REASONS
    from flows.say import out

    console = out()
    rows = watch.rows if everybody else watch.rows.filter(watch.rows["is_due"] | (watch.rows["harvest_usd"] > 0))
    for row in rows.sort("is_due", "value_usd", descending=True, nulls_last=True).head(LISTED).iter_rows(named=True):
        told = [
            f"{row['household_id']:<12}",
            "due    " if row["is_due"] else "not due",
            f"{_dollars(row['value_usd']):>13}",
            row["because"],
        ]
        if row["orders_usd"]:
            told.append(f"; orders of {_dollars(row['orders_usd'])}")
        if row["harvest_usd"] >= 0.5:
            told.append(f"; {_dollars(row['harvest_usd'])} of losses worth taking")
        console.print(" ".join(told[:4]) + "".join(told[4:]), markup=False, soft_wrap=True)
    if rows.height > LISTED:
        console.print(f"+{rows.height - LISTED} more in {place.with_suffix('.csv')}", markup=False, soft_wrap=True)
    counted = Counter(watch.rows.filter("is_due")["reason"].to_list())
    reasons = "; ".join(f"{count} {REASONS.get(reason, reason)}" for reason, count in counted.most_common()) or "nobody"
    console.print(f"{len(watch.due_ids)} of {watch.rows.height} households due on {watch.as_of}: {reasons}", markup=False, soft_wrap=True)
    losses = float(watch.to_harvest["harvest_usd"].sum())
    console.print(f"{watch.to_harvest.height} with losses worth taking, {_dollars(losses)} together", markup=False, soft_wrap=True)
    console.print(f"list        {place.with_suffix('.csv')}", markup=False, soft_wrap=True)


def _dollars(amount: float | None) -> str:
    return "n/a" if amount is None else f"-${-amount:,.0f}" if amount < 0 else f"${amount:,.0f}"
