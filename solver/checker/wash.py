"""No loss that a purchase would wash: 30 days before and after, over the whole wash scope (26 U.S.C. § 1091)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from rules.language.wash_sale import WashSale
from rules.policy import PlacedRule
from solver.checker.book import Book, SoldLot, dollars, plain
from solver.checker.matching import WINDOW, group_of
from solver.outcome import Side
from validation.findings import Finding, Scope
from validation.units import ZERO


def check_wash_sales(book: Book) -> Iterator[Finding]:
    """In `avoid`: nothing of a group is bought in the scope in which its loss is sold, or was within 30 days; nothing
    bought within 30 days stays; no loss is disallowed. Elsewhere every disallowed loss is the one that share by share
    matching gives, and nothing is bought that an earlier loss bars."""
    rules = [placed for placed in book.policy.of(WashSale) if placed.rule.mode == "avoid" and placed.rule.strength.is_must]
    for placed in rules:
        for sold in _losses(book):
            yield from _washed(book, placed, sold)
    if not rules:
        for sold in _losses(book):
            yield from _figures(book, sold)
    for placed in rules or book.policy.of(WashSale):
        yield from _barred_purchases(book, placed)


def _figures(book: Book, sold: SoldLot) -> Iterator[Finding]:
    exact, stated = book.washed(sold), sold.stated
    for what, claimed, computed in (
        ("disallowed loss", stated.disallowed_usd, exact.disallowed_usd),
        ("loss that no basis takes up", stated.lost_usd, exact.lost_usd),
    ):
        if claimed != computed:
            said = f"lot {sold.lot.lot_id} of {sold.lot.symbol} in account {sold.account.account_id} states a {what} of {dollars(claimed)}"
            yield book.breach("wash-figures", sold.lot.lot_id, f"{said}, which is {dollars(computed)}", sold.lot.place, Scope.LOT)


def _losses(book: Book) -> list[SoldLot]:
    return [sold for sold in book.sold_lots if sold.gain_usd is not None and sold.gain_usd < 0]


def _washed(book: Book, placed: PlacedRule[WashSale], sold: SoldLot) -> Iterator[Finding]:
    household, group = book.household, group_of(book, sold.lot.symbol)
    scope = household.wash_scope_of(sold.account.taxpayer_id)
    where = f"lot {sold.lot.lot_id} of {sold.lot.symbol} in account {sold.account.account_id}"
    loss = f"a loss of {dollars(-(sold.gain_usd or ZERO))} on {where}"
    if sold.stated.disallowed_usd:
        yield book.rule_breach("wash-sale", placed, f"{loss} is taken although {dollars(sold.stated.disallowed_usd)} of it is disallowed")
    for trade in book.trades:
        if trade.side is Side.BUY and book.account_of(trade).taxpayer_id in scope and group_of(book, trade.symbol) == group:
            yield book.rule_breach("wash-sale", placed, f"{loss} is washed by the purchase of {trade.symbol} in account {trade.account_id}")
    for where, shares in _recent_and_held(book, group, scope, placed.rule.include_held_away):
        yield book.rule_breach("wash-sale", placed, f"{loss} is washed by {plain(shares)} shares bought within 30 days that stay {where}")


def _recent_and_held(book: Book, group: str, scope: frozenset[str], held_away: bool) -> Iterator[tuple[str, Decimal]]:
    """(where, shares) of the group bought in the last 30 days and still held after the run."""
    household = book.household
    first = household.as_of - WINDOW
    gone = {(each.lot.account_id, each.lot.symbol, each.lot.lot_id): each.quantity for each in book.sold_lots}
    seen: set[tuple[str, str, str]] = set()
    for purchase in household.recent_purchases:
        if purchase.taxpayer_id not in scope or group_of(book, purchase.symbol) != group:
            continue
        if not first <= purchase.trade_date <= household.as_of:
            continue
        account = household.account.get(purchase.account_id)
        if account is None:
            if held_away or purchase.account_id:
                yield "in an account held elsewhere", purchase.quantity
            continue
        left = book.shares_after.get((account.account_id, purchase.symbol), ZERO)
        key = (account.account_id, purchase.symbol, purchase.lot_id)
        if purchase.lot_id and account.is_taxable:
            seen.add(key)
            left = min(left, purchase.quantity - gone.get(key, ZERO))
        if left > 0:
            yield f"in account {account.account_id}", min(left, purchase.quantity)
    for (account_id, symbol), position in book.positions.items():
        account = household.account[account_id]
        if account.taxpayer_id not in scope or group_of(book, symbol) != group or not account.is_taxable:
            continue
        for lot in position.lots:
            key = (account_id, symbol, lot.lot_id)
            recent = lot.acquired_date is not None and first <= lot.acquired_date <= household.as_of
            if recent and key not in seen and lot.quantity > gone.get(key, ZERO):
                yield f"in account {account_id}", lot.quantity - gone.get(key, ZERO)


def _barred_purchases(book: Book, placed: PlacedRule[WashSale]) -> Iterator[Finding]:
    household = book.household
    for trade in book.trades:
        if trade.side is not Side.BUY:
            continue
        scope = household.wash_scope_of(book.account_of(trade).taxpayer_id)
        for past in household.recent_loss_sales:
            near = past.sold_date <= household.as_of <= past.sold_date + WINDOW
            if near and past.taxpayer_id in scope and group_of(book, past.symbol) == group_of(book, trade.symbol):
                said = f"{trade.symbol} is bought in account {trade.account_id}, a loss of {past.symbol} was taken on {past.sold_date}"
                yield book.rule_breach("wash-sale", placed, said)


def check_bars(book: Book) -> Iterator[Finding]:
    """Every harvested loss carries a day until which nothing of its group is bought in the scope, and names every
    account whose reinvestment must be off."""
    household = book.household
    until = household.as_of + WINDOW
    for sold in _losses(book):
        group, scope = group_of(book, sold.lot.symbol), household.wash_scope_of(sold.account.taxpayer_id)
        bars = [each for each in book.outcome.barred if sold.lot.symbol in each.symbols and each.until >= until]
        if not bars:
            said = f"a loss of {sold.lot.symbol} is taken in account {sold.account.account_id} without a bar on buying it until {until}"
            yield book.breach("missing-bar", sold.lot.symbol, said, scope=Scope.SECURITY)
            continue
        named = {account_id for each in bars for account_id in each.reinvestment_off}
        for account in household.accounts:
            held = (symbol for (owner, symbol), count in book.shares_after.items() if owner == account.account_id and count)
            reinvests = account.taxpayer_id in scope and account.reinvest_dividends and account.account_id not in named
            if reinvests and any(group_of(book, symbol) == group for symbol in held):
                said = f"account {account.account_id} reinvests dividends of {group} although a loss of it is taken"
                yield book.breach("missing-bar", account.account_id, said, account.place, Scope.ACCOUNT)
