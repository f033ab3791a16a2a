r"""`trade_size`: a trade is either large enough or does not happen; never a purchase and a sale of one security at once.

.. math::
    m_p\, z_p \le sold_p \le V_p\, z_p, \qquad m_k\, y_k \le buy_k \le U_k\, y_k, \qquad
    z_{a,s} + y_{a,s} \le 1, \qquad \sum z + \sum y \le N

m is the greater of `min_usd` (by security type where given) and `min_frac` of the account. The exclusion of same-day
round trips holds whether or not a rule sets a minimum. Ticket costs enter cash and cost in `accounts`.
"""

from __future__ import annotations

from rules.language.trade_size import TradeSize
from rules.policy import PlacedRule
from solver.problem import Problem
from solver.terms.base import Term


def bind(placed: PlacedRule[TradeSize], problem: Problem) -> Term:
    """The maximum number of trades of one rule; sizes are the household's (`sizes`)."""
    term, at = Term(placed.rule.id, "trade_size", placed), problem.columns
    if placed.rule.max_trades is not None:
        switches = [*(at.selling(p) for p in range(at.piles)), *(at.buying(k) for k in range(at.pairs))]
        term.add_row("count", switches, [1.0] * len(switches), upper=float(placed.rule.max_trades), unit="trades", words=placed.rule.title)
    return term


def sizes(problem: Problem, *, stated: bool) -> Term:
    """Minimum sizes by account and security, from all rules that reach them, and the exclusion of round trips.

    stated   False leaves the rows out: the search branches on the trades themselves (solver/search), which is the same
             program with half the columns. Trades that can never be large enough are barred either way.
    """
    term, at = Term("order_sizes", "trade_size"), problem.columns
    for p, pile in enumerate(problem.piles):
        least, most = problem.order_sizes[pile.account, pile.symbol].least_usd, pile.value_usd
        if least > most:
            term.add_bound([at.sold(p)], upper=0.0, words="smaller than the smallest trade")
        elif stated:
            _size(term, at.sold(p), at.selling(p), least, most, f"sale_{p}")
    for k, pair in enumerate(problem.pairs):
        least = problem.order_sizes[pair.account, pair.symbol].least_usd
        if least > pair.limit_usd:
            term.add_bound([at.buy(k)], upper=0.0, words="smaller than the smallest trade")
        elif stated:
            _size(term, at.buy(k), at.buying(k), least, pair.limit_usd, f"purchase_{k}")
    if stated:
        opposite = {(pair.account, pair.symbol): k for k, pair in enumerate(problem.pairs)}
        for p, pile in enumerate(problem.piles):
            twin = opposite.get((pile.account, pile.symbol))
            if twin is not None:
                term.add_row(f"one_way_{p}", [at.selling(p), at.buying(twin)], [1.0, 1.0], upper=1.0, definition=True)
    return term


def _size(term: Term, amount: int, switch: int, least: float, most: float, name: str) -> None:
    term.add_row(f"{name}_at_most", [amount, switch], [1.0, -most], upper=0.0, definition=True)
    if least > 0:
        term.add_row(f"{name}_at_least", [amount, switch], [1.0, -least], lower=0.0, definition=True)
