"""`rules test`: cases that operations people write beside the policy, tried end to end through the command line."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from typer.testing import CliRunner

from flows.cases import given, given_policy, try_cases
from flows.cli import app
from flows.expectations import failures
from flows.ingest import ingest
from flows.propose import Question, decide
from rules.cases import Given
from rules.load import load_policy
from rules.read_cases import PlacedCase, read_cases
from rules.tax import load_tax_year
from validation.findings import Finding, Scope, Severity
from validation.gate import gate

FIRM = Path(__file__).parents[2] / "examples" / "maple_wealth"


@pytest.fixture(scope="module")
def desk(tmp_path_factory) -> Path:
    """A working folder with a copy of the example, of which each test writes the cases."""
    desk = tmp_path_factory.mktemp("desk")
    shutil.copytree(FIRM, desk / "firm", ignore=shutil.ignore_patterns("cases", "generate"))
    return desk


@pytest.fixture(scope="module")
def book(desk):
    landed = ingest(desk / "firm", None, desk / "book.duckdb")
    book = gate(landed.marts, landed.as_of)
    policy, _ = load_policy(desk / "firm", landed.as_of)
    return book, policy


def tried(desk: Path, monkeypatch, text: str, *words: str):
    (desk / "firm/cases").mkdir(exist_ok=True)
    (desk / "firm/cases/some.yaml").write_text(text, encoding="utf-8")
    monkeypatch.chdir(desk)
    return CliRunner().invoke(app, ["rules", "test", "firm", "--warehouse", str(desk / "book.duckdb"), *words])


def test_the_examples_cases_come_as_expected(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    report = try_cases([FIRM], warehouse=tmp_path / "book.duckdb")
    assert [each.message for each in report.told] == []
    assert len(report.tried) >= 5
    assert {one.household_id for one in report.tried} >= {"H-1001", "H-1002", "H-1012"}


def test_a_case_that_fails_says_what_was_expected_what_came_and_where(desk, monkeypatch):
    text = "cases:\n  - case: The Marshes sell nothing\n    household: H-1001\n    expect:\n      trades: none\n"
    done = tried(desk, monkeypatch, text)
    assert done.exit_code == 1
    assert done.output.startswith("failed  H-1001  The Marshes sell nothing\n")
    assert "error[case-failed]: “The Marshes sell nothing”: expected no trade, got " in done.output
    assert " --> firm/cases/some.yaml:5:15" in done.output
    assert done.output.endswith("1 error in 1 case of 1 file\n")


def test_what_passes_ends_with_zero_and_machines_get_json(desk, monkeypatch):
    text = "cases:\n  - {case: Waits, household: H-1010, expect: {status: not_due}}\n"
    done = tried(desk, monkeypatch, text)
    assert (done.exit_code, done.output) == (0, "passed  H-1010  Waits\n\nno findings in 1 case of 1 file\n")
    assert json.loads(tried(desk, monkeypatch, text, "--format", "json").stdout)["findings"] == []
    failed = tried(desk, monkeypatch, text.replace("not_due", "conflict"), "--format", "github")
    assert failed.output.startswith("::error file=firm/cases/some.yaml,line=2,")


BAD = """cases:
  - case: Slips of every sort
    household: H-1001
    given:
      cash_usd: {A-1001-9: 5}
      prices_usd: {VIT: 100}
      without_rules: [yearly_gain]
      model: balanced
    expect:
      trades: [{sell: VT1, account: A-1002-1}]
      findings: [missing-bases]
  - case: Nobody
    household: H-1999
    expect: {status: proposed}
  - case: Nothing
    household: H-1001
    expect: {}
  - case: Both
    household: H-1001
    expect: {trades: [{sell: VTI, buy: BND}]}
  - case: Nobody
    household: H-1999
    expect: {status: proposed}
  - a sentence
  - {case: Waits, household: H-1010, expect: {status: not_due}}
"""


def test_bad_cases_are_told_all_at_once_with_their_places_and_the_good_ones_are_tried(desk, monkeypatch):
    done = tried(desk, monkeypatch, BAD)
    assert done.exit_code == 1
    for said in (
        "error[unknown-account]: H-1001 has no account `A-1001-9`", "error[unknown-symbol]: no symbol is called `VIT`",
        "error[unknown-rule]: no rule is called `yearly_gain`", "error[unknown-model]: no model is called `balanced`",
        "error[unknown-account]: H-1001 has no account `A-1002-1`", "error[unknown-code]: no code is called `missing-bases`",
        "error[unknown-household]: no household is called `H-1999`", "error[case-expects-nothing]: the case expects nothing",
        "error[case-contradiction]: a trade is either a sale or a purchase", "error[duplicate-case]", "error[wrong-type]",
        "a similar name exists: `yearly_gains`", " --> firm/cases/some.yaml:11:18",
    ):  # fmt: skip
        assert said in done.output, done.output
    assert done.output.startswith("passed  H-1010  Waits\n")


def test_rules_check_tells_bad_cases_without_deciding_anything(desk, monkeypatch):
    tried(desk, monkeypatch, BAD)
    done = CliRunner().invoke(app, ["rules", "check", "firm/cases"])
    assert done.exit_code == 1
    assert done.output.endswith("13 errors in 1 file\n"), done.output
    assert "error[unknown-symbol]: no symbol is called `VIT`" in done.output
    assert CliRunner().invoke(app, ["rules", "check", "firm/policy"]).exit_code == 0
    assert CliRunner().invoke(app, ["rules", "check", str(FIRM)]).output.endswith("no findings in 17 files\n")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "missing-key"), ("rules: []\n", "missing-key"), ("cases: nothing\n", "wrong-type"), ("cases: []\nmore: 1\n", "unknown-key"),
        ("cases:\n\t- x\n", "tab-indent"), ("cases: [*x]\n", "alias-not-allowed"),
        ("cases:\n  - {case: A, case: B, household: H-1001, expect: {status: failed}}\n", "duplicate-key"),
        ("cases:\n  - {case: A, household: H-1010, expect: {drift_after_frac: {at_most: .nan}}}\n", "not-finite"),
        ("cases:\n  - {case: A, household: H-1010, given: {prices_usd: {VTI: -3}}, expect: {status: failed}}\n", "out-of-range"),
        ("cases:\n  - {case: A, household: H-1010, given: {with_rules: [{kind: bnd}]}, expect: {status: failed}}\n", "unknown-kind"),
    ],
)  # fmt: skip
def test_a_malformed_file_is_findings_and_never_a_traceback(desk, monkeypatch, text, code):
    done = tried(desk, monkeypatch, text)
    assert done.exit_code == 1, done.output
    assert f"error[{code}]" in done.output
    assert "Traceback" not in done.output


def test_nothing_to_try_ends_with_two(desk, monkeypatch):
    monkeypatch.chdir(desk)
    shutil.rmtree(desk / "firm/cases", ignore_errors=True)
    for path, code in (("firm", "nothing-to-check"), ("nowhere", "no-such-path"), (".", "missing-firm")):
        done = CliRunner().invoke(app, ["rules", "test", path])
        assert done.exit_code == 2, done.output
        assert f"error[{code}]" in done.output


def test_a_single_file_of_cases_may_be_named(desk, monkeypatch):
    tried(desk, monkeypatch, "cases:\n  - {case: Waits, household: H-1010, expect: {status: not_due}}\n")
    (desk / "firm/cases/other.yaml").write_text("cases: [{case: Waits, household: H-1010, expect: {status: failed}}]\n")
    words = ["rules", "test", "firm/cases/some.yaml", "firm/cases/some.yaml", "--warehouse", str(desk / "book.duckdb")]
    done = CliRunner().invoke(app, words)
    (desk / "firm/cases/other.yaml").unlink()
    assert done.exit_code == 0
    assert "1 case of 1 file" in done.output


def test_what_a_case_gives_is_all_that_changes(book):
    gated, _ = book
    question = Question(gated.read("H-1017"), gated.findings_of("H-1017"), False)
    account = question.household.accounts[0].account_id
    changed = given(question, Given.model_validate({
        "last_rebalanced": date(2026, 11, 1), "cash_usd": {account: Decimal(7)}, "prices_usd": {"CCLFX": Decimal(11)},
        "realized_usd": {"T-1017": {"long_term_usd": Decimal(-5)}},
    }))  # fmt: skip
    house = changed.household
    assert (house.last_rebalanced, house.cash_of[account].total_usd) == (date(2026, 11, 1), 7)
    assert (house.price_usd("CCLFX"), house.securities["CCLFX"].frozen) == (11, "")
    assert (house.taxpayers[0].realized_st_ytd_usd, house.taxpayers[0].realized_lt_ytd_usd) == (0, -5)
    assert "stale-price" in {each.code for each in question.findings}
    assert "stale-price" not in {each.code for each in changed.findings}
    assert house.positions == question.household.positions
    assert given(question, Given()) == question


def placed(tmp_path, expect: str, given: str = "{}", household: str = "H-1001") -> PlacedCase:
    file = tmp_path / "some.yaml"
    file.write_text(f"cases:\n  - case: So it is\n    household: {household}\n    given: {given}\n    expect: {expect}\n", encoding="utf-8")
    reading = read_cases([file], tmp_path)
    assert reading.findings == []
    return reading.cases[0]


def test_added_rules_stand_nearest_to_the_household_and_dropped_ones_are_gone_in_every_layer(book, tmp_path):
    gated, policy = book
    rule = "{kind: gain_budget, id: yearly_gains, title: Less, net_usd: 5}"
    case = placed(tmp_path, "{status: proposed}", f"{{with_rules: [{rule}], without_rules: [single_issuer]}}")
    bound = given_policy(policy, case).for_household(gated.read("H-1001"))
    assert bound.by_id("single_issuer") is None
    budget = bound.by_id("yearly_gains")
    assert budget is not None
    assert (budget.rule.title, budget.layer, budget.place.path, budget.place.line) == ("Less", "household", "some.yaml", 4)
    assert {each.layer for each in budget.replaces} == {"firm"}


@pytest.fixture(scope="module")
def marsh(book):
    gated, policy = book
    decision = decide(policy, load_tax_year(2026), Question(gated.read("H-1001"), gated.findings_of("H-1001"), False))
    note = Finding("do-not-buy", Severity.NOTE, Scope.HOUSEHOLD, "nothing is bought")
    return replace(decision, findings=(*decision.findings, note))


SOLD = "expected at least $9,000,000 of VTI sold, got $"


@pytest.mark.parametrize(
    ("expect", "said"),
    [
        ("{status: [proposed, not_due]}", ""),
        ("{status: blocked}", "expected status `blocked`, got `proposed`"),
        ("{trades: [{sell: VTI}]}", ""),
        ("{trades: [{sell: VTI, none: true}]}", "expected no sale of VTI, got sell "),
        ("{trades: [{sell: VTI, at_least_usd: 9_000_000}]}", SOLD),
        ("{trades: [{sell: VTI, at_most_shares: 1}]}", "expected at most 1 share of VTI sold, got "),
        ("{trades: [{buy: VTI, at_most_usd: 0}]}", ""),
        ("{trades: [{buy: NVDA, at_least_shares: 3}]}", "expected a purchase of NVDA, at least 3 shares, got none"),
        ("{trades: [{buy: any, account: A-1001-1, none: true}]}", "expected no purchase of anything in A-1001-1, got buy "),
        ("{trade_count: {at_most: 2}}", "expected at most 2 trades, got "),
        ("{findings: [do-not-buy], no_findings: [missing-basis]}", ""),
        ("{findings: [missing-basis]}", "expected the finding `missing-basis`, got `"),
        ("{no_findings: [do-not-buy]}", "expected no finding `do-not-buy`, got nothing is bought"),
        ("{conflict: [yearly_gains, bands]}", "expected a conflict of `yearly_gains` and `bands`, got none, status `proposed`"),
        ("{rules: [{rule: yearly_gains, binds: true, price_usd: {at_least: 1}}]}", ""),
        ("{rules: [{rule: yearly_gains, binds: false}]}", "expected `yearly_gains` does not bind, got it does, at a price of $"),
        ("{rules: [{rule: single_issuer, binds: true}]}", "expected `single_issuer` binds, got it does not; `"),
        ("{rules: [{rule: yearly_gains, price_usd: {at_most: 1}}]}", "expected a price of `yearly_gains` of at most $1, got $"),
        ("{drift_after_frac: {at_least: 0.5}}", "expected a drift after of at least 50 %, got 0."),
        ("{tax_cost_usd: {at_least: -5, at_most: -1}}", "expected a tax cost from -$5 to -$1, got $"),
        ("{location_score: {at_least: 50}, turnover_frac: {at_most: 1}}", ""),
    ],
)  # fmt: skip
def test_an_expectation_is_kept_or_its_failure_is_a_sentence(marsh, tmp_path, expect, said):
    told = [each.message for each in failures(placed(tmp_path, expect), marsh)]
    if said:
        assert len(told) == 1
        assert told[0].startswith(f"“So it is”: {said}")
    else:
        assert told == []


def test_a_figure_of_a_household_that_is_not_decided_is_missed_and_not_passed(book, tmp_path):
    gated, policy = book
    decision = decide(policy, load_tax_year(2026), Question(gated.read("H-1012"), gated.findings_of("H-1012"), False))
    case = placed(tmp_path, "{status: proposed, tax_cost_usd: {at_most: 0}}", household="H-1012")
    told = [each.message for each in failures(case, decision)]
    assert told[0].endswith("got `conflict`: `no_sales` and `house_money` cannot hold together")
    assert told[1].endswith("expected a tax cost of at most $0, got none, since the household ends as `conflict`")
