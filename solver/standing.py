"""How a household stands at a point of its program: drift, location score, gains, tax, cost. Floats; nothing is rounded."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from solver.effects import effects_of
from solver.location import FloatPlacement, Returns, locate
from solver.problem import Floats, Problem
from solver.tax import tax_of
from solver.terms import tax
from validation.household import CASH


@dataclass(frozen=True, slots=True)
class Standing:
    """Drift is a fraction; `score` is None where there is none; gains are the year's, after carryforwards; tax is beyond what is
    owed anyhow; `later_usd` is the present value of the later tax that those gains spare; spread in dollars."""

    drift_frac: float
    score: float | None
    gains_usd: float
    tax_usd: float
    later_usd: float
    spread_usd: float
    placement: FloatPlacement
    returns: Returns

    @property
    def cost_usd(self) -> float:
        """Cost of getting there, less tax that is merely brought forward."""
        return self.tax_usd + self.spread_usd - self.later_usd

    def benefit_since(self, before: Standing, value_usd: float) -> float:
        """Yearly location benefit over an earlier standing, dollars; 0 where returns are unknown."""
        if not self.returns or not self.placement or not before.placement:
            return 0.0
        return effects_of(before.placement, self.placement, self.returns).location * value_usd


def standing_of(problem: Problem, base: Floats) -> Standing:
    """The standing at a point of the base columns; a household without value has no drift."""
    at = problem.columns
    by_class = _class_usd(problem, base)
    value = float(by_class.sum())
    drift = 0.5 * float(np.abs(by_class / value - problem.target_frac).sum()) if value > 0 else 0.0
    gains = taxed_usd = later = 0.0
    for u, taxed in enumerate(problem.returns):
        start, here = tax.after_carryforward(taxed), (float(base[at.net_st(u)]), float(base[at.net_lt(u)]))
        gains += sum(here)
        owed = [
            tax_of(taxed.schedule, taxed.income, s + taxed.income.st_carryforward, l + taxed.income.lt_carryforward).total
            for s, l in (start, here)
        ]
        taxed_usd += float(owed[1] - owed[0])
        later += (sum(here) - sum(start)) * problem.later_rate[taxed.taxpayer_id]
    spread = sum(problem.spread(pile.symbol) * float(base[at.sold(p)]) for p, pile in enumerate(problem.piles))
    spread += sum(piece.fee_frac * float(base[at.sell(j)]) for j, piece in enumerate(problem.slices) if piece.fee_frac)
    spread += sum(problem.spread(pair.symbol) * float(base[at.buy(k)]) for k, pair in enumerate(problem.pairs))
    placement, returns = placed(problem, base), returns_of(problem)
    has_score = value > 0 and problem.policy.assumptions is not None and problem.household.mode != "copies"
    score = locate(placement, returns, _treatments(problem)).score if has_score and placement else None
    return Standing(drift, score, gains, taxed_usd, later, spread, placement if has_score else {}, returns)


def _treatments(problem: Problem) -> dict[str, str]:
    return {account.account_id: account.tax_treatment.value for account in problem.household.accounts}


def returns_of(problem: Problem) -> Returns:
    """Yearly after-tax return of each class by counted account, relative to the class's mean: differences between placements of
    the same classes, and so scores, are those of the returns themselves."""
    return {
        account_id: dict(zip(problem.classes, row.tolist(), strict=True)) for account_id, row in problem.location_frac.items()
    }  # fmt: skip


def placed(problem: Problem, base: Floats) -> FloatPlacement:
    """Dollars by counted account and class."""
    household, at = problem.household, problem.columns
    rows = {account.account_id: np.zeros(len(problem.classes)) for account in household.accounts if account.is_counted}
    for position in household.positions:
        if position.account_id in rows:
            rows[position.account_id] += problem.exposure[position.symbol] * float(position.quantity * household.price_usd(position.symbol))
    for p, pile in enumerate(problem.piles):
        rows[problem.accounts[pile.account].account_id] -= problem.exposure[pile.symbol] * float(base[at.sold(p)])
    for k, pair in enumerate(problem.pairs):
        rows[problem.accounts[pair.account].account_id] += problem.exposure[pair.symbol] * float(base[at.buy(k)])
    for account_id, row in rows.items():
        a = problem.account_index.get(account_id)
        row += problem.exposure[CASH] * (float(base[at.cash(a)]) if a is not None else float(household.cash_of[account_id].total_usd))
    return {
        account_id: {name: dollars for name, dollars in zip(problem.classes, row.tolist(), strict=True) if abs(dollars) > 1e-6}
        for account_id, row in rows.items()
    }


def _class_usd(problem: Problem, base: Floats) -> Floats:
    at = problem.columns
    total = problem.class_usd.copy()
    for p, pile in enumerate(problem.piles):
        total -= problem.exposure[pile.symbol] * float(base[at.sold(p)])
    for k, pair in enumerate(problem.pairs):
        total += problem.exposure[pair.symbol] * float(base[at.buy(k)])
    return np.asarray(total + problem.exposure[CASH] * float(base[at.cash(0) : at.cash(at.accounts)].sum()), dtype=np.float64)
