"""What the independent check's verdicts mean, for `rules explain`. Each holds its household back until a person looks.

A verdict on a proposal is not the user's mistake: it says that the house itself proposed what it must not, and caught it.
The tax codes stand here too: they say that the law of a year or a state is not known.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

VERDICTS: Mapping[str, str] = MappingProxyType(
    {
        "breach-account-mix": "an account would hold more or less of a class or security than an `account_mix` rule allows",
        "breach-bracket-ceiling": "a taxpayer would be lifted above a ceiling of a `bracket_ceiling` rule",
        "breach-cash-floor": "less free cash would be left than a `cash` rule asks",
        "breach-cash-mode": "a sale stands in a run that only invests, or a purchase in one that only raises cash",
        "breach-cash-order": "a cash order is not booked or reserved in full, or something is paid that nobody ordered",
        "breach-concentration": "one security, issuer or identity group would weigh more than a `concentration` rule allows",
        "breach-duplicate-lot": "a sale names the same lot twice",
        "breach-duplicate-trade": "an account has two orders of one security on one side",
        "breach-forced-harvest": "fewer losses would be taken than a `harvest` rule forces, although there are more to take",
        "breach-fractional-shares": "a fraction of a security that trades in whole shares is ordered, and not to close the position",
        "breach-frozen-lot": "a lot is sold although a finding froze it",
        "breach-frozen-position": "a security is traded although it is frozen in the account",
        "breach-frozen-security": "a security is traded although it is frozen everywhere, or has no price",
        "breach-gain-budget": "the year's gains, or the tax on them, would pass a `gain_budget`",
        "breach-harvest-cap": "more losses would be taken than a `harvest` rule allows",
        "breach-hold-range": "a holding would leave the range of a `restraint`",
        "breach-holdings": "the holdings after the run are not those before, plus trades, plus booked orders",
        "breach-lot-figures": "a lot's proceeds, gain, term, unit cost or date is not what the lot and the price give",
        "breach-lots-do-not-foot": "the lots of a sale do not sum to its quantity",
        "breach-lots-of-a-purchase": "a purchase names lots",
        "breach-missing-bar": "a loss is taken without saying until when, and where, nothing like it may be bought",
        "breach-negative-cash": "an account would end with less cash than nothing",
        "breach-never-pair": "a class would be bought in an account that a `location` rule keeps it out of",
        "breach-oversold-lot": "more shares of a lot are sold than it holds",
        "breach-price": "a trade is not at the run's price",
        "breach-quantity": "a trade has no positive quantity",
        "breach-relief-method": "lots of an untaxed account do not leave by its relief method",
        "breach-reserved-cash": "cash that a later order or set-aside keeps would be spent",
        "breach-restraint": "something is sold or bought that a `restraint` forbids",
        "breach-round-trip": "an account buys and sells the same security on one day",
        "breach-short-sale": "more shares would be sold than the account holds",
        "breach-trade-count": "more trades are made than a `trade_size` rule allows",
        "breach-trade-figures": "a trade's notional, spread, ticket or net cash is not what its shares and the price give",
        "breach-trade-size": "a trade is smaller than a `trade_size` rule allows, and does not close its position",
        "breach-turnover": "more would move than a `turnover` rule allows",
        "breach-undecided-trades": "trades stand beside an outcome that does not propose any",
        "breach-unknown-account": "an account appears that the household does not have",
        "breach-unknown-lot": "a lot is sold that the account does not hold",
        "breach-unknown-security": "a security appears that the household does not know",
        "breach-untraded-account": "a locked or excluded account is traded",
        "breach-wash-figures": "what of a loss is said to be disallowed is not what matching it with its replacements gives",
        "breach-wash-sale": "a loss is taken that a purchase within 30 days, before or after, would wash",
        "missing-tax-year": "the tax parameters have no values for the year of the as-of date; a year is never carried forward",
        "unknown-tax-state": "the tax parameters do not have a taxpayer's state for the year",
    }
)
"""Code → what happened, as a clause."""

_CURES = {
    "missing-tax-year": "Add the year, with its sources, to every file under rules/tax/us/federal. The run cannot be made before.",
    "unknown-tax-state": "Correct `state` in taxpayers.csv, or add a file for the state under rules/tax/us/states. The household waits.",
}
_HELD_BACK = "The household's trades are held back, and its status is `failed`. Report it with the run folder: the same inputs repeat it."


def verdict_page(code: str) -> str | None:
    """The page of a verdict, as Markdown; None where no verdict has that code."""
    meaning = VERDICTS.get(code)
    if meaning is None:
        return None
    return f"# {code}\n\n{meaning[:1].upper()}{meaning[1:]}.\n\n**Prefer.** {_CURES.get(code, _HELD_BACK)}\n"
