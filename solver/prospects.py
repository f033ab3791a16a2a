"""What the household would look like otherwise: without a trade, with another budget, some years on. Records only.

All figures are of the program before shares are rounded; money in dollars, drift a fraction, scores in points. A score is
None where the household has none.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Counterfactual:
    """The proposal without one trade, everything either-or as proposed (or searched anew): what changes. `worth_usd` is by how
    much the household is worse off, in dollars of today. None figures where the rules allow no proposal without the trade."""

    trade_id: str
    is_possible: bool
    worth_usd: float | None = None
    drift_frac: float | None = None
    tax_usd: float | None = None
    score: float | None = None
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class FrontierPoint:
    """The best proposal under one budget of net gains: gains used, drift, location score, this year's tax beyond that of doing
    nothing, yearly benefit of placement over today, cost of getting there less what is merely brought forward."""

    budget_usd: float
    gains_usd: float
    drift_frac: float
    score: float | None
    tax_usd: float
    benefit_usd: float
    cost_usd: float
    is_today: bool = False


@dataclass(frozen=True, slots=True)
class Frontier:
    """Points by rising budget, the household's taxpayers together; `sentence` says what the next dollars of gains buy, and
    `assumption` what the points leave aside. `payback_years` is None where the next step brings no yearly benefit."""

    points: tuple[FrontierPoint, ...]
    sentence: str
    assumption: str
    step_usd: float
    payback_years: float | None = None


@dataclass(frozen=True, slots=True)
class TransitionYear:
    """The household after one year's trades: the year counted from the proposal's (1), and figures as on the frontier. Tax is
    that year's own."""

    year: int
    gains_usd: float
    tax_usd: float
    drift_frac: float
    score: float | None


@dataclass(frozen=True, slots=True)
class Transition:
    """The household followed over the next years' budgets. `reached` is the first year whose drift and score are as good as
    they get, None where that lies beyond the years looked at; `assumptions` are sentences."""

    years: tuple[TransitionYear, ...]
    reached: int | None
    sentence: str
    assumptions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """The expected figures under one changed assumption. `score` is None where that placement has none, dollars are yearly;
    `changed` is the id of an assumption set, or `rates+5`, `rates-5`: five points of tax more and less on every kind of income.
    `payback_years` is None where the benefit is less than a dollar a year. `taxes_saved_usd` = avoided + deferred, None without a
    baseline."""

    changed: str
    return_after: float
    score: float | None
    annual_benefit_usd: float
    payback_years: float | None = None
    taxes_saved_usd: float | None = None
    taxes_deferred_usd: float | None = None

    @property
    def taxes_avoided_usd(self) -> float | None:
        """The rest of what is saved."""
        return None if self.taxes_saved_usd is None or self.taxes_deferred_usd is None else self.taxes_saved_usd - self.taxes_deferred_usd
