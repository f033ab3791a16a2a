"""Units in names, and the one rounding of money.

Amounts of money and shares are Decimal in every floor but the solver, which computes in float64 dollars.
A name ends in its unit: `cost_basis_usd`, `weight_frac` (a fraction, 0.05 is five percent), `half_spread_bps`
(hundredths of a percent), `min_days`.
"""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal
from typing import TypeAlias

Usd: TypeAlias = Decimal
"""US dollars."""
Shares: TypeAlias = Decimal
"""Units of a security, signed: negative is short."""
Frac: TypeAlias = Decimal
"""A fraction: 0.05 is five percent."""
Bps: TypeAlias = Decimal
"""Hundredths of a percent."""

CENT = Decimal("0.01")
ZERO = Decimal(0)


def cents(amount: Decimal) -> Decimal:
    """The amount in whole cents, ties to the even cent (as statements and Python's `round` do)."""
    return amount.quantize(CENT, rounding=ROUND_HALF_EVEN)
