"""A household as the gate lets it through: what is certain, in Decimal, with the place every fact came from.

These records are the ground that rules, solver, checker and pages stand on. Nothing here decides anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import cached_property

from validation.findings import NOWHERE, Place
from validation.units import ZERO

CASH = "CASH"
"""Built-in symbol of cash: price 1, no security row."""
CASH_CLASS = "cash"
"""Built-in asset class of cash."""
UNCLASSIFIED = "unclassified"
"""Asset class of what the firm has not classified; figures that need its class are n/a."""


class TaxTreatment(StrEnum):
    TAXABLE = "taxable"
    TAX_DEFERRED = "tax_deferred"
    TAX_EXEMPT = "tax_exempt"


class AccountStatus(StrEnum):
    """managed: counted and traded; locked: counted, untouched; excluded: neither."""

    MANAGED = "managed"
    LOCKED = "locked"
    EXCLUDED = "excluded"


class ReliefMethod(StrEnum):
    """Which lots a sale takes where none are named. `specific` in an untaxed account means FIFO."""

    FIFO = "FIFO"
    LIFO = "LIFO"
    HIFO = "HIFO"
    SPECIFIC = "specific"


class FilingStatus(StrEnum):
    SINGLE = "single"
    MARRIED_JOINT = "married_joint"
    MARRIED_SEPARATE = "married_separate"
    HEAD_OF_HOUSEHOLD = "head_of_household"
    SURVIVING_SPOUSE = "surviving_spouse"


class OrderKind(StrEnum):
    """A cash order. Contributions come in; withdrawals and RMDs go out; a set-aside stays as reserved cash."""

    CONTRIBUTION = "contribution"
    WITHDRAWAL = "withdrawal"
    RMD = "rmd"
    SET_ASIDE = "set_aside"


@dataclass(frozen=True, slots=True)
class Owner:
    """A person. `spouse_of` is symmetric here, whichever side of the file it stood on."""

    owner: str
    taxpayer_id: str
    birth_date: date | None = None
    spouse_of: str | None = None


@dataclass(frozen=True, slots=True)
class Taxpayer:
    """One tax return of the as-of year. Dollars. Carryforwards are positive; year to date is signed, resolved
    from the file or else from the extracts' realised lots, before carryforwards."""

    taxpayer_id: str
    filing_status: FilingStatus
    state: str
    ordinary_income_usd: Decimal
    taxable_interest_usd: Decimal
    nonqualified_dividends_usd: Decimal
    qualified_dividends_usd: Decimal
    deduction_usd: Decimal | None
    deduction_amt_addback_usd: Decimal | None
    st_carryforward_usd: Decimal
    lt_carryforward_usd: Decimal
    realized_st_ytd_usd: Decimal
    realized_lt_ytd_usd: Decimal
    place: Place = NOWHERE


@dataclass(frozen=True, slots=True)
class Account:
    account_id: str
    household_id: str
    taxpayer_id: str
    owner: str
    custodian: str
    custodian_ref: str
    registration: str
    tax_treatment: TaxTreatment
    status: AccountStatus
    relief_method: ReliefMethod
    reinvest_dividends: bool
    place: Place = NOWHERE

    @property
    def is_taxable(self) -> bool:
        return self.tax_treatment is TaxTreatment.TAXABLE

    @property
    def is_counted(self) -> bool:
        """In value and drift: managed and locked, not excluded."""
        return self.status is not AccountStatus.EXCLUDED

    @property
    def is_traded(self) -> bool:
        return self.status is AccountStatus.MANAGED


@dataclass(frozen=True, slots=True)
class Security:
    """A security with its price of the run. `frozen` names the code of the finding that bars it from trading
    everywhere (unknown security, stale price), or is empty. `exposures` sum to one. Where no price is known at
    all (`has_price` is False, price 0), every household that holds it is blocked and its value unknown.
    `redemption_fee_frac` is what the fund keeps of a sale inside a restraint's redemption window."""

    symbol: str
    name: str
    security_type: str
    identity_group: str
    equivalent_group: str
    issuer: str
    half_spread_bps: Decimal
    whole_shares: bool
    price_usd: Decimal
    price_date: date | None
    exposures: Mapping[str, Decimal]
    cusip: str = ""
    frozen: str = ""
    has_price: bool = True
    redemption_fee_frac: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Lot:
    """A tax lot. `cost_basis_usd` is the total, None where unknown (then `frozen` says so in a taxable account).
    `holding_from` is where the holding period starts counting from (an acquisition date, earlier after a wash sale)."""

    account_id: str
    symbol: str
    lot_id: str
    acquired_date: date | None
    quantity: Decimal
    cost_basis_usd: Decimal | None
    covered: bool = True
    frozen: str = ""
    holding_from: date | None = None
    """None: the holding period counts from `acquired_date`."""
    place: Place = NOWHERE
    id_is_derived: bool = False
    """The custodian gave no lot id; this one is made of date, unit cost and an ordinal and means nothing to the custodian."""


@dataclass(frozen=True, slots=True)
class Position:
    """What an account holds of a security on the as-of date, trade-date basis. Its lots foot to `quantity`
    unless it is frozen. An untaxed account may come without lots."""

    account_id: str
    symbol: str
    quantity: Decimal
    lots: tuple[Lot, ...] = ()
    frozen: str = ""
    place: Place = NOWHERE


@dataclass(frozen=True, slots=True)
class Cash:
    """An account's cash. Unsettled cash counts in value and may be spent unless a rule says otherwise."""

    account_id: str
    settled_usd: Decimal = ZERO
    unsettled_usd: Decimal = ZERO

    @property
    def total_usd(self) -> Decimal:
        return self.settled_usd + self.unsettled_usd


@dataclass(frozen=True, slots=True)
class CashOrder:
    """A cash order of an account, or of the household (then `account_id` is empty). `amount_usd` > 0."""

    kind: OrderKind
    amount_usd: Decimal
    due: date
    account_id: str = ""
    place: Place = NOWHERE


@dataclass(frozen=True, slots=True)
class RecentPurchase:
    """Shares bought within the last 30 days anywhere in the household's view: extracts (buys, reinvestments, lots
    acquired in the window) or held away. `account_id` is empty for a held-away purchase; `lot_id` where a lot is it."""

    taxpayer_id: str
    symbol: str
    trade_date: date
    quantity: Decimal
    account_id: str = ""
    lot_id: str = ""


@dataclass(frozen=True, slots=True)
class RecentLossSale:
    """Shares sold at a loss in a taxable account within the last 30 days: replacements are barred through day 30."""

    taxpayer_id: str
    symbol: str
    sold_date: date
    quantity: Decimal
    loss_usd: Decimal
    account_id: str = ""


@dataclass(frozen=True, slots=True)
class Traded:
    """Purchases and sales of a security in an account in the calendar year before this run, dollars, as far as transactions
    were delivered: `since` is the account's first of the year."""

    account_id: str
    symbol: str
    traded_usd: Decimal
    since: date


@dataclass(frozen=True)
class Household:
    """One household on one day: the unit that is checked, solved, explained and reported.

    securities      every security of the firm's reference data and every unknown one held here, by symbol (without CASH)
    orders          cash orders of the household and its accounts, due or to come
    """

    household_id: str
    name: str
    advisor: str
    model: str
    last_rebalanced: date | None
    mode: str
    as_of: date
    taxpayers: tuple[Taxpayer, ...]
    owners: tuple[Owner, ...]
    accounts: tuple[Account, ...]
    positions: tuple[Position, ...]
    cash: tuple[Cash, ...]
    orders: tuple[CashOrder, ...]
    securities: Mapping[str, Security]
    recent_purchases: tuple[RecentPurchase, ...] = ()
    recent_loss_sales: tuple[RecentLossSale, ...] = ()
    traded: tuple[Traded, ...] = ()
    place: Place = field(default=NOWHERE)

    @cached_property
    def account(self) -> Mapping[str, Account]:
        return {account.account_id: account for account in self.accounts}

    @cached_property
    def taxpayer(self) -> Mapping[str, Taxpayer]:
        return {taxpayer.taxpayer_id: taxpayer for taxpayer in self.taxpayers}

    @cached_property
    def cash_of(self) -> Mapping[str, Cash]:
        """Cash by account; an account without a cash row has none."""
        known = {cash.account_id: cash for cash in self.cash}
        return {account.account_id: known.get(account.account_id, Cash(account.account_id)) for account in self.accounts}

    @cached_property
    def wash_scopes(self) -> tuple[frozenset[str], ...]:
        """Taxpayer ids grouped by wash-sale scope: a return and the return of a spouse belong together."""
        scope = {taxpayer.taxpayer_id: {taxpayer.taxpayer_id} for taxpayer in self.taxpayers}
        return_of = {owner.owner: owner.taxpayer_id for owner in self.owners}
        for owner in self.owners:
            spouse_return = return_of.get(owner.spouse_of or "")
            if spouse_return and owner.taxpayer_id in scope and spouse_return in scope:
                joined = scope[owner.taxpayer_id] | scope[spouse_return]
                for taxpayer_id in joined:
                    scope[taxpayer_id] = joined
        return tuple(dict.fromkeys(frozenset(members) for members in scope.values()))

    def wash_scope_of(self, taxpayer_id: str) -> frozenset[str]:
        """The taxpayers whose purchases wash this taxpayer's losses (26 U.S.C. § 1091; spouses by Treas. practice)."""
        return next(scope for scope in self.wash_scopes if taxpayer_id in scope)

    def price_usd(self, symbol: str) -> Decimal:
        """Price of the run; cash is one."""
        return Decimal(1) if symbol == CASH else self.securities[symbol].price_usd

    @cached_property
    def value_usd(self) -> Decimal:
        """Value of the counted accounts, unrounded, before any flow is booked."""
        counted = {account.account_id for account in self.accounts if account.is_counted}
        held = sum(
            (position.quantity * self.price_usd(position.symbol) for position in self.positions if position.account_id in counted), ZERO
        )
        return held + sum((cash.total_usd for cash in self.cash if cash.account_id in counted), ZERO)
