"""`rooftree deliveries FIRM`: what the warehouse saw, file by file, with what was corrected or withdrawn since."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from flows.supersession import Delivered


def deliveries(
    firm: Annotated[Path, typer.Argument(help="The firm's folder.", show_default=False)],
    as_of: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Only this extract day.", show_default="all", metavar="DATE")
    ] = None,
    warehouse: Annotated[
        Path | None, typer.Option(help="The DuckDB file of this firm.", show_default=".rooftree/<firm>.duckdb", envvar="ROOFTREE_WAREHOUSE")
    ] = None,
) -> None:
    """List every delivery that the warehouse has seen: its status, the rows it gave, and what a corrected one changed.

      rooftree deliveries examples/maple_wealth --as-of 2026-11-20

    current: counts. superseded: a corrected one took its place. withdrawn: gone from the folder. duplicate: the same bytes
    under another name. reread: read again by newer profiles. A run's own findings leave this history out, because the same
    folder gives the same run whatever a warehouse saw before.
    """
    from flows.plain_errors import plain_errors
    from flows.say import out, print_findings
    from flows.settings import warehouse_of
    from flows.supersession import deliveries_of

    with plain_errors():
        seen, said = deliveries_of(warehouse_of(firm, warehouse), firm, as_of.date() if as_of else None)
    console = out()
    for each in seen:
        console.print(_line(each), markup=False, soft_wrap=True)
    if said:
        print_findings(console, said)


def _line(each: Delivered) -> str:
    rows = f"{each.lines:,} rows: {each.facts:,} facts, {each.rejects:,} rejected, {each.ignored:,} ignored"
    return f"{each.landed_at:%Y-%m-%d %H:%M}  {each.status:<10}  {each.path}  {each.profile or 'no profile'}  {rows}"
