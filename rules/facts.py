"""What the firm's reference files know by name, for checking rules against: plain sets, read with the csv module.

This is no gate: a broken reference file is the ingest's to tell. Here a file that cannot be read means that its names
are not known, and rules are then not checked against them.
"""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cached_property
from pathlib import Path

from rules.language.selector import TagBook
from rules.policy import AnyRule
from rules.read import Reading
from validation.findings import NOWHERE, Place
from validation.household import (
    CASH,
    CASH_CLASS,
    UNCLASSIFIED,
    Account,
    AccountStatus,
    FilingStatus,
    Household,
    ReliefMethod,
    Security,
    Taxpayer,
    TaxTreatment,
)

Row = Mapping[str, str]


@dataclass(frozen=True)
class Facts:
    """Names by what they name (`households`, `securities`, ...); what is absent is not known and not checked.

    books           every household as far as the reference files tell it: accounts, taxpayers, securities; no holdings
    year_to_date    (short-term, long-term) realised gains by taxpayer, where taxpayers.csv states them
    """

    names: Mapping[str, frozenset[str]] = field(default_factory=dict)
    books: tuple[Household, ...] = ()
    year_to_date: Mapping[str, tuple[Decimal, Decimal]] = field(default_factory=dict)
    tags: TagBook = field(default_factory=TagBook)

    @cached_property
    def household_of(self) -> Mapping[str, str]:
        """Household by account id and by taxpayer id."""
        owners = {account.account_id: book.household_id for book in self.books for account in book.accounts}
        return owners | {taxpayer.taxpayer_id: book.household_id for book in self.books for taxpayer in book.taxpayers}

    @cached_property
    def securities(self) -> Mapping[str, Security]:
        return self.books[0].securities if self.books else {}


NOTHING_KNOWN = Facts()


def read_facts(firm: Path, as_of: date = date.min) -> Facts:
    """The names of a firm's reference/*.csv, and its households as of a day."""
    files = {name: _rows(firm / "reference" / f"{name}.csv") for name in ("households", "taxpayers", "accounts", "securities", "exposures")}
    names: dict[str, frozenset[str]] = {}
    for file, columns in _NAMES.items():
        rows = files[file]
        if rows is not None:
            names |= {name: _column(rows, column) for name, column in columns.items()}
    if files["exposures"] is not None:
        names["asset_classes"] = _column(files["exposures"], "asset_class") | {CASH_CLASS, UNCLASSIFIED}
    if "securities" in names:
        names["securities"] |= {CASH}
    tagged = [row for file in ("households", "accounts", "securities") for row in files[file] or ()]
    names["tags"] = frozenset(tag for row in tagged for tag in tags_of(row))
    found = {name: listed or [] for name, listed in files.items()}
    return Facts(names, _books(found, as_of), dict(_year_to_date(found["taxpayers"])), _tag_book(found))


def know_tags(reading: Reading, facts: Facts) -> None:
    """Tell the reading's rules who carries the tags that they select by."""
    reading.rules = [_knowing(placed, facts.tags) for placed in reading.rules]


def _knowing(placed: AnyRule, tags: TagBook) -> AnyRule:
    reach = placed.rule.applies_to
    if not reach.tags and not (reach.except_ and reach.except_.tags):
        return placed
    return replace(placed, rule=placed.rule.model_copy(update={"applies_to": reach.with_tags(tags)}))


def latest_extract_day(firm: Path) -> date | None:
    """The last day that has a folder under extracts/."""
    days = [folder.name for folder in (firm / "extracts").glob("*") if re.fullmatch(r"\d{4}-\d\d-\d\d", folder.name)]
    return date.fromisoformat(max(days)) if days else None


def _tag_book(rows: Mapping[str, list[dict[str, str]]]) -> TagBook:
    return TagBook(*(
        {row.get(key, ""): tags for row in rows[file] if (tags := tags_of(row))}
        for file, key in (("households", "household_id"), ("accounts", "account_id"), ("securities", "symbol"))
    ))  # fmt: skip


def tags_of(row: Row) -> frozenset[str]:
    """The tags of a row's optional column `tags`, separated by blanks or semicolons."""
    return frozenset(re.split(r"[;\s]+", row.get("tags", "").strip())) - {""}


_NAMES = {
    "households": {"households": "household_id", "advisors": "advisor", "models": "model"},
    "taxpayers": {"taxpayers": "taxpayer_id"},
    "accounts": {"accounts": "account_id", "registrations": "registration", "custodians": "custodian"},
    "securities": {
        "securities": "symbol", "identity_groups": "identity_group", "security_types": "security_type", "issuers": "issuer",
    },
}  # fmt: skip


def _rows(file: Path) -> list[dict[str, str]] | None:
    try:
        with file.open(encoding="utf-8-sig", newline="") as text:
            return [
                {key: (value or "").strip() for key, value in row.items() if isinstance(key, str) and not isinstance(value, list)}
                | {"#": str(number)}
                for number, row in enumerate(csv.DictReader(text), 2)
            ]
    except (OSError, UnicodeDecodeError, csv.Error):
        return None


def _column(rows: Iterable[Row], column: str) -> frozenset[str]:
    return frozenset(row.get(column, "") for row in rows) - {""}


def _year_to_date(rows: Iterable[Row]) -> Iterable[tuple[str, tuple[Decimal, Decimal]]]:
    for row in rows:
        try:
            yield row["taxpayer_id"], (Decimal(row["realized_st_ytd"]), Decimal(row["realized_lt_ytd"]))
        except (KeyError, InvalidOperation):
            continue


def _books(rows: Mapping[str, list[dict[str, str]]], as_of: date) -> tuple[Household, ...]:
    securities = _securities(rows)
    accounts, taxpayers = defaultdict(list), defaultdict(list)
    for row in rows["accounts"]:
        if (account := _account(row)) is not None:
            accounts[account.household_id].append(account)
    for row in rows["taxpayers"]:
        taxpayers[row.get("household_id", "")].append(_taxpayer(row))
    return tuple(
        Household(
            household_id=row["household_id"], name=row.get("name", ""), advisor=row.get("advisor", ""), model=row.get("model", ""),
            last_rebalanced=None, mode=row.get("mode", ""), as_of=as_of, taxpayers=tuple(taxpayers[row["household_id"]]), owners=(),
            accounts=tuple(accounts[row["household_id"]]), positions=(), cash=(), orders=(), securities=securities,
            place=Place("reference/households.csv", int(row["#"])),
        )
        for row in rows["households"] if row.get("household_id")
    )  # fmt: skip


def _account(row: Row) -> Account | None:
    try:
        treatment, status = TaxTreatment(row.get("tax_treatment", "")), AccountStatus(row.get("status") or "managed")
    except ValueError:
        return None
    return Account(
        row.get("account_id", ""), row.get("household_id", ""), row.get("taxpayer_id", ""), row.get("owner", ""),
        row.get("custodian", ""), row.get("custodian_ref", ""), row.get("registration", ""), treatment, status,
        ReliefMethod.FIFO, False, NOWHERE,
    )  # fmt: skip


def _taxpayer(row: Row) -> Taxpayer:
    """Only its name matters here; amounts are the gate's to read."""
    zero = Decimal(0)
    return Taxpayer(
        row.get("taxpayer_id", ""), FilingStatus.SINGLE, row.get("state", ""), zero, zero, zero, zero, None, None, zero, zero, zero, zero
    )  # fmt: skip


def _fraction(cell: str) -> Decimal:
    try:
        return Decimal(cell.strip() or 0)
    except InvalidOperation:
        return Decimal(0)


def _securities(rows: Mapping[str, list[dict[str, str]]]) -> dict[str, Security]:
    exposures: dict[str, dict[str, Decimal]] = defaultdict(dict)
    for row in rows["exposures"]:
        try:
            exposures[row.get("symbol", "")][row.get("asset_class", "")] = Decimal(row.get("weight", ""))
        except InvalidOperation:
            continue
    return {
        row["symbol"]: Security(
            row["symbol"], row.get("name", ""), row.get("security_type", ""), row.get("identity_group", ""),
            row.get("equivalent_group", ""), row.get("issuer", ""), Decimal(0), False, Decimal(0), None,
            exposures[row["symbol"]], redemption_fee_frac=_fraction(row.get("redemption_fee_frac", "")),
        )
        for row in rows["securities"] if row.get("symbol")
    }  # fmt: skip
