"""The term of a lot that is sold on a day; validation/holding_period counts the days as the law does."""

from __future__ import annotations

from datetime import date

from solver.outcome import Term
from validation.holding_period import long_term_from
from validation.household import Lot

__all__ = ["long_term_from", "term_of"]


def term_of(lot: Lot, sold: date) -> Term:
    """The lot's term if sold on `sold`. A lot without a date counts as short-term, the worse side for a gain;
    the gate freezes such lots in taxable accounts, so this only matters for what is shown."""
    counted_from = lot.holding_from or lot.acquired_date
    if counted_from is None:
        return Term.ST
    return Term.LT if sold >= long_term_from(counted_from) else Term.ST
