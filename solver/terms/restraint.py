r"""`restraint`: what must not be sold, bought or traded, and how much of a holding must be kept.

.. math::
    never\ sell:\ sell_j = 0 \qquad never\ buy:\ buy_k = 0 \qquad
    hold:\ L \le \sum_{a,s} value_{a,s} \le H

over the slices, pairs and holdings that `applies_to` and the lot filter select. A holding below its minimum today may
not be sold further; a frozen or locked part counts and cannot be forced below its maximum.
"""

from __future__ import annotations

from datetime import timedelta

import numpy as np

from rules.language.restraint import Restraint
from rules.policy import PlacedRule
from solver.holding_period import long_term_from
from solver.problem import Problem, Slice
from solver.terms.base import Term, holding_value
from solver.terms.scope import scope_of, soft_or_hard, total


def bind(placed: PlacedRule[Restraint], problem: Problem) -> Term:
    """The restraint's bounds, or its prices where it is a preference."""
    rule, term, scope = placed.rule, Term(placed.rule.id, "restraint", placed), scope_of(placed, problem)
    price = rule.strength.price
    sells = [problem.columns.sell(j) for j in scope.slices(problem) if matches(placed, problem, problem.slices[j])]
    buys = [problem.columns.buy(k) for k in scope.pairs(problem)]
    if rule.bars_sales:
        _bar(term, problem, sells, price, "sales", rule.title)
    if rule.bars_purchases:
        _bar(term, problem, buys, price, "purchases", rule.title)
    if rule.hold is not None:
        _hold(term, placed, problem)
    return term


def matches(placed: PlacedRule[Restraint], problem: Problem, piece: Slice) -> bool:
    """Whether the rule's lot filter selects this slice. Without a filter every slice is selected; slices without a tax
    lot (untaxed accounts) are selected by no filter that speaks of gains, terms or dates."""
    lots = placed.rule.lots
    if lots is None:
        return True
    if piece.lot is None or piece.term is None:
        return False
    as_of, acquired = problem.household.as_of, piece.lot.holding_from or piece.lot.acquired_date
    gain = piece.gain_frac * piece.value_usd / max(1e-9, piece.value_usd * (1 - piece.gain_frac))
    if lots.term is not None and piece.term != {"short": "ST", "long": "LT"}[lots.term]:
        return False
    if lots.gain_above_frac is not None and gain <= float(lots.gain_above_frac):
        return False
    if acquired is None:
        return (
            lots.held_less_than_days is None
            and lots.long_term_within_days is None
            and lots.acquired_before is None
            and lots.acquired_after is None
        )
    if lots.held_less_than_days is not None and (as_of - acquired).days >= lots.held_less_than_days:
        return False
    if lots.long_term_within_days is not None:
        turns = long_term_from(acquired)
        if not as_of < turns <= as_of + timedelta(days=lots.long_term_within_days):
            return False
    if lots.acquired_before is not None and acquired >= lots.acquired_before:
        return False
    return not (lots.acquired_after is not None and acquired <= lots.acquired_after)


def _bar(term: Term, problem: Problem, columns: list[int], price: float | None, name: str, words: str) -> None:
    if price is None:
        term.add_bound(columns, upper=0.0, words=words)
    elif columns:
        soft_or_hard(term, total(problem, columns), name, -np.inf, 0.0, price, words=words)


def _hold(term: Term, placed: PlacedRule[Restraint], problem: Problem) -> None:
    """The household's holding of the selected securities together, in the selected accounts."""
    rule, household = placed.rule, problem.household
    account_ids, symbols = set(rule.applies_to.account_ids(household)), set(rule.applies_to.symbols(household))
    for unit, low, high in rule.hold.pairs() if rule.hold else ():
        if low is None and high is None:
            continue
        per_dollar = {symbol: 1.0 if unit != "shares" else 1 / max(1e-9, float(household.price_usd(symbol))) for symbol in symbols}
        scale = problem.value_usd if unit == "frac" else 1.0
        managed = {
            (a, symbol): per_dollar[symbol]
            for a, account in enumerate(problem.accounts)
            if account.account_id in account_ids
            for symbol in symbols
        }
        outside = sum(
            float(each.quantity * household.price_usd(each.symbol)) * per_dollar[each.symbol]
            for each in household.positions
            if each.symbol in symbols
            and each.account_id in account_ids
            and each.account_id not in problem.account_index
            and household.account[each.account_id].is_counted
        )
        held = holding_value(problem, managed, outside)
        movable = sum(pile.value_usd * managed.get((pile.account, pile.symbol), 0.0) for pile in problem.piles)
        least = -np.inf if low is None else min(float(low) * scale, held.constant)
        most = np.inf if high is None else max(float(high) * scale, held.constant - movable)
        soft_or_hard(
            term, held, f"hold_{unit}", least, most, rule.strength.price, unit="shares" if unit == "shares" else "usd", words=rule.title
        )
