"""What is proven of households at random: `python -m tests.bench.gaps [--draw firm|small|awkward] [--households 1000] [--check]`.

    firm      households of a firm's book, 10 to 3,000 lots, under the example's rules (`tests.bench.book`): what a night meets
    small     a dozen lots and every kind of rule (`tests.properties.random_households`): where a share costs more than a gap
    awkward   counted trades, tickets and many musts (`tests.bench.mixed_household`): hard on purpose

Prints the share of proposals with a proven gap within one basis point of the household's value, the CPU time of one core
from problem to certified outcome, and every household that is further off. Where doing nothing is the answer, what is
proven is that no list beats it by the policy's threshold of improvement; those are counted beside. `--check` gives every outcome to the
independent checker. Limits count nodes and LPs, so the gaps are the same on every machine. Gates nothing.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

from flows.ingest import ingest
from rules.load import load_policy
from rules.policy import HouseholdPolicy
from rules.tax import TaxYear, load_tax_year
from solver.build import build_problem
from solver.checker import check
from solver.compile import compile_policy
from solver.outcome import Outcome, SolutionStatus, Status
from solver.solve import solve
from tests.bench.book import write_book
from tests.bench.mixed_household import mixed_household, mixed_policy
from tests.properties.random_households import random_household, random_policy
from validation.gate import gate
from validation.household import Household

Case = tuple[str, Household, HouseholdPolicy]


def firm(first: int, count: int) -> Iterator[Case]:
    """Households that the gate lets pass from a book written, landed and read like any firm's."""
    with tempfile.TemporaryDirectory() as folder:
        place = write_book(Path(folder) / "firm", count, first=first + 1)
        policy, findings = load_policy(place)
        if policy is None:
            raise ValueError(f"the book's policy does not read: {findings}")
        landed = ingest(place, None, Path(folder) / "book.duckdb")
        book = gate(landed.marts, landed.as_of)
        for household_id in book.household_ids:
            if book.is_blocked(household_id):
                continue
            household = book.read(household_id)
            yield household_id, household, policy.for_household(household)


def small(first: int, count: int) -> Iterator[Case]:
    """A couple with four accounts and up to twenty lots, under rules at odds with each other."""
    for seed in range(first, first + count):
        draw = Random(seed)
        yield str(seed), random_household(draw), random_policy(draw)


def awkward(first: int, count: int) -> Iterator[Case]:
    """Trades counted, tickets charged, many musts."""
    for seed in range(first, first + count):
        yield str(seed), mixed_household(seed), mixed_policy(seed)


DRAWS: dict[str, Callable[[int, int], Iterator[Case]]] = {"firm": firm, "small": small, "awkward": awkward}


def solved(household: Household, policy: HouseholdPolicy, law: TaxYear) -> tuple[Outcome, float]:
    """The outcome and its CPU ms of one core."""
    began = time.process_time()
    outcome = solve(compile_policy(build_problem(household, policy, law))).outcome
    return outcome, (time.process_time() - began) * 1e3


def main() -> None:
    """Print the table."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--draw", choices=DRAWS, default="firm")
    asked.add_argument("--households", type=int, default=1000)
    asked.add_argument("--first", type=int, default=0)
    asked.add_argument("--check", action="store_true")
    options = asked.parse_args()
    law = load_tax_year(2026)
    ms: list[float] = []
    gaps: list[float] = []
    breaches = conflicts = stays = 0
    for name, household, policy in DRAWS[options.draw](options.first, options.households):
        outcome, spent = solved(household, policy, law)
        ms.append(spent)
        broken = check(household, policy, law, outcome) if options.check else []
        breaches += bool(broken)
        certificate = outcome.certificate
        if certificate is None:
            conflicts += 1
            continue
        stays_proven = outcome.status is Status.NO_TRADE_NEEDED and certificate.status is not SolutionStatus.LIMIT
        stays += stays_proven
        if not stays_proven:
            gaps.append(certificate.gap_bps)
        if (certificate.gap_bps > 1 and not stays_proven) or broken:
            lots = sum(len(position.lots) for position in household.positions)
            said = "; ".join(finding.message for finding in broken)
            print(f"{name}: {certificate.gap_bps:.2f} bp, ${certificate.gap_usd:,.2f}, {lots} lots, {spent:.0f} ms {said}", flush=True)
    ms.sort()
    gaps.sort()
    within = sum(gap <= 1 for gap in gaps) / len(gaps)
    print(
        f"{options.draw}: {len(ms)} households, {conflicts} conflicts, {stays} better left alone; of {len(gaps)} proposals {within:.2%} "
        f"within 1 bp, median {statistics.median(gaps):.2f}, 99th percentile {gaps[int(0.99 * (len(gaps) - 1))]:.2f}, most {gaps[-1]:.2f}"
    )
    print(
        f"CPU ms median {statistics.median(ms):.0f}, 99th percentile {ms[int(0.99 * (len(ms) - 1))]:.0f}, most {ms[-1]:.0f}; "
        f"memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB"
        + (f"; the checker refused {breaches}" if options.check else "")
    )


if __name__ == "__main__":
    main()
