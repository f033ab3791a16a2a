"""Near-perfect with one trade instead of five: what next to nothing brings is left out, and the certificate still holds."""

from __future__ import annotations

from rules.tax import load_tax_year
from solver.build import build_problem
from solver.checker import check
from solver.compile import compile_policy
from solver.solve import solve
from tests.solver.making import account, household, lot, policy, rule, security, target, usd

LAW = load_tax_year(2026)
NAMES = ("AAA", "BBB", "CCC", "DDD", "EEE", "FFF")
HELD = (3262, 3271, 3268, 3263, 3266, 2870)


def million(improvement_usd: int):
    """An IRA of a million: five classes a few shares off, the sixth twenty thousand dollars short of its cash."""
    funds = [security(name, 50, f"class_{name.lower()}", spread=2) for name in NAMES]
    lots = [lot("I", name, f"L{name}", shares, 1) for name, shares in zip(NAMES, HELD, strict=True)]
    weights = {f"class_{name.lower()}": "0.163333" for name in NAMES[:5]} | {"class_fff": "0.163335", "cash": "0.02"}
    rules = policy(
        target(weights, {f"class_{name.lower()}": [name] for name in NAMES}),
        rule("band", absolute_frac=usd("0.02"), price_of_drift={"usd_per_year": usd(20), "per_usd": usd(1000), "years": 2}),
        rule("trade_size", min_usd=usd(100)),
        rule("cadence", min_days=0, max_days=30, improvement_usd=usd(improvement_usd)),
    )
    return household([account("I", "tax_deferred")], lots, funds, cash={"I": 40_000}), rules


def test_what_brings_less_than_the_policy_calls_an_improvement_is_left_out():
    house, rules = million(100)
    outcome = solve(compile_policy(build_problem(house, rules, LAW))).outcome
    assert [(trade.symbol, trade.side.value) for trade in outcome.trades] == [("FFF", "BUY")]
    assert outcome.certificate is not None and outcome.certificate.gap_usd <= 100
    assert check(house, rules, LAW, outcome) == []


def test_where_the_policy_calls_every_dollar_an_improvement_the_whole_list_is_made():
    house, rules = million(0)
    few, every = (solve(compile_policy(build_problem(*million(asked), LAW))).outcome for asked in (100, 0))
    assert len(every.trades) > len(few.trades)
    assert every.certificate is not None and few.certificate is not None
    assert every.certificate.objective_usd < few.certificate.objective_usd
    assert few.certificate.objective_usd - every.certificate.objective_usd < 100
    assert check(house, rules, LAW, every) == []
