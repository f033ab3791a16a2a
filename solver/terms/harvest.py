r"""`harvest`: which losses are worth taking, how many, and gains that cost little this year.

.. math::
    cost = r_u\, L_j \ \ (loss_j < min), \qquad
    force \le \sum_{j \in loss(u)} L_j \le max, \qquad
    cost = -(r_{next} - r)\,\delta\, f_u, \quad f_u \le room_u, \quad f_u \le n_u - n^0_u

L_j = |\gamma_j| sell_j - \rho_j washed_j is the loss that counts: what is washed is neither charged for, capped nor forced.
A loss below the thresholds brings no credit: its tax saving, at the taxpayer's marginal rate, is charged back, so that
it may be sold to cure drift but is never harvested for itself. With `harvest_gains_to_rate_frac` r, gains f_u that still
fit under the top of that gains bracket (room_u) are credited with what they would cost at the next rate later, discounted
(\delta); n_u is the year's net gain after carryforwards. What replaces a harvested security is the universe's business
(`solver/build`).
"""

from __future__ import annotations

import numpy as np

from rules.language.harvest import Harvest
from rules.policy import PlacedRule
from solver.outcome import Term as HoldingTerm
from solver.problem import Floats, Indices, Problem, Slice
from solver.terms.base import Term
from solver.terms.scope import scope_of, taxpayers_of
from solver.terms.tax import after_carryforward

RATE_NOISE = 1e-9


def bind(placed: PlacedRule[Harvest], problem: Problem) -> Term:
    """Charges on small losses, the yearly cap, the forced amount and the credit for gains in a low bracket."""
    rule, term = placed.rule, Term(placed.rule.id, "harvest", placed)
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
            columns, losses = counted_losses(problem, small)
            charged = [_rate(rates, problem.slices[j]) for j in [*small, *(j for j in small if j in problem.washed_column)]]
            term.add_cost(columns, losses * np.array(charged))
        columns, losses = counted_losses(problem, mine)
        if mine and rule.max_loss_usd is not None:
            most = max(0.0, float(rule.max_loss_usd) - problem.rounding_usd)
            term.add_row(f"most_{taxed.taxpayer_id}", columns, losses, upper=most, words=rule.title)
        if rule.force_loss_usd:
            available = sum(-problem.slices[j].gain_frac * problem.slices[j].value_usd for j in mine)
            least = min(float(rule.force_loss_usd) + problem.rounding_usd, available)
            term.add_row(f"force_{taxed.taxpayer_id}", columns, losses, lower=least, words=rule.title)
        _credit_gains(term, placed, problem, u)
    return term


def counted_losses(problem: Problem, slices: list[int]) -> tuple[Indices, Floats]:
    """(base columns, dollars of loss per unit): what the slices lose by their sale, less what of it is washed."""
    washable = [j for j in slices if j in problem.washed_column]
    columns = [*(problem.columns.sell(j) for j in slices), *(problem.washed_column[j] for j in washable)]
    losses = [*(-problem.slices[j].gain_frac for j in slices), *(-problem.slices[j].loss_per_share for j in washable)]
    return np.array(columns, dtype=np.intp), np.array(losses)


def _credit_gains(term: Term, placed: PlacedRule[Harvest], problem: Problem, u: int) -> None:
    """Gains up to the top of the named bracket are worth what the next rate would take later."""
    wanted, taxed, at = placed.rule.harvest_gains_to_rate_frac, problem.returns[u], problem.columns
    scale, assumptions = taxed.schedule.gains, problem.policy.assumptions
    if wanted is None or assumptions is None:
        return
    above = [(floor, rate) for floor, rate in zip(scale.floors, scale.rates, strict=True) if rate > float(wanted) + RATE_NOISE]
    if not above:
        return
    top, following = above[0]
    net = sum(after_carryforward(taxed))
    room = top - (taxed.income.gross - taxed.income.deduction) - net
    discount = (1 + float(assumptions.discount_frac)) ** -float(assumptions.deferral_years)
    if room > 0:
        # No floor: a net loss stays possible, it only forgoes what the gain would have been worth.
        filled = term.add_column(f"filled_{taxed.taxpayer_id}", room, -(following - float(wanted)) * discount, lower=-np.inf)
        term.add_row(f"filled_{taxed.taxpayer_id}", [filled, at.net_st(u), at.net_lt(u)], [1.0, -1.0, -1.0], upper=-net, definition=True)


def worth_taking(placed: PlacedRule[Harvest], piece: Slice) -> bool:
    """Whether the lot's loss passes both thresholds: dollars per lot, and fraction of its basis."""
    loss = -piece.gain_frac * piece.value_usd
    basis = piece.value_usd * (1 - piece.gain_frac)
    return loss >= float(placed.rule.min_loss_usd) and loss >= float(placed.rule.min_loss_frac) * basis


def _rate(rates: dict[HoldingTerm, float], piece: Slice) -> float:
    return rates[piece.term] if piece.term is not None else 0.0
