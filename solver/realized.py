"""Gains and losses that a list of trades realises, by term and by taxpayer.

A lot's allowed part is its gain plus whatever of a loss was disallowed: losses are ≤ 0, disallowed losses stand apart.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from solver.outcome import Term, Trade
from validation.household import Household
from validation.units import ZERO, Usd


@dataclass(frozen=True, slots=True)
class Realized:
    """Dollars in cents; losses ≤ 0, disallowed ≥ 0."""

    st_gains: Usd = ZERO
    st_losses: Usd = ZERO
    lt_gains: Usd = ZERO
    lt_losses: Usd = ZERO
    disallowed: Usd = ZERO

    @property
    def net_st(self) -> Usd:
        return self.st_gains + self.st_losses

    @property
    def net_lt(self) -> Usd:
        return self.lt_gains + self.lt_losses

    @property
    def net(self) -> Usd:
        return self.net_st + self.net_lt

    def __add__(self, other: Realized) -> Realized:
        return Realized(
            self.st_gains + other.st_gains,
            self.st_losses + other.st_losses,
            self.lt_gains + other.lt_gains,
            self.lt_losses + other.lt_losses,
            self.disallowed + other.disallowed,
        )


def realized_by_taxpayer(household: Household, trades: Iterable[Trade]) -> dict[str, Realized]:
    """Every taxpayer of the household, in file order, with what the trades realise in their taxable accounts."""
    found = {taxpayer_id: Realized() for taxpayer_id in household.taxpayer}
    for trade in trades:
        account = household.account[trade.account_id]
        if not account.is_taxable:
            continue
        total = found[account.taxpayer_id]
        for sale in trade.lots:
            if sale.gain_usd is not None:
                total += _of_sale(sale.gain_usd, sale.disallowed_usd, sale.term)
        found[account.taxpayer_id] = total
    return found


def _of_sale(gain: Usd, disallowed: Usd, term: Term | None) -> Realized:
    allowed = gain + disallowed
    if term is Term.LT:
        return Realized(lt_gains=max(allowed, ZERO), lt_losses=min(allowed, ZERO), disallowed=disallowed)
    return Realized(st_gains=max(allowed, ZERO), st_losses=min(allowed, ZERO), disallowed=disallowed)
