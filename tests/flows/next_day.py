"""A made-up morning after: the run's trades applied to what every custodian held, written as generic extracts.

`Morning` starts with every sendable order filled at the run's price and every named lot relieved; a test then plants what it
wants to be found.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from decimal import Decimal
from pathlib import Path

HEADERS = {
    "lots": ("account", "symbol", "lot_id", "acquired_date", "quantity", "cost_basis", "covered"),
    "positions": ("account", "symbol", "quantity", "market_value"),
    "cash": ("account", "settled_cash", "unsettled_cash"),
    "transactions": ("account", "trade_date", "settle_date", "action", "symbol", "quantity", "price", "amount"),
    "realized": ("account", "symbol", "lot_id", "acquired_date", "sold_date", "quantity", "proceeds", "cost_basis", "wash_disallowed"),
}


class Morning:
    """The books of every custodian on the day after; `trades` are SentTrades of the run."""

    def __init__(self, households, trades, day, *, by_hand=False):
        self.day = day
        self.account = {each.account_id: each for home in households.values() for each in home.accounts}
        positions = [each for home in households.values() for each in home.positions]
        self.lots = {(lot.account_id, lot.symbol, lot.lot_id): lot for each in positions for lot in each.lots}
        self.open = {key: lot.quantity for key, lot in self.lots.items()}
        self.held = defaultdict(Decimal)
        for position in positions:
            self.held[position.account_id, position.symbol] += position.quantity
        self.filled, self.relieved = {}, {}
        for trade in trades:
            if by_hand or not trade.held_back:
                self.filled[trade.trade_id] = (trade, trade.quantity, trade.price)
                self.relieved[trade.trade_id] = {lot.lot_id: lot.quantity for lot in trade.lots}

    def miss(self, trade_id):
        """The order was not filled."""
        del self.filled[trade_id], self.relieved[trade_id]

    def fill(self, trade_id, quantity):
        """Only so many shares were filled; lots in proportion."""
        trade, whole, price = self.filled[trade_id]
        self.filled[trade_id] = (trade, quantity, price)
        self.relieved[trade_id] = {lot: shares * quantity / whole for lot, shares in self.relieved[trade_id].items()}

    def relieve(self, trade_id, lots):
        """Other lots were relieved than were named."""
        self.relieved[trade_id] = lots

    def write(self, extracts: Path, *, without=()):
        """The extracts of the day; tables named in `without` are not delivered. Returns the day's folder."""
        rows = defaultdict(lambda: defaultdict(list))
        open_lots, held = dict(self.open), dict(self.held)
        for trade, quantity, price in self.filled.values():
            account = self.account[trade.account_id]
            at, sign = rows[account.custodian], 1 if trade.side == "BUY" else -1
            held[trade.account_id, trade.symbol] = held.get((trade.account_id, trade.symbol), Decimal(0)) + sign * quantity
            action = "buy" if trade.side == "BUY" else "sell"
            amount = -sign * quantity * price
            at["transactions"].append((account.custodian_ref, self.day, self.day, action, trade.symbol, quantity, price, f"{amount:.2f}"))
            if sign > 0:
                open_lots[trade.account_id, trade.symbol, f"new-{trade.symbol}"] = quantity
            for lot_id, shares in self.relieved[trade.trade_id].items():
                key = (trade.account_id, trade.symbol, lot_id)
                lot = self.lots[key]
                open_lots[key] -= shares
                if account.is_taxable:
                    cost = lot.cost_basis_usd * shares / lot.quantity
                    at["realized"].append((account.custodian_ref, trade.symbol, lot_id, lot.acquired_date or "", self.day, shares,
                                           f"{shares * price:.2f}", f"{cost:.2f}", 0))  # fmt: skip
        for (account_id, symbol), shares in held.items():
            account = self.account[account_id]
            if shares:
                rows[account.custodian]["positions"].append((account.custodian_ref, symbol, shares, "1.00"))
        for (account_id, symbol, lot_id), shares in open_lots.items():
            account, lot = self.account[account_id], self.lots.get((account_id, symbol, lot_id))
            if shares:
                cost = "" if lot is None or lot.cost_basis_usd is None else f"{lot.cost_basis_usd * shares / lot.quantity:.2f}"
                day = self.day if lot is None else lot.acquired_date or ""
                rows[account.custodian]["lots"].append((account.custodian_ref, symbol, lot_id, day, shares, cost, "true"))
        for account in self.account.values():
            rows[account.custodian]["cash"].append((account.custodian_ref, "0.00", "0.00"))
        return self._put_down(extracts / str(self.day), rows, without)

    def _put_down(self, folder, rows, without):
        for custodian, tables in rows.items():
            (folder / custodian).mkdir(parents=True)
            for name, lines in tables.items():
                if name not in without:
                    with (folder / custodian / f"{name}.csv").open("w", newline="") as page:
                        csv.writer(page, lineterminator="\n").writerows([HEADERS[name], *lines])
        return folder
