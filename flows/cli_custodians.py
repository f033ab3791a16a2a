"""`rooftree custodians …`: what the house makes of a custodian's file, and the start of a profile for a new layout."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from flows.custodians.check import FileCheck, Tie

app = typer.Typer(name="custodians", no_args_is_help=True, help="Read one file of a custodian; start a profile for a new layout.")
UNUSABLE = 2
SHOWN = 20
"""Rejected rows printed in full."""


@app.command()
def check(
    file: Annotated[Path, typer.Argument(help="A file as the custodian delivered it.", show_default=False)],
    custodian: Annotated[
        str,
        typer.Option(help="The custodian's folder name, where a layout depends on it.", show_default="the file's folder", metavar="NAME"),
    ] = "",
) -> None:
    """Say which profile reads the file, how many rows it gives, what was rejected and why, and whether its totals tie.

      rooftree custodians check examples/maple_wealth/extracts/2026-11-20/juniper/lots.csv

    Every line of the file is a fact, rejected, or ignored by a rule of the profile (headers, blank lines, disclaimers); the
    three add up. A file that no profile reads, or several, is said with the nearest header and what differs. Totals that
    the file states of itself tie, do not tie, or cannot be compared, because a row of them has no figure.

    Exit code 0: read whole; 1: something was rejected or does not tie; 2: nothing could be read.
    """
    from flows.custodians.check import check_file
    from validation.render import render

    if not file.is_file():
        typer.echo(f"error: there is no file {file}", err=True)
        raise typer.Exit(UNUSABLE)
    checked = check_file(file, custodian)
    typer.echo("\n".join(_lines(checked)))
    if checked.parsed.findings:
        typer.echo("\n" + render(checked.parsed.findings, "text"), nl=False)
    raise typer.Exit(0 if checked.is_clean else 1 if checked.parsed.is_usable else UNUSABLE)


@app.command()
def new(sample: Annotated[Path, typer.Argument(help="A sample of the new layout.", show_default=False)]) -> None:
    """Print a first profile for a new layout; every column that no known profile reads is marked for a person to name.

      rooftree custodians new sample.csv > flows/custodians/newbank.yaml

      rooftree custodians check sample.csv

    Name the columns that are marked with a question, put the file among the profiles, and check the sample until nothing is
    rejected and its totals tie. flows/custodians/README.md shows a profile in one look.
    """
    from flows.custodians.start import UnreadableSample, start_profile
    from validation.render import render

    if not sample.is_file():
        typer.echo(f"error: there is no file {sample}", err=True)
        raise typer.Exit(UNUSABLE)
    try:
        typer.echo(start_profile(sample), nl=False)
    except UnreadableSample as unreadable:
        typer.echo(render(unreadable.findings, "text"), nl=False, err=True)
        raise typer.Exit(UNUSABLE) from None


def _lines(checked: FileCheck) -> list[str]:
    parsed = checked.parsed
    lines = [f"{checked.path}: {checked.title or 'no profile reads this layout'}"]
    if checked.title:
        lines.append(f"profile    {parsed.profile} {parsed.profile_version}, {parsed.encoding}, as of {parsed.as_of or 'an unknown day'}")
    rejected, ignored = len(parsed.rejects), len(parsed.ignored)
    lines.append(f"lines      {parsed.lines:,}: {parsed.fact_count:,} facts, {rejected:,} rejected, {ignored:,} ignored by a rule")
    lines += [f"rows       {count:,} {table.replace('_', ' ')}" for table, count in checked.rows_by_table.items()]
    lines += [f"total      {_tied(tie)}" for tie in checked.ties]
    lines += [f"rejected   line {reject.line_no}: {reject.reason}" for reject in parsed.rejects[:SHOWN]]
    if len(parsed.rejects) > SHOWN:
        lines.append(f"+{len(parsed.rejects) - SHOWN} more rejected")
    return lines


def _tied(tie: Tie) -> str:
    what = " ".join(filter(None, (tie.measure.replace("_", " "), tie.account_ref, tie.symbol)))
    if tie.ties is None:
        return f"{what} {tie.reported}: nothing to compare with"
    return f"{what} {tie.reported}: ties" if tie.ties else f"{what} {tie.reported}: DOES NOT TIE, the rows say {tie.computed}"
