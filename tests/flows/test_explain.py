"""A run explains itself: JSON beside the pages, the terminal, the checker alone, and the same bytes again."""

from __future__ import annotations

import csv
import json
import shutil
from math import isfinite
from pathlib import Path

import pytest
from typer.testing import CliRunner

from flows.cli import app
from flows.explain_one import explained_in
from flows.rebalance import rebalance
from flows.replay import replay_run
from flows.settings import Request
from flows.telling import tell
from flows.verify import verify_run

EXAMPLE = Path(__file__).parents[2] / "examples" / "maple_wealth"


@pytest.fixture(scope="module")
def desk(tmp_path_factory) -> tuple[Path, Path]:
    place = tmp_path_factory.mktemp("desk")
    firm = place / "maple_wealth"
    shutil.copytree(EXAMPLE, firm)
    return firm, rebalance(Request(firm, out=place / "run", warehouse=place / "desk.duckdb", pdf=False)).folder


def pages(run: Path):
    return [json.loads(path.read_text(encoding="utf-8")) for path in sorted((run / "reports").glob("*.json"))]


def numbers(value):
    if isinstance(value, dict):
        for each in value.values():
            yield from numbers(each)
    elif isinstance(value, list):
        for each in value:
            yield from numbers(each)
    elif isinstance(value, float):
        yield value


def test_every_household_has_an_explanation_without_an_unknown_number(desk):
    _, run = desk
    with (run / "statistics.csv").open() as file:
        ids = {row["household_id"] for row in csv.DictReader(file)}
    assert {page["household_id"] for page in pages(run)} == ids
    assert all(isfinite(each) for page in pages(run) for each in numbers(page))


def test_every_empty_statistic_says_why(desk):
    for page in pages(desk[1]):
        for name, value in (page["statistics"] or {}).items():
            assert value is not None or name in page["not_available"], (page["household_id"], name)


def test_worths_foot_over_terms_and_trades_in_the_page_to_the_cent(desk):
    traded = [page for page in pages(desk[1]) if page["trades"]]
    assert traded
    for page in traded:
        idle = round(sum(page["idle_cash"].values()), 2)
        assert round(sum(each["worth_usd"] for each in page["trades"]) + idle, 2) == page["worth_usd"]
        assert round(sum(page["worth_by_term"].values()), 2) == page["worth_usd"]
        for each in page["trades"]:
            assert round(sum(each["worth_by_term"].values()), 2) == each["worth_usd"]


def test_expected_figures_stand_under_other_rates_and_between_the_best_and_the_worst_placement(desk):
    page = explained_in(desk[1], "H-1001")
    by_rates = {each["changed"]: each["annual_benefit_usd"] for each in page["sensitivities"]}
    assert by_rates["rates-5"] < page["statistics"]["annual_benefit"] < by_rates["rates+5"]
    for each in page["sensitivities"]:
        assert each["taxes_avoided_usd"] + each["taxes_deferred_usd"] == pytest.approx(each["taxes_saved_usd"], abs=0.011)
    assert (
        page["statistics"]["taxes_saved"] < next(each for each in page["sensitivities"] if each["changed"] == "rates+5")["taxes_saved_usd"]
    )
    location = page["location"]
    assert location["return_worst"] < location["return_after"] <= location["return_best"] + 1e-9
    totals = {
        side: {account: round(sum(row.values())) for account, row in location[side].items() if any(row.values())}
        for side in ("after", "best", "worst")
    }
    assert all(abs(totals["best"][account] - value) <= 2 for account, value in totals["after"].items())
    assert all(abs(totals["worst"][account] - value) <= 2 for account, value in totals["after"].items())


def test_the_terminal_tells_what_the_page_says(desk):
    _, run = desk
    page = next(each for each in pages(run) if each["trades"])
    told = "\n".join(tell(explained_in(run, page["household_id"])))
    assert all(each["trade_id"] in told and each["client"] in told for each in page["trades"])


def test_the_payback_follows_from_figures_that_are_told(desk):
    _, run = desk
    for page in pages(run):
        figures = page["statistics"]
        if figures and figures["payback_years"] is not None:
            left = figures["cost_of_implementation"] - page["accelerated_tax_usd"]
            assert figures["payback_years"] == pytest.approx(left / figures["annual_benefit"], abs=1e-5)
            told = "\n".join(tell(page))
            assert ("Payback " in told) == (left > 0) and ("Nothing to pay back" in told) == (left <= 0)


def test_a_purchase_of_a_class_that_is_sold_elsewhere_never_claims_that_the_class_is_short(desk):
    # Grace and Samuel Lindqvist sell more real estate in the IRA than the joint account buys.
    page = explained_in(desk[1], "H-1006")
    told = {each["trade_id"]: (each["reason_code"], each["client"]) for each in page["trades"]}
    assert told["A-1006-1-VNQ-BUY"] == ("keep_target", "Buys real estate here in place of what is sold of it in another of your accounts.")
    assert all(each["is_possible"] for each in page["counterfactuals"])


def test_a_sale_that_a_limit_asks_for_says_so(desk):
    # Beatrice Holloway holds more Apple than her policy allows; that she is overweight in equity would not pay for its tax.
    told = {each["trade_id"]: each for each in explained_in(desk[1], "H-1009")["trades"]}
    sale = told["A-1009-1-AAPL-SELL"]
    assert sale["reason_code"] == "meet_limit" and "No company above ten percent" in sale["client"]
    assert told["A-1009-2-VTI-SELL"]["reason_code"] == "reduce_overweight"


def test_explain_speaks_of_one_trade_one_security_and_one_statistic(desk):
    firm, run = desk
    page = next(each for each in pages(run) if each["trades"])
    trade = page["trades"][0]
    say = CliRunner()
    one = say.invoke(app, ["explain", page["household_id"], "--run", str(run), "--trade", trade["trade_id"]])
    assert one.exit_code == 0 and trade["client"] in one.output
    why = say.invoke(app, ["explain", page["household_id"], "--firm", str(firm), "--why-not", trade["symbol"]])
    assert why.exit_code == 0 and trade["symbol"] in why.output
    figure = say.invoke(app, ["explain", "statistic", "drift_after"])
    assert figure.exit_code == 0 and "Source:" in figure.output
    assert say.invoke(app, ["explain", "nobody", "--run", str(run)]).exit_code == 2
    assert say.invoke(app, ["explain", "statistic", "nonsense"]).exit_code == 2


def test_the_checker_alone_finds_no_breach_in_a_run_and_one_in_a_run_that_was_touched(desk, tmp_path: Path):
    firm, run = desk
    assert verify_run(run, firm).findings == ()
    touched = tmp_path / "run"
    shutil.copytree(run, touched)
    with (touched / "trades.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    rows[0]["quantity"] = str(float(rows[0]["quantity"]) + 1)
    with (touched / "trades.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    found = verify_run(touched, firm).findings
    breaches = [each for each in found if each.code.startswith("breach-")]
    assert breaches and {each.household_id for each in breaches} == {rows[0]["household_id"]}
    assert [str(each.place) for each in found if each not in breaches] == ["trades.csv"]


def test_one_byte_of_the_trades_is_enough_wherever_it_stands(desk, tmp_path: Path):
    firm, run = desk
    whole = (run / "trades.csv").read_bytes()
    touched = tmp_path / "run"
    shutil.copytree(run, touched)
    words, comma, number = whole.index(b"taxed less"), whole.index(b",H-1001"), whole.index(b"H-1001,") + 4
    for place in (words, comma, number):
        (touched / "trades.csv").write_bytes(whole[:place] + b"7" + whole[place + 1 :])
        found = verify_run(touched, firm).findings
        assert "trades.csv" in {str(each.place) for each in found if each.code == "run-file-changed"}


def test_a_run_made_again_has_the_same_bytes_and_a_touched_one_is_told_where(desk, tmp_path: Path):
    firm, run = desk
    assert replay_run(run, firm).differences == ()
    touched = tmp_path / "run"
    shutil.copytree(run, touched)
    with (touched / "trades.csv").open("a") as file:
        file.write("more\n")
    (told,) = replay_run(touched, firm).differences
    assert told.startswith("trades.csv: differs from line")


def test_a_changed_policy_is_named_by_verify_and_by_replay(desk, tmp_path: Path):
    firm, run = desk
    other = tmp_path / firm.name
    shutil.copytree(firm, other)
    path = next((other / "policy").rglob("*.yaml"))
    path.write_text(path.read_text(encoding="utf-8") + "\n# another day\n", encoding="utf-8")
    assert "run-policy-changed" in {each.code for each in verify_run(run, other).findings}
    assert "policy or assumptions have changed" in replay_run(run, other).differences
