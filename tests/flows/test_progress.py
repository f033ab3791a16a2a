import contextlib
import io
import os
import signal

import pytest
from rich.console import Console

from flows.progress import CLOCK, Clock, clock_of_this_run
from flows.watching import ended_by_signals, watching


class Kept:
    def __init__(self):
        self.seen = []

    def stage(self, name, total=0):
        self.seen.append((name, total))

    def step(self):
        self.seen.append("step")


def test_a_clock_counts_by_stage_and_tells_its_watcher():
    watcher = Kept()
    clock = Clock(watcher)
    with clock.stage("decide", 2) as told:
        told.step()
    with clock.stage("decide"):
        pass
    assert watcher.seen == [("decide", 2), "step", ("decide", 0)]
    assert list(clock.seconds) == ["decide"]
    assert clock.seconds["decide"] >= 0


def test_a_run_that_nobody_watches_has_a_clock_of_its_own():
    CLOCK.set(None)  # another test may have run a command in this process
    with clock_of_this_run().stage("gate") as told:
        told.step()


def test_a_log_gets_one_line_per_stage():
    page = io.StringIO()
    with watching(Console(file=page, width=80)) as watcher:
        watcher.stage("gate")
        watcher.stage("decide", 18)
        watcher.step()
    assert page.getvalue().splitlines() == ["Checking data ...", "Rebalancing households (18) ..."]


def test_a_terminal_gets_a_bar():
    page = io.StringIO()
    with watching(Console(file=page, width=100, force_terminal=True)) as watcher:
        watcher.stage("decide", 2)
        watcher.step()
    assert "Rebalancing households" in page.getvalue()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_that_a_library_swallows_still_ends_the_run(number):
    before = signal.getsignal(number)
    with ended_by_signals(Kept()) as watcher:
        with contextlib.suppress(KeyboardInterrupt):  # as an import does that is interrupted half-way
            os.kill(os.getpid(), number)
        with pytest.raises(KeyboardInterrupt):
            watcher.step()
        with pytest.raises(KeyboardInterrupt):
            watcher.stage("record")
    assert signal.getsignal(number) is before
