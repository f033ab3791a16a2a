"""Which lots a sale relieves, in words that the custodian understands; or why it cannot be told.

A custodian's own lot id is safest. Where the custodian has none, a lot is named by acquisition date, unit cost and open
quantity ("versus purchase"): the date alone can hold several lots. A sale whose lots cannot be told apart stays in the
house: the account's default method would relieve others, at another tax.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from flows.cells import neutral
from flows.orders.records import LotInstruction
from solver.ledger import UNIT_COST_STEP
from solver.outcome import LotSale, Trade
from validation.household import Account, Household, Lot, Position, ReliefMethod, Security
from validation.units import ZERO, cents

FUND = "mutual_fund"
AVERAGE_STEP = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class Reason:
    """Why an order cannot be sent, and what would let it go."""

    code: str
    sentence: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Relief:
    """How a sale's lots are told: by instructions, or by a method that the custodian applies itself."""

    method: str
    instructions: tuple[LotInstruction, ...] = ()


def relief_of(household: Household, trade: Trade, account_number: str, security_id: str) -> Relief | Reason:
    """The lot instructions of a sale; none in untaxed accounts, where the account's own method holds and taxes nothing."""
    account = household.account[trade.account_id]
    if not trade.lots:
        return Relief(_method(account))
    position = next(each for each in household.positions if (each.account_id, each.symbol) == (trade.account_id, trade.symbol))
    if not account.is_taxable:
        return Relief(_method(account))
    if is_averaged(position, household.securities[trade.symbol]):
        return _of_average_cost(account, position, trade)
    lots = {lot.lot_id: lot for lot in position.lots}
    for sale in trade.lots:
        if trouble := _unnameable(lots[sale.lot_id], position, trade):
            return trouble
    return Relief(
        ReliefMethod.SPECIFIC.value,
        tuple(_instruction(trade, sale, lots[sale.lot_id], account_number, security_id) for sale in trade.lots),
    )


def is_averaged(position: Position, security: Security) -> bool:
    """Whether the custodian keeps a fund at average cost: lots of different days, all at one cost per share."""
    costs = {None if lot.cost_basis_usd is None else (lot.cost_basis_usd / lot.quantity).quantize(AVERAGE_STEP) for lot in position.lots}
    days = {lot.acquired_date for lot in position.lots}
    return security.security_type == FUND and len(days) > 1 and len(costs) == 1 and None not in costs


def has_own_id(lot: Lot) -> bool:
    """Whether the custodian's own id names the lot, and can be written exactly as it is."""
    return not lot.id_is_derived and neutral(lot.lot_id) == lot.lot_id


def _of_average_cost(account: Account, position: Position, trade: Trade) -> Relief | Reason:
    """Average cost relieves the oldest shares first (Treas. Reg. § 1.1012-1(e)); anything else cannot be asked for."""
    left = trade.quantity
    oldest: dict[str, Decimal] = {}
    for lot in sorted(position.lots, key=lambda each: (each.acquired_date or date.min, each.lot_id)):
        if left > ZERO:
            oldest[lot.lot_id] = min(left, lot.quantity)
            left -= oldest[lot.lot_id]
    if oldest == {sale.lot_id: sale.quantity for sale in trade.lots}:
        return Relief("AVERAGE_COST")
    return Reason(
        "average-cost",
        f"{trade.symbol} is kept at average cost: {account.custodian} takes no specific lots of it",
        "the account's cost-basis method of the fund must be changed at the custodian before lots can be named",
    )


def _unnameable(lot: Lot, position: Position, trade: Trade) -> Reason | None:
    if has_own_id(lot):
        return None
    if lot.acquired_date is None or lot.cost_basis_usd is None:
        lacking = "acquisition date" if lot.acquired_date is None else "cost"
        return Reason(
            "unnamed-lot",
            f"a lot of {trade.symbol} has neither a lot id nor a known {lacking}, so that no instruction names it",
            "the custodian's record of the lot must be completed",
        )
    # Lots that are taxed alike in every respect are one: whichever of them is taken, the client's books are the same.
    twins = [each for each in position.lots if each.lot_id != lot.lot_id and _named_alike(each, lot)]
    sold = {sale.lot_id: sale.quantity for sale in trade.lots}
    told_apart = [each for each in twins if _taxed_alike(each, lot)] == twins
    all_sold = all(sold.get(each.lot_id) == each.quantity for each in (lot, *twins))
    if told_apart or all_sold:
        return None
    return Reason(
        "ambiguous-lot",
        f"{len(twins) + 1} lots of {trade.symbol} of {lot.acquired_date} have one quantity and one cost and are taxed differently",
        "the custodian can name the lot by its own id, by telephone; or all of these lots are sold together",
    )


def _named_alike(one: Lot, other: Lot) -> bool:
    return (one.acquired_date, one.quantity, _unit_cost(one)) == (other.acquired_date, other.quantity, _unit_cost(other))


def _taxed_alike(one: Lot, other: Lot) -> bool:
    return (one.holding_from, one.covered, one.frozen) == (other.holding_from, other.covered, other.frozen)


def _unit_cost(lot: Lot) -> Decimal | None:
    return None if lot.cost_basis_usd is None else (lot.cost_basis_usd / lot.quantity).quantize(UNIT_COST_STEP)


def _instruction(trade: Trade, sale: LotSale, lot: Lot, account_number: str, security_id: str) -> LotInstruction:
    return LotInstruction(
        order_id=trade.trade_id, account_id=trade.account_id, account_number=account_number, symbol=trade.symbol, security_id=security_id,
        named_by="lot_id" if has_own_id(lot) else "date_quantity_cost", custodian_lot_id=lot.lot_id if has_own_id(lot) else "",
        acquired_date=sale.acquired_date, unit_cost=sale.unit_cost_usd, lot_quantity=lot.quantity, quantity=sale.quantity,
        term="" if sale.term is None else sale.term.value, price=trade.price_usd, notional=cents(sale.quantity * trade.price_usd),
    )  # fmt: skip


def _method(account: Account) -> str:
    """The account's own method; `specific` means FIFO where nobody names lots."""
    specific = account.relief_method is ReliefMethod.SPECIFIC
    return (ReliefMethod.FIFO if specific else account.relief_method).value
