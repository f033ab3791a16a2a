"""How many trading days of the New York Stock Exchange lie between two dates."""

from __future__ import annotations

import warnings
from bisect import bisect_right
from datetime import date, timedelta
from functools import lru_cache

import exchange_calendars

WINDOW_DAYS = 400
"""How far back sessions are counted; what is older counts as that old."""


def trading_days_between(earlier: date, later: date) -> int:
    """Sessions after `earlier` up to and including `later`; 0 where `earlier` is not before `later`.

    A Friday's close is one trading day old on Monday, and none on the Saturday between.
    """
    if earlier >= later:
        return 0
    sessions = _sessions(later)
    return len(sessions) - bisect_right(sessions, earlier)


@lru_cache(maxsize=16)
def _sessions(until: date) -> tuple[date, ...]:
    start = until - timedelta(days=WINDOW_DAYS)
    with warnings.catch_warnings():
        # The calendar's own use of pandas; nothing that a caller could change.
        warnings.simplefilter("ignore")
        calendar = exchange_calendars.get_calendar("XNYS", start=start.isoformat(), end=until.isoformat())
        return tuple(session.date() for session in calendar.sessions)
