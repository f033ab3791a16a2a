r"""What leaves the house is a whole number of shares, or closes the position.

.. math::
    sold_p = \sigma_p\, n_p + V_p\, c_p, \quad n_p \le N_p (1 - c_p), \qquad buy_k = \sigma_k\, n_k, \qquad n \in \mathbb{N}

\sigma is what one step is worth (a share, or the smallest part of one), V_p the whole position, c_p = 1 closes it; c_p stands
only where the position is no multiple of the step. Steps worth less than a dollar are left to rounding: they are finer
than what is asked of a proof.

Stated only where the search over dollars leaves more than the target open (`solver/whole`).
"""

from __future__ import annotations

from math import floor

from solver.problem import Pair, Pile, Problem
from solver.terms.base import Term

FINE_USD = 1.0
NOISE = 1e-9


def bind(problem: Problem) -> Term:
    """The number of shares of every trade that could be made."""
    term, at = Term("whole_shares", "trade_size"), problem.columns
    for p, pile in enumerate(problem.piles):
        _state(term, at.sold(p), step_usd(problem, pile), pile.value_usd, closing_usd(problem, pile), f"sale_{p}")
    for k, pair in enumerate(problem.pairs):
        _state(term, at.buy(k), step_usd(problem, pair), pair.limit_usd, None, f"purchase_{k}")
    return term


def step_usd(problem: Problem, order: Pile | Pair) -> float:
    """What one step of an order is worth, dollars."""
    return float(problem.order_sizes[order.account, order.symbol].step * problem.security(order.symbol).price_usd)


def closing_usd(problem: Problem, pile: Pile) -> float | None:
    """Dollars that close a position; None where some of it cannot be sold."""
    whole = float(pile.position.quantity) * float(problem.security(pile.symbol).price_usd)
    return pile.value_usd if abs(whole - pile.value_usd) < 1e-6 else None


def _state(term: Term, amount: int, step: float, most: float, closing: float | None, name: str) -> None:
    steps = floor(most / step + NOISE)
    if step < FINE_USD:
        return
    columns, values = [amount, term.add_column(f"shares_{name}", float(steps), whole=True)], [1.0, -step]
    if closing is not None and abs(closing - steps * step) > NOISE * closing:
        closes = term.add_column(f"closes_{name}", 1.0, switch=True)
        term.add_row(f"either_{name}", [columns[1], closes], [1.0, float(steps)], upper=float(steps), definition=True)
        columns.append(closes)
        values.append(-closing)
    term.add_row(name, columns, values, 0.0, 0.0, definition=True)
