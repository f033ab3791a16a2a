import csv
import shutil
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from flows.approvals.desk import Moment, approve, expire, reject, submit
from flows.approvals.ledger import open_ledger
from flows.approvals.proposals import Proposal, RunProposals, needs_of, read_run
from flows.approvals.release import look_again, release
from flows.approvals.states import State, standings
from flows.operations import Approval, Operations
from tests.flows.approvals.acting import DAY, NOW
from validation.findings import FirmUnusable

LATER = Moment(NOW.at, date(2026, 11, 24))
BY_POLICY = Operations(approval=Approval(policy_approves=True, first_rebalance=False))


def proposal(household_id="H1", run_id="run-1", as_of=DAY, **more):
    given = {"trades": 3, "notional_usd": Decimal(1000), "tax_usd": Decimal(500), "turnover_frac": Decimal("0.1"), "findings": ()}
    return Proposal(run_id, household_id, as_of, f"sha-{run_id}-{household_id}", **{**given, **more})


def run_of(*proposals, run_id="run-1", as_of=DAY, others=()):
    statuses = {each.household_id: "proposed" for each in proposals} | dict.fromkeys(others, "blocked")
    return RunProposals(run_id, as_of, tuple(replace(each, run_id=run_id, as_of=as_of) for each in proposals), statuses)


@pytest.fixture
def ledger(tmp_path):
    with open_ledger(tmp_path / "ledger.jsonl") as opened:
        yield opened


def states(ledger):
    return {key: each.state.value for key, each in standings(ledger.entries).items()}


def code(unusable):
    return unusable.value.findings[0].code


def test_without_a_word_from_the_firm_every_proposal_waits_for_a_person(ledger):
    done = submit(ledger, run_of(proposal("H1"), proposal("H2")), (), Operations(), NOW, "night")
    assert done.waiting == ("H1", "H2")
    assert states(ledger) == {("run-1", "H1"): "proposed", ("run-1", "H2"): "proposed"}


@pytest.mark.parametrize(
    ("rules", "more", "first", "words"),
    [
        ({"tax_above_usd": Decimal(400)}, {}, False, "tax of $500.00 is above $400"),
        ({"tax_above_usd": Decimal(500)}, {}, False, ""),
        ({"tax_above_usd": Decimal(400)}, {"tax_usd": None}, False, "its tax is not known"),
        ({"turnover_above_frac": Decimal("0.05")}, {}, False, "it moves more than 5 % of the household"),
        ({"first_rebalance": True}, {}, True, "the household was never rebalanced before"),
        ({"first_rebalance": False}, {}, True, ""),
        ({"findings": ("missing-basis",)}, {"findings": ("missing-basis",)}, False, "it has the finding missing-basis"),
    ],
)
def test_policy_says_what_needs_a_person(rules, more, first, words):
    needs = needs_of(proposal(**more), Approval(policy_approves=True, **{"first_rebalance": False, **rules}), is_first=first)
    assert needs == ((words,) if words else ())


def test_what_policy_approves_is_entered_in_its_name(ledger):
    submit(ledger, run_of(proposal("H1")), (), BY_POLICY, NOW, "night")
    (standing,) = standings(ledger.entries).values()
    assert (standing.state, standing.who) == (State.APPROVED, "policy")


def test_two_people_are_two_people(ledger):
    submit(ledger, run_of(proposal("H1")), (), Operations(approval=Approval(approvers=2)), NOW, "night")
    assert approve(ledger, ["H1"], "Ann", "", NOW)[0].state is State.PROPOSED
    with pytest.raises(FirmUnusable) as unusable:
        approve(ledger, ["H1"], "Ann", "", NOW)
    assert code(unusable) == "approved-already"
    assert approve(ledger, ["H1"], "Bob", "", NOW)[0].state is State.APPROVED


def test_approving_is_all_or_none_and_only_what_is_open(ledger):
    submit(ledger, run_of(proposal("H1")), (), Operations(), NOW, "night")
    with pytest.raises(FirmUnusable) as unusable:
        approve(ledger, ["H1", "H9"], "Ann", "", NOW)
    assert code(unusable) == "nothing-to-decide"
    assert states(ledger) == {("run-1", "H1"): "proposed"}
    with pytest.raises(FirmUnusable, match="is of run"):
        approve(ledger, ["H1"], "Ann", "", NOW, run_id="run-0")
    with pytest.raises(FirmUnusable, match="no person"):
        approve(ledger, ["H1"], "policy", "", NOW)


def test_a_rejection_has_a_reason(ledger):
    submit(ledger, run_of(proposal("H1")), (), Operations(), NOW, "night")
    with pytest.raises(FirmUnusable, match="no reason"):
        reject(ledger, ["H1"], "Ann", " ", NOW)
    assert reject(ledger, ["H1"], "Ann", "sells the house first", NOW)[0].state is State.REJECTED


def test_a_newer_run_supersedes_what_is_open_also_where_it_proposes_nothing(ledger):
    submit(ledger, run_of(proposal("H1"), proposal("H2")), (), Operations(), NOW, "night")
    submit(ledger, run_of(proposal("H1"), run_id="run-2", others=("H2",)), (), Operations(), NOW, "night")
    assert states(ledger) == {("run-1", "H1"): "superseded", ("run-1", "H2"): "superseded", ("run-2", "H1"): "proposed"}


def test_an_older_run_does_not_take_the_place_of_a_newer_one(ledger):
    submit(ledger, run_of(proposal("H1"), as_of=date(2026, 11, 23)), (), Operations(), LATER, "night")
    with pytest.raises(FirmUnusable) as unusable:
        submit(ledger, run_of(proposal("H1"), run_id="run-0"), (), Operations(), LATER, "night")
    assert code(unusable) == "older-run"


def test_the_same_run_again_changes_nothing(ledger):
    run = run_of(proposal("H1"))
    submit(ledger, run, (), Operations(), NOW, "night")
    count = len(ledger.entries)
    assert submit(ledger, run, (), Operations(), NOW, "night").was_there
    assert len(ledger.entries) == count


def test_old_prices_end_a_proposal_approved_or_not(ledger):
    submit(ledger, run_of(proposal("H1"), proposal("H2")), (), Operations(), NOW, "night")
    approve(ledger, ["H1"], "Ann", "", NOW)
    monday = Moment(NOW.at, date(2026, 11, 23))  # one trading day after the Friday
    assert expire(ledger, Operations(), monday) == []
    assert [each.household_id for each in expire(ledger, Operations(), LATER)] == ["H1", "H2"]
    assert set(states(ledger).values()) == {"expired"}


def orders_in(folder):
    found = []
    for page in sorted(folder.glob("*/orders/*/*.csv")):
        if page.name in {"orders.csv", "allocations.csv"}:
            with page.open(newline="") as file:
                found += [row["order_id"] for row in csv.DictReader(file) if row.get("order_id")]
    return found


@pytest.fixture
def desk(night, tmp_path):
    with open_ledger(tmp_path / "ledger.jsonl") as opened:
        run = read_run(night.runs / night.run_id)
        submit(opened, run, (), Operations(), NOW, "night")
        yield opened, run, night, tmp_path / "releases"


def test_only_what_was_approved_leaves_the_house_and_only_once(desk):
    ledger, run, night, releases = desk
    chosen = [each.household_id for each in run.proposals][:2]
    approve(ledger, chosen, "Ann", "", NOW)
    (done,) = release(ledger, night.firm, Operations(), night.runs, releases, "night", NOW)
    assert done.households == tuple(chosen)
    with (night.runs / night.run_id / "trades.csv").open(newline="") as page:
        wanted = sorted(row["trade_id"] for row in csv.DictReader(page) if row["household_id"] in chosen)
    assert sorted(orders_in(releases)) == wanted
    assert release(ledger, night.firm, Operations(), night.runs, releases, "night", NOW) == []
    approve(ledger, [run.proposals[2].household_id], "Ann", "", NOW)
    (second,) = release(ledger, night.firm, Operations(), night.runs, releases, "night", NOW)
    assert second.release_id != done.release_id
    assert len(orders_in(releases)) == len(set(orders_in(releases))) > len(wanted)


def test_a_run_that_was_touched_after_it_was_approved_is_not_released(desk, tmp_path):
    ledger, run, night, releases = desk
    approve(ledger, [run.proposals[0].household_id], "Ann", "", NOW)
    copy = tmp_path / "runs"
    shutil.copytree(night.runs, copy)
    page = copy / night.run_id / "trades.csv"
    text = page.read_text()
    page.write_text(text.replace(",SELL,", ",BUY,", 1) if ",SELL," in text else text.replace(",BUY,", ",SELL,", 1))
    with pytest.raises(FirmUnusable) as unusable:
        release(ledger, night.firm, Operations(), copy, releases, "night", NOW)
    assert code(unusable) == "proposal-changed"
    assert not releases.exists()


def test_data_that_was_corrected_voids_the_proposals_that_were_made_from_it(desk, tmp_path):
    ledger, run, night, releases = desk
    approve(ledger, [run.proposals[0].household_id], "Ann", "", NOW)
    firm = tmp_path / "firm"
    shutil.copytree(night.firm, firm)
    assert look_again(ledger, firm, Operations(), night.runs, NOW) == []
    (lots,) = (firm / "extracts").glob("*/*/lots.csv")
    lots.write_text(lots.read_text() + "\n")
    ended = look_again(ledger, firm, Operations(), night.runs, NOW)
    assert len(ended) == len(run.proposals)
    assert set(states(ledger).values()) == {"superseded"}
    assert "lots.csv" in standings(ledger.entries)[run.run_id, run.proposals[0].household_id].why
    assert release(ledger, firm, Operations(), night.runs, releases, "night", NOW) == []
