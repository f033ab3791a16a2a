"""How much of a holding the policy's restraints let anybody sell or buy, in shares.

Restraints count whatever their strength: a wish of the client's binds a desk that rebalances account by account, too.
A hold range is the household's, over the securities that it selects together; it is used up in the order of asking.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from rules.language.restraint import Hold, Lots, Restraint
from rules.policy import HouseholdPolicy
from solver.holding_period import term_of
from solver.outcome import Term
from validation.holding_period import long_term_from
from validation.household import Account, Household, Lot, Position, Security
from validation.units import ZERO

BASIS_POINT = Decimal("0.0001")


@dataclass(slots=True)
class _Range:
    """What is left of one hold range: shares or dollars that may still be sold or bought (None: no limit)."""

    reached: frozenset[tuple[str, str]]
    in_shares: bool
    to_sell: Decimal | None
    to_buy: Decimal | None

    def shares(self, left: Decimal | None, price: Decimal) -> Decimal | None:
        if left is None:
            return None
        return max(ZERO, left) if self.in_shares else max(ZERO, left) / price

    def used(self, shares: Decimal, price: Decimal) -> Decimal:
        return shares if self.in_shares else shares * price


class Allowance:
    """Restraints of one household, resolved to the (account id, symbol) pairs that it is asked about."""

    def __init__(self, household: Household, policy: HouseholdPolicy, pairs: Iterable[tuple[str, str]]) -> None:
        self._household = household
        self._pairs = tuple(dict.fromkeys([*((each.account_id, each.symbol) for each in household.positions), *pairs]))
        self._no_sale: set[tuple[str, str]] = set()
        self._no_buy: set[tuple[str, str]] = set()
        self._filters: list[tuple[frozenset[tuple[str, str]], Lots]] = []
        self._ranges: list[_Range] = []
        for placed in policy.of(Restraint):
            self._read(placed.rule)

    def _read(self, rule: Restraint) -> None:
        household = self._household
        reached = frozenset(pair for pair in self._pairs if rule.applies_to.binds(household, *pair))
        if rule.bars_sales and rule.lots is None:
            self._no_sale |= reached
        elif rule.bars_sales and rule.lots is not None:
            self._filters.append((reached, rule.lots))
        if rule.bars_purchases:
            self._no_buy |= reached
        if rule.hold is not None:
            mine = [each for each in household.positions if (each.account_id, each.symbol) in reached]
            counted = [each for each in mine if household.account[each.account_id].is_counted]
            self._ranges.extend(_ranges(household, rule.hold, reached, counted))

    def sellable(self, account: Account, position: Position, order: Iterable[Lot]) -> tuple[Decimal, dict[Lot, Decimal]]:
        """Shares that may be sold as far as lots and bars go, and per lot in `order`. In an untaxed account the shares do
        not depend on lots. `room_to_sell` says how far hold ranges go."""
        security = self._household.securities[position.symbol]
        key = (account.account_id, position.symbol)
        if position.frozen or security.frozen or not security.has_price or position.quantity <= 0 or key in self._no_sale:
            return ZERO, {}
        lots = {lot: lot.quantity for lot in order if lot.quantity > 0 and not self._is_barred(account, security, lot)}
        shares = sum(lots.values(), ZERO) if account.is_taxable else position.quantity
        return shares, lots

    def room_to_sell(self, account: Account, security: Security) -> Decimal | None:
        """Shares that hold ranges still let go; None where nothing limits them."""
        key = (account.account_id, security.symbol)
        return _least(each.shares(each.to_sell, security.price_usd) for each in self._ranges if key in each.reached)

    def _is_barred(self, account: Account, security: Security, lot: Lot) -> bool:
        if not account.is_taxable:
            return False
        if lot.frozen or lot.cost_basis_usd is None:
            return True
        key = (account.account_id, lot.symbol)
        return any(key in reached and fits(lots, lot, security, self._household) for reached, lots in self._filters)

    def buyable(self, account: Account, security: Security) -> Decimal | None:
        """Shares that may be bought; None where nothing limits them."""
        key = (account.account_id, security.symbol)
        if key in self._no_buy or security.frozen or not security.has_price or security.price_usd <= 0:
            return ZERO
        return _least(each.shares(each.to_buy, security.price_usd) for each in self._ranges if key in each.reached)

    def note(self, account: Account, security: Security, sold: Decimal = ZERO, bought: Decimal = ZERO) -> None:
        """Use up the ranges by what was decided; negative shares give back what was taken back."""
        for each in self._ranges:
            if (account.account_id, security.symbol) in each.reached:
                used = each.used(sold - bought, security.price_usd)
                each.to_sell = None if each.to_sell is None else each.to_sell - used
                each.to_buy = None if each.to_buy is None else each.to_buy + used


def _least(limits: Iterable[Decimal | None]) -> Decimal | None:
    return min((limit for limit in limits if limit is not None), default=None)


def _ranges(household: Household, hold: Hold, reached: frozenset[tuple[str, str]], held: list[Position]) -> list[_Range]:
    value = household.value_usd
    found: list[_Range] = []
    for unit, low, high in hold.pairs():
        in_shares = unit == "shares"
        have = sum((each.quantity * (1 if in_shares else household.price_usd(each.symbol)) for each in held), ZERO)
        scale = value if unit == "frac" else Decimal(1)
        if low is not None or high is not None:
            to_sell = None if low is None else have - low * scale
            found.append(_Range(reached, in_shares, to_sell, None if high is None else high * scale - have))
    return found


def fits(lots: Lots, lot: Lot, security: Security, household: Household) -> bool:
    """Whether a restraint's lot filter selects this lot of a taxable account. Conditions on dates fit no undated lot."""
    as_of, acquired = household.as_of, lot.holding_from or lot.acquired_date
    if lots.term is not None and (term_of(lot, as_of) is Term.LT) != (lots.term == "long"):
        return False
    if lots.gain_above_frac is not None:
        proceeds = lot.quantity * security.price_usd * (1 - security.half_spread_bps * BASIS_POINT)
        basis = lot.cost_basis_usd or ZERO
        if proceeds - basis <= lots.gain_above_frac * basis:
            return False
    dated = (lots.held_less_than_days, lots.long_term_within_days, lots.acquired_before, lots.acquired_after)
    if acquired is None:
        return not any(condition is not None for condition in dated)
    turns = long_term_from(acquired)
    return (
        (lots.held_less_than_days is None or (as_of - acquired).days < lots.held_less_than_days)
        and (lots.long_term_within_days is None or as_of < turns <= as_of + timedelta(days=lots.long_term_within_days))
        and (lots.acquired_before is None or acquired < lots.acquired_before)
        and (lots.acquired_after is None or acquired > lots.acquired_after)
    )
