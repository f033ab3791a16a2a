r"""`harvest`: which losses are worth taking, and how many.

.. math::
    cost = r_u\, |\gamma_j|\, sell_j \ \ (loss_j < min), \qquad
    force \le \sum_{j \in loss(u)} |\gamma_j|\, sell_j \le max

A loss below the thresholds brings no credit: its tax saving, at the taxpayer's marginal rate, is charged back, so that
it may be sold to cure drift but is never harvested for itself. `harvest_gains_to_rate_frac` credits gains with the tax
that they would cost at the next rate later, as long as the year's tax on them is the rate named.
"""

from __future__ import annotations

import numpy as np

from rules.language.harvest import Harvest
from rules.policy import PlacedRule
from solver.outcome import Term as HoldingTerm
from solver.problem import Problem, Slice
from solver.terms.base import Term
from solver.terms.scope import scope_of, taxpayers_of


def bind(placed: PlacedRule[Harvest], problem: Problem) -> Term:
    """Charges on small losses, the yearly cap and the forced amount."""
    rule, term, at = placed.rule, Term(placed.rule.id, "harvest", placed), problem.columns
    reached = set(scope_of(placed, problem).slices(problem))
    for u in taxpayers_of(placed, problem):
        taxed = problem.returns[u]
        mine = [
            j
            for j, piece in enumerate(problem.slices)
            if j in reached
            and piece.term is not None
            and piece.gain_frac < 0
            and problem.accounts[piece.account].taxpayer_id == taxed.taxpayer_id
        ]
        small = [j for j in mine if not worth_taking(placed, problem.slices[j])]
        if small:
            rates = {HoldingTerm.ST: float(taxed.rates.short_term), HoldingTerm.LT: float(taxed.rates.long_term)}
            charge = [-problem.slices[j].gain_frac * _rate(rates, problem.slices[j]) for j in small]
            term.add_cost(np.array([at.sell(j) for j in small], dtype=np.intp), np.array(charge))
        losses = [-problem.slices[j].gain_frac for j in mine]
        if mine and rule.max_loss_usd is not None:
            most = max(0.0, float(rule.max_loss_usd) - problem.rounding_usd)
            term.add_row(f"most_{taxed.taxpayer_id}", [at.sell(j) for j in mine], losses, upper=most, words=rule.title)
        if rule.force_loss_usd:
            available = sum(loss * problem.slices[j].value_usd for j, loss in zip(mine, losses, strict=True))
            term.add_row(
                f"force_{taxed.taxpayer_id}",
                [at.sell(j) for j in mine],
                losses,
                lower=min(float(rule.force_loss_usd), available),
                words=rule.title,
            )
    return term


def worth_taking(placed: PlacedRule[Harvest], piece: Slice) -> bool:
    """Whether the lot's loss passes both thresholds: dollars per lot, and fraction of its basis."""
    loss = -piece.gain_frac * piece.value_usd
    basis = piece.value_usd * (1 - piece.gain_frac)
    return loss >= float(placed.rule.min_loss_usd) and loss >= float(placed.rule.min_loss_frac) * basis


def _rate(rates: dict[HoldingTerm, float], piece: Slice) -> float:
    return rates[piece.term] if piece.term is not None else 0.0
