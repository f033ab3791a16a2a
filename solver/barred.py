"""What must not be bought after losses were taken: the identity group, in every account of the scope, for 30 days."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from solver.outcome import Barred, Trade
from validation.household import Household

WINDOW_DAYS = 30
"""On each side of a sale at a loss (26 U.S.C. § 1091(a))."""


def barred_after(household: Household, trades: Iterable[Trade]) -> tuple[Barred, ...]:
    """One record per wash scope and identity group in which the trades take a loss, in trade order."""
    taken: dict[tuple[frozenset[str], str], None] = {}
    for trade in trades:
        if any(lot.gain_usd is not None and lot.gain_usd < 0 for lot in trade.lots):
            scope = household.wash_scope_of(household.account[trade.account_id].taxpayer_id)
            taken[scope, household.securities[trade.symbol].identity_group or trade.symbol] = None
    return tuple(_barred(household, scope, group) for scope, group in taken)


def _barred(household: Household, scope: frozenset[str], group: str) -> Barred:
    symbols = tuple(sorted(symbol for symbol, each in household.securities.items() if (each.identity_group or symbol) == group))
    accounts = [account for account in household.accounts if account.taxpayer_id in scope]
    held = {position.account_id for position in household.positions if position.symbol in symbols}
    reinvesting = tuple(account.account_id for account in accounts if account.reinvest_dividends and account.account_id in held)
    until = household.as_of + timedelta(days=WINDOW_DAYS)
    return Barred(symbols, until, tuple(account.account_id for account in accounts), reinvesting)
