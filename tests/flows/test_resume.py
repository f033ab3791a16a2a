"""Killed at random moments, the same command goes on where it died and ends with the bytes of an undisturbed run.
`python -m tests.bench.deaths` does this fifty times."""

from flows.replay import compared
from tests.bench.book import write_book
from tests.bench.deaths import die, finished_batches, start


def test_a_run_that_was_killed_goes_on_and_ends_with_the_same_bytes(tmp_path):
    write_book(tmp_path / "book", 24)
    assert start(tmp_path, "calm").wait() in (0, 1)
    told = die(tmp_path, deaths=3, seed=5, longest=7.0)
    assert told["run"] + told["worker"] == 3
    assert list(compared(tmp_path / "calm", tmp_path / "struck")) == []
    assert finished_batches(tmp_path, "struck") == 0
    assert [path.name for path in tmp_path.iterdir() if path.name.endswith((".work", ".part"))] == []
