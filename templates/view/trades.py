"""The trades, account by account, each with its reason in the client's words; an account with nothing to do says so."""

from __future__ import annotations

from decimal import Decimal

from solver.decision import Decision
from solver.outcome import Side, Status, Trade
from templates import filters
from templates.view.figures import Figures
from templates.view.names import Names
from templates.view.parts import AccountTrades, TradeRow, Trades
from validation.household import Account, AccountStatus
from validation.units import ZERO

SIDES = {Side.SELL: "Sell", Side.BUY: "Buy"}


def trades_of(decision: Decision, figures: Figures, names: Names) -> Trades | None:
    """The section of a household with a proposal; None otherwise."""
    if decision.status is not Status.PROPOSED or not decision.outcome or not decision.outcome.trades:
        return None
    by_account: dict[str, list[Trade]] = {}
    for trade in decision.outcome.trades:
        by_account.setdefault(trade.account_id, []).append(trade)
    accounts = [*figures.accounts, *figures.excluded]
    active = [_account(each, by_account[each.account_id], decision, names) for each in accounts if each.account_id in by_account]
    idle = [_idle(each, names) for each in accounts if each.account_id not in by_account]
    number = len(decision.outcome.trades)
    heading = f"{filters.count(number, 'trade')}, each with its reason" if decision.explanation else filters.count(number, "trade")
    lead = f"Prices of {filters.date_long(decision.household.as_of)}. Tax is this trade’s share: a plus is tax due, a minus is tax saved."
    return Trades(heading, lead, (*active, *idle), _totals(decision))


def _account(account: Account, trades: list[Trade], decision: Decision, names: Names) -> AccountTrades:
    trades = sorted(trades, key=lambda trade: (trade.side is Side.BUY, -trade.notional_usd, trade.symbol))
    return AccountTrades(names.account(account), names.where(account), tuple(_row(trade, account, decision, names) for trade in trades))


def _row(trade: Trade, account: Account, decision: Decision, names: Names) -> TradeRow:
    reason = decision.explanation.reasons.get(trade.trade_id) if decision.explanation else None
    tax = reason.est_tax_usd if reason and account.is_taxable and trade.side is Side.SELL else None
    return TradeRow(
        SIDES[trade.side],
        names.security(trade.symbol),
        trade.symbol,
        filters.usd(trade.notional_usd),
        filters.shares(trade.quantity),
        filters.usd_signed(tax, missing=filters.NOTHING),
        tax is not None and tax <= Decimal("-0.5"),
        filters.sentence(names.told(reason.client)) if reason and reason.client else "",
    )


def _idle(account: Account, names: Names) -> AccountTrades:
    why = {
        AccountStatus.MANAGED: "Everything stays as it is: nothing here would improve the household by enough to be worth a trade.",
        AccountStatus.LOCKED: "This account counts in your allocation and is left untouched.",
        AccountStatus.EXCLUDED: "This account is outside of this plan and does not count in its figures.",
    }
    return AccountTrades(names.account(account), names.where(account), (), why[account.status])


def _totals(decision: Decision) -> tuple[tuple[str, str, str], ...]:
    trades = decision.outcome.trades if decision.outcome else ()
    sold = sum((trade.notional_usd for trade in trades if trade.side is Side.SELL), ZERO)
    bought = sum((trade.notional_usd for trade in trades if trade.side is Side.BUY), ZERO)
    tax = decision.statistics.tax_cost if decision.statistics else None
    rows = [("Sold, and the tax on it", filters.usd(sold), filters.usd(tax))] if sold else []
    idle = bought - sold
    extra = f", {filters.usd(idle)} of it with cash" if sold and idle >= 1 else ""
    return (*rows, (f"Bought{extra}", filters.usd(bought), filters.NOTHING)) if bought else tuple(rows)
