"""Redemption fees: what a fund keeps of a sale too soon after the purchase, where a restraint's window counts it.

    fee of a lot = redemption_fee_frac of the security, if it is sold less than `redemption_window_days` after it was bought

A lot without a date, and shares of an untaxed account that come without lots, are taken as older. The fee is taken off the
lot's proceeds, and so off its gain (it lowers the amount realised, 26 U.S.C. § 1001(b)).
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from rules.language.restraint import Restraint
from rules.policy import HouseholdPolicy
from validation.household import Household, Lot
from validation.units import ZERO


def fee_frac(household: Household, policy: HouseholdPolicy, lot: Lot) -> Decimal:
    """The fee of selling the lot today, as a fraction of its value at the mid price."""
    fee = household.securities[lot.symbol].redemption_fee_frac
    if not fee or lot.acquired_date is None:
        return ZERO
    days = (household.as_of - lot.acquired_date).days
    windows = (
        placed.rule.redemption_window_days
        for placed in policy.of(Restraint)
        if placed.rule.redemption_window_days is not None and placed.rule.applies_to.binds(household, lot.account_id, lot.symbol)
    )
    return fee if any(days < window for window in windows) else ZERO


def fees(household: Household, policy: HouseholdPolicy, lots: Iterable[Lot]) -> dict[Lot, Decimal]:
    """Fee by lot, for those that cost one."""
    return {lot: fee for lot in lots if (fee := fee_frac(household, policy, lot))}
