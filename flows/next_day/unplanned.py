"""Trades that nobody sent: fills in a managed account that the run did not ask for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from flows.next_day.difference import Difference, done, taken
from flows.next_day.filled import Reported
from flows.next_day.sent import SentTrade
from flows.next_day.tax import Gains, HouseholdTax, gains_of
from validation.household import Household
from validation.units import ZERO, cents


def unplanned(
    trades: Sequence[SentTrade], told: Reported, households: Mapping[str, Household], taxes: Mapping[str, HouseholdTax], blind: set[str]
) -> Iterator[Difference]:
    """Fills that no trade of the run asked for, in managed accounts of the households that were traded."""
    sent = {(trade.account_id, trade.symbol, trade.side) for trade in trades}
    home_of = {account.account_id: home for home in households.values() for account in home.accounts if account.is_traded}
    for (account_id, symbol, side), fill in sorted(told.fills.items()):
        if (account_id, symbol, side) in sent or account_id not in home_of or account_id in blind or not symbol:
            continue
        home = home_of[account_id]
        account = home.account[account_id]
        lots = told.relieved.get((account_id, symbol), []) if side == "SELL" else []
        realized = gains_of((each.term, each.gain) for each in lots if each.gain is not None)
        tax = taxes[home.household_id].effect(account_id, Gains(), realized) if account.is_taxable else ZERO
        if account.is_taxable:
            taxes[home.household_id].add(account_id, Gains(), realized)
        yield Difference(
            "unplanned", home.household_id, account_id, account.custodian, "", symbol, side, ZERO, fill.quantity, None, fill.price, "",
            taken(lots), ZERO if account.is_taxable and lots else None, cents(realized.total) if account.is_taxable and lots else None,
            tax, cents(fill.amount or ZERO), f"{done(fill.quantity, symbol, side)}, which the run did not ask for",
        )  # fmt: skip
