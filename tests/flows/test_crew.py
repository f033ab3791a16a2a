import os
import time

import pytest

from flows.crew import Crew, WorkerDied, crew


def square(number):
    return number * number


def own_process(_):
    return os.getpid()


def breaks(number):
    if number == 3:
        raise ValueError("three")
    return number


def test_little_work_stays_in_this_process():
    with crew(None) as hands:
        assert list(hands.map(own_process, range(10), 0.01)) == [os.getpid()] * 10
        assert hands.pool is None


def test_one_worker_means_this_process_however_much_there_is():
    with crew(1) as hands:
        assert list(hands.map(own_process, range(3), 100)) == [os.getpid()] * 3


def test_shared_work_comes_back_in_the_order_of_the_questions():
    with crew(2) as hands:
        hands.get_ready(os.getpid)
        assert list(hands.map(square, range(40), 0.05)) == [number * number for number in range(40)]
        assert os.getpid() not in set(hands.map(own_process, range(4), 1))


def test_what_breaks_in_a_worker_breaks_here():
    with pytest.raises(ValueError, match="three"), crew(2) as hands:
        list(hands.map(breaks, range(10), 1))


def test_much_work_is_worth_a_crew_and_few_seconds_are_not():
    hands = Crew(None)
    hands.size = 2
    assert hands.is_worth(10)
    assert not hands.is_worth(1)


def dies(_):
    os._exit(3)


def test_a_worker_that_dies_is_told_and_another_takes_its_place():
    hands = Crew(2)
    try:
        with pytest.raises(WorkerDied):
            hands.call(dies, 1)
        assert hands.call(square, 5) == 25
    finally:
        hands.close()


def sleeps(seconds):
    time.sleep(seconds)


def test_when_the_body_breaks_nobody_waits_for_what_workers_are_at():
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt), crew(2) as hands:
        hands.get_ready(os.getpid)
        hands.call(square, 1)
        hands._pool().submit(sleeps, 60)
        raise KeyboardInterrupt
    assert time.monotonic() - began < 30


def test_processes_that_did_their_share_are_relieved():
    hands = Crew(1, calls_per_process=2)
    hands.size = 1
    try:
        pids = [hands.call(own_process, number) for number in range(5)]
    finally:
        hands.close()
    assert pids[0] == pids[1] != pids[2] == pids[3] != pids[4]
