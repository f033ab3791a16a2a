"""What every statistic is, in one sentence each: for reports and for `rooftree explain statistic NAME`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Definition:
    """One column of statistics.csv. `unit`: usd (in cents), frac (0.05 is five percent), points (0 to 100), years, count,
    bps or text. `formula` is the sentence; `source` is the convention or the law behind it."""

    name: str
    title: str
    unit: str
    formula: str
    source: str


HOUSE = "House convention"
DRIFT = "Half the sum of absolute deviations, as Betterment and YCharts publish it"
NETTING = "26 U.S.C. §§ 1211, 1212, 1222; Schedule D (Form 1040)"
EXPECTED = "One-year form as LifeYield and portaxsoftware publish it; multi-year recursion after open retirement-planning code (AA2)"
SPLIT = "Midpoint decomposition (Bennet 1920; Brinson, Hood and Beebower 1986 for the two names)"

ALL = (
    Definition("household_id", "Household", "text", "The household's identifier.", "households.csv"),
    Definition(
        "status",
        "Status",
        "text",
        "How the household ended: proposed, no_trade_needed, not_due, blocked, conflict or failed.",
        HOUSE,
    ),
    Definition(
        "value",
        "Value",
        "usd",
        "Value of all managed and locked accounts at the run's prices, cash included, before any order or trade; excluded "
        "accounts do not count.",
        HOUSE,
    ),
    Definition(
        "drift_before",
        "Drift before",
        "frac",
        "Half the sum, over asset classes, of the absolute difference between weight and target, before cash orders and trades; "
        "locked accounts count, excluded ones do not.",
        DRIFT,
    ),
    Definition(
        "drift_after",
        "Drift after",
        "frac",
        "The same as drift before, of the holdings after trades and booked cash orders, cash included.",
        DRIFT,
    ),
    Definition(
        "st_gains",
        "Short-term gains",
        "usd",
        "Sum of the proposal's short-term gains in taxable accounts, net of half-spreads.",
        NETTING,
    ),
    Definition(
        "st_losses",
        "Short-term losses",
        "usd",
        "Sum of the proposal's allowed short-term losses, zero or negative; disallowed losses are not in it.",
        NETTING,
    ),
    Definition(
        "lt_gains",
        "Long-term gains",
        "usd",
        "Sum of the proposal's long-term gains in taxable accounts, net of half-spreads.",
        NETTING,
    ),
    Definition(
        "lt_losses",
        "Long-term losses",
        "usd",
        "Sum of the proposal's allowed long-term losses, zero or negative; disallowed losses are not in it.",
        NETTING,
    ),
    Definition("net_st", "Net short-term", "usd", "Short-term gains plus short-term losses of the proposal.", NETTING),
    Definition("net_lt", "Net long-term", "usd", "Long-term gains plus long-term losses of the proposal.", NETTING),
    Definition(
        "disallowed_loss",
        "Disallowed losses",
        "usd",
        "Losses that purchases within 30 days wash, zero or positive; each replacement share washes one loss share, earliest "
        "acquired first.",
        "26 U.S.C. § 1091; Treas. Reg. § 1.1091-1",
    ),
    Definition(
        "tax_cost",
        "Tax cost",
        "usd",
        "Tax of the year with the proposal minus tax without it, each a whole return: year to date and carryforwards included, "
        "federal with NIIT and AMT and state, summed over taxpayers; IRA withdrawals ordered for the tax year stand in both.",
        NETTING + "; §§ 1(h), 55, 1411",
    ),
    Definition(
        "tax_cost_flat_estimate",
        "Flat-rate estimate",
        "usd",
        "Marginal short-term rate times net short-term plus marginal long-term rate times net long-term, before netting: the "
        "estimate that is usual in the industry.",
        "Tamarac's year-to-date and proposed gain estimate",
    ),
    Definition(
        "carryforward_used",
        "Carryforward used",
        "usd",
        "Unused loss that would leave the year without the proposal minus unused loss that leaves it with the proposal: "
        "positive is consumed, negative is created.",
        "26 U.S.C. § 1212(b)",
    ),
    Definition(
        "cost_of_implementation",
        "Cost of implementation",
        "usd",
        "Tax cost plus tickets plus half-spread times dollars traded plus redemption fees plus the later tax that permanently "
        "washed losses would have spared (loss in an IRA's replacement, times the marginal long-term rate, discounted).",
        HOUSE,
    ),
    Definition(
        "after_tax_return_before",
        "Expected after-tax return before",
        "frac",
        "Sum over accounts and classes of dollars times the class's yearly after-tax return in that account, divided by value, "
        "before cash orders and trades; rates are the taxpayer's own marginal ones. With tax-adjusted balances a deferred "
        "dollar counts as what is left of it after tax. Hypothetical.",
        EXPECTED,
    ),
    Definition(
        "after_tax_return_after",
        "Expected after-tax return after",
        "frac",
        "The same as before, of the holdings after trades and booked cash orders. Hypothetical.",
        EXPECTED,
    ),
    Definition(
        "location_score_before",
        "Location score before",
        "points",
        "100 times (return − worst) / (best − worst), where best and worst place the same classes in the same accounts as well "
        "and as badly as can be; n/a where the two differ by less than 5 basis points or all accounts are taxed alike.",
        HOUSE + "; both bounds are linear programs",
    ),
    Definition(
        "location_score_after",
        "Location score after",
        "points",
        "The same as before, of the holdings after, between their own bounds.",
        HOUSE + "; both bounds are linear programs",
    ),
    Definition(
        "location_score_reachable",
        "Reachable location score",
        "points",
        "The score of the best placement that this year's hard rules (budgets, restraints) allow: what can be had now, beside "
        "what is ideal.",
        HOUSE,
    ),
    Definition(
        "annual_benefit",
        "Annual benefit",
        "usd",
        "The location effect times value: sum over classes of the mean of its weight before and after times the change of its "
        "household-average after-tax return. What going back to the target brings or costs is not in it. Hypothetical.",
        SPLIT,
    ),
    Definition(
        "allocation_effect",
        "Allocation effect",
        "frac",
        "The rest of the change in expected after-tax return: sum over classes of the change in weight times the mean of its "
        "household-average return before and after; the client's choice of risk. With the location effect it is the whole "
        "change, exactly.",
        SPLIT,
    ),
    Definition(
        "payback_years",
        "Payback",
        "years",
        "Cost of implementation minus the present value of tax merely accelerated (gain times the marginal long-term rate, "
        "discounted over the deferral years), divided by the annual benefit; negative where the trades have paid already; n/a "
        "where there is no benefit.",
        HOUSE,
    ),
    Definition(
        "baseline_tax_cost",
        "Tax cost of the baseline",
        "usd",
        "Tax cost of rebalancing every account alone to the household's target on the same day, with the same prices, "
        "restraints and cash orders, by each account's own relief method.",
        HOUSE,
    ),
    Definition(
        "taxes_saved",
        "Taxes saved",
        "usd",
        "Tax cost of the baseline minus tax cost of the proposal: avoided plus deferred.",
        HOUSE,
    ),
    Definition("taxes_avoided", "Taxes avoided", "usd", "Taxes saved minus taxes deferred.", HOUSE),
    Definition(
        "taxes_deferred",
        "Taxes deferred",
        "usd",
        "Present value of the future tax on gains that the baseline realises now and the proposal does not: sum over taxpayers "
        "of the difference in net gain times the long-term rate of an ordinary year (without this year's gains so far and without "
        "carryforwards), discounted over the deferral years.",
        HOUSE,
    ),
    Definition(
        "baseline_drift_after",
        "Drift after the baseline",
        "frac",
        "Drift after the account-by-account rebalance.",
        DRIFT,
    ),
    Definition("turnover", "Turnover", "frac", "Half of purchases plus sales, divided by value before.", HOUSE),
    Definition("trades", "Trades", "count", "Number of orders: one per account, security and side.", HOUSE),
    Definition(
        "solution_status",
        "Solution status",
        "text",
        "optimal: nothing better exists; within_gap: the proven gap is within the target; limit: the node limit ended the search.",
        HOUSE,
    ),
    Definition(
        "gap_usd",
        "Optimality gap",
        "usd",
        "By how many dollars of household cost a better proposal could still beat this one: objective minus proven bound.",
        "Branch and bound",
    ),
    Definition("gap_bps", "Optimality gap", "bps", "Optimality gap divided by value, times 10,000.", "Branch and bound"),
)

DEFINITIONS: Mapping[str, Definition] = {each.name: each for each in ALL}
"""By column of statistics.csv, in the file's order."""
