"""Conservation: every account's shares and cash after the run are those before, plus trades, plus booked orders."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import TypeAlias

from rules.language.cash import Cash as CashRule
from solver.checker.book import Book, dollars, plain
from validation.findings import Finding, Scope
from validation.household import CASH, CashOrder, OrderKind
from validation.units import ZERO, cents

OrderKey: TypeAlias = tuple[OrderKind, str, date, bool]
"""kind, account (empty: the household), due, reserved."""


def check_holdings(book: Book) -> Iterator[Finding]:
    """`holdings_after` is exactly what the trades and orders leave: no share and no cent appears or disappears."""
    stated: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for (account_id, symbol), count in Counter((each.account_id, each.symbol) for each in book.outcome.holdings_after).items():
        if account_id not in book.household.account:
            yield book.breach("unknown-account", account_id, f"holdings stand in account {account_id}, which the household does not have")
        if count > 1:
            yield book.breach("holdings", account_id, f"account {account_id} lists {symbol} {count} times", scope=Scope.ACCOUNT)
    for holding in book.outcome.holdings_after:
        stated[holding.account_id, holding.symbol] += holding.quantity
        yield from _value(book, holding.symbol, holding.account_id, holding.quantity, holding.market_value_usd)
    exact = {key: count for key, count in book.shares_after.items() if count}
    exact.update({(account_id, CASH): amount for account_id, amount in book.cash_after.items()})
    for key in sorted({*exact, *(key for key, count in stated.items() if count)}):
        account_id, symbol = key
        here, there = stated.get(key, ZERO), exact.get(key, ZERO)
        if here != there and account_id in book.household.account:
            said = f"account {account_id} holds {plain(here)} of {symbol} after the run, by its trades and orders {plain(there)}"
            yield book.breach("holdings", account_id, said, scope=Scope.ACCOUNT)
    for (account_id, symbol), shares in book.shares_after.items():
        if shares < 0 and shares < book.shares_before.get((account_id, symbol), ZERO):
            said = f"account {account_id} ends {plain(-shares)} shares of {symbol} short"
            yield book.breach("short-sale", account_id, said, scope=Scope.ACCOUNT)


def _value(book: Book, symbol: str, account_id: str, quantity: Decimal, stated: Decimal | None) -> Iterator[Finding]:
    if symbol == CASH:
        exact: Decimal | None = cents(quantity)
    elif symbol in book.household.securities:
        security = book.household.securities[symbol]
        exact = cents(quantity * security.price_usd) if security.has_price else None
    else:
        said = f"account {account_id} holds {symbol} after the run, which is no security of the household"
        yield book.breach("unknown-security", symbol, said)
        return
    if stated != exact:
        said = f"account {account_id} values {symbol} at {stated}, at the run's price it is {exact}"
        yield book.breach("holdings", account_id, said, scope=Scope.ACCOUNT)


def check_cash(book: Book) -> Iterator[Finding]:
    """No managed account ends with less cash than nothing, or than what later orders keep in it. Untraded accounts end
    with what their orders left."""
    for account in book.household.accounts:
        cash, kept = book.cash_after[account.account_id], book.reserved[account.account_id]
        if not account.is_traded:
            continue
        if cash < 0:
            said = f"account {account.account_id} ends with {dollars(cash)} of cash"
            yield book.breach("negative-cash", account.account_id, said, account.place, Scope.ACCOUNT)
        elif cash < kept:
            said = f"account {account.account_id} ends with {dollars(cash)} of cash, {dollars(kept)} is reserved"
            yield book.breach("reserved-cash", account.account_id, said, account.place, Scope.ACCOUNT)


def check_orders(book: Book) -> Iterator[Finding]:
    """Every cash order that is due is booked in full, every later one reserved; nothing is paid that nobody ordered."""
    household = book.household
    wanted: dict[OrderKey, Decimal] = defaultdict(Decimal)
    for order in (*household.orders, *_set_asides(book)):
        later = order.due > household.as_of
        if order.kind is OrderKind.CONTRIBUTION and later:
            continue
        wanted[order.kind, order.account_id, order.due, later or order.kind is OrderKind.SET_ASIDE] += order.amount_usd
    booked: dict[OrderKey, Decimal] = defaultdict(Decimal)
    for payment in book.outcome.payments:
        booked[payment.kind, "" if payment.of_household else payment.account_id, payment.due, payment.reserved] += payment.amount_usd
        account = household.account.get(payment.account_id)
        if account is None:
            said = f"a {payment.kind} is booked in account {payment.account_id}, which the household does not have"
            yield book.breach("unknown-account", payment.account_id, said)
        elif payment.shortfall_usd and account.is_traded:
            said = f"account {account.account_id} falls {dollars(payment.shortfall_usd)} short of its {payment.kind}"
            yield book.breach("cash-order", account.account_id, said, payment.place, Scope.ACCOUNT)
    payable = any(account.is_traded for account in household.accounts)
    for key in sorted({*wanted, *booked}):
        kind, account_id, due, reserved = key
        if wanted[key] != booked[key] and (account_id or payable):
            whom = f"account {account_id}" if account_id else "the household"
            done = "reserved" if reserved else "booked"
            said = f"{dollars(wanted[key])} of {kind} due {due} are ordered for {whom}, {dollars(booked[key])} are {done}"
            yield book.breach("cash-order", account_id or household.household_id, said)


def _set_asides(book: Book) -> Iterator[CashOrder]:
    for placed in book.policy.of(CashRule):
        for each in placed.rule.set_asides:
            if each.due >= book.household.as_of:
                yield CashOrder(OrderKind.SET_ASIDE, each.amount_usd, each.due, each.account or "", placed.place)
