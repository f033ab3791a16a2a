"""The scalar tax against 150 exact federal cases and against cases that were computed by hand for each state."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from rules.tax import load_tax_year
from solver.tax import Income, Tax, approximations, income_of, marginal_rates, schedule, tax_of
from validation.household import FilingStatus, Owner, Taxpayer
from validation.units import ZERO, cents

CASES = list(csv.DictReader((Path(__file__).parent / "federal_tax_cases.csv").open(encoding="utf-8")))
FLOAT32_USD = Decimal("0.02")
"""The second model computes in single precision: its totals of some 300,000 dollars are good to two cents."""


def income(**dollars: str) -> Income[Decimal]:
    names = ("ordinary", "interest", "nonqualified", "qualified", "deduction", "addback", "st_carried", "lt_carried")
    return Income(*(Decimal(dollars.get(name, "0")) for name in names))


def tax(state: str, st: str, lt: str, status: str = "single", year: int = 2026, **dollars: str) -> Tax[Decimal]:
    law = schedule(load_tax_year(year), FilingStatus(status), state)
    return tax_of(law, income(**dollars), Decimal(st), Decimal(lt))


@pytest.mark.parametrize("case", CASES, ids=[case["case_id"] for case in CASES])
def test_a_federal_case_matches_to_the_cent(case: dict[str, str]) -> None:
    row = {name: Decimal(value) for name, value in case.items() if name != "filing_status_name"}
    law = schedule(load_tax_year(int(row["year"])), FilingStatus(case["filing_status_name"]), "TX")
    assert law.standard_deduction == row["deduction"]
    held = Income(
        row["ordinary_noninvestment"],
        row["taxable_interest"],
        row["nonqualified_dividends"],
        row["qualified_dividends"],
        row["deduction"],
        row["deduction"],
        row["st_carryforward_in"],
        row["lt_carryforward_in"],
    )
    after = tax_of(law, held, row["st_gain_before_cf"], row["lt_gain_before_cf"])
    before = tax_of(law, replace(held, st_carryforward=ZERO, lt_carryforward=ZERO), ZERO, ZERO)
    if row["agree"]:
        assert cents(after.total) == cents(row["total_tax_after"])
        assert cents(after.regular) == cents(row["regular_tax_after"])
        assert cents(after.amt) == cents(row["amt_after"])
        assert cents(before.total) == cents(row["total_tax_before"])
    else:
        assert abs(after.total - row["pe_total_tax_after"]) < FLOAT32_USD
        assert abs(after.amt - row["pe_amt_after"]) < FLOAT32_USD
    assert cents(after.niit) == cents(row["niit_after"])
    assert after.loss_deducted == row["loss_deducted"]
    assert after.st_carryforward_out == row["st_carryforward_out"]
    assert after.lt_carryforward_out == row["lt_carryforward_out"]
    assert after.taxable_income == row["taxable_income_after"]
    assert after.magi == row["agi_after"]


def test_all_150_cases_are_there() -> None:
    assert len(CASES) == 150
    assert sum(case["agree"] == "0" for case in CASES) == 2


def test_the_float_tax_is_the_decimal_tax() -> None:
    for case in CASES[::7]:
        law = schedule(load_tax_year(int(case["year"])), FilingStatus(case["filing_status_name"]), "TX")
        held = income(ordinary=case["ordinary_noninvestment"], interest=case["taxable_interest"], deduction=case["deduction"])
        exact = tax_of(law, held, Decimal(case["st_gain_before_cf"]), Decimal(case["lt_gain_before_cf"]))
        fast = tax_of(law.as_float(), held.as_float(), float(case["st_gain_before_cf"]), float(case["lt_gain_before_cf"]))
        assert fast == pytest.approx([float(each) for each in exact], abs=1e-6)


# ---- the states, by hand: taxable income, then what each state makes of it


def test_texas_and_florida_tax_nothing() -> None:
    assert tax("TX", "50000", "50000", ordinary="100000").state == 0
    assert tax("FL", "50000", "50000", ordinary="100000").state == 0


def test_illinois_taxes_all_gains_at_its_flat_rate() -> None:
    assert tax("IL", "10000", "20000", ordinary="70000").state == Decimal("4950.00")  # 100,000 × 4.95 %


def test_illinois_lets_three_thousand_of_a_loss_reduce_other_income() -> None:
    assert tax("IL", "-10000", "0", ordinary="70000").state == Decimal("3316.50")  # 67,000 × 4.95 %


def test_pennsylvania_lets_no_loss_reduce_other_income() -> None:
    assert tax("PA", "-10000", "4000", ordinary="70000").state == Decimal("2149.00")  # 70,000 × 3.07 %


def test_pennsylvania_knows_no_carryforward() -> None:
    with_carryforward = tax("PA", "10000", "0", ordinary="70000", st_carried="10000")
    assert with_carryforward.state == Decimal("2456.00")  # 80,000 × 3.07 %
    assert with_carryforward.magi == 70000


def test_new_jersey_knows_no_carryforward_and_no_deducted_loss() -> None:
    # 20,000 × 1.4 % + 15,000 × 1.75 % + 5,000 × 3.5 % + 35,000 × 5.525 % + 5,000 × 6.37 %
    assert tax("NJ", "5000", "0", ordinary="75000", lt_carried="40000").state == Decimal("2969.75")
    assert tax("NJ", "-5000", "0", ordinary="75000").state == Decimal("2651.25")


def test_new_york_taxes_gains_at_ordinary_rates() -> None:
    # 8,500 × 3.9 % + 3,200 × 4.4 % + 2,200 × 5.15 % + 66,100 × 5.4 %
    assert tax("NY", "0", "20000", ordinary="60000").state == Decimal("331.50") + Decimal("140.80") + Decimal("113.30") + Decimal("3569.40")


def test_california_adds_one_percent_above_a_million() -> None:
    below = tax("CA", "0", "0", ordinary="999999")
    above = tax("CA", "0", "100001", ordinary="999999")
    assert above.state - below.state == Decimal("0.123") + Decimal("0.133") * 100000


def test_california_2025_and_2026_differ() -> None:
    assert tax("CA", "0", "0", ordinary="20000", year=2025).state == Decimal("110.79") + Decimal("178.42")
    assert tax("CA", "0", "0", ordinary="20000", year=2026).state == Decimal("113.30") + Decimal("173.40")


def test_massachusetts_taxes_each_class_at_its_rate() -> None:
    owed = tax("MA", "10000", "20000", ordinary="50000", interest="3000", qualified="2000").state
    assert owed == Decimal("2500") + Decimal("250") + Decimal("850") + Decimal("1000")


def test_massachusetts_nets_a_loss_of_one_term_against_the_other() -> None:
    assert tax("MA", "-4000", "10000").state == Decimal("300")  # 6,000 long-term × 5 %
    assert tax("MA", "10000", "-4000").state == Decimal("510")  # 6,000 short-term × 8.5 %


def test_massachusetts_lets_two_thousand_of_a_loss_reduce_interest_and_dividends_only() -> None:
    assert tax("MA", "-9000", "0", ordinary="10000", interest="5000").state == Decimal("650")
    assert tax("MA", "-9000", "0", ordinary="10000", interest="500").state == Decimal("500")


def test_massachusetts_surtax_falls_on_the_total() -> None:
    assert tax("MA", "0", "1107700", ordinary="10000").state == Decimal("0.05") * 1117700 + Decimal("0.04") * 10000


def test_washington_taxes_long_term_gains_above_its_deduction() -> None:
    assert tax("WA", "900000", "284000", ordinary="500000").state == 0
    assert tax("WA", "0", "1384000", ordinary="0").state == Decimal("79900.000")  # 1,000,000 × 7 % + 100,000 × 9.9 %


def test_washington_gives_a_couple_one_deduction() -> None:
    assert tax("WA", "0", "300000", status="married_joint").state == Decimal("1120.00")
    assert tax("WA", "0", "150000", status="married_separate").state == Decimal("560.00")


def test_a_washington_long_term_carryforward_counts_and_a_short_term_loss_does_not() -> None:
    assert tax("WA", "-50000", "300000").state == Decimal("1120.00")
    assert tax("WA", "0", "300000", lt_carried="16000").state == 0


# ---- single parts of the law


def test_gains_near_the_end_of_the_12_percent_bracket_may_use_the_ordinary_scale() -> None:
    # Single 2026: 15 percent begins at 49,450, the 12 percent bracket ends at 50,400; § 1(h)(1) lets the lower tax stand.
    owed = tax("TX", "0", "900", ordinary="49500")
    assert owed.regular == Decimal("1240") + Decimal("0.12") * 38000
    assert owed.ordinary_taxable_income == 49500


def test_a_married_couple_filing_separately_deducts_half_of_the_loss() -> None:
    assert tax("TX", "-9000", "0", status="married_separate", ordinary="50000").loss_deducted == 1500


def test_a_loss_that_taxable_income_cannot_bear_is_carried_on() -> None:
    owed = tax("TX", "-2000", "-9000", ordinary="11000", deduction="10000")
    assert owed.loss_deducted == 3000
    assert owed.st_carryforward_out == 1000  # 1,000 of 3,000 was used
    assert owed.lt_carryforward_out == 9000


def test_the_deducted_loss_reduces_net_investment_income() -> None:
    assert tax("TX", "-9000", "0", ordinary="300000", interest="10000").niit == Decimal("0.038") * 7000


# ---- income: deduction and age


def taxpayer(status: str = "single", deduction: str | None = None, addback: str | None = None) -> Taxpayer:
    return Taxpayer(
        "T1",
        FilingStatus(status),
        "TX",
        Decimal(50000),
        ZERO,
        ZERO,
        ZERO,
        Decimal(deduction) if deduction else None,
        Decimal(addback) if addback else None,
        ZERO,
        ZERO,
        ZERO,
        ZERO,
    )


def deduction_of(status: str, *births: date | None) -> Decimal:
    law = schedule(load_tax_year(2026), FilingStatus(status), "TX")
    owners = [Owner(f"P{number}", "T1", birth) for number, birth in enumerate(births)]
    return income_of(taxpayer(status), law, owners, date(2026, 6, 1)).deduction


@pytest.mark.parametrize(("birth", "deduction"), [(date(1961, 6, 1), 18150), (date(1962, 1, 1), 18150), (date(1962, 1, 2), 16100)])
def test_a_person_reaches_65_on_the_day_before_the_birthday(birth: date, deduction: int) -> None:
    assert deduction_of("single", birth) == deduction


def test_both_spouses_count_on_a_joint_return() -> None:
    assert deduction_of("married_joint", date(1950, 1, 1), date(1955, 1, 1)) == 32200 + 2 * 1650
    assert deduction_of("married_joint", date(1950, 1, 1), date(1990, 1, 1)) == 32200 + 1650


def test_one_person_counts_on_any_other_return() -> None:
    assert deduction_of("single", date(1950, 1, 1), date(1955, 1, 1)) == 16100 + 2050


def test_an_unknown_birth_date_adds_nothing_and_says_so() -> None:
    assert deduction_of("single", None) == 16100
    law = schedule(load_tax_year(2026), FilingStatus.SINGLE, "TX")
    assert any("P0" in sentence for sentence in approximations(taxpayer(), law, [Owner("P0", "T1")]))


@pytest.mark.parametrize(("year", "status", "said"), [(2026, "single", True), (2024, "single", False), (2026, "married_separate", False)])
def test_the_senior_deduction_is_left_out_and_said_so(year: int, status: str, said: bool) -> None:
    law = schedule(load_tax_year(year), FilingStatus(status), "TX")
    sentences = approximations(taxpayer(status), law, [Owner("P0", "T1", date(1950, 1, 1))])
    assert any("senior deduction" in sentence for sentence in sentences) is said


def test_a_states_caveats_and_an_unstated_addback_are_said() -> None:
    law = schedule(load_tax_year(2026), FilingStatus.SINGLE, "CA")
    sentences = approximations(taxpayer(deduction="40000"), law.as_float(), [])
    assert any("state deductions" in sentence for sentence in sentences)
    assert any("projected" in sentence for sentence in sentences)
    assert any("alternative minimum tax" in sentence for sentence in sentences)


def test_the_standard_deduction_is_added_back_whole_and_an_explicit_one_as_far_as_stated() -> None:
    law = schedule(load_tax_year(2026), FilingStatus.SINGLE, "TX")
    assert income_of(taxpayer(), law, [], date(2026, 1, 2)).amt_addback == 16100
    stated = income_of(taxpayer(deduction="40000", addback="10000"), law, [], date(2026, 1, 2))
    assert stated.deduction == 40000
    assert stated.amt_addback == 10000
    assert income_of(taxpayer(deduction="40000"), law, [], date(2026, 1, 2)).amt_addback == 0


def test_ordered_withdrawals_are_ordinary_income() -> None:
    law = schedule(load_tax_year(2026), FilingStatus.SINGLE, "TX")
    assert income_of(taxpayer(), law, [], date(2026, 1, 2), Decimal(12000)).ordinary == 62000


# ---- marginal rates


def test_marginal_rates_include_niit_and_the_state() -> None:
    law = schedule(load_tax_year(2026), FilingStatus.SINGLE, "PA")
    rates = marginal_rates(law, income(ordinary="300000", deduction="16100"), ZERO, ZERO)
    assert rates.ordinary == pytest.approx(0.35 + 0.038 + 0.0307)
    assert rates.qualified_dividend == rates.long_term == pytest.approx(0.15 + 0.038 + 0.0307)
    assert rates.short_term == pytest.approx(0.35 + 0.038 + 0.0307)
    assert rates.non_investment == pytest.approx(0.35 + 0.0307)


def test_a_gain_that_a_carryforward_absorbs_costs_nothing_now() -> None:
    law = schedule(load_tax_year(2026), FilingStatus.SINGLE, "TX")
    rates = marginal_rates(law, income(ordinary="100000", deduction="16100", lt_carried="50000"), ZERO, ZERO)
    assert (rates.long_term, rates.short_term) == (0, 0)
