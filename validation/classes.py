"""What a security is made of: its asset classes, with weights that sum to one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

import polars as pl

from validation.codes import finding
from validation.findings import Finding, Place
from validation.marts import Marts
from validation.plain import plain
from validation.units import ZERO

EXPOSURES, SECURITIES = "reference/exposures.csv", "reference/securities.csv"
ONE, HALF = Decimal(1), Decimal("0.5")


@dataclass(frozen=True)
class Exposures:
    """`of`: symbol → class → weight, summing to one exactly. `frozen`: symbol → code, for what could not be classified."""

    of: Mapping[str, Mapping[str, Decimal]]
    frozen: Mapping[str, str]
    findings: tuple[Finding, ...]


def read_exposures(marts: Marts) -> Exposures:
    """The exposures of every security of securities.csv. A sum off by no more than the rounding of its weights is
    completed in the largest weight; any other is not used at all."""
    spoilt = set(marts.bad_cells.filter(pl.col("path") == EXPOSURES, pl.col("code") != "duplicate-row")["symbol"])
    parts: dict[str, dict[str, Decimal]] = {}
    lines: dict[str, int] = {}
    for symbol, asset_class, weight, line in marts.exposures.select("symbol", "asset_class", "weight", "line").iter_rows():
        lines.setdefault(symbol, line)
        if weight is not None and asset_class:
            parts.setdefault(symbol, {})[asset_class] = plain(weight)
    of: dict[str, dict[str, Decimal]] = {}
    frozen: dict[str, str] = {}
    findings: list[Finding] = []
    for symbol, line in marts.securities.select("symbol", "line").iter_rows():
        weights = parts.get(symbol, {})
        gap = ONE - sum(weights.values(), ZERO)
        if not weights and symbol not in spoilt:
            frozen[symbol] = "no-exposures"
            findings.append(finding("no-exposures", f"{symbol} has no row in exposures.csv", Place(SECURITIES, line), subject=symbol))
        elif symbol in spoilt or abs(gap) > _rounding(weights):
            frozen[symbol] = "exposures-do-not-sum"
            total = "cannot be summed" if symbol in spoilt else f"sum to {ONE - gap}"
            findings.append(
                finding("exposures-do-not-sum", f"the weights of {symbol} {total}", Place(EXPOSURES, lines.get(symbol, 0)), subject=symbol)
            )
        else:
            if gap:
                largest = max(weights, key=lambda name: (weights[name], name))
                weights[largest] += gap
                findings.append(
                    finding(
                        "exposures-rounded", f"the weights of {symbol} sum to {ONE - gap}", Place(EXPOSURES, lines[symbol]), subject=symbol
                    )
                )
            of[symbol] = {name: weight for name, weight in weights.items() if weight}
    known = set(marts.securities["symbol"])
    findings += [
        finding("unknown-symbol", f"{symbol} has exposures and stands in no row of securities.csv", Place(EXPOSURES, line), subject=symbol)
        for symbol, line in lines.items()
        if symbol and symbol not in known
    ]
    return Exposures(of, frozen, tuple(findings))


def _rounding(weights: Mapping[str, Decimal]) -> Decimal:
    """Half a unit of the last decimal that any weight is written with, per weight; nothing where all are whole."""
    exponent = min(int(weight.as_tuple().exponent) for weight in weights.values())
    return HALF * len(weights) * Decimal(1).scaleb(exponent) if exponent < -2 else ZERO
