"""`rooftree reconcile` and `rooftree report preview`: the day after a run, and the firm's templates before one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

report = typer.Typer(name="report", no_args_is_help=True, help="See a household's pages while their templates are written.")


def reconcile(
    run: Annotated[Path, typer.Argument(help="A run's folder, for example runs/<run_id>.", show_default=False)],
    extracts: Annotated[
        Path, typer.Argument(help="The day after: extracts/<date>/, with a folder per custodian.", show_default=False)
    ],
    firm: Annotated[
        Path | None, typer.Option(help="The firm's folder.", show_default="the one that EXTRACTS lie in", metavar="DIR")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Where the two CSV files go.", show_default="<run>-reconciled-<date>", metavar="DIR")
    ] = None,
    warehouse: Annotated[
        Path | None, typer.Option(help="The DuckDB file of this firm.", show_default=".rooftree/<firm>.duckdb", envvar="ROOFTREE_WAREHOUSE")
    ] = None,
) -> None:
    """Check a run the day after: was every order filled, and were the lots relieved that were named?

      rooftree reconcile runs/<run_id> examples/maple_wealth/extracts/2026-11-23

    Differences stand in the order of their tax dollars. Exit code 0: done as sent; 1: something differs; 2: it cannot be said.
    """
    from flows.cli import plain_errors

    with plain_errors():
        from flows.next_day.page import print_reconciled, put_down
        from flows.next_day.reconcile import reconcile as compared
        from flows.say import err, print_findings
        from flows.say import out as console

        result = compared(run, extracts, firm, warehouse)
        target = out or run.with_name(f"{run.resolve().name}-reconciled-{result.day}")
        put_down(result, target)
        if result.findings:
            print_findings(err(), result.findings)
        print_reconciled(console(), result, target)
    raise typer.Exit(0 if result.is_clean else 1)
