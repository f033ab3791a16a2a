"""One way in which a trade was not done as it was sent: what, at what tax, and what can be done about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from flows.next_day.filled import Relieved
from flows.next_day.sent import NamedLot

NO_DIFFERENCE = frozenset({"not-sent"})
"""Listed, because the household's plan is incomplete without it, but done as the orders said."""
REMEDIES = {
    "wrong-lots": "lot relief can be corrected at the custodian until the sale settles (T+1); later, the books and the tax differ",
    "not-filled": "the order goes out again with the next run, or today by hand; until then the household is off its plan",
    "partly-filled": "the rest goes out again with the next run, or today by hand",
    "over-filled": "the custodian's trade desk reverses what was not ordered",
    "unfair-allocation": "the block's allocation can be corrected today: every account gets the same share of a partial fill",
    "basis-differs": "the custodian restated the cost after the run; the custodian's confirmation tells which is right",
    "loss-washed": "a purchase within thirty days that the run did not know of; reference/held_away.csv can name it for the next run",
    "lots-not-told": "the custodian's realised-gains report tells which lots were relieved",
    "not-delivered": "the account's extract of the day is missing or held back; its fills are unknown until it comes",
    "unplanned": "somebody else traded in the account; its owner or adviser knows why",
    "not-sent": "orders/<custodian>/unsendable.csv says what would let it go",
}


@dataclass(frozen=True, slots=True)
class Difference:
    """One trade that was not done as sent. Dollars; quantities in shares; `tax` is positive where more is owed than promised."""

    code: str
    household_id: str
    account_id: str
    custodian: str
    trade_id: str
    symbol: str
    side: str
    sent: Decimal
    filled: Decimal
    sent_price: Decimal | None
    fill_price: Decimal | None
    lots_named: str
    lots_relieved: str
    promised_gain: Decimal | None
    realized_gain: Decimal | None
    tax: Decimal
    stake: Decimal
    message: str

    @property
    def remedy(self) -> str:
        """What can be done about it."""
        return REMEDIES[self.code]

    @property
    def counts(self) -> bool:
        """Whether it is a difference between what was sent and what was done."""
        return self.code not in NO_DIFFERENCE


def named(lots: Sequence[NamedLot]) -> str:
    """The lots that a sale named, in one cell: shares of lot id."""
    return "; ".join(f"{number(lot.quantity)} of {lot.lot_id}" for lot in lots)


def taken(lots: Sequence[Relieved]) -> str:
    """The lots that were relieved, in one cell: shares of lot id, or of the day where the lot is not recognised."""
    return "; ".join(
        f"{number(each.quantity)} of {each.lot.lot_id if each.lot else each.acquired_date or 'an unknown lot'}" for each in lots
    )


def number(quantity: Decimal) -> str:
    """Shares without needless zeros."""
    return f"{quantity.normalize():f}"


def done(quantity: Decimal, symbol: str, side: str) -> str:
    """A trade in words: 100 BND sold."""
    return f"{number(quantity)} {symbol} {'sold' if side == 'SELL' else 'bought'}"
