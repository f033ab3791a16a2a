"""The reference household as a firm of its own on disk, rules and assumptions included.

python -m tests.bench.reference_firm FOLDER --seeds 20
"""

from __future__ import annotations

import argparse
import csv
from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

from rules.load import load_policy
from rules.policy import HouseholdPolicy
from tests.bench.reference_household import (
    AS_OF,
    CLASSES,
    CUSTODIAN,
    REGISTRATIONS,
    TREATMENTS,
    VALUE,
    DrawnHousehold,
    drawn,
    reference_household,
)


def reference_policy(seed: int, folder: Path) -> HouseholdPolicy:
    """The rules that bind the household, read from a firm written to `folder`."""
    policy, findings = load_policy(write_firm(seed, folder))
    if policy is None:
        raise ValueError(f"the reference policy does not read: {findings}")
    return policy.for_household(reference_household(seed))


def write_firm(seed: int, folder: Path) -> Path:
    """The household as a firm of its own, complete on disk in the `generic` layout; returns the firm's folder."""
    it = drawn(seed)
    firm = folder / it.name
    extracts = firm / "extracts" / str(AS_OF) / CUSTODIAN
    for place in (extracts, firm / "reference", firm / "policy", firm / "assumptions"):
        place.mkdir(parents=True, exist_ok=True)
    for name, rows in _reference(it).items():
        _write(firm / "reference" / f"{name}.csv", rows)
    for name, rows in _extracts(it).items():
        _write(extracts / f"{name}.csv", rows)
    (firm / "policy" / "rules.yaml").write_text(_rules(it), encoding="utf-8")
    (firm / "assumptions" / "reference.yaml").write_text(_assumptions(), encoding="utf-8")
    return firm


def _write(path: Path, rows: Sequence[Sequence[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


def _reference(it: DrawnHousehold) -> dict[str, list[Sequence[object]]]:
    taxpayer, owner = f"T-{it.name}", f"owner-{it.name}"
    return {
        "households": [
            ("household_id", "name", "advisor", "model", "last_rebalanced", "mode"),
            (it.name, f"Reference household {it.seed}", "Bench", "reference", "2025-01-02", ""),
        ],
        "taxpayers": [
            (
                "taxpayer_id", "household_id", "filing_status", "state", "ordinary_income", "taxable_interest", "nonqualified_dividends",
                "qualified_dividends", "deduction", "deduction_amt_addback", "st_carryforward", "lt_carryforward", "realized_st_ytd",
                "realized_lt_ytd",
            ),
            (taxpayer, it.name, "married_joint", "TX", 180_000, 6_000, 4_000, 16_000, "", "", 0, 0, 0, 0),
        ],
        "owners": [("owner", "taxpayer_id", "birth_date", "spouse_of"), (owner, taxpayer, "1975-05-15", "")],
        "accounts": [
            (
                "account_id", "household_id", "taxpayer_id", "owner", "custodian", "custodian_ref", "registration", "tax_treatment",
                "status", "relief_method", "reinvest_dividends",
            ),
            *(
                (
                    it.account_id(place), it.name, taxpayer, owner, CUSTODIAN, it.account_id(place), REGISTRATIONS[place], treatment,
                    "managed", "FIFO", "false",
                )
                for place, treatment in enumerate(TREATMENTS)
            ),
        ],
        "securities": [
            ("symbol", "cusip", "name", "security_type", "identity_group", "equivalent_group", "half_spread_bps", "whole_shares", "issuer"),
            *((symbol, "", symbol, "etf", symbol, symbol.rsplit("_", 1)[0].lower(), 5, "true", "") for symbol in sorted(it.price)),
        ],
        "exposures": [("symbol", "asset_class", "weight"), *((symbol, symbol.rsplit("_", 1)[0].lower(), 1) for symbol in sorted(it.price))],
        "prices": [("symbol", "date", "price", "source"), *((symbol, AS_OF, price, "drawn") for symbol, price in sorted(it.price.items()))],
        "flows": [("account_id", "household_id", "kind", "amount", "due")],
        "held_away": [("taxpayer_id", "symbol", "trade_date", "side", "quantity")],
    }  # fmt: skip


def _extracts(it: DrawnHousehold) -> dict[str, list[Sequence[object]]]:
    held: dict[tuple[str, str], int] = defaultdict(int)
    for lot in it.lots:
        held[it.account_id(lot.account), lot.symbol] += lot.shares
    positions = [(account, symbol, shares, shares * it.price[symbol]) for (account, symbol), shares in sorted(held.items())]
    lots = [
        (it.account_id(lot.account), lot.symbol, lot.lot_id, lot.acquired, lot.shares, lot.basis, "true")
        for lot in sorted(it.lots, key=lambda lot: (lot.account, lot.symbol, lot.lot_id))
    ]
    shares, value = sum(held.values()), sum((row[3] for row in positions), Decimal(0))
    return {
        "positions": [("account", "symbol", "quantity", "market_value"), *positions],
        "lots": [("account", "symbol", "lot_id", "acquired_date", "quantity", "cost_basis", "covered"), *lots],
        "cash": [("account", "settled_cash", "unsettled_cash"), *((it.account_id(place), cash, 0) for place, cash in enumerate(it.cash))],
        "manifest": [
            ("file", "as_of", "rows", "sum_quantity", "sum_market_value"),
            ("positions.csv", AS_OF, len(positions), shares, value),
            ("lots.csv", AS_OF, len(lots), shares, ""),
            ("cash.csv", AS_OF, len(it.cash), "", ""),
        ],
    }


def _rules(it: DrawnHousehold) -> str:
    weights = ", ".join(f"{name}: {weight}" for name, weight in it.target.items())
    holdings = "\n".join(f"      {name}: [{name.upper()}_A, {name.upper()}_B]" for name in CLASSES)
    common = "because: It is part of the reference household.\n    source: {title: The model page, section: Reference household}"
    return f"""rules:
  - kind: target
    id: reference
    title: Reference target
    {common}
    weights_frac: {{{weights}}}
    holdings:
{holdings}
  - kind: band
    id: bands
    title: Drift at two and ten percent
    {common}
    absolute_frac: 0.01
    price_of_drift: {{usd_per_year: 100, inside_usd_per_year: 20, per_usd: 1_000, years: 1}}
  - kind: gain_budget
    id: gains
    title: Net gains of one percent of value
    {common}
    net_usd: {VALUE // 100}
  - kind: wash_sale
    id: wash
    title: Never wash a loss
    {common}
    mode: avoid
  - kind: location
    id: location
    title: Where assets are taxed least
    {common}
    assumptions: reference
  - kind: trade_size
    id: trade_size
    title: No trade below $500
    {common}
    min_usd: 500
  - kind: cadence
    id: cadence
    title: Always due
    {common}
    min_days: 0
    max_days: 30
"""


def _assumptions() -> str:
    """Twelve classes from pure growth to pure interest, so that placing them matters."""
    rows = []
    for place, name in enumerate((*CLASSES, "cash")):
        interest = Decimal(max(0, place - 5)) * Decimal("0.006")
        dividends = Decimal("0.015") if interest == 0 else Decimal(0)
        total = interest + Decimal("0.03") if interest else Decimal("0.065")
        rows.append(
            f"  {name}: {{total_return_frac: {total}, ordinary_yield_frac: {interest}, exempt_share_frac: 0, "
            f"dividend_yield_frac: {dividends}, qualified_share_frac: 0.9, turnover_frac: 0.05, short_term_share_frac: 0, "
            "expense_frac: 0.0003, foreign_tax_share_frac: 0}"
        )
    head = (
        "id: reference\ntitle: Reference assumptions\nas_of: 2026-01-02\nsource: {title: The model page, section: Reference household}\n"
        "form: one_year\ndeferred_convention: full_balance\nclasses:\n"
    )
    return head + "\n".join(rows) + "\n"


def main(arguments: Sequence[str] | None = None) -> None:
    """Write reference households as firms from the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.reference_firm")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seeds", type=int, default=20)
    given = parser.parse_args(arguments)
    for seed in range(1, given.seeds + 1):
        print(write_firm(seed, given.folder))


if __name__ == "__main__":
    main()
