"""Every layout by name, with the file name that its custodian gives it: what the tests parse, mutate and measure."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from flows.custodians.engine import parse_file
from flows.custodians.parsed import ParsedFile
from tests.flows.custodians.book import Account, account
from tests.flows.custodians.layouts import etrade, fidelity, generic, ibkr, ofx, pershing, schwab, vanguard


@dataclass(frozen=True)
class Delivered:
    """One file of a delivery: what it is called, what stands in it, which profile reads it, whose accounts it has."""

    name: str
    text: str
    profile: str
    accounts: tuple[Account, ...] = ()

    def parse(self, folder: Path, content: bytes | None = None) -> ParsedFile:
        """The file, or other bytes under its name, as the engine reads it."""
        path = folder / self.name
        path.write_bytes(self.text.encode("utf-8") if content is None else content)
        return parse_file(path, f"extracts/2026-06-12/somebody/{self.name}", "somebody")


def deliveries() -> dict[str, Delivered]:
    """Layout → file, all of one synthetic household."""
    files: dict[str, Delivered] = {}

    def add(layout: str, name: str, text: str, profile: str, *accounts: Account) -> None:
        files[layout] = Delivered(name, text, profile, accounts)

    both = [account("0012"), account("0013", "250.00")]
    for name, text in generic.templates(both).items():
        add(f"generic {name}", name, text, f"generic-{name.removesuffix('.csv')}", *both)
    one, two = account("...724"), account("...991")
    for year in schwab.HEADERS:
        add(f"schwab positions {year}", f"Individual-Positions-{year}.csv", schwab.positions(one, year), "schwab-positions", one)
        add(
            f"schwab all accounts {year}",
            f"All-Accounts-Positions-{year}.csv",
            schwab.all_accounts([one, two], year),
            "schwab-positions",
            one,
            two,
        )
        masked = account("XXXX-1234") if year == 2020 else one
        text = schwab.transactions(masked, year)
        add(f"schwab transactions {year}", f"Individual_XXX724_Transactions_{year}.csv", text, "schwab-transactions", masked)
    masked = account("XXXX-4321")
    for holding in masked.holdings:
        add(
            f"schwab lots 9 {holding.symbol}",
            f"{holding.symbol}-Lot-Details.csv",
            schwab.lots(masked, holding, wide=False),
            "schwab-lots",
            masked,
        )
        add(
            f"schwab lots 15 {holding.symbol}",
            f"{holding.symbol}-Lot-Details.csv",
            schwab.lots(masked, holding, wide=True),
            "schwab-lots",
            masked,
        )
    add("schwab realized", "Rollover_IRA_GainLoss.csv", schwab.realized([one]), "schwab-realized", one)
    add("schwab realized all", "All_Accounts_GainLoss.csv", schwab.realized([one, two], "-"), "schwab-realized", one, two)
    flex = [account("U1234567", "250.00"), account("U7654321")]
    for name, day, separator in (
        ("plain", "%Y%m%d", ";"),
        ("dashed", "%Y-%m-%d", ";"),
        ("american", "%m/%d/%Y", " "),
        ("european", "%d/%m/%Y", ","),
        ("named", "%d-%b-%y", ";"),
    ):
        add(f"ibkr flex {name}", f"{name}.xml", ibkr.flex(flex, day, separator), "ibkr-flex", *flex)
    add("pershing gcus", "GCUS.txt", pershing.gcus(gcus := [account("ABC123451"), account("ABC999991", "-100.50")]), "pershing-gcus", *gcus)
    named = account("Individual Brokerage -1234")
    for view in etrade.VIEWS:
        add(f"etrade {view}", "PortfolioDownload.csv", etrade.portfolio(named, view), "etrade-portfolio", named)
    whole = [account("X12345678", "-55.10"), account("Z87654321")]
    add("fidelity positions", "Portfolio_Positions_Jun-12-2026.csv", fidelity.positions(whole), "fidelity-positions", *whole)
    add(
        "fidelity closed lots", "Realized_Gain_Loss_Account_X12345678.csv", fidelity.closed_lots(whole[0]), "fidelity-closed-lots", whole[0]
    )
    for columns in fidelity.HISTORIES:
        add(
            f"fidelity history {columns}",
            "History_for_Account_X12345678.csv",
            fidelity.history(whole[0], columns),
            "fidelity-history",
            whole[0],
        )
    add("vanguard", "OfxDownload.csv", vanguard.download(van := [account("11112222"), account("33334444")]), "vanguard-download", *van)
    for version in (1, 2):
        add(f"ofx {version}", "download.qfx", ofx.statement(whole[1], version), "ofx", whole[1])
    return files
