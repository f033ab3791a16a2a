"""Decisions as the files that other programs read: one function per file, a header that the contract fixes, a row per grain.

Every household has its row in every status; figures that do not exist are empty cells.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from flows.cells import digits, money, shares, table, text
from solver.decision import Decision
from solver.ledger import holdings_after
from solver.metrics import Statistics
from solver.outcome import Holding, Side, Trade
from validation.findings import Finding

MONEY = (
    "st_gains", "st_losses", "lt_gains", "lt_losses", "net_st", "net_lt", "disallowed_loss", "tax_cost", "tax_cost_flat_estimate",
    "carryforward_used", "cost_of_implementation", "annual_benefit", "baseline_tax_cost", "taxes_saved", "taxes_avoided", "taxes_deferred",
)  # fmt: skip
STATISTICS = (
    "household_id", "status", "value", "drift_before", "drift_after", "st_gains", "st_losses", "lt_gains", "lt_losses", "net_st",
    "net_lt", "disallowed_loss", "tax_cost", "tax_cost_flat_estimate", "carryforward_used", "cost_of_implementation",
    "after_tax_return_before", "after_tax_return_after", "location_score_before", "location_score_after", "location_score_reachable",
    "annual_benefit", "allocation_effect", "payback_years", "baseline_tax_cost", "taxes_saved", "taxes_avoided", "taxes_deferred",
    "baseline_drift_after", "turnover", "trades", "solution_status", "gap_usd", "gap_bps",
)  # fmt: skip
TIMINGS = ("household_id", "problem_cpu_seconds", "solve_cpu_seconds", "explain_cpu_seconds", "lps", "nodes")
TRADES = (
    "trade_id", "household_id", "account_id", "custodian", "symbol", "side", "quantity", "price", "notional", "est_tax", "reason_code",
    "reason",
)  # fmt: skip
LOTS = ("trade_id", "lot_id", "acquired_date", "quantity", "unit_cost", "proceeds", "gain", "term", "disallowed")
HOLDINGS = ("account_id", "symbol", "quantity", "market_value")
FINDINGS = ("code", "severity", "scope", "place", "household_id", "subject", "message", "help")
RULE_PRICES = ("household_id", "rule_id", "binding", "slack", "shadow_price", "unit", "price_of_rule_usd")

Row = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One CSV file: its name, its columns, its rows."""

    name: str
    columns: Sequence[str]
    rows: Iterable[Row]

    def page(self) -> str:
        """The file's text."""
        return table(self.columns, self.rows)


SHEETS = {
    "statistics.csv": STATISTICS, "timings.csv": TIMINGS, "trades.csv": TRADES, "lots.csv": LOTS, "holdings_after.csv": HOLDINGS,
    "rule_prices.csv": RULE_PRICES,
}  # fmt: skip
"""Files of a run folder that have rows per household → their columns."""


def findings_sheet(findings: Iterable[Finding]) -> Sheet:
    """findings.csv, for findings in the order to be read."""
    return Sheet("findings.csv", FINDINGS, map(_finding, findings))


def household_sheets(decisions: Sequence[Decision]) -> tuple[Sheet, ...]:
    """Every CSV file of a run folder but the findings, for decisions in the order of their household ids."""
    rows: dict[str, Iterable[Row]] = {
        "statistics.csv": map(_statistics, decisions),
        "timings.csv": map(_timings, decisions),
        "trades.csv": (row for decision in decisions for row in _trades(decision)),
        "lots.csv": (row for decision in decisions for trade in trades_of(decision) for row in _lots(trade)),
        "holdings_after.csv": (_holding(holding) for decision in decisions for holding in holdings_of(decision)),
        "rule_prices.csv": (row for decision in decisions for row in _rule_prices(decision)),
    }
    return tuple(Sheet(name, columns, rows[name]) for name, columns in SHEETS.items())


def trades_of(decision: Decision) -> tuple[Trade, ...]:
    """The trades that leave the house: none unless proposed; sales first, by account and symbol."""
    if decision.outcome is None or not decision.status.is_decided:
        return ()
    return tuple(sorted(decision.outcome.trades, key=lambda trade: (trade.account_id, trade.side is not Side.SELL, trade.symbol)))


def holdings_of(decision: Decision) -> tuple[Holding, ...]:
    """What every mapped account holds afterwards. Where nothing was decided, only the due orders are booked."""
    if decision.outcome is not None and decision.status.is_decided:
        return decision.outcome.holdings_after
    return holdings_after(decision.household, (), decision.payments)


def _statistics(decision: Decision) -> Row:
    row = {"household_id": decision.household.household_id, "status": text(decision.status), "value": money(decision.value_usd)}
    figures = decision.statistics
    if figures is None or not decision.status.is_decided:
        return row
    row |= {name: _figure(figures, name) for name in STATISTICS[3:-3]}
    certificate = decision.outcome.certificate if decision.outcome else None
    if certificate is not None:
        row |= {
            "solution_status": text(certificate.status),
            "gap_usd": money(certificate.gap_usd),
            "gap_bps": digits(certificate.gap_bps, 4),
        }
    return row


def _figure(figures: Statistics, name: str) -> str:
    value = getattr(figures, name)
    if name == "trades":
        return str(value)
    if name in MONEY:
        return money(value)
    if name.startswith("location_score") or name == "payback_years":
        return digits(value, 4)
    return digits(value)


def _timings(decision: Decision) -> Row:
    spent = decision.timings
    return {
        "household_id": decision.household.household_id,
        "problem_cpu_seconds": f"{spent.problem_cpu_seconds:.4f}",
        "solve_cpu_seconds": f"{spent.solve_cpu_seconds:.4f}",
        "explain_cpu_seconds": f"{spent.explain_cpu_seconds:.4f}",
        "lps": str(spent.lps),
        "nodes": str(spent.nodes),
    }


def _trades(decision: Decision) -> Iterator[Row]:
    household = decision.household
    reasons = decision.explanation.reasons if decision.explanation else {}
    for trade in trades_of(decision):
        reason = reasons[trade.trade_id]
        yield {
            "trade_id": trade.trade_id,
            "household_id": household.household_id,
            "account_id": trade.account_id,
            "custodian": household.account[trade.account_id].custodian,
            "symbol": trade.symbol,
            "side": text(trade.side),
            "quantity": shares(trade.quantity),
            "price": shares(trade.price_usd),
            "notional": money(trade.notional_usd),
            "est_tax": money(reason.est_tax_usd),
            "reason_code": reason.code,
            "reason": reason.client,
        }


def _lots(trade: Trade) -> Iterator[Row]:
    for sale in trade.lots:
        yield {
            "trade_id": trade.trade_id,
            "lot_id": sale.lot_id,
            "acquired_date": text(sale.acquired_date),
            "quantity": shares(sale.quantity),
            "unit_cost": digits(sale.unit_cost_usd, 6),
            "proceeds": money(sale.proceeds_usd),
            "gain": money(sale.gain_usd),
            "term": text(sale.term),
            "disallowed": "" if sale.gain_usd is None else money(sale.disallowed_usd),
        }


def _holding(holding: Holding) -> Row:
    return {
        "account_id": holding.account_id,
        "symbol": holding.symbol,
        "quantity": shares(holding.quantity),
        "market_value": money(holding.market_value_usd),
    }


def _finding(finding: Finding) -> Row:
    return {name: text(getattr(finding, name)) for name in FINDINGS}


def _rule_prices(decision: Decision) -> Iterator[Row]:
    prices = decision.explanation.rule_prices if decision.explanation and decision.status.is_decided else ()
    for price in prices:
        yield {
            "household_id": decision.household.household_id,
            "rule_id": price.rule_id,
            "binding": text(price.binding),
            "slack": digits(price.slack, 6),
            "shadow_price": digits(price.shadow_price, 6),
            "unit": price.unit,
            "price_of_rule_usd": money(price.price_of_rule_usd),
        }
