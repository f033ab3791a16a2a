"""What a case expects, held against what was decided: a sentence per disappointment, at the line of the expectation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from rules.cases import Between, Expect, ExpectedRule, ExpectedTrade
from rules.language.words import count, dollars, listed, percent, plain
from rules.read_cases import ANY, PlacedCase
from solver.decision import Decision
from solver.outcome import Side, Status, Trade
from validation.findings import Finding, Severity
from validation.units import ZERO, cents

FIGURES = {
    "drift_after_frac": ("drift after", "drift_after"), "turnover_frac": ("turnover", "turnover"),
    "location_score": ("location score", "location_score_after"), "tax_cost_usd": ("tax cost", "tax_cost"),
    "net_short_term_usd": ("net short-term gain", "net_st"), "net_long_term_usd": ("net long-term gain", "net_lt"),
}  # fmt: skip
"""Field of the language → what it is called, and where it stands in the statistics."""


HELP = "a change of the rule mends it, or of the case, where the new answer is the right one"


def failures(placed: PlacedCase, decision: Decision) -> Iterator[Finding]:
    """Everything in which a decision is not what its case expects; nothing where it is."""
    expect = placed.case.expect
    yield from _status(placed, expect, decision)
    trades = decision.outcome.trades if decision.outcome and decision.status is Status.PROPOSED else ()
    if expect.trades == "none" and trades:
        yield _failed(placed, "no trade", f"{count(len(trades), 'trade')}: {_some(trades)}", "expect", "trades")
    for i, wanted in enumerate(expect.trades if isinstance(expect.trades, tuple) else ()):
        yield from _trade(placed, wanted, trades, i)
    if expect.trade_count is not None and not expect.trade_count.holds(Decimal(len(trades))):
        yield _failed(placed, f"{between('', expect.trade_count)} trades", str(len(trades)), "expect", "trade_count")
    yield from _findings(placed, expect, decision)
    yield from _rules(placed, expect, decision)
    for field, (name, column) in FIGURES.items():
        wanted_figure: Between | None = getattr(expect, field)
        if wanted_figure is None:
            continue
        figure: Decimal | None = getattr(decision.statistics, column) if decision.statistics else None
        if figure is None or not wanted_figure.holds(figure):
            got = f"none, since the household ends as `{decision.status.value}`" if figure is None else said(field, figure)
            yield _failed(placed, f"a {name} {_of(field, wanted_figure)}", got, "expect", field)


def _status(placed: PlacedCase, expect: Expect, decision: Decision) -> Iterator[Finding]:
    wanted = (expect.status,) if isinstance(expect.status, str) else expect.status or ()
    if wanted and decision.status.value not in wanted:
        names = listed((f"`{each}`" for each in wanted), "or")
        yield _failed(placed, f"status {names}", f"`{decision.status.value}`{_why(decision)}", "expect", "status")


def _why(decision: Decision) -> str:
    """Why a household ended as it did, where that can be said in half a sentence."""
    if decision.status.is_decided:
        return f" ({decision.due_because.rstrip('.')})" if decision.status is Status.NOT_DUE and decision.due_because else ""
    errors = [each.message for each in decision.findings if each.severity is Severity.ERROR]
    conflict = decision.outcome.conflict if decision.outcome else ()
    if decision.status is Status.CONFLICT and conflict:
        return f": {listed(f'`{each.rule_id}`' for each in conflict)} cannot hold together"
    return f": {errors[0]}" if errors else ""


def _trade(placed: PlacedCase, wanted: ExpectedTrade, trades: Sequence[Trade], index: int) -> Iterator[Finding]:
    side, symbol = (Side.SELL, wanted.sell) if wanted.sell is not None else (Side.BUY, wanted.buy)
    matching = [
        each
        for each in trades
        if each.side is side and symbol in {ANY, each.symbol} and wanted.account in {None, each.account_id}
    ]  # fmt: skip
    word = "sale" if side is Side.SELL else "purchase"
    what = f"{'anything' if symbol == ANY else symbol}{f' in {wanted.account}' if wanted.account else ''}"
    loc = ("expect", "trades", index)
    if wanted.none:
        if matching:
            yield _failed(placed, f"no {word} of {what}", _some(matching), *loc)
        return
    if not matching and not any(each == ZERO for each in (wanted.at_most_usd, wanted.at_most_shares)):
        alone = all(limit is None for name, limit in wanted.limits.items() if name.startswith("at_least"))
        if alone and any(limit is not None for limit in wanted.limits.values()):
            return  # at most so much is kept by nothing at all
        other = [each for each in trades if each.symbol == symbol]
        yield _failed(placed, f"a {word} of {what}{_limits(wanted)}", _some(other) if other else "none", *loc)
        return
    reached = {"usd": sum((each.notional_usd for each in matching), ZERO), "shares": sum((each.quantity for each in matching), ZERO)}
    for name, limit in wanted.limits.items():
        unit = name.rpartition("_")[2]
        if limit is not None and (reached[unit] < limit if name.startswith("at_least") else reached[unit] > limit):
            yield _failed(placed, f"{_limit(name, limit)} of {what} {_done(side)}", _amount(unit, reached[unit]), *loc, name)


def _limits(wanted: ExpectedTrade) -> str:
    parts = [_limit(name, limit) for name, limit in wanted.limits.items() if limit is not None]
    return f", {' and '.join(parts)}" if parts else ""


def _limit(name: str, limit: Decimal) -> str:
    way, _, unit = name.rpartition("_")
    return f"{way.replace('_', ' ')} {_amount(unit, limit)}"


def _amount(unit: str, amount: Decimal) -> str:
    return dollars(cents(amount)) if unit == "usd" else f"{plain(amount)} {'share' if amount == 1 else 'shares'}"


def _done(side: Side) -> str:
    return "sold" if side is Side.SELL else "bought"


def _some(trades: Sequence[Trade]) -> str:
    told = [f"{each.side.value.lower()} {plain(each.quantity)} {each.symbol} in {each.account_id}" for each in trades[:3]]
    return ", ".join(told) + (f" and {len(trades) - 3} more" if len(trades) > 3 else "")


def _findings(placed: PlacedCase, expect: Expect, decision: Decision) -> Iterator[Finding]:
    told = {each.code: each for each in decision.findings}
    for i, code in enumerate(expect.findings or ()):
        if code not in told:
            got = listed(f"`{each}`" for each in sorted(told)) if told else "none at all"
            yield _failed(placed, f"the finding `{code}`", got, "expect", "findings", i)
    for i, code in enumerate(expect.no_findings or ()):
        if code in told:
            yield _failed(placed, f"no finding `{code}`", told[code].message, "expect", "no_findings", i)


def _rules(placed: PlacedCase, expect: Expect, decision: Decision) -> Iterator[Finding]:
    if expect.conflict is not None:
        found = [each.rule_id for each in decision.outcome.conflict] if decision.outcome else []
        if set(found) != set(expect.conflict):
            names = listed(f"`{each}`" for each in expect.conflict)
            got = f"one of {listed(f'`{each}`' for each in found)}" if found else f"none, status `{decision.status.value}`"
            yield _failed(placed, f"a conflict of {names}", got, "expect", "conflict")
    for i, wanted in enumerate(expect.rules or ()):
        yield from _rule(placed, wanted, decision, i)


def _rule(placed: PlacedCase, wanted: ExpectedRule, decision: Decision, index: int) -> Iterator[Finding]:
    loc = ("expect", "rules", index)
    prices = {each.rule_id: each for each in decision.explanation.rule_prices} if decision.explanation else {}
    price = prices.get(wanted.rule)
    binds = price is not None and price.binding
    if wanted.binds is not None and binds is not wanted.binds:
        if wanted.binds:
            others = listed(f"`{name}`" for name, each in prices.items() if each.binding)
            got = f"it does not; {others} {'do' if len(prices) > 1 else 'does'}" if prices else "it does not, and no rule does"
        else:
            got = f"it does, at a price of {dollars(_price(price.price_of_rule_usd))}" if price and price.price_of_rule_usd else "it does"
        yield _failed(placed, f"`{wanted.rule}` {'binds' if wanted.binds else 'does not bind'}", got, *loc)
    if wanted.price_usd is not None:
        cost = _price(price.price_of_rule_usd if price else None)
        if not wanted.price_usd.holds(cost):
            yield _failed(placed, f"a price of `{wanted.rule}` {_of('_usd', wanted.price_usd)}", dollars(cost), *loc, "price_usd")


def _price(amount: float | None) -> Decimal:
    """A rule that does not bind costs nothing."""
    return cents(Decimal(repr(amount))) if amount else ZERO


def between(field: str, wanted: Between) -> str:
    """`at least 2 %`, `at most $5,000`, `from 90 to 100`, in the unit of the field's name."""
    if wanted.at_least is not None and wanted.at_most is not None:
        return f"from {said(field, wanted.at_least)} to {said(field, wanted.at_most)}"
    if wanted.at_least is not None:
        return f"at least {said(field, wanted.at_least)}"
    return f"at most {said(field, wanted.at_most or ZERO)}"


def _of(field: str, wanted: Between) -> str:
    text = between(field, wanted)
    return text if text.startswith("from") else f"of {text}"


def said(field: str, figure: Decimal) -> str:
    """A figure in the unit of its field's name."""
    if field.endswith("_usd"):
        amount = cents(figure)
        return f"-{dollars(-amount)}" if amount < 0 else dollars(amount)
    return percent(round(figure, 5)) if field.endswith("_frac") else plain(round(figure, 2))


def _failed(placed: PlacedCase, expected: str, got: str, *loc: str | int) -> Finding:
    message = f"“{placed.case.case}”: expected {expected}, got {got}"
    return placed.tell("case-failed", message, HELP, *loc)
