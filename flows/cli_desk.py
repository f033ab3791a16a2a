"""`rooftree reconcile` and `rooftree report preview`: the day after a run, and the firm's templates before one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from validation.findings import Finding

report = typer.Typer(name="report", no_args_is_help=True, help="See a household's pages while their templates are written.")


def reconcile(
    run: Annotated[Path, typer.Argument(help="A run's folder, for example runs/<run_id>.", show_default=False)],
    extracts: Annotated[Path, typer.Argument(help="The day after: extracts/<date>/, with a folder per custodian.", show_default=False)],
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
    from flows.plain_errors import plain_errors

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


@report.callback()
def _reports() -> None:
    """See a household's pages while their templates are written."""


@report.command()
def preview(
    firm: Annotated[Path, typer.Argument(help="The firm's folder; its templates/ come before the house's.", show_default=False)],
    household: Annotated[str, typer.Argument(help="A household's id.", show_default=False)],
    out: Annotated[Path, typer.Option(help="Where the pages go.", metavar="DIR")] = Path(".rooftree/preview"),
    once: Annotated[bool, typer.Option("--once", help="Make the pages once and end.")] = False,
    warehouse: Annotated[
        Path | None, typer.Option(help="The DuckDB file of this firm.", show_default=".rooftree/<firm>.duckdb", envvar="ROOFTREE_WAREHOUSE")
    ] = None,
) -> None:
    """Make a household's report, memo and book line, and again on every save of one of the firm's templates.

      rooftree report preview examples/maple_wealth H-1001

    A broken template is a finding with its line; the page as it was stays. Ends with Ctrl-C. Exit code 1: the last save was broken.
    """
    from flows.plain_errors import plain_errors

    broken = False
    with plain_errors():
        from flows.preview import decide_one, make_pages, saves
        from flows.say import err
        from flows.say import out as console

        err().print(f"Deciding {household} ...", markup=False)
        decided = decide_one(firm, household, warehouse=warehouse)
        broken = _show(make_pages(decided, out))
        console().print(f"{out / 'index.html'} shows {household} and its pages", markup=False, soft_wrap=True)
        try:
            for saved in () if once else saves(decided.templates):
                console().print(f"saved: {', '.join(saved)}", markup=False, soft_wrap=True)
                broken = _show(make_pages(decided, out))
        except KeyboardInterrupt:
            err().print("ended", markup=False)
    raise typer.Exit(int(broken))


def _show(findings: list[Finding]) -> bool:
    """Say what is broken; whether anything is."""
    from flows.say import err, print_findings

    if findings:
        print_findings(err(), findings)
    return bool(findings)
