"""Approved proposals → order files, once.

releases/<release_id>/
    orders/<custodian>/…   as a run's orders/, of the approved households alone: blocks and allocations are made anew over them
    release.json           what was released: runs, households, the hashes that were approved, who

The id is a hash of what is released. The ledger says `releasing` before the folder appears and `released`, with the SHA-256 of every
file, after it stands. Whoever comes after a death in between finds the folder, whole, and ends the entry; or finds none: then nobody
has seen an order, the release is undone, and what was approved is judged again, for its prices may be too old by now. So files are
neither lost nor doubled, and what is released can no longer be rejected.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flows.approvals.desk import Moment, expire, never_rebalanced, reopen, void_changed
from flows.approvals.ledger import Entry, Ledger
from flows.approvals.proposals import read_run
from flows.approvals.states import Standing, State, open_of, standings, unfinished_releases
from flows.batches.merge import drafts_in
from flows.operations import Operations
from flows.orders.desk import Desk, read_desk
from flows.orders.drawing import Draft
from flows.orders.write import write_orders
from flows.run_folder import appearing, clear_dead, sync_files, sync_folder
from flows.settings import unusable
from validation.findings import Finding, Scope, Severity

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
    done = list(_recover(ledger, releases, moment))
    look_again(ledger, firm, operations, runs, moment)
    found = standings(ledger.entries)
    ready = [each for each in found.values() if each.state is State.APPROVED]
    if not ready:
        return done
    _demand_unchanged(ready, runs)
    _demand_known(ready, ledger, releases)
    keys, hashes = [[each.run_id, each.household_id] for each in ready], [each.sha256 for each in ready]
    release_id = hashlib.sha256(json.dumps([keys, hashes]).encode()).hexdigest()[:ID_LENGTH]
    said: dict[str, Any] = {"release_id": release_id, "on": moment.day.isoformat(), "proposals": keys, "sha256_of": hashes}
    entry = ledger.append(moment.at, State.RELEASING, who, **said)
    with appearing(releases / release_id) as folder:
        findings = _write(folder, entry, ready, runs, desk)
        sync_files(folder)
    sync_folder(releases)
    return [*done, _ended(ledger, entry, releases / release_id, moment, findings)]


def look_again(ledger: Ledger, firm: Path, operations: Operations, runs: Path, moment: Moment) -> list[Standing]:
    """End the open proposals whose prices are too old or whose data has changed, and send back to people what operations.yaml now
    asks them for; what was ended or sent back."""
    open_runs = {each.run_id for each in open_of(standings(ledger.entries)).values()}
    ended = [*expire(ledger, operations, moment), *void_changed(ledger, firm, inputs_of(runs, open_runs), moment)]
    approved = {each.run_id for each in standings(ledger.entries).values() if each.state is State.APPROVED}
    there = [proposal for run_id in sorted(approved) if (runs / run_id).is_dir() for proposal in read_run(runs / run_id).proposals]
    return [*ended, *(reopen(ledger, operations, there, never_rebalanced(firm), moment) if there else [])]


def inputs_of(runs: Path, run_ids: Iterable[str]) -> dict[str, dict[str, str]]:
    """Run id → what it read, of the runs that are still there."""
    found = {}
    for run_id in sorted(run_ids):
        try:
            found[run_id] = dict(json.loads((runs / run_id / "run.json").read_text(encoding="utf-8"))["inputs"])
        except (OSError, ValueError, KeyError):
            continue
    return found


def _recover(ledger: Ledger, releases: Path, moment: Moment) -> Iterator[Released]:
    """End releases that died after their folder stood, and undo those that died before; clear away their hidden folders."""
    clear_dead(releases / "any")
    for release_id, entry in unfinished_releases(ledger.entries).items():
        if (releases / release_id).is_dir():
            yield _ended(ledger, entry, releases / release_id, moment, was_begun=True)
        else:
            why = "it died before its files stood; nobody has seen them"
            ledger.append(moment.at, "undone", entry.who, why, release_id=release_id, proposals=entry.said["proposals"])


def _ended(
    ledger: Ledger, entry: Entry, folder: Path, moment: Moment, findings: Sequence[Finding] = (), *, was_begun: bool = False
) -> Released:
    """Say that the release stands, and which files it is."""
    release_id, proposals = entry.said["release_id"], entry.said["proposals"]
    ledger.append(moment.at, State.RELEASED, entry.who, release_id=release_id, proposals=proposals, files=hashes_of(folder))
    return Released(release_id, folder, tuple(household_id for _, household_id in proposals), tuple(findings), was_begun)


def changed_releases(entries: Iterable[Entry], releases: Path) -> list[Finding]:
    """A finding per release whose folder does not hold the files that left the house."""
    ended = {entry.said["release_id"]: entry for entry in entries if entry.event == "released"}
    return [
        _differs(release_id, f"{releases / release_id} does not hold the files that were released, as entry {entry.number} names them")
        for release_id, entry in ended.items()
        if hashes_of(releases / release_id) != entry.said["files"]
    ]


def _differs(release_id: str, message: str) -> Finding:
    help = "what custodians were sent is in their own records; the backup has the files as they were"
    return Finding("release-differs", Severity.ERROR, Scope.FILE, message, help, subject=release_id)


def hashes_of(folder: Path) -> dict[str, str]:
    """Path below the folder → SHA-256, of every file."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def _write(folder: Path, entry: Entry, chosen: Sequence[Standing], runs: Path, desk: Desk) -> list[Finding]:
    drafts: dict[str, Draft] = {}
    for run_id in dict.fromkeys(each.run_id for each in chosen):
        households = {each.household_id for each in chosen if each.run_id == run_id}
        for custodian, draft in drafts_in(runs / run_id).items():
            mine = drafts.setdefault(custodian, Draft())
            orders = [each for each in draft.orders if each.household_id in households]
            ids = {order.order_id for order in orders}
            mine.orders += orders
            mine.instructions += [each for each in draft.instructions if each.order_id in ids]
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


def _demand_known(ready: Sequence[Standing], ledger: Ledger, releases: Path) -> None:
    """Raise FirmUnusable where a release of these very proposals lies there that this ledger knows nothing of: another ledger, or
    one that was lost (the firm's folder was moved, the working directory is another), would let them leave a second time."""
    known = {entry.said.get("release_id") for entry in ledger.entries}
    mine = {(each.run_id, each.household_id) for each in ready}
    for record in sorted(releases.glob("*/release.json")):
        if record.parent.name in known:
            continue
        page = json.loads(record.read_text(encoding="utf-8"))
        again = sorted(mine & {(each["run_id"], each["household_id"]) for each in page["proposals"]})
        if again:
            message = f"{record.parent} holds orders of {again[0][1]} of this run, and {ledger.path} does not know that they left"
            help = "--ledger names the ledger that released them; it has moved or was lost, and the backup has it"
            raise unusable("ledger-lost", message, help)


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
