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
from validation.household import Household, RecentPurchase
from validation.units import ZERO, Usd, cents

WINDOW_DAYS = 30


@dataclass(frozen=True, slots=True)
class WashedLoss:
    """The disallowed part of one lot's loss, dollars ≥ 0; `permanent_usd` is the part of it that no basis takes up. The same
    in shares: `shares` are washed, `lost_shares` of them by an untaxed account."""

    account_id: str
    symbol: str
    lot_id: str
    taxpayer_id: str
    disallowed_usd: Usd
    permanent_usd: Usd
    shares: Decimal
    lost_shares: Decimal

    @property
    def key(self) -> tuple[str, str, str]:
        return self.account_id, self.symbol, self.lot_id


@dataclass(slots=True)
class _Replacement:
    acquired: date
    left: Decimal
    untaxed: bool


def with_washed_losses(household: Household, trades: Iterable[Trade], *, held_away: bool = True) -> tuple[Trade, ...]:
    """The same trades, each lot's `disallowed_usd` and `lost_usd` set to what the list washes of it."""
    listed = tuple(trades)
    washed = {each.key: each for each in washed_losses(household, listed, held_away=held_away)}
    if not washed:
        return listed

    def marked(trade: Trade, sale: LotSale) -> LotSale:
        found = washed.get((trade.account_id, trade.symbol, sale.lot_id))
        disallowed, lost = (found.disallowed_usd, found.permanent_usd) if found else (ZERO, ZERO)
        return replace(sale, disallowed_usd=disallowed, lost_usd=lost)

    return tuple(replace(trade, lots=tuple(marked(trade, sale) for sale in trade.lots)) if trade.lots else trade for trade in listed)


def washed_losses(household: Household, trades: Iterable[Trade], *, held_away: bool = True) -> tuple[WashedLoss, ...]:
    """Every loss of the list that is disallowed in whole or in part, by wash scope and identity group.

    held_away   whether purchases in accounts held elsewhere count (the wash rule's `include_held_away`)
    """
    listed = tuple(trades)
    losses: dict[tuple[frozenset[str], str], list[tuple[Trade, LotSale]]] = defaultdict(list)
    for trade in listed:
        account = household.account[trade.account_id]
        for sale in trade.lots:
            if account.is_taxable and sale.gain_usd is not None and sale.gain_usd < 0:
                losses[household.wash_scope_of(account.taxpayer_id), identity_of(household, trade.symbol)].append((trade, sale))
    held = still_held(household, listed) if losses else {}
    found: list[WashedLoss] = []
    for (scope, group), sales in losses.items():
        lately = kept_purchases(household, scope, group, held, held_away=held_away)
        kept = [_Replacement(purchase.trade_date, shares, untaxed) for purchase, shares, untaxed in lately]
        found.extend(_match(household, sales, kept + _bought_today(household, listed, scope, group)))
    return tuple(found)


def identity_of(household: Household, symbol: str) -> str:
    """The identity group of a symbol; what the firm has not grouped, or does not know, is identical to itself only."""
    security = household.securities.get(symbol)
    return (security.identity_group or symbol) if security else symbol


def kept_purchases(
    household: Household, scope: frozenset[str], group: str, held: dict[tuple[str, str, str], Decimal], *, held_away: bool = True
) -> list[tuple[RecentPurchase, Decimal, bool]]:
    """(purchase of the last 30 days, shares of it that are kept, whether in an untaxed account), the earliest first.

    held   what of recent purchases is left (`still_held`); shares that are found here are taken from it
    """
    found: list[tuple[RecentPurchase, Decimal, bool]] = []
    first_day = household.as_of - timedelta(days=WINDOW_DAYS)
    for purchase in sorted(household.recent_purchases, key=lambda each: (each.trade_date, each.account_id, each.symbol, each.lot_id)):
        if purchase.taxpayer_id not in scope or purchase.trade_date < first_day or identity_of(household, purchase.symbol) != group:
            continue
        account = household.account.get(purchase.account_id)
        if account is None and not purchase.account_id and not held_away:
            continue
        shares = purchase.quantity
        if account is not None:
            key = (purchase.account_id, purchase.symbol, purchase.lot_id)
            shares = min(shares, held.get(key, ZERO))
            held[key] = held.get(key, ZERO) - max(ZERO, shares)
        if shares > 0:
            found.append((purchase, shares, account is not None and not account.is_taxable))
    return found


def _bought_today(household: Household, trades: Sequence[Trade], scope: frozenset[str], group: str) -> list[_Replacement]:
    """What the list itself buys of the group, in account order."""
    found: list[_Replacement] = []
    order = {account.account_id: place for place, account in enumerate(household.accounts)}
    for trade in sorted(trades, key=lambda each: (order[each.account_id], each.symbol)):
        account = household.account[trade.account_id]
        if trade.side is Side.BUY and account.taxpayer_id in scope and identity_of(household, trade.symbol) == group:
            found.append(_Replacement(household.as_of, trade.quantity, not account.is_taxable))
    return found


def still_held(household: Household, trades: Sequence[Trade]) -> dict[tuple[str, str, str], Decimal]:
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


def order_of_loss(acquired: date | None, account_id: str, symbol: str, lot_id: str) -> tuple[date, str, str, str]:
    """Losses of one day are matched in the order in which their shares were acquired (Treas. Reg. § 1.1091-1(b))."""
    return acquired or date.min, account_id, symbol, lot_id


def _match(household: Household, sales: list[tuple[Trade, LotSale]], replacements: list[_Replacement]) -> list[WashedLoss]:
    found: list[WashedLoss] = []
    oldest_first = sorted(sales, key=lambda each: order_of_loss(each[1].acquired_date, each[0].account_id, each[0].symbol, each[1].lot_id))
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
            found.append(WashedLoss(trade.account_id, trade.symbol, sale.lot_id, taxpayer_id, disallowed, lost, matched, permanent))
    return found
