"""Numbers, lists and dates in plain words: the one voice of `describe()`, `rules show`, `rules diff` and the pages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

WORDS = {
    "us": "US", "intl": "international", "muni": "municipal", "em": "emerging-market", "tips": "TIPS", "ira": "IRA", "hsa": "HSA",
    "reit": "real estate", "reits": "real estate", "bond": "bonds", "stock": "stocks",
}  # fmt: skip
"""How the short words of names are said: asset classes are spoken of in the plural."""
TREATMENTS = {"taxable": "taxable", "tax_deferred": "tax-deferred", "tax_exempt": "tax-exempt"}


def dollars(amount: Decimal) -> str:
    """$25,000, or $25.50 where there are cents."""
    return f"${amount:,.0f}" if amount == amount.to_integral_value() else f"${amount:,.2f}"


def plain(number: Decimal) -> str:
    """A number without trailing zeros or exponent."""
    text = f"{number:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def percent(frac: Decimal) -> str:
    """0.035 as `3.5 %`."""
    return f"{plain(frac * 100)} %"


def listed(words: Iterable[str], last: str = "and") -> str:
    """`a`, `a and b`, `a, b and c`."""
    words = list(words)
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}" if words else "none"


def few(words: Sequence[str], most: int = 6) -> str:
    """The first few, with a count of what was left out."""
    shown = list(words[:most])
    return listed(shown) if len(words) <= most else f"{', '.join(shown)} +{len(words) - most} more"


def noun(name: str) -> str:
    """An asset class or an enumeration word for people: `us_equity` as `US equity`."""
    return TREATMENTS.get(name, " ".join(WORDS.get(word, word) for word in name.split("_")))


def nouns(names: Iterable[str], last: str = "and") -> str:
    """Several, joined as in a sentence."""
    return listed((noun(name) for name in names), last)


def count(number: int, thing: str) -> str:
    """`1 day`, `30 days`."""
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"


def days_between(first: date | None, last: date | None) -> str:
    """A stretch of days, both ends included; `always` without ends."""
    if first and last:
        return f"from {first} until {last}"
    if first:
        return f"from {first}"
    return f"until {last}" if last else "always"
