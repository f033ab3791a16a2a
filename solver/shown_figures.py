"""What the figures are that stand in explanations and memos beside the columns of statistics.csv."""

from __future__ import annotations

from collections.abc import Mapping

from solver.definitions import DRIFT, HOUSE, NETTING, SPLIT, Definition

ALL = (
    Definition(
        "largest_gap", "Largest gap to target", "frac", "The largest absolute difference between a class's weight and its target.", DRIFT
    ),
    Definition(
        "relative_gap", "Relative gap to target", "frac",
        "A class's absolute difference from its target divided by that target; n/a where the target is zero.", DRIFT,
    ),
    Definition(
        "year_net_st", "Net short-term of the year", "usd",
        "Net short-term gain of the tax return's year to date plus that of the proposal, before carryforwards.", NETTING,
    ),
    Definition(
        "year_net_lt", "Net long-term of the year", "usd",
        "Net long-term gain of the tax return's year to date plus that of the proposal, before carryforwards.", NETTING,
    ),
    Definition(
        "accelerated_tax", "Tax merely brought forward", "usd",
        "Present value of the tax that today's gains spare later: sum over taxpayers of net gain times the long-term rate of an ordinary "
        "year, discounted over the deferral years; negative where losses put tax off.", HOUSE,
    ),
    Definition(
        "benefit_over_baseline", "Benefit against each account alone", "usd",
        "The location effect from the baseline's holdings to the proposal's, times value: a year, hypothetical.", SPLIT,
    ),
    Definition(
        "projections", "Benefit over the years", "usd",
        "Value times ((1 + R_base + location)^N − (1 + R_base)^N) with R_base the expected return after less the location effect, over "
        "1, 5, 10, 20 and 30 years; in today's dollars divided by (1 + inflation)^N. Hypothetical.", HOUSE,
    ),
    Definition(
        "worth", "Worth of a trade or proposal", "usd",
        "By how much the household's cost in dollars of today falls: a trade's share of each objective term along the straight line from "
        "doing nothing to the proposal. Shares add over trades, cash and terms, to the cent.", "Aumann and Shapley 1974",
    ),
    Definition(
        "price_of_rule", "Price of a rule", "usd",
        "By how much the household's cost would fall if that rule alone were lifted, by a re-solve; with every either-or as proposed it "
        "is a floor, with --full a search of its own. Prices of rules overlap and do not add.", HOUSE,
    ),
    Definition(
        "shadow_price", "Price at the margin", "usd",
        "What one unit more room under a rule is worth: the dual of its row with every either-or as proposed. It holds for the next unit "
        "only and is never multiplied into a total.", "Linear programming duality",
    ),
)  # fmt: skip

SHOWN: Mapping[str, Definition] = {each.name: each for each in ALL}
"""By name."""
