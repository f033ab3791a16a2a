"""`rooftree …`, the same as `python -m flows …`: what a person can ask for. Each command imports what it needs when it runs,
so that help appears at once."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

import typer

from flows import cli_approvals, cli_custodians, cli_deliveries, cli_desk, cli_explain, cli_nightly, cli_rules
from flows.plain_errors import plain_errors

if TYPE_CHECKING:
    from flows.rebalance import Finished
    from flows.settings import Request

app = typer.Typer(
    name="rooftree",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(cli_rules.app)
app.add_typer(cli_custodians.app)
app.command()(cli_desk.reconcile)
app.add_typer(cli_desk.report)
app.command()(cli_deliveries.deliveries)
for command in (cli_explain.explain, cli_explain.verify, cli_explain.replay):
    app.command()(command)

for nightly in (cli_nightly.monitor, cli_nightly.status, cli_nightly.doctor):
    app.command()(nightly)
for decision in (cli_approvals.submit, cli_approvals.proposals, cli_approvals.approve, cli_approvals.reject, cli_approvals.release):
    app.command()(decision)
app.add_typer(cli_approvals.ledger)

Level: TypeAlias = Literal["error", "warning", "note"]
Form: TypeAlias = Literal["text", "json", "github"]
Firm = Annotated[Path, typer.Argument(help="The firm's folder: extracts/, reference/, policy/, assumptions/.", show_default=False)]
Run = Annotated[Path, typer.Argument(help="A run's folder, for example runs/<run_id>.", show_default=False)]


@app.callback()
def rooftree() -> None:
    """Rebalances each household's accounts as one portfolio: tax lots, wash sales, asset location, a reason for every trade.

    [bold]Try it[/bold]

      rooftree run examples/maple_wealth                 the example firm, into runs/<run_id>
      rooftree run examples/maple_wealth --direct        the same without Prefect, in a hurry
      rooftree findings runs/<run_id>                    what was held back, most dollars first
      rooftree explain H-1001 --firm examples/maple_wealth   why each of its trades is there
      rooftree rules check examples/maple_wealth         the policy alone
      rooftree monitor examples/maple_wealth             who is due, and why
      rooftree status examples/maple_wealth              how the nights go; `rooftree doctor` says what would spoil the next

    [bold]Exit codes[/bold]  0 done; 1 some households wait for a person, or there are findings; 2 it could not be done.
    """


@app.command()
def run(
    firm: Firm,
    as_of: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The extract day to use.", show_default="the latest", metavar="DATE")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Where the run goes.", show_default="runs/<run_id>", metavar="DIR")] = None,
    direct: Annotated[bool, typer.Option("--direct", help="Without Prefect: the same functions, started sooner.")] = False,
    warehouse: Annotated[
        Path | None, typer.Option(help="The DuckDB file of this firm.", show_default=".rooftree/<firm>.duckdb", envvar="ROOFTREE_WAREHOUSE")
    ] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes that solve.", show_default="by the size of the book")] = None,
    pdf: Annotated[bool, typer.Option("--pdf/--no-pdf", help="PDFs beside the HTML reports of proposed households.")] = True,
    dask: Annotated[
        str | None,
        typer.Option(
            help="Do the batches on Dask: `local` for a cluster of this machine, or the scheduler's address.",
            show_default="processes of this machine",
            envvar="ROOFTREE_DASK",
            metavar="ADDRESS",
        ),
    ] = None,
) -> None:
    """Rebalance a firm's book: extracts in, trades and reports out, all of it in one new folder.

    The folder appears complete or not at all. The same inputs, policy and versions give the same run_id and the same bytes.

      rooftree run examples/maple_wealth --as-of 2026-06-30 --out /tmp/june
      rooftree run examples/maple_wealth --dask local
    """
    from flows.settings import Request

    request = Request(firm, as_of.date() if as_of else None, out, warehouse, workers, pdf, dask)
    with plain_errors():
        if direct and dask:
            raise typer.BadParameter("--dask goes through Prefect, and --direct does without it")
        finished = _run(request, direct)
    from flows.say import out as console
    from flows.say import print_run

    print_run(console(), finished)
    raise typer.Exit(0 if finished.all_decided else 1)


@app.command()
def findings(
    run: Run,
    household: Annotated[str | None, typer.Option(help="Only this household's.", show_default="all", metavar="ID")] = None,
    severity: Annotated[Level | None, typer.Option(help="Only these.", show_default="all")] = None,
    form: Annotated[Form, typer.Option("--format", help="For people, machines, or GitHub.")] = "text",
) -> None:
    """List what a run found: errors first, and among them the most dollars at stake first.

    rooftree findings runs/<run_id> --severity error
    """
    from flows.run_folder import findings_in
    from flows.say import out, print_findings
    from validation.render import exit_code

    with plain_errors():
        found = [each for each in findings_in(run) if household in (None, each.household_id) and severity in (None, each.severity.value)]
    print_findings(out(), found, form)
    raise typer.Exit(exit_code(found))


def _run(request: Request, direct: bool) -> Finished:
    """Make the run while somebody watches."""
    from flows.log import keep_log
    from flows.progress import CLOCK, Clock
    from flows.say import err
    from flows.settings import demand_firm
    from flows.watching import ended_by_signals, watching

    keep_log()
    demand_firm(request.firm)
    with watching(err()) as watcher, ended_by_signals(watcher) as heedful:
        CLOCK.set(Clock(heedful))
        if direct:
            from flows.rebalance import rebalance

            return rebalance(request)
        from flows.book import run_flow

        return run_flow(request)


def main() -> None:
    """The entry point of the command `rooftree`. What it writes is client data: of owner and group, whatever the shell's mask allows."""
    os.umask(os.umask(0o007) | 0o007)
    app(prog_name="rooftree")
