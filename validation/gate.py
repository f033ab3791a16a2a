"""The gate: what of the day's book may be acted on. It repairs nothing; it lets through, freezes, or holds back.

    marts → table contracts → reference relations → prices → positions, lots, cash → deliveries → taxes → GatedBook

One bad account never stops the book: the smallest thing that the trouble touches is held back, and everybody else goes on.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import polars as pl

from validation.deliveries import blocked_custodians, check_deliveries
from validation.findings import Finding, Scope, Severity, in_order
from validation.household import Household
from validation.household_records import Book, ByHousehold
from validation.marts import Marts
from validation.pricing import price_book
from validation.reconcile import reconcile
from validation.relations import Ids, check_reference
from validation.restated import restated_findings
from validation.stakes import with_stakes
from validation.tables import check_contracts
from validation.traded import traded_to_date
from validation.waivers import read_waivers
from validation.wash_ledger import wash_ledger
from validation.year_to_date import years_to_date


@dataclass(frozen=True)
class GatedBook:
    """The checked book of one day. Households are read one by one; findings are of all.

    household_ids   every household that households.csv names, sorted, blocked ones too
    findings        everything there is to say, in order; those of many households carry no household id
    """

    household_ids: tuple[str, ...]
    findings: tuple[Finding, ...]
    book: Book
    deliveries_of: Mapping[str, tuple[str, ...]]
    """Household → the custodians that hold its accounts."""

    def is_blocked(self, household_id: str) -> bool:
        """Whether nothing may be proposed for the household."""
        return household_id in self._blocked or any(
            custodian in self._by_custodian for custodian in self.deliveries_of.get(household_id, ())
        )

    def findings_of(self, household_id: str) -> tuple[Finding, ...]:
        """Its own findings, and those of its deliveries and of the securities it holds, addressed to it."""
        own = self._by_household.get(household_id, [])
        of_deliveries = [found for custodian in self.deliveries_of.get(household_id, ()) for found in self._by_custodian.get(custodian, [])]
        held = {row["symbol"] for row in self.book.holdings.rows(household_id)}
        of_securities = [found for symbol in sorted(held) for found in self._by_symbol.get(symbol, [])]
        return tuple(in_order([*own, *(found.of_household(household_id) for found in (*of_deliveries, *of_securities))]))

    def read(self, household_id: str) -> Household:
        """The household as far as it is known, blocked or not. Raises KeyError for an id that the book has not."""
        return self.book.read(household_id)

    @cached_property
    def _blocked(self) -> frozenset[str]:
        return frozenset(
            found.household_id
            for found in self.findings
            if found.household_id and found.severity is Severity.ERROR and found.scope is Scope.HOUSEHOLD
        )

    @cached_property
    def _by_household(self) -> Mapping[str, list[Finding]]:
        return _grouped((found.household_id, found) for found in self.findings if found.household_id)

    @cached_property
    def _by_custodian(self) -> Mapping[str, list[Finding]]:
        return blocked_custodians(self.findings)

    @cached_property
    def _by_symbol(self) -> Mapping[str, list[Finding]]:
        return _grouped((found.subject, found) for found in self.findings if found.scope is Scope.SECURITY and not found.household_id)


def gate(marts: Marts, as_of: date) -> GatedBook:
    """Check the whole book and say what may be acted on. Never raises for what stands in the data."""
    ids = Ids(marts)
    waivers = read_waivers(marts, as_of)
    pricing = price_book(marts, as_of, waivers)
    reconciled = reconcile(marts, pricing, as_of)
    ledger = wash_ledger(marts, reconciled.lots, as_of)
    years = years_to_date(marts, as_of)
    book = Book(
        as_of=as_of,
        households=_households(marts, ids),
        taxpayers=ByHousehold(marts.taxpayers),
        owners=ByHousehold(_owners(marts)),
        accounts=ByHousehold(marts.accounts),
        orders=ByHousehold(_orders(marts)),
        holdings=ByHousehold(reconciled.holdings),
        lots=ByHousehold(reconciled.lots),
        cash=ByHousehold(marts.cash),
        purchases=ByHousehold(ledger.purchases),
        loss_sales=ByHousehold(ledger.loss_sales),
        traded=ByHousehold(traded_to_date(marts, as_of)),
        pricing=pricing,
        years_to_date=years,
        paths=dict(marts.deliveries.select("file_no", "path").iter_rows()),
    )
    findings = [
        *marts.findings,
        *check_contracts(marts),
        *check_reference(marts, ids),
        *pricing.findings,
        *reconciled.findings,
        *check_deliveries(marts, as_of, waivers),
        *restated_findings(marts),
        *ledger.findings,
        *years.findings,
    ]
    findings += waivers.findings_beside(findings)
    households = tuple(sorted(ids.households))
    known = [found for found in findings if not found.household_id or found.household_id in ids.households]
    return GatedBook(households, tuple(in_order(with_stakes(known, marts, reconciled.holdings, pricing))), book, _custodians(marts, ids))


def _households(marts: Marts, ids: Ids) -> Mapping[str, dict[str, object]]:
    nothing = {"name": "", "advisor": "", "model": "", "last_rebalanced": None, "mode": "", "line": 0}
    known = {row["household_id"]: row for row in marts.households.iter_rows(named=True)}
    return {household_id: known.get(household_id, nothing) for household_id in ids.households}


def _owners(marts: Marts) -> pl.DataFrame:
    return marts.owners.join(marts.taxpayers.select("taxpayer_id", "household_id"), on="taxpayer_id", maintain_order="left")


def _orders(marts: Marts) -> pl.DataFrame:
    """Cash orders with the household they belong to; an order of an account finds it through the account."""
    of_account = marts.accounts.select("account_id", pl.col("household_id").alias("_of_account"))
    return (
        marts.cash_orders.join(of_account, on="account_id", how="left", maintain_order="left")
        .with_columns(pl.coalesce("_of_account", "household_id").alias("household_id"))
        .drop("_of_account")
        .sort("household_id", "line")
    )


def _custodians(marts: Marts, ids: Ids) -> Mapping[str, tuple[str, ...]]:
    pairs = (
        marts.accounts.filter(pl.col("household_id").is_in([*ids.households]))
        .select("household_id", "custodian")
        .unique()
        .sort("household_id", "custodian")
    )
    return {
        household: tuple(custodians)
        for household, custodians in pairs.group_by("household_id", maintain_order=True).agg("custodian").iter_rows()
    }


def _grouped(pairs: Iterable[tuple[str, Finding]]) -> Mapping[str, list[Finding]]:
    groups: dict[str, list[Finding]] = defaultdict(list)
    for key, found in pairs:
        groups[key].append(found)
    return groups
