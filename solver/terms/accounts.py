r"""The identities: what no rule states because no policy could lift it.

.. math::
    sold_p = \sum_{j \in p} sell_j, \qquad
    cash_a = cash^0_a + \sum_{p \in a} (1-\sigma_p)\, sold_p - \sum_{j \in a} \phi_j\, sell_j
    - \sum_{k \in a} (1+\sigma_k)\, buy_k - ticket_a, \qquad
    cash_a \ge reserved_a

\sigma is the half-spread, \phi the redemption fee of a lot sold inside its window; both are costs of their own.
Shares are sold from lots that exist, bought with the account's own cash, and money never moves between accounts.
"""

from __future__ import annotations

import numpy as np

from solver.problem import ROUNDING_USD, Pair, Pile, Problem
from solver.terms.base import Term

TIE_USD_PER_USD = 3e-7
"""Between lots that cost the same the older is sold: thirty cents a place on a million dollars."""


def bind(problem: Problem) -> Term:
    """Piles foot to their slices; every account's cash foots to its own trades and covers what is reserved in it."""
    at = problem.columns
    term = Term("accounts", "accounts", family="spread")
    for p, pile in enumerate(problem.piles):
        columns = [at.sold(p), *(at.sell(j) for j in pile.slices)]
        term.add_row(f"lots_{p}", columns, [1.0] + [-1.0] * len(pile.slices), 0.0, 0.0, definition=True)
    for a, account in enumerate(problem.accounts):
        piles = [p for p, pile in enumerate(problem.piles) if pile.account == a]
        pairs = [k for k, pair in enumerate(problem.pairs) if pair.account == a]
        columns = [at.cash(a), *(at.sold(p) for p in piles), *(at.buy(k) for k in pairs)]
        values = [
            1.0,
            *(problem.spread(problem.piles[p].symbol) - 1 for p in piles),
            *(1 + problem.spread(problem.pairs[k].symbol) for k in pairs),
        ]
        charged = [j for j, piece in enumerate(problem.slices) if piece.fee_frac and piece.account == a]
        columns += [at.sell(j) for j in charged]
        values += [problem.slices[j].fee_frac for j in charged]
        if problem.charges_tickets:
            columns += [*(at.selling(p) for p in piles), *(at.buying(k) for k in pairs)]
            values += [*(_ticket(problem, problem.piles[p]) for p in piles), *(_ticket(problem, problem.pairs[k]) for k in pairs)]
        start = float(problem.cash_usd[a]) - (problem.rounding_usd - ROUNDING_USD)
        term.add_row(f"cash_{a}", columns, values, start, start, definition=True)
        term.add_bound([at.cash(a)], lower=float(problem.reserved_usd[a]), words=f"cash of {account.account_id} covers its orders")
    traded = [at.sold(p) for p in range(at.piles)] + [at.buy(k) for k in range(at.pairs)]
    spreads = [problem.spread(pile.symbol) for pile in problem.piles] + [problem.spread(pair.symbol) for pair in problem.pairs]
    term.add_cost(np.array(traded, dtype=np.intp), np.array(spreads))
    charged = [j for j, piece in enumerate(problem.slices) if piece.fee_frac]
    if charged:
        fees = np.array([problem.slices[j].fee_frac for j in charged])
        term.add_cost(np.array([at.sell(j) for j in charged], dtype=np.intp), fees)
    slices = [(j, place) for pile in problem.piles for place, j in enumerate(pile.slices) if place]
    if slices:
        ranks = np.array([TIE_USD_PER_USD * place for _, place in slices])
        term.add_cost(np.array([at.sell(j) for j, _ in slices], dtype=np.intp), ranks)
    if problem.charges_tickets:
        switches = [at.selling(p) for p in range(at.piles)] + [at.buying(k) for k in range(at.pairs)]
        tickets = [*(_ticket(problem, pile) for pile in problem.piles), *(_ticket(problem, pair) for pair in problem.pairs)]
        term.add_cost(np.array(switches, dtype=np.intp), np.array(tickets))
    return term


def _ticket(problem: Problem, order: Pile | Pair) -> float:
    return float(problem.order_sizes[order.account, order.symbol].ticket_usd)
