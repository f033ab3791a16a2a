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
has no switch. Mode `price` is `wash_price`.
"""

from __future__ import annotations

from rules.language.wash_sale import WashSale
from rules.policy import PlacedRule
from solver.problem import Problem
from solver.terms import wash_price
from solver.terms.base import Term
from solver.wash_groups import WashGroup, is_priced, wash_groups


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
    stays = float(problem.class_usd[c] - problem.movable_class_usd[c])
    stays += sum(problem.slices[j].value_usd * float(problem.exposure[problem.slices[j].symbol][c]) for j in group.losses)
    edge = (float(problem.target_frac[c]) + float(width)) * problem.value_usd
    return min(limit, max(0.0, edge - stays) / share)


def bind(placed: PlacedRule[WashSale], problem: Problem) -> Term:
    """The groups' switches and bars."""
    term, at = Term(placed.rule.id, "wash_sale", placed), problem.columns
    if is_priced(problem.policy):
        if placed is problem.policy.of(WashSale)[0]:
            wash_price.state(term, problem)
        return term
    if placed.rule.mode == "price":
        return term
    for group in wash_groups(problem, placed.rule.include_held_away):
        label = f"{group.identity_group}_{min(group.scope)}"
        if group.barred:
            wash_price.bar(term, problem, group)
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
