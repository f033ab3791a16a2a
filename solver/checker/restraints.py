"""What must not be sold, bought or traded, and how much of a holding must stay."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

from rules.language.cash import Cash
from rules.language.location import Location
from rules.language.restraint import Lots, Restraint
from rules.policy import PlacedRule
from solver.checker.book import Book, SoldLot, dollars, is_above, plain
from solver.outcome import Side, Term
from validation.findings import Finding
from validation.holding_period import long_term_from
from validation.units import ZERO

HALF = Decimal("0.5")


def check_restraints(book: Book) -> Iterator[Finding]:
    """Barred sales (of the lots that the rule's filter fits), barred purchases, and ranges to hold."""
    for placed in book.policy.of(Restraint):
        if not placed.rule.strength.is_must:
            continue
        if placed.rule.bars_sales:
            yield from _sales(book, placed)
        if placed.rule.bars_purchases:
            for trade in book.trades_under(placed):
                if trade.side is Side.BUY:
                    said = f"{plain(trade.quantity)} shares of {trade.symbol} are bought in account {trade.account_id}"
                    yield book.rule_breach("restraint", placed, said)
        if placed.rule.hold is not None:
            yield from _hold(book, placed)


def _sales(book: Book, placed: PlacedRule[Restraint]) -> Iterator[Finding]:
    lots = placed.rule.lots
    for trade in book.trades_under(placed):
        if trade.side is not Side.SELL:
            continue
        if lots is None:
            said = f"{plain(trade.quantity)} shares of {trade.symbol} are sold in account {trade.account_id}"
            yield book.rule_breach("restraint", placed, said)
            continue
        for sold in book.sold_lots:
            if sold.trade is trade and fits(book, lots, sold):
                said = f"lot {sold.lot.lot_id} of {trade.symbol} in account {trade.account_id} is sold, which is {lots}"
                yield book.rule_breach("restraint", placed, said)


def fits(book: Book, lots: Lots, sold: SoldLot) -> bool:
    """Whether a lot filter speaks of this lot: every condition that is given fits. It speaks of tax lots, so of none in
    an untaxed account. Terms and days count from the holding period, `acquired_*` from the purchase."""
    if sold.gain_usd is None:
        return False
    as_of, lot = book.household.as_of, sold.lot
    start, acquired = lot.holding_from or lot.acquired_date, lot.acquired_date
    basis = sold.proceeds_usd - sold.gain_usd
    conditions = [
        lots.term is None or sold.term is (Term.ST if lots.term == "short" else Term.LT),
        lots.gain_above_frac is None or sold.gain_usd > lots.gain_above_frac * basis,
    ]
    if lots.held_less_than_days is not None:
        conditions.append(start is not None and (as_of - start).days < lots.held_less_than_days)
    if lots.long_term_within_days is not None:
        conditions.append(start is not None and as_of < long_term_from(start) <= as_of + timedelta(days=lots.long_term_within_days))
    if lots.acquired_before is not None:
        conditions.append(acquired is not None and acquired < lots.acquired_before)
    if lots.acquired_after is not None:
        conditions.append(acquired is not None and acquired > lots.acquired_after)
    return all(conditions)


def _hold(book: Book, placed: PlacedRule[Restraint]) -> Iterator[Finding]:
    """The household's holding of the selected securities together, in counted accounts."""
    rule, household = placed.rule, book.household
    if rule.hold is None:
        return
    binds = rule.applies_to.binds
    keys = [key for key in book.shares_after if key[0] in book.counted and binds(household, *key)]
    low_value, high_value = sorted(book.household_values)
    for unit, least, most in rule.hold.pairs():
        price = {symbol: Decimal(1) if unit == "shares" else household.price_usd(symbol) for _, symbol in keys}
        before = sum((book.shares_before.get(key, ZERO) * price[key[1]] for key in keys), ZERO)
        after = sum((book.shares_after[key] * price[key[1]] for key in keys), ZERO)
        floor = None if least is None else least * (low_value if unit == "frac" else 1)
        ceiling = None if most is None else most * (high_value if unit == "frac" else 1)
        if floor is not None and is_above(min(floor, before), after):
            said = f"{_said(unit, after)} are held after the run, at least {_said(unit, floor)} must be"
            yield book.rule_breach("hold-range", placed, said)
        if ceiling is not None and is_above(after, max(ceiling, before)):
            said = f"{_said(unit, after)} are held after the run, at most {_said(unit, ceiling)} may be"
            yield book.rule_breach("hold-range", placed, said)


def _said(unit: str, amount: Decimal) -> str:
    return f"{plain(amount)} shares" if unit == "shares" else dollars(amount)


def check_never_pairs(book: Book) -> Iterator[Finding]:
    """Nothing is bought where its class must not live. Always a must, whatever the rule's strength."""
    for placed in book.policy.of(Location):
        for trade in book.trades_under(placed):
            if trade.side is not Side.BUY:
                continue
            treatment = book.account_of(trade).tax_treatment
            for name, weight in book.security_of(trade).exposures.items():
                if weight > HALF and placed.rule.forbids(name, treatment.value):
                    said = f"{trade.symbol} ({name}) is bought in account {trade.account_id}, which is {treatment}"
                    yield book.rule_breach("never-pair", placed, said)


def check_cash_modes(book: Book) -> Iterator[Finding]:
    """`invest_only` sells nothing, `raise_only` buys nothing."""
    barred = {"invest_only": Side.SELL, "raise_only": Side.BUY}
    for placed in book.policy.of(Cash):
        side = barred.get(placed.rule.mode)
        for trade in book.trades_under(placed) if placed.rule.strength.is_must else []:
            if trade.side is side:
                yield book.rule_breach("cash-mode", placed, f"{trade.trade_id} stands in a run that is {placed.rule.mode}")
