"""Which account pays which cash order: decided before anything is optimised, by the policy's stated preference.

Orders due on or before the as-of date leave or arrive now. Later withdrawals and every set-aside stay in the account
as reserved cash; later contributions are not there yet. An order of the whole household is spread over its managed
accounts, treatment by treatment in the cash rule's `source_from`, within a treatment from where the most cash lies idle.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from rules.language.cash import Cash as CashRule
from rules.policy import HouseholdPolicy
from solver.outcome import Payment
from validation.household import Account, CashOrder, Household, OrderKind, TaxTreatment
from validation.units import CENT, ZERO

DEFAULT_SOURCES = (TaxTreatment.TAXABLE, TaxTreatment.TAX_DEFERRED, TaxTreatment.TAX_EXEMPT)
SALE_HAIRCUT = Decimal("0.98")
"""Share of sellable holdings that a payment may count on: spreads and whole shares take the rest."""


def plan_payments(household: Household, policy: HouseholdPolicy | None) -> tuple[Payment, ...]:
    """Every order of the household as payments of single accounts, in file order.

    Accounts that cannot be traded pay from their cash alone; what they cannot pay is the payment's `shortfall_usd`.
    """
    payments: list[Payment] = []
    for order in (*household.orders, *_set_asides(household, policy)):
        if order.kind is OrderKind.CONTRIBUTION and order.due > household.as_of:
            continue
        if order.account_id:
            payments.append(_payment(household, order, household.account[order.account_id], order.amount_usd, payments))
        else:
            payments.extend(_spread(household, policy, order, payments))
    return tuple(payments)


def _set_asides(household: Household, policy: HouseholdPolicy | None) -> list[CashOrder]:
    """The cash rules' own set-asides that are still wanted on the as-of date or later."""
    rules = policy.of(CashRule) if policy else ()
    return [
        CashOrder(OrderKind.SET_ASIDE, each.amount_usd, each.due, each.account or "", placed.place)
        for placed in rules
        for each in placed.rule.set_asides
        if each.due >= household.as_of
    ]


def booked_usd(payments: tuple[Payment, ...], account_id: str) -> Decimal:
    """What the account's cash moves by when the booked orders are paid: contributions in, the rest out."""
    return sum((_signed(payment) for payment in payments if payment.account_id == account_id and not payment.reserved), ZERO)


def reserved_usd(payments: tuple[Payment, ...], account_id: str) -> Decimal:
    """Cash that must stay in the account for later orders and set-asides."""
    return sum(
        (payment.amount_usd - payment.shortfall_usd for payment in payments if payment.account_id == account_id and payment.reserved), ZERO
    )


def retirement_income_usd(household: Household, payments: tuple[Payment, ...], taxpayer_id: str) -> Decimal:
    """Ordered withdrawals from the taxpayer's tax-deferred accounts that fall in the tax year of the as-of date,
    already paid or still to come: ordinary income with or without the proposal."""
    end = date(household.as_of.year, 12, 31)
    return sum(
        (
            payment.amount_usd - payment.shortfall_usd
            for payment in payments
            if payment.kind in {OrderKind.WITHDRAWAL, OrderKind.RMD}
            and date(household.as_of.year, 1, 1) <= payment.due <= end
            and household.account[payment.account_id].tax_treatment is TaxTreatment.TAX_DEFERRED
            and household.account[payment.account_id].taxpayer_id == taxpayer_id
        ),
        ZERO,
    )


def _signed(payment: Payment) -> Decimal:
    paid = payment.amount_usd - payment.shortfall_usd
    return paid if payment.kind is OrderKind.CONTRIBUTION else -paid


def _is_reserved(order: CashOrder, as_of: date) -> bool:
    return order.kind is OrderKind.SET_ASIDE or order.due > as_of


def _payment(household: Household, order: CashOrder, account: Account, amount: Decimal, earlier: list[Payment]) -> Payment:
    shortfall = ZERO
    if order.kind is not OrderKind.CONTRIBUTION and not account.is_traded:
        shortfall = max(ZERO, amount - max(ZERO, _idle_cash(household, account, earlier)))
    return Payment(
        order.kind,
        account.account_id,
        amount,
        order.due,
        _is_reserved(order, household.as_of),
        not order.account_id,
        shortfall,
        order.place,
    )


def _idle_cash(household: Household, account: Account, payments: list[Payment]) -> Decimal:
    earlier = tuple(payments)
    cash = household.cash_of[account.account_id].total_usd
    return cash + booked_usd(earlier, account.account_id) - reserved_usd(earlier, account.account_id)


def _sellable_usd(household: Household, account: Account) -> Decimal:
    total = ZERO
    for position in household.positions:
        security = household.securities[position.symbol]
        if position.account_id != account.account_id or position.frozen or security.frozen or position.quantity <= 0:
            continue
        frozen = sum((lot.quantity for lot in position.lots if lot.frozen), ZERO) if account.is_taxable else ZERO
        total += (position.quantity - frozen) * security.price_usd
    return total


def _in_order_of_preference(household: Household, policy: HouseholdPolicy | None, payments: list[Payment]) -> Iterator[Account]:
    rule = next((placed.rule for placed in policy.of(CashRule)), None) if policy else None
    sources = [TaxTreatment(name) for name in (rule.source_from if rule else DEFAULT_SOURCES)]
    managed = [account for account in household.accounts if account.is_traded]
    rank = {treatment: place for place, treatment in enumerate([*sources, *(each for each in DEFAULT_SOURCES if each not in sources)])}
    yield from sorted(
        managed, key=lambda account: (rank[account.tax_treatment], -_idle_cash(household, account, payments), account.account_id)
    )


def _spread(household: Household, policy: HouseholdPolicy | None, order: CashOrder, earlier: list[Payment]) -> list[Payment]:
    """One household order over its accounts: idle cash of a treatment first, then what its holdings would bring."""
    accounts = list(_in_order_of_preference(household, policy, earlier))
    if not accounts:
        return []
    if order.kind is OrderKind.CONTRIBUTION:
        return [_payment(household, order, accounts[0], order.amount_usd, earlier)]
    share: dict[str, Decimal] = defaultdict(Decimal)
    left = order.amount_usd
    for treatment in dict.fromkeys(account.tax_treatment for account in accounts):
        members = [account for account in accounts if account.tax_treatment is treatment]
        for capacity in (_idle_cash_capacity, _sale_capacity):
            for account in members:
                part = min(left, max(ZERO, capacity(household, account, earlier)).quantize(CENT))
                share[account.account_id] += part
                left -= part
    if left:
        share[accounts[0].account_id] += left  # beyond all capacity: the solve will say that it cannot be paid
    return [_payment(household, order, household.account[account_id], part, earlier) for account_id, part in share.items() if part]


def _idle_cash_capacity(household: Household, account: Account, earlier: list[Payment]) -> Decimal:
    return _idle_cash(household, account, earlier)


def _sale_capacity(household: Household, account: Account, earlier: list[Payment]) -> Decimal:
    return _sellable_usd(household, account) * SALE_HAIRCUT
