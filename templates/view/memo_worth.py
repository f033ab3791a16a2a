"""Every trade's worth by objective term: rows add across, columns add down, and nothing is left over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
    idle = decision.explanation.idle_cash_usd
    worths = [*(reason.worth_usd for reason in reasons.values()), idle]
    used = {name for worth in worths for name, amount in worth.items() if abs(amount) >= 0.005}
    families = tuple(name for name in ORDER if name in used) + tuple(sorted(used - set(ORDER)))
    low, high = _span(worths)
    groups: list[tuple[str, tuple[WorthRow, ...]]] = []
    for account in figures_of(decision).accounts:
        trades = [trade for trade in decision.outcome.trades if trade.account_id == account.account_id]
        trades.sort(key=lambda trade: (trade.side is Side.BUY, -trade.notional_usd, trade.symbol))
        rows = tuple(_row(trade, reasons.get(trade.trade_id), families, low, high, names) for trade in trades)
        if rows:
            groups.append((names.account(account), rows))
    sums = {name: sum(worth.get(name, 0.0) for worth in worths) for name in families}
    if any(abs(amount) >= 0.5 for amount in idle.values()):
        groups.append(("All accounts", (_cash_row(idle, families, low, high),)))
    words = tuple(wording.TERMS.get(name, name.replace("_", " ").capitalize()) for name in families)
    legend = tuple((COLOURS.get(name, "was"), word.lower()) for name, word in zip(families, words, strict=True))
    return Worth(
        _heading(sums),
        "Dollars of today over the years that "
        "the rules look ahead. "
        "The parts of a trade add up to its "
        "worth, the worths to the proposal’s. "
        "A move between accounts has two "
        "trades; its benefit stands on both.",
        words,
        legend,
        tuple(groups),
        tuple(filters.usd_signed(sums[name]) for name in families),
        filters.usd_signed(sum(sums.values())),
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
    bar, total, said = _drawn(what, reason.worth_usd, families, low, high)
    cells = tuple(filters.usd_signed(reason.worth_usd.get(name, 0.0)) for name in families)
    return WorthRow(what, filters.usd(trade.notional_usd), bar, cells, total, said, _why(reason, names))


def _cash_row(idle: Mapping[str, float], families: tuple[str, ...], low: float, high: float) -> WorthRow:
    what = "Idle cash, put to work or raised"
    bar, total, said = _drawn(what, idle, families, low, high)
    return WorthRow(what, "", bar, tuple(filters.usd_signed(idle.get(name, 0.0)) for name in families), total, said, "")


def _drawn(what: str, worth: Mapping[str, float], families: tuple[str, ...], low: float, high: float) -> tuple[Markup, str, str]:
    """A row's bar, its sum, and its parts in one line."""
    parts, total = [(name, worth.get(name, 0.0)) for name in families], filters.usd_signed(sum(worth.values()))
    said = ", ".join(
        f"{wording.TERMS.get(name, name).lower()} {filters.usd_signed(amount)}" for name, amount in parts if abs(amount) >= 0.5
    )
    coloured = [(amount, COLOURS.get(name, "was")) for name, amount in parts]
    return charts.worth_bar(coloured, low, high, f"{what}: {said or 'nothing'}; worth {total}"), total, filters.unbroken(said)


def _why(reason: TradeReason, names: Names) -> str:
    """The advisor's sentence; the client's where the advisor's only repeats the figures of the row."""
    only_figures = reason.advisor.startswith(f"{reason.code}: worth ")
    return filters.sentence(names.told(reason.client if only_figures or not reason.advisor else reason.advisor))


def _span(worths: Sequence[Mapping[str, float]]) -> tuple[float, float]:
    low = min((sum(min(amount, 0.0) for amount in worth.values()) for worth in worths), default=0.0)
    high = max((sum(max(amount, 0.0) for amount in worth.values()) for worth in worths), default=1.0)
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
