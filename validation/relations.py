"""Whether the firm's reference data agree with each other: every id leads somewhere, every row can be used.

What cannot be used blocks the household it speaks of; a row that speaks of nobody is a finding and no more.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from validation.aliases import alias_findings
from validation.codes import finding
from validation.findings import Finding, Place
from validation.marts import Marts
from validation.waivers import WAIVERS

SYMBOL_FILES = ("reference/securities.csv", "reference/exposures.csv", "reference/prices.csv")
"""Bad rows of these freeze a security (validation/pricing, validation/classes) and block nobody."""


@dataclass(frozen=True)
class Ids:
    """Which id belongs to which household."""

    marts: Marts

    @cached_property
    def households(self) -> frozenset[str]:
        """Every household that households.csv names, in a broken row too: nothing disappears."""
        broken = self.marts.bad_cells.filter(pl.col("path") == "reference/households.csv")["household_id"]
        return frozenset(household for household in (*self.marts.households["household_id"], *broken) if household)

    @cached_property
    def household_of_taxpayer(self) -> Mapping[str, str]:
        return dict(self.marts.taxpayers.select("taxpayer_id", "household_id").iter_rows())

    @cached_property
    def household_of_account(self) -> Mapping[str, str]:
        return dict(self.marts.accounts.select("account_id", "household_id").iter_rows())

    @cached_property
    def taxpayer_of_owner(self) -> Mapping[str, str]:
        return dict(self.marts.owners.select("owner", "taxpayer_id").iter_rows())

    def households_of(self, row: Mapping[str, str]) -> list[str]:
        """The households that a reference row speaks of, by every id it carries; empty where none is known."""
        taxpayer = row.get("taxpayer_id") or self.taxpayer_of_owner.get(row.get("owner") or "", "")
        named = {
            row.get("household_id", ""),
            self.household_of_account.get(row.get("account_id") or "", ""),
            self.household_of_taxpayer.get(taxpayer, ""),
        }
        return sorted(named & self.households)


def check_reference(marts: Marts, ids: Ids) -> list[Finding]:
    """Every disagreement among the reference files, at its line."""
    return [
        *_bad_cells(marts, ids),
        *_taxpayers(marts, ids),
        *_owners(marts, ids),
        *_accounts(marts, ids),
        *_orders(marts, ids),
        *_held_away(marts, ids),
        *alias_findings(marts),
    ]


def _bad_cells(marts: Marts, ids: Ids) -> Iterator[Finding]:
    for row in marts.bad_cells.filter(pl.col("path") != WAIVERS).iter_rows(named=True):
        place = Place(row["path"], row["line"])
        subject = row["symbol"] or row["account_id"] or row["owner"] or row["taxpayer_id"] or row["household_id"]
        said = f"{row['column']} {row['reason']}" if row["column"] else row["reason"]
        message = f"{said}, not {row['raw']!r}" if row["code"] == "bad-value" else f"{row['reason']}: {row['raw']}"
        households = ids.households_of(row)
        if row["code"] == "duplicate-row":
            yield finding("duplicate-row", message, place, subject=subject)
        elif row["path"] in SYMBOL_FILES or not households:
            yield finding("bad-cell" if row["path"] in SYMBOL_FILES else "orphan-row", message, place, subject=subject)
        else:
            yield from (finding("bad-reference", message, place, household_id=household_id, subject=subject) for household_id in households)


def _taxpayers(marts: Marts, ids: Ids) -> Iterator[Finding]:
    place = "reference/taxpayers.csv"
    for taxpayer_id, household_id, line in marts.taxpayers.select("taxpayer_id", "household_id", "line").iter_rows():
        if household_id and household_id not in ids.households:
            yield finding(
                "unknown-household",
                f"taxpayer {taxpayer_id} belongs to household {household_id}, which is not known",
                Place(place, line),
                subject=taxpayer_id,
            )
    half = marts.taxpayers.filter(pl.col("realized_st_ytd").is_null() != pl.col("realized_lt_ytd").is_null())
    for taxpayer_id, household_id, line in half.select("taxpayer_id", "household_id", "line").iter_rows():
        yield finding(
            "half-year-to-date",
            f"taxpayer {taxpayer_id} has only one of the two year-to-date gains",
            Place(place, line),
            household_id=household_id,
            subject=taxpayer_id,
        )


def _owners(marts: Marts, ids: Ids) -> Iterator[Finding]:
    place = "reference/owners.csv"
    for owner, taxpayer_id, spouse, line in marts.owners.select("owner", "taxpayer_id", "spouse_of", "line").iter_rows():
        household_id = ids.household_of_taxpayer.get(taxpayer_id, "")
        if not household_id and taxpayer_id:
            yield finding("orphan-row", f"{owner} files the return {taxpayer_id}, which is not known", Place(place, line), subject=owner)
        if spouse and ids.household_of_taxpayer.get(ids.taxpayer_of_owner.get(spouse, ""), "?") != household_id:
            yield finding(
                "unknown-spouse",
                f"{owner} is the spouse of {spouse}, who is no owner of this household",
                Place(place, line),
                household_id=household_id,
                subject=owner,
            )


def _accounts(marts: Marts, ids: Ids) -> Iterator[Finding]:
    place = "reference/accounts.csv"
    for account, household, taxpayer, owner, custodian, ref, line, twice in _doubtful_accounts(marts, ids).iter_rows():
        here = Place(place, line)
        if household not in ids.households:
            yield finding(
                "unknown-household", f"account {account} belongs to household {household}, which is not known", here, subject=account
            )
            continue
        if taxpayer and ids.household_of_taxpayer.get(taxpayer) != household:
            known = "belongs to another household" if taxpayer in ids.household_of_taxpayer else "is not known"
            yield finding(
                "unknown-taxpayer",
                f"account {account} belongs to taxpayer {taxpayer}, who {known}",
                here,
                household_id=household,
                subject=account,
            )
        if owner and owner not in ids.taxpayer_of_owner:
            yield finding(
                "unknown-owner",
                f"account {account} belongs to {owner}, who stands in no row of owners.csv",
                here,
                household_id=household,
                subject=account,
            )
        if twice and custodian and ref:
            yield finding(
                "shared-account-reference",
                f"{custodian} {ref} leads to account {account} and to another one",
                here,
                household_id=household,
                subject=account,
            )
    owned = set(marts.accounts["household_id"])
    for household in sorted(ids.households - owned):
        yield finding(
            "household-without-accounts",
            f"household {household} has no account",
            Place("reference/households.csv"),
            household_id=household,
            subject=household,
        )


def _doubtful_accounts(marts: Marts, ids: Ids) -> pl.DataFrame:
    """Accounts with an id that leads nowhere or elsewhere, or with a reference that is not theirs alone. A million sound
    ones need no second look."""
    returns = marts.taxpayers.select("taxpayer_id", pl.col("household_id").alias("_of_return"))
    return (
        marts.accounts.join(returns, on="taxpayer_id", how="left", maintain_order="left")
        .with_columns(pl.struct("custodian", "custodian_ref").is_duplicated().alias("is_twice"))
        .filter(
            ~pl.col("household_id").is_in([*ids.households])
            | pl.col("_of_return").is_null()
            | (pl.col("_of_return") != pl.col("household_id"))
            | ~pl.col("owner").is_in([*ids.taxpayer_of_owner])
            | pl.col("is_twice")
        )
        .select("account_id", "household_id", "taxpayer_id", "owner", "custodian", "custodian_ref", "line", "is_twice")
    )


def _orders(marts: Marts, ids: Ids) -> Iterator[Finding]:
    place = "reference/flows.csv"
    twice = pl.struct("account_id", "household_id", "kind", "amount", "due").is_duplicated().alias("is_twice")
    for account, household, line, equal in marts.cash_orders.select("account_id", "household_id", "line", twice).iter_rows():
        of_account = ids.household_of_account.get(account, "")
        owner = of_account or household
        here, subject = Place(place, line), account or household
        if owner not in ids.households or (account and not of_account):
            yield finding("orphan-row", f"a cash order names {subject or 'nobody'}, which is not known", here, subject=subject)
        if bool(account) == bool(household):
            said = "both an account and a household" if account else "neither account nor household"
            for blocked in sorted({of_account, household} & ids.households):
                yield finding("bad-order", f"a cash order names {said}", here, household_id=blocked, subject=subject)
        if equal:
            yield finding(
                "duplicate-order",
                f"two equal cash orders of {subject}",
                here,
                household_id=owner if owner in ids.households else "",
                subject=subject,
            )


def _held_away(marts: Marts, ids: Ids) -> Iterator[Finding]:
    known = set(marts.securities["symbol"])
    for taxpayer, symbol, line in marts.held_away.select("taxpayer_id", "symbol", "line").iter_rows():
        here = Place("reference/held_away.csv", line)
        if taxpayer and taxpayer not in ids.household_of_taxpayer:
            yield finding("orphan-row", f"a purchase elsewhere names taxpayer {taxpayer}, who is not known", here, subject=taxpayer)
        elif symbol and symbol not in known:
            yield finding("unknown-symbol", f"{symbol} was bought elsewhere and stands in no row of securities.csv", here, subject=symbol)
