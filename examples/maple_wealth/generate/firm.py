"""The whole firm as files: every custodian's delivery of the as-of date, and the reference tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import partial
from pathlib import Path

from . import generic, ibkr, pershing, reference, schwab, schwab_realized
from .book import AS_OF, Account, Household, read_book
from .layout import Files
from .market import Market, read_market

FIRM = Path(__file__).resolve().parent.parent
MARKET = Path(__file__).with_name("market.yaml")
WRITTEN = ("extracts", "reference")
"""The folders that the generator owns."""

Writer = Callable[[Sequence[Account], Market, str], Files]


def _schwab(accounts: Sequence[Account], market: Market, folder: str) -> Files:
    return {**schwab.write(accounts, market, folder), **schwab_realized.write(accounts, market, folder)}


def _pershing(accounts: Sequence[Account], market: Market, folder: str) -> Files:
    with_lots = [account for account in accounts if any(held.lots for held in account.positions)]
    return {**pershing.write(accounts, market, folder), **generic.write_lots(with_lots, folder)}


CUSTODIANS: Mapping[str, Writer] = {
    "schwab": _schwab,
    "ibkr": ibkr.write,
    "pershing": _pershing,
    "juniper": generic.write,
    # The delivery that does not tie, alone in its folder: its manifest states 1,250.00 more than the positions add up to.
    "larkspur": partial(generic.write, told_wrong={"positions.csv": Decimal("1250.00")}),
}


def read() -> tuple[tuple[Household, ...], Market]:
    """The book and its market."""
    market = read_market(MARKET)
    return read_book(market), market


def files() -> Files:
    """Bytes by path below the firm's folder, in the order of paths."""
    households, market = read()
    written: Files = reference.write(households, market, "reference")
    accounts = [account for household in households for account in household.accounts]
    unknown = {account.custodian for account in accounts} - set(CUSTODIANS)
    if unknown:
        raise ValueError(f"no writer for the custodian {', '.join(sorted(unknown))}")
    for custodian, write in CUSTODIANS.items():
        held = [account for account in accounts if account.custodian == custodian]
        written.update(write(held, market, f"extracts/{AS_OF}/{custodian}"))
    return dict(sorted(written.items()))


def rewrite(firm: Path = FIRM) -> Files:
    """Write the firm's generated folders afresh, and return what was written."""
    content = files()
    for folder in WRITTEN:
        for stale in sorted((firm / folder).rglob("*"), reverse=True):
            stale.rmdir() if stale.is_dir() else stale.unlink()
    for path, data in content.items():
        target = firm / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    return content
