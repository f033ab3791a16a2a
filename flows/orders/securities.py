"""What a custodian takes for a security: its symbol as the custodian spells it, else its CUSIP, else nothing."""

from __future__ import annotations

import re

from flows.orders.lots import Reason
from flows.orders.profile import OutboundProfile
from validation.household import Security

SHARE_CLASS = re.compile(r"([A-Z0-9]+)[./ -]([A-Z]{1,2})")
CUSIP = re.compile(r"[0-9A-Z][0-9A-Z*@#]{8}")


def security_id_of(security: Security, profile: OutboundProfile) -> str | Reason:
    """The security as this custodian names it; the reason where it has no name that the custodian takes."""
    symbol = security.symbol
    separator = profile.symbols.class_separator
    if separator is not None and (parts := SHARE_CLASS.fullmatch(symbol)):
        symbol = separator.join(parts.groups())
    if re.fullmatch(profile.symbols.pattern, symbol) and not CUSIP.fullmatch(symbol):
        return symbol
    if profile.symbols.cusip and CUSIP.fullmatch(security.cusip):
        return security.cusip
    return Reason(
        "no-symbol",
        f"{profile.title} has no name for `{security.symbol}`",
        "securities.csv can name its symbol as the custodian spells it" + (", or its cusip" if profile.symbols.cusip else ""),
    )
