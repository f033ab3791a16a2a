"""Decimals as people write them: no padding zeros, no exponent."""

from __future__ import annotations

from decimal import Decimal

ONE = Decimal(1)


def plain(amount: Decimal) -> Decimal:
    """The same number without trailing zeros: 10.50000000 is 10.5, 100.00 is 100 (never 1E+2)."""
    short = amount.normalize()
    return short if short.as_tuple().exponent <= 0 else short.quantize(ONE)  # type: ignore[operator]
