"""`orders/<custodian>/…` of a run folder: what each custodian is sent, what stays in the house, and the control totals.

<the profile's files>   orders, lot instructions, blocks, allocations: an order stands in exactly one of them
unsendable.csv          orders that stay in the house, with the reason and what would let them go
manifest.csv            file, rows, sum of quantity, sum of notional, SHA-256: what was read must be what was written
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import date
from pathlib import Path

from flows.cells import table
from flows.orders.blocks import in_blocks
from flows.orders.catalogue import profile_of
from flows.orders.desk import Desk
from flows.orders.drawing import Draft
from flows.orders.layout import MANIFEST, Sent, cells_of, files_of, sent, written
from flows.orders.profile import OutboundProfile
from flows.orders.records import Allocation, Block, Order, Record, Unsendable
from solver.outcome import Side
from templates.filters import file_name
from validation.findings import Finding, Place, Scope, Severity
from validation.units import ZERO

ORDERS = "orders"
UNSENDABLE = tuple(field.name for field in fields(Unsendable))
ONE = {"masked-account-number": "their account numbers are masked", "no-account-number": "their account numbers are not known"}


def write_orders(folder: Path, drafts: Mapping[str, Draft], as_of: date, desk: Desk) -> list[Finding]:
    """Write orders/ into a run folder, from each custodian's draft; nothing where nothing was proposed. Returns one finding per
    custodian and reason for what cannot be sent."""
    findings: list[Finding] = []
    for custodian, draft in drafts.items():
        place = f"{ORDERS}/{file_name(custodian)}"
        (folder / place).mkdir(parents=True)
        written_files = files_for(custodian, draft, as_of, desk)
        for file in written_files:
            (folder / place / file.name).write_bytes(file.content)
        (folder / place / "manifest.csv").write_bytes(table(MANIFEST, [file.totals() for file in written_files]).encode())
        findings += _told(custodian, draft, place)
    return findings


def files_for(custodian: str, draft: Draft, as_of: date, desk: Desk) -> list[Sent]:
    """The custodian's files in the profile's order, and the unsendable list."""
    profile = profile_of(custodian)
    account = desk.block_accounts.get(custodian.lower())
    single, blocks, allocations = list(draft.orders), list[Block](), list[Allocation]()
    if profile.blocks == "always" or (profile.blocks == "with_block_account" and account is not None):
        single, blocks, allocations = in_blocks(draft.orders, custodian, as_of, account)
        single, blocks, allocations = _as_far_as_they_fit(profile, draft.orders, single, blocks, allocations)
    single.sort(key=lambda each: (each.sequence, each.account_number, _sales_first(each), each.symbol))
    blocks.sort(key=lambda each: (each.sequence, _sales_first(each), each.symbol))
    allocations.sort(key=lambda each: (each.sequence, _sales_first(each), each.symbol, each.account_number))
    records: Mapping[str, Sequence[Record]] = {"order": single, "block": blocks, "allocation": allocations, "lot": draft.instructions}
    files = [each for file in profile.files for each in files_of(file, records[file.grain])]
    rows = [[written(name, getattr(record, name)) for name in UNSENDABLE] for record in draft.unsendable]
    return [*files, sent("unsendable.csv", UNSENDABLE, rows, draft.unsendable)]


def _sales_first(record: Order | Block | Allocation) -> bool:
    return record.side != Side.SELL


def _as_far_as_they_fit(
    profile: OutboundProfile, orders: Sequence[Order], single: list[Order], blocks: list[Block], allocations: list[Allocation]
) -> tuple[list[Order], list[Block], list[Allocation]]:
    """The same without blocks that do not fit the custodian's columns: their orders go one by one."""
    unfit = {
        record.block_id
        for file in profile.files if file.grain in ("block", "allocation")
        for record in (blocks if file.grain == "block" else allocations)
        if any(column.width and len(cell) > column.width for column, cell in zip(file.columns, cells_of(file, record), strict=True))
    }  # fmt: skip
    alone = {each.order_id for each in allocations if each.block_id in unfit}
    return (
        [*single, *(order for order in orders if order.order_id in alone)],
        [block for block in blocks if block.block_id not in unfit],
        [each for each in allocations if each.block_id not in unfit],
    )


def _told(custodian: str, draft: Draft, place: str) -> Iterator[Finding]:
    """One finding per reason: how many orders, of how many dollars, stay in the house."""
    total = len(draft.orders) + len(draft.unsendable)
    for code, count in sorted(Counter(each.reason_code for each in draft.unsendable).items()):
        held = [each for each in draft.unsendable if each.reason_code == code]
        why = ONE.get(code, held[0].reason if count == 1 else f"{code.replace('-', ' ')}, for example {held[0].trade_id}")
        yield Finding(
            "unsendable-orders", Severity.WARNING, Scope.FILE, f"{count} of {total} orders for {custodian} cannot be sent: {why}",
            held[0].remedy, Place(f"{place}/unsendable.csv"), subject=custodian,
            at_stake_usd=sum((each.notional for each in held), ZERO),
        )  # fmt: skip
