"""The example, end to end: once watched by Prefect, once without, from an empty working directory."""

import csv
import json
import os
import shutil
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from urllib.parse import unquote

import pytest

HOUSE = Path(__file__).resolve().parents[2]
FIRM = HOUSE / "examples" / "maple_wealth"

COLUMNS = {
    "statistics.csv": "household_id, status, value, drift_before, drift_after, st_gains, st_losses, lt_gains, lt_losses, net_st, net_lt, "
    "disallowed_loss, tax_cost, tax_cost_flat_estimate, carryforward_used, cost_of_implementation, after_tax_return_before, "
    "after_tax_return_after, location_score_before, location_score_after, location_score_reachable, annual_benefit, allocation_effect, "
    "payback_years, baseline_tax_cost, taxes_saved, taxes_avoided, taxes_deferred, baseline_drift_after, turnover, trades, "
    "solution_status, gap_usd, gap_bps",
    "timings.csv": "household_id, problem_cpu_seconds, solve_cpu_seconds, explain_cpu_seconds, lps, nodes",
    "trades.csv": "trade_id, household_id, account_id, custodian, symbol, side, quantity, price, notional, est_tax, reason_code, reason",
    "lots.csv": "trade_id, lot_id, acquired_date, quantity, unit_cost, proceeds, gain, term, disallowed",
    "holdings_after.csv": "account_id, symbol, quantity, market_value",
    "findings.csv": "code, severity, scope, place, household_id, subject, message, help",
    "rule_prices.csv": "household_id, rule_id, binding, slack, shadow_price, unit, price_of_rule_usd",
}
CLOCK = {"run.json", "timings.csv"}


def rooftree(desk, *words, timeout=280, **environment):
    env = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "ROOFTREE_"))}
    command = [sys.executable, "-m", "flows", *map(str, words)]
    return subprocess.run(
        command, cwd=desk, env={**env, "PYTHONPATH": str(HOUSE), **environment}, capture_output=True, text=True, timeout=timeout
    )


def rows(run, name):
    with (run / name).open(encoding="utf-8", newline="") as page:
        return list(csv.DictReader(page))


def everything(run):
    return {path.relative_to(run).as_posix(): path.read_bytes() for path in sorted(run.rglob("*")) if path.is_file()}


def left(desk):
    return sorted(path.name for path in desk.iterdir() if path.name != ".rooftree")


@pytest.fixture(scope="session")
def desk(tmp_path_factory):
    return tmp_path_factory.mktemp("desk")


@pytest.fixture(scope="session")
def watched(desk):
    """The example as the README's command runs it: with Prefect, into runs/<run_id>. The proxy would break it if it were asked."""
    nowhere = "http://127.0.0.1:9"
    done = rooftree(desk, "run", FIRM, HTTP_PROXY=nowhere, HTTPS_PROXY=nowhere, http_proxy=nowhere)
    assert done.returncode == 1, done.stderr  # some of its stories end with a person
    (run,) = (desk / "runs").iterdir()
    return run, done


@pytest.fixture(scope="session")
def direct(desk):
    done = rooftree(desk, "run", FIRM, "--direct", "--out", "direct")
    assert done.returncode == 1, done.stderr
    return desk / "direct", done


def test_the_run_folder_has_every_file_and_column_of_the_contract(direct):
    run, _ = direct
    for name, columns in COLUMNS.items():
        with (run / name).open(encoding="utf-8", newline="") as page:
            assert next(csv.reader(page)) == columns.split(", "), name
    page = json.loads((run / "run.json").read_text())
    wanted = {"run_id", "as_of", "started", "finished", "inputs", "policy_sha256", "versions", "counts_by_status", "seconds"}
    assert wanted <= set(page)
    assert {path.name for path in run.iterdir()} == {*COLUMNS, "run.json", "reports", "orders", "drafts"}
    assert all(b"\r" not in (run / name).read_bytes() for name in COLUMNS)


def test_prefect_or_not_two_runs_give_identical_bytes_but_for_the_clock(watched, direct):
    one, other = everything(watched[0]), everything(direct[0])
    assert set(one) == set(other)
    assert [name for name in one if one[name] != other[name] and name not in CLOCK] == []
    pages = [json.loads(each["run.json"]) for each in (one, other)]
    assert {name for name in pages[0] if pages[0][name] != pages[1][name]} <= {"started", "finished", "seconds"}
    timed = [[row["household_id"] for row in rows(run, "timings.csv")] for run, _ in (watched, direct)]
    assert timed[0] == timed[1]


def test_the_folder_is_called_by_the_runs_identity(watched):
    run, _ = watched
    assert json.loads((run / "run.json").read_text())["run_id"] == run.name


def test_every_household_of_the_book_has_a_row_and_a_page_in_every_status(direct):
    run, _ = direct
    with (FIRM / "reference" / "households.csv").open(encoding="utf-8", newline="") as page:
        book = sorted(row["household_id"] for row in csv.DictReader(page))
    statistics = rows(run, "statistics.csv")
    assert [row["household_id"] for row in statistics] == book
    assert len(book) >= 12
    html = sorted(unquote(path.name.removesuffix(".html")) for path in (run / "reports").glob("*.html") if "." not in path.stem)
    assert html == sorted([*book, "index"])
    printed = sorted(path.stem for path in (run / "reports").glob("*.pdf"))
    assert printed == [row["household_id"] for row in statistics if row["status"] == "proposed"]


def test_undecided_households_have_a_value_and_no_other_figure(direct):
    waiting = [row for row in rows(direct[0], "statistics.csv") if row["status"] in {"blocked", "conflict", "failed"}]
    assert {row["status"] for row in waiting} == {"blocked", "conflict"}
    for row in waiting:
        assert {name for name, cell in row.items() if cell} == {"household_id", "status", "value"}


def test_every_mapped_account_has_its_holdings_traded_or_not(direct):
    with (FIRM / "reference" / "accounts.csv").open(encoding="utf-8", newline="") as page:
        accounts = {row["account_id"] for row in csv.DictReader(page)}
    held = rows(direct[0], "holdings_after.csv")
    assert {row["account_id"] for row in held} == accounts
    assert {row["account_id"] for row in held if row["symbol"] == "CASH"} == accounts


def test_the_taxes_of_a_households_trades_add_up_to_its_tax_cost(direct):
    run, _ = direct
    trades = rows(run, "trades.csv")
    for row in rows(run, "statistics.csv"):
        mine = [Decimal(trade["est_tax"]) for trade in trades if trade["household_id"] == row["household_id"]]
        assert row["trades"] in {"", str(len(mine))}
        if row["status"] == "proposed":
            assert abs(sum(mine) - Decimal(row["tax_cost"])) <= Decimal("0.01") * len(mine)


def test_the_lots_of_a_sale_add_up_to_the_sale(direct):
    run, _ = direct
    sold = {}
    for row in rows(run, "lots.csv"):
        sold[row["trade_id"]] = sold.get(row["trade_id"], 0) + Decimal(row["quantity"])
    sales = {row["trade_id"]: Decimal(row["quantity"]) for row in rows(run, "trades.csv") if row["side"] == "SELL"}
    assert set(sold) <= set(sales)
    assert all(sold[trade_id] == sales[trade_id] for trade_id in sold)


def test_the_last_screen_names_every_household_and_where_things_are(watched):
    run, done = watched
    for row in rows(run, "statistics.csv"):
        assert row["household_id"] in done.stdout
    assert f"runs/{run.name}/reports/index.html" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr
    assert "Rebalancing households" in done.stderr


def test_nothing_of_a_persons_prefect_is_touched(desk, watched):
    assert (desk / ".rooftree" / "prefect").is_dir()


def test_the_same_run_again_takes_the_same_place_without_a_word(desk, direct):
    shutil.copytree(direct[0], desk / "again")
    done = rooftree(desk, "run", FIRM, "--direct", "--no-pdf", "--out", "again")
    assert done.returncode == 1, done.stderr
    before, after = everything(direct[0]), everything(desk / "again")
    assert set(after) == {name for name in before if not name.endswith(".pdf")}
    assert {name for name in after if before[name] != after[name]} <= CLOCK


@pytest.fixture
def firm(tmp_path):
    shutil.copytree(FIRM, tmp_path / "firm", ignore=shutil.ignore_patterns("generate"))
    return tmp_path / "firm"


def test_a_broken_policy_ends_with_code_2_a_clear_word_and_no_folder(firm):
    with next(iter(sorted((firm / "policy" / "firm").glob("*.yaml")))).open("a") as page:
        page.write("  - kind: bnad\n    id: typo\n    title: A slip of the pen\n")
    done = rooftree(firm.parent, "run", "firm", "--direct")
    assert done.returncode == 2
    assert "bnad" in done.stderr
    assert "policy/firm/" in done.stderr
    assert "Traceback" not in done.stderr
    assert left(firm.parent) == ["firm"]


def test_a_year_without_tax_law_is_said_and_not_carried_forward(firm):
    (day,) = (firm / "extracts").iterdir()
    day.rename(day.with_name("2031-11-20"))
    done = rooftree(firm.parent, "run", "firm", "--direct")
    assert done.returncode == 2
    assert "2031" in done.stderr
    assert left(firm.parent) == ["firm"]


def test_a_prefect_server_that_does_not_answer_is_said_with_the_way_around_it(firm):
    done = rooftree(firm.parent, "run", "firm", "--no-pdf", PREFECT_API_URL="http://127.0.0.1:9/api")
    assert done.returncode == 2
    assert "Prefect's server does not answer" in done.stderr
    assert "--direct" in done.stderr
    assert left(firm.parent) == ["firm"]


def test_an_out_folder_that_holds_something_else_is_left_alone(firm):
    (firm.parent / "mine").mkdir()
    (firm.parent / "mine" / "letter.txt").write_text("dear")
    done = rooftree(firm.parent, "run", "firm", "--direct", "--out", "mine")
    assert done.returncode == 2
    assert "holds no run" in done.stderr
    assert (firm.parent / "mine" / "letter.txt").read_text() == "dear"


def test_a_household_that_breaks_its_data_leaves_the_others_decided(firm):
    """A price that is gone blocks those who hold the security, and nobody else."""
    prices = firm / "reference" / "prices.csv"
    lines = prices.read_text(encoding="utf-8").splitlines(keepends=True)
    prices.write_text("".join(line for line in lines if not line.startswith("MUB,")), encoding="utf-8")
    done = rooftree(firm.parent, "run", "firm", "--direct", "--no-pdf", "--out", "run")
    assert done.returncode == 1, done.stderr
    statuses = {row["household_id"]: row["status"] for row in rows(firm.parent / "run", "statistics.csv")}
    assert "blocked" in statuses.values()
    assert "proposed" in statuses.values()
    assert "failed" not in statuses.values()


@pytest.mark.parametrize("number", ["SIGINT", "SIGTERM"])
def test_an_interrupted_run_leaves_nothing_but_the_batches_that_the_next_one_picks_up(firm, number):
    import signal

    command = [sys.executable, "-m", "flows", "run", "firm", "--direct"]
    process = subprocess.Popen(
        command, cwd=firm.parent, env={**os.environ, "PYTHONPATH": str(HOUSE)}, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
    )
    said = []
    for line in process.stderr:
        said.append(line)
        if line.startswith("Rebalancing"):
            process.send_signal(getattr(signal, number))
            break
    said += process.stderr.readlines()
    process.stderr.close()
    assert process.wait(60) == 2, "".join(said)
    assert "Traceback" not in "".join(said)
    assert left(firm.parent) in (["firm"], ["firm", "runs"])
    assert [path for path in (firm.parent / "runs").glob("*") if not path.name.endswith(".work")] == []
