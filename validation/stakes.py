"""How many dollars a finding about a security holds back, over the whole book: what ranks the list of findings."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

import polars as pl

from validation.findings import Finding, Scope, Severity
from validation.pricing import Pricing
from validation.units import cents


def with_stakes(findings: Iterable[Finding], holdings: pl.DataFrame, pricing: Pricing) -> list[Finding]:
    """The findings; errors about a security everywhere carry the value of it that counted accounts hold."""
    found = list(findings)
    symbols = {one.subject for one in found if _is_everywhere(one)}
    if not symbols:
        return found
    held = (
        holdings.filter(pl.col("symbol").is_in([*symbols]), pl.col("status") != "excluded")
        .group_by("symbol")
        .agg(pl.col("quantity").abs().sum())
    )
    value: dict[str, Decimal] = {}
    for symbol, quantity in held.iter_rows():
        security = pricing.security(symbol)
        if security.has_price:
            value[symbol] = cents(quantity * security.price_usd)
    return [replace(one, at_stake_usd=value.get(one.subject)) if _is_everywhere(one) else one for one in found]


def _is_everywhere(finding: Finding) -> bool:
    return finding.severity is Severity.ERROR and finding.scope is Scope.SECURITY and not finding.household_id
