"""People, policy, the calendar, custodians and deaths in any order, with real run folders and real order files: nothing leaves without
an approval, nothing twice, nothing on data that does not know what left before; and the chain holds throughout."""

from __future__ import annotations

import shutil
import tempfile
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from flows.approvals.desk import Moment, approve, never_rebalanced, reject, submit
from flows.approvals.ledger import open_ledger, read_entries
from flows.approvals.proposals import read_run
from flows.approvals.release import look_again, release
from flows.approvals.states import POLICY, State, standings
from flows.operations import Approval, Operations, Prices
from tests.flows.approvals.made_run import deliver, made_firm, made_run, order_id, orders_in
from validation.findings import FirmUnusable

HOUSEHOLDS = ("H1", "H2", "H3")
DAY = date(2026, 11, 18)
STRICT = Operations(prices=Prices(expire_after_trading_days=2))
LENIENT = Operations(approval=Approval(policy_approves=True, first_rebalance=False), prices=Prices(expire_after_trading_days=2))
TWO = Operations(approval=Approval(approvers=2), prices=Prices(expire_after_trading_days=2))
names = st.sets(st.sampled_from(HOUSEHOLDS), min_size=1)


def moment(day: date) -> Moment:
    return Moment(datetime(day.year, day.month, day.day, 21, tzinfo=UTC), day)


class Office(RuleBasedStateMachine):
    @initialize()
    def begin(self):
        self.place = Path(tempfile.mkdtemp(prefix="rooftree-office-"))
        self.firm = made_firm(self.place / "firm", HOUSEHOLDS)
        self.runs, self.releases = self.place / "runs", self.place / "releases"
        self.day, self.number, self.delivered = DAY, 0, 0
        self.rules = STRICT
        self.deliver()

    def deliver(self):
        self.delivered += 1
        deliver(self.firm, self.day, f"delivery {self.delivered}\n")

    def opened(self):
        return open_ledger(self.place / "ledger.jsonl")

    @rule(rules=st.sampled_from([STRICT, LENIENT, TWO]))
    def policy_changes(self, rules):
        self.rules = rules

    @rule(chosen=names)
    def submits(self, chosen):
        self.number += 1
        run = made_run(self.runs, f"run-{self.number}", self.firm, self.day, dict.fromkeys(chosen, self.number))
        with self.opened() as ledger:
            submit(ledger, read_run(run), never_rebalanced(self.firm), self.rules, moment(self.day), "night")

    @rule(name=st.sampled_from(HOUSEHOLDS), who=st.sampled_from(["Ann", "ann ", "Bob"]), yes=st.booleans())
    def decides(self, name, who, yes):
        with self.opened() as ledger:
            look_again(ledger, self.firm, self.rules, self.runs, moment(self.day))
            try:
                (approve if yes else reject)(ledger, [name], who, "because", moment(self.day))
            except FirmUnusable:
                return

    @rule()
    def sleeps(self):
        self.day += timedelta(days=1)
        self.deliver()

    @rule()
    def custodian_corrects(self):
        self.deliver()

    @rule()
    def releases_orders(self):
        with self.opened() as ledger:
            release(ledger, self.firm, self.rules, self.runs, self.releases, "night", moment(self.day))

    @rule(chosen=names)
    def night_without_people(self, chosen):
        self.rules = LENIENT
        self.submits(chosen)
        self.releases_orders()

    @rule(where=st.sampled_from(["flows.approvals.release.appearing", "flows.approvals.release.write_orders"]))
    def dies_while_it_releases(self, where):
        with self.opened() as ledger, patch(where, side_effect=KeyboardInterrupt):
            try:
                release(ledger, self.firm, self.rules, self.runs, self.releases, "night", moment(self.day))
            except KeyboardInterrupt:
                return

    @invariant()
    def holds(self):
        if not hasattr(self, "place"):
            return
        entries = read_entries(self.place / "ledger.jsonl")
        found = standings(entries)
        released = {key for key, each in found.items() if each.state is State.RELEASED}
        assert orders_in(self.releases) == sorted(order_id(*key) for key in released)
        approved = {tuple(key) for entry in entries if entry.event == "approved" for key in entry.said["proposals"]}
        assert released <= approved
        for each in found.values():
            people = {name.strip().casefold() for name in each.approved_by if name != POLICY}
            assert len(people) == len([name for name in each.approved_by if name != POLICY])
            if each.state in (State.RELEASED, State.RELEASING) and POLICY not in each.approved_by:
                assert len(people) >= each.approvers
        for name in HOUSEHOLDS:
            mine = sorted((each for each in found.values() if each.household_id == name and each.left_on), key=lambda each: each.as_of)
            assert all(later.as_of > earlier.as_of and later.as_of >= earlier.left_on for earlier, later in pairwise(mine))
        still_open = [each.household_id for each in found.values() if each.state.is_open]
        assert len(still_open) == len(set(still_open))

    def teardown(self):
        if hasattr(self, "place"):
            shutil.rmtree(self.place, ignore_errors=True)


Office.TestCase.settings = settings(
    max_examples=20, stateful_step_count=25, deadline=None, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow]
)
TestOffice = Office.TestCase


@pytest.fixture
def firm(tmp_path):
    firm = made_firm(tmp_path / "firm", HOUSEHOLDS)
    deliver(firm, DAY, "delivery\n")
    return firm


@pytest.fixture
def ledger(tmp_path):
    with open_ledger(tmp_path / "ledger.jsonl") as opened:
        yield opened


def submitted(ledger, run, rules=STRICT, day=DAY):
    return submit(ledger, read_run(run), (), rules, moment(day), "night")


def released(ledger, firm, tmp_path, rules=STRICT, day=DAY):
    return release(ledger, firm, rules, tmp_path / "runs", tmp_path / "releases", "night", moment(day))


def test_the_same_day_is_not_traded_on_twice(tmp_path, firm, ledger):
    submitted(ledger, made_run(tmp_path / "runs", "run-1", firm, DAY, {"H1": 5}))
    approve(ledger, ["H1"], "Ann", "", moment(DAY))
    assert len(released(ledger, firm, tmp_path)) == 1
    again = submitted(ledger, made_run(tmp_path / "runs", "run-2", firm, DAY, {"H1": 6, "H2": 6}))
    assert (again.blind, again.waiting) == (("H1",), ("H2",))
    with pytest.raises(FirmUnusable):
        approve(ledger, ["H1"], "Ann", "", moment(DAY))


def test_data_of_before_the_release_does_not_know_what_left(tmp_path, firm, ledger):
    submitted(ledger, made_run(tmp_path / "runs", "run-1", firm, DAY, {"H1": 5}))
    approve(ledger, ["H1"], "Ann", "", moment(DAY))
    friday, monday = DAY + timedelta(days=2), DAY + timedelta(days=5)
    assert len(released(ledger, firm, tmp_path, day=friday)) == 1
    for day in (DAY + timedelta(days=1), friday):
        deliver(firm, day, "delivery\n")
    thursdays = submitted(ledger, made_run(tmp_path / "runs", "run-2", firm, DAY + timedelta(days=1), {"H1": 6}), day=monday)
    assert thursdays.blind == ("H1",)
    assert submitted(ledger, made_run(tmp_path / "runs", "run-3", firm, friday, {"H1": 7}), day=monday).waiting == ("H1",)


def test_orders_that_were_changed_after_the_approval_do_not_leave(tmp_path, firm, ledger):
    runs = tmp_path / "runs"
    submitted(ledger, made_run(runs, "run-1", firm, DAY, {"H1": 5}))
    approve(ledger, ["H1"], "Ann", "", moment(DAY))
    other = made_run(tmp_path / "other", "run-1", firm, DAY, {"H1": 5_000})
    shutil.copy(other / "drafts" / "orders.parquet", runs / "run-1" / "drafts" / "orders.parquet")
    with pytest.raises(FirmUnusable) as unusable:
        released(ledger, firm, tmp_path)
    assert unusable.value.findings[0].code == "proposal-changed"
    assert not (tmp_path / "releases").exists()


def test_a_policy_that_grew_stricter_takes_back_what_it_approved(tmp_path, firm, ledger):
    submitted(ledger, made_run(tmp_path / "runs", "run-1", firm, DAY, {"H1": 5, "H2": 5}), LENIENT)
    assert released(ledger, firm, tmp_path, STRICT) == []
    assert {each.state for each in standings(ledger.entries).values()} == {State.PROPOSED}
    approve(ledger, ["H2"], "Ann", "", moment(DAY))
    (done,) = released(ledger, firm, tmp_path, STRICT)
    assert done.households == ("H2",)


def test_one_more_person_is_asked_for_where_the_firm_now_wants_two(tmp_path, firm, ledger):
    submitted(ledger, made_run(tmp_path / "runs", "run-1", firm, DAY, {"H1": 5}))
    approve(ledger, ["H1"], "Ann", "", moment(DAY))
    assert released(ledger, firm, tmp_path, TWO) == []
    with pytest.raises(FirmUnusable):
        approve(ledger, ["H1"], "ANN", "", moment(DAY))
    approve(ledger, ["H1"], "Bob", "", moment(DAY))
    assert len(released(ledger, firm, tmp_path, TWO)) == 1


def test_a_lost_ledger_does_not_let_the_same_orders_leave_again(tmp_path, firm, ledger):
    run = made_run(tmp_path / "runs", "run-1", firm, DAY, {"H1": 5, "H2": 5})
    submitted(ledger, run, LENIENT)
    assert len(released(ledger, firm, tmp_path, LENIENT)) == 1
    with open_ledger(tmp_path / "another.jsonl") as other:
        submitted(other, run)
        approve(other, ["H2"], "Ann", "", moment(DAY))
        with pytest.raises(FirmUnusable) as unusable:
            released(other, firm, tmp_path)
    assert unusable.value.findings[0].code == "ledger-lost"
    assert orders_in(tmp_path / "releases") == ["run-1-H1-VTI-SELL", "run-1-H2-VTI-SELL"]
