"""How long a lot was held, as the law counts it (26 U.S.C. § 1222; Rev. Rul. 66-7).

The holding period begins the day after acquisition. A sale is long-term from the same month and day one year after
that beginning; 1 March stands in where the day does not exist. Never "365 days".
"""

from __future__ import annotations

from datetime import date, timedelta

from solver.outcome import Term
from validation.household import Lot


def long_term_from(acquired: date) -> date:
    """The first sale date that is long-term for shares acquired on `acquired`."""
    start = acquired + timedelta(days=1)
    try:
        return start.replace(year=start.year + 1)
    except ValueError:  # 29 February has no counterpart next year
        return date(start.year + 1, 3, 1)


def term_of(lot: Lot, sold: date) -> Term:
    """The lot's term if sold on `sold`. A lot without a date counts as short-term, the worse side for a gain;
    the gate freezes such lots in taxable accounts, so this only matters for what is shown."""
    counted_from = lot.holding_from or lot.acquired_date
    if counted_from is None:
        return Term.ST
    return Term.LT if sold >= long_term_from(counted_from) else Term.ST
