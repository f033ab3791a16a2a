"""What a change of policy does to a book: sums, means and limits over every household's two endings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from solver.endings import Change, Effect, Ending, drift_risen
from solver.outcome import Status
from validation.units import ZERO


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums (old, new) over the households that are decided under both policies; drift and location score are means weighted
    by value, over those that have the figure on both sides (None where nobody has)."""

    households: int
    trades: tuple[int, int]
    tax_cost: tuple[Decimal, Decimal]
    annual_benefit: tuple[Decimal, Decimal]
    drift_after: tuple[Decimal, Decimal] | None
    location_score: tuple[Decimal, Decimal] | None


@dataclass(frozen=True, slots=True)
class Limits:
    """What a change of policy may do before the comparison fails. None: anything.

    stuck           households that wait for a person under the new policy only
    changed         households whose end or trades differ
    tax_usd         rise of the book's tax cost, dollars, households decided under both
    drift_frac      rise of any household's drift after the proposal
    """

    stuck: int | None = 0
    changed: int | None = None
    tax_usd: Decimal | None = None
    drift_frac: Decimal | None = None


@dataclass(frozen=True)
class Impact:
    """Every household of the book, in order of the ids."""

    effects: tuple[Effect, ...]

    def having(self, change: Change) -> list[Effect]:
        return [effect for effect in self.effects if effect.change is change]

    @property
    def changed(self) -> list[Effect]:
        """Households that end or trade otherwise, or whose figures move: newly stuck first, then status, trades, figures;
        within each the largest change of tax first."""
        rank = list(Change)
        touched = (effect for effect in self.effects if effect.change is not Change.NOTHING)
        return sorted(
            touched, key=lambda each: (not each.is_newly_stuck, rank.index(each.change), -abs(_tax_moved(each)), each.household_id)
        )

    @property
    def newly_stuck(self) -> list[Effect]:
        return [effect for effect in self.effects if effect.is_newly_stuck]

    @property
    def freed(self) -> list[Effect]:
        return [effect for effect in self.effects if effect.is_freed]

    def counts(self) -> dict[Status, tuple[int, int]]:
        """Households by status, (old, new); statuses that nobody has are left out."""
        old, new = (Counter(getattr(effect, side).status for effect in self.effects) for side in ("old", "new"))
        return {status: (old[status], new[status]) for status in Status if old[status] or new[status]}

    def totals(self) -> Totals:
        """Sums and means over the households decided under both policies."""
        both = [effect for effect in self.effects if effect.old.status.is_decided and effect.new.status.is_decided]
        return Totals(
            len(both),
            (sum(len(each.old.orders) for each in both), sum(len(each.new.orders) for each in both)),
            _summed(both, lambda ending: ending.tax_cost),
            _summed(both, lambda ending: ending.annual_benefit),
            _mean(both, lambda ending: ending.drift_after),
            _mean(both, lambda ending: ending.location_score),
        )

    def broken(self, limits: Limits) -> Iterator[str]:
        """A sentence per limit that the change of policy exceeds."""
        if limits.stuck is not None and len(self.newly_stuck) > limits.stuck:
            names = ", ".join(f"{each.household_id} ({each.new.status.value})" for each in self.newly_stuck)
            yield f"{_people(len(self.newly_stuck))} newly waits for a person; {_allowed(limits.stuck)}: {names}"
        moved = len(self.having(Change.STATUS)) + len(self.having(Change.TRADES))
        if limits.changed is not None and moved > limits.changed:
            yield f"{_people(moved)} ends or trades otherwise; {_allowed(limits.changed)}"
        before, after = self.totals().tax_cost
        if limits.tax_usd is not None and after - before > limits.tax_usd:
            yield f"the book's tax cost rises by ${after - before:,.2f}; at most ${limits.tax_usd:,.2f} is allowed"
        if limits.drift_frac is not None:
            worst = [each for each in self.effects if (rise := drift_risen(each)) is not None and rise > limits.drift_frac]
            for each in worst:
                rise = drift_risen(each) or ZERO
                most = limits.drift_frac * 100
                yield f"the drift of {each.household_id} rises by {rise * 100:.2f} points; at most {most:.2f} are allowed"


def _tax_moved(effect: Effect) -> Decimal:
    return (effect.new.tax_cost or ZERO) - (effect.old.tax_cost or ZERO)


def _summed(effects: Iterable[Effect], figure: Callable[[Ending], Decimal | None]) -> tuple[Decimal, Decimal]:
    pairs = [(figure(each.old) or ZERO, figure(each.new) or ZERO) for each in effects]
    return sum((old for old, _ in pairs), ZERO), sum((new for _, new in pairs), ZERO)


def _mean(effects: Iterable[Effect], figure: Callable[[Ending], Decimal | None]) -> tuple[Decimal, Decimal] | None:
    known = [
        (each.value or ZERO, old, new)
        for each in effects
        if (old := figure(each.old)) is not None and (new := figure(each.new)) is not None
    ]
    weight = sum((value for value, _, _ in known), ZERO)
    if not weight:
        return None
    return sum((value * old for value, old, _ in known), ZERO) / weight, sum((value * new for value, _, new in known), ZERO) / weight


def _people(number: int) -> str:
    return "1 household" if number == 1 else f"{number} households"


def _allowed(number: int) -> str:
    return "none is allowed" if number == 0 else f"at most {number} are allowed"
