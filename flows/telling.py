"""An explanation page as lines for a terminal, in the order in which an advisor asks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from flows.explanation import Json
from solver.definitions import Definition

TERMS = {
    "drift": "drift", "location": "location", "tax_now": "tax now", "tax_later": "tax later", "carryforward": "losses kept",
    "spread": "spread", "soft_rules": "preferences",
}  # fmt: skip


def tell(page: Json) -> Iterator[str]:
    """The whole explanation."""
    yield f"{page['household_id']} as of {page['as_of']}: {page['status'].replace('_', ' ')}{_because(page)}"
    if page["worth_usd"] is not None and page["trades"]:
        gap = f", at most {dollars(page['gap_usd'])} from the best possible" if page["gap_usd"] is not None else ""
        yield f"{len(page['trades'])} trades, worth {dollars(page['worth_usd'])} of today over doing nothing{gap}."
        yield f"  {_sum_of_terms(page['worth_by_term'])}"
        if any(page["idle_cash"].values()):
            yield f"  of it idle cash put to work or raised: {_sum_of_terms(page['idle_cash'])}"
    yield from _statistics(page)
    for each in page["conflict"]:
        yield f"  {each['rule_id']} ({each['place']}): {each['sentence']}"
    yield from _section("Trades", (line for each in page["trades"] for line in tell_trade(each)))
    yield from _section("Not traded, and why (dollars on the next $1,000)", map(_untouched, page["not_traded"]))
    yield from _section("What the binding rules cost", map(_price, page["rule_prices"]))
    yield from _section(
        "Without its largest trades, one at a time", (f"{each['trade_id']}: {each['sentence']}" for each in page["counterfactuals"])
    )
    yield from _section("Budgets of gains", _frontier(page["frontier"]))
    yield from _section("The years after", _transition(page["transition"]))
    yield from _section("How much hangs on the assumptions", map(_sensitivity, page["sensitivities"]))
    yield from _section("Where each class would live (thousands: after, at best, at worst)", _location(page["location"]))
    yield from _section("n/a", (f"{name}: {why}" for name, why in page["not_available"].items()))


def tell_trade(trade: Json) -> Iterator[str]:
    """One trade: what it is, what it brought by term, why, why no further, and what it pays for."""
    doing = "Sell" if trade["side"] == "SELL" else "Buy"
    yield f"{doing} {trade['quantity']} {trade['symbol']} in {trade['account_id']}, {dollars(trade['notional_usd'])}  [{trade['trade_id']}]"
    yield f"  worth {signed(trade['worth_usd'])}: {_sum_of_terms(trade['worth_by_term'])}"
    yield f"  {trade['reason_code']}: {trade['client']}"
    if trade["margin"]:
        yield f"  {trade['margin']}"
    if trade["funds"]:
        yield f"  pays for {', '.join(trade['funds'])}"


def tell_why_not(answers: Iterable[Json]) -> Iterator[str]:
    """Every account and lot of one security."""
    yield from map(_untouched, answers)


def tell_definition(definition: Definition) -> Iterator[str]:
    """One statistic: title, unit, what it is, the convention behind it."""
    yield f"{definition.title} ({definition.name}, {definition.unit})"
    yield f"  {definition.formula}"
    yield f"  Source: {definition.source}."


def _because(page: Json) -> str:
    return f" ({page['due_because']})" if page["due_because"] else ""


def _section(title: str, lines: Iterable[str]) -> Iterator[str]:
    told = list(lines)
    if told:
        yield ""
        yield title
        yield from (f"  {line}" for line in told)


def _statistics(page: Json) -> Iterator[str]:
    mine, alone = page["statistics"], page["baseline"]
    if mine is None:
        return
    yield ""
    yield "                                 before      after   each alone"
    for label, before, after, show in (
        ("Drift", "drift_before", "drift_after", percent),
        ("Location score", "location_score_before", "location_score_after", points),
        ("After-tax return", "after_tax_return_before", "after_tax_return_after", percent),
        ("Tax cost", "", "tax_cost", dollars),
        ("Cost of implementation", "", "cost_of_implementation", dollars),
    ):
        cells = (show(mine[before]) if before else "", show(mine[after]), show(alone[after]) if alone else "")
        yield f"  {label:<28}{cells[0]:>9} {cells[1]:>10} {cells[2]:>12}"
    saved, avoided, deferred = (dollars(mine[name]) for name in ("taxes_saved", "taxes_avoided", "taxes_deferred"))
    yield f"  Reachable score this year {points(mine['location_score_reachable'])}"
    yield f"  Taxes saved {saved} = {avoided} avoided + {deferred} deferred"
    years = "n/a" if mine["payback_years"] is None else f"{mine['payback_years']:.1f} years"
    yield f"  Benefit {dollars(mine['annual_benefit'])} a year (hypothetical, {page['assumptions'] or 'no assumptions'}), payback {years}"


def _untouched(each: Json) -> str:
    lot = f" lot {each['lot_id']}" if each["lot_id"] else ""
    doing = "not sold" if each["side"] == "SELL" else "not bought"
    margin = "" if each["per_1000_usd"] is None else f" {signed(-each['per_1000_usd'])}"
    return f"{each['symbol']}{lot} in {each['account_id']} {doing}{margin}: {each['sentence']} [{each['code']}]"


def _price(each: Json) -> str:
    price = "no price" if each["price_of_rule_usd"] is None else f"lifting it alone is worth {dollars(each['price_of_rule_usd'])}"
    return f"{each['title']} ({each['rule_id']}): {price}; at the margin {each['shadow_price']:.4f} {each['unit']}"


def _frontier(frontier: Json | None) -> Iterator[str]:
    if frontier is None:
        return
    yield frontier["sentence"]
    for each in frontier["points"]:
        today = "  <- today" if each["is_today"] else ""
        score = f"score {points(each['score'])}"
        yield (
            f"budget {dollars(each['budget_usd']):>10}  gains {dollars(each['gains_usd']):>10}  drift {percent(each['drift_frac']):>7}  "
            f"{score:>11}  tax {dollars(each['tax_usd']):>9}{today}"
        )  # fmt: skip


def _transition(transition: Json | None) -> Iterator[str]:
    if transition is None:
        return
    yield transition["sentence"]
    for each in transition["years"]:
        yield (
            f"year {each['year']}  gains {dollars(each['gains_usd']):>10}  tax {dollars(each['tax_usd']):>9}  "
            f"drift {percent(each['drift_frac']):>7}  score {points(each['score'])}"
        )  # fmt: skip
    yield " ".join(transition["assumptions"])


def _sensitivity(each: Json) -> str:
    benefit, payback = dollars(each["annual_benefit_usd"]), each["payback_years"]
    what = {"rates+5": "tax rates five points higher", "rates-5": "tax rates five points lower"}.get(each["changed"], each["changed"])
    paid = "" if payback is None else f", payback {payback:.1f} years"
    return f"{what}: after-tax return {percent(each['return_after'])}, score {points(each['score'])}, benefit {benefit} a year{paid}"


def _location(location: Json | None) -> Iterator[str]:
    if location is None:
        return
    for account in sorted({name for side in ("after", "best", "worst") for name in location[side]}):
        rows = [location[side].get(account, {}) for side in ("after", "best", "worst")]
        told = [
            f"{name} {' / '.join(f'{row.get(name, 0.0) / 1000:,.1f}' for row in rows)}"
            for name in sorted({name for row in rows for name in row})
        ]
        yield f"{account}: {', '.join(told)}"


def _sum_of_terms(terms: dict[str, Any]) -> str:
    parts = sorted(((name, amount) for name, amount in terms.items() if amount and abs(amount) >= 0.005), key=lambda each: -abs(each[1]))
    return ", ".join(f"{TERMS.get(name, name)} {signed(amount)}" for name, amount in parts) or "nothing"


def dollars(amount: float | None) -> str:
    """$1,234, −$1,234, n/a."""
    return "n/a" if amount is None else f"−${-amount:,.0f}" if amount <= -0.5 else f"${abs(amount):,.0f}"


def signed(amount: float) -> str:
    """+$412.10, −$6.00."""
    return f"{'−' if amount < 0 else '+'}${abs(amount):,.2f}"


def percent(share: float | None) -> str:
    """7.0 %, n/a."""
    return "n/a" if share is None else f"{share * 100:.2f} %"


def points(score: float | None) -> str:
    """96.5, n/a."""
    return "n/a" if score is None else f"{score:.1f}"
