"""Every trade's worth by objective term: rows add across, columns add down, and nothing is left over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from markupsafe import Markup

from solver.decision import Decision
from solver.outcome import Side, Status, Trade, TradeReason
from templates import charts, filters, wording
from templates.view.figures import figures_of
from templates.view.names import Names

COLOURS = {
    "drift": "acc",
    "location": "acc2",
    "tax_later": "was",
    "tax_now": "cost",
    "carryforward": "h5",
    "soft_rules": "h3",
    "spread": "line2",
}
ORDER = ("drift", "location", "tax_later", "tax_now", "carryforward", "soft_rules", "spread")


@dataclass(frozen=True, slots=True)
class WorthRow:
    """A trade: what, dollars, its bar, dollars by term, their sum; `parts` says the same in one line, `why` in words."""

    what: str
    amount: str
    bar: Markup
    cells: tuple[str, ...]
    total: str
    parts: str
    why: str


@dataclass(frozen=True, slots=True)
class Worth:
    heading: str
    lead: str
    families: tuple[str, ...]
    legend: tuple[tuple[str, str], ...]
    groups: tuple[tuple[str, tuple[WorthRow, ...]], ...]
    sums: tuple[str, ...]
    total: str


def worth_of(decision: Decision, names: Names) -> Worth | None:
    """The section; None where there is no proposal or no reasons were made."""
    if decision.status is not Status.PROPOSED or not decision.outcome or not decision.explanation:
        return None
    reasons = decision.explanation.reasons
    used = {name for reason in reasons.values() for name, amount in reason.worth_usd.items() if abs(amount) >= 0.005}
    families = tuple(name for name in ORDER if name in used) + tuple(sorted(used - set(ORDER)))
    low, high = _span(reasons)
    groups: list[tuple[str, tuple[WorthRow, ...]]] = []
    for account in figures_of(decision).accounts:
        trades = [trade for trade in decision.outcome.trades if trade.account_id == account.account_id]
        trades.sort(key=lambda trade: (trade.side is Side.BUY, -trade.notional_usd, trade.symbol))
        rows = tuple(_row(trade, reasons.get(trade.trade_id), families, low, high, names) for trade in trades)
        if rows:
            groups.append((names.account(account), rows))
    sums = {name: sum(reason.worth_usd.get(name, 0.0) for reason in reasons.values()) for name in families}
    # Where the holdings break a `must`, doing nothing is no choice, and the proposal has no worth against it.
    total = decision.outcome.worth_usd or sum(sums.values())
    rest = total - sum(sums.values())
    if abs(rest) >= 0.5:
        bar = charts.worth_bar([(rest, "h5")], low, high, f"rest of the proposal: {filters.usd_signed(rest)}")
        row = WorthRow(
            "Cash and what belongs to no trade", "", bar, tuple(filters.NOTHING for _ in families), filters.usd_signed(rest), "", ""
        )
        groups.append(("All accounts", (row,)))
    words = tuple(wording.TERMS.get(name, name.replace("_", " ").capitalize()) for name in families)
    legend = tuple((COLOURS.get(name, "was"), word.lower()) for name, word in zip(families, words, strict=True))
    return Worth(
        _heading(sums),
        "Dollars of today over the years that "
        "the rules look ahead. "
        "The parts of a trade add up to its "
        "worth, the worths to the proposal’s. "
        "The benefit of a move between accounts is booked on its sale.",
        words,
        legend,
        tuple(groups),
        tuple(filters.usd_signed(sums[name]) for name in families),
        filters.usd_signed(total),
    )


def _row(trade: Trade, reason: TradeReason | None, families: tuple[str, ...], low: float, high: float, names: Names) -> WorthRow:
    what = f"{'Sell' if trade.side is Side.SELL else 'Buy'} {filters.shares(trade.quantity)} {trade.symbol}"
    if reason is None:
        return WorthRow(
            what,
            filters.usd(trade.notional_usd),
            charts.worth_bar([], low, high, ""),
            tuple(filters.NOTHING for _ in families),
            filters.NOTHING,
            "",
            "",
        )
    worth = [(name, reason.worth_usd.get(name, 0.0)) for name in families]
    total = sum(reason.worth_usd.values())
    said = ", ".join(
        f"{wording.TERMS.get(name, name).lower()} {filters.usd_signed(amount)}" for name, amount in worth if abs(amount) >= 0.5
    )
    bar = charts.worth_bar(
        [(amount, COLOURS.get(name, "was")) for name, amount in worth],
        low,
        high,
        f"{what}: {said or 'nothing'}; worth {filters.usd_signed(total)}",
    )
    return WorthRow(
        what,
        filters.usd(trade.notional_usd),
        bar,
        tuple(filters.usd_signed(amount) for _, amount in worth),
        filters.usd_signed(total),
        filters.unbroken(said),
        _why(reason, names),
    )


def _why(reason: TradeReason, names: Names) -> str:
    """The advisor's sentence; the client's where the advisor's only repeats the figures of the row."""
    only_figures = reason.advisor.startswith(f"{reason.code}: worth ")
    return filters.sentence(names.clean(reason.client if only_figures or not reason.advisor else reason.advisor))


def _span(reasons: Mapping[str, TradeReason]) -> tuple[float, float]:
    low = min((sum(min(amount, 0.0) for amount in reason.worth_usd.values()) for reason in reasons.values()), default=0.0)
    high = max((sum(max(amount, 0.0) for amount in reason.worth_usd.values()) for reason in reasons.values()), default=1.0)
    return min(low, 0.0), max(high, 1.0)


def _heading(sums: Mapping[str, float]) -> str:
    gains = {name: amount for name, amount in sums.items() if amount > 0}
    total = sum(gains.values())
    if total <= 0:
        return "What each trade is worth, and why"
    best = max(gains, key=lambda name: gains[name])
    words = {
        "drift": "is drift repaired",
        "location": "is better placement",
        "tax_now": "is tax saved now",
        "tax_later": "is tax saved later",
        "carryforward": "is losses kept for later",
    }.get(best, f"is {wording.TERMS.get(best, best).lower()}")
    share = filters.percent(gains[best] / total, 0)
    return f"Of what the trades bring, {share} {words}"
