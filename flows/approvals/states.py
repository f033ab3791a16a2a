"""Entries → where every proposal stands. The ledger says what happened; nothing else remembers it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from flows.approvals.ledger import Entry

Key = tuple[str, str]
"""(run_id, household_id)."""
POLICY = "policy"
"""Who approves where operations.yaml lets it, and who ends what is too old."""


class State(StrEnum):
    """Where a proposal stands; the last four are ends."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    RELEASING = "releasing"
    RELEASED = "released"
    REJECTED = "rejected"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"

    @property
    def is_open(self) -> bool:
        """Whether somebody may still decide on it."""
        return self in (State.PROPOSED, State.APPROVED)


@dataclass(slots=True)
class Standing:
    """One proposal: where it stands, since when, by whom and why."""

    run_id: str
    household_id: str
    as_of: date
    sha256: str
    trades: int
    notional_usd: Decimal
    tax_usd: Decimal | None
    needs: tuple[str, ...]
    approvers: int
    """How many different people must approve."""
    state: State = State.PROPOSED
    since: datetime | None = None
    who: str = ""
    why: str = ""
    approved_by: list[str] = field(default_factory=list)
    release_id: str = ""
    left_on: date | None = None
    """The day on which its release was begun: from then on its orders may be traded."""


def standings(entries: Iterable[Entry]) -> dict[Key, Standing]:
    """Every proposal that was ever submitted, in the order of submission."""
    found: dict[Key, Standing] = {}
    for entry in entries:
        if entry.event == "proposed":
            standing = _submitted(entry)
            found[standing.run_id, standing.household_id] = standing
            continue
        for run_id, household_id in entry.said.get("proposals", []):
            _apply(found[run_id, household_id], entry)
    return found


def open_of(found: Mapping[Key, Standing]) -> dict[str, Standing]:
    """Household → its proposal on which somebody may still decide; a household has one at most."""
    return {standing.household_id: standing for standing in found.values() if standing.state.is_open}


def is_among(who: str, names: Iterable[str]) -> bool:
    """Whether a person is one of these, letter case aside."""
    return who.strip().casefold() in {name.casefold() for name in names}


def last_left(found: Mapping[Key, Standing]) -> dict[str, Standing]:
    """Household → its proposal whose orders left the house last, also where that release is not ended yet."""
    left = [standing for standing in found.values() if standing.left_on is not None]
    return {standing.household_id: standing for standing in sorted(left, key=lambda each: (each.left_on or date.min, each.as_of))}


def unfinished_releases(entries: Iterable[Entry]) -> dict[str, Entry]:
    """Releases that were begun and not ended, by id."""
    begun: dict[str, Entry] = {}
    for entry in entries:
        if entry.event == "releasing":
            begun[entry.said["release_id"]] = entry
        elif entry.event in ("released", "undone"):
            begun.pop(entry.said["release_id"], None)
    return begun


def _submitted(entry: Entry) -> Standing:
    said = entry.said
    tax = said["tax_usd"]
    return Standing(
        said["run_id"], said["household_id"], date.fromisoformat(said["as_of"]), said["proposal_sha256"], int(said["trades"]),
        Decimal(said["notional_usd"]), None if tax is None else Decimal(tax), tuple(said["needs"]), int(said["approvers"]),
        since=entry.at, who=entry.who,
    )  # fmt: skip


def _apply(standing: Standing, entry: Entry) -> None:
    if entry.event == "approved":
        if not is_among(entry.who, standing.approved_by):
            standing.approved_by.append(entry.who)
        if entry.said.get("by_policy") or len(standing.approved_by) >= standing.approvers:
            standing.state = State.APPROVED
    elif entry.event == "undone":
        standing.state, standing.left_on, standing.release_id = State.APPROVED, None, ""
    elif entry.event == "reopened":
        standing.state, standing.needs = State.PROPOSED, tuple(entry.said["needs"])
        standing.approvers = int(entry.said["approvers"])
        standing.approved_by = [each for each in standing.approved_by if each != POLICY]
    else:
        standing.state = State(entry.event)
    if entry.event == "releasing":
        standing.left_on = date.fromisoformat(entry.said["on"])
    if entry.event in ("releasing", "released"):
        standing.release_id = entry.said["release_id"]
    standing.since, standing.who, standing.why = entry.at, entry.who, entry.why
