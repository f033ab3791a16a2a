"""The house's own CSV templates (`generic`), for custodians without a profile and for lots that a feed lacks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from .book import AS_OF, Account, cents
from .layout import Files, next_business_day, plain, table
from .market import Market

MANIFEST = ("file", "as_of", "rows", "sum_quantity", "sum_market_value")


def write(accounts: Sequence[Account], market: Market, folder: str, told_wrong: Mapping[str, Decimal] | None = None) -> Files:
    """All templates and their manifest. `told_wrong` adds dollars to what the manifest says of a file: a planted fault."""
    tables = {
        "positions.csv": positions(accounts, market), "lots.csv": lots(accounts), "cash.csv": cash(accounts),
        "transactions.csv": transactions(accounts), "realized.csv": realized(accounts),
    }  # fmt: skip
    return _files(folder, tables, told_wrong or {})


def write_lots(accounts: Sequence[Account], folder: str) -> Files:
    """Lots and history only, beside a feed that has positions and cash but no lots."""
    tables = {"lots.csv": lots(accounts), "transactions.csv": transactions(accounts), "realized.csv": realized(accounts)}
    return _files(folder, tables, {})


Table = tuple[tuple[str, ...], list[tuple[str, ...]]]


def positions(accounts: Sequence[Account], market: Market) -> Table:
    """One row per security per account."""
    rows: list[tuple[str, ...]] = [
        (account.ref, held.symbol, plain(held.shares), format(cents(held.shares * market.price(held.symbol)), "f"))
        for account in accounts
        for held in account.positions
    ]
    return ("account", "symbol", "quantity", "market_value"), rows


def lots(accounts: Sequence[Account]) -> Table:
    """One row per open lot."""
    rows: list[tuple[str, ...]] = [
        (
            account.ref, lot.symbol, lot.lot_id, str(lot.acquired or ""), plain(lot.shares),
            "" if lot.basis is None else format(lot.basis, "f"), "true" if lot.covered else "false",
        )
        for account in accounts
        for held in account.positions
        for lot in held.lots
    ]  # fmt: skip
    return ("account", "symbol", "lot_id", "acquired_date", "quantity", "cost_basis", "covered"), rows


def cash(accounts: Sequence[Account]) -> Table:
    """One row per account."""
    rows: list[tuple[str, ...]] = [(account.ref, format(account.settled, "f"), format(account.unsettled, "f")) for account in accounts]
    return ("account", "settled_cash", "unsettled_cash"), rows


def transactions(accounts: Sequence[Account]) -> Table:
    """One row per event of the year."""
    rows: list[tuple[str, ...]] = [
        (
            account.ref, str(event.day), str(next_business_day(event.day)), event.action, event.symbol,
            "" if event.shares is None else plain(event.shares), "" if event.price is None else format(event.price, "f"),
            format(event.amount, "f"),
        )
        for account in accounts
        for event in account.events
    ]  # fmt: skip
    return ("account", "trade_date", "settle_date", "action", "symbol", "quantity", "price", "amount"), rows


def realized(accounts: Sequence[Account]) -> Table:
    """One row per lot sold this year."""
    rows: list[tuple[str, ...]] = [
        (
            account.ref, sale.symbol, sale.lot_id, str(sale.acquired), str(sale.sold), plain(sale.shares), format(sale.proceeds, "f"),
            format(sale.basis, "f"), format(sale.wash_disallowed, "f"),
        )
        for account in accounts
        for sale in account.sales
    ]  # fmt: skip
    header = ("account", "symbol", "lot_id", "acquired_date", "sold_date", "quantity", "proceeds", "cost_basis", "wash_disallowed")
    return header, rows


def _files(folder: str, tables: Mapping[str, Table], told_wrong: Mapping[str, Decimal]) -> Files:
    tables = {name: content for name, content in tables.items() if content[1]}
    files = {f"{folder}/{name}": table(*content) for name, content in tables.items()}
    rows = [
        (
            name, str(AS_OF), str(len(content[1])), _sum(content, "quantity", Decimal(0)),
            _sum(content, "market_value", told_wrong.get(name, Decimal(0))),
        )
        for name, content in tables.items()
    ]  # fmt: skip
    return {**files, f"{folder}/manifest.csv": table(MANIFEST, rows)}


def _sum(content: Table, column: str, wrong_by: Decimal) -> str:
    header, rows = content
    if column not in header:
        return ""
    place = header.index(column)
    return plain(sum((Decimal(row[place]) for row in rows if row[place]), Decimal(0)) + wrong_by)
