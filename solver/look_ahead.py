"""What a proposal's household would look like otherwise, added to its explanation: without its largest trades, under other
budgets, some years on. Dearer than the reasons themselves (a tenth of a second or two), so made for proposals only."""

from __future__ import annotations

from dataclasses import replace

from rules.tax import TaxYear
from solver.counterfactual import without_largest
from solver.frontier import frontier
from solver.outcome import Explanation, Status
from solver.rule_price import price_rules
from solver.settled import settle
from solver.solve import Solution
from solver.transition import transition


def look_ahead(solution: Solution, explanation: Explanation, tax_year: TaxYear, *, full: bool = False) -> Explanation:
    """The explanation with counterfactuals, frontier and transition; as it was for anything but a proposal.

    full    counterfactuals and rule prices by searches of their own instead of warm LPs
    """
    settled = settle(solution) if solution.outcome.status is Status.PROPOSED else None
    if settled is None:
        return explanation
    return replace(
        explanation,
        rule_prices=price_rules(solution, settled, full=True) if full else explanation.rule_prices,
        counterfactuals=without_largest(solution, settled, full=full),
        frontier=frontier(settled),
        transition=transition(settled, tax_year),
    )
