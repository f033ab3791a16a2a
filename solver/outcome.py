"""What was decided for a household, in exact Decimal: trades by lot, holdings after, certificate, conflict, reasons.

Everything that leaves the house (files, pages) is made from these records. They know nothing of the model.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from solver.prospects import Counterfactual, Frontier, Sensitivity, Transition
from validation.findings import NOWHERE, Finding, Place
from validation.household import OrderKind
from validation.units import ZERO


class Status(StrEnum):
    """How a household ended. The first three are decided; the others wait for a person."""

    PROPOSED = "proposed"
    NO_TRADE_NEEDED = "no_trade_needed"
    NOT_DUE = "not_due"
    BLOCKED = "blocked"
    CONFLICT = "conflict"
    FAILED = "failed"

    @property
    def is_decided(self) -> bool:
        return self in {Status.PROPOSED, Status.NO_TRADE_NEEDED, Status.NOT_DUE}


class Side(StrEnum):
    BUY = "BUY"
    SELL = "SELL"


class Term(StrEnum):
    """Short-term or long-term, computed from the holding period."""

    ST = "ST"
    LT = "LT"


class SolutionStatus(StrEnum):
    """`optimal`: nothing better exists; `within_gap`: the proven gap is within the target; `limit`: the node limit ended it."""

    OPTIMAL = "optimal"
    WITHIN_GAP = "within_gap"
    LIMIT = "limit"


@dataclass(frozen=True, slots=True)
class LotSale:
    """The part of a sale that one lot gives. `proceeds_usd` is net of the half-spread and of a redemption fee, in cents. Gain and term are
    None in untaxed accounts. `disallowed_usd` is the washed part of a loss (positive), 0 where nothing was washed;
    `lost_usd` is what of it no basis takes up, because an untaxed account replaces the shares."""

    lot_id: str
    acquired_date: date | None
    quantity: Decimal
    unit_cost_usd: Decimal | None
    proceeds_usd: Decimal
    gain_usd: Decimal | None = None
    term: Term | None = None
    disallowed_usd: Decimal = ZERO
    lost_usd: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Trade:
    """One order line: an account, a security, a side. Notional = quantity × price (mid), in cents;
    `net_cash_usd` is what the account's cash moves by (signed, spread, redemption fee and ticket included)."""

    account_id: str
    symbol: str
    side: Side
    quantity: Decimal
    price_usd: Decimal
    notional_usd: Decimal
    net_cash_usd: Decimal
    spread_usd: Decimal
    ticket_usd: Decimal = ZERO
    lots: tuple[LotSale, ...] = ()
    redemption_fee_usd: Decimal = ZERO

    @property
    def trade_id(self) -> str:
        """Unique in a household: there is at most one trade per account, security and side."""
        return f"{self.account_id}-{self.symbol}-{self.side}"


@dataclass(frozen=True, slots=True)
class Payment:
    """A cash order as this run books it: which account pays or receives, and when. `reserved` orders (due after the
    as-of date, set-asides) stay in the account as reserved cash; the others have left or arrived in the holdings after.
    `amount_usd` > 0; `shortfall_usd` is what the account could not pay (only where no solution was made)."""

    kind: OrderKind
    account_id: str
    amount_usd: Decimal
    due: date
    reserved: bool
    of_household: bool = False
    shortfall_usd: Decimal = ZERO
    place: Place = NOWHERE


@dataclass(frozen=True, slots=True)
class Holding:
    """Account × security after the run; cash under the symbol CASH. `market_value_usd` is None without a price."""

    account_id: str
    symbol: str
    quantity: Decimal
    market_value_usd: Decimal | None


@dataclass(frozen=True, slots=True)
class Certificate:
    """What is proven: no proposal is better than `bound_usd`; this one costs `objective_usd`. Dollars of household cost."""

    status: SolutionStatus
    objective_usd: float
    bound_usd: float
    gap_usd: float
    gap_bps: float
    lps: int = 0
    nodes: int = 0


@dataclass(frozen=True, slots=True)
class Relaxation:
    """One rule of a conflict and the cheapest way it alone could give way, in its own unit."""

    rule_id: str
    title: str
    place: Place
    sentence: str


@dataclass(frozen=True, slots=True)
class Barred:
    """Replacements that must not be bought, because a loss was taken or would be washed: everywhere in the wash scope."""

    symbols: tuple[str, ...]
    until: date
    account_ids: tuple[str, ...]
    reinvestment_off: tuple[str, ...]
    """Accounts that hold one of the symbols and reinvest dividends: reinvestment must be switched off."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The answer for a household: PROPOSED, NO_TRADE_NEEDED or CONFLICT. Trades are those that leave the house."""

    status: Status
    trades: tuple[Trade, ...]
    payments: tuple[Payment, ...]
    holdings_after: tuple[Holding, ...]
    certificate: Certificate | None = None
    conflict: tuple[Relaxation, ...] = ()
    barred: tuple[Barred, ...] = ()
    approximations: tuple[str, ...] = ()
    """Sentences that say what the search approximated, if anything; printed in the report."""
    worth_usd: float = 0.0
    """By how much the list, as it leaves the house, beats doing nothing: dollars of today over the rules' horizons, in cents.
    Where doing nothing is not allowed it is what it would cost all the same. The reasons' worths sum to it."""
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class TradeReason:
    """Why one trade is there. `worth_usd` by objective term (drift, location, tax_now, tax_later, carryforward, spread,
    soft_rules) adds over trades and idle cash to the proposal's; `est_tax_usd` adds to the household's tax cost."""

    trade_id: str
    code: str
    client: str
    advisor: str
    est_tax_usd: Decimal
    worth_usd: Mapping[str, float] = field(default_factory=dict)
    funds: tuple[str, ...] = ()
    """For a sale: the trade ids of the account's purchases that it pays for."""
    margin: str = ""
    """For an advisor: what the next $1,000 of this trade would cost and bring; why it stopped here."""


@dataclass(frozen=True, slots=True)
class NotTraded:
    """A lot or holding that was left alone, and the reason with the largest weight."""

    account_id: str
    symbol: str
    lot_id: str
    code: str
    sentence: str
    amount_usd: Decimal | None = None
    """Value of what was left alone."""
    side: Side = Side.SELL
    """SELL: it was not sold; BUY: it was not bought."""
    per_1000_usd: float | None = None
    """What the next $1,000 would cost the household (above zero: not worth it) or bring (below zero: a rule holds it), dollars
    of today at the margin; None where no margin was read. Never to be multiplied into a total."""
    parts: Mapping[str, float] = field(default_factory=dict)
    """The same by reason, dollars per $1,000; they sum to `per_1000_usd`."""


@dataclass(frozen=True, slots=True)
class RulePrice:
    """A rule that bound this household. `slack` and `shadow_price` in `unit` (dollars per unit); `price_of_rule_usd` by
    a re-solve without it, None where it was not made; `sentence` says what it costs and what it keeps from changing."""

    rule_id: str
    kind: str
    title: str
    because: str
    place: Place
    binding: bool
    slack: float | None
    shadow_price: float | None
    unit: str
    price_of_rule_usd: float | None = None
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class Explanation:
    """The reasons of a proposal, by trade; what was left alone; what each binding rule costs. `idle_cash_usd` is what cash put to
    work or raised brought, by objective term: with the trades' worths it adds up to the proposal's."""

    reasons: Mapping[str, TradeReason]
    untouched: tuple[NotTraded, ...] = ()
    rule_prices: tuple[RulePrice, ...] = ()
    idle_cash_usd: Mapping[str, float] = field(default_factory=dict)
    counterfactuals: tuple[Counterfactual, ...] = ()
    """The largest trades, each left out alone."""
    frontier: Frontier | None = None
    transition: Transition | None = None
    sensitivities: tuple[Sensitivity, ...] = ()
    """The expected figures under other assumption sets and other tax rates."""
