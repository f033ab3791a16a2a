"""When a holding period turns long-term, as the law counts it (26 U.S.C. § 1222; Rev. Rul. 66-7).

The holding period begins the day after acquisition. A sale is long-term from the same month and day one year after
that beginning; 1 March stands in where the day does not exist. Never "365 days".
"""

from __future__ import annotations

from datetime import date, timedelta


def long_term_from(acquired: date) -> date:
    """The first sale date that is long-term for shares acquired on `acquired`."""
    start = acquired + timedelta(days=1)
    try:
        return start.replace(year=start.year + 1)
    except ValueError:  # 29 February has no counterpart next year
        return date(start.year + 1, 3, 1)
