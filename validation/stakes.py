"""How many dollars a finding holds back: what ranks the list of findings. Figures to rank by, in cents.

a security everywhere    what counted accounts hold of it, over the whole book
a household              its value
a delivery               the value of every household with an account there
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal

import polars as pl

from validation.findings import Finding, Scope, Severity
from validation.marts import Marts
from validation.pricing import Pricing
from validation.units import cents


def with_stakes(findings: Iterable[Finding], marts: Marts, holdings: pl.DataFrame, pricing: Pricing) -> list[Finding]:
    """The findings; every error about a security, a household or a delivery carries the dollars that wait for its cure."""
    found = list(findings)
    errors = [one for one in found if one.severity is Severity.ERROR and one.at_stake_usd is None]
    if not errors:
        return found
    counted = _counted(holdings, pricing)
    of_symbol = _by("symbol", counted)
    of_household = _by("household_id", pl.concat([counted.select("household_id", "value"), _cash(marts)]))
    of_custodian: dict[str, Decimal] = {}
    for household, custodian in marts.accounts.select("household_id", "custodian").unique(maintain_order=True).iter_rows():
        of_custodian[custodian] = of_custodian.get(custodian, Decimal(0)) + of_household.get(household, Decimal(0))

    def stake(one: Finding) -> Decimal | None:
        if one.scope is Scope.SECURITY and not one.household_id:
            return of_symbol.get(one.subject)
        if one.scope is Scope.HOUSEHOLD:
            return of_household.get(one.household_id)
        return of_custodian.get(one.place.custodian) if one.scope is Scope.FILE else None

    waiting = {id(one) for one in errors}
    return [replace(one, at_stake_usd=stake(one)) if id(one) in waiting else one for one in found]


def _counted(holdings: pl.DataFrame, pricing: Pricing) -> pl.DataFrame:
    prices = pl.DataFrame(
        [
            (symbol, float(security.price_usd))
            for book in (pricing.known, pricing.unknown)
            for symbol, security in book.items()
            if security.has_price
        ],
        schema={"symbol": pl.String, "price": pl.Float64},
        orient="row",
    )
    return (
        holdings.select("household_id", "symbol", "quantity", "status")
        .filter(pl.col("status") != "excluded")
        .join(prices, on="symbol", maintain_order="left")
        .select("household_id", "symbol", (pl.col("quantity").cast(pl.Float64) * pl.col("price")).alias("value"))
    )


def _cash(marts: Marts) -> pl.DataFrame:
    counted = marts.accounts.filter(pl.col("status") != "excluded").select("account_id")
    return marts.cash.join(counted, on="account_id", how="semi", maintain_order="left").select(
        "household_id", (pl.col("settled_cash") + pl.col("unsettled_cash")).cast(pl.Float64).alias("value")
    )


def _by(key: str, values: pl.DataFrame) -> Mapping[str, Decimal]:
    sums = values.group_by(key).agg(pl.col("value").sum())
    return {name: cents(Decimal(f"{value:.4f}")) for name, value in sums.iter_rows()}
