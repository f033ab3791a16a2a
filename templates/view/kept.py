"""The client's and the firm's rules, kept: what each one costs where it bound, and that it was kept where it did not."""

from __future__ import annotations

from rules.policy import AnyRule
from solver.decision import Decision
from solver.outcome import RulePrice, Status
from templates import filters
from templates.view.names import Names
from templates.view.parts import RuleRow, RulesKept

MACHINERY = {"target", "band", "trade_size", "cadence", "wash_sale", "location", "harvest"}
"""Kinds that shape every proposal; a client sees them in the figures, and in this list only where one has a price."""
LONGEST = 30


def rules_of(decision: Decision, names: Names) -> RulesKept | None:
    """The section of a decided household; None where no rule speaks to the client."""
    if decision.policy is None or not decision.status.is_decided:
        return None
    prices = {price.rule_id: price for price in (decision.explanation.rule_prices if decision.explanation else ()) if price.binding}
    shown = [placed for placed in decision.policy.rules if placed.rule.id in prices or placed.rule.kind not in MACHINERY]
    shown.sort(key=lambda placed: -(_price(prices.get(placed.rule.id)) or -1.0))
    if not shown:
        return None
    rows = [_row(placed, prices.get(placed.rule.id), decision, names) for placed in shown[:LONGEST]]
    if len(shown) > LONGEST:
        rows.append(RuleRow(f"{len(shown) - LONGEST} more rules, all kept", "", filters.NOTHING))
    priced = any(_price(price) is not None for price in prices.values())
    return RulesKept(*_words(priced, len(prices), decision.status), tuple(rows), priced)


def _price(price: RulePrice | None) -> float | None:
    return price.price_of_rule_usd if price else None


def _words(priced: bool, binding: int, status: Status) -> tuple[str, str]:
    if priced:
        return "Your rules, kept, and what each one costs", (
            "How much more the plan would be worth to you, in dollars of today over the years it looks ahead, "
            "if that rule alone were lifted. The costs overlap: do not add them."
        )
    if binding:
        return "Your rules, kept", "Some of them stood in the way today; what they cost was not computed in this run."
    standing = "None of them stands in the way today." if status is Status.PROPOSED else "They stay in force while nothing is traded."
    return "Your rules, kept", standing


def _row(placed: AnyRule, price: RulePrice | None, decision: Decision, names: Names) -> RuleRow:
    rule = placed.rule
    title = names.clean(rule.title)
    note = filters.sentence(names.told(rule.because or ""))
    cost = filters.NOTHING
    if decision.status is Status.PROPOSED and decision.explanation:
        cost = "nothing today"
        if price is not None:
            dollars = _price(price)
            cost = "binds" if dollars is None else filters.usd(dollars) if dollars >= 1 else f"less than {filters.usd(1)}"
    return RuleRow(title, "" if note.rstrip(".").lower() == title.rstrip(".").lower() else note, cost)
