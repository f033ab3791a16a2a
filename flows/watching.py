"""The two watchers of a run: a bar on a terminal, plain lines where output goes to a file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from flows.progress import STAGES, Watcher


class Bar:
    """One line that names the stage and fills as households are done."""

    def __init__(self, progress: Progress) -> None:
        self.progress = progress
        self.task = progress.add_task("", total=None)

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


@contextmanager
def watching(console: Console) -> Iterator[Watcher]:
    """The watcher that suits the console, for the length of the body."""
    if not console.is_terminal:
        yield Lines(console)
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        yield Bar(progress)
