"""All there is to say about one household in one run: what the pages and the files are made from."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from rules.policy import HouseholdPolicy
from solver.metrics import Statistics
from solver.outcome import Explanation, Outcome, Payment, Status, Trade
from validation.findings import Finding
from validation.household import Household


@dataclass(frozen=True, slots=True)
class Baseline:
    """The account-by-account rebalance of the same day: what the household would have had without this software."""

    trades: tuple[Trade, ...]
    statistics: Statistics


@dataclass(frozen=True, slots=True)
class Timings:
    """CPU seconds by stage, and the solver's counters."""

    problem_cpu_seconds: float = 0.0
    solve_cpu_seconds: float = 0.0
    explain_cpu_seconds: float = 0.0
    lps: int = 0
    nodes: int = 0


@dataclass(frozen=True, slots=True)
class Decision:
    """One household's end of a run. `outcome` is None where nothing was solved (blocked, failed); `statistics` is
    None where figures must stay empty but for `value_usd`."""

    household: Household
    policy: HouseholdPolicy | None
    status: Status
    value_usd: Decimal | None
    outcome: Outcome | None = None
    payments: tuple[Payment, ...] = ()
    statistics: Statistics | None = None
    baseline: Baseline | None = None
    explanation: Explanation | None = None
    findings: tuple[Finding, ...] = ()
    due_because: str = ""
    timings: Timings = Timings()
