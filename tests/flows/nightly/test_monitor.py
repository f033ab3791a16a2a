"""What monitor says by SQL is what the cadence of the solver says, household by household."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from flows.ingest import ingest
from flows.nightly.monitor import watch_book
from flows.rebalance import read_policy
from rules.language.harvest import Harvest
from rules.load import load_policy
from rules.tax import load_tax_year
from solver.build import build_problem
from solver.cadence import due
from solver.terms.harvest import worth_taking
from tests.bench.book import write_book
from tests.small_firm import AS_OF, SmallFirm
from validation.gate import gate

MAPLE = Path(__file__).parents[3] / "examples" / "maple_wealth"


def seen(root, warehouse, policy=None):
    """The watch of a firm beside its gated book and policy."""
    landed = ingest(root, None, warehouse)
    policy = policy or read_policy(root, landed.as_of)[0]
    return watch_book(warehouse, root, landed.as_of, policy), gate(landed.marts, landed.as_of), policy


def assert_alike(watch, book, policy):
    """Everybody is due here who is due there, for the same reason; a broken must may have a longer-standing reason beside it."""
    year = load_tax_year(book.book.as_of.year)
    assert watch.rows["household_id"].to_list() == list(book.household_ids)
    for row in watch.rows.iter_rows(named=True):
        household = book.read(row["household_id"])
        problem = build_problem(household, policy.for_household(household), year)
        expected = due(problem)
        assert row["is_due"] == expected.is_due, (row, expected)
        if "the holdings break" not in expected.because:
            assert row["because"] == expected.because
        assert row["value_usd"] == pytest.approx(problem.value_usd, abs=0.005)
    return watch


@pytest.fixture(scope="module")
def maple(tmp_path_factory):
    return MAPLE, tmp_path_factory.mktemp("watch") / "book.duckdb"


def test_the_example_is_due_as_the_solver_says(maple):
    watch = assert_alike(*seen(*maple))
    assert watch.asked <= 1, "a firm whose rules SQL can tell is not asked one by one"
    assert set(watch.due["reason"]) >= {"yearly", "cash order"}


def with_cadence(policy, **numbers):
    """The policy with every cadence rule changed."""

    def changed(placed):
        return replace(placed, rule=placed.rule.model_copy(update=numbers)) if placed.rule.kind == "cadence" else placed

    return replace(policy, rules=tuple(changed(placed) for placed in policy.rules))


@pytest.mark.parametrize("trigger", [None, Decimal("0.01"), Decimal("0.12"), Decimal("0.5")])
@pytest.mark.parametrize(("least", "most"), [(30, 365), (400, 500), (9, 5000), (5000, 5001)])
def test_other_rhythms_give_the_solvers_answers(maple, trigger, least, most):
    policy = with_cadence(load_policy(MAPLE)[0], drift_trigger_frac=trigger, min_days=least, max_days=most)
    watch = assert_alike(*seen(*maple, policy))
    assert 0 < len(watch.due_ids) < 18 or least < 30


def test_a_book_drawn_at_random_is_due_as_the_solver_says(tmp_path):
    """A hundred and twenty households, days since the last rebalance drawn over two years, some never rebalanced."""
    draw = random.Random(5)
    root = write_book(tmp_path / "firm", 120)
    path = root / "reference" / "households.csv"
    lines = path.read_text().splitlines()
    column = lines[0].split(",").index("last_rebalanced")
    rows = [line.split(",") for line in lines[1:]]
    for row in rows:
        row[column] = "" if draw.random() < 0.1 else str(AS_OF - timedelta(days=draw.randrange(0, 700)))
    path.write_text("\n".join([lines[0], *(",".join(row) for row in rows)]) + "\n")
    watch = assert_alike(*seen(root, tmp_path / "book.duckdb"))
    assert {"never", "yearly", "drift", ""} <= set(watch.rows["reason"])


def test_losses_worth_taking_are_those_of_the_solver_where_nothing_was_bought(maple):
    watch, book, policy = seen(*maple)
    year, compared = load_tax_year(book.book.as_of.year), 0
    for household_id, harvest in watch.rows.select("household_id", "harvest_usd").iter_rows():
        household = book.read(household_id)
        if household.recent_purchases or book.is_blocked(household_id):
            continue
        bound = policy.for_household(household)
        problem = build_problem(household, bound, year)
        worth = [piece for piece in problem.slices if piece.gain_frac < 0 and any(worth_taking(rule, piece) for rule in bound.of(Harvest))]
        assert harvest == pytest.approx(sum(-piece.gain_frac * piece.value_usd for piece in worth), abs=0.01), household_id
        compared += harvest > 0
    assert compared >= 3


def test_a_loss_is_not_told_where_the_household_bought_the_same_within_thirty_days(tmp_path):
    firm = SmallFirm(tmp_path / "firm")
    firm.set("prices.csv", "symbol,date,price,source\nVTI,2026-11-20,100.00,c\nITOT,2026-11-20,30.00,c\nBND,2026-11-20,70.00,c\n")
    policy = load_policy(MAPLE)[0]
    losses = dict(seen(firm.root, firm.warehouse, policy)[0].rows.select("household_id", "harvest_usd").iter_rows())
    assert losses["H1"] == 0, "VTI was bought within the window, and BND reinvested in the IRA"
    assert losses["H2"] == pytest.approx(9_000 - 3_000 + 3_000 * 1e-4)

    firm.change("alpha/transactions.csv", "0002,2026-11-12,2026-11-13,reinvest,BND,0.5,70.00,-35.00\n", "")
    losses = dict(seen(firm.root, firm.warehouse, policy)[0].rows.select("household_id", "harvest_usd").iter_rows())
    assert losses["H1"] == pytest.approx(16_000 - 14_000 + 14_000 * 1e-4)


def test_a_must_that_holdings_break_makes_due_what_is_within_the_month(tmp_path):
    """A limit on one name, a month after the last rebalance: SQL suspects, and the solver is asked."""
    policy = with_cadence(load_policy(MAPLE)[0], min_days=5000, max_days=5001)
    watch, _, _ = seen(MAPLE, tmp_path / "book.duckdb", policy)
    broken = watch.rows.filter(watch.rows["reason"] == "broken must")
    assert broken.height >= 2
    assert watch.asked >= broken.height
