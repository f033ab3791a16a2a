"""The figures of one household and one list of trades, as they are written and shown. `solver/metrics` fills them in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from solver.effects import Projection
from solver.location import Location
from solver.tax_cost import TaxpayerFigures


@dataclass(frozen=True, slots=True)
class Statistics:
    """The figures of one trade list. Money in cents, fractions unrounded, None where a figure cannot exist (n/a).

    Losses are ≤ 0, net = gains + losses, disallowed ≥ 0 and not among the losses. Field names are the columns of
    `statistics.csv`; the last ones are for pages.
    """

    value: Decimal
    drift_before: Decimal | None = None
    drift_after: Decimal | None = None
    st_gains: Decimal | None = None
    st_losses: Decimal | None = None
    lt_gains: Decimal | None = None
    lt_losses: Decimal | None = None
    net_st: Decimal | None = None
    net_lt: Decimal | None = None
    disallowed_loss: Decimal | None = None
    tax_cost: Decimal | None = None
    tax_cost_flat_estimate: Decimal | None = None
    carryforward_used: Decimal | None = None
    cost_of_implementation: Decimal | None = None
    after_tax_return_before: Decimal | None = None
    after_tax_return_after: Decimal | None = None
    location_score_before: Decimal | None = None
    location_score_after: Decimal | None = None
    location_score_reachable: Decimal | None = None
    annual_benefit: Decimal | None = None
    allocation_effect: Decimal | None = None
    payback_years: Decimal | None = None
    baseline_tax_cost: Decimal | None = None
    taxes_saved: Decimal | None = None
    taxes_avoided: Decimal | None = None
    taxes_deferred: Decimal | None = None
    baseline_drift_after: Decimal | None = None
    turnover: Decimal | None = None
    trades: int = 0
    weights_before: Mapping[str, Decimal] = field(default_factory=dict)
    weights_after: Mapping[str, Decimal] = field(default_factory=dict)
    targets: Mapping[str, Decimal] = field(default_factory=dict)
    not_available: Mapping[str, str] = field(default_factory=dict)
    """Why a figure is n/a, by column."""
    by_taxpayer: Mapping[str, TaxpayerFigures] = field(default_factory=dict)
    """Gains of the proposal and of the year, tax with and without, rates; by taxpayer id."""
    accelerated_tax: Decimal | None = None
    """Present value of the tax that today's gains spare later (part of the payback)."""
    location_before: Location | None = None
    location_after: Location | None = None
    """The placements that the score is measured between."""
    projections: tuple[Projection, ...] = ()
    """The annual benefit over the years: hypothetical."""
    benefit_over_baseline: Decimal | None = None
    """Location effect from the baseline's holdings to the proposal's, dollars a year: what joint placement brings at about
    the same allocation. None without a baseline or without expected returns."""
    assumptions: str = ""
    """Id of the assumption set that the expected figures stand on."""
