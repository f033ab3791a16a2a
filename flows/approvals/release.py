"""Approved proposals → order files, once.

releases/<release_id>/
    orders/<custodian>/…   as a run's orders/, of the approved households alone: blocks and allocations are made anew over them
    release.json           what was released: runs, households, the hashes that were approved, who

The id is a hash of what is released. The ledger says `releasing` before the folder appears and `released` after it stands; whoever
comes after a death in between makes the same folder again from the same words and ends the entry. So files are neither lost
nor doubled, and what is released can no longer be rejected.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flows.approvals.desk import Moment, expire, void_changed
from flows.approvals.ledger import Entry, Ledger
from flows.approvals.proposals import read_run
from flows.approvals.states import Standing, State, open_of, standings, unfinished_releases
from flows.batches.merge import drafts_in
from flows.operations import Operations
from flows.orders.desk import Desk, read_desk
from flows.orders.drawing import Draft
from flows.orders.write import write_orders
from flows.run_folder import appearing
from flows.settings import unusable
from validation.findings import Finding

ID_LENGTH = 16


@dataclass(frozen=True, slots=True)
class Released:
    """One release that stands in its folder; `was_begun`: an earlier one that had died on its way."""

    release_id: str
    folder: Path
    households: tuple[str, ...]
    unsendable: tuple[Finding, ...]
    was_begun: bool = False


def release(ledger: Ledger, firm: Path, operations: Operations, runs: Path, releases: Path, who: str, moment: Moment) -> list[Released]:
    """End what earlier releases left open, then release everything that is approved and still holds. Empty where nothing is.

    `runs` holds the run folders by id. Raises FirmUnusable where a run is gone or its proposals are not what was approved;
    then nothing is released.
    """
    desk = read_desk(firm)
    done = [_finish(ledger, entry, runs, releases, desk, moment, was_begun=True) for entry in unfinished_releases(ledger.entries).values()]
    look_again(ledger, firm, operations, runs, moment)
    found = standings(ledger.entries)
    ready = [each for each in found.values() if each.state is State.APPROVED]
    if not ready:
        return done
    _demand_unchanged(ready, runs)
    keys, hashes = [[each.run_id, each.household_id] for each in ready], [each.sha256 for each in ready]
    release_id = hashlib.sha256(json.dumps([keys, hashes]).encode()).hexdigest()[:ID_LENGTH]
    said: dict[str, Any] = {"release_id": release_id, "on": moment.day.isoformat(), "proposals": keys, "sha256_of": hashes}
    entry = ledger.append(moment.at, State.RELEASING, who, **said)
    return [*done, _finish(ledger, entry, runs, releases, desk, moment)]


def look_again(ledger: Ledger, firm: Path, operations: Operations, runs: Path, moment: Moment) -> list[Standing]:
    """End the open proposals whose prices are too old or whose data has changed; what was ended."""
    open_runs = {each.run_id for each in open_of(standings(ledger.entries)).values()}
    return [*expire(ledger, operations, moment), *void_changed(ledger, firm, inputs_of(runs, open_runs), moment)]


def inputs_of(runs: Path, run_ids: Iterable[str]) -> dict[str, dict[str, str]]:
    """Run id → what it read, of the runs that are still there."""
    found = {}
    for run_id in sorted(run_ids):
        try:
            found[run_id] = dict(json.loads((runs / run_id / "run.json").read_text(encoding="utf-8"))["inputs"])
        except (OSError, ValueError, KeyError):
            continue
    return found


def _finish(ledger: Ledger, entry: Entry, runs: Path, releases: Path, desk: Desk, moment: Moment, *, was_begun: bool = False) -> Released:
    """Make the folder that a `releasing` entry speaks of, if it does not stand, and say that it does."""
    release_id, found = entry.said["release_id"], standings(ledger.entries)
    chosen = [found[run_id, household_id] for run_id, household_id in entry.said["proposals"]]
    _demand_unchanged(chosen, runs)
    target = releases / release_id
    findings: list[Finding] = []
    if not target.exists():
        with appearing(target) as folder:
            findings = _write(folder, entry, chosen, runs, desk)
    ledger.append(moment.at, State.RELEASED, entry.who, release_id=release_id, proposals=entry.said["proposals"])
    return Released(release_id, target, tuple(each.household_id for each in chosen), tuple(findings), was_begun)


def _write(folder: Path, entry: Entry, chosen: Sequence[Standing], runs: Path, desk: Desk) -> list[Finding]:
    drafts: dict[str, Draft] = {}
    for run_id in dict.fromkeys(each.run_id for each in chosen):
        households = {each.household_id for each in chosen if each.run_id == run_id}
        for custodian, draft in drafts_in(runs / run_id).items():
            mine = drafts.setdefault(custodian, Draft())
            orders = [each for each in draft.orders if each.household_id in households]
            mine.orders += orders
            mine.instructions += [each for each in draft.instructions if each.order_id in {order.order_id for order in orders}]
            mine.unsendable += [each for each in draft.unsendable if each.household_id in households]
    drafts = {name: draft for name, draft in sorted(drafts.items()) if draft.orders or draft.unsendable}
    findings = write_orders(folder, drafts, max(each.as_of for each in chosen), desk)
    page = {
        "release_id": entry.said["release_id"], "on": entry.said["on"], "who": entry.who,
        "proposals": [
            {"run_id": each.run_id, "household_id": each.household_id, "proposal_sha256": each.sha256, "approved_by": each.approved_by}
            for each in chosen
        ],
        "orders": {name: _totals(draft) for name, draft in drafts.items()},
    }  # fmt: skip
    (folder / "release.json").write_text(json.dumps(page, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return findings


def _totals(draft: Draft) -> Mapping[str, str | int]:
    return {
        "orders": len(draft.orders), "notional_usd": str(sum(each.notional for each in draft.orders)), "unsendable": len(draft.unsendable)
    }  # fmt: skip


def _demand_unchanged(chosen: Sequence[Standing], runs: Path) -> None:
    """Raise FirmUnusable unless every run is there and its proposals are, byte for byte, those that were approved."""
    for run_id in dict.fromkeys(each.run_id for each in chosen):
        if not (runs / run_id).is_dir():
            raise unusable("missing-run", f"run {run_id} is not in {runs}", "its folder is put back, or its proposals are rejected")
        now = {each.household_id: each.sha256 for each in read_run(runs / run_id).proposals}
        for each in chosen:
            if each.run_id == run_id and now.get(each.household_id) != each.sha256:
                message = f"what run {run_id} proposes for {each.household_id} is not what was approved"
                raise unusable("proposal-changed", message, "`rooftree verify` and the ledger show what happened; nothing was released")
