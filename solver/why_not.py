"""What was left alone, and why, in an advisor's words: margins as ranked records, without a client's name in them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from rules.language.words import listed, noun
from solver.margins import Margin, Part
from solver.outcome import NotTraded, Side, Trade
from solver.problem import Problem
from solver.settled import Settled
from solver.terms.base import Term
from validation.units import cents

SHOWN, SHOWN_PURCHASES = 12, 4
SAME_USD = 5e-5
"""Five cents on $1,000: a tie."""
TRADED_USD = 1.0
TOLD, TOLD_SHARE = 5, 0.04
"""How many parts a sentence names at most, and how large one must be beside the largest to be named."""
Bars = Mapping[int, tuple[Term, str]]


def left_alone(settled: Settled, found: Sequence[Margin], trades: Sequence[Trade]) -> tuple[NotTraded, ...]:
    """Lots that were not sold and securities that were not bought, at most twelve, those first of which most speaks for
    trading: one lot for each account and security, and of a class one purchase for each account that buys nothing else of it."""
    problem, bars = settled.bound.problem, bars_of(settled)
    sold = {(trade.account_id, trade.symbol, lot.lot_id) for trade in trades for lot in trade.lots}
    sold |= {(trade.account_id, trade.symbol, "") for trade in trades if trade.side is Side.SELL}
    bought = {(trade.account_id, _class_of(problem, trade.symbol)) for trade in trades if trade.side is Side.BUY}
    best: dict[tuple[str, str, str], tuple[float, Margin]] = {}
    for each in found:
        account_id, name = problem.accounts[each.account].account_id, _class_of(problem, each.symbol)
        selling = each.side is Side.SELL
        done = (account_id, each.symbol, each.lot_id) in sold if selling else (account_id, name) in bought
        stake = _stake(each)
        key = (each.side, account_id, each.symbol if selling else name)
        if (
            not done
            and each.room_usd >= TRADED_USD
            and stake > 0
            and not is_opposite(settled, each)
            and (key not in best or stake > best[key][0])
        ):
            best[key] = (stake, each)
    ranked = [margin for _, margin in sorted(best.values(), key=lambda pair: (-pair[0], pair[1].account, pair[1].symbol, pair[1].lot_id))]
    sales = [margin for margin in ranked if margin.side is Side.SELL]
    purchases = [margin for margin in ranked if margin.side is Side.BUY and abs(margin.usd) > SAME_USD][:SHOWN_PURCHASES]
    return tuple(record_of(settled, margin, bars) for margin in [*sales[: SHOWN - len(purchases)], *purchases])


def why_not(settled: Settled, found: Iterable[Margin], symbol: str) -> tuple[NotTraded, ...]:
    """Every lot and every account of one security that was left alone or could have been traded further: sales first."""
    bars = bars_of(settled)
    mine = [each for each in found if each.symbol == symbol and each.room_usd >= TRADED_USD]
    return tuple(
        record_of(settled, each, bars) for each in sorted(mine, key=lambda each: (each.side is Side.BUY, each.account, -each.room_usd))
    )


def _class_of(problem: Problem, symbol: str) -> str:
    return problem.classes[int(problem.exposure[symbol].argmax())]


def is_opposite(settled: Settled, margin: Margin) -> bool:
    """Whether the trade is shut because the same security is traded the other way in this account."""
    return any(settled.bounds.get(int(settled.program.base[column])) == (0.0, 0.0) for column in margin.columns)


def _stake(margin: Margin) -> float:
    """What speaks for the trade, over all that could be traded: an order of rank, never a figure that is shown."""
    return margin.room_usd * (-margin.usd if margin.usd < -SAME_USD else -margin.in_favour_usd / 2)


def bars_of(settled: Settled) -> Bars:
    """Which rule forbids a base column outright, and in which words."""
    return {
        int(column): (term, each.words or term.name)
        for term in settled.bound.terms
        for each in term.bounds
        if each.upper == 0.0
        for column in each.columns
    }


def record_of(settled: Settled, margin: Margin, bars: Bars) -> NotTraded:
    """One margin as a record: code, sentence, dollars per $1,000 in all and by reason."""
    by_reason: dict[str, float] = defaultdict(float)
    for part in margin.parts:
        by_reason[_code(part)] += part.usd * 1000
    code, sentence = _why(settled, margin, bars)
    account_id = settled.bound.problem.accounts[margin.account].account_id
    value = cents(Decimal(repr(max(0.0, margin.room_usd)))) if margin.side is Side.SELL else None
    return NotTraded(account_id, margin.symbol, margin.lot_id, code, sentence, value, margin.side, margin.usd * 1000, dict(by_reason))


def _why(settled: Settled, margin: Margin, bars: Bars) -> tuple[str, str]:
    """(code, sentence): a bar, a tie, an order not worth making, or the dearest part."""
    problem = settled.bound.problem
    doing = "Selling" if margin.side is Side.SELL else "Buying"
    barred = next((bars[column] for column in margin.columns if column in bars), None)
    against = margin.against
    if barred is not None:
        term, words = barred
        start = f"`{_code_of(term)}` forbids it ({words.rstrip('.')})" if term.rule else f"{words[:1].upper()}{words[1:]}"
        if margin.usd < -SAME_USD:
            return _code_of(term), f"{start}; the next $1,000 would {_both(problem, margin)}."
        if margin.usd > SAME_USD:
            return _code_of(term), f"{start}, and it would not pay: {_usd(margin.usd)} too dear on $1,000."
        return _code_of(term), f"{start}; it would make no difference."
    if is_opposite(settled, margin):
        return (
            "opposite",
            f"The same security is {'bought' if margin.side is Side.SELL else 'sold'} in this account; never both on one day.",
        )
    if abs(margin.usd) <= SAME_USD:
        if margin.traded_usd > TRADED_USD:
            return "too_small", f"{doing} a little would pay, but too little for an order of its own: fewer trades do nearly as well."
        return "tie", "As good as what was traded, to the cent on $1,000: older lots and first choices go first."
    if against is None or margin.usd < 0:
        return "no_room", f"{doing} more would pay, but there is nothing left to trade it for."
    return _code(against), f"The next $1,000 would {_both(problem, margin)}."


def stopped_at(problem: Problem, margins: Sequence[Margin]) -> str:
    """Why a trade went no further: what the next $1,000 of it would cost and bring. `margins` are those of its lots, or of its
    purchase; the sentence is about the largest that moved freely."""
    moved = [each for each in margins if each.traded_usd > TRADED_USD]
    free = [each for each in moved if each.room_usd > TRADED_USD]
    if not moved:
        dearer = min((each.usd for each in margins), default=0.0)
        if dearer <= SAME_USD:
            return "Other trades would do as well in its place, to the cent on $1,000."
        return f"With orders of any size other trades would do better in its place, by {_usd(dearer)} on $1,000."
    if not free:
        if moved[0].side is Side.BUY:
            return "No more of it may be bought."
        return "The whole position is sold." if len(moved) == len(margins) else "The lots that it takes are sold whole."
    last = max(free, key=lambda each: each.traded_usd)
    if abs(last.usd) > SAME_USD:
        return f"The next $1,000 would {_both(problem, last)}."
    total, costs, brings = _sides(problem, last)
    return f"It stops where the next $1,000 costs as much as it brings, {_cents(total)}: {listed(costs)}, against {listed(brings)}."


def _both(problem: Problem, margin: Margin) -> str:
    """`cost $38.91 (placement given up $38.81 and the rest $0.10) and bring $38.71 (...): $0.20 too dear`; it foots to the cent."""
    costs, brings = _parts(problem, margin)
    cost, bring = (sum(each for _, each in side) for side in (costs, brings))
    sides = (("cost", cost, costs), ("bring", bring, brings))
    told = [f"{doing} {_cents(total)} ({listed(_names(side))})" for doing, total, side in sides if side]
    short = f"{_cents(cost - bring)} too dear" if cost > bring else f"{_cents(bring - cost)} to the good"
    return f"{listed(told)}: {short}" if told else "cost nothing and bring nothing"


def _sides(problem: Problem, margin: Margin) -> tuple[int, list[str], list[str]]:
    """(cents on either side, what costs, what brings) of a margin that cancels: what rounding leaves stands with the last part."""
    costs, brings = _parts(problem, margin)
    total = sum(each for _, each in costs)
    missing = total - sum(each for _, each in brings)
    if brings and missing:
        brings[-1] = (brings[-1][0], brings[-1][1] + missing)
    return total, _names(costs), _names(brings)


def _parts(problem: Problem, margin: Margin) -> tuple[list[tuple[str, int]], list[tuple[str, int]]]:
    """What the next $1,000 costs and what it brings, by name, in whole cents, the largest first; small ones pooled."""
    told: dict[str, float] = defaultdict(float)
    for part in margin.parts:
        told[_name(problem, part, margin.side)] += part.usd
    least = TOLD_SHARE * max((abs(each) for each in told.values()), default=0.0)
    sides: tuple[list[tuple[str, int]], list[tuple[str, int]]] = ([], [])
    for side, sign in zip(sides, (1.0, -1.0), strict=True):
        mine = sorted(((name, usd * sign) for name, usd in told.items() if usd * sign > 0), key=lambda each: -each[1])
        named = [each for each in mine[:TOLD] if each[1] >= least]
        side += [(name, round(usd * 1e5)) for name, usd in named]
        rest = round(sum(usd for _, usd in mine) * 1e5) - sum(cents for _, cents in side)
        side += [("the rest", rest)] if len(named) < len(mine) and rest > 0 else []
        if side and len(named) == len(mine):
            side[0] = (side[0][0], side[0][1] + rest)
    return sides


def _names(side: Iterable[tuple[str, int]]) -> list[str]:
    return [f"{name} {_cents(amount)}" for name, amount in side]


def _name(problem: Problem, part: Part, side: Side) -> str:
    against = part.usd > 0
    if part.reason == "tax_now":
        return "tax on its gain" if against else "tax saved by its loss"
    if part.reason == "tax_later":
        return "later tax that the loss no longer spares" if against else "later tax spared"
    if part.reason == "drift":
        name = next((each for each in problem.classes if part.detail.endswith(each)), "")
        return f"{noun(name)} {'further from' if against else 'closer to'} target"
    if part.reason == "location":
        return "placement given up" if against else "better placement"
    if part.reason == "cash":
        if side is Side.SELL:
            return "proceeds without a use" if against else "what the proceeds do in the account"
        return "what the cash does elsewhere in the account" if against else "cash that has no other use"
    if part.reason == "spread":
        return "spread"
    if part.reason == "wash_sale":
        return "wash sales"
    return f"room {'taken from' if against else 'left to'} `{_code_of(part.term)}`"


def _code(part: Part) -> str:
    return _code_of(part.term) if part.reason == part.term.kind and part.term.rule else part.reason


def _code_of(term: Term) -> str:
    return term.rule.rule.id if term.rule else term.kind


def _usd(per_dollar: float) -> str:
    return f"${abs(per_dollar) * 1000:,.2f}"


def _cents(amount: int) -> str:
    return f"${amount / 100:,.2f}"
