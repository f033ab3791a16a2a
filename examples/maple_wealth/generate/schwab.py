"""Charles Schwab, layout of 2026: one positions file per account, one lot-details file per taxable account and security.

All cells in quotes and a comma at the end of the line, an account masked to three digits, a total row that ties. Lot
details carry nine columns, or fifteen where a lot holds a loss that a wash sale disallowed.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from .book import AS_OF, Account, Lot, Position, cents
from .layout import Files, dollars, grouped, percent, quoted
from .market import Market, Security

POSITIONS = (
    "Symbol", "Description", "Qty (Quantity)", "Price", "Price Chng % (Price Change %)", "Price Chng $ (Price Change $)",
    "Mkt Val (Market Value)", "Day Chng $ (Day Change $)", "Day Chng % (Day Change %)", "Cost Basis", "Gain $ (Gain/Loss $)",
    "Gain % (Gain/Loss %)", "Ratings", "Reinvest?", "Reinvest Capital Gains?", "% of Acct (% of Account)", "Asset Type",
)  # fmt: skip
LOTS = ("Open Date", "Quantity", "Price", "Cost/Share", "Market Value", "Cost Basis", "Gain/Loss $", "Gain/Loss %", "Holding Period")
WASHED_LOTS = (
    "Open Date", "Transaction Open", "Quantity", "Price", "Cost/Share", "Transaction CPS", "Market Value", "Cost Basis", "Transaction CB",
    "Gain/Loss $", "Transaction G/L $", "Gain/Loss %", "Transaction G/L %", "Holding Period", "Disallowed Loss",
)  # fmt: skip
ASSET_TYPES = {"etf": "ETFs & Closed End Funds", "stock": "Equity", "mutual_fund": "Mutual Fund"}
DAY = AS_OF.strftime("%Y/%m/%d")


def write(accounts: Sequence[Account], market: Market, folder: str) -> Files:
    """Every Schwab file of the day."""
    files: Files = {}
    for number, account in enumerate(accounts):
        clock = f"17{31 + number // 20:02d}{number * 3 % 60:02d}"
        name = f"{account.label}-Positions-{AS_OF}-{clock}.csv"
        files[f"{folder}/{name}"] = _positions(account, market, clock).encode("ascii")
        masked = account.ref.replace("...", "XXX")
        for position in account.positions if account.is_taxable else ():
            details = _lots(account, position, market.securities[position.symbol])
            files[f"{folder}/{masked}-{position.symbol}-Lot-Details-{AS_OF}.csv"] = details.encode("ascii")
    return files


def _positions(account: Account, market: Market, clock: str) -> str:
    rows: list[Sequence[str]] = [POSITIONS]
    value = account.settled + sum((cents(held.shares * market.price(held.symbol)) for held in account.positions), Decimal(0))
    change = Decimal(0)
    for held in account.positions:
        security = market.securities[held.symbol]
        worth = cents(held.shares * security.price)
        yesterday = market.price_on(held.symbol, market.days[-2])
        moved = cents(held.shares * (security.price - yesterday))
        basis = held.basis
        change += moved
        rows.append((
            held.symbol, security.name.upper()[:20].strip(), grouped(held.shares), f"{security.price:.2f}",
            percent(security.price - yesterday, yesterday), f"{security.price - yesterday:.2f}", dollars(worth), dollars(moved),
            percent(security.price - yesterday, yesterday), *(_gains(worth, basis)), "--", "Yes" if account.reinvests else "No", "N/A",
            percent(worth, value), ASSET_TYPES[security.security_type],
        ))  # fmt: skip
    rows.append((
        "Cash & Cash Investments", "--", "--", "--", "--", "--", dollars(account.settled), "$0.00", "0%",
        "--", "--", "--", "--", "--", "--", percent(account.settled, value), "Cash and Money Market",
    ))  # fmt: skip
    rows.append((
        "Positions Total", "", "--", "--", "--", "--", dollars(value), dollars(change), percent(change, value - change),
        *_gains(value - account.settled, _total_basis(account), "--"), "--", "--", "--", "--", "--",
    ))  # fmt: skip
    title = f"Positions for account {account.label} {account.ref} as of {int(clock[:2]) - 12:02d}:{clock[2:4]} PM ET, {DAY}"
    return quoted([[title], []], "\n") + quoted(rows, "\n", trailing_comma=True)


def _total_basis(account: Account) -> Decimal | None:
    known = [held.basis for held in account.positions if held.basis is not None]
    return sum(known, Decimal(0)) if len(known) == len(account.positions) else None


def _gains(worth: Decimal, basis: Decimal | None, unknown: str = "Incomplete") -> tuple[str, str, str]:
    if basis is None:
        return unknown, unknown, unknown
    return dollars(basis), dollars(worth - basis), percent(worth - basis, basis, 1)


def _lots(account: Account, held: Position, security: Security) -> str:
    washed = any(lot.wash_disallowed for lot in held.lots)
    rows: list[tuple[str, ...]] = [WASHED_LOTS if washed else LOTS]
    rows += [(_washed_lot if washed else _lot)(lot, security.price) for lot in held.lots]
    worth = sum((cents(lot.shares * security.price) for lot in held.lots), Decimal(0))
    basis = held.basis
    cost, gain, share = (dollars(basis), dollars(worth - basis), f"{(worth - basis) / basis:+.2%}") if basis is not None else ("--",) * 3
    total = {"Open Date": "Total", "Quantity": grouped(held.shares), "Market Value": dollars(worth), "Cost Basis": cost,
             "Gain/Loss $": gain, "Gain/Loss %": share}  # fmt: skip
    rows.append(tuple(total.get(name, "--") for name in rows[0]))
    title = f"{held.symbol} Lot Details for {account.ref} as of 05:45 PM ET, {DAY}"
    return quoted([[title], []], "\r\n") + quoted(rows, "\r\n", trailing_comma=True)


def _lot(lot: Lot, price: Decimal) -> tuple[str, ...]:
    worth = cents(lot.shares * price)
    opened = f"{lot.acquired:%m/%d/%Y} 00:00:00" if lot.acquired else "--"
    term = "Long Term" if lot.is_long_term(AS_OF) else "Short Term"
    if lot.basis is None or lot.unit is None:
        return opened, grouped(lot.shares), f"${price:.2f}", "--", dollars(worth), "--", "--", "--", term
    gain = worth - lot.basis
    return (
        opened, grouped(lot.shares), f"${price:.2f}", dollars(lot.unit), dollars(worth), dollars(lot.basis), dollars(gain),
        f"{gain / lot.basis:+.2%}" if lot.basis else "N/A", term,
    )  # fmt: skip


def _washed_lot(lot: Lot, price: Decimal) -> tuple[str, ...]:
    opened, shares, shown, unit, worth, basis, gain, share, term = _lot(lot, price)
    if lot.basis is None:
        return opened, opened, shares, shown, unit, unit, worth, basis, basis, gain, gain, share, share, term, "--"
    paid = lot.basis - lot.wash_disallowed
    bought = f"{lot.acquired:%m/%d/%Y} 00:00:00"
    start = f"{lot.holding_from:%m/%d/%Y} 00:00:00" if lot.holding_from else bought
    earned = cents(lot.shares * price) - paid
    return (
        start, bought, shares, shown, unit, dollars(paid / lot.shares), worth, basis, dollars(paid), gain, dollars(earned), share,
        f"{earned / paid:+.2%}", term, dollars(lot.wash_disallowed) if lot.wash_disallowed else "--",
    )  # fmt: skip
