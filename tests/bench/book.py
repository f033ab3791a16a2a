"""A book of any size in the `generic` layout, for measuring: `python -m tests.bench.book FOLDER --households 1000`.

Households come one after the other and are forgotten when written, so a book of any size fits in little memory. Each is
drawn from its own seed: household 7 is the same in a book of ten and in a book of ten thousand. Sizes are mixed on
purpose: a median of 60 lots, a tail up to 3,000; one account in eight is locked, one taxpayer in six carries losses.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import random
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from math import exp, log
from pathlib import Path

from tests.bench.market import AS_OF, ASSUMPTIONS, POLICY, SECURITIES, Listed, write_market

CENT = Decimal("0.01")
STATES = ("CA", "NY", "TX", "FL", "IL", "PA", "NJ", "MA", "WA")
STATUSES = ("single", "married_joint", "head_of_household")
MODELS = {
    "balanced_60_40": {"us_equity": 0.36, "intl_equity": 0.18, "reit": 0.06, "core_bond": 0.28, "muni_bond": 0.10},
    "growth_80_20": {"us_equity": 0.48, "intl_equity": 0.24, "reit": 0.08, "core_bond": 0.10, "muni_bond": 0.08},
    "income_40_60": {"us_equity": 0.24, "intl_equity": 0.12, "reit": 0.04, "core_bond": 0.40, "muni_bond": 0.16},
}
PRICES = {listed.symbol: listed.price for listed in SECURITIES}
BY_CLASS = {kind: [listed for listed in SECURITIES if listed.asset_class == kind] for kind in MODELS["balanced_60_40"]}
KINDS = {"taxable": "individual", "tax_deferred": "ira_trad", "tax_exempt": "ira_roth"}
MEDIAN_LOTS, MOST_LOTS = 60, 3_000
LARGE = 0.02
"""Share of households with many years of reinvested dividends: 500 lots to 3,000."""
CUSTODIAN = "fielding"

HEADERS = {
    "households": "household_id,name,advisor,model,last_rebalanced,mode",
    "taxpayers": "taxpayer_id,household_id,filing_status,state,ordinary_income,taxable_interest,nonqualified_dividends,qualified_dividends,"
    "deduction,deduction_amt_addback,st_carryforward,lt_carryforward,realized_st_ytd,realized_lt_ytd",
    "owners": "owner,taxpayer_id,birth_date,spouse_of",
    "accounts": "account_id,household_id,taxpayer_id,owner,custodian,custodian_ref,registration,tax_treatment,status,relief_method,"
    "reinvest_dividends",
    "flows": "account_id,household_id,kind,amount,due",
    "held_away": "taxpayer_id,symbol,trade_date,side,quantity",
}  # fmt: skip
EXTRACTS = {
    "positions": "account,symbol,quantity,market_value",
    "lots": "account,symbol,lot_id,acquired_date,quantity,cost_basis,covered",
    "cash": "account,settled_cash,unsettled_cash",
}


@dataclass
class Sheet:
    """A CSV file that is written row by row and remembers what its manifest must say."""

    writer: csv.DictWriter[str]
    rows: int = 0
    quantity: Decimal = Decimal(0)
    market_value: Decimal = Decimal(0)

    def add(self, **cells: object) -> None:
        self.writer.writerow({name: "" if value is None else value for name, value in cells.items()})
        self.rows += 1
        self.quantity += Decimal(str(cells.get("quantity", 0)))
        self.market_value += Decimal(str(cells.get("market_value", 0)))


@dataclass(frozen=True)
class Drawn:
    """An account as drawn: lots by symbol, as (acquired, shares, unit cost)."""

    account_id: str
    treatment: str
    status: str
    cash: Decimal
    lots: dict[str, list[tuple[date, int, Decimal]]]


def write_book(folder: Path, households: int, seed: int = 7, first: int = 1, rested: tuple[int, int] = (20, 700)) -> Path:
    """Write a firm with that many households to an empty or new folder, and return the folder. `rested`: days since their last
    rebalancing, from and to; from 366 on every household is due under the example's policy."""
    extracts = folder / "extracts" / str(AS_OF) / CUSTODIAN
    for place in (folder / "reference", extracts):
        place.mkdir(parents=True, exist_ok=True)
    write_market(folder / "reference")
    for place, files in (("policy", POLICY), ("assumptions", ASSUMPTIONS)):
        shutil.copytree(files, folder / place, dirs_exist_ok=True)
    # What speaks of the example's own households has nobody to speak of here.
    shutil.rmtree(folder / "policy" / "household")
    (folder / "policy" / "firm" / "concentration.yaml").unlink()
    with contextlib.ExitStack() as open_files:
        sheets = dict(_sheets(folder / "reference", HEADERS, open_files))
        facts = dict(_sheets(extracts, EXTRACTS, open_files))
        for number in range(first, first + households):
            _write_household(number, random.Random(f"{seed}:{number}"), sheets, facts, rested)
    _write_manifest(extracts, facts)
    return folder


def _sheets(folder: Path, headers: dict[str, str], open_files: contextlib.ExitStack) -> Iterator[tuple[str, Sheet]]:
    for name, header in headers.items():
        file = open_files.enter_context((folder / f"{name}.csv").open("w", encoding="utf-8", newline=""))
        writer = csv.DictWriter(file, header.split(","), restval="", lineterminator="\n")
        writer.writeheader()
        yield name, Sheet(writer)


def _write_manifest(folder: Path, facts: dict[str, Sheet]) -> None:
    with (folder / "manifest.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("file", "as_of", "rows", "sum_quantity", "sum_market_value"))
        for name, sheet in facts.items():
            columns = EXTRACTS[name].split(",")
            quantity = sheet.quantity if "quantity" in columns else ""
            writer.writerow((f"{name}.csv", AS_OF, sheet.rows, quantity, sheet.market_value if "market_value" in columns else ""))


def _write_household(number: int, draw: random.Random, sheets: dict[str, Sheet], facts: dict[str, Sheet], rested: tuple[int, int]) -> None:
    household_id, taxpayer_id, owner = f"B-{number:06d}", f"T-{number:06d}", f"owner-{number:06d}"
    rebalanced = AS_OF - timedelta(days=draw.randint(*rested))
    model = draw.choice(list(MODELS))
    sheets["households"].add(
        household_id=household_id, name=f"Household {number}", advisor=draw.choice(("Ruth Amsel", "Daniel Cho")), model=model,
        last_rebalanced=rebalanced, mode="",
    )  # fmt: skip
    status = draw.choice(STATUSES)
    sheets["owners"].add(owner=owner, taxpayer_id=taxpayer_id, birth_date=date(draw.randint(1948, 1998), draw.randint(1, 12), 15))
    sheets["taxpayers"].add(**_return(taxpayer_id, household_id, status, draw))
    accounts = _accounts(number, model, draw)
    for account in accounts:
        sheets["accounts"].add(
            account_id=account.account_id, household_id=household_id, taxpayer_id=taxpayer_id, owner=owner, custodian=CUSTODIAN,
            custodian_ref=account.account_id, registration=KINDS[account.treatment], tax_treatment=account.treatment,
            status=account.status, relief_method="HIFO" if account.treatment == "taxable" else "FIFO", reinvest_dividends="false",
        )  # fmt: skip
        _deliver(account, facts)
    if draw.random() < 0.1:
        due = AS_OF + timedelta(days=draw.choice((0, 0, 25)))
        sheets["flows"].add(account_id=accounts[0].account_id, kind="withdrawal", amount=(accounts[0].cash / 2).quantize(CENT), due=due)


def _return(taxpayer_id: str, household_id: str, status: str, draw: random.Random) -> dict[str, object]:
    income = round(exp(draw.gauss(log(140_000), 0.7)))
    carries = draw.random() < 1 / 6
    return {
        "taxpayer_id": taxpayer_id, "household_id": household_id, "filing_status": status, "state": draw.choice(STATES),
        "ordinary_income": income, "taxable_interest": income // 40, "nonqualified_dividends": income // 90,
        "qualified_dividends": income // 25, "st_carryforward": draw.randint(0, 20_000) if carries else 0,
        "lt_carryforward": draw.randint(0, 90_000) if carries else 0, "realized_st_ytd": 0, "realized_lt_ytd": draw.randint(-4_000, 12_000),
    }  # fmt: skip


def _accounts(number: int, model: str, draw: random.Random) -> list[Drawn]:
    treatments = ["taxable", "tax_deferred"]
    treatments += [kind for kind in ("taxable", "tax_deferred", "tax_exempt", "tax_exempt") if draw.random() < 0.45]
    value = exp(draw.gauss(log(900_000), 0.9))
    accounts = [
        Drawn(
            f"B{number:06d}-{place}", treatment, "locked" if place > 2 and draw.random() < 1 / 8 else "managed",
            Decimal(round(value / len(treatments) * draw.uniform(0.005, 0.04) * 100)).scaleb(-2), {},
        )
        for place, treatment in enumerate(treatments, start=1)
    ]  # fmt: skip
    _fill(accounts, value, MODELS[model], draw)
    return accounts


def _fill(accounts: list[Drawn], value: float, model: dict[str, float], draw: random.Random) -> None:
    """Draw the household's lots, and scale each class so that the household lies near its target, as drift leaves it."""
    count = max(len(model) + 1, round(exp(draw.gauss(log(MEDIAN_LOTS), 1.0))))
    if draw.random() < LARGE:
        count = draw.randint(500, MOST_LOTS)
    count = min(count, MOST_LOTS)
    # Three lots in four are where they are taxed; a household holds more names where it has more lots.
    weights = [draw.gammavariate(2.0, 1.0) * (3 if account.treatment == "taxable" else 1) for account in accounts]
    names = {kind: draw.sample(of_kind, min(len(of_kind), 1 + count // 40)) for kind, of_kind in BY_CLASS.items()}
    kinds = [*model, *draw.choices(list(model), list(model.values()), k=count - len(model))]
    drawn = []
    for kind in kinds:
        account = draw.choices(accounts, weights)[0] if kind != "muni_bond" else accounts[0]
        drawn.append((account, draw.choice(names[kind]), draw.lognormvariate(0, 0.8), kind))
    for kind, target in model.items():
        of_kind = [each for each in drawn if each[3] == kind]
        worth = value * target * draw.lognormvariate(0, 0.2) / sum(size for _, _, size, _ in of_kind)
        for account, listed, size, _ in of_kind:
            age = draw.randint(5, 3_000)
            shares = max(1, round(size * worth / float(listed.price)))
            lot = (AS_OF - timedelta(days=age), shares, _unit(listed, age, draw))
            account.lots.setdefault(listed.symbol, []).append(lot)


def _unit(listed: Listed, age: int, draw: random.Random) -> Decimal:
    paid = float(listed.price) / exp(draw.gauss(listed.growth_per_day * age, 0.12))
    return Decimal(paid).quantize(CENT, rounding=ROUND_HALF_EVEN)


def _deliver(account: Drawn, facts: dict[str, Sheet]) -> None:
    facts["cash"].add(account=account.account_id, settled_cash=account.cash, unsettled_cash="0.00")
    for symbol, lots in sorted(account.lots.items()):
        shares = sum(bought for _, bought, _ in lots)
        facts["positions"].add(account=account.account_id, symbol=symbol, quantity=shares, market_value=shares * PRICES[symbol])
        for number, (acquired, bought, unit) in enumerate(lots, start=1):
            facts["lots"].add(
                account=account.account_id, symbol=symbol, lot_id=f"{symbol}-{number}", acquired_date=acquired, quantity=bought,
                cost_basis=bought * unit, covered="true",
            )  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> None:
    """Write a book from the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.book", description=write_book.__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--households", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=7)
    given = parser.parse_args(arguments)
    print(write_book(given.folder, given.households, given.seed))


if __name__ == "__main__":
    main()
