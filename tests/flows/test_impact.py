"""`rules impact`: the example's book under two policies, end to end through the command line."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from typer.testing import CliRunner

from flows.cli import app
from flows.impact import Rollout, folders_of, weigh, write_page
from solver.endings import Change, Effect, Ending, Order
from solver.impact import Impact, Limits
from solver.outcome import Side, Status
from templates.filters import masked
from tests.small_firm import SmallFirm
from validation.findings import FirmUnusable

FIRM = Path(__file__).parents[2] / "examples" / "maple_wealth"
TIGHTER = ("policy/firm/taxes.yaml", "net_usd: 75_000", "net_usd: 10_000")
HOLLOWAY = """rules:
  - kind: gain_budget
    id: yearly_gains
    title: At most $15,000 of net gains this year
    applies_to: {households: [H-1009]}
    net_usd: 15_000
"""


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """A working folder with the example's policy as it is (`old`), and one changed for a household and the firm (`new`)."""
    desk = tmp_path_factory.mktemp("desk")
    for name in ("old", "new"):
        for folder in ("policy", "assumptions"):
            shutil.copytree(FIRM / folder, desk / name / folder)
    path, was, now = TIGHTER
    file = desk / "new" / path
    file.write_text(file.read_text().replace(was, now))
    (desk / "new/policy/household/H-1009.yaml").write_text(HOLLOWAY)
    return desk


@pytest.fixture(scope="module")
def rollout(desk) -> Rollout:
    return weigh(desk / "old", desk / "new", FIRM, warehouse=desk / "book.duckdb")


def run(desk, monkeypatch, *words):
    monkeypatch.chdir(desk)
    return CliRunner().invoke(app, ["rules", "impact", *words, "--warehouse", str(desk / "book.duckdb")])


def test_every_household_of_the_book_has_two_endings(rollout):
    assert [each.household_id for each in rollout.impact.effects] == [f"H-{number}" for number in range(1001, 1019)]
    assert sum(old for old, _ in rollout.impact.counts().values()) == 18
    assert rollout.sentences.startswith("~ the firm's `yearly_gains`")


def test_a_household_that_is_bound_alike_ends_alike(rollout):
    marsh = next(each for each in rollout.impact.effects if each.household_id == "H-1001")  # has a budget of its own
    assert marsh.rules == ()
    assert marsh.old == marsh.new
    assert marsh.change is Change.NOTHING


def test_a_tighter_budget_moves_the_founders_trades_and_tax(rollout):
    founder = next(each for each in rollout.impact.effects if each.household_id == "H-1002")
    assert founder.rules == ("yearly_gains",)
    assert founder.change is Change.TRADES
    assert founder.new.tax_cost < founder.old.tax_cost
    assert founder.new.drift_after > founder.old.drift_after
    assert founder.added or founder.dropped or founder.resized


def test_a_new_conflict_comes_first_with_its_rules_and_ways_out(rollout):
    first = rollout.impact.changed[0]
    assert (first.household_id, first.new.status) == ("H-1009", Status.CONFLICT)
    assert first.is_newly_stuck
    assert set(first.new.stuck) == {"At most $15,000 of net gains this year", "No company above ten percent"}
    assert any("raise the net budget from $15,000" in way for way in first.new.ways_out)


def test_by_default_a_household_that_newly_waits_fails_the_command(desk, monkeypatch):
    done = run(desk, monkeypatch, "old", "new", "--firm", str(FIRM))
    assert done.exit_code == 1, done.output
    assert "H-1009 newly waits for a person" in done.output
    assert "exceeded         1 household newly waits" in done.output
    page = (desk / "impact.html").read_text(encoding="utf-8")
    assert "Beatrice Holloway" in page
    assert "cannot both hold" in page
    assert run(desk, monkeypatch, "old", "new", "--firm", str(FIRM), "--most-stuck", "1").exit_code == 0


def test_limits_on_change_tax_and_drift_are_the_firms_to_set(desk, monkeypatch):
    words = ["old", "new", "--firm", str(FIRM), "--most-stuck", "1"]
    for limit, said in (("--most-changed", "ends or trade"), ("--most-drift", "the drift of H-1002 rises by")):
        done = run(desk, monkeypatch, *words, limit, "0")
        assert done.exit_code == 1
        assert said in done.output
    done = run(desk, monkeypatch, "new", "old", "--firm", str(FIRM), "--most-tax", "100")
    assert done.exit_code == 1
    assert "the book's tax cost rises by $12," in done.output
    assert run(desk, monkeypatch, *words, "--most-tax", "lots").exit_code == 2


def test_machines_get_every_household_with_both_endings(desk, monkeypatch):
    done = run(desk, monkeypatch, "old", "new", "--firm", str(FIRM), "--format", "json")
    told = json.loads(done.stdout)
    assert len(told["households"]) == 18
    assert told["totals"]["households_decided_under_both"] == 15
    assert told["exceeded"]


def test_the_same_policy_changes_nothing_whatever_its_folder_is_called(desk, monkeypatch):
    shutil.copytree(desk / "old" / "policy", desk / "next_year", dirs_exist_ok=True)
    done = run(desk, monkeypatch, "old/policy", "next_year", "--firm", str(FIRM), "--page", "same.html")
    assert done.exit_code == 0, done.output
    assert done.output.startswith("Both policies say the same.")
    assert "0 of 18 change" in done.output


def test_a_policy_with_an_error_is_not_compared(desk, monkeypatch):
    shutil.copytree(desk / "old", desk / "broken", dirs_exist_ok=True)
    (desk / "broken/policy/household/H-1009.yaml").write_text(HOLLOWAY.replace("net_usd", "net_used"))
    done = run(desk, monkeypatch, "old", "broken", "--firm", str(FIRM), "--page", "none.html")
    assert done.exit_code == 2
    assert "error[unknown-key]" in done.output
    assert not (desk / "none.html").exists()


@pytest.mark.parametrize("words", [("nothere", "new", "--firm", str(FIRM)), ("old", "new"), ("old", "new", "--firm", "old")])
def test_what_cannot_be_compared_is_said_and_ends_with_two(desk, monkeypatch, words):
    done = run(desk, monkeypatch, *words)
    assert done.exit_code == 2
    assert "error[" in done.output
    assert "Traceback" not in done.output


def test_two_firm_folders_take_the_book_of_the_new_one(tmp_path):
    for name in ("a", "b"):
        SmallFirm(tmp_path / name)
        (tmp_path / name / "policy").mkdir()
        (tmp_path / name / "policy/rules.yaml").write_text(
            "rules:\n  - {kind: target, id: balanced, title: B, weights_frac: {us_stock: 0.6, us_bond: 0.4}, "
            "holdings: {us_stock: [VTI], us_bond: [BND]}}\n  - {kind: turnover, id: calm, title: Calm, max_frac_per_run: 0.5}\n"
        )
    done = weigh(tmp_path / "a", tmp_path / "b", warehouse=tmp_path / "w.duckdb")
    assert done.firm_name == "B"
    assert {each.change for each in done.impact.effects} == {Change.NOTHING}
    assert folders_of(tmp_path / "a", tmp_path / "b").assumptions == tmp_path / "b" / "assumptions"


def test_the_page_is_one_file_without_a_script_or_a_request(rollout, tmp_path):
    write_page(tmp_path / "deep/page.html", rollout, ["one household newly waits"])
    page = (tmp_path / "deep/page.html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert not re.search(r"(src|href)=", page)
    assert "One household newly waits." in page
    assert list((tmp_path / "deep").iterdir()) == [tmp_path / "deep/page.html"]
    write_page(tmp_path / "again.html", rollout, ["one household newly waits"])
    assert (tmp_path / "again.html").read_text(encoding="utf-8") == page
    with pytest.raises(FirmUnusable, match="cannot be written"):
        write_page(tmp_path / "deep/page.html/inside.html", rollout, [])


def test_no_account_number_stands_on_the_page(rollout, tmp_path):
    long = next(each for each in rollout.impact.effects if each.change is Change.TRADES)
    secret = replace(long, references=dict.fromkeys(long.references, "987654321"))
    write_page(tmp_path / "page.html", replace(rollout, impact=Impact((secret,))), [])
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "987654321" not in page
    assert masked("987654321") in page


def made(status: Status = Status.PROPOSED, shares: int = 10, drift: str = "0.01", tax: str = "100") -> Ending:
    orders = (Order("A", "VTI", Side.SELL, Decimal(shares), Decimal(shares * 100)),) if shares else ()
    if not status.is_decided:
        return Ending(status, stuck=("it waits",))
    return Ending(status, orders, Decimal(tax), Decimal(drift), Decimal(90))


def effect(old: Ending, new: Ending, name: str = "H", value: str = "1000") -> Effect:
    return Effect(name, "Ash", "Ann", Decimal(value), old, new)


def test_a_change_is_named_by_the_largest_thing_that_changes():
    assert effect(made(), made()).change is Change.NOTHING
    assert effect(made(), made(drift="0.02")).change is Change.FIGURES
    assert effect(made(), made(shares=11)).change is Change.TRADES
    assert effect(made(), made(Status.NO_TRADE_NEEDED, 0)).change is Change.STATUS
    assert effect(made(Status.BLOCKED), made(Status.BLOCKED)).change is Change.NOTHING


def test_sums_are_over_those_decided_under_both_and_means_are_weighted_by_value():
    impact = Impact((
        effect(made(drift="0.02", tax="50"), made(drift="0.04", tax="70"), "a", "3000"),
        effect(made(drift="0.06"), made(drift="0.06"), "b", "1000"),
        effect(made(tax="900"), made(Status.CONFLICT), "c", "9000"),
    ))  # fmt: skip
    totals = impact.totals()
    assert totals.households == 2
    assert totals.tax_cost == (Decimal(150), Decimal(170))
    assert totals.drift_after == (Decimal("0.03"), Decimal("0.045"))
    assert [each.household_id for each in impact.changed] == ["c", "a"]


def test_a_household_that_was_stuck_before_is_nobodys_fault_and_one_that_is_freed_is_counted():
    impact = Impact((effect(made(Status.BLOCKED), made(Status.CONFLICT), "a"), effect(made(Status.CONFLICT), made(), "b")))
    assert list(impact.broken(Limits())) == []
    assert [each.household_id for each in impact.freed] == ["b"]
    assert impact.totals().drift_after is None


def test_an_exact_limit_is_kept(rollout):
    impact = Impact((effect(made(), made(tax="110", drift="0.02")),))
    assert list(impact.broken(Limits(tax_usd=Decimal(10), drift_frac=Decimal("0.01"), changed=0))) == []
    assert len(list(impact.broken(Limits(tax_usd=Decimal("9.99"), drift_frac=Decimal("0.0099"))))) == 2
    assert rollout.as_of == date(2026, 11, 20)
