"""What happens without a trade: the proposal solved again with that order line shut, one warm LP each."""

from __future__ import annotations

from rules.language.words import listed
from solver.outcome import Side, Trade
from solver.prospects import Counterfactual
from solver.search import search
from solver.settled import Settled
from solver.solve import LP_LIMIT, SEARCH_SHARE, Solution, gap_target_usd
from solver.standing import Standing, standing_of

LARGEST = 5
SHUT = (0.0, 0.0)


def without_largest(solution: Solution, settled: Settled, *, full: bool = False) -> tuple[Counterfactual, ...]:
    """The five largest trades by dollars, each left out alone.

    full    search the either-ors anew for each instead of keeping the proposal's (some hundred times dearer)
    """
    largest = sorted(solution.outcome.trades, key=lambda trade: (-trade.notional_usd, trade.trade_id))[:LARGEST]
    today = standing_of(settled.bound.problem, settled.base)
    return tuple(without(settled, trade, today, full=full) for trade in largest)


def without(settled: Settled, trade: Trade, today: Standing, *, full: bool = False) -> Counterfactual:
    """One trade left out; `today` is how the proposal stands. Where the proposal's either-ors leave no answer without it (a loss
    that was to be harvested, say), they are searched anew: only then can it be said that there is none."""
    problem, program = settled.bound.problem, settled.program
    column = int(program.base[_column(settled, trade)])
    answer = None if full else settled.ask({column: SHUT})
    is_searched = answer is None or not answer.feasible
    if answer is None or is_searched:
        answer = search(program, settled.choices, gap_target_usd(problem) * SEARCH_SHARE, LP_LIMIT, {column: SHUT}).answer
    if not answer.feasible:
        return Counterfactual(trade.trade_id, False, sentence="Without it no proposal keeps every rule and pays every order.")
    other = standing_of(problem, program.base_values(answer))
    worth = max(0.0, settled.cost_usd(answer) - settled.cost_usd(settled.answer))
    score = None if other.score is None or today.score is None else other.score - today.score
    drift, tax_usd = other.drift_frac - today.drift_frac, other.tax_usd - today.tax_usd
    return Counterfactual(trade.trade_id, True, worth, drift, tax_usd, score, _sentence(worth, drift, tax_usd, score, is_searched))


def _column(settled: Settled, trade: Trade) -> int:
    problem, at = settled.bound.problem, settled.bound.problem.columns
    key = (problem.account_index[trade.account_id], trade.symbol)
    if trade.side is Side.BUY:
        return at.buy(next(k for k, pair in enumerate(problem.pairs) if (pair.account, pair.symbol) == key))
    return at.sold(next(p for p, pile in enumerate(problem.piles) if (pile.account, pile.symbol) == key))


def _sentence(worth: float, drift: float, tax_usd: float, score: float | None, is_searched: bool) -> str:
    """What is worse without the trade; a warm answer keeps the proposal's either-ors, so that a search could find less."""
    if worth < 0.5:
        return "Without it something else does as well."
    changes = []
    if abs(drift) >= 0.0005:
        changes.append(f"drift is {abs(drift) * 100:.1f} points {'higher' if drift > 0 else 'lower'}")
    if abs(tax_usd) >= 1:
        changes.append(f"this year's tax ${abs(tax_usd):,.0f} {'higher' if tax_usd > 0 else 'lower'}")
    if score is not None and abs(score) >= 0.1:
        changes.append(f"the location score {abs(score):.1f} points {'higher' if score > 0 else 'lower'}")
    told = f": {listed(changes)}" if changes else ""
    return f"Without it the household is {'' if is_searched else 'up to '}${worth:,.0f} worse off{told}."
