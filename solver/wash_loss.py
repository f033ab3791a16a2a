"""Which losses of an arbitrary trade list the law disallows, share by share (26 U.S.C. § 1091; Treas. Reg. § 1.1091-1).

Replacement shares of an identity group are those the list itself buys and those bought in the last 30 days that are still
held after it, in every account of the wash scope and held away. They are matched in the order of their acquisition with
the loss shares in the order of theirs; each replacement share is used once. A loss that an untaxed account replaces is
lost for good; elsewhere it moves into the replacement's basis. Losses realised before this list are left as they were
reported.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from solver.outcome import LotSale, Side, Trade
from validation.household import Household
from validation.units import ZERO, Usd, cents

WINDOW_DAYS = 30


@dataclass(frozen=True, slots=True)
class WashedLoss:
    """The disallowed part of one lot's loss, dollars ≥ 0; `permanent_usd` is the part of it that no basis takes up."""

    account_id: str
    symbol: str
    lot_id: str
    taxpayer_id: str
    disallowed_usd: Usd
    permanent_usd: Usd


@dataclass(slots=True)
class _Replacement:
    acquired: date
    left: Decimal
    untaxed: bool


def with_washed_losses(household: Household, trades: Iterable[Trade]) -> tuple[Trade, ...]:
    """The same trades, each lot's `disallowed_usd` set to what the list washes of it."""
    listed = tuple(trades)
    washed = {(each.account_id, each.symbol, each.lot_id): each.disallowed_usd for each in washed_losses(household, listed)}
    if not washed:
        return listed

    def marked(trade: Trade, sale: LotSale) -> LotSale:
        return replace(sale, disallowed_usd=washed.get((trade.account_id, trade.symbol, sale.lot_id), ZERO))

    return tuple(replace(trade, lots=tuple(marked(trade, sale) for sale in trade.lots)) if trade.lots else trade for trade in listed)


def washed_losses(household: Household, trades: Iterable[Trade]) -> tuple[WashedLoss, ...]:
    """Every loss of the list that is disallowed in whole or in part, by wash scope and identity group."""
    listed = tuple(trades)
    losses: dict[tuple[frozenset[str], str], list[tuple[Trade, LotSale]]] = defaultdict(list)
    for trade in listed:
        account = household.account[trade.account_id]
        for sale in trade.lots:
            if account.is_taxable and sale.gain_usd is not None and sale.gain_usd < 0:
                losses[household.wash_scope_of(account.taxpayer_id), identity_of(household, trade.symbol)].append((trade, sale))
    held = _still_held(household, listed) if losses else {}
    found: list[WashedLoss] = []
    for (scope, group), sales in losses.items():
        found.extend(_match(household, sales, _replacements(household, listed, scope, group, held)))
    return tuple(found)


def identity_of(household: Household, symbol: str) -> str:
    """The identity group of a symbol; what the firm has not grouped, or does not know, is identical to itself only."""
    security = household.securities.get(symbol)
    return (security.identity_group or symbol) if security else symbol


def _replacements(
    household: Household, trades: Sequence[Trade], scope: frozenset[str], group: str, held: dict[tuple[str, str, str], Decimal]
) -> list[_Replacement]:
    """Replacement shares of one group, the earliest acquired first, today's purchases last and in account order."""
    found: list[_Replacement] = []
    first_day = household.as_of - timedelta(days=WINDOW_DAYS)
    for purchase in sorted(household.recent_purchases, key=lambda each: (each.trade_date, each.account_id, each.symbol, each.lot_id)):
        if purchase.taxpayer_id not in scope or purchase.trade_date < first_day or identity_of(household, purchase.symbol) != group:
            continue
        account = household.account.get(purchase.account_id)
        shares = purchase.quantity
        if account is not None:
            key = (purchase.account_id, purchase.symbol, purchase.lot_id)
            shares = min(shares, held.get(key, ZERO))
            held[key] = held.get(key, ZERO) - max(ZERO, shares)
        if shares > 0:
            found.append(_Replacement(purchase.trade_date, shares, account is not None and not account.is_taxable))
    order = {account.account_id: place for place, account in enumerate(household.accounts)}
    for trade in sorted(trades, key=lambda each: (order[each.account_id], each.symbol)):
        account = household.account[trade.account_id]
        if trade.side is Side.BUY and account.taxpayer_id in scope and identity_of(household, trade.symbol) == group:
            found.append(_Replacement(household.as_of, trade.quantity, not account.is_taxable))
    return found


def _still_held(household: Household, trades: Sequence[Trade]) -> dict[tuple[str, str, str], Decimal]:
    """Shares of what was bought lately that are left after the list's sales: by (account, symbol, lot id) and, under the
    empty lot id, by position."""
    left: dict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
    recent = {(each.account_id, each.symbol) for each in household.recent_purchases}
    for position in household.positions:
        if (position.account_id, position.symbol) in recent:
            left[position.account_id, position.symbol, ""] += position.quantity
            for lot in position.lots:
                left[position.account_id, position.symbol, lot.lot_id] += lot.quantity
    for trade in trades:
        if trade.side is Side.SELL and (trade.account_id, trade.symbol) in recent:
            left[trade.account_id, trade.symbol, ""] -= trade.quantity
            for sale in trade.lots:
                left[trade.account_id, trade.symbol, sale.lot_id] -= sale.quantity
    return left


def _match(household: Household, sales: list[tuple[Trade, LotSale]], replacements: list[_Replacement]) -> list[WashedLoss]:
    found: list[WashedLoss] = []
    oldest_first = sorted(sales, key=lambda each: (each[1].acquired_date or date.min, each[0].account_id, each[0].symbol, each[1].lot_id))
    for trade, sale in oldest_first:
        matched = permanent = ZERO
        for replacement in replacements:
            shares = min(replacement.left, sale.quantity - matched)
            if shares > 0:
                replacement.left -= shares
                matched += shares
                permanent += shares if replacement.untaxed else ZERO
        if matched:
            loss = -(sale.gain_usd or ZERO)
            taxpayer_id = household.account[trade.account_id].taxpayer_id
            disallowed, lost = cents(loss * matched / sale.quantity), cents(loss * permanent / sale.quantity)
            found.append(WashedLoss(trade.account_id, trade.symbol, sale.lot_id, taxpayer_id, disallowed, lost))
    return found
