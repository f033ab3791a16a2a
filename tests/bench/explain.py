"""What the reasons cost: `python -m tests.bench.explain [--households 12] [--lots 300]`.

CPU time of one core on the reference household of `reference_household`, medians over the households: statistics, baseline and
reasons (they are made for every household), a re-solve (a trade left out, warm and in full), the frontier and the years after.
Gates nothing; ratios of one run compare, seconds of two machines do not.
"""

from __future__ import annotations

import argparse
import gc
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from rules.policy import HouseholdPolicy
from rules.tax import TaxYear, load_tax_year
from solver.baseline import rebalance_account_by_account
from solver.build import build_problem
from solver.compile import compile_policy
from solver.counterfactual import without_largest
from solver.explain import explain
from solver.frontier import frontier
from solver.ledger import holdings_after
from solver.metrics import compare, ground_of, measure
from solver.reachable import reachable_holdings
from solver.rule_price import price_rules
from solver.sensitivity import sensitivities
from solver.settled import settle
from solver.solve import solve
from solver.statistics import Statistics
from solver.transition import transition
from tests.bench.reference_firm import reference_policy
from tests.bench.reference_household import reference_household
from validation.household import Household

T = TypeVar("T")
EVERY_HOUSEHOLD = ("ground", "reachable", "statistics", "baseline", "reasons", "sensitivities")
ON_DEMAND = ("a re-solve, warm", "a re-solve, in full", "prices of rules, in full", "frontier", "years after")


class Watch:
    """CPU milliseconds by stage, all households."""

    def __init__(self) -> None:
        self.spent: dict[str, list[float]] = defaultdict(list)

    def time(self, name: str, made: Callable[[], T], count: int = 1) -> T:
        """What `made` makes; its time is booked under `name`, divided by `count`."""
        began = time.process_time()
        found = made()
        self.spent[name].append((time.process_time() - began) * 1e3 / max(1, count))
        return found


def explained(watch: Watch, household: Household, policy: HouseholdPolicy, law: TaxYear, *, full: bool) -> None:
    """One household's figures and reasons, each stage timed."""
    solution = solve(compile_policy(build_problem(household, policy, law)))
    outcome = solution.outcome
    payments = outcome.payments
    ground = watch.time("ground", lambda: ground_of(household, policy, law, payments))
    reachable = watch.time("reachable", lambda: reachable_holdings(solution))
    proposal = watch.time(
        "statistics",
        lambda: measure(
            household, policy, law, outcome.trades, payments, holdings=outcome.holdings_after, reachable=reachable, ground=ground
        ),
    )

    def usual() -> Statistics:
        trades = rebalance_account_by_account(household, policy, payments)
        alone = measure(household, policy, law, trades, payments, holdings=holdings_after(household, trades, payments), ground=ground)
        compare(proposal, alone)
        return alone

    alone = watch.time("baseline", usual)
    watch.time("reasons", lambda: explain(solution))
    watch.time("sensitivities", lambda: sensitivities(proposal, ground, alone))
    settled = settle(solution)
    assert settled is not None
    watch.time("a re-solve, warm", lambda: without_largest(solution, settled), 5)
    if full:
        watch.time("a re-solve, in full", lambda: without_largest(solution, settled, full=True), 5)
        watch.time("prices of rules, in full", lambda: price_rules(solution, settled, full=True))
    watch.time("frontier", lambda: frontier(settled))
    watch.time("years after", lambda: transition(settled, law))


def main() -> None:
    """Print the table."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--households", type=int, default=12)
    asked.add_argument("--lots", type=int, default=300)
    asked.add_argument("--full", type=int, default=2, help="how many are asked in full, too")
    options = asked.parse_args()
    law = load_tax_year(2026)
    cases = [
        (reference_household(seed, lots=options.lots), reference_policy(seed, Path(tempfile.mkdtemp())))
        for seed in range(1, options.households + 1)
    ]
    explained(Watch(), *cases[0], law, full=False)
    gc.collect()
    gc.freeze()
    watch = Watch()
    for number, (household, policy) in enumerate(cases):
        explained(watch, household, policy, law, full=number < options.full)
    for name in (*EVERY_HOUSEHOLD, *ON_DEMAND):
        spent = watch.spent[name]
        if spent:
            print(f"{name:<26} CPU ms median {statistics.median(spent):8.2f}, most {max(spent):8.2f}")
    sums = [sum(each) for each in zip(*(watch.spent[name] for name in EVERY_HOUSEHOLD), strict=True)]
    print(f"for every household, in all: CPU ms median {statistics.median(sums):.1f}, most {max(sums):.1f}")


if __name__ == "__main__":
    main()
