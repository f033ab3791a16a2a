"""`rooftree rules test` and `rooftree rules impact`: what a policy does to the book, before anybody deploys it."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

import typer

Form: TypeAlias = Literal["text", "json", "github"]
AsOf = Annotated[
    datetime | None, typer.Option(formats=["%Y-%m-%d"], metavar="DATE", show_default="the latest", help="The extract day to decide on.")
]
Warehouse = Annotated[
    Path | None,
    typer.Option(help="The DuckDB file of the firm.", show_default=".rooftree/<firm>.duckdb", envvar="ROOFTREE_WAREHOUSE", metavar="FILE"),
]
Workers = Annotated[int | None, typer.Option(min=1, help="Processes that solve.", show_default="by the size of the book")]


def _amount(text: str) -> Decimal:
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise typer.BadParameter(f"`{text}` is not a number") from None
    if not value.is_finite() or value < 0:
        raise typer.BadParameter(f"`{text}` is not zero or more")
    return value


def impact(
    old: Annotated[Path, typer.Argument(help="The policy in force: a firm's folder, or a folder of rules.", show_default=False)],
    new: Annotated[Path, typer.Argument(help="The policy to come.", show_default=False)],
    firm: Annotated[
        Path | None, typer.Option(help="Whose book is decided.", show_default="the firm in NEW, else OLD", metavar="DIR")
    ] = None,
    as_of: AsOf = None,
    page: Annotated[Path, typer.Option(help="Where the HTML page goes.", metavar="FILE")] = Path("impact.html"),
    most_stuck: Annotated[int, typer.Option(min=0, help="Households that may newly be blocked, in conflict or failed.")] = 0,
    most_changed: Annotated[int | None, typer.Option(min=0, help="Households that may end or trade otherwise.", show_default="any")] = None,
    most_tax: Annotated[
        Decimal | None,
        typer.Option(parser=_amount, help="Dollars by which the book's tax cost may rise.", show_default="any", metavar="USD"),
    ] = None,
    most_drift: Annotated[
        Decimal | None,
        typer.Option(
            parser=_amount, help="Fraction by which a household's drift after may rise; 0.01 is 1 %.", show_default="any", metavar="FRAC"
        ),
    ] = None,
    form: Annotated[Literal["text", "json"], typer.Option("--format", help="For people, or machines.")] = "text",
    warehouse: Warehouse = None,
    workers: Workers = None,
) -> None:
    """Decide the whole book under two policies: who changes, trades, tax, drift, location score, new conflicts.

      rooftree rules impact ../before .
      rooftree rules impact --firm examples/maple_wealth policy_in_force policy_to_come

    Exit code 0: within the limits; 1: a limit is exceeded (by default: a household newly waits for a person); 2: not possible.
    """
    from flows.plain_errors import plain_errors

    with plain_errors():
        from flows.impact import weigh, write_page
        from flows.log import keep_log
        from flows.progress import CLOCK, Clock
        from flows.say import err, out
        from flows.say_impact import as_json, print_impact
        from flows.watching import watching_on_a_terminal
        from solver.impact import Limits

        keep_log()
        with watching_on_a_terminal(err()) as watcher:
            CLOCK.set(Clock(watcher))
            rollout = weigh(old, new, firm, as_of.date() if as_of else None, warehouse, workers)
        broken = list(rollout.impact.broken(Limits(most_stuck, most_changed, most_tax, most_drift)))
        write_page(page, rollout, broken)
        if form == "json":
            typer.echo(as_json(rollout, broken), nl=False)
        else:
            print_impact(out(), rollout, broken, page)
    raise typer.Exit(int(bool(broken)))


def test(
    paths: Annotated[list[Path], typer.Argument(help="Firms' folders, their cases/, or files of cases.", show_default=False)],
    form: Annotated[Form, typer.Option("--format", help="For people, machines, or GitHub.")] = "text",
    as_of: AsOf = None,
    warehouse: Warehouse = None,
    workers: Workers = None,
) -> None:
    """Try the cases beside a policy: given a household, expect trades, findings, figures or prices.

      rooftree rules test examples/maple_wealth

    Exit code 0: everything came as expected; 1: something did not, or a case is no case; 2: not possible.
    """
    from flows.plain_errors import plain_errors

    with plain_errors():
        from flows.cases import try_cases
        from flows.log import keep_log
        from flows.progress import CLOCK, Clock
        from flows.say import err
        from flows.watching import watching_on_a_terminal
        from validation.render import render

        keep_log()
        with watching_on_a_terminal(err()) as watcher:
            CLOCK.set(Clock(watcher))
            report = try_cases(paths, as_of.date() if as_of else None, warehouse, workers)
        if form == "text":
            for one in report.tried:
                typer.echo(f"{'failed' if one.failures else 'passed'}  {one.household_id}  {one.sentence}")
            typer.echo()
        counted = f"{len(report.tried)} case{'s' * (len(report.tried) != 1)} of {report.files} file{'s' * (report.files != 1)}"
        typer.echo(render(report.told, form, counted), nl=False)
    raise typer.Exit(int(bool(report.told)))
