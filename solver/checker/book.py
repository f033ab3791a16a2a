"""A household before and after a trade list, computed from the household and the trades alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from functools import cached_property

from rules.language.base import Rule
from rules.language.restraint import Restraint
from rules.language.trade_size import TradeSize
from rules.policy import HouseholdPolicy, PlacedRule
from rules.tax import TaxYear
from solver.checker.matching import NOTHING_WASHED, Washed, washed_by_sale
from solver.outcome import LotSale, Outcome, Side, Term, Trade
from validation.findings import NOWHERE, Finding, Place, Scope, Severity
from validation.holding_period import long_term_from
from validation.household import CASH, CASH_CLASS, Account, Household, Lot, OrderKind, Position, Security
from validation.units import CENT, ZERO, cents

BPS = Decimal("0.0001")
HELD_BACK = "the proposal is held back: nothing of this household is traded"


@dataclass(frozen=True, slots=True)
class SoldLot:
    """What a lot sale brings by contract.md. Gain and term are None in untaxed accounts and without a basis."""

    trade: Trade
    account: Account
    lot: Lot
    quantity: Decimal
    proceeds_usd: Decimal
    gain_usd: Decimal | None
    term: Term | None
    stated: LotSale


@dataclass(frozen=True)
class Book:
    """Everything the checks ask for. `trades` are those whose account and security are known; the others are breaches
    of their own and take no part in sums."""

    household: Household
    policy: HouseholdPolicy
    tax_year: TaxYear
    outcome: Outcome

    def breach(self, code: str, subject: str, message: str, place: Place = NOWHERE, scope: Scope = Scope.HOUSEHOLD) -> Finding:
        """An error finding of this household."""
        return Finding(f"breach-{code}", Severity.ERROR, scope, message, HELD_BACK, place, self.household.household_id, subject)

    def rule_breach(self, code: str, placed: PlacedRule[Rule], message: str) -> Finding:
        """An error finding on a rule, at the rule's place."""
        return self.breach(code, placed.rule.id, f"rule `{placed.rule.id}`: {message}", placed.place, Scope.RULE)

    @cached_property
    def trades(self) -> tuple[Trade, ...]:
        known = self.household.account
        return tuple(each for each in self.outcome.trades if each.account_id in known and each.symbol in self.household.securities)

    def account_of(self, trade: Trade) -> Account:
        return self.household.account[trade.account_id]

    def security_of(self, trade: Trade) -> Security:
        return self.household.securities[trade.symbol]

    def trades_under(self, placed: PlacedRule[Rule]) -> list[Trade]:
        """The trades that a rule's selector reaches."""
        return [each for each in self.trades if placed.rule.applies_to.binds(self.household, each.account_id, each.symbol)]

    # ---- shares

    @cached_property
    def positions(self) -> Mapping[tuple[str, str], Position]:
        return {(each.account_id, each.symbol): each for each in self.household.positions}

    @cached_property
    def shares_before(self) -> Mapping[tuple[str, str], Decimal]:
        held: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
        for position in self.household.positions:
            held[position.account_id, position.symbol] += position.quantity
        return dict(held)

    @cached_property
    def shares_after(self) -> Mapping[tuple[str, str], Decimal]:
        held: dict[tuple[str, str], Decimal] = defaultdict(Decimal, self.shares_before)
        for trade in self.trades:
            held[trade.account_id, trade.symbol] += trade.quantity if trade.side is Side.BUY else -trade.quantity
        return dict(held)

    # ---- lots

    def lots_of(self, trade: Trade) -> Mapping[str, Lot]:
        position = self.positions.get((trade.account_id, trade.symbol))
        return {lot.lot_id: lot for lot in position.lots} if position else {}

    @cached_property
    def sold_lots(self) -> tuple[SoldLot, ...]:
        """Every lot sale that names a lot which exists, with its figures computed anew."""
        found: list[SoldLot] = []
        for trade in self.trades:
            lots = self.lots_of(trade)
            found += [self._sold(trade, lots[each.lot_id], each) for each in trade.lots if each.lot_id in lots and trade.side is Side.SELL]
        return tuple(found)

    def _sold(self, trade: Trade, lot: Lot, stated: LotSale) -> SoldLot:
        account, security = self.account_of(trade), self.security_of(trade)
        proceeds = cents(stated.quantity * security.price_usd * (1 - security.half_spread_bps * BPS - self.fee_frac(lot)))
        gain: Decimal | None = None
        if account.is_taxable and lot.cost_basis_usd is not None and lot.quantity:
            gain = proceeds - cents(lot.cost_basis_usd * stated.quantity / lot.quantity)
        return SoldLot(trade, account, lot, stated.quantity, proceeds, gain, None if gain is None else self.term_of(lot), stated)

    def term_of(self, lot: Lot) -> Term:
        """Long-term from one year after the day that follows the acquisition; without a date short-term."""
        start = lot.holding_from or lot.acquired_date
        return Term.LT if start is not None and self.household.as_of >= long_term_from(start) else Term.ST

    @cached_property
    def net_gains(self) -> Mapping[tuple[str, Term], Decimal]:
        """The proposal's net gain by taxpayer and term, dollars, without disallowed losses."""
        net: dict[tuple[str, Term], Decimal] = defaultdict(Decimal)
        for sold in self.sold_lots:
            if sold.gain_usd is not None and sold.term is not None:
                net[sold.account.taxpayer_id, sold.term] += sold.gain_usd + self.washed(sold).disallowed_usd
        return net

    @cached_property
    def _washed(self) -> Mapping[int, Washed]:
        return washed_by_sale(self)

    def washed(self, sold: SoldLot) -> Washed:
        """What the law disallows of a lot's loss, matched anew."""
        return self._washed.get(id(sold), NOTHING_WASHED)

    # ---- cash

    def ticket(self, trade: Trade) -> Decimal:
        """What the policy charges for a trade, dollars: the dearest of the trade-size rules that reach it."""
        kind, key = self.security_of(trade).security_type, (trade.account_id, trade.symbol)
        rules = (placed.rule for placed in self.policy.of(TradeSize) if placed.rule.applies_to.binds(self.household, *key))
        return max((rule.ticket(kind) for rule in rules), default=ZERO)

    def fee_frac(self, lot: Lot) -> Decimal:
        """The redemption fee of a lot sold today, as a fraction: due inside the window of a restraint that reaches it."""
        fee = self.household.securities[lot.symbol].redemption_fee_frac
        if not fee or lot.acquired_date is None:
            return ZERO
        for placed in self.policy.of(Restraint):
            window = placed.rule.redemption_window_days
            reached = placed.rule.applies_to.binds(self.household, lot.account_id, lot.symbol)
            if window is not None and reached and lot.acquired_date + timedelta(days=window) > self.household.as_of:
                return fee
        return ZERO

    def redemption_fee(self, trade: Trade) -> Decimal:
        """What the fund keeps of a sale's lots, dollars."""
        lots, price = self.lots_of(trade), self.security_of(trade).price_usd
        sold = (each for each in trade.lots if each.lot_id in lots and trade.side is Side.SELL)
        return sum((cents(each.quantity * price * self.fee_frac(lots[each.lot_id])) for each in sold), ZERO)

    def gross_cash(self, trade: Trade) -> Decimal:
        """What cash moves by before the ticket: the lots' proceeds, or the cost of a purchase, dollars."""
        security = self.security_of(trade)
        half = security.half_spread_bps * BPS
        if trade.side is Side.BUY:
            return -cents(trade.quantity * security.price_usd * (1 + half))
        if trade.lots:
            lots = self.lots_of(trade)
            kept = {each.lot_id: 1 - half - (self.fee_frac(lots[each.lot_id]) if each.lot_id in lots else ZERO) for each in trade.lots}
            return sum((cents(each.quantity * security.price_usd * kept[each.lot_id]) for each in trade.lots), ZERO)
        return cents(trade.quantity * security.price_usd * (1 - half))

    @cached_property
    def cash_before(self) -> Mapping[str, Decimal]:
        """Cash by account after booked orders, without any trade."""
        cash = {account_id: held.total_usd for account_id, held in self.household.cash_of.items()}
        for payment in self.outcome.payments:
            if not payment.reserved and payment.account_id in cash:
                paid = payment.amount_usd - payment.shortfall_usd
                cash[payment.account_id] += paid if payment.kind is OrderKind.CONTRIBUTION else -paid
        return cash

    @cached_property
    def cash_after(self) -> Mapping[str, Decimal]:
        cash = dict(self.cash_before)
        for trade in self.trades:
            cash[trade.account_id] += self.gross_cash(trade) - self.ticket(trade)
        return cash

    @cached_property
    def reserved(self) -> Mapping[str, Decimal]:
        """Cash by account that later orders and set-asides keep."""
        kept: dict[str, Decimal] = defaultdict(Decimal)
        for payment in self.outcome.payments:
            if payment.reserved:
                kept[payment.account_id] += payment.amount_usd - payment.shortfall_usd
        return kept

    # ---- value

    @cached_property
    def _values(self) -> tuple[Mapping[str, Decimal], Mapping[str, Decimal]]:
        """Dollars by account after booked orders: without the trades, and with them."""
        found: list[dict[str, Decimal]] = []
        for shares, cash in ((self.shares_before, self.cash_before), (self.shares_after, self.cash_after)):
            worth = dict(cash)
            for (account_id, symbol), count in shares.items():
                worth[account_id] += count * self.household.price_usd(symbol)
            found.append(worth)
        return found[0], found[1]

    def value(self, account_ids: Iterable[str], *, after: bool) -> Decimal:
        """Dollars of the accounts, after booked orders, without or with the trades."""
        worth = self._values[after]
        return sum((worth[account_id] for account_id in set(account_ids)), ZERO)

    @cached_property
    def counted(self) -> tuple[str, ...]:
        return tuple(account.account_id for account in self.household.accounts if account.is_counted)

    @cached_property
    def household_values(self) -> tuple[Decimal, Decimal]:
        """Dollars of the counted accounts after booked orders: without the trades, and with them (less spreads and tickets)."""
        return self.value(self.counted, after=False), self.value(self.counted, after=True)

    def amount(self, account_ids: Iterable[str], weights: Mapping[str, Decimal], *, after: bool) -> Decimal:
        """Σ weight × value over the accounts' holdings, dollars; CASH is a symbol like any other."""
        chosen = set(account_ids)
        shares, cash = (self.shares_after, self.cash_after) if after else (self.shares_before, self.cash_before)
        total = sum((cash[each] for each in chosen), ZERO) * weights.get(CASH, ZERO)
        for (owner, symbol), count in shares.items():
            if owner in chosen and symbol in weights:
                total += weights[symbol] * count * self.household.price_usd(symbol)
        return total

    def class_weights(self, asset_class: str) -> dict[str, Decimal]:
        """Exposure of every symbol to a class; cash is wholly in its own."""
        securities = self.household.securities.items()
        weights = {symbol: each.exposures[asset_class] for symbol, each in securities if asset_class in each.exposures}
        return {**weights, CASH: Decimal(1)} if asset_class == CASH_CLASS else weights


def dollars(amount: Decimal) -> str:
    """$1,234.56 for messages."""
    return f"-${-amount:,.2f}" if amount < 0 else f"${amount:,.2f}"


def plain(number: Decimal) -> str:
    """A number of shares without trailing zeros."""
    return f"{number.normalize():f}"


def is_above(amount: Decimal, limit: Decimal) -> bool:
    """Above by more than a cent, the resolution of money here."""
    return amount - limit > CENT
