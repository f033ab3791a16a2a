"""One household under two policies: how it ends under the old one and how under the new one.

Pure comparison of two decisions; the same data, prices and law stand behind both.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from solver.decision import Decision
from solver.outcome import Side, Status
from validation.findings import Severity


class Change(StrEnum):
    """How far a household is touched: how it ends, what it trades, its figures alone, or not at all."""

    STATUS = "status"
    TRADES = "trades"
    FIGURES = "figures"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Order:
    """One order line of a proposal. `quantity` in shares, `notional_usd` at the run's price."""

    account_id: str
    symbol: str
    side: Side
    quantity: Decimal
    notional_usd: Decimal


@dataclass(frozen=True, slots=True)
class Ending:
    """How a household ends under one policy. Fractions unrounded, dollars in cents, None where a figure cannot exist.

    stuck       why it waits for a person: the titles of the rules in conflict, or the first error; empty where it is decided
    ways_out    for each rule in conflict, the cheapest way that it alone could give way
    """

    status: Status
    orders: tuple[Order, ...] = ()
    tax_cost: Decimal | None = None
    drift_after: Decimal | None = None
    location_score: Decimal | None = None
    annual_benefit: Decimal | None = None
    turnover: Decimal | None = None
    stuck: tuple[str, ...] = ()
    ways_out: tuple[str, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Effect:
    """One household under both policies. `rules` are the ids of the rules that bind it differently; `references` are the
    custodians' numbers of its accounts, by account id, for pages to mask."""

    household_id: str
    name: str
    advisor: str
    value: Decimal | None
    old: Ending
    new: Ending
    rules: tuple[str, ...] = ()
    references: Mapping[str, str] = field(default_factory=dict)

    @property
    def change(self) -> Change:
        """The largest thing that changes."""
        if self.old.status is not self.new.status:
            return Change.STATUS
        if _sizes(self.old) != _sizes(self.new):
            return Change.TRADES
        return Change.NOTHING if self.old == self.new else Change.FIGURES

    @property
    def is_newly_stuck(self) -> bool:
        """Decided under the old policy, and waiting for a person under the new one."""
        return self.old.status.is_decided and not self.new.status.is_decided

    @property
    def is_freed(self) -> bool:
        """Waiting for a person under the old policy, and decided under the new one."""
        return not self.old.status.is_decided and self.new.status.is_decided

    @property
    def added(self) -> tuple[Order, ...]:
        """Orders that only the new policy makes."""
        before = _sizes(self.old)
        return tuple(order for order in self.new.orders if _key(order) not in before)

    @property
    def dropped(self) -> tuple[Order, ...]:
        """Orders that only the old policy makes."""
        after = _sizes(self.new)
        return tuple(order for order in self.old.orders if _key(order) not in after)

    @property
    def resized(self) -> tuple[tuple[Order, Order], ...]:
        """(before, after) of orders that both make in different sizes."""
        after = {_key(order): order for order in self.new.orders}
        pairs = ((order, after[_key(order)]) for order in self.old.orders if _key(order) in after)
        return tuple((before, now) for before, now in pairs if before.quantity != now.quantity)


def effect_of(old: Decision, new: Decision) -> Effect:
    """Two decisions on one household as one effect."""
    household = old.household
    return Effect(
        household.household_id,
        household.name,
        household.advisor,
        old.value_usd,
        _ending(old),
        _ending(new),
        tuple(_rules_between(old, new)),
        {each.account_id: each.custodian_ref or each.account_id for each in household.accounts},
    )


def drift_risen(effect: Effect) -> Decimal | None:
    """New drift after, less old; None where one of them cannot exist."""
    old, new = effect.old.drift_after, effect.new.drift_after
    return None if old is None or new is None else new - old


def _ending(decision: Decision) -> Ending:
    figures = decision.statistics if decision.status.is_decided else None
    trades = decision.outcome.trades if decision.outcome and decision.status is Status.PROPOSED else ()
    orders = tuple(Order(each.account_id, each.symbol, each.side, each.quantity, each.notional_usd) for each in trades)
    if figures is None:
        conflict = decision.outcome.conflict if decision.outcome else ()
        return Ending(decision.status, orders, stuck=tuple(_why_stuck(decision)), ways_out=tuple(each.sentence for each in conflict))
    return Ending(
        decision.status, orders, figures.tax_cost, figures.drift_after, figures.location_score_after, figures.annual_benefit,
        figures.turnover,
    )  # fmt: skip


def _why_stuck(decision: Decision) -> Iterator[str]:
    if decision.status is Status.CONFLICT and decision.outcome and decision.outcome.conflict:
        yield from (each.title for each in decision.outcome.conflict)
    else:
        yield next((each.message for each in decision.findings if each.severity is Severity.ERROR), "no finding says why")


def _rules_between(old: Decision, new: Decision) -> Iterator[str]:
    """Ids of the rules that one policy has for the household and the other has not, or has otherwise."""
    before, after = ({placed.rule.id: placed.rule for placed in each.policy.rules} if each.policy else {} for each in (old, new))
    yield from (name for name in sorted(before.keys() | after.keys()) if before.get(name) != after.get(name))


def _key(order: Order) -> tuple[str, str, Side]:
    return order.account_id, order.symbol, order.side


def _sizes(ending: Ending) -> dict[tuple[str, str, Side], Decimal]:
    return {_key(order): order.quantity for order in ending.orders}
