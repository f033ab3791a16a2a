"""What is done to proposals: submitted after a run, approved or rejected by people, approved by policy, ended by the calendar or
by newer data. Every function takes an open ledger and the time, and returns what changed."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from flows.approvals.ledger import Ledger
from flows.approvals.proposals import Proposal, RunProposals, needs_of
from flows.approvals.states import POLICY, Standing, State, is_among, last_left, open_of, standings
from flows.operations import Operations
from flows.settings import unusable
from validation.trading_days import trading_days_between


@dataclass(frozen=True, slots=True)
class Moment:
    """When something is done: the clock's time, and the day that prices are judged on (today, unless a person says otherwise; the
    ledger keeps both)."""

    at: datetime
    day: date


@dataclass(frozen=True, slots=True)
class Submitted:
    """What came of a run: household ids."""

    waiting: tuple[str, ...]
    by_policy: tuple[str, ...]
    superseded: tuple[str, ...]
    blind: tuple[str, ...] = ()
    """Ended at once: orders of the household left after the day of the run's data."""
    was_there: bool = False


def submit(ledger: Ledger, run: RunProposals, first: Iterable[str], operations: Operations, moment: Moment, who: str) -> Submitted:
    """Enter a run's proposals. `first`: households that were never rebalanced before. The same run again changes nothing.

    Whatever an older run still has open for a household of this one is superseded, also where this one proposes nothing: the
    household has been looked at with newer data. Raises FirmUnusable for a run that is older than an open one.
    """
    known, first = standings(ledger.entries), set(first)
    if _is_entered(ledger, run.run_id):
        return Submitted((), (), (), was_there=True)
    newer = [each for each in open_of(known).values() if each.as_of > run.as_of and each.household_id in run.statuses]
    if newer:
        message = f"run {run.run_id} is of {run.as_of}, and a run of {newer[0].as_of} has open proposals"
        raise unusable("older-run", message, "the newest run is the one to decide on")
    superseded = [each for name, each in sorted(open_of(known).items()) if name in run.statuses and each.run_id != run.run_id]
    if superseded:
        ledger.append(moment.at, State.SUPERSEDED, who, f"run {run.run_id} looked at the household again", proposals=_keys(superseded))
    waiting, by_policy, fresh = list[str](), list[str](), list[dict[str, Any]]()
    for proposal in run.proposals:
        needs = needs_of(proposal, operations.approval, is_first=proposal.household_id in first)
        (waiting if needs else by_policy).append(proposal.household_id)
        if (run.run_id, proposal.household_id) in known:
            continue  # an earlier submission of this run died on the way
        fresh.append({
            "run_id": run.run_id, "household_id": proposal.household_id, "as_of": run.as_of.isoformat(),
            "proposal_sha256": proposal.sha256, "trades": proposal.trades, "notional_usd": str(proposal.notional_usd),
            "tax_usd": None if proposal.tax_usd is None else str(proposal.tax_usd), "needs": list(needs),
            "approvers": operations.approval.approvers,
        })  # fmt: skip
    ledger.append_all(moment.at, "proposed", who, fresh)
    blind = _end_blind(ledger, run, moment)
    waiting, by_policy = ([each for each in names if each not in blind] for names in (waiting, by_policy))
    found = standings(ledger.entries)
    ready = [each for each in by_policy if found[run.run_id, each].state is State.PROPOSED]
    if ready:
        why = "nothing in operations.yaml holds it back"
        ledger.append(moment.at, State.APPROVED, POLICY, why, by_policy=True, proposals=[[run.run_id, each] for each in ready])
    ledger.append(moment.at, "submitted", who, run_id=run.run_id, as_of=run.as_of.isoformat(), households=len(run.statuses))
    return Submitted(tuple(waiting), tuple(by_policy), tuple(each.household_id for each in superseded), blind)


def _end_blind(ledger: Ledger, run: RunProposals, moment: Moment) -> tuple[str, ...]:
    """End proposals of this run for households whose orders left after the day that the run knows: they would trade the same again."""
    found = standings(ledger.entries)
    left = last_left(found)
    mine = [each for each in found.values() if each.run_id == run.run_id and each.state.is_open and each.household_id in left]
    blind = [each for each in mine if _is_blind(each, left[each.household_id])]
    if blind:
        why = "orders of an earlier run left the house after the day of this run's data, which does not know them"
        ledger.append(moment.at, State.SUPERSEDED, POLICY, why, on=moment.day.isoformat(), proposals=_keys(blind))
    return tuple(each.household_id for each in blind)


def _is_blind(standing: Standing, left: Standing) -> bool:
    return standing.as_of <= left.as_of or standing.as_of < (left.left_on or date.min)


def reopen(ledger: Ledger, operations: Operations, proposals: Iterable[Proposal], first: Iterable[str], moment: Moment) -> list[Standing]:
    """Send approved proposals back to people where operations.yaml, as it is now, asks for more than it did: for a person where policy
    approved, or for one more. `proposals`: those of the runs that are still there."""
    found, first, wanted = standings(ledger.entries), set(first), operations.approval.approvers
    back = list[Standing]()
    for proposal in proposals:
        standing = found.get((proposal.run_id, proposal.household_id))
        if standing is None or standing.state is not State.APPROVED:
            continue
        needs = needs_of(proposal, operations.approval, is_first=proposal.household_id in first)
        people = [each for each in standing.approved_by if each != POLICY]
        if needs and len(people) < wanted:
            why = "operations.yaml now asks for more than when it was approved"
            said = {"proposals": _keys([standing]), "needs": list(needs), "approvers": wanted}
            ledger.append(moment.at, "reopened", POLICY, why, on=moment.day.isoformat(), **said)
            back.append(standing)
    return back


def never_rebalanced(firm: Path) -> set[str]:
    """Households of the firm without a last rebalancing."""
    with (firm / "reference" / "households.csv").open(encoding="utf-8-sig", newline="") as page:
        return {row["household_id"] for row in csv.DictReader(page) if not (row.get("last_rebalanced") or "").strip()}


def approve(ledger: Ledger, households: Sequence[str], who: str, why: str, moment: Moment, run_id: str | None = None) -> list[Standing]:
    """A person approves the open proposals of these households; all or none. Raises FirmUnusable for a household that has none."""
    return _decide(ledger, households, State.APPROVED, who, why, moment, run_id, (State.PROPOSED,))


def reject(ledger: Ledger, households: Sequence[str], who: str, why: str, moment: Moment, run_id: str | None = None) -> list[Standing]:
    """A person rejects them, approved or not, with a reason; all or none."""
    if not why.strip():
        raise unusable("nobody-decided", "a rejection has no reason", "--why says it, for whoever asks later")
    return _decide(ledger, households, State.REJECTED, who, why, moment, run_id, (State.PROPOSED, State.APPROVED))


def expire(ledger: Ledger, operations: Operations, moment: Moment) -> list[Standing]:
    """End every open proposal whose prices are older than operations.yaml lets them be."""
    limit = operations.prices.expire_after_trading_days
    old = [each for each in open_of(standings(ledger.entries)).values() if trading_days_between(each.as_of, moment.day) > limit]
    if old:
        why = f"its prices are older than {limit} trading day{'' if limit == 1 else 's'} on {moment.day}"
        ledger.append(moment.at, State.EXPIRED, POLICY, why, on=moment.day.isoformat(), proposals=_keys(old))
    return old


def void_changed(ledger: Ledger, firm: Path, inputs_of: Mapping[str, Mapping[str, str]], moment: Moment) -> list[Standing]:
    """End open proposals whose run read a file that is another one now (a custodian corrected it, a reference file was edited).

    `inputs_of`: run id → path → SHA-256, as the run's record has them; a run whose record is gone is left alone here, and
    cannot be released either.
    """
    custodians, ended = _custodians(firm), list[Standing]()
    for run_id, inputs in inputs_of.items():
        changed = _changed(firm, inputs)
        if not changed:
            continue
        delivered = {path.split("/")[2] for path in changed if path.startswith("extracts/") and path.count("/") > 2}
        everybody = any(not path.startswith("extracts/") for path in changed)
        hit = [
            each for each in open_of(standings(ledger.entries)).values()
            if each.run_id == run_id and (everybody or custodians.get(each.household_id, set()) & delivered)
        ]  # fmt: skip
        if hit:
            named = ", ".join(changed[:3]) + (f" and {len(changed) - 3} more" if len(changed) > 3 else "")
            ledger.append(moment.at, State.SUPERSEDED, POLICY, f"changed since the run read it: {named}"[:480], proposals=_keys(hit))
            ended += hit
    return ended


def _decide(
    ledger: Ledger, households: Sequence[str], state: State, who: str, why: str, moment: Moment, run_id: str | None,
    allowed: Sequence[State],
) -> list[Standing]:  # fmt: skip
    if is_among(who, [POLICY]):
        raise unusable("nobody-decided", f"`{POLICY}` is no person", "--who names the one who decides")
    found = open_of(standings(ledger.entries))
    chosen = [found[name] for name in dict.fromkeys(households) if name in found and found[name].state in allowed]
    mine = {each.household_id for each in chosen}
    missing = [name for name in dict.fromkeys(households) if name not in mine]
    if missing:
        more = f", and {len(missing) - 1} more have none" if len(missing) > 1 else ""
        message = f"{missing[0]} has no proposal that could be {state}{more}"
        raise unusable("nothing-to-decide", message, "`rooftree proposals` lists what is open; nothing was changed")
    if run_id is not None and any(each.run_id != run_id for each in chosen):
        other = next(each for each in chosen if each.run_id != run_id)
        raise unusable("another-run", f"the open proposal of {other.household_id} is of run {other.run_id}", "look at that run first")
    if state is State.APPROVED and any(is_among(who, each.approved_by) for each in chosen):
        raise unusable("approved-already", f"{who.strip()} approved {chosen[0].household_id} already", "another person has to")
    # What was looked at is what is decided on: the hashes stand in the entry.
    hashes = [each.sha256 for each in chosen]
    ledger.append(moment.at, state, who, why, on=moment.day.isoformat(), proposals=_keys(chosen), sha256_of=hashes)
    after = standings(ledger.entries)
    return [after[each.run_id, each.household_id] for each in chosen]


def _is_entered(ledger: Ledger, run_id: str) -> bool:
    return any(entry.event == "submitted" and entry.said["run_id"] == run_id for entry in ledger.entries)


def _keys(chosen: Iterable[Standing]) -> list[list[str]]:
    return [[each.run_id, each.household_id] for each in chosen]


def _changed(firm: Path, inputs: Mapping[str, str]) -> list[str]:
    return [path for path, digest in inputs.items() if _digest(firm / path) != digest]


def _digest(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""


def _custodians(firm: Path) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    with (firm / "reference" / "accounts.csv").open(encoding="utf-8-sig", newline="") as page:
        for row in csv.DictReader(page):
            found.setdefault(row.get("household_id") or "", set()).add(row.get("custodian") or "")
    return found
