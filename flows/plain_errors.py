"""How a command ends that could not be done: a finding and exit code 2, never a traceback."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import typer

UNUSABLE = 2
"""Exit code of what could not be done at all."""


@contextmanager
def plain_errors() -> Iterator[None]:
    """Say what went wrong and what to do, and exit with code 2; a traceback goes to the log, never to the screen."""
    try:
        yield
    except Exception as error:
        from flows.log import keep_log, logger
        from flows.say import err, print_findings
        from flows.settings import LOG, unusable
        from validation.findings import FirmUnusable

        if isinstance(error, FirmUnusable):
            print_findings(err(), error.findings)
        elif isinstance(error, OSError) and error.strerror:
            place = f"{error.filename}: " if error.filename else ""
            print_findings(err(), unusable("no-room", f"{place}{error.strerror}", "nothing half-written stays behind").findings)
        else:
            keep_log()
            logger.exception("the command failed")
            err().print(f"error[internal]: Rooftree itself failed ({type(error).__name__}: {error})", markup=False)
            err().print(f"  = help: {LOG} holds the details", markup=False)
        raise typer.Exit(UNUSABLE) from None
    except BaseException as ending:
        if isinstance(ending, SystemExit | GeneratorExit):
            raise
        from flows.say import err

        err().print(
            "interrupted: nothing half-written stays behind; what a run had finished is picked up by the same command", markup=False
        )
        raise typer.Exit(UNUSABLE) from None
