r"""Washed losses at their price: `wash_sale` in mode `price`, and the law where a policy has no wash rule at all.

Loss lots of an identity group within a scope are matched in the order in which they were acquired (1, 2, …) with R_g
replacement shares: what the proposal buys of g, and what was bought in the last 30 days and stays. In shares,

.. math::
    washed_1 = \min(n_1, R_g), \qquad washed_i = \min\Big(n_i,\ R_g - \sum_{j<i} washed_j\Big), \qquad
    n_i = sell_i / price_i, \qquad R_g = \sum_k buy_k / price_k + \sum_r kept_r

which one switch a lot states exactly: u_i = 1 says that the replacements are used up by lot i.

.. math::
    n_i - N_i u_i \le washed_i \le n_i, \qquad washed_{i+1} \le N_{i+1}(1 - u_i), \qquad u_i \le u_{i+1}, \qquad
    R_g - \bar R (1 - u_i) \le \sum_{j \le i} washed_j \le R_g

The tax counts the washed loss back (`tax`: + ρ_i washed_i in the year's net gain), so a washed share saves no tax now; in a
taxable replacement its loss stands in the basis and keeps its worth of later, in an untaxed one it is lost:

.. math:: cost = \sum_i \rho_i\, r_{later}\, lost_i, \qquad lost_i \le washed_i, \qquad \sum_i lost_i \ge \sum_i washed_i - R^{taxable}_g

Exact: what is disallowed this year, share by share, and what is lost where a group's replacements all lie on one side.
Bounded from below, so that the certificate stays a proof: which of several lots loses for good where both kinds of account
replace; recent shares that leave with a part of their position; the order within a step where a group has more than
STEPS loss lots. The trade list is priced by the exact matching (`solver/wash_loss`) in any case.

A loss sold in the last 30 days bars purchases in this mode, too: the do-not-buy-until dates were promised.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby, pairwise

import numpy as np

from solver.problem import Problem
from solver.terms.base import Term
from solver.terms.tax import later_loss
from solver.wash_groups import PricedGroup, WashGroup, counts_held_away, priced_groups, wash_groups

STEPS = 8
"""Most switches of one group: with more loss lots, neighbours in the order share one."""
LAW = "wash_sales"
"""Name of the term where no rule states it."""


def law(problem: Problem) -> Term:
    """The term of a policy without a wash rule."""
    term = Term(LAW, "wash_sale", family="tax_later")
    state(term, problem)
    return term


def state(term: Term, problem: Problem) -> None:
    """Bars after recent losses, and every group's washed shares."""
    for group in wash_groups(problem, counts_held_away(problem.policy)):
        if group.barred:
            bar(term, problem, group)
    for priced in priced_groups(problem):
        _Matching(term, problem, priced).state()


def bar(term: Term, problem: Problem, group: WashGroup) -> None:
    """Nothing of the group is bought: a loss of it was taken within 30 days."""
    words = f"a loss of {group.identity_group} was taken within 30 days"
    term.add_bound([problem.columns.buy(k) for k in group.purchases], upper=0.0, words=words)


def lost_column(j: int) -> str:
    """Name of the own column that holds what of slice j's washed shares is lost for good."""
    return f"lost_{j}"


class _Matching:
    """One group's rows. Shares throughout; a linear sum is (columns, coefficients, constant)."""

    def __init__(self, term: Term, problem: Problem, priced: PricedGroup) -> None:
        self.term, self.problem, self.priced = term, problem, priced
        self.label = f"{priced.group.identity_group}_{min(priced.group.scope)}"
        self.columns: dict[bool, list[int]] = {False: [], True: []}
        self.weights: dict[bool, list[float]] = {False: [], True: []}
        self.constant = {False: 0.0, True: 0.0}
        self.most = 0.0

    def state(self) -> None:
        self._purchases()
        self._kept()
        for j in self.priced.losses:
            price = self.problem.slices[j].value_usd / self.problem.slices[j].quantity
            self._row(f"of_sale_{j}", [self.problem.washed_column[j], self.problem.columns.sell(j)], [1.0, -1.0 / price], upper=0.0)
        self._match(steps_of(self.problem, self.priced.losses))
        self._lose()

    def _purchases(self) -> None:
        at, prices = self.problem.columns, []
        for k in self.priced.purchases:
            pair = self.problem.pairs[k]
            price = float(self.problem.household.price_usd(pair.symbol))
            self._replace(at.buy(k), 1.0 / price, untaxed=not self.problem.accounts[pair.account].is_taxable)
            prices.append(price)
        limit = sum(self.problem.pairs[k].limit_usd for k in self.priced.purchases)
        self.most += limit / min(prices, default=1.0)

    def _kept(self) -> None:
        for r, each in enumerate(self.priced.kept):
            self.most += each.shares
            if each.column is None:
                self.constant[each.untaxed] += each.shares
                continue
            kept = self.term.add_column(f"kept_{self.label}_{r}", each.shares)
            self._replace(kept, 1.0, untaxed=each.untaxed)
            gone = 1.0 / each.price_usd
            self._row(f"kept_{self.label}_{r}_at_most", [kept, each.column], [1.0, gone], upper=each.held)
            # At least: all that is not sold; or, where the position's shares leave alike, its part of what is left.
            part = 1.0 if each.by_lot else min(1.0, each.shares / each.held)
            self._row(f"kept_{self.label}_{r}_at_least", [kept, each.column], [1.0, part * gone], lower=each.shares)

    def _replace(self, column: int, shares: float, *, untaxed: bool) -> None:
        self.columns[untaxed].append(column)
        self.weights[untaxed].append(shares)

    def _match(self, steps: Sequence[Sequence[int]]) -> None:
        sure = sum(self.constant.values())
        replaced, minus = [*self.columns[False], *self.columns[True]], [-w for w in (*self.weights[False], *self.weights[True])]
        washed: list[int] = []
        before = 0.0
        used: int | None = None
        for number, step in enumerate(steps):
            mine, count = [self.problem.washed_column[j] for j in step], sum(self.problem.slices[j].quantity for j in step)
            sold = [self.problem.columns.sell(j) for j in step]
            shares = [-self.problem.slices[j].quantity / self.problem.slices[j].value_usd for j in step]
            name, ones = f"{self.label}_{number}", [1.0] * len(mine)
            if used is not None:
                self._row(f"nothing_left_{name}", [*mine, used], [*ones, count], upper=count)
            washed += mine
            # What is left unmatched of the step once the sure replacements have had their turn.
            spare = count - max(0.0, sure - before)
            before += count
            if spare <= 0:
                self._row(f"matched_{name}", [*mine, *sold], [*ones, *shares], lower=0.0)
                continue
            last, used = used, self.term.add_column(f"used_up_{name}", 1.0, switch=True)
            self._row(f"matched_{name}", [*mine, *sold, used], [*ones, *shares, spare], lower=0.0)
            self._row(f"used_up_{name}", [*washed, *replaced, used], [*([1.0] * len(washed)), *minus, -self.most], lower=sure - self.most)
            if last is not None:
                self._row(f"in_order_{name}", [last, used], [1.0, -1.0], upper=0.0)
        self._row(f"once_{self.label}", [*washed, *replaced], [*([1.0] * len(washed)), *minus], upper=sure)

    def _lose(self) -> None:
        losses = self.priced.losses
        washed, cost = [self.problem.washed_column[j] for j in losses], [later_loss(self.problem, j) for j in losses]
        if not self.columns[True] and not self.constant[True]:
            return
        if not self.columns[False] and not self.constant[False]:
            self.term.add_cost(np.array(washed, dtype=np.intp), np.array(cost))
            return
        lost = [self.term.add_column(lost_column(j), cost=each) for j, each in zip(losses, cost, strict=True)]
        for j, column, mine in zip(losses, lost, washed, strict=True):
            self._row(f"lost_{j}", [column, mine], [1.0, -1.0], upper=0.0)
        columns, ones = [*lost, *washed, *self.columns[False]], [1.0] * len(lost)
        self._row(f"lost_{self.label}", columns, [*ones, *(-each for each in ones), *self.weights[False]], lower=-self.constant[False])

    def _row(self, name: str, columns: list[int], coefficients: list[float], lower: float = -np.inf, upper: float = np.inf) -> None:
        self.term.add_row(name, columns, coefficients, lower, upper, unit="shares", definition=True)


def steps_of(problem: Problem, losses: Iterable[int]) -> list[list[int]]:
    """The loss lots in matching order, in steps of one switch each: lots that lose the same a share, in the same return and
    term, need no order among themselves; where there are still more than STEPS, neighbours are put together."""

    def alike(j: int) -> tuple[object, ...]:
        piece = problem.slices[j]
        return problem.accounts[piece.account].taxpayer_id, piece.term, round(piece.loss_per_share, 9)

    alone = [list(members) for _, members in groupby(losses, key=alike)]
    edges = sorted({round(number * len(alone) / STEPS) for number in range(STEPS + 1)} if len(alone) > STEPS else range(len(alone) + 1))
    return [[j for members in alone[begin:end] for j in members] for begin, end in pairwise(edges)]
