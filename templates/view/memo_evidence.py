"""What an advisor is asked about: what was not traded, what each rule costs, which lots go, and what the data lacks."""

from __future__ import annotations

from dataclasses import dataclass

from solver.decision import Decision
from solver.outcome import Side, Status, Term
from templates import filters
from templates.view.names import Names
from validation.findings import in_order
from validation.units import ZERO

TERM_WORDS = {Term.ST: "short", Term.LT: "long"}
LONGEST = 40


@dataclass(frozen=True, slots=True)
class NotTradedRow:
    what: str
    code: str
    sentence: str
    amount: str


@dataclass(frozen=True, slots=True)
class PriceRow:
    title: str
    rule_id: str
    place: str
    slack: str
    margin: str
    price: str
    sentence: str


@dataclass(frozen=True, slots=True)
class LotRow:
    what: str
    where: str
    acquired: str
    shares: str
    unit_cost: str
    proceeds: str
    gain: str
    term: str
    disallowed: str


@dataclass(frozen=True, slots=True)
class Lots:
    heading: str
    rows: tuple[LotRow, ...]
    proceeds: str
    gain: str
    disallowed: str
    more: str


@dataclass(frozen=True, slots=True)
class FindingRow:
    severity: str
    code: str
    message: str
    help: str
    place: str
    stake: str


def untouched_of(decision: Decision, names: Names) -> tuple[NotTradedRow, ...]:
    """What was left alone, with the reason of the largest weight: in the order of what speaks most for trading where margins
    were read, then by value."""
    left = decision.explanation.untouched if decision.explanation else ()
    read = [each for each in left if each.per_1000_usd is not None]
    others = [each for each in left if each.per_1000_usd is None]
    ordered = sorted(others, key=lambda each: (-(each.amount_usd or ZERO), each.account_id, each.symbol, each.lot_id))
    rows = []
    for each in [*read, *ordered][:LONGEST]:
        account = names.household.account.get(each.account_id)
        lot = f", lot of {_acquired(each.account_id, each.symbol, each.lot_id, names)}" if each.lot_id else ""
        where = f" in {names.account(account)}" if account else ""
        amount = filters.usd(each.amount_usd) if each.amount_usd is not None else filters.NOTHING
        if each.per_1000_usd is not None:
            small = abs(each.per_1000_usd) < 1
            amount = (f"under {filters.usd(1)}" if small else filters.usd_signed(-each.per_1000_usd)) + f" per {filters.usd(1_000)}"
        done = "" if each.per_1000_usd is None else ", not sold" if each.side is Side.SELL else ", not bought"
        rows.append(NotTradedRow(f"{each.symbol}{lot}{where}{done}", each.code, filters.sentence(names.told(each.sentence)), amount))
    return tuple(rows)


def _acquired(account_id: str, symbol: str, lot_id: str, names: Names) -> str:
    for position in names.household.positions:
        if (position.account_id, position.symbol) == (account_id, symbol):
            dates = [lot.acquired_date for lot in position.lots if lot.lot_id == lot_id]
            return filters.date_short(dates[0]) if dates and dates[0] else "unknown date"
    return "unknown date"


def prices_of(decision: Decision, names: Names) -> tuple[PriceRow, ...]:
    """Binding rules, the dearest first: slack, price at the margin, and price if that rule alone were lifted."""
    prices = [price for price in (decision.explanation.rule_prices if decision.explanation else ()) if price.binding]
    prices.sort(key=lambda price: (-(price.price_of_rule_usd or 0.0), price.rule_id))
    rows = []
    for price in prices:
        unit = price.unit.rpartition(" per ")[2]
        slack = (
            filters.NOTHING
            if price.slack is None
            else filters.usd(price.slack)
            if unit in {"usd", ""}
            else f"{filters.shares(price.slack)} {unit}"
        )
        margin = filters.NOTHING
        if price.shadow_price is not None and abs(price.shadow_price) >= 0.00005:
            margin = (
                f"{filters.dollars(filters.fixed(price.shadow_price, 2 if abs(price.shadow_price) >= 0.01 else 4))} per "
                f"{filters.usd(1) if unit in {'usd', ''} else unit}"
            )
        dollars = filters.NOTHING if price.price_of_rule_usd is None else filters.usd(price.price_of_rule_usd)
        rows.append(
            PriceRow(names.clean(price.title), price.rule_id, str(price.place), slack, margin, dollars, names.clean(price.sentence))
        )
    return tuple(rows)


def lots_of(decision: Decision, names: Names) -> Lots | None:
    """Lots that taxable accounts sell; None where none does."""
    if decision.status is not Status.PROPOSED or not decision.outcome:
        return None
    rows, gains, losses = [], 0, 0
    proceeds = gain = disallowed = ZERO
    for trade in decision.outcome.trades:
        account = names.household.account[trade.account_id]
        if trade.side is not Side.SELL or not account.is_taxable:
            continue
        for lot in trade.lots:
            gains, losses = gains + ((lot.gain_usd or ZERO) > 0), losses + ((lot.gain_usd or ZERO) < 0)
            proceeds, gain, disallowed = proceeds + lot.proceeds_usd, gain + (lot.gain_usd or ZERO), disallowed + lot.disallowed_usd
            rows.append(
                LotRow(
                    trade.symbol,
                    names.mask(account),
                    filters.date_short(lot.acquired_date),
                    filters.shares(lot.quantity),
                    filters.fixed(lot.unit_cost_usd, 2) if lot.unit_cost_usd is not None else filters.NOTHING,
                    filters.usd(lot.proceeds_usd),
                    filters.usd_signed(lot.gain_usd, filters.NOTHING),
                    TERM_WORDS[lot.term] if lot.term else filters.NOTHING,
                    filters.usd_some(lot.disallowed_usd),
                )
            )
    if not rows:
        return None
    heading = (
        f"{filters.count(len(rows), 'lot').capitalize()} sold in taxable accounts: "
        f"{filters.count(gains, 'gain')}, {filters.count(losses, 'loss', 'losses')}"
    )
    return Lots(heading, tuple(rows), filters.usd(proceeds), filters.usd_signed(gain), filters.usd_some(disallowed), "")


def findings_of(decision: Decision, names: Names) -> tuple[FindingRow, ...]:
    """Every finding of the household as operations wrote it, errors first, account numbers masked."""
    return tuple(
        FindingRow(
            each.severity.value,
            each.code,
            filters.sentence(names.told(each.message)),
            filters.sentence(names.told(each.help)),
            names.clean(str(each.place)) if each.place.path else "",
            filters.usd(each.at_stake_usd) if each.at_stake_usd is not None else filters.NOTHING,
        )
        for each in in_order(decision.findings)
    )
