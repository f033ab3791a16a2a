"""Why every trade is there, in words that a client reads and words that an advisor defends.

The reason of a trade is the part of its worth that weighs most (`solver/attribution`), told with the household's own
figures: how far the class is from target, what the sale realises, which rule or purchase it serves.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_EVEN, Decimal
from typing import TypeAlias

from rules.language.words import dollars, noun, nouns
from solver.attribution import Attribution, attribute
from solver.held_back import barred, by_value, frozen
from solver.margins import Margin, margins
from solver.outcome import Explanation, Outcome, Side, Trade, TradeReason
from solver.problem import Problem
from solver.rule_price import price_rules
from solver.settled import settle
from solver.solve import Solution
from solver.why_not import left_alone, stopped_at
from validation.household import CASH, OrderKind, TaxTreatment
from validation.units import CENT, ZERO, cents

KIND_OF_ACCOUNT = {
    TaxTreatment.TAXABLE: "a taxable account",
    TaxTreatment.TAX_DEFERRED: "a tax-deferred account",
    TaxTreatment.TAX_EXEMPT: "a tax-free account",
}
Told: TypeAlias = tuple[Decimal, Mapping[str, float], str]
"""A trade's tax in cents, its worth by objective term, and the limit that asks for it."""
SMALL_TAX_USD = Decimal(1)
NOTICEABLE_GAP = 0.005
"""Half a point from target: enough to be told as the reason."""
NOTICEABLE_PRICE = 0.005
"""Five dollars on $1,000: a limit that is worth it is the reason for the sale."""
MOSTLY_A_MOVE = 0.3
"""Where less than this share of a class's sales leaves the class, they move it between accounts."""


def explain(solution: Solution) -> Explanation:
    """Reasons of all trades, what was left alone, and what the binding rules cost; some twenty milliseconds."""
    bound, outcome = solution.bound, solution.outcome
    shares = solution.attribution or attribute(bound, outcome.trades)
    taxes = _to_cents(shares.tax_usd)
    funded = _funding(bound.problem, outcome.trades)
    settled = settle(solution)
    found = list(margins(settled)) if settled is not None and outcome.trades else []
    by_order: dict[tuple[int, str, Side], list[Margin]] = defaultdict(list)
    for each in found:
        by_order[each.account, each.symbol, each.side].append(each)
    by_class = _dollars_by_class(bound.problem, outcome)
    reasons = {}
    for trade in outcome.trades:
        mine = by_order[bound.problem.account_index[trade.account_id], trade.symbol, trade.side]
        limit = _limit_that_asks(mine) if trade.side is Side.SELL else ""
        code = "meet_limit" if limit else _code(bound.problem, trade, outcome, shares, funded, by_class)
        client, advisor = _sentences(bound.problem, trade, code, outcome, (taxes[trade.trade_id], shares.worth_usd[trade.trade_id], limit))
        reasons[trade.trade_id] = TradeReason(
            trade.trade_id,
            code,
            client,
            advisor,
            taxes[trade.trade_id],
            shares.worth_usd[trade.trade_id],
            funded.get(trade.trade_id, ()),
            stopped_at(bound.problem, mine),
        )
    held = frozen(bound.problem)
    if settled is None or not outcome.trades:
        return Explanation(reasons, tuple(by_value({**barred(bound), **held})), price_rules(solution, settled), shares.idle_cash_usd)
    return Explanation(
        reasons, (*left_alone(settled, found, outcome.trades), *by_value(held)), price_rules(solution, settled), shares.idle_cash_usd
    )


def _to_cents(shares: Mapping[str, float]) -> dict[str, Decimal]:
    """Each trade's tax in cents, so that the cents add up to the cents of the sum (largest remainder)."""
    exact = {trade_id: Decimal(repr(value)) for trade_id, value in shares.items()}
    rounded = {trade_id: cents(value) for trade_id, value in exact.items()}
    missing = cents(sum(exact.values(), ZERO)) - sum(rounded.values(), ZERO)
    by_remainder = sorted(exact, key=lambda trade_id: (rounded[trade_id] - exact[trade_id]) * (1 if missing > 0 else -1))
    for trade_id in by_remainder[: int(abs(missing) / CENT)]:
        rounded[trade_id] += CENT if missing > 0 else -CENT
    return rounded


def _funding(problem: Problem, trades: tuple[Trade, ...]) -> dict[str, tuple[str, ...]]:
    """Which purchases of the account each sale pays for; empty where idle cash pays for all of them."""
    funded: dict[str, tuple[str, ...]] = {}
    for account in problem.accounts:
        mine = [trade for trade in trades if trade.account_id == account.account_id]
        purchases = tuple(trade.trade_id for trade in mine if trade.side is Side.BUY)
        for trade in mine:
            if trade.side is Side.SELL:
                funded[trade.trade_id] = purchases
    return funded


def main_class(problem: Problem, symbol: str) -> str:
    """The asset class that makes up most of a security."""
    return problem.classes[int(problem.exposure[symbol].argmax())]


def _gap(problem: Problem, name: str) -> float:
    """Points that a class stands over (positive) or under its target today, fraction of the household."""
    c = problem.classes.index(name)
    today = problem.class_usd[c] + problem.exposure[CASH][c] * problem.cash_usd.sum()
    return float(today / problem.value_usd - problem.target_frac[c]) if problem.value_usd else 0.0


def _code(
    problem: Problem,
    trade: Trade,
    outcome: Outcome,
    shares: Attribution,
    funded: Mapping[str, tuple[str, ...]],
    by_class: Mapping[tuple[str, Side], float],
) -> str:
    worth = shares.worth_usd[trade.trade_id]
    best = max(("drift", "location", "tax_now"), key=lambda family: worth[family])
    gap = _gap(problem, main_class(problem, trade.symbol))
    changes = _share_that_changes_the_class(problem, trade, by_class)
    if trade.side is Side.BUY:
        if _replaces_harvested(problem, trade, outcome):
            return "replace_harvested"
        if gap < 0 and changes > MOSTLY_A_MOVE:
            return "reach_target"
        if worth["location"] > 1:
            return "place_better"
        return "reach_target" if gap < -NOTICEABLE_GAP and changes > 0 else "keep_target"
    if any(lot.gain_usd is not None and lot.gain_usd < 0 for lot in trade.lots) and worth["tax_now"] > 0 and best == "tax_now":
        return "harvest_loss"
    if _pays_order(problem, trade):
        return "pay_order"
    if gap > 0 and changes > MOSTLY_A_MOVE:
        return "reduce_overweight"
    if worth["location"] > 1:
        return "place_better"
    if gap > NOTICEABLE_GAP:
        return "reduce_overweight"
    return "fund_purchases" if funded.get(trade.trade_id) else "raise_cash"


def _limit_that_asks(margins: Sequence[Margin]) -> str:
    """The title of the concentration limit without which the sale would have stopped earlier; empty where none."""
    asking = [
        part
        for margin in margins
        if margin.traded_usd > 1.0
        for part in margin.parts
        if part.reason == "concentration" and part.usd < -NOTICEABLE_PRICE and part.term.rule
    ]
    found = min(asking, key=lambda part: part.usd, default=None)
    return found.term.rule.rule.title if found is not None and found.term.rule else ""


def _dollars_by_class(problem: Problem, outcome: Outcome) -> Mapping[tuple[str, Side], float]:
    """Dollars sold and bought of what is mostly of a class."""
    found: dict[tuple[str, Side], float] = defaultdict(float)
    for trade in outcome.trades:
        found[main_class(problem, trade.symbol), trade.side] += float(trade.notional_usd)
    return found


def _share_that_changes_the_class(problem: Problem, trade: Trade, by_class: Mapping[tuple[str, Side], float]) -> float:
    """How much of all trades on this side of the class changes its weight in the household; the rest moves it between
    accounts. Between 0 (a pure move) and 1."""
    name = main_class(problem, trade.symbol)
    mine = by_class[name, trade.side]
    return max(0.0, mine - by_class[name, Side.BUY if trade.side is Side.SELL else Side.SELL]) / mine if mine else 0.0


def _replaces_harvested(problem: Problem, trade: Trade, outcome: Outcome) -> bool:
    sold = {
        main_class(problem, other.symbol)
        for other in outcome.trades
        if other.side is Side.SELL
        and other.account_id == trade.account_id
        and any(lot.gain_usd is not None and lot.gain_usd < 0 for lot in other.lots)
    }
    return main_class(problem, trade.symbol) in sold


def _pays_order(problem: Problem, trade: Trade) -> bool:
    """Whether the account's own cash could not pay its orders without sales."""
    a = problem.account_index[trade.account_id]
    leaves = any(payment.account_id == trade.account_id and payment.kind is not OrderKind.CONTRIBUTION for payment in problem.payments)
    return leaves and float(problem.cash_usd[a] - problem.reserved_usd[a]) < 0


def _sentences(problem: Problem, trade: Trade, code: str, outcome: Outcome, told: Told) -> tuple[str, str]:
    """(for the client, for the advisor)."""
    tax, worth, limit = told
    name = noun(main_class(problem, trade.symbol))
    points = abs(_gap(problem, main_class(problem, trade.symbol)) * 100)
    account = problem.household.account[trade.account_id]
    spared = f" by {_whole(-tax)}" if tax < -SMALL_TAX_USD else ""
    loss = -sum((lot.gain_usd for lot in trade.lots if lot.gain_usd is not None and lot.gain_usd < 0), ZERO)
    there = KIND_OF_ACCOUNT[account.tax_treatment] if trade.side is Side.BUY else "another of your accounts"
    client = {
        "harvest_loss": f"Sold at a loss of {_whole(loss)}, which lowers this year's tax{spared}.",
        "meet_limit": f"Your limit \N{LEFT DOUBLE QUOTATION MARK}{limit}\N{RIGHT DOUBLE QUOTATION MARK} asks for less of it.",
        "pay_order": "Raises the cash that you asked for.",
        "place_better": f"What you earn on {name} is taxed less in {there}.",
        "reduce_overweight": f"You hold {points:.1f} points more in {name} than your target.",
        "fund_purchases": f"Makes room in this account for {_purchases(problem, trade, outcome) if code == 'fund_purchases' else ''}.",
        "raise_cash": "Raises the cash that the account should keep.",
        "replace_harvested": f"Keeps your share of {name} after the sale at a loss; it follows another index.",
        "reach_target": f"You hold {points:.1f} points less in {name} than your target.",
        "keep_target": f"Buys {name} here in place of what is sold of it in another of your accounts."
        if code == "keep_target" and _is_sold_elsewhere(problem, trade, outcome)
        else f"Puts cash of this account to work in {name}.",
    }[code]
    if trade.side is Side.SELL and not account.is_taxable and code != "pay_order":
        client += " A sale in this account costs no tax."
    elif trade.side is Side.SELL and code != "harvest_loss" and tax > SMALL_TAX_USD:
        client += f" It adds {_whole(tax)} to this year's tax."
    elif trade.side is Side.SELL and code != "harvest_loss" and spared:
        client += f" {'Sold at a loss, it' if loss else 'It'} lowers this year's tax{spared}."
    client += _washed_sentence(trade)
    parts = sorted(((family, value) for family, value in worth.items() if abs(value) >= 0.5), key=lambda each: -abs(each[1]))
    by_term = ", ".join(f"{noun(family)} {'+' if value > 0 else '−'}{_whole(Decimal(repr(abs(value))))}" for family, value in parts)
    total = sum(worth.values())
    return client, f"{code}: worth {'+' if total >= 0 else '−'}{_whole(Decimal(repr(abs(total))))}" + (f" ({by_term})" if by_term else "")


def _washed_sentence(trade: Trade) -> str:
    """What of a sale's loss does not count this year; empty where all of it does."""
    disallowed, lost = sum((lot.disallowed_usd for lot in trade.lots), ZERO), sum((lot.lost_usd for lot in trade.lots), ZERO)
    if not disallowed:
        return ""
    told = f" {_whole(disallowed)} of the loss does not count this year: shares bought within 30 days replace what is sold. "
    if not lost:
        return told + "It counts when those are sold."
    if lost == disallowed:
        return told + "It is lost, because a retirement account holds them."
    return told + f"{_whole(lost)} of it is lost, because a retirement account holds them; the rest counts when they are sold."


def _purchases(problem: Problem, trade: Trade, outcome: Outcome) -> str:
    """The classes that the sale's account buys, in words."""
    bought = (main_class(problem, each.symbol) for each in outcome.trades if each.side is Side.BUY and each.account_id == trade.account_id)
    return nouns(dict.fromkeys(bought))


def _is_sold_elsewhere(problem: Problem, trade: Trade, outcome: Outcome) -> bool:
    name = main_class(problem, trade.symbol)
    others = (each for each in outcome.trades if each.side is Side.SELL and each.account_id != trade.account_id)
    return any(main_class(problem, each.symbol) == name for each in others)


def _whole(amount: Decimal) -> str:
    """Whole dollars: what is read aloud; the cents live in the files."""
    return dollars(amount.quantize(Decimal(1), ROUND_HALF_EVEN))
