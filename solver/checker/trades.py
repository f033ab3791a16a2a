"""Each trade by itself: whom it concerns, its figures, its lots."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal

from rules.language.trade_size import TradeSize
from solver.checker.book import Book, SoldLot, dollars, plain
from solver.outcome import Side, Status, Trade
from validation.findings import Finding, Scope
from validation.household import ReliefMethod
from validation.units import ZERO, cents

UNIT_COST_STEP = Decimal("0.000001")


def check_trades(book: Book) -> Iterator[Finding]:
    """Accounts that may be traded, securities that may, one order line per account, security and side, exact figures."""
    outcome = book.outcome
    if outcome.trades and outcome.status is not Status.PROPOSED:
        said = f"{len(outcome.trades)} trades stand in an outcome that is {outcome.status}"
        yield book.breach("undecided-trades", book.household.household_id, said)
    lines = Counter((each.account_id, each.symbol, each.side) for each in outcome.trades)
    for (account_id, symbol, side), count in lines.items():
        if count > 1:
            said = f"account {account_id} has {count} {side} trades of {symbol}"
            yield book.breach("duplicate-trade", account_id, said, scope=Scope.ACCOUNT)
        if side is Side.BUY and (account_id, symbol, Side.SELL) in lines:
            said = f"account {account_id} buys and sells {symbol} on the same day"
            yield book.breach("round-trip", account_id, said, scope=Scope.ACCOUNT)
    for trade in outcome.trades:
        yield from _permitted(book, trade)
    for trade in book.trades:
        yield from _figures(book, trade)
        yield from _whole_shares(book, trade)


def _permitted(book: Book, trade: Trade) -> Iterator[Finding]:
    account = book.household.account.get(trade.account_id)
    security = book.household.securities.get(trade.symbol)
    position = book.positions.get((trade.account_id, trade.symbol))
    name = trade.trade_id
    if account is None:
        said = f"{name} trades in account {trade.account_id}, which the household does not have"
        yield book.breach("unknown-account", trade.account_id, said)
    elif not account.is_traded:
        said = f"{name} trades in account {trade.account_id}, which is {account.status}"
        yield book.breach("untraded-account", trade.account_id, said, account.place, Scope.ACCOUNT)
    if security is None:
        yield book.breach("unknown-security", trade.symbol, f"{name} trades {trade.symbol}, which is no security of the household")
    elif security.frozen or not security.has_price:
        why = security.frozen or "no price"
        yield book.breach("frozen-security", trade.symbol, f"{name} trades {trade.symbol}, which is frozen ({why})", scope=Scope.SECURITY)
    if position is not None and position.frozen:
        said = f"{name} trades {trade.symbol}, which is frozen in the account ({position.frozen})"
        yield book.breach("frozen-position", trade.symbol, said, position.place, Scope.SECURITY)
    if trade.quantity <= 0:
        yield book.breach("quantity", name, f"{name} has the quantity {plain(trade.quantity)}")


def _figures(book: Book, trade: Trade) -> Iterator[Finding]:
    security, name = book.security_of(trade), trade.trade_id
    notional, gross, ticket = cents(trade.quantity * security.price_usd), book.gross_cash(trade), book.ticket(trade)
    if trade.price_usd != security.price_usd:
        yield book.breach("price", name, f"{name} is priced at {trade.price_usd}, the run's price is {security.price_usd}")
    fee = book.redemption_fee(trade)
    for what, stated, exact in (
        ("notional", trade.notional_usd, notional),
        ("ticket", trade.ticket_usd, ticket),
        ("redemption fee", trade.redemption_fee_usd, fee),
        ("net cash", trade.net_cash_usd, gross - ticket),
        ("spread", trade.spread_usd, notional - gross - fee if trade.side is Side.SELL else -gross - notional),
    ):
        if stated != exact:
            yield book.breach("trade-figures", name, f"{name} states a {what} of {dollars(stated)}, which is {dollars(exact)}")


def _whole_shares(book: Book, trade: Trade) -> Iterator[Finding]:
    security = book.security_of(trade)
    whole = security.whole_shares
    for placed in book.policy.of(TradeSize):
        if placed.rule.strength.is_must and placed.rule.applies_to.binds(book.household, trade.account_id, trade.symbol):
            whole = placed.rule.wants_whole_shares(security.security_type, whole)
    closes = trade.side is Side.SELL and book.shares_after.get((trade.account_id, trade.symbol), ZERO) == 0
    if whole and not closes and trade.quantity != trade.quantity.to_integral_value():
        said = f"{trade.trade_id} has {plain(trade.quantity)} shares of a security that trades in whole shares"
        yield book.breach("fractional-shares", trade.trade_id, said)


def check_lots(book: Book) -> Iterator[Finding]:
    """Sales come from lots that exist, are free and large enough, and foot; their figures are those of contract.md."""
    for trade in book.trades:
        yield from _footing(book, trade)
    for sold in book.sold_lots:
        yield from _lot(book, sold)


def _footing(book: Book, trade: Trade) -> Iterator[Finding]:
    name, lots = trade.trade_id, book.lots_of(trade)
    if trade.side is Side.BUY:
        if trade.lots:
            yield book.breach("lots-of-a-purchase", name, f"{name} is a purchase and names lots")
        return
    held = book.shares_before.get((trade.account_id, trade.symbol), ZERO)
    if trade.quantity > held:
        yield book.breach("short-sale", name, f"{name} sells {plain(trade.quantity)} shares of {plain(held)} held")
    for lot_id, count in Counter(each.lot_id for each in trade.lots).items():
        if count > 1:
            yield book.breach("duplicate-lot", lot_id, f"{name} names lot {lot_id} {count} times", scope=Scope.LOT)
        if lot_id not in lots:
            yield book.breach("unknown-lot", lot_id, f"{name} sells lot {lot_id}, which the account does not hold", scope=Scope.LOT)
    summed = sum((each.quantity for each in trade.lots), ZERO)
    needs_lots = book.account_of(trade).is_taxable or bool(trade.lots)
    if needs_lots and summed != trade.quantity:
        yield book.breach("lots-do-not-foot", name, f"{name} sells {plain(trade.quantity)} shares, its lots {plain(summed)}")


def _lot(book: Book, sold: SoldLot) -> Iterator[Finding]:
    lot, stated = sold.lot, sold.stated
    where = f"lot {lot.lot_id} of {lot.symbol} in account {lot.account_id}"
    if sold.quantity <= 0 or sold.quantity > lot.quantity:
        said = f"{where} holds {plain(lot.quantity)} shares and sells {plain(sold.quantity)}"
        yield book.breach("oversold-lot", lot.lot_id, said, lot.place, Scope.LOT)
    if lot.frozen or (sold.account.is_taxable and lot.cost_basis_usd is None):
        said = f"{where} is sold although it is frozen ({lot.frozen or 'no basis'})"
        yield book.breach("frozen-lot", lot.lot_id, said, lot.place, Scope.LOT)
    unit_cost = None if lot.cost_basis_usd is None else (lot.cost_basis_usd / lot.quantity).quantize(UNIT_COST_STEP)
    for what, claimed, exact in (
        ("proceeds", stated.proceeds_usd, sold.proceeds_usd),
        ("gain", stated.gain_usd, sold.gain_usd),
        ("term", stated.term, sold.term),
        ("unit cost", stated.unit_cost_usd, unit_cost),
        ("acquired date", stated.acquired_date, lot.acquired_date),
    ):
        if claimed != exact:
            yield book.breach("lot-figures", lot.lot_id, f"{where} states the {what} {claimed}, which is {exact}", lot.place, Scope.LOT)
    loss = max(ZERO, -(sold.gain_usd or ZERO))
    if not ZERO <= stated.disallowed_usd <= loss:
        said = f"{where} states a disallowed loss of {dollars(stated.disallowed_usd)}, its loss is {dollars(loss)}"
        yield book.breach("lot-figures", lot.lot_id, said, lot.place, Scope.LOT)
    if not sold.account.is_taxable:
        yield from _relief(book, sold)


def _relief(book: Book, sold: SoldLot) -> Iterator[Finding]:
    """In untaxed accounts lots leave by the account's method: none is touched while one before it is not used up."""
    method = sold.account.relief_method
    if method is ReliefMethod.HIFO:
        return  # by unit cost, which untaxed accounts need not know
    taken = {each.lot_id: each.quantity for each in sold.trade.lots}
    mine = sold.lot.acquired_date
    for other in book.lots_of(sold.trade).values():
        if other.frozen or other.acquired_date is None or mine is None:
            continue
        earlier = other.acquired_date > mine if method is ReliefMethod.LIFO else other.acquired_date < mine
        if earlier and taken.get(other.lot_id, ZERO) < other.quantity:
            said = f"lot {sold.lot.lot_id} of {sold.lot.symbol} is sold before lot {other.lot_id}, against the method {method}"
            yield book.breach("relief-method", sold.lot.lot_id, said, sold.lot.place, Scope.LOT)
            return
