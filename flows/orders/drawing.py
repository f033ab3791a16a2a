"""From decisions to orders per custodian: what can be sent, in which sequence, and what stays in the house and why.

Held back and explained beats sent and wrong: an order whose account number is masked, whose security the custodian has no
symbol for, or whose lots cannot be named is listed as unsendable, and so are the purchases that were to be paid by it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from flows.cells import neutral
from flows.deliver import holdings_of, trades_of
from flows.orders.catalogue import profile_of
from flows.orders.desk import PLACE, Desk, agrees, is_masked
from flows.orders.layout import cells_of
from flows.orders.lots import Reason, Relief, relief_of
from flows.orders.profile import OutboundProfile
from flows.orders.records import LotInstruction, Order, Unsendable
from flows.orders.securities import security_id_of
from solver.decision import Decision
from solver.outcome import Side, Trade
from validation.household import CASH, Account, OrderKind
from validation.units import ZERO


@dataclass(slots=True)
class Draft:
    """One custodian's orders as they were drawn, before blocks are made of them."""

    orders: list[Order] = field(default_factory=list)
    instructions: list[LotInstruction] = field(default_factory=list)
    unsendable: list[Unsendable] = field(default_factory=list)


def draw(decisions: Sequence[Decision], desk: Desk) -> dict[str, Draft]:
    """Every custodian that something was proposed at → its orders, by account, sales first; lot instructions; unsendable orders."""
    drafts: dict[str, Draft] = defaultdict(Draft)
    for decision in decisions:
        by_account: dict[str, list[Trade]] = defaultdict(list)
        for trade in trades_of(decision):
            by_account[trade.account_id].append(trade)
        for account_id, trades in by_account.items():
            _draw_account(decision, decision.household.account[account_id], trades, desk, drafts)
    waiting = Counter(each.household_id for draft in drafts.values() for each in draft.unsendable)
    for draft in drafts.values():
        draft.orders = [replace(order, household_waits=waiting[order.household_id]) for order in draft.orders]
    return dict(sorted(drafts.items()))


def _draw_account(decision: Decision, account: Account, trades: Sequence[Trade], desk: Desk, drafts: dict[str, Draft]) -> None:
    """One account's trades into its custodian's draft: sendable ones as orders, the others with their reason."""
    draft, profile = drafts[account.custodian], profile_of(account.custodian)
    drawn: dict[Trade, tuple[Order, Relief] | Reason] = {trade: _drawn(decision, account, trade, profile, desk) for trade in trades}
    stuck = [trade for trade, what in drawn.items() if isinstance(what, Reason)]
    spare, brought = _cash_without_sales(decision, account.account_id, trades)
    waits = _waits_for(spare, brought, [trade for trade in stuck if trade.side is Side.SELL])
    for trade, what in drawn.items():
        if not isinstance(what, Reason) and trade.side is Side.BUY and waits is not None:
            what = waits
        if isinstance(what, Reason):
            draft.unsendable.append(_unsendable(decision, account, trade, what, desk))
            continue
        order, relief = what
        later = trade.side is Side.BUY and spare < ZERO
        draft.orders.append(replace(order, sequence=2 if later else 1, relief=relief.method, lots=len(relief.instructions)))
        draft.instructions += relief.instructions


def _drawn(decision: Decision, account: Account, trade: Trade, profile: OutboundProfile, desk: Desk) -> tuple[Order, Relief] | Reason:
    """The trade as an order with its relief, or the first reason why it cannot be one."""
    number = _number_of(account, desk)
    if isinstance(number, Reason):
        return number
    security = decision.household.securities[trade.symbol]
    security_id = security_id_of(security, profile)
    if isinstance(security_id, Reason):
        return security_id
    decimals = profile.decimals.get(security.security_type, 0)
    if trade.quantity != round(trade.quantity, decimals):
        what = "whole shares" if not decimals else f"{decimals} decimals"
        return Reason(
            "fraction-not-taken",
            f"{trade.quantity.normalize():f} shares of {trade.symbol}: {profile.title} takes {what} of a {security.security_type}",
            "the position is closed at the custodian by hand, which sells the fraction with it",
        )
    relief: Relief | Reason = Relief("") if trade.side is Side.BUY else relief_of(decision.household, trade, number, security_id)
    if isinstance(relief, Reason):
        return relief
    order = Order(
        order_id=trade.trade_id, household_id=decision.household.household_id, account_id=account.account_id, account_number=number,
        symbol=trade.symbol, security_id=security_id, cusip=security.cusip, side=trade.side.value, quantity=trade.quantity,
        price=trade.price_usd, price_date=security.price_date, notional=trade.notional_usd,
    )  # fmt: skip
    return _too_long(order, relief.instructions, profile) or (order, relief)


def _number_of(account: Account, desk: Desk) -> str | Reason:
    """The account number exactly as the custodian writes it, or why it is not known."""
    known = desk.numbers.get(account.account_id, "")
    number = known or account.custodian_ref
    remedy = f"{PLACE} can name it in full: account_id {account.account_id}, number"
    if not number:
        return Reason("no-account-number", f"accounts.csv has no custodian_ref for {account.account_id}", remedy)
    if is_masked(number):
        return Reason("masked-account-number", f"`{number}` is masked, and an order needs the full number", remedy)
    if known and not _may_be(account.custodian_ref, known):
        return Reason(
            "account-number-contradicts",
            f"{PLACE} names `{known}`, which cannot be `{account.custodian_ref}` of accounts.csv",
            "one of the two is another account's; the custodian's statement tells which",
        )
    if neutral(number) != number:
        return Reason("account-number-unsafe", f"`{number}` begins like a spreadsheet formula and cannot be written as it is", remedy)
    return number


def _may_be(reference: str, number: str) -> bool:
    return not reference or (agrees(reference, number) if is_masked(reference) else reference == number)


def _too_long(order: Order, instructions: Iterable[LotInstruction], profile: OutboundProfile) -> Reason | None:
    """That a cell of the order or of its lots does not fit the custodian's column, in whichever file it would go."""
    for file in profile.files:
        if not any(column.width for column in file.columns):
            continue
        records = [order] if file.grain == "order" else list(instructions) if file.grain == "lot" else []
        for record in records:
            for column, cell in zip(file.columns, cells_of(file, record), strict=True):
                if column.width is not None and len(cell) > column.width:
                    return Reason(
                        "cell-too-long",
                        f"`{cell}` does not fit the column {column.name} of {profile.title} ({column.width} characters)",
                        "the order is entered at the custodian by hand",
                    )
    return None


def _cash_without_sales(decision: Decision, account_id: str, trades: Sequence[Trade]) -> tuple[Decimal, dict[Trade, Decimal]]:
    """What the account's cash would be after its purchases and payments if nothing were sold, what is reserved taken off as far
    as it is there; and what each sale brings. Dollars."""
    after = next(each.quantity for each in holdings_of(decision) if (each.account_id, each.symbol) == (account_id, CASH))
    brought = {trade: trade.net_cash_usd for trade in trades if trade.side is Side.SELL}
    reserved = sum(
        (each.amount_usd for each in decision.payments
         if each.reserved and each.account_id == account_id and each.kind is not OrderKind.CONTRIBUTION), ZERO,
    )  # fmt: skip
    return after - min(max(after, ZERO), reserved) - sum(brought.values(), ZERO), brought


def _waits_for(spare: Decimal, brought: dict[Trade, Decimal], stuck: Sequence[Trade]) -> Reason | None:
    """Why the account's purchases must wait: without the sales that cannot be sent, its cash does not reach."""
    if not stuck or spare + sum((cash for trade, cash in brought.items() if trade not in stuck), ZERO) >= ZERO:
        return None
    names = ", ".join(trade.trade_id for trade in stuck)
    return Reason("waits-for-sale", f"it is paid by a sale that cannot be sent: {names}", "sent together with that sale, once it can be")


def _unsendable(decision: Decision, account: Account, trade: Trade, reason: Reason, desk: Desk) -> Unsendable:
    return Unsendable(
        trade.trade_id, decision.household.household_id, account.account_id, desk.numbers.get(account.account_id) or account.custodian_ref,
        trade.symbol, trade.side.value, trade.quantity, trade.notional_usd, reason.code, reason.sentence, reason.remedy,
    )  # fmt: skip
