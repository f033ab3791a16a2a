"""The exact arithmetic of a trade list: what a sale brings, what a purchase costs, what is held afterwards.

Decimal throughout. The checker does not use this room: it computes the same figures on its own.

    proceeds of a lot = round(quantity × price × (1 − half-spread − redemption fee), 2)
    gain of a lot     = proceeds − round(basis × quantity sold / lot quantity, 2)
    cost of a buy     = round(quantity × price × (1 + half-spread), 2)
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal
from types import MappingProxyType

from solver.holding_period import term_of
from solver.outcome import Holding, LotSale, Payment, Side, Trade
from validation.household import CASH, Account, Household, Lot, OrderKind, Position, ReliefMethod, Security
from validation.units import ZERO, cents

BASIS_POINT = Decimal("0.0001")
UNIT_COST_STEP = Decimal("0.000001")
NO_FEES: Mapping[Lot, Decimal] = MappingProxyType({})


def half_spread(security: Security) -> Decimal:
    """Half-spread as a fraction of the mid price."""
    return security.half_spread_bps * BASIS_POINT


def sell(
    household: Household,
    account: Account,
    security: Security,
    by_lot: Mapping[Lot, Decimal],
    quantity: Decimal,
    ticket_usd: Decimal = ZERO,
    fees: Mapping[Lot, Decimal] = NO_FEES,
) -> Trade:
    """A sale of `quantity` shares, taken from `by_lot` (shares per lot; empty where an untaxed account has no lots).

    fees    by lot, the fraction that the fund keeps of it (`solver/redemption`)
    """
    price, kept = security.price_usd, 1 - half_spread(security)
    sales = tuple(
        _lot_sale(household, account, lot, sold, cents(sold * price * (kept - fees.get(lot, ZERO)))) for lot, sold in by_lot.items() if sold
    )
    proceeds = sum((sale.proceeds_usd for sale in sales), ZERO) if sales else cents(quantity * price * kept)
    fee = sum((cents(sold * price * fees[lot]) for lot, sold in by_lot.items() if sold and lot in fees), ZERO)
    notional = cents(quantity * price)
    return Trade(
        account.account_id,
        security.symbol,
        Side.SELL,
        quantity,
        security.price_usd,
        notional,
        proceeds - ticket_usd,
        notional - proceeds - fee,
        ticket_usd,
        sales,
        fee,
    )


def _lot_sale(household: Household, account: Account, lot: Lot, sold: Decimal, proceeds: Decimal) -> LotSale:
    basis = lot.cost_basis_usd
    unit_cost = None if basis is None else (basis / lot.quantity).quantize(UNIT_COST_STEP)
    if not account.is_taxable or basis is None:
        return LotSale(lot.lot_id, lot.acquired_date, sold, unit_cost, proceeds)
    gain = proceeds - cents(basis * sold / lot.quantity)
    return LotSale(lot.lot_id, lot.acquired_date, sold, unit_cost, proceeds, gain, term_of(lot, household.as_of))


def buy(account: Account, security: Security, quantity: Decimal, ticket_usd: Decimal = ZERO) -> Trade:
    """A purchase of `quantity` shares at the mid plus the half-spread."""
    cost = cents(quantity * security.price_usd * (1 + half_spread(security)))
    notional = cents(quantity * security.price_usd)
    return Trade(
        account.account_id,
        security.symbol,
        Side.BUY,
        quantity,
        security.price_usd,
        notional,
        -cost - ticket_usd,
        cost - notional,
        ticket_usd,
    )


def relief_order(account: Account, position: Position) -> tuple[Lot, ...]:
    """The position's lots in the order in which the account's relief method takes them. Undated lots come first
    (FIFO) since they are the oldest known; `specific` means FIFO where nobody names lots. Frozen lots are left out."""
    sellable = [lot for lot in position.lots if not lot.frozen]
    ordinal = {lot: (lot.acquired_date.toordinal() if lot.acquired_date else 0) for lot in sellable}
    if account.relief_method is ReliefMethod.LIFO:
        return tuple(sorted(sellable, key=lambda lot: (-ordinal[lot], lot.lot_id)))
    if account.relief_method is ReliefMethod.HIFO:
        return tuple(sorted(sellable, key=lambda lot: (-(lot.cost_basis_usd or ZERO) / lot.quantity, ordinal[lot], lot.lot_id)))
    return tuple(sorted(sellable, key=lambda lot: (ordinal[lot], lot.lot_id)))


def relieve(account: Account, position: Position, quantity: Decimal) -> dict[Lot, Decimal]:
    """Shares per lot when `quantity` is sold by the account's relief method; less than asked where lots run out."""
    taken: dict[Lot, Decimal] = {}
    left = quantity
    for lot in relief_order(account, position):
        if left <= 0:
            break
        taken[lot] = min(left, lot.quantity)
        left -= taken[lot]
    return taken


def holdings_after(household: Household, trades: Iterable[Trade], payments: Iterable[Payment]) -> tuple[Holding, ...]:
    """Every account × security of the household after trades and booked orders, cash last, in account order.
    Positions that are sold out disappear; every account keeps its cash row."""
    quantity: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for position in household.positions:
        quantity[position.account_id, position.symbol] += position.quantity
    cash = {account_id: held.total_usd for account_id, held in household.cash_of.items()}
    for trade in trades:
        signed = trade.quantity if trade.side is Side.BUY else -trade.quantity
        quantity[trade.account_id, trade.symbol] += signed
        cash[trade.account_id] += trade.net_cash_usd
    for payment in payments:
        if not payment.reserved:
            paid = payment.amount_usd - payment.shortfall_usd
            cash[payment.account_id] += paid if payment.kind is OrderKind.CONTRIBUTION else -paid
    rows: list[Holding] = []
    for account in household.accounts:
        held = sorted((symbol, shares) for (owner, symbol), shares in quantity.items() if owner == account.account_id and shares)
        for symbol, shares in held:
            security = household.securities[symbol]
            rows.append(Holding(account.account_id, symbol, shares, cents(shares * security.price_usd) if security.has_price else None))
        rows.append(Holding(account.account_id, CASH, cash[account.account_id], cents(cash[account.account_id])))
    return tuple(rows)
