"""Blocks: what several accounts buy or sell of one security at one custodian on one day is one order, at one average price.

Every account gets the same share of what is filled: pro rata to what it asked for, never first come, first served. What
whole shares leave over goes one share each to the largest remainders; equal remainders are drawn by a hash of block and
account, which nobody chooses, which favours no account from day to day, and which an examiner can repeat.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import ROUND_DOWN, Decimal

from flows.orders.desk import BlockAccount
from flows.orders.records import Allocation, Block, Order
from validation.units import ZERO, cents

SHARE_STEP = Decimal("0.00000001")


def pro_rata(filled: Decimal, wanted: Mapping[str, Decimal], step: Decimal, lottery: str = "") -> dict[str, Decimal]:
    """What each account gets of `filled` shares when it asked for `wanted`, in multiples of `step`: largest remainder.

    The parts sum to `filled` exactly, and no account gets more than it asked for. Only an account that asked for a part of a
    step (a position closed with its fraction) can be given one. Raises ValueError where that many shares cannot be allocated.
    """
    total = sum(wanted.values(), ZERO)
    if filled == total > ZERO:
        return dict(wanted)
    if not ZERO <= filled < total or filled % step:
        raise ValueError(f"{filled} of {total} shares in steps of {step} cannot be allocated")
    exact = {account: filled * asked / total for account, asked in wanted.items()}
    given = {account: (part / step).to_integral_value(ROUND_DOWN) * step for account, part in exact.items()}
    left = filled - sum(given.values(), ZERO)
    largest_first = sorted(wanted, key=lambda account: (given[account] - exact[account], _drawn(lottery, account)))
    # Twice: where fractions were asked for, one step each may not be enough.
    for account in (*largest_first, *largest_first):
        more = min(step, wanted[account] - given[account], left)
        given[account] += more
        left -= more
    return given


def _drawn(lottery: str, account: str) -> str:
    return hashlib.sha256(f"{lottery}\x00{account}".encode()).hexdigest()


def in_blocks(
    orders: Iterable[Order], custodian: str, as_of: date, block_account: BlockAccount | None
) -> tuple[list[Order], list[Block], list[Allocation]]:
    """The orders that stay single, and the others as blocks with their allocations: an order goes out in exactly one way.

    Orders of two accounts or more in one security and on one side are a block. It waits for sales where any of its orders does.
    """
    groups: dict[tuple[str, str], list[Order]] = defaultdict(list)
    for order in orders:
        groups[order.side, order.security_id].append(order)
    single, blocks, allocations = [], [], []
    for members in groups.values():
        if len({order.account_number for order in members}) < 2:
            single += members
            continue
        block = _block(members, custodian, as_of, block_account or BlockAccount(""))
        blocks.append(block)
        broker = block_account.executing_broker if block_account else ""
        allocations += [_allocation(block, order, broker) for order in members]
    return single, blocks, allocations


def _block(members: list[Order], custodian: str, as_of: date, account: BlockAccount) -> Block:
    first = members[0]
    quantity = sum((order.quantity for order in members), ZERO)
    return Block(
        block_id=f"{as_of.isoformat()}-{custodian}-{first.security_id}-{first.side}", block_account=account.number, symbol=first.symbol,
        security_id=first.security_id, cusip=first.cusip, side=first.side, quantity=quantity, price=first.price,
        price_date=first.price_date, notional=cents(quantity * first.price), sequence=max(order.sequence for order in members),
        accounts=len(members),
    )  # fmt: skip


def _allocation(block: Block, order: Order, broker: str) -> Allocation:
    return Allocation(
        block_id=block.block_id, block_account=block.block_account, executing_broker=broker, order_id=order.order_id,
        household_id=order.household_id, account_id=order.account_id, account_number=order.account_number, symbol=order.symbol,
        security_id=order.security_id, cusip=order.cusip, side=order.side, quantity=order.quantity,
        share_frac=(order.quantity / block.quantity).quantize(SHARE_STEP), price=order.price, notional=order.notional,
        sequence=block.sequence, relief=order.relief, lots=order.lots, household_waits=order.household_waits,
    )  # fmt: skip
