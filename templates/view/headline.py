"""The sentence at the top of a client's page, made from the figures; a neutral one where there is nothing to find."""

from __future__ import annotations

from decimal import Decimal

from solver.decision import Decision
from solver.outcome import Side, Status
from templates import filters, wording
from templates.view.figures import Figures
from validation.household import OrderKind
from validation.units import ZERO

NOTICEABLE = Decimal("0.015")
"""Weight by which stocks must be off target before the page's first sentence is about them."""


def headline(decision: Decision, figures: Figures) -> str:
    """What happened, or how things stand, in one sentence."""
    if decision.status is Status.BLOCKED:
        return "We cannot give you a proposal today, because some of your account data has to be checked first."
    if decision.status is Status.CONFLICT:
        return "Your rules cannot all be kept at once today, so nothing is traded until you and your advisor have chosen."
    if decision.status is Status.FAILED:
        return "We could not finish a proposal today, so nothing is traded."
    moved = _what_moved(figures)
    if decision.status is Status.NOT_DUE:
        return "Your portfolio is not due for rebalancing, and nothing is traded."
    if decision.status is Status.NO_TRADE_NEEDED:
        near = not any(figures.is_outside(name, figures.weights_before.get(name, ZERO)) for name in figures.classes)
        return (
            "Your portfolio is where you chose to have it; there is nothing to trade."
            if near and not moved
            else ("Nothing needs to be traded: no change would bring you more than it costs.")
        )
    return moved or _other_reason(decision)


def _what_moved(figures: Figures) -> str:
    before, target = wording.stock_share(figures.weights_before), wording.stock_share(figures.targets)
    if not figures.targets:
        return ""
    if before is not None and target is not None and abs(before - target) >= NOTICEABLE:
        risk = "more" if before > target else "less"
        return f"Your {split(target)} portfolio has become {split(before)}, {risk} risk than you chose."
    strayed = [name for name in figures.classes if figures.is_outside(name, figures.weights_before.get(name, ZERO))]
    if not strayed:
        return ""
    if before is None or target is None:
        return f"{filters.count(len(strayed), 'part').capitalize()} of your portfolio strayed from what you chose."
    return f"Stocks and bonds are still near {split(target)}, but what lies inside them has moved away from what you chose."


def _other_reason(decision: Decision) -> str:
    statistics = decision.statistics
    paid = sum((each.amount_usd for each in decision.payments if each.kind in {OrderKind.WITHDRAWAL, OrderKind.RMD}), ZERO)
    if paid:
        return f"The {filters.usd(paid)} that you need is raised where it costs the least."
    before, after = (statistics.location_score_before, statistics.location_score_after) if statistics else (None, None)
    if before is not None and after is not None and after - before >= 2:
        return "Your mix is right; some of it can be held where it is taxed less."
    if statistics and statistics.tax_cost is not None and statistics.tax_cost < -1:
        return "A loss in your accounts can be put to use without changing your mix."
    received = sum((each.amount_usd for each in decision.payments if each.kind is OrderKind.CONTRIBUTION), ZERO)
    if received:
        return f"Your {filters.usd(received)} of new money can be put to work."
    return "A few changes would bring your portfolio closer to what you chose."


def split(share: Decimal) -> str:
    """0.6 as `60/40`."""
    stocks = int(filters.fixed(share * 100).replace(filters.MINUS, "-"))
    return f"{stocks}/{100 - stocks}"


def lead(decision: Decision, figures: Figures) -> str:
    """The second sentence: what is proposed at what tax, or what happens next."""
    if decision.status is Status.BLOCKED:
        return "Nothing is traded and nothing is lost: we would rather wait than act on a number we cannot trust."
    if decision.status is Status.CONFLICT:
        return "Each rule is reasonable alone. Below is which of them collide today, and the smallest change that would free each one."
    if decision.status is Status.FAILED:
        return (
            "Every proposal is checked a second time by independent arithmetic. This one did not come through, "
            "and so it does not leave the house."
        )
    if decision.status is not Status.PROPOSED or not decision.outcome:
        return _how_it_stands(decision)
    trades = decision.outcome.trades
    accounts = len({trade.account_id for trade in trades})
    return (
        f"We propose {filters.count(len(trades), 'trade')} in "
        f"{filters.count(accounts, 'account')}{_to_where(figures)}{_at_what_tax(decision)}{_placed(decision)}."
    )


def _to_where(figures: Figures) -> str:
    before, after = wording.stock_share(figures.weights_before), wording.stock_share(figures.weights_after)
    target = wording.stock_share(figures.targets)
    if before is None or after is None or target is None or abs(before - target) < NOTICEABLE:
        return ""
    if abs(after - target) < abs(before - target):
        return f" that bring it back to {split(after)}" if split(after) != split(before) else " that bring it closer"
    return ""


def _at_what_tax(decision: Decision) -> str:
    tax = decision.statistics.tax_cost if decision.statistics else None
    if tax is None:
        return ""
    if abs(tax) < Decimal("0.5"):
        return ", without any tax"
    return f" for {filters.usd(tax)} of tax" if tax > 0 else f" and lower this year’s tax by {filters.usd(-tax)}"


def _placed(decision: Decision) -> str:
    statistics = decision.statistics
    before, after = (statistics.location_score_before, statistics.location_score_after) if statistics else (None, None)
    if before is None or after is None or after - before < 1:
        return ""
    buys = any(trade.side is Side.BUY for trade in decision.outcome.trades) if decision.outcome else False
    return ", and hold more of your investments where they are taxed less" if buys else ""


def _how_it_stands(decision: Decision) -> str:
    drift = decision.statistics.drift_before if decision.statistics else None
    stands = f"It lies {filters.percent(drift)} away from your target. " if drift is not None else ""
    if decision.status is Status.NOT_DUE:
        because = filters.sentence(decision.due_because.split(";")[0]) if decision.due_because else ""
        return (
            f"{stands}{because if not because.startswith('Drift') else ''}".strip() or "We look again at the next date that your rules set."
        )
    return f"{stands}We looked at every account and every lot, and looked for losses and better places too."
