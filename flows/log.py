"""Where tracebacks go: a file of the house, never a person's screen. Households appear by id, not by name."""

from __future__ import annotations

import json
import logging
import re
import traceback
from datetime import UTC, datetime

from flows.settings import LOG

logger = logging.getLogger("rooftree")


LONG_NUMBER = re.compile(r"\d{5,}(?=\d{3})")
"""All but the last three digits of what may be an account number."""


class OneLine(logging.Formatter):
    """A JSON object per line. Of an error its kind and the lines of code that it went through: its own words may quote a client."""

    def format(self, record: logging.LogRecord) -> str:
        """One line, without the line's end."""
        page: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"), "level": record.levelname.lower(),
            "process": record.process, "message": LONG_NUMBER.sub("...", record.getMessage()),
        }  # fmt: skip
        if record.exc_info and record.exc_info[0] is not None:
            page["error"] = record.exc_info[0].__name__
            page["trace"] = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(record.exc_info[2])]
        return json.dumps(page)


def keep_log() -> None:
    """Send this process's `rooftree` log to .rooftree/rooftree.log, made when the first line is written."""
    if any(isinstance(handler, logging.FileHandler | logging.NullHandler) for handler in logger.handlers):
        return
    logger.propagate = False
    try:
        LOG.parent.mkdir(parents=True, exist_ok=True)
        kept: logging.Handler = logging.FileHandler(LOG, delay=True, encoding="utf-8")
    except OSError:
        kept = logging.NullHandler()
    kept.setFormatter(OneLine())
    logger.addHandler(kept)
