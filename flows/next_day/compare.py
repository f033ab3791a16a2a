"""Sent against filled: one difference per trade that was not done as it was sent, ranked by its tax dollars.

A trade as it was sent leaves no line. A price other than the run's is no difference: it is the market's; what it does to the
tax stands in the household's figures.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from flows.next_day.difference import Difference, done, named, number, taken
from flows.next_day.filled import CLOSE, Fill, Reported
from flows.next_day.sent import NamedLot, SentTrade
from flows.next_day.tax import Gains, HouseholdTax, gains_of
from flows.next_day.unplanned import unplanned
from flows.orders.blocks import pro_rata
from flows.orders.catalogue import profile_of
from solver.outcome import Term
from validation.household import Household, Lot
from validation.units import ZERO, cents

BASIS_DOLLARS = Decimal("1.00")
"""Less than this is rounding."""


def compare(
    trades: Sequence[SentTrade], told: Reported, households: Mapping[str, Household], taxes: Mapping[str, HouseholdTax], blind: set[str]
) -> list[Difference]:
    """Every difference, most tax dollars first, then most dollars, then by trade. `blind` are accounts whose extracts of the day
    are missing or held back. Counts each trade's gains in `taxes` on the way."""
    seen = [(trade, _Case(trade, told, households[trade.household_id], trade.account_id in blind)) for trade in trades]
    for trade, case in seen:
        if case.is_taxable:
            taxes[trade.household_id].add(trade.account_id, case.promised, case.realized)
    unfair = dict(_unfair(seen))
    found = [difference for trade, case in seen for difference in case.differences(taxes[trade.household_id], unfair.get(trade.trade_id))]
    found += unplanned(trades, told, households, taxes, blind)
    return sorted(found, key=lambda each: (not each.counts, -abs(each.tax), -each.stake, each.trade_id, each.account_id, each.symbol))


class _Case:
    """One trade beside what was reported of it."""

    def __init__(self, trade: SentTrade, told: Reported, household: Household, blind: bool) -> None:
        key = (trade.account_id, trade.symbol)
        self.trade, self.household, self.blind = trade, household, blind
        self.is_taxable = household.account[trade.account_id].is_taxable
        self.fill = told.fills.get((*key, trade.side), Fill())
        self.relieved = told.relieved.get(key, []) if trade.side == "SELL" else []
        self.lots_told = key in told.lots_told
        self.lots = {lot.lot_id: lot for each in household.positions if (each.account_id, each.symbol) == key for lot in each.lots}
        self.promised = _promised(trade.lots)
        self.realized = self.promised if blind else self._realized()

    def _realized(self) -> Gains:
        """As reported; where the lots are not told, the promised gains in proportion to what was filled."""
        known = [each for each in self.relieved if each.gain is not None]
        if self.lots_told and len(known) == len(self.relieved):
            return gains_of((each.term, each.gain or ZERO) for each in known)
        part = min(Decimal(1), self.fill.quantity / self.trade.quantity)
        return gains_of((term, gain * part) for term, gain in self.promised.by_term.items())

    def differences(self, tax: HouseholdTax, unfair: str | None) -> Iterator[Difference]:
        """The trade's difference, the gravest one; none where it was done as sent."""
        code, message = self._code(unfair)
        if code:
            effect = tax.effect(self.trade.account_id, self.promised, self.realized) if self.is_taxable else ZERO
            yield self._difference(code, message, effect)

    def _code(self, unfair: str | None) -> tuple[str, str]:
        sent, filled = self.trade.quantity, self.fill.quantity
        what = done(sent, self.trade.symbol, self.trade.side)
        if self.blind:
            return "not-delivered", f"whether {what} nobody can say: nothing readable was delivered of the account"
        if not filled and self.trade.held_back:
            return "not-sent", f"{what}: it could not be sent and was not done by hand"
        if not filled:
            return "not-filled", f"{what}: nothing was filled"
        wrong = self._wrong_lots()
        if wrong:
            return "wrong-lots", wrong
        if filled - sent > CLOSE:
            return "over-filled", f"{what}: {number(filled)} were filled"
        if sent - filled > CLOSE:
            return ("unfair-allocation", unfair) if unfair else ("partly-filled", f"{what}: {number(filled)} were filled")
        if self.is_taxable and self.trade.side == "SELL" and not self.lots_told:
            return "lots-not-told", f"{what}, but not which lots were relieved"
        washed = sum((each.disallowed for each in self.relieved), ZERO) if self.is_taxable else ZERO
        if washed - self.trade.washed > BASIS_DOLLARS:
            return "loss-washed", f"${cents(washed):,} of the loss on {self.trade.symbol} is disallowed, which the run did not foresee"
        return self._basis()

    def _wrong_lots(self) -> str:
        """Says which lots were relieved that were not named; lots alike in date, cost and holding period count as one. Empty where
        the custodian relieved what was named, as far as it filled."""
        if not (self.is_taxable and self.lots_told and self.trade.lots):
            return ""
        named: dict[str, Decimal] = defaultdict(Decimal)
        for lot in self.trade.lots:
            named[self._alike(self.lots.get(lot.lot_id), lot.lot_id)] += lot.quantity
        taken: dict[str, Decimal] = defaultdict(Decimal)
        for each in self.relieved:
            taken[self._alike(each.lot, f"a lot of {each.acquired_date or 'an unknown day'}")] += each.quantity
        over = [f"{number(gone)} of {lot}" for lot, gone in taken.items() if gone - named.get(lot, ZERO) > CLOSE]
        asked = [f"{number(shares)} of {lot}" for lot, shares in named.items() if shares - taken.get(lot, ZERO) > CLOSE]
        instead = f", where {' and '.join(asked)} were named" if asked else ", more than were named"
        return f"{self.trade.symbol}: relieved were {' and '.join(over)}{instead}" if over else ""

    def _alike(self, lot: Lot | None, otherwise: str) -> str:
        """What names a lot to a person and is the same for lots that are taxed alike."""
        if lot is None:
            return otherwise
        cost = "unknown cost" if lot.cost_basis_usd is None else f"${lot.cost_basis_usd / lot.quantity:.4f}"
        held = f", held from {lot.holding_from}" if lot.holding_from not in (None, lot.acquired_date) else ""
        return f"{lot.acquired_date or 'no date'} at {cost}{held}"

    def _basis(self) -> tuple[str, str]:
        """That the basis of relieved lots is another than it was when the run was made."""
        was = now = ZERO
        for each in self.relieved if self.is_taxable and self.lots_told else ():
            if each.lot is not None and each.lot.cost_basis_usd is not None and each.basis is not None:
                was += each.lot.cost_basis_usd * each.quantity / each.lot.quantity
                now += each.basis
        if abs(was - now) <= BASIS_DOLLARS:
            return "", ""
        return "basis-differs", f"the basis of the {self.trade.symbol} sold is ${cents(now):,}, where the run knew ${cents(was):,}"

    def _difference(self, code: str, message: str, tax: Decimal) -> Difference:
        trade, price = self.trade, self.fill.price
        taxed = self.is_taxable and trade.side == "SELL"
        return Difference(
            code, trade.household_id, trade.account_id, trade.custodian, trade.trade_id, trade.symbol, trade.side, trade.quantity,
            self.fill.quantity, trade.price, price, named(trade.lots), taken(self.relieved),
            cents(self.promised.total) if taxed else None, cents(self.realized.total) if taxed and not self.blind else None,
            ZERO if self.blind else tax, cents(abs(trade.quantity - self.fill.quantity) * trade.price), message,
        )  # fmt: skip


def _promised(lots: Sequence[NamedLot]) -> Gains:
    return gains_of((Term(lot.term), lot.gain) for lot in lots if lot.gain is not None and lot.term)


def _unfair(seen: Sequence[tuple[SentTrade, _Case]]) -> Iterator[tuple[str, str]]:
    """Trade id → what its fair part of a block would have been, where a partial fill was shared out otherwise."""
    groups: dict[tuple[str, str, str], list[_Case]] = defaultdict(list)
    for trade, case in seen:
        if profile_of(trade.custodian).blocks == "always" and not trade.held_back and not case.blind:
            groups[trade.custodian, trade.symbol, trade.side].append(case)
    for (_, symbol, _), cases in groups.items():
        wanted = {case.trade.trade_id: case.trade.quantity for case in cases}
        filled = sum((case.fill.quantity for case in cases), ZERO)
        if len(cases) < 2 or not ZERO < filled < sum(wanted.values(), ZERO) or filled % 1:
            continue
        fair = pro_rata(filled, wanted, Decimal(1))
        for case in cases:
            mine, due = case.fill.quantity, fair[case.trade.trade_id]
            if ZERO < mine < case.trade.quantity and abs(mine - due) > 1:
                all_of = f"of {number(filled)} {symbol} filled for {len(cases)} accounts"
                yield case.trade.trade_id, f"{all_of}, {number(mine)} came here and not {number(due)}"
