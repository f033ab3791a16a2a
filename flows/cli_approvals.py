"""`rooftree submit`, `proposals`, `approve`, `reject`, `release`, `ledger …`: who decided what, and what left the house."""

from __future__ import annotations

import getpass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from flows.approvals.desk import Moment

ledger = typer.Typer(name="ledger", no_args_is_help=True, help="The ledger of approvals: show it, prove it, mend a half line.")

Firm = Annotated[Path, typer.Argument(help="The firm's folder.", show_default=False)]
Households = Annotated[list[str], typer.Argument(help="Households, as `rooftree proposals` lists them.", show_default=False)]
Who = Annotated[str, typer.Option(help="Who decides.", show_default="the user of this machine", default_factory=getpass.getuser)]
Book = Annotated[
    Path | None, typer.Option("--ledger", help="The firm's ledger.", show_default="ledgers/<firm>/ledger.jsonl", envvar="ROOFTREE_LEDGER")
]
Runs = Annotated[Path, typer.Option(help="Where run folders lie, by run id.")]
On = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%d"], help="The day to judge prices on; the ledger keeps it.", show_default="today", metavar="DATE"),
]  # fmt: skip
Releases = Annotated[Path, typer.Option(help="Where releases lie.")]
RUNS = Path("runs")
RELEASES = Path("releases")


def submit(
    run: Annotated[Path, typer.Argument(help="A run's folder, for example runs/<run_id>.", show_default=False)],
    firm: Firm,
    who: Who,
    book: Book = None,
    on: On = None,
) -> None:
    """Enter a run's proposals into the firm's ledger: from then on they wait for a person, or are approved by policy.

      rooftree submit runs/<run_id> examples/maple_wealth

    What an older run still has open for the same households is superseded. The same run again changes nothing.
    """
    from flows.plain_errors import plain_errors
    from flows.say import out

    with plain_errors():
        from flows.approvals.desk import never_rebalanced
        from flows.approvals.desk import submit as enter
        from flows.approvals.ledger import open_ledger
        from flows.approvals.proposals import read_run
        from flows.operations import read_operations
        from flows.settings import ledger_of

        operations, proposals = read_operations(firm), read_run(run)
        with open_ledger(ledger_of(firm, book)) as opened:
            done = enter(opened, proposals, never_rebalanced(firm), operations, _moment(on), who)
        if done.was_there:
            out().print(f"run {proposals.run_id} was submitted before; nothing changed", markup=False)
        else:
            told = f"{len(done.waiting)} wait for a person, {len(done.by_policy)} approved by policy"
            told += f", {len(done.superseded)} older ones superseded" if done.superseded else ""
            told += f", {len(done.blind)} ended: their orders left after this run's data" if done.blind else ""
            out().print(f"{len(proposals.proposals)} proposals of run {proposals.run_id}: {told}", markup=False, soft_wrap=True)


def proposals(
    firm: Firm,
    everything: Annotated[bool, typer.Option("--all", help="Ended ones, too.")] = False,
    book: Book = None,
    runs: Runs = RUNS,
    on: On = None,
) -> None:
    """List the proposals that wait, most dollars of tax first, and why; approved ones after them.

    Looking ends what cannot be decided any more: prices that are too old, data that was corrected.
    """
    from flows.plain_errors import plain_errors
    from flows.say import out

    with plain_errors():
        from flows.approvals.ledger import open_ledger
        from flows.approvals.release import look_again
        from flows.approvals.states import standings
        from flows.approvals.telling import tell
        from flows.operations import read_operations
        from flows.settings import ledger_of

        with open_ledger(ledger_of(firm, book)) as opened:
            look_again(opened, firm, read_operations(firm), runs, _moment(on))
            for line in tell(standings(opened.entries).values(), everything=everything):
                out().print(line, markup=False, soft_wrap=True)


def approve(
    firm: Firm, households: Households, who: Who, why: Annotated[str, typer.Option(help="A reason, if one is worth keeping.")] = "",
    run: Annotated[str | None, typer.Option(help="The run that was looked at: another one's proposals are not approved.")] = None,
    book: Book = None, runs: Runs = RUNS, on: On = None,
) -> None:  # fmt: skip
    """Approve the open proposals of these households: all of them, or none.

    rooftree approve examples/maple_wealth H-1001 H-1003 --who "Ruth Amsel"
    """
    _decided(firm, households, who, why, run, book, runs, on, approves=True)


def reject(
    firm: Firm, households: Households, who: Who, why: Annotated[str, typer.Option(help="The reason.", show_default=False)],
    run: Annotated[str | None, typer.Option(help="The run that was looked at.")] = None,
    book: Book = None, runs: Runs = RUNS, on: On = None,
) -> None:  # fmt: skip
    """Reject the open proposals of these households, approved or not. What was released cannot be rejected.

    rooftree reject examples/maple_wealth H-1002 --why "the client sells the house first"
    """
    _decided(firm, households, who, why, run, book, runs, on, approves=False)


def release(
    firm: Firm, who: Who, book: Book = None, runs: Runs = RUNS,
    releases: Releases = RELEASES, on: On = None,
) -> None:  # fmt: skip
    """Write the order files of everything that is approved, once, into releases/<release_id>/orders/.

    Blocks and allocations are made over what was approved alone. A release that died on its way is ended first; nothing is written
    twice and nothing lost.
    """
    from flows.plain_errors import plain_errors
    from flows.say import err, out, print_findings

    with plain_errors():
        from flows.approvals.ledger import open_ledger
        from flows.approvals.release import release as send
        from flows.operations import read_operations
        from flows.settings import ledger_of

        with open_ledger(ledger_of(firm, book)) as opened:
            done = send(opened, firm, read_operations(firm), runs, releases, who, _moment(on))
        for each in done:
            again = " (begun earlier, ended now)" if each.was_begun else ""
            out().print(f"release {each.release_id}{again}: {len(each.households)} households in {each.folder / 'orders'}", markup=False)
            print_findings(err(), each.unsendable)
        if not done:
            out().print("nothing is approved that was not released before", markup=False)


@ledger.command("verify")
def verify(firm: Firm, book: Book = None, releases: Releases = RELEASES) -> None:
    """Prove the ledger: every line is what was written, bound to the one before it, and none is missing; and that every release still
    holds the files that left the house. Exit code 1: a release does not.

    Keep the last hash somewhere else: only then can nobody write all of the ledger anew.
    """
    from flows.plain_errors import plain_errors
    from flows.say import out, print_findings

    with plain_errors():
        from flows.approvals.ledger import read_entries
        from flows.approvals.release import changed_releases
        from flows.settings import ledger_of

        entries = read_entries(ledger_of(firm, book))
        found = changed_releases(entries, releases)
        last = f", the last of {entries[-1].at:%Y-%m-%d %H:%M} UTC, {entries[-1].sha256}" if entries else ""
        out().print(f"{len(entries)} entries, the chain holds{last}", markup=False, soft_wrap=True)
        if found:
            print_findings(out(), found)
    raise typer.Exit(1 if found else 0)


@ledger.command("show")
def show(
    firm: Firm, household: Annotated[str | None, typer.Option(help="Only this household's.", metavar="ID")] = None, book: Book = None
) -> None:
    """Print every entry: when, what, who, which households, why."""
    from flows.plain_errors import plain_errors
    from flows.say import out

    with plain_errors():
        from flows.approvals.ledger import read_entries
        from flows.approvals.telling import tell_entry
        from flows.settings import ledger_of

        for entry in read_entries(ledger_of(firm, book)):
            line = tell_entry(entry, household)
            if line:
                out().print(line, markup=False, soft_wrap=True)


@ledger.command("mend")
def mend(firm: Firm, book: Book = None) -> None:
    """Set a half-written last line aside, after a machine died while writing it."""
    from flows.plain_errors import plain_errors
    from flows.say import out

    with plain_errors():
        from flows.approvals.ledger import mend as set_aside
        from flows.settings import ledger_of

        aside = set_aside(ledger_of(firm, book))
        out().print(f"the half line lies in {aside}" if aside else "the last line is whole; nothing was changed", markup=False)


def _decided(
    firm: Path, households: list[str], who: str, why: str, run: str | None, book: Path | None, runs: Path, on: datetime | None, *,
    approves: bool,
) -> None:  # fmt: skip
    from flows.plain_errors import plain_errors
    from flows.say import out

    with plain_errors():
        from flows.approvals import desk
        from flows.approvals.ledger import open_ledger
        from flows.approvals.release import look_again
        from flows.approvals.telling import tell_standing
        from flows.operations import read_operations
        from flows.settings import ledger_of

        with open_ledger(ledger_of(firm, book)) as opened:
            look_again(opened, firm, read_operations(firm), runs, _moment(on))
            done = (desk.approve if approves else desk.reject)(opened, households, who, why, _moment(on), run)
        for each in done:
            out().print(tell_standing(each), markup=False, soft_wrap=True)


def _moment(on: datetime | None) -> Moment:
    from flows.approvals.desk import Moment
    from flows.record import now

    at = now()
    return Moment(at, on.date() if on else at.date())
