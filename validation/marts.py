"""What the warehouse hands to the gate: one frame per table, every fact with the file and line it came from.

A frame's schema and grain stand in validation/tables. Nothing here has been judged yet: a mart may hold lots without
basis, prices of last month and positions that do not foot. What could not even become a fact stands in the frames at
the end (`unmapped`, `rejected`, `bad_cells`), so that nothing that was delivered is lost on the way.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields

import polars as pl

from validation.findings import Finding


@dataclass(frozen=True)
class Marts:
    """The book of one day.

    Reference tables (`line` is the line of reference/<table>.csv):
        households, taxpayers, owners, accounts, securities, exposures, prices, cash_orders (flows.csv), held_away, aliases, waivers
    Facts of the extracts (`file_no` leads to `deliveries`, `line` is the line there), resolved to account and security:
        positions, tax_lots, cash, transactions, realized
    What the load says of itself:
        deliveries      one row per landed file
        control_totals  one row per total that a file states, with what its rows add up to
        unmapped        one row per file × table × account reference that accounts.csv does not know
        rejected        one row per delivered row that became no fact
        restated        one row per lot whose basis or dates are other than the day before, without a trade
        bad_cells       one row per cell or row of a reference file that cannot be read as what it should be
        findings        what was found while landing (unreadable files, superseded deliveries)
    """

    households: pl.DataFrame
    taxpayers: pl.DataFrame
    owners: pl.DataFrame
    accounts: pl.DataFrame
    securities: pl.DataFrame
    exposures: pl.DataFrame
    prices: pl.DataFrame
    cash_orders: pl.DataFrame
    held_away: pl.DataFrame
    aliases: pl.DataFrame
    waivers: pl.DataFrame
    positions: pl.DataFrame
    tax_lots: pl.DataFrame
    cash: pl.DataFrame
    transactions: pl.DataFrame
    realized: pl.DataFrame
    deliveries: pl.DataFrame
    control_totals: pl.DataFrame
    unmapped: pl.DataFrame
    rejected: pl.DataFrame
    restated: pl.DataFrame
    bad_cells: pl.DataFrame
    findings: tuple[Finding, ...] = ()

    def frames(self) -> Iterator[tuple[str, pl.DataFrame]]:
        """Every frame with its name, in the order above."""
        for field in fields(self):
            frame = getattr(self, field.name)
            if isinstance(frame, pl.DataFrame):
                yield field.name, frame
