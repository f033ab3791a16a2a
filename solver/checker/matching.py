"""Which shares of a loss a purchase replaces, matched share by share (26 U.S.C. § 1091; Treas. Reg. § 1.1091-1).

Loss shares in the order in which they were acquired, replacement shares in the order of theirs: those of the last 30 days
that stay, then today's purchases in the household's order of accounts. Every replacement share is used once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from rules.language.wash_sale import WashSale
from solver.outcome import Side
from validation.units import ZERO, cents

if TYPE_CHECKING:
    from solver.checker.book import Book, SoldLot

WINDOW = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Washed:
    """Dollars of a lot's loss, positive: disallowed this year, and of that lost because an untaxed account replaces it."""

    disallowed_usd: Decimal = ZERO
    lost_usd: Decimal = ZERO


NOTHING_WASHED = Washed()


def group_of(book: Book, symbol: str) -> str:
    """The identity group of a symbol; one without a group, or unknown, is identical to itself only."""
    security = book.household.securities.get(symbol)
    return (security.identity_group if security else "") or symbol


def washed_by_sale(book: Book) -> Mapping[int, Washed]:
    """By the id of a sold lot, what of its loss is washed."""
    losses: dict[tuple[frozenset[str], str], list[SoldLot]] = defaultdict(list)
    for sold in book.sold_lots:
        if sold.gain_usd is not None and sold.gain_usd < 0:
            losses[book.household.wash_scope_of(sold.account.taxpayer_id), group_of(book, sold.lot.symbol)].append(sold)
    found: dict[int, Washed] = {}
    for (scope, group), sales in losses.items():
        queue = [each for each in (*_kept(book, scope, group), *_bought(book, scope, group)) if each[0] > 0]
        for sold in sorted(sales, key=_by_acquisition):
            found[id(sold)] = _take(sold, queue)
    return found


def _by_acquisition(sold: SoldLot) -> tuple[date, str, str, str]:
    return sold.lot.acquired_date or date.min, sold.lot.account_id, sold.lot.symbol, sold.lot.lot_id


def _take(sold: SoldLot, queue: list[tuple[Decimal, bool]]) -> Washed:
    """Match the lot's shares with the head of the queue, and use that up."""
    left, matched, lost = sold.quantity, ZERO, ZERO
    while queue and left > 0:
        count, untaxed = queue.pop(0)
        shares = min(count, left)
        left, matched, lost = left - shares, matched + shares, lost + (shares if untaxed else ZERO)
        if shares < count:
            queue.insert(0, (count - shares, untaxed))
    loss = -(sold.gain_usd or ZERO)
    return Washed(cents(loss * matched / sold.quantity), cents(loss * lost / sold.quantity)) if matched else NOTHING_WASHED


def _kept(book: Book, scope: frozenset[str], group: str) -> Iterator[tuple[Decimal, bool]]:
    """(shares, whether in an untaxed account) bought in the last 30 days and held after the run, the earliest first."""
    household = book.household
    rules = book.policy.of(WashSale)
    held_away = not rules or any(placed.rule.include_held_away for placed in rules)
    sold: dict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
    for trade in book.trades:
        if trade.side is Side.SELL:
            sold[trade.account_id, trade.symbol, ""] += trade.quantity
            for lot in trade.lots:
                sold[trade.account_id, trade.symbol, lot.lot_id] += lot.quantity
    left: dict[tuple[str, str, str], Decimal] = {}
    purchases = [each for each in household.recent_purchases if each.trade_date >= household.as_of - WINDOW]
    for each in sorted(purchases, key=lambda one: (one.trade_date, one.account_id, one.symbol, one.lot_id)):
        if each.taxpayer_id not in scope or group_of(book, each.symbol) != group:
            continue
        account = household.account.get(each.account_id)
        if account is None:
            if held_away or each.account_id:
                yield each.quantity, False
            continue
        key = (each.account_id, each.symbol, each.lot_id)
        if key not in left:
            position = book.positions.get(key[:2])
            lots = [lot.quantity for lot in position.lots if lot.lot_id == each.lot_id] if position else []
            total = sum(lots, ZERO) if each.lot_id else position.quantity if position else ZERO
            left[key] = total - sold[key]
        shares = max(ZERO, min(each.quantity, left[key]))
        left[key] -= shares
        yield shares, not account.is_taxable


def _bought(book: Book, scope: frozenset[str], group: str) -> Iterator[tuple[Decimal, bool]]:
    order = {account.account_id: place for place, account in enumerate(book.household.accounts)}
    for trade in sorted(book.trades, key=lambda each: (order[each.account_id], each.symbol)):
        account = book.account_of(trade)
        if trade.side is Side.BUY and account.taxpayer_id in scope and group_of(book, trade.symbol) == group:
            yield trade.quantity, not account.is_taxable
