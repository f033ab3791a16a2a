import os
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.batches import hands as hands_room
from flows.batches.hand_over import publish, read_questions
from flows.batches.hands import do
from flows.batches.merge import Merger
from flows.batches.record_table import read_records, write_records
from flows.batches.watchdog import HouseholdTookTooLong, watched
from flows.batches.work import Ground, Task, key, work, work_in_a_worker
from flows.batches.workplace import workplace
from flows.crew import Crew
from flows.ingest import ingest
from flows.orders.desk import Desk
from flows.questions import questions_of
from flows.rebalance import read_policy
from flows.record import versions, versions_sha256
from rules.tax import load_tax_year
from solver.outcome import Status
from templates.render import RunFacts
from tests.bench.book import write_book
from validation.findings import Finding, FirmUnusable, Place, Scope, Severity
from validation.gate import gate

HOUSEHOLDS = 6


@dataclass(frozen=True)
class Book:
    """A small book, checked and handed over, and the ground that its batches stand on."""

    ground: Ground
    tasks: list[Task]
    book: object
    remarks: list[Finding]


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    place = tmp_path_factory.mktemp("batches")
    firm = write_book(place / "firm", HOUSEHOLDS)
    landed = ingest(firm, None, place / "warehouse.duckdb")
    book = gate(landed.marts, landed.as_of)
    policy, remarks = read_policy(firm, landed.as_of)
    (place / "results").mkdir()
    facts = RunFacts("0123456789abcdef", landed.as_of, "Fielding")
    tax_year = load_tax_year(landed.as_of.year)
    ground = Ground(
        "0123456789abcdef", versions_sha256(versions()), landed.as_of, policy, tax_year, book.book.pricing, facts, Desk(), False,
        place / "results",
    )  # fmt: skip
    buckets = publish(book, remarks, place / "buckets")
    return Book(ground, [Task(bucket, bucket.household_ids) for bucket in buckets], book, remarks)


def fresh(desk, tmp_path):
    (tmp_path / "results").mkdir()
    return replace(desk.ground, results=tmp_path / "results")


def endings(ground, done):
    return {each.household_id: each.status for each in Merger([ground.results / one.key for one in done]).endings()}


def test_a_bucket_gives_back_the_very_households_that_went_in(desk):
    handed = [question for task in desk.tasks for question in read_questions(task.bucket, desk.ground.as_of, desk.ground.pricing)]
    assert handed == [question() for question in questions_of(desk.book, desk.remarks)]


def test_a_batch_whose_results_stand_is_not_done_again(desk, tmp_path):
    ground, task = fresh(desk, tmp_path), desk.tasks[0]
    first = work(ground, task)
    made = (ground.results / first.key / "statistics.parquet").stat().st_mtime_ns
    again = work(ground, task)
    assert (first.was_there, again.was_there) == (False, True)
    assert (ground.results / again.key / "statistics.parquet").stat().st_mtime_ns == made


def test_results_of_another_run_or_of_other_pages_are_never_taken_for_these(desk):
    ground, task = desk.ground, desk.tasks[0]
    others = [replace(ground, run_id="f" * 16), replace(ground, pdf=True)]
    keys = {key(ground, task), *(key(each, task) for each in others), key(ground, replace(task, given_up=True))}
    assert len(keys) == 4


def test_a_half_written_batch_is_no_result(desk, tmp_path, monkeypatch):
    ground, task = fresh(desk, tmp_path), desk.tasks[0]

    def breaks(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("flows.batches.work.Pile.write", breaks)
    with pytest.raises(OSError, match="No space"):
        work(ground, task)
    assert not (ground.results / key(ground, task)).exists()
    monkeypatch.undo()
    assert not work(ground, task).was_there


def test_a_worker_with_other_code_works_for_nobody(desk, tmp_path):
    with pytest.raises(FirmUnusable, match="other code"):
        work(replace(fresh(desk, tmp_path), versions_sha256="0" * 64), desk.tasks[0])


def dies_of(guilty, ground, task):
    """A worker that a household kills, however often it is asked; its work on the others is real."""
    if guilty in task.household_ids and not task.given_up:
        (ground.results / f".{key(ground, task)}.now").write_text(guilty)
        os._exit(11)
    return work_in_a_worker(ground, task)


def test_a_household_that_kills_its_worker_fails_alone(desk, tmp_path, monkeypatch):
    ground = fresh(desk, tmp_path)
    guilty = desk.tasks[0].household_ids[0]
    monkeypatch.setattr(hands_room, "work_in_a_worker", partial(dies_of, guilty))
    crew = Crew(2)
    try:
        done = [part for task in desk.tasks[:2] for part in do(crew, ground, task)]
    finally:
        crew.close()
    statuses = endings(ground, done)
    assert statuses.pop(guilty) is Status.FAILED
    assert statuses
    assert Status.FAILED not in statuses.values()
    told = [each for each in Merger([ground.results / one.key for one in done]).findings() if each.code == "household-failed"]
    assert [each.household_id for each in told] == [guilty]
    assert "WorkerDied" in told[0].message


def dies_once(marker, ground, task):
    if not Path(marker).exists():
        Path(marker).touch()
        os._exit(9)
    return work_in_a_worker(ground, task)


def test_a_worker_that_dies_once_costs_nothing_but_time(desk, tmp_path, monkeypatch):
    ground = fresh(desk, tmp_path)
    monkeypatch.setattr(hands_room, "work_in_a_worker", partial(dies_once, str(tmp_path / "died")))
    crew = Crew(1)
    try:
        done = do(crew, ground, desk.tasks[0])
    finally:
        crew.close()
    assert Status.FAILED not in endings(ground, done).values()


def test_a_run_that_is_being_made_is_not_made_twice_at_once(tmp_path):
    with (
        workplace(tmp_path / "run", "abc"),
        pytest.raises(FirmUnusable, match=f"process {os.getpid()} on"),
        workplace(tmp_path / "run", "abc"),
    ):
        pass


def test_a_run_that_broke_keeps_its_batches_and_one_without_batches_keeps_nothing(tmp_path):
    with pytest.raises(KeyboardInterrupt), workplace(tmp_path / "run", "abc") as place:
        (place.results / "deadbeef").mkdir()
        raise KeyboardInterrupt
    assert [each.name for each in (tmp_path / ".run.work" / "results").iterdir()] == ["deadbeef"]
    assert not (tmp_path / ".run.work" / "buckets").exists()
    with workplace(tmp_path / "run", "abc") as place:
        assert [each.name for each in place.finished] == ["deadbeef"]
    assert not (tmp_path / ".run.work").exists()
    with pytest.raises(KeyboardInterrupt), workplace(tmp_path / "run", "abc"):
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


def test_a_household_that_never_ends_is_ended():
    with pytest.raises(HouseholdTookTooLong), watched(0.05):
        while True:
            pass


def test_a_household_within_its_time_is_left_alone():
    with watched(30.0):
        assert sum(range(1000)) == 499_500


texts = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=20)
findings = st.builds(
    Finding, texts, st.sampled_from(Severity), st.sampled_from(Scope), texts, texts, st.builds(Place, texts, st.integers(0, 9)), texts,
    texts, texts, st.none() | st.decimals(allow_nan=False, allow_infinity=False),
)  # fmt: skip


@given(st.lists(findings, max_size=5))
def test_records_come_back_from_parquet_as_they_went(tmp_path_factory, records):
    path = tmp_path_factory.mktemp("records") / "findings.parquet"
    write_records(path, Finding, records)
    back = list(read_records(path, Finding))
    assert back == records
    assert [str(each.at_stake_usd) for each in back] == [str(each.at_stake_usd) for each in records]


@dataclass(frozen=True)
class Odd:
    """One of each type that a record may hold."""

    amount: Decimal
    day: date | None
    yes: bool
    count: int
    status: Status


def test_every_type_of_a_record_is_read_as_itself(tmp_path):
    odd = Odd(Decimal("1.10"), None, False, -3, Status.NOT_DUE)
    write_records(tmp_path / "odd.parquet", Odd, [odd])
    assert list(read_records(tmp_path / "odd.parquet", Odd)) == [odd]
