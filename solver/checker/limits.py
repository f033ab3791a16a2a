"""Limits on amounts: cash floors, account mixes, concentrations, trade sizes and counts, turnover."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal

from rules.language.account_mix import AccountMix
from rules.language.cash import Cash
from rules.language.concentration import Concentration
from rules.language.trade_size import TradeSize
from rules.language.turnover import Turnover
from rules.policy import PlacedRule
from solver.checker.book import Book, dollars, is_above
from solver.outcome import Side
from validation.findings import Finding
from validation.household import Security
from validation.units import ZERO

ONE = Decimal(1)


def check_cash_floors(book: Book) -> Iterator[Finding]:
    """Free cash of the managed accounts reaches the floor, or is no less than it was without the trades. Reserved cash
    does not count; unsettled cash does not where the rule says it may not be spent."""
    for placed in book.policy.of(Cash):
        if not placed.rule.strength.is_must:
            continue
        chosen = [each for each in placed.rule.applies_to.account_ids(book.household) if book.household.account[each].is_traded]
        for group in [[each] for each in chosen] if placed.rule.per == "account" else [chosen] if chosen else []:
            yield from _floor(book, placed, group)


def _floor(book: Book, placed: PlacedRule[Cash], group: list[str]) -> Iterator[Finding]:
    kept = sum((book.reserved[each] for each in group), ZERO)
    if not placed.rule.spend_unsettled:
        kept += sum((max(ZERO, book.household.cash_of[each].unsettled_usd) for each in group), ZERO)
    before = sum((book.cash_before[each] for each in group), ZERO) - kept
    after = sum((book.cash_after[each] for each in group), ZERO) - kept
    value = min(book.value(group, after=False), book.value(group, after=True))
    floor = placed.rule.minimum(max(ZERO, value))
    if is_above(min(floor, before), after):
        whose = f"account {group[0]}" if placed.rule.per == "account" else "the household"
        yield book.rule_breach("cash-floor", placed, f"{whose} keeps {dollars(after)} of free cash, at least {dollars(floor)} is asked")


def check_account_mixes(book: Book) -> Iterator[Finding]:
    """A class or security inside one account stays within its fractions of the account's value."""
    for placed in book.policy.of(AccountMix):
        rule = placed.rule
        if not rule.strength.is_must:
            continue
        weights = {rule.security: ONE} if rule.security else book.class_weights(rule.asset_class or "")
        for account_id in rule.applies_to.account_ids(book.household):
            if not book.household.account[account_id].is_traded:
                continue
            low_value, high_value = sorted((book.value([account_id], after=False), book.value([account_id], after=True)))
            before, after = (book.amount([account_id], weights, after=late) for late in (False, True))
            said = f"account {account_id} holds {dollars(after)} of {rule.limited} after the run"
            if is_above(after, max(rule.max_frac * high_value, before)):
                yield book.rule_breach("account-mix", placed, f"{said}, at most {dollars(rule.max_frac * high_value)} may be")
            if is_above(min(rule.min_frac * low_value, before), after):
                yield book.rule_breach("account-mix", placed, f"{said}, at least {dollars(rule.min_frac * low_value)} must be")


def check_concentrations(book: Book) -> Iterator[Finding]:
    """No security, issuer or identity group above its fraction of the household, unless it was and did not grow."""
    for placed in book.policy.of(Concentration):
        rule = placed.rule
        if not rule.strength.is_must:
            continue
        before: dict[str, Decimal] = defaultdict(Decimal)
        after: dict[str, Decimal] = defaultdict(Decimal)
        for (account_id, symbol), count in book.shares_after.items():
            if account_id in book.counted and rule.applies_to.binds(book.household, account_id, symbol):
                security = book.household.securities[symbol]
                name = _name(security, rule.group_by)
                if not name:
                    continue
                before[name] += book.shares_before.get((account_id, symbol), ZERO) * security.price_usd
                after[name] += count * security.price_usd
        ceiling = rule.max_frac * max(book.household_values)
        for name in sorted(after):
            if is_above(after[name], max(ceiling, before[name])):
                said = f"{rule.group_by} {name} is worth {dollars(after[name])} after the run, at most {dollars(ceiling)} may be"
                yield book.rule_breach("concentration", placed, said)


def _name(security: Security, group_by: str) -> str:
    """The group of a security: one without an identity group is a group of its own; one without an issuer (a broad fund)
    belongs to none, when issuers are what is grouped by."""
    if group_by == "issuer":
        return security.issuer
    return (security.identity_group if group_by == "identity_group" else "") or security.symbol


def check_sizes(book: Book) -> Iterator[Finding]:
    """No trade below the smallest size, but for a sale that closes a position; no more trades than allowed."""
    for placed in book.policy.of(TradeSize):
        rule, trades = placed.rule, book.trades_under(placed)
        if not rule.strength.is_must:
            continue
        if rule.max_trades is not None and len(trades) > rule.max_trades:
            yield book.rule_breach("trade-count", placed, f"{len(trades)} trades are made, at most {rule.max_trades} may be")
        for trade in trades:
            closes = trade.side is Side.SELL and book.shares_after[trade.account_id, trade.symbol] == 0
            least = rule.minimum(book.security_of(trade).security_type, max(ZERO, book.value([trade.account_id], after=False)))
            notional = trade.quantity * book.security_of(trade).price_usd
            if not closes and is_above(least, notional):
                said = f"{trade.trade_id} is worth {dollars(notional)}, the smallest trade is {dollars(least)}"
                yield book.rule_breach("trade-size", placed, said)


def check_turnover(book: Book) -> Iterator[Finding]:
    """Half of all purchases and sales stays within the run's limit, and with the year's earlier ones within the year's."""
    for placed in book.policy.of(Turnover):
        rule, household = placed.rule, book.household
        if not rule.strength.is_must:
            continue
        moved = sum((trade.quantity * book.security_of(trade).price_usd for trade in book.trades_under(placed)), ZERO) / 2
        earlier = (
            sum((one.traded_usd for one in household.traded if rule.applies_to.binds(household, one.account_id, one.symbol)), ZERO) / 2
        )
        value = max(household.value_usd, *book.household_values)
        for when, frac, usd, before in (
            ("the run", rule.max_frac_per_run, rule.max_usd_per_run, ZERO),
            ("the year", rule.max_frac_per_year, rule.max_usd_per_year, earlier),
        ):
            limits = [frac * value] if frac is not None else []
            limits += [usd] if usd is not None else []
            if limits and moved and is_above(before + moved, min(limits)):
                said = f"{when} moves {dollars(before + moved)}, at most {dollars(min(limits))} may move"
                yield book.rule_breach("turnover", placed, said)
