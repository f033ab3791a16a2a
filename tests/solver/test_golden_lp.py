"""Every kind of rule as the solver gets it: one tiny household, one rule of the kind, the LP file as golden text.

`pytest tests/solver/test_golden_lp.py --refresh` writes the files anew; their diff is the review.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import highspy
import pytest

from rules.catalogue import KINDS
from rules.tax import load_tax_year
from solver.build import build_problem
from solver.compile import BoundPolicy, compile_policy
from solver.highs import LinearProgram
from solver.model import lp_text
from tests.solver.making import TODAY, account, assumptions, household, lot, policy, rule, security, target, usd
from validation.household import RecentPurchase

GOLDEN = Path(__file__).parents[1] / "golden" / "lp"
LAW = load_tax_year(2026)
STOCK = security("STK", 100, "us_equity", spread=2, group="STOCKS")
BOND = security("BND", 50, "core_bond", spread=2)
OTHER = security("ALT", 40, "us_equity", spread=2, group="OTHER")
WEIGHTS = target({"us_equity": "0.5", "core_bond": "0.48", "cash": "0.02"}, {"us_equity": ["STK", "ALT"], "core_bond": ["BND"]})
RULES = {
    "target": WEIGHTS,
    "band": rule("band", absolute_frac=usd("0.05"), price_of_drift={"usd_per_year": usd(15), "per_usd": usd(1_000)}),
    "account_mix": rule("account_mix", asset_class="core_bond", max_frac=usd("0.4"), applies_to={"accounts": ["I"]}),
    "restraint": rule("restraint", hold={"min_shares": usd(50), "max_shares": usd(120)}, applies_to={"securities": ["STK"]}),
    "gain_budget": rule("gain_budget", net_usd=usd(2_000), short_term_usd=usd(0)),
    "bracket_ceiling": rule("bracket_ceiling", ordinary_rate_frac=usd("0.24"), gains_rate_frac=usd("0.15")),
    "harvest": rule("harvest", min_loss_usd=usd(100), max_loss_usd=usd(500)),
    "wash_sale": rule("wash_sale", mode="avoid"),
    "location": rule("location", assumptions="base_2026", never=[{"asset_class": "core_bond", "in": ["taxable"]}]),
    "cash": rule("cash", per="household", min_usd=usd(600)),
    "trade_size": rule("trade_size", min_usd=usd(250), max_trades=3),
    "concentration": rule("concentration", group_by="security", max_frac=usd("0.4")),
    "turnover": rule("turnover", max_frac_per_run=usd("0.25")),
    "cadence": rule("cadence", min_days=30, max_days=365),
}


def bound_with(placed) -> BoundPolicy:
    """The tiny household under its target and one rule: two lots of a stock in a taxable account (one at a loss), bonds in an
    IRA, and a purchase held away that could wash the loss."""
    bought = RecentPurchase("T1", "STK", TODAY - timedelta(days=10), usd(5))
    tiny = household(
        [account("T"), account("I", "tax_deferred")],
        [lot("T", "STK", "gain", 100, 4_000), lot("T", "STK", "loss", 10, 1_600), lot("I", "BND", "", 100, 1)],
        [STOCK, BOND, OTHER], cash={"T": 500, "I": 0}, recent_purchases=(bought,),
    )  # fmt: skip
    rules = [WEIGHTS] if placed.rule.kind == "target" else [WEIGHTS, placed]
    return compile_policy(build_problem(tiny, policy(*rules, given=assumptions()), LAW), state_sizes=True)


@pytest.mark.parametrize("kind", KINDS)
def test_the_model_of_a_kind_is_its_golden_text(kind, refresh):
    text, golden = lp_text(bound_with(RULES[kind])), GOLDEN / f"{kind}.lp"
    if refresh:
        golden.parent.mkdir(parents=True, exist_ok=True)
        golden.write_text(text, encoding="utf-8")
    assert golden.exists(), f"{golden.name} is missing; `pytest tests/solver/test_golden_lp.py --refresh` writes it"
    assert text == golden.read_text(encoding="utf-8"), "`--refresh` writes the golden files anew; the diff is the review"


@pytest.mark.parametrize("kind", KINDS)
def test_every_column_and_row_of_the_text_has_a_name_that_says_what_it_is(kind):
    text = lp_text(bound_with(RULES[kind]))
    assert "sold(T,STK)" in text
    assert "accounts.cash_0:" in text
    assert "_rows(" not in text
    assert "_own(" not in text


@pytest.mark.parametrize("kind", KINDS)
def test_a_solver_that_reads_the_text_finds_the_optimum_of_the_model(kind):
    bound = bound_with(RULES[kind])
    highs = highspy.Highs()
    highs.setOptionValue("output_flag", False)
    highs.readModel(str(GOLDEN / f"{kind}.lp"))
    highs.setOptionValue("solve_relaxation", True)
    highs.run()
    ours = LinearProgram(bound).solve({})
    assert highs.getObjectiveValue() == pytest.approx(ours.objective, abs=0.01)


def test_lots_without_a_name_and_rows_of_one_name_stay_apart():
    text = lp_text(bound_with(RULES["trade_size"]))
    assert "sell(I,BND)" in text
    bounds = text.partition("\nbounds\n")[2].partition("\nbinary")[0].split("\n")
    columns = [line.split("<=")[1].strip() for line in bounds if "<=" in line]
    assert len(columns) == len(set(columns))
