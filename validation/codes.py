"""Every finding that the data floors make: how bad it is, what it holds back, and what cures it.

The effect follows from severity and scope, and from nothing else:

    error at scope household    the household is blocked: no trades, value as far as it is known
    error at scope file         every household with an account at that custodian is blocked (the delivery)
    error at scope security     the security is frozen: everywhere, or in the account that the subject names
    error at scope lot          the lot is frozen: held, counted, never sold
    error at scope account, row nothing of a household is held back: what it speaks of belongs to no household
    warning, note               nothing is held back
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType

from validation.findings import NOWHERE, Finding, Place, Scope, Severity


@dataclass(frozen=True, slots=True)
class Code:
    """One kind of finding of the gate. `may_be_waived`: a person may lift its effect for a while (waivers.csv), because a
    person can know better than the data: the total that was misstated, the price that is right though old. What decides a
    tax, like a basis, is corrected where it comes from and never waived."""

    severity: Severity
    scope: Scope
    help: str
    may_be_waived: bool = False


E, W, N = Severity.ERROR, Severity.WARNING, Severity.NOTE
LOT, SECURITY, ACCOUNT, HOUSEHOLD, FILE, ROW = Scope.LOT, Scope.SECURITY, Scope.ACCOUNT, Scope.HOUSEHOLD, Scope.FILE, Scope.ROW

CODES: Mapping[str, Code] = MappingProxyType(
    {
        # lots
        "missing-basis": Code(E, LOT, "the lot can be sold once the custodian reports its cost, or the client documents it"),
        "zero-basis": Code(E, LOT, "custodians restate such lots later; the lot can be sold once somebody confirms a real cost"),
        "negative-basis": Code(E, LOT, "no purchase costs less than nothing; the custodian can restate the lot"),
        "undated-lot": Code(
            E, LOT, "without an acquisition date the gain is neither short-term nor long-term; the custodian can supply it"
        ),
        "acquired-after-as-of": Code(E, LOT, "the acquisition date lies after the statement's; the custodian can correct it"),
        "duplicate-lot-id": Code(W, LOT, "lot ids are unique within an account's security; the second one got a suffix"),
        "empty-lot": Code(N, LOT, "a lot of no shares holds nothing and was left out"),
        "restated-lot": Code(
            W, LOT, "the custodian restated it, nothing was traded; trade lists made on the earlier figures are void, and so is their tax"
        ),
        # a security in one account
        "lots-do-not-foot": Code(E, SECURITY, "counted as the position says; it can be traded once lots and position agree"),
        "lots-missing": Code(E, SECURITY, "a taxable holding is sold by lots; the custodian's lot file for it is missing"),
        "duplicate-lots": Code(W, SECURITY, "a lot was delivered twice: without the copy, lots and position agree; the copy was left out"),
        "ambiguous-lots": Code(E, SECURITY, "the same lot id stands there twice and no position says which is right"),
        "identity-conflict": Code(
            E, SECURITY, "symbol and CUSIP lead to different securities; securities.csv or the extract can be corrected"
        ),
        "short-position": Code(E, SECURITY, "short positions and written options are counted and never traded"),
        "positions-from-lots": Code(N, ACCOUNT, "no position row was delivered for the account; its positions are the sums of its lots"),
        "lots-rounded": Code(N, SECURITY, "the difference is rounding; the largest lot carries it so that lots and position agree"),
        "unsettled-trades": Code(N, SECURITY, "allocated by trade date; settlement follows"),
        "value-differs": Code(
            W,
            SECURITY,
            "the custodian's value and quantity × price differ by over half a percent: a split, a multiplier or a price of another day",
        ),
        # a security everywhere
        "unknown-security": Code(
            E, SECURITY, "securities.csv and exposures.csv can name it; until then it is held, counted as unclassified and not traded"
        ),
        "stale-price": Code(E, SECURITY, "prices.csv needs a price of the last five trading days", True),
        "old-price": Code(W, SECURITY, "prices.csv can have a newer price"),
        "no-price": Code(E, HOUSEHOLD, "prices.csv needs a price on or before the as-of date"),
        "no-price-anywhere": Code(N, SECURITY, "nobody counts on it; it can be traded once prices.csv has its price"),
        "bad-price": Code(E, SECURITY, "the newest price cannot be used; prices.csv can be corrected"),
        "conflicting-prices": Code(E, SECURITY, "one price of one day for all; prices.csv can be corrected"),
        "bad-security": Code(E, SECURITY, "the row of securities.csv can be corrected"),
        "exposures-do-not-sum": Code(
            E, SECURITY, "weights of a security sum to 1; until then it is counted as unclassified and not traded"
        ),
        "no-exposures": Code(E, SECURITY, "exposures.csv can say what it is; until then it is counted as unclassified and not traded"),
        "exposures-rounded": Code(N, SECURITY, "the weights are rounded; the largest one carries the rest"),
        "pending-split": Code(E, SECURITY, "the security can be traded once its lots and its price are both from after the event"),
        "unknown-symbol": Code(W, ROW, "the symbol stands in no row of securities.csv"),
        # households
        "negative-quantity": Code(E, HOUSEHOLD, "a long holding below zero is an error of the extract; the custodian can deliver it again"),
        "foreign-currency": Code(
            E, HOUSEHOLD, "only dollars can be valued; the account's other currencies can be exchanged or the account excluded"
        ),
        "cash-as-position": Code(E, HOUSEHOLD, "CASH is built in; cash belongs in the cash rows and is counted there once"),
        "delivered-twice": Code(E, HOUSEHOLD, "the same account stands in several files of one kind; one of them can be removed"),
        "account-without-rows": Code(
            E,
            HOUSEHOLD,
            "the extracts hold nothing of the account; its reference or its delivery is wrong, or it can leave accounts.csv",
            True,
        ),
        "no-cash-row": Code(W, ACCOUNT, "no cash row was delivered for the account; it is taken to hold none"),
        "negative-cash": Code(W, ACCOUNT, "the account owes money; nothing is bought before it is paid"),
        "rejected-row": Code(E, HOUSEHOLD, "the delivered row became no fact; the custodian can correct it, or its profile can learn it"),
        "wrong-as-of": Code(E, HOUSEHOLD, "the file is of another day than its folder; files of one day belong together"),
        "other-as-of": Code(W, FILE, "the file is of a neighbouring day; quantities may have moved since"),
        "unknown-taxpayer": Code(E, HOUSEHOLD, "taxpayers.csv needs the return that the row names, in the same household"),
        "unknown-owner": Code(E, HOUSEHOLD, "owners.csv needs the person that the account names"),
        "shared-account-reference": Code(E, HOUSEHOLD, "custodian and custodian_ref lead to one account only"),
        "household-without-accounts": Code(E, HOUSEHOLD, "accounts.csv names no account of the household"),
        "half-year-to-date": Code(E, HOUSEHOLD, "realized_st_ytd and realized_lt_ytd are both filled or both empty"),
        "bad-reference": Code(E, HOUSEHOLD, "the row of the reference file can be corrected"),
        "bad-order": Code(E, HOUSEHOLD, "a cash order names exactly one of account_id and household_id, both known"),
        "unknown-gain": Code(
            E, HOUSEHOLD, "the year's realised gain cannot be summed; taxpayers.csv can give realized_st_ytd and realized_lt_ytd"
        ),
        "purchase-without-quantity": Code(
            E, HOUSEHOLD, "how many shares were bought decides which losses are washed; the custodian can say"
        ),
        "table-contract": Code(E, HOUSEHOLD, "the row breaks the table's contract (validation/tables)"),
        # deliveries
        "control-total": Code(
            E, FILE, "what the file says of itself and what stands in it differ; the custodian can deliver it again", True
        ),
        "control-total-open": Code(W, FILE, "the total could not be tied, because a row of the file was rejected"),
        "file-of-manifest-missing": Code(E, FILE, "the manifest names a file that was not delivered", True),
        "rejected-row-of-nobody": Code(E, FILE, "nobody knows whose row it is, so everybody of the delivery waits"),
        "unmapped-account": Code(E, ACCOUNT, "accounts.csv needs a row with this custodian and custodian_ref, exactly as written"),
        "rejected-row-unmapped": Code(W, ROW, "the row belongs to an account that accounts.csv does not know"),
        # reference rows that concern nobody
        "unknown-household": Code(E, ROW, "households.csv has no such household; the row was not used"),
        "orphan-row": Code(E, ROW, "the row names nobody that the firm knows; it was not used"),
        "bad-cell": Code(E, ROW, "the row was not used; its security is frozen where the row was needed"),
        "duplicate-row": Code(W, ROW, "the same row stands there twice and was used once"),
        "duplicate-order": Code(W, ROW, "two equal cash orders: both count; one can be removed if it was meant once"),
        "unknown-spouse": Code(W, ROW, "the spouse stands in no row of this household's owners; wash sales of that person are not seen"),
        # former names
        "bad-alias": Code(E, ROW, "the name leads nowhere; what is delivered under it stays unknown until the row is right"),
        "ambiguous-alias": Code(E, ROW, "on these days the name is used by nobody; from and until can tell the two apart"),
        # waivers
        "bad-waiver": Code(E, ROW, "the waiver lifts nothing; validation/README.md says how one is written"),
        "expired-waiver": Code(W, ROW, "it lifts nothing any more; the row can go, or somebody can answer for a new one"),
        "unused-waiver": Code(N, ROW, "it lifts nothing today; the row can go when the trouble is gone for good"),
        # taxes
        "realized-without-date": Code(
            W, ROW, "without an acquisition date a gain counts as short-term and a loss as long-term, the worse side"
        ),
        "no-realized-extract": Code(
            W, FILE, "no realised lots were delivered: the year to date counts as zero; taxpayers.csv can state it"
        ),
        "sale-without-gain": Code(W, ROW, "a recent sale without a realised lot may be a loss: its replacement is barred for 30 days"),
    }
)
"""Code → effect and remedy."""


def finding(
    code: str,
    message: str,
    place: Place = NOWHERE,
    *,
    household_id: str = "",
    subject: str = "",
    at_stake_usd: Decimal | None = None,
    help_: str = "",
    snippet: str = "",
) -> Finding:
    """A finding of the gate; severity, scope and help come from its code (`help_` says it more precisely)."""
    known = CODES[code]
    return Finding(code, known.severity, known.scope, message, help_ or known.help, place, household_id, subject, snippet, at_stake_usd)
