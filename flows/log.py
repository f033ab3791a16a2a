"""Where tracebacks go: a file of the house, never a person's screen. Households appear by id, not by name."""

from __future__ import annotations

import logging

from flows.settings import LOG

logger = logging.getLogger("rooftree")


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
    kept.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    logger.addHandler(kept)
