"""An explanation page as lines for a terminal, in the order in which an advisor asks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from flows.explanation import Json
from rules.language.words import noun
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
        years = f" over {page['location_years']} years" if page["location_years"] else ""
        yield f"  drift: what the policy charges for being off target; location: what classes earn beyond their household mean{years};"
        yield "  tax later: what is brought forward or put off"
    yield from _statistics(page)
    for each in page["conflict"]:
        yield f"  {each['rule_id']} ({each['place']}): {each['sentence']}"
    yield from _section("Trades", (line for each in page["trades"] for line in tell_trade(each)))
    yield from _section("Not traded, and why", map(_untouched, page["not_traded"]))
    yield from _section("What the binding rules cost (each alone; they overlap and do not add)", map(_price, page["rule_prices"]))
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
    for each in page["taxpayers"]:
        gains = f"net short-term {dollars(each['year_net_st'])}, net long-term {dollars(each['year_net_lt'])} in the year with these trades"
        taxes = f"tax {dollars(each['tax_with'])} instead of {dollars(each['tax_without'])}"
        yield f"  Tax return {each['taxpayer_id']}: {gains}; {taxes}"
    yield f"  Reachable score this year {points(mine['location_score_reachable'])}"
    if mine["taxes_saved"] is not None:
        saved, avoided, deferred = (dollars(mine[name]) for name in ("taxes_saved", "taxes_avoided", "taxes_deferred"))
        yield f"  Taxes saved against each account alone {saved} = {avoided} avoided + {deferred} deferred"
    if mine["annual_benefit"] is not None:
        yield f"  Better placement is worth {dollars(mine['annual_benefit'])} a year (hypothetical, {page['assumptions']})"
        yield from _projections(page["projections"])
    yield from _payback(page)


def _projections(projections: list[Json]) -> Iterator[str]:
    if projections:
        over = ", ".join(f"{dollars(each['nominal_usd'])} ({dollars(each['todays_usd'])}) after {each['years']}" for each in projections)
        yield f"    in all, in dollars then (and of today): {over} years"


def _payback(page: Json) -> Iterator[str]:
    """How the payback comes about, figure by figure."""
    mine, forward = page["statistics"], page["accelerated_tax_usd"]
    years, cost = mine["payback_years"], mine["cost_of_implementation"]
    if years is None or forward is None:
        return
    left = f"cost {dollars(cost)}, {'less' if forward >= 0 else 'plus'} {dollars(abs(forward))} of tax merely "
    left += "brought forward" if forward >= 0 else "put off"
    net = f"{left} = {dollars(cost - forward)}"
    yield f"  Payback {years:.1f} years: {net}, over the yearly benefit" if years > 0 else f"  Nothing to pay back: {net}"


def _untouched(each: Json) -> str:
    lot = f" lot {each['lot_id']}" if each["lot_id"] else ""
    doing = "not sold" if each["side"] == "SELL" else "not bought"
    return f"{each['symbol']}{lot} in {each['account_id']} {doing}: {each['sentence']} [{each['code']}]"


def _price(each: Json) -> str:
    unit = each["unit"].removeprefix("usd per ").replace("usd", "dollar")
    margin = f" One {unit} more room is worth ${each['shadow_price']:.4f}." if each["shadow_price"] is not None else ""
    return f"{each['title']} ({each['rule_id']}). {each['sentence']}{margin}"


def _frontier(frontier: Json | None) -> Iterator[str]:
    if frontier is None:
        return
    yield frontier["sentence"]
    if len({tuple(_what_it_buys(each)) for each in frontier["points"]}) == 1:
        first, last = frontier["points"][0], frontier["points"][-1]
        yield f"Any budget from {dollars(first['budget_usd'])} to {dollars(last['budget_usd'])} buys the same: {_bought(first)}"
        return
    for each in frontier["points"]:
        today = "  <- today" if each["is_today"] else ""
        yield f"budget {dollars(each['budget_usd']):>10}  {_bought(each)}{today}"
    yield frontier["assumption"]


def _what_it_buys(point: Json) -> Iterator[int]:
    """A point's figures as they are shown."""
    yield from (round(point["gains_usd"]), round(point["drift_frac"] * 1e4), round((point["score"] or 0.0) * 10), round(point["tax_usd"]))


def _bought(point: Json) -> str:
    score = f"score {points(point['score'])}"
    gains, tax = dollars(point["gains_usd"]), dollars(point["tax_usd"])
    return f"gains {gains:>10}  drift {percent(point['drift_frac']):>7}  {score:>11}  tax {tax:>9}"


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
    paid = "" if payback is None else f", payback {payback:.1f} years" if payback > 0 else ", nothing to pay back"
    saved = each["taxes_saved_usd"]
    split = f"{dollars(each['taxes_avoided_usd'])} avoided + {dollars(each['taxes_deferred_usd'])} deferred"
    told = f"; taxes saved {dollars(saved)} = {split}" if saved is not None else ""
    return f"{what}: after-tax return {percent(each['return_after'])}, score {points(each['score'])}, benefit {benefit} a year{paid}{told}"


def _location(location: Json | None) -> Iterator[str]:
    if location is None:
        return
    for account in sorted({name for side in ("after", "best", "worst") for name in location[side]}):
        rows = [location[side].get(account, {}) for side in ("after", "best", "worst")]
        told = [
            f"{noun(name)} {' / '.join(f'{row.get(name, 0.0) / 1000:,.1f}' for row in rows)}"
            for name in sorted({name for row in rows for name in row if any(abs(row.get(name, 0.0)) >= 50 for row in rows)})
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
