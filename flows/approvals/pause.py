"""Approval in Prefect's own UI: a flow that stops, shows what waits, takes a person's word, and releases. The same ledger, the same acts.

A run that a deployment made is suspended: its process ends, and on resume the flow begins again from the top, so nothing that was
decided is decided twice. A run without a deployment waits in its process. Prefect checks only the form of what a person enters, and
answers a wrong form with a refused resume, not with an error; a household that does not wait is asked about again here.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from flows.settings import be_private

be_private()

from prefect import flow, get_run_logger  # noqa: E402 - it reads its settings when it is imported
from prefect.flow_runs import pause_flow_run, suspend_flow_run  # noqa: E402
from prefect.input import RunInput  # noqa: E402
from prefect.runtime import deployment  # noqa: E402
from pydantic import Field  # noqa: E402

from flows.approvals.desk import Moment, approve, reject  # noqa: E402
from flows.approvals.ledger import open_ledger  # noqa: E402
from flows.approvals.release import look_again, release  # noqa: E402
from flows.approvals.states import Standing, State, is_among, standings  # noqa: E402
from flows.approvals.telling import tell  # noqa: E402
from flows.operations import read_operations  # noqa: E402
from flows.record import now  # noqa: E402
from flows.settings import RELEASES, RUNS, demand_firm, ledger_of  # noqa: E402
from validation.findings import FirmUnusable  # noqa: E402

ROUNDS = 5
"""How often a person is asked again after an answer that cannot be carried out."""
ANSWER_SECONDS = 24 * 3600
POLL_SECONDS = 5


class Decisions(RunInput):
    """What the form asks."""

    who: str = Field(description="your name, for the ledger")
    why: str = Field("", description="the reason; a rejection needs one")
    approve: list[str] = Field([], description="households, by id")
    reject: list[str] = Field([], description="households, by id")


@flow(name="approve-and-release", persist_result=False)
def approve_and_release(firm: str, ledger: str | None = None, runs: str | None = None, releases: str | None = None) -> str:
    """Ask a person about the proposals that wait, enter the answer into the firm's ledger, and release what is approved."""
    place = Path(firm)
    demand_firm(place)
    book = ledger_of(place, Path(ledger) if ledger else None)
    found = Path(runs) if runs else RUNS
    waiting, trouble = waiting_in(place, book, found), ""
    for number in range(1, ROUNDS + 1):
        if not waiting and number == 1 and not _was_asked():
            break
        answer = _ask(number, waiting, trouble)
        trouble = carry_out(place, book, found, answer)
        if not trouble:
            break
        get_run_logger().warning("the answer was not carried out: %s", trouble)
    with open_ledger(book) as opened:
        done = release(opened, place, read_operations(place), found, Path(releases) if releases else RELEASES, "prefect", moment())
    households = sum(len(each.households) for each in done)
    sentence = f"{households} households released" if done else "nothing was released"
    get_run_logger().info(sentence)
    return f"{sentence}; not carried out: {trouble}" if trouble else sentence


def moment() -> Moment:
    """Now."""
    at = now()
    return Moment(at, at.date())


def waiting_in(firm: Path, book: Path, runs: Path) -> list[Standing]:
    """The proposals that wait for a person, after the calendar and the custodians have had their word."""
    with open_ledger(book) as opened:
        look_again(opened, firm, read_operations(firm), runs, moment())
        return [each for each in standings(opened.entries).values() if each.state is State.PROPOSED]


def carry_out(firm: Path, book: Path, runs: Path, answer: Decisions) -> str:
    """Enter a person's answer, all of it or nothing; why it cannot be, in words, else empty. The same answer again changes nothing."""
    twice = sorted(set(answer.approve) & set(answer.reject))
    if twice:
        return f"{twice[0]} is both approved and rejected"
    with open_ledger(book) as opened:
        look_again(opened, firm, read_operations(firm), runs, moment())
        known = list(standings(opened.entries).values())
        yes = [each for each in answer.approve if not _is_done(each, known, answer.who, State.APPROVED)]
        no = [each for each in answer.reject if not _is_done(each, known, answer.who, State.REJECTED)]
        still_open = {each.household_id for each in known if each.state.is_open}
        strangers = [each for each in (*yes, *no) if each not in still_open]
        if strangers:
            return f"{strangers[0]} has no proposal that waits"
        try:
            if no:
                reject(opened, no, answer.who, answer.why, moment())
            if yes:
                approve(opened, yes, answer.who, answer.why, moment())
        except FirmUnusable as refused:
            return refused.findings[0].message
    return ""


def _is_done(household_id: str, known: Sequence[Standing], who: str, wanted: State) -> bool:
    """Whether this person's word on the household's newest proposal stands already: the flow began again after it."""
    mine = [each for each in known if each.household_id == household_id]
    if not mine:
        return False
    newest = mine[-1]
    if wanted is State.REJECTED:
        return newest.state is State.REJECTED and is_among(who, [newest.who])
    return is_among(who, newest.approved_by) and newest.state is not State.REJECTED


def _was_asked() -> bool:
    """Whether this run has been suspended before and begins again: then its first answer is there to be read."""
    from prefect.runtime import flow_run

    return int(flow_run.run_count or 0) > 1


def _ask(number: int, waiting: Sequence[Standing], trouble: str) -> Decisions:
    """Stop until a person has answered. The key is the same when the flow begins again, so an answer is read and not asked for twice."""
    head = f"**Not carried out: {trouble}.**\n\n" if trouble else ""
    lines = "".join(f"- {line}\n" for line in tell(waiting, everything=False))
    form = Decisions.with_initial_data(description=f"{head}{len(waiting)} proposals wait for a person:\n\n{lines}")
    key = f"approval-{number}"
    if deployment.id:
        answer = suspend_flow_run(wait_for_input=form, timeout=ANSWER_SECONDS, key=key)
    else:
        answer = pause_flow_run(wait_for_input=form, timeout=ANSWER_SECONDS, poll_interval=POLL_SECONDS, key=key)
    return answer
