"""Former names of securities: reference/aliases.csv says which name was whose, from when and until when (either may be open).

A ticker changes, a CUSIP is replaced, and custodians change at different days. The name leads to the security on its days only, so that
another company may carry it later. A name that cannot be told is used by nobody, and what was delivered under it stays unknown.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import combinations

from validation.codes import finding
from validation.findings import Finding, Place
from validation.marts import Marts

ALIASES = "reference/aliases.csv"


def alias_findings(marts: Marts) -> Iterator[Finding]:
    """What is wrong with the file, at its line."""
    known = set(marts.securities["symbol"])
    rows = [
        (alias, symbol, starts or date.min, until or date.max, line)
        for alias, symbol, starts, until, line in marts.aliases.select("alias", "symbol", "from", "until", "line").iter_rows()
    ]
    for alias, symbol, starts, until, line in rows:
        place = Place(ALIASES, line)
        if symbol not in known:
            yield finding("bad-alias", f"{alias} is said to be {symbol}, which stands in no row of securities.csv", place, subject=alias)
        elif alias in known:
            yield finding("bad-alias", f"{alias} is a security of its own in securities.csv, and no other's name", place, subject=alias)
        elif starts > until:
            yield finding("bad-alias", f"{alias} begins to be {symbol} after it ends", place, subject=alias)
    for first, second in combinations(rows, 2):
        if first[0] == second[0] and first[1] != second[1] and first[2] <= second[3] and second[2] <= first[3]:
            message = f"{first[0]} is {first[1]} and {second[1]} on the same days"
            yield finding("ambiguous-alias", message, Place(ALIASES, second[4]), subject=first[0])
