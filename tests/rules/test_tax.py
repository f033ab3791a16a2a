"""The tax parameter files say what the law says, or nothing at all."""

from __future__ import annotations

import time
from decimal import Decimal

import pytest
from pydantic import TypeAdapter, ValidationError

from rules.tax import UnknownState, load_tax_year, read_federal, read_states, state_findings
from rules.tax.parameters import (
    AmountByStatus,
    Brackets,
    BracketTable,
    ByStatus,
    EarlyWithdrawal,
    RequiredMinimumDistributions,
    SpecialGainRates,
)
from validation.findings import FirmUnusable
from validation.household import FilingStatus, Taxpayer

ZERO = Decimal(0)


def resident(state: str) -> Taxpayer:
    return Taxpayer("T1", FilingStatus.SINGLE, state, ZERO, ZERO, ZERO, ZERO, None, None, ZERO, ZERO, ZERO, ZERO)


def test_the_official_values_of_2026_are_pinned_by_hand() -> None:
    law = load_tax_year(2026).federal
    assert law.ordinary.of(FilingStatus.MARRIED_JOINT)[2] == (Decimal(211400), Decimal("0.22"))
    assert law.gains.of(FilingStatus.SINGLE)[0] == (Decimal(49450), ZERO)
    assert law.standard_deduction.of(FilingStatus.HEAD_OF_HOUSEHOLD) == 24150
    assert law.amt.exemption_phase_out_start[FilingStatus.MARRIED_JOINT] == 1_000_000
    assert law.amt.exemption_phase_out_rate == Decimal("0.5")


def test_the_surviving_spouse_of_2024_has_the_lower_addition_for_age() -> None:
    assert load_tax_year(2024).federal.aged_deduction.of(FilingStatus.SURVIVING_SPOUSE) == 1550


def test_a_year_that_the_files_do_not_have_makes_the_run_unusable() -> None:
    with pytest.raises(FirmUnusable) as caught:
        load_tax_year(2031)
    assert {finding.code for finding in caught.value.findings} == {"missing-tax-year"}
    assert "ordinary_brackets" in {finding.subject for finding in caught.value.findings}
    assert all("2024, 2025, 2026" in finding.help for finding in caught.value.findings)


def test_a_state_without_parameters_is_a_finding_of_the_household() -> None:
    tax_year = load_tax_year(2026)
    findings = state_findings([resident("TX"), resident("OR"), resident("")], tax_year)
    assert [finding.code for finding in findings] == ["unknown-tax-state"] * 2
    assert "`OR`" in findings[0].message
    assert "names no state" in findings[1].message
    with pytest.raises(UnknownState):
        tax_year.state("OR")


def test_a_state_is_not_carried_back_to_a_year_that_its_file_does_not_have() -> None:
    assert set(load_tax_year(2024).states) == {"TX", "FL"}
    assert set(load_tax_year(2026).states) == {"CA", "NY", "NJ", "MA", "TX", "FL", "WA", "IL", "PA"}


def test_projected_values_say_so() -> None:
    states = load_tax_year(2026).states
    projected = {code for code, law in states.items() if law.values.projected}
    assert projected == {"CA", "MA", "WA"}
    assert all(any("projected" in sentence for sentence in states[code].caveats) for code in projected)
    assert not any(law.values.projected for law in load_tax_year(2025).states.values())


def test_every_state_file_names_its_state_and_its_sources() -> None:
    for file in read_states():
        assert file.source and file.unit and file.title
        assert all(year.source for year in file.values.values())


def test_the_files_that_no_computation_reads_yet_have_their_shape() -> None:
    rmd = read_federal("required_minimum_distributions", RequiredMinimumDistributions).values[2022]
    assert rmd.divisor_by_age[73] == Decimal("26.5")
    assert sorted(rmd.divisor_by_age) == list(range(72, 121))
    assert read_federal("early_withdrawal", EarlyWithdrawal).values[2024].age == Decimal("59.5")
    assert read_federal("special_gain_rates", SpecialGainRates).values[2026].collectibles == Decimal("0.28")


@pytest.mark.parametrize(
    ("rows", "complaint"),
    [
        ([[10, 0.1], [5, 0.2], [float("inf"), 0.3]], "bounds do not ascend"),
        ([[10, 0.2], [20, 0.1], [float("inf"), 0.3]], "rates do not ascend"),
        ([[10, 0.1], [20, 0.2]], "no infinite upper bound"),
        ([], "no infinite upper bound"),
    ],
)
def test_brackets_that_do_not_ascend_to_infinity_are_refused(rows: list[list[float]], complaint: str) -> None:
    with pytest.raises(ValidationError, match=complaint):
        TypeAdapter(Brackets).validate_python(rows)


def test_a_missing_filing_status_is_refused() -> None:
    with pytest.raises(ValidationError, match="surviving_spouse"):
        TypeAdapter(AmountByStatus).validate_python(dict.fromkeys(["single", "married_joint", "married_separate", "head_of_household"], 1))
    with pytest.raises(ValidationError):
        ByStatus.model_validate({"source": "x", "single": 1})


def test_numbers_come_out_of_the_files_exactly_as_they_are_written() -> None:
    table = read_federal("ordinary_brackets", BracketTable).values[2025]
    assert [str(rate) for _, rate in table.single] == ["0.1", "0.12", "0.22", "0.24", "0.32", "0.35", "0.37"]
    assert str(load_tax_year(2026).states["PA"].values.rate) == "0.0307"  # type: ignore[attr-defined]


def test_a_year_loads_in_a_blink() -> None:
    load_tax_year.cache_clear()
    start = time.process_time()
    load_tax_year(2026)
    assert time.process_time() - start < 0.25  # measured: 0.035 s


@pytest.mark.parametrize(
    ("was", "now", "said"),
    [
        ("[49_450, 0], [545_500, 0.15]", "[545_500, 0.15], [49_450, 0]", "do not ascend"),
        ("source: Rev. Proc. 2025-32 (2025-10-09)", "quelle: Rev. Proc. 2025-32 (2025-10-09)", "values.2026.source"),
        ("unit: ", "unit_: ", "`unit`"),
        ("values:", "values: [", "cannot be read"),
    ],
)
def test_a_file_that_is_not_what_it_should_be_ends_the_run_with_a_finding(was, now, said, tmp_path, monkeypatch) -> None:
    import shutil

    import rules.tax

    shutil.copytree(rules.tax.PARAMETERS, tmp_path / "us")
    file = tmp_path / "us/federal/gains_brackets.yaml"
    text = file.read_text(encoding="utf-8")
    assert was in text
    file.write_text(text.replace(was, now, 1), encoding="utf-8")
    monkeypatch.setattr(rules.tax, "PARAMETERS", tmp_path / "us")
    with pytest.raises(FirmUnusable) as caught:
        load_tax_year.__wrapped__(2026)
    assert {finding.code for finding in caught.value.findings} == {"bad-tax-file"}
    assert any(said in finding.message for finding in caught.value.findings)
    assert caught.value.findings[0].place.path == "rules/tax/us/federal/gains_brackets.yaml"
