"""A household's explanation as one JSON page: everything that the memo and `rooftree explain` say, for programs.

Money in dollars with two decimals, fractions and scores with six; null where a figure is n/a (`not_available` says why). The
page depends on the decision alone, so equal runs give equal bytes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields
from decimal import Decimal
from math import isfinite
from typing import Any, TypeAlias

from flows.deliver import MONEY, STATISTICS, trades_of
from rules.language.location import Location
from solver.decision import Decision
from solver.drift import deviations, relative_deviations
from solver.metrics import Statistics
from solver.outcome import NotTraded, RulePrice, Trade, TradeReason
from solver.prospects import Sensitivity
from validation.units import ZERO

Json: TypeAlias = dict[str, Any]
FIGURES = STATISTICS[2:-3]


def explanation_json(decision: Decision) -> str:
    """The text of reports/<household>.json."""
    return json.dumps(explanation_of(decision), indent=1, ensure_ascii=False) + "\n"


def explanation_of(decision: Decision) -> Json:
    """The page as plain values. Households that were not decided have their status and what is known."""
    outcome, told = decision.outcome, decision.explanation
    certificate = outcome.certificate if outcome else None
    reasons = told.reasons if told else {}
    return {
        "household_id": decision.household.household_id,
        "as_of": decision.household.as_of.isoformat(),
        "status": decision.status.value,
        "due_because": decision.due_because,
        "value": usd(decision.value_usd),
        "worth_usd": usd(outcome.worth_usd) if outcome else None,
        "solution_status": certificate.status.value if certificate else None,
        "gap_usd": usd(certificate.gap_usd) if certificate else None,
        "statistics": _figures(decision.statistics),
        "not_available": dict(sorted(decision.statistics.not_available.items())) if decision.statistics else {},
        "classes": _classes(decision.statistics),
        "taxpayers": _taxpayers(decision.statistics),
        "baseline": _figures(decision.baseline.statistics if decision.baseline else None),
        "accelerated_tax_usd": usd(decision.statistics.accelerated_tax) if decision.statistics else None,
        "benefit_over_baseline_usd": usd(decision.statistics.benefit_over_baseline) if decision.statistics else None,
        "projections": [record(each) for each in decision.statistics.projections] if decision.statistics else [],
        "assumptions": decision.statistics.assumptions if decision.statistics else "",
        "trades": [_trade(trade, reasons[trade.trade_id]) for trade in trades_of(decision) if trade.trade_id in reasons],
        "idle_cash": {term: usd(amount) for term, amount in told.idle_cash_usd.items()} if told else {},
        "location_years": _location_years(decision),
        "worth_by_term": _by_term([*(reason.worth_usd for reason in reasons.values()), *([told.idle_cash_usd] if told else [])]),
        "not_traded": [not_traded(each) for each in told.untouched] if told else [],
        "rule_prices": [_rule_price(each) for each in told.rule_prices] if told else [],
        "counterfactuals": [record(each) for each in told.counterfactuals] if told else [],
        "frontier": record(told.frontier) if told and told.frontier else None,
        "transition": record(told.transition) if told and told.transition else None,
        "sensitivities": [_sensitivity(each) for each in told.sensitivities] if told else [],
        "location": _location(decision.statistics),
        "conflict": [
            {"rule_id": each.rule_id, "title": each.title, "place": str(each.place), "sentence": each.sentence}
            for each in (outcome.conflict if outcome else ())
        ],
        "findings": [{"code": each.code, "severity": each.severity.value, "message": each.message} for each in decision.findings],
    }


def usd(amount: Decimal | float | None) -> float | None:
    """Dollars with two decimals; None for what is not a number."""
    return None if amount is None or not isfinite(amount) else round(float(amount), 2) + 0.0


def number(amount: Decimal | float | None) -> float | None:
    """Six decimals; None for what is not a number."""
    return None if amount is None or not isfinite(amount) else round(float(amount), 6) + 0.0


def record(value: Any) -> Any:
    """A record of the solver as plain values: names that end in `_usd` are money."""
    if hasattr(value, "__dataclass_fields__"):
        return {each.name: _named(each.name, getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, tuple):
        return [record(each) for each in value]
    if isinstance(value, bool | int | str) or value is None:
        return value
    return number(value)


def _named(name: str, value: Any) -> Any:
    return usd(value) if name.endswith("_usd") and isinstance(value, float) else record(value)


def _figures(statistics: Statistics | None) -> Json | None:
    if statistics is None:
        return None
    found: Json = {}
    for name in FIGURES:
        value = getattr(statistics, name)
        found[name] = value if isinstance(value, int) else usd(value) if name in MONEY or name == "value" else number(value)
    return found


def _classes(figures: Statistics | None) -> Json:
    """Every class's weight before and after, its target, and how far it is from it, absolutely and relatively."""
    if figures is None or not figures.weights_after or not figures.targets:
        return {}
    sides = (figures.weights_before, figures.weights_after)
    gaps = [deviations(side, figures.targets) for side in sides]
    relative = relative_deviations(figures.weights_after, figures.targets)
    return {
        name: {
            "target": number(figures.targets.get(name, ZERO)),
            "weight_before": number(sides[0].get(name, ZERO)),
            "weight_after": number(sides[1].get(name, ZERO)),
            "gap_before": number(gaps[0].get(name, ZERO)),
            "gap_after": number(gaps[1].get(name, ZERO)),
            "relative_gap_after": number(relative.get(name)),
        }
        for name in sorted({*gaps[0], *gaps[1]})
    }


def _taxpayers(figures: Statistics | None) -> list[Json]:
    """The tax returns: the year's net gains with the proposal, tax without it and with it, and marginal rates."""
    return [
        {
            "taxpayer_id": each.taxpayer_id,
            "year_net_st": usd(each.year_net_st),
            "year_net_lt": usd(each.year_net_lt),
            "tax_without": usd(each.tax_without),
            "tax_with": usd(each.tax_with),
            "tax_cost": usd(each.tax_cost),
            "rates": record(each.rates),
        }
        for each in (figures.by_taxpayer.values() if figures else ())
    ]


def _trade(trade: Trade, reason: TradeReason) -> Json:
    return {
        "trade_id": trade.trade_id,
        "account_id": trade.account_id,
        "symbol": trade.symbol,
        "side": trade.side.value,
        "quantity": str(trade.quantity),
        "notional_usd": usd(trade.notional_usd),
        "reason_code": reason.code,
        "client": reason.client,
        "advisor": reason.advisor,
        "margin": reason.margin,
        "est_tax_usd": usd(reason.est_tax_usd),
        "worth_usd": usd(sum(reason.worth_usd.values())),
        "worth_by_term": {term: usd(amount) for term, amount in reason.worth_usd.items()},
        "funds": list(reason.funds),
    }


def _location_years(decision: Decision) -> int | None:
    """Over how many years the placement's yearly worth is counted in `location`; None without a rule on it."""
    placed = decision.policy.of(Location) if decision.policy else ()
    return placed[0].rule.horizon_years if placed else None


def _sensitivity(each: Sensitivity) -> Json:
    return {**record(each), "taxes_avoided_usd": usd(each.taxes_avoided_usd)}


def _location(figures: Statistics | None) -> Json | None:
    """What the location score is measured between: dollars by account and class after the proposal, at best and at worst; None
    where there is no score."""
    found = figures.location_after if figures else None
    if found is None or found.score is None:
        return None
    placements = {"after": found.placement, "best": found.best_placement, "worst": found.worst_placement}
    returns = {"return_after": found.current, "return_best": found.best, "return_worst": found.worst}
    return {
        **{name: number(value) for name, value in returns.items()},
        **{
            name: {
                account: {each: usd(dollars) for each, dollars in row.items() if abs(dollars) >= 0.005} for account, row in placed.items()
            }
            for name, placed in placements.items()
        },
    }


def _by_term(worths: Sequence[Mapping[str, float]]) -> Json:
    terms = dict.fromkeys(term for worth in worths for term in worth)
    return {term: usd(sum(worth.get(term, 0.0) for worth in worths)) for term in terms}


def not_traded(each: NotTraded) -> Json:
    """What was left alone; `parts_per_1000_usd` sum to `per_1000_usd`."""
    return {
        "account_id": each.account_id,
        "symbol": each.symbol,
        "lot_id": each.lot_id,
        "side": each.side.value,
        "code": each.code,
        "sentence": each.sentence,
        "amount_usd": usd(each.amount_usd),
        "per_1000_usd": number(each.per_1000_usd),
        "parts_per_1000_usd": {reason: number(amount) for reason, amount in each.parts.items()},
    }


def _rule_price(price: RulePrice) -> Json:
    return {
        "rule_id": price.rule_id,
        "kind": price.kind,
        "title": price.title,
        "because": price.because,
        "place": str(price.place),
        "binding": price.binding,
        "slack": number(price.slack),
        "shadow_price": number(price.shadow_price),
        "unit": price.unit,
        "price_of_rule_usd": usd(price.price_of_rule_usd),
        "sentence": price.sentence,
    }
