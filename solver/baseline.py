"""The honest yardstick: every account rebalanced alone to the household's target, as is done without this software.

Same day, prices and cash orders. In each managed account overweight classes are sold from what is held (what the model does
not list first, then its least preferred), holdings within target stay, and underweight classes are bought in the model's
preferred security for that treatment. Lots go by the account's relief method. Kept: restraints of any strength, never-pairs
(a forbidden class's weight is spread pro rata over the others), locked accounts, trade sizes, whole shares, cash floors and
orders. Not known: budgets, harvesting, location, other accounts. Losses that its own purchases wash are disallowed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal

from rules.language.target import Target
from rules.language.trade_size import TradeSize
from rules.policy import HouseholdPolicy
from solver import ledger
from solver.account_goal import AccountGoal
from solver.allowance import Allowance
from solver.outcome import Payment, Trade
from solver.payments import booked_usd, reserved_usd
from solver.redemption import fees
from solver.wash_loss import with_washed_losses
from validation.household import CASH_CLASS, Account, Household, Lot, Position, Security
from validation.units import CENT, ZERO

WHOLE, THOUSANDTH = Decimal(1), Decimal("0.001")
MOSTLY = Decimal("0.5")


def rebalance_account_by_account(household: Household, policy: HouseholdPolicy, payments: Sequence[Payment]) -> tuple[Trade, ...]:
    """The baseline's trades, accounts in file order, sales before purchases; each lot's `disallowed_usd` is set.
    Empty where the household's model has no target. Deterministic."""
    if policy.target is None:
        return ()
    desk = _Desk(household, policy, policy.target.rule, tuple(payments))
    trades = [trade for account in household.accounts if account.is_traded for trade in desk.rebalance(account)]
    return with_washed_losses(household, trades)


@dataclass(slots=True)
class _Book:
    """One account in the course of its rebalance: shares, dollars by class, cash, and what was decided so far."""

    account: Account
    value: Decimal
    cash: Decimal
    goal: dict[str, Decimal]
    positions: dict[str, Position]
    sellable: dict[str, Decimal]
    lots: dict[str, dict[Lot, Decimal]]
    dollars: dict[str, Decimal]
    sold: dict[str, Decimal] = field(default_factory=dict)
    bought: dict[str, Decimal] = field(default_factory=dict)


class _Desk:
    """The policy as a desk sees it that looks at one account at a time."""

    def __init__(self, household: Household, policy: HouseholdPolicy, target: Target, payments: tuple[Payment, ...]) -> None:
        self._household, self._policy, self._payments = household, policy, payments
        self._sizes = next((placed.rule for placed in policy.of(TradeSize)), None)
        managed = [account for account in household.accounts if account.is_traded]
        self._preferred = {
            (name, treatment): [symbol for symbol in target.holdings_for(name, treatment) if symbol in household.securities]
            for name in target.weights for treatment in {account.tax_treatment for account in managed}
        }  # fmt: skip
        pairs = ((account.account_id, symbol) for account in managed for name in target.weights for symbol in self._listed(name, account))
        self._allowance = Allowance(household, policy, pairs)
        managed_value = sum((self._value_and_cash(account)[0] for account in managed), ZERO)
        self._goal = AccountGoal(household, policy, target.weights, payments, managed_value)

    def rebalance(self, account: Account) -> Iterator[Trade]:
        """The account's trades: sales, then purchases, each in symbol order."""
        book = self._open(account)
        if book.value > 0:
            if self._goal.is_mode(account, "invest_only"):
                self._raise_cash(book, reserved_usd(self._payments, account.account_id))
            else:
                self._sell_overweight(book)
                self._raise_cash(book, self._goal.cash_floor(account, book.value))
            self._drop_small_sales(book)
            if not self._goal.is_mode(account, "raise_only"):
                self._buy_underweight(book)
        yield from self._sales(book)
        for symbol, shares in sorted(book.bought.items()):
            security = self._household.securities[symbol]
            yield ledger.buy(account, security, shares, self._ticket(security))

    # What the account holds and should hold

    def _listed(self, name: str, account: Account) -> list[str]:
        return self._preferred.get((name, account.tax_treatment), [])

    def _value_and_cash(self, account: Account) -> tuple[Decimal, Decimal]:
        """Value and cash after booked orders, dollars."""
        household = self._household
        cash = household.cash_of[account.account_id].total_usd + booked_usd(self._payments, account.account_id)
        held = (each for each in household.positions if each.account_id == account.account_id)
        return cash + sum((each.quantity * household.price_usd(each.symbol) for each in held), ZERO), cash

    def _open(self, account: Account) -> _Book:
        household = self._household
        value, cash = self._value_and_cash(account)
        positions = {each.symbol: each for each in household.positions if each.account_id == account.account_id}
        dollars: dict[str, Decimal] = {}
        for symbol, position in positions.items():
            for name, weight in household.securities[symbol].exposures.items():
                dollars[name] = dollars.get(name, ZERO) + position.quantity * household.price_usd(symbol) * weight
        sellable: dict[str, Decimal] = {}
        lots: dict[str, dict[Lot, Decimal]] = {}
        for symbol, position in positions.items():
            sellable[symbol], lots[symbol] = self._allowance.sellable(account, position, ledger.relief_order(account, position))
        return _Book(account, value, cash, self._goal.dollars(account, value), positions, sellable, lots, dollars)

    # Sales

    def _sell_overweight(self, book: _Book) -> None:
        for name in sorted(set(book.dollars) - {CASH_CLASS}):
            excess = book.dollars[name] - book.goal.get(name, ZERO)
            for symbol in self._sale_order(book, name):
                if excess <= CENT:
                    break
                security = self._household.securities[symbol]
                share = security.exposures[name]
                excess -= self._sell(book, security, excess / share / security.price_usd, ROUND_HALF_UP) * security.price_usd * share

    def _sale_order(self, book: _Book, name: str) -> list[str]:
        """Holdings of a class in the order of sale: pure ones first, then what the model does not list, then its least
        preferred."""
        listed = {symbol: place for place, symbol in enumerate(self._listed(name, book.account))}
        exposure = {symbol: self._household.securities[symbol].exposures.get(name, ZERO) for symbol in book.positions}
        held = [symbol for symbol, weight in exposure.items() if weight > 0 and book.sellable[symbol] > 0]
        return sorted(held, key=lambda symbol: (exposure[symbol] <= MOSTLY, -listed.get(symbol, len(listed)), symbol))

    def _sell(self, book: _Book, security: Security, wanted: Decimal, rounding: str) -> Decimal:
        """Decide to sell about `wanted` more shares, and return how many: on the step, never more than may be sold."""
        symbol, step = security.symbol, self._step(security)
        already, held = book.sold.get(symbol, ZERO), book.positions[symbol].quantity
        room = self._allowance.room_to_sell(book.account, security)
        most = book.sellable[symbol] if room is None else min(book.sellable[symbol], already + room)
        shares = on_step(already + wanted, step, rounding)
        if shares >= most:
            shares = most if most == held else on_step(most, step, ROUND_FLOOR)
        added = max(ZERO, shares - already)
        self._move(book, security, added)
        return added

    def _move(self, book: _Book, security: Security, shares: Decimal) -> None:
        """Enter a sale in the books, its ticket with its first share; negative shares take it back."""
        before = book.sold.pop(security.symbol, ZERO)
        if before + shares:
            book.sold[security.symbol] = before + shares
        book.cash -= self._ticket(security) * (bool(before + shares) - bool(before))
        book.cash += shares * security.price_usd * self._kept_frac(book, security)
        for name, weight in security.exposures.items():
            book.dollars[name] -= shares * security.price_usd * weight
        self._allowance.note(book.account, security, sold=shares)

    def _kept_frac(self, book: _Book, security: Security) -> Decimal:
        """What a sale brings of the mid price at least: less the half-spread and the dearest redemption fee of its lots."""
        charged = fees(self._household, self._policy, book.lots.get(security.symbol, ()))
        return 1 - ledger.half_spread(security) - max(charged.values(), default=ZERO)

    def _raise_cash(self, book: _Book, floor: Decimal) -> None:
        """Sell on, what is being sold already first and then the largest holdings, until the cash that must stay is there."""

        def size(symbol: str) -> Decimal:
            return book.positions[symbol].quantity * self._household.price_usd(symbol)

        for symbol in sorted(book.positions, key=lambda symbol: (symbol not in book.sold, -size(symbol), symbol)):
            short = floor - book.cash
            if short <= CENT:
                break
            if book.sellable[symbol] > 0:
                security = self._household.securities[symbol]
                self._sell(book, security, short / (security.price_usd * self._kept_frac(book, security)), ROUND_CEILING)

    def _drop_small_sales(self, book: _Book) -> None:
        """Leave out sales below the smallest trade, unless they close the position or the cash floor needs them."""
        floor = self._goal.cash_floor(book.account, book.value)
        for symbol, shares in sorted(book.sold.items()):
            security = self._household.securities[symbol]
            closes = shares == book.positions[symbol].quantity
            needed = book.cash - shares * security.price_usd * self._kept_frac(book, security) < floor
            if shares * security.price_usd < self._smallest(security, book.value) and not closes and not needed:
                self._move(book, security, -shares)

    def _sales(self, book: _Book) -> Iterator[Trade]:
        for symbol, shares in sorted(book.sold.items()):
            security = self._household.securities[symbol]
            left, taken = shares, {}
            for lot, most in book.lots[symbol].items():
                if left > 0:
                    taken[lot] = min(left, most)
                    left -= taken[lot]
            ticket, charged = self._ticket(security), fees(self._household, self._policy, taken)
            yield ledger.sell(self._household, book.account, security, {} if left > 0 else taken, shares, ticket, charged)

    # Purchases

    def _buy_underweight(self, book: _Book) -> None:
        """Spend the cash above its goal on the classes below theirs, pro rata where it does not reach."""
        wanted = []
        for name in sorted(set(book.goal) - {CASH_CLASS}):
            missing = book.goal[name] - book.dollars.get(name, ZERO)
            security = self._purchase(book, name) if missing > CENT else None
            if security is not None and missing >= self._smallest(security, book.value):
                wanted.append((security, missing))
        spendable = book.cash - book.goal[CASH_CLASS]
        total = sum((missing for _, missing in wanted), ZERO)
        if spendable <= 0 or total <= 0:
            return
        for security, missing in wanted:
            step = self._step(security)
            dollars = missing * min(WHOLE, spendable / total) - self._ticket(security)
            shares = on_step(dollars / (security.price_usd * (1 + ledger.half_spread(security))), step, ROUND_FLOOR)
            limit = self._allowance.buyable(book.account, security)
            shares = shares if limit is None else min(shares, on_step(limit, step, ROUND_FLOOR))
            if shares > 0 and shares * security.price_usd >= self._smallest(security, book.value):
                book.bought[security.symbol] = book.bought.get(security.symbol, ZERO) + shares
                self._allowance.note(book.account, security, bought=shares)

    def _purchase(self, book: _Book, name: str) -> Security | None:
        """The model's most preferred security of a class that may be bought here; None where there is none."""
        for symbol in self._listed(name, book.account):
            security = self._household.securities[symbol]
            held = book.positions.get(symbol)
            stuck = held is not None and (bool(held.frozen) or held.quantity < 0)
            barred = any(weight > MOSTLY and self._goal.forbids(part, book.account) for part, weight in security.exposures.items())
            if not stuck and not barred and symbol not in book.sold and self._allowance.buyable(book.account, security) != 0:
                return security
        return None

    # Sizes

    def _step(self, security: Security) -> Decimal:
        whole = security.whole_shares
        if self._sizes is not None:
            whole = self._sizes.wants_whole_shares(security.security_type, whole)
        return WHOLE if whole else THOUSANDTH

    def _smallest(self, security: Security, value: Decimal) -> Decimal:
        return ZERO if self._sizes is None else self._sizes.minimum(security.security_type, value)

    def _ticket(self, security: Security) -> Decimal:
        return ZERO if self._sizes is None else self._sizes.ticket(security.security_type)


def on_step(shares: Decimal, step: Decimal, rounding: str) -> Decimal:
    """Shares as a multiple of the step, never negative."""
    return max(ZERO, (shares / step).quantize(WHOLE, rounding) * step)
