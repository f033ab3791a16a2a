"""What can leave the house, one record per grain: an order, a block of several, its allocation to one account, a lot to relieve.

A field's name is the word by which an outbound profile asks for it. Quantities are shares, prices dollars per share;
`notional` is quantity × price in cents, an estimate until the custodian fills.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Order:
    """One order in one account.

    security_id         what the custodian takes for the security: its symbol, respelt, or its CUSIP
    sequence            1 at once; 2 when the account's sales of sequence 1 are filled, for their cash pays for it
    relief              `specific` where lot instructions go with it, else the account's own method; empty for a purchase
    household_waits     how many other orders of the household, anywhere, are in an unsendable list
    """

    order_id: str
    household_id: str
    account_id: str
    account_number: str
    symbol: str
    security_id: str
    cusip: str
    side: str
    quantity: Decimal
    price: Decimal
    price_date: date | None
    notional: Decimal
    sequence: int = 1
    relief: str = ""
    lots: int = 0
    household_waits: int = 0


@dataclass(frozen=True, slots=True)
class Block:
    """One security bought or sold for several accounts at once, in the firm's own account at the custodian."""

    block_id: str
    block_account: str
    symbol: str
    security_id: str
    cusip: str
    side: str
    quantity: Decimal
    price: Decimal
    price_date: date | None
    notional: Decimal
    sequence: int
    accounts: int


@dataclass(frozen=True, slots=True)
class Allocation:
    """One account's part of a block, at the block's average price. `share_frac` is its part of the block when fully filled."""

    block_id: str
    block_account: str
    executing_broker: str
    order_id: str
    household_id: str
    account_id: str
    account_number: str
    symbol: str
    security_id: str
    cusip: str
    side: str
    quantity: Decimal
    share_frac: Decimal
    price: Decimal
    notional: Decimal
    sequence: int
    relief: str = ""
    lots: int = 0
    household_waits: int = 0


@dataclass(frozen=True, slots=True)
class LotInstruction:
    """A lot that a sale relieves. `custodian_lot_id` is empty where the custodian has none; then date, unit cost and the
    lot's open quantity name it (`named_by`: `lot_id` or `date_quantity_cost`)."""

    order_id: str
    account_id: str
    account_number: str
    symbol: str
    security_id: str
    named_by: str
    custodian_lot_id: str
    acquired_date: date | None
    unit_cost: Decimal | None
    lot_quantity: Decimal
    quantity: Decimal
    term: str
    price: Decimal
    notional: Decimal


@dataclass(frozen=True, slots=True)
class Unsendable:
    """An order that stays in the house: why, and what would let it go. `account_number` as far as it is known."""

    trade_id: str
    household_id: str
    account_id: str
    account_number: str
    symbol: str
    side: str
    quantity: Decimal
    notional: Decimal
    reason_code: str
    reason: str
    remedy: str


Record: TypeAlias = Order | Block | Allocation | LotInstruction | Unsendable
GRAINS: dict[str, type[Order] | type[Block] | type[Allocation] | type[LotInstruction]] = {
    "order": Order, "block": Block, "allocation": Allocation, "lot": LotInstruction,
}  # fmt: skip
"""The grain of a file, as a profile names it → the record of one row."""
