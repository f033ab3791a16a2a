"""The checker alone on a finished run: its CSV files are read back into outcomes and checked against the firm.

Nothing is solved and nothing of the solver is believed. What the files do not hold (the order's ticket, the spread of a
purchase) follows from the policy and the prices, as the contract defines it.
"""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from flows.ingest import ingest
from flows.rebalance import read_policy
from flows.record import identify, outputs_of, run_id_in
from flows.settings import demand_firm, unusable, warehouse_of
from rules.language.trade_size import TradeSize
from rules.policy import HouseholdPolicy
from rules.tax import load_tax_year
from solver.barred import barred_after
from solver.checker import check
from solver.ledger import half_spread
from solver.outcome import Holding, LotSale, Outcome, Side, Status, Term, Trade
from solver.payments import plan_payments
from solver.redemption import fees
from solver.wash_groups import counts_held_away
from solver.wash_loss import washed_losses
from validation.findings import Finding, Place, Scope, Severity, in_order
from validation.gate import GatedBook, gate
from validation.household import Household
from validation.units import ZERO, cents

Row = Mapping[str, str]
FILE_CHANGED = "run-file-changed"


@dataclass(frozen=True, slots=True)
class Verified:
    """Every breach and change found, and a closing sentence."""

    findings: tuple[Finding, ...]
    sentence: str


def verify_run(run: Path, firm: Path) -> Verified:
    """Check every decided household of a run. Raises FirmUnusable where the run or the firm cannot be read."""
    if run_id_in(run) is None:
        raise unusable("missing-run", f"{run} holds no run", "the path of a run's folder; `rooftree run` prints it")
    demand_firm(firm)
    record = json.loads((run / "run.json").read_text(encoding="utf-8"))
    day = date.fromisoformat(record["as_of"])
    policy, _ = read_policy(firm, day)
    book = gate(ingest(firm, day, warehouse_of(firm, None)).marts, day)
    statuses = {row["household_id"]: Status(row["status"]) for row in _rows(run / "statistics.csv")}
    found = [*_changed(record, firm, day), *_touched(record, run), *_missing(book, statuses)]
    files, checked = _Files(run), 0
    law = load_tax_year(day.year)
    for household_id in book.household_ids:
        status = statuses.get(household_id)
        if status is None or not status.is_decided:
            continue
        household = book.read(household_id)
        bound = policy.for_household(household)
        try:
            stated = files.outcome(household, bound, status)
        except (ArithmeticError, KeyError, TypeError, ValueError) as error:
            found.append(_unreadable(household_id, error))
            continue
        found += check(household, bound, law, stated)
        checked += 1
    found += files.of_nobody(book)
    broken = sum(finding.code.startswith("breach-") for finding in found)
    verdict = f"{broken} breaches" if broken else "no breach"
    changed = sum(finding.code == FILE_CHANGED for finding in found)
    verdict += f"; {changed} file(s) not as written" if changed else ""
    return Verified(tuple(in_order(found)), f"run {record['run_id']}: {checked} decided households checked, {verdict}")


def _changed(record: Mapping[str, object], firm: Path, day: date) -> Iterator[Finding]:
    now = identify(firm, day)
    inputs = record["inputs"]
    if isinstance(inputs, dict) and inputs != dict(now.inputs):
        names = sorted(name for name in {*inputs, *now.inputs} if inputs.get(name) != now.inputs.get(name))
        message = f"{len(names)} input files are not those of the run: {', '.join(names[:5])}"
        yield Finding("run-inputs-changed", Severity.ERROR, Scope.FILE, message, "a run is checked against the data it was made from")
    if record["policy_sha256"] != now.policy_sha256:
        message = "policy or assumptions are not those of the run"
        yield Finding("run-policy-changed", Severity.ERROR, Scope.FILE, message, "a run is checked against the policy it was made under")


def _touched(record: Mapping[str, Any], run: Path) -> Iterator[Finding]:
    """The CSV files that are not byte for byte what the run wrote. A run of an older version recorded none."""
    written: Mapping[str, str] = record.get("outputs", {})
    there = outputs_of(run)
    for name in sorted(written):
        if written[name] != there.get(name):
            what = "is not what the run wrote" if name in there else "is gone"
            help_ = "`rooftree replay` says from which line on; take nothing from this folder until the run is made again"
            yield Finding(FILE_CHANGED, Severity.ERROR, Scope.FILE, f"{name} {what}", help_, Place(name))


def _unreadable(household_id: str, error: Exception) -> Finding:
    message = f"the files of {household_id} cannot be read ({type(error).__name__}: {error})"
    return Finding(
        "breach-unreadable", Severity.ERROR, Scope.HOUSEHOLD, message, "a file of the run was changed or cut short after it was written",
        household_id=household_id, subject=household_id,
    )  # fmt: skip


def _missing(book: GatedBook, statuses: Mapping[str, Status]) -> Iterator[Finding]:
    for household_id in book.household_ids:
        if household_id not in statuses:
            message = f"{household_id} has no row in statistics.csv"
            yield Finding(
                "breach-household-missing", Severity.ERROR, Scope.HOUSEHOLD, message, "every household of the book has a row",
                household_id=household_id, subject=household_id,
            )  # fmt: skip


class _Files:
    """The run's CSV files, by account and trade."""

    def __init__(self, run: Path) -> None:
        self._lots: dict[str, list[Row]] = defaultdict(list)
        self._trades: dict[str, list[Row]] = defaultdict(list)
        self._holdings: dict[str, list[Row]] = defaultdict(list)
        for row in _rows(run / "lots.csv"):
            self._lots[row["trade_id"]].append(row)
        for row in _rows(run / "trades.csv"):
            self._trades[row["household_id"]].append(row)
        for row in _rows(run / "holdings_after.csv"):
            self._holdings[row["account_id"]].append(row)

    def of_nobody(self, book: GatedBook) -> Iterator[Finding]:
        """Trades of households that the book does not know."""
        for household_id in sorted({*self._trades} - {*book.household_ids}):
            message = (
                f"trades.csv has {len(self._trades[household_id])} trades of {household_id or 'no household'}, which is not in the book"
            )
            yield Finding(
                "breach-trade-of-nobody",
                Severity.ERROR,
                Scope.FILE,
                message,
                "the file was changed after it was written",
                Place("trades.csv"),
            )

    def outcome(self, household: Household, policy: HouseholdPolicy, status: Status) -> Outcome:
        """What the files say that the household does."""
        trades = tuple(_trade(household, policy, row, self._lots[row["trade_id"]]) for row in self._trades[household.household_id])
        trades = _with_lost(household, policy, trades)
        holdings = tuple(_holding(row) for account in household.accounts for row in self._holdings[account.account_id])
        return Outcome(status, trades, plan_payments(household, policy), holdings, barred=barred_after(household, trades))


def _trade(household: Household, policy: HouseholdPolicy, row: Row, lots: list[Row]) -> Trade:
    account_id, symbol, side = row["account_id"], row["symbol"], Side(row["side"])
    quantity, price, notional = Decimal(row["quantity"]), Decimal(row["price"]), Decimal(row["notional"])
    sales = tuple(_sale(each) for each in lots)
    security = household.securities.get(symbol)
    spread = half_spread(security) if security else ZERO
    ticket = _ticket(household, policy, account_id, symbol)
    if side is Side.BUY:
        cost = cents(quantity * price * (1 + spread))
        return Trade(account_id, symbol, side, quantity, price, notional, -cost - ticket, cost - notional, ticket)
    proceeds = sum((sale.proceeds_usd for sale in sales), ZERO) if sales else cents(quantity * price * (1 - spread))
    fee = _redemption_fee(household, policy, row, sales)
    return Trade(account_id, symbol, side, quantity, price, notional, proceeds - ticket, notional - proceeds - fee, ticket, sales, fee)


def _redemption_fee(household: Household, policy: HouseholdPolicy, row: Row, sales: tuple[LotSale, ...]) -> Decimal:
    """What the fund keeps of the sale, which no file states: it follows from the lots and the policy's windows."""
    held = (each for each in household.positions if (each.account_id, each.symbol) == (row["account_id"], row["symbol"]))
    charged = fees(household, policy, (lot for position in held for lot in position.lots))
    by_id = {lot.lot_id: fee for lot, fee in charged.items()}
    return sum((cents(sale.quantity * Decimal(row["price"]) * by_id.get(sale.lot_id, ZERO)) for sale in sales), ZERO)


def _ticket(household: Household, policy: HouseholdPolicy, account_id: str, symbol: str) -> Decimal:
    security = household.securities.get(symbol)
    if security is None or account_id not in household.account:
        return ZERO
    mine = [placed.rule for placed in policy.of(TradeSize) if placed.rule.applies_to.binds(household, account_id, symbol)]
    return max((rule.ticket(security.security_type) for rule in mine), default=ZERO)


def _sale(row: Row) -> LotSale:
    return LotSale(
        row["lot_id"],
        date.fromisoformat(row["acquired_date"]) if row["acquired_date"] else None,
        Decimal(row["quantity"]),
        Decimal(row["unit_cost"]) if row["unit_cost"] else None,
        Decimal(row["proceeds"]),
        Decimal(row["gain"]) if row["gain"] else None,
        Term(row["term"]) if row["term"] else None,
        Decimal(row["disallowed"]) if row["disallowed"] else ZERO,
    )


def _with_lost(household: Household, policy: HouseholdPolicy, trades: tuple[Trade, ...]) -> tuple[Trade, ...]:
    """The trades with what of a disallowed loss is lost for good, which no file states: it follows from the trades."""
    known = [trade for trade in trades if trade.account_id in household.account and trade.symbol in household.securities]
    exact = {each.key: each.permanent_usd for each in washed_losses(household, known, held_away=counts_held_away(policy))}
    return tuple(
        replace(
            trade, lots=tuple(replace(lot, lost_usd=exact.get((trade.account_id, trade.symbol, lot.lot_id), ZERO)) for lot in trade.lots)
        )
        for trade in trades
    )


def _holding(row: Row) -> Holding:
    value = Decimal(row["market_value"]) if row["market_value"] else None
    return Holding(row["account_id"], row["symbol"], Decimal(row["quantity"]), value)


def _rows(path: Path) -> Iterator[Row]:
    """The file's rows, cells that were neutralised against spreadsheets as they were."""
    with path.open(encoding="utf-8", newline="") as page:
        for row in csv.DictReader(page):
            yield {name: _plain(cell or "") for name, cell in row.items() if name}


def _plain(cell: str) -> str:
    return cell[1:] if cell[:1] == "'" and cell[1:2] in {"=", "+", "-", "@", "\t", "\r"} else cell
