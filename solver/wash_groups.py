"""What could wash what: identity groups within a wash scope, their losses, and the shares that would replace them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from rules.language.wash_sale import WashSale
from rules.policy import HouseholdPolicy
from solver.barred import WINDOW_DAYS
from solver.problem import Pair, Problem, Slice
from solver.wash_loss import kept_purchases, order_of_loss, still_held
from validation.household import RecentPurchase

WORTHLESS_USD = 0.02
"""A lot whose whole sale loses no more than this realises no loss that could be washed."""


@dataclass(frozen=True, slots=True)
class WashGroup:
    """One identity group within one wash scope of the household. Indices into slices, pairs, slices."""

    scope: frozenset[str]
    identity_group: str
    losses: tuple[int, ...]
    purchases: tuple[int, ...]
    recent: tuple[int, ...]
    """Slices that must be sold whole together with any loss, because they were bought in the window."""
    blocked: bool
    """Something bought in the window cannot leave: no loss of the group may be sold."""
    barred: bool
    """A loss of the group was realised in the window: nothing of it may be bought."""


def wash_groups(problem: Problem, include_held_away: bool) -> tuple[WashGroup, ...]:
    """Every group that could wash, by scope and identity group, in name order."""
    household = problem.household
    groups: list[WashGroup] = []
    losses = _members(problem, [j for j, each in enumerate(problem.slices) if each.is_loss], problem.slices)
    purchases = _members(problem, range(len(problem.pairs)), problem.pairs)
    for scope in household.wash_scopes:
        accounts = {a for a, account in enumerate(problem.accounts) if account.taxpayer_id in scope}
        recents = [each for each in household.recent_purchases if each.taxpayer_id in scope and (each.account_id or include_held_away)]
        losses_taken = [each for each in household.recent_loss_sales if each.taxpayer_id in scope]
        names = {name for name, slices in losses.items() if any(problem.slices[j].account in accounts for j in slices)}
        names |= {group_of(problem, each.symbol) for each in losses_taken}
        for name in sorted(names):
            mine = [each for each in recents if group_of(problem, each.symbol) == name]
            leaving = [_slice_of(problem, each) for each in mine]
            groups.append(
                WashGroup(
                    scope,
                    name,
                    tuple(j for j in losses.get(name, ()) if problem.slices[j].account in accounts),
                    tuple(k for k in purchases.get(name, ()) if problem.pairs[k].account in accounts),
                    tuple(sorted({j for j in leaving if j is not None})),
                    any(j is None for j in leaving),
                    any(
                        group_of(problem, each.symbol) == name and household.as_of <= each.sold_date + timedelta(days=WINDOW_DAYS)
                        for each in losses_taken
                    ),
                )
            )
    return tuple(groups)


def _members(problem: Problem, indices: Iterable[int], traded: Sequence[Slice] | Sequence[Pair]) -> dict[str, list[int]]:
    """The indices by identity group."""
    by_group: dict[str, list[int]] = defaultdict(list)
    for index in indices:
        by_group[group_of(problem, traded[index].symbol)].append(index)
    return by_group


def group_of(problem: Problem, symbol: str) -> str:
    """The identity group of a symbol; a symbol the firm does not know is identical to itself only."""
    security = problem.household.securities.get(symbol)
    return (security.identity_group or symbol) if security else symbol


def _slice_of(problem: Problem, recent: RecentPurchase) -> int | None:
    """The slice that holds the recently bought shares, None where they cannot leave in this run."""
    for j, piece in enumerate(problem.slices):
        if (
            piece.symbol == recent.symbol
            and problem.accounts[piece.account].account_id == recent.account_id
            and (piece.lot is None or (recent.lot_id and piece.lot.lot_id == recent.lot_id))
        ):
            return j
    return None


@dataclass(frozen=True, slots=True)
class Replacement:
    """Shares of a group bought in the last 30 days that a loss sold today may be matched with.

    shares      kept today, if nothing is sold
    held        shares of the lot or position that they are part of
    column      base column, dollars, whose sale lowers them; None where they cannot leave in this run
    price_usd   per share
    by_lot      the account's relief method says which shares of the position leave first
    """

    shares: float
    held: float
    column: int | None
    price_usd: float
    untaxed: bool
    by_lot: bool


@dataclass(frozen=True, slots=True)
class PricedGroup:
    """One identity group of a scope whose losses may be sold and washed. `losses` stand in matching order."""

    group: WashGroup
    losses: tuple[int, ...]
    purchases: tuple[int, ...]
    kept: tuple[Replacement, ...]

    @property
    def can_wash(self) -> bool:
        return bool(self.losses) and bool(self.purchases or self.kept)


def is_priced(policy: HouseholdPolicy) -> bool:
    """Whether washed losses are paid for: every wash rule says so, or there is none, since the law needs no rule."""
    return all(placed.rule.mode == "price" for placed in policy.of(WashSale))


def counts_held_away(policy: HouseholdPolicy) -> bool:
    """Whether purchases in accounts held elsewhere count: unless every wash rule leaves them out."""
    rules = policy.of(WashSale)
    return not rules or any(placed.rule.include_held_away for placed in rules)


def priced_groups(problem: Problem) -> tuple[PricedGroup, ...]:
    """Every group whose losses something could wash, where the policy lets them be washed at a price."""
    if not is_priced(problem.policy):
        return ()
    found = (_priced(problem, group) for group in wash_groups(problem, counts_held_away(problem.policy)))
    return tuple(each for each in found if each.can_wash)


def with_washable(problem: Problem) -> Problem:
    """The problem with the washable slices of its policy."""
    washable = tuple(j for each in priced_groups(problem) for j in each.losses)
    return problem if washable == problem.washable else replace(problem, washable=washable)


def _priced(problem: Problem, group: WashGroup) -> PricedGroup:
    slices = problem.slices
    losses = sorted(
        (j for j in group.losses if slices[j].gain_frac * slices[j].value_usd < -WORTHLESS_USD), key=lambda j: _order(problem, slices[j])
    )
    # What is sold at a loss is not bought in the same account on the same day: alone it has no replacement there.
    piles = {(slices[j].account, slices[j].symbol) for j in losses}
    alone = piles.copy() if len(piles) == 1 else set()
    purchases = () if group.barred else tuple(
        k for k in group.purchases if (problem.pairs[k].account, problem.pairs[k].symbol) not in alone
    )  # fmt: skip
    return PricedGroup(group, tuple(losses), purchases, _kept(problem, group) if losses else ())


def _order(problem: Problem, piece: Slice) -> tuple[object, ...]:
    lot = piece.lot
    return order_of_loss(
        lot.acquired_date if lot else None, problem.accounts[piece.account].account_id, piece.symbol, lot.lot_id if lot else ""
    )


def _kept(problem: Problem, group: WashGroup) -> tuple[Replacement, ...]:
    """Recent purchases of the group that are held today, one record per lot, position or account elsewhere."""
    household, at = problem.household, problem.columns
    held = still_held(household, ())
    whole = dict(held)
    shares: dict[tuple[str, str, str], float] = defaultdict(float)
    untaxed: dict[tuple[str, str, str], bool] = {}
    away = counts_held_away(problem.policy)
    for purchase, kept, outside_tax in kept_purchases(household, group.scope, group.identity_group, held, held_away=away):
        key = (purchase.account_id, purchase.symbol, purchase.lot_id)
        shares[key] += float(kept)
        untaxed[key] = outside_tax
    found: list[Replacement] = []
    for key, count in shares.items():
        column, by_lot = _leaves_by(problem, key)
        price = float(household.price_usd(key[1])) if key[1] in household.securities else 1.0
        found.append(Replacement(count, float(whole.get(key, 0)) or count, column, price, untaxed[key], by_lot))
    return tuple(found) if at.count else ()


def _leaves_by(problem: Problem, key: tuple[str, str, str]) -> tuple[int | None, bool]:
    """(base column whose sale takes these shares away, whether the relief method decides when): (None, False) where none."""
    account_id, symbol, lot_id = key
    at = problem.columns
    for j, piece in enumerate(problem.slices):
        if piece.symbol == symbol and problem.accounts[piece.account].account_id == account_id:
            if piece.lot is None or not lot_id:
                return at.sold(piece.pile), bool(lot_id)
            if piece.lot.lot_id == lot_id:
                return at.sell(j), False
    return None, False
