"""The two watchers of a run: a bar on a terminal, plain lines where output goes to a file; and the ear for Ctrl-C."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from flows.progress import STAGES, Nobody, Watcher


class Bar:
    """One line that names the stage and fills as households are done."""

    def __init__(self, progress: Progress) -> None:
        self.progress = progress
        self.task = progress.add_task(STAGES["start"], total=None)

    def stage(self, name: str, total: int = 0) -> None:
        """Begin the line again for this stage."""
        self.progress.reset(self.task, description=STAGES.get(name, name), total=total or None)

    def step(self) -> None:
        """Fill it a little."""
        self.progress.advance(self.task)


class Lines:
    """A line per stage, for logs."""

    def __init__(self, console: Console) -> None:
        self.console = console

    def stage(self, name: str, total: int = 0) -> None:
        """Print what begins."""
        self.console.print(STAGES.get(name, name) + (f" ({total})" if total else "") + " ...", markup=False)

    def step(self) -> None:
        """Too small for a log."""


class Interruptible:
    """A watcher that ends the run at its next step once a signal came. Raising in the signal's own handler is not enough:
    a library that is being imported at that moment turns the interrupt into an error of its own, and the run would go on."""

    def __init__(self, watcher: Watcher) -> None:
        self.watcher = watcher
        self.came = False

    def interrupt(self, number: int, frame: object) -> None:
        """The signal's handler."""
        self.came = True
        raise KeyboardInterrupt

    def stage(self, name: str, total: int = 0) -> None:
        """Begin a stage, unless the run is to end."""
        self._heed()
        self.watcher.stage(name, total)

    def step(self) -> None:
        """Count a step, unless the run is to end."""
        self._heed()
        self.watcher.step()

    def _heed(self) -> None:
        if self.came:
            raise KeyboardInterrupt


@contextmanager
def ended_by_signals(watcher: Watcher) -> Iterator[Watcher]:
    """The watcher, made to end the run at Ctrl-C and at a termination signal, so that nothing half-written stays."""
    heedful = Interruptible(watcher)
    before = {number: signal.signal(number, heedful.interrupt) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield heedful
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def watching(console: Console) -> Iterator[Watcher]:
    """The watcher that suits the console, for the length of the body."""
    if not console.is_terminal:
        yield Lines(console)
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        yield Bar(progress)


@contextmanager
def watching_on_a_terminal(console: Console) -> Iterator[Watcher]:
    """A bar on a terminal, and nothing elsewhere: for commands whose answer is what a person or a log wants to read."""
    if console.is_terminal:
        with watching(console) as bar:
            yield bar
    else:
        yield Nobody()
