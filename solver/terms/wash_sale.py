r"""`wash_sale`: no loss is sold that a purchase within 30 days, anywhere in the scope, would wash (26 U.S.C. § 1091).

.. math::
    sell_j \le v_j\, h_g \quad (j \in loss(g)), \qquad \sum_{k \in g} buy_k \le U_g (1 - h_g), \qquad
    sell_r \ge v_r\, h_g \quad (r \in recent(g))

h_g = 1: losses of identity group g may be sold and nothing of g is bought in any account of the scope (the taxpayer's,
the spouse's, all their IRAs and plans). U_g is what the class could still take up to the upper edge of its band while the
losses of g stay: a purchase of a group with losses at stake never carries its class past its band, which keeps the
relaxation tight (it halved the LPs of a reference household) and is what a firm means by a band. Shares bought in the last
30 days must then all leave in the same sale, which makes them no replacement; where they cannot leave (locked, held away,
frozen), no loss of g is sold. A loss sold in the last 30 days bars purchases of g outright. A group without any of this
has no switch.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from rules.language.wash_sale import WashSale
from rules.policy import PlacedRule
from solver.barred import WINDOW_DAYS
from solver.problem import Pair, Problem, Slice
from solver.terms.base import Term
from validation.household import RecentPurchase


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


def most_bought(problem: Problem, group: WashGroup) -> float:
    """U_g: dollars of the group that may be bought over the scope while none of its losses is sold."""
    limit = sum(problem.pairs[k].limit_usd for k in group.purchases)
    symbols = {problem.pairs[k].symbol for k in group.purchases}
    classes = {int(problem.exposure[symbol].argmax()) for symbol in symbols}
    if len(classes) != 1 or problem.household.mode == "copies":
        return limit
    c = classes.pop()
    width = problem.policy.width_of(problem.classes[c])
    if width is None:
        return limit
    share = min(float(problem.exposure[symbol][c]) for symbol in symbols)
    movable = sum(pile.value_usd * float(problem.exposure[pile.symbol][c]) for pile in problem.piles)
    stays = float(problem.class_usd[c]) - movable
    stays += sum(problem.slices[j].value_usd * float(problem.exposure[problem.slices[j].symbol][c]) for j in group.losses)
    edge = (float(problem.target_frac[c]) + float(width)) * problem.value_usd
    return min(limit, max(0.0, edge - stays) / share)


def bind(placed: PlacedRule[WashSale], problem: Problem) -> Term:
    """The groups' switches and bars."""
    term, at = Term(placed.rule.id, "wash_sale", placed), problem.columns
    for group in wash_groups(problem, placed.rule.include_held_away):
        label = f"{group.identity_group}_{min(group.scope)}"
        if group.barred:
            term.add_bound(
                [at.buy(k) for k in group.purchases], upper=0.0, words=f"a loss of {group.identity_group} was taken within 30 days"
            )
        if group.blocked:
            term.add_bound(
                [at.sell(j) for j in group.losses], upper=0.0, words=f"{group.identity_group} was bought within 30 days and stays"
            )
            continue
        if not group.losses or (not group.recent and (group.barred or not group.purchases)):
            continue
        switch = term.add_column(f"harvest_{label}", 1.0, switch=True)
        for j in group.losses:
            term.add_row(f"loss_{label}_{j}", [at.sell(j), switch], [1.0, -problem.slices[j].value_usd], upper=0.0, definition=True)
        if not group.barred:
            most = most_bought(problem, group)
            columns = [*(at.buy(k) for k in group.purchases), switch]
            term.add_row(f"no_purchase_{label}", columns, [*([1.0] * len(group.purchases)), most], upper=most, definition=True)
        for j in group.recent:
            term.add_row(f"recent_{label}_{j}", [at.sell(j), switch], [1.0, -problem.slices[j].value_usd], lower=0.0, definition=True)
    return term
