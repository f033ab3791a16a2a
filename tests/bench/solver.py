"""How fast a household is solved and how well: `python -m tests.bench.solver [--households 40] [--lots 300] [--plain 4]`.

One core, CPU time, the reference household of `reference_household`: problem → certified outcome, all in. `--plain` solves
the first few again the plain way, the same Pyomo model with its binaries in HiGHS at default options and a gap of 1e-4,
and prints the ratio. Gates nothing; ratios of one run compare, seconds of two machines do not.
"""

from __future__ import annotations

import argparse
import gc
import resource
import statistics
import tempfile
import time
from pathlib import Path

import highspy
import numpy as np
from pyomo.repn.plugins.standard_form import LinearStandardFormCompiler

from rules.policy import HouseholdPolicy
from rules.tax import TaxYear, load_tax_year
from solver.build import build_problem
from solver.compile import compile_policy
from solver.model import build_model
from solver.solve import solve
from tests.bench.reference_firm import reference_policy
from tests.bench.reference_household import reference_household
from validation.household import Household


def solved(household: Household, policy: HouseholdPolicy, law: TaxYear) -> tuple[float, float, float, int, int]:
    """(CPU ms, gap in basis points, objective, LPs, trades) of one household, problem to certified outcome."""
    began = time.process_time()
    outcome = solve(compile_policy(build_problem(household, policy, law))).outcome
    spent = (time.process_time() - began) * 1e3
    certificate = outcome.certificate
    assert certificate is not None, outcome.findings
    return spent, certificate.gap_bps, certificate.objective_usd, certificate.lps, len(outcome.trades)


def plainly(household: Household, policy: HouseholdPolicy, law: TaxYear) -> tuple[float, float]:
    """(CPU ms, objective) the plain way: all binaries stated, HiGHS as it comes, gap 1e-4. Shares are not rounded."""
    began = time.process_time()
    standard = LinearStandardFormCompiler().write(
        build_model(compile_policy(build_problem(household, policy, law), state_sizes=True)), mixed_form=True
    )
    matrix, rhs = standard.A.tocsc(), np.asarray(standard.rhs, dtype=np.float64)
    kinds = np.array([row.bound_type for row in standard.rows])
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = matrix.shape[1], matrix.shape[0]
    lp.col_cost_, lp.offset_ = np.asarray(standard.c.todense()).ravel(), float(standard.c_offset[0])
    lp.col_lower_ = np.array([-np.inf if each.lb is None else each.lb for each in standard.columns])
    lp.col_upper_ = np.array([np.inf if each.ub is None else each.ub for each in standard.columns])
    lp.row_lower_, lp.row_upper_ = np.where(kinds == 1, -np.inf, rhs), np.where(kinds == -1, np.inf, rhs)
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = matrix.indptr, matrix.indices, matrix.data
    lp.integrality_ = [highspy.HighsVarType.kInteger if each.is_binary() else highspy.HighsVarType.kContinuous for each in standard.columns]
    highs = highspy.Highs()
    for option, value in (("output_flag", False), ("threads", 1), ("mip_rel_gap", 1e-4), ("time_limit", 120.0)):
        highs.setOptionValue(option, value)
    highs.passModel(lp)
    highs.run()
    return (time.process_time() - began) * 1e3, float(highs.getInfo().objective_function_value)


def main() -> None:
    """Print the table."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--households", type=int, default=40)
    asked.add_argument("--lots", type=int, default=300)
    asked.add_argument("--plain", type=int, default=0)
    options = asked.parse_args()
    law = load_tax_year(2026)
    cases = []
    for seed in range(1, options.households + 1):
        cases.append((reference_household(seed, lots=options.lots), reference_policy(seed, Path(tempfile.mkdtemp()))))
    solved(*cases[0], law)
    gc.collect()
    gc.freeze()
    rows = [solved(household, policy, law) for household, policy in cases]
    ms, gaps = sorted(row[0] for row in rows), sorted(row[1] for row in rows)
    print(
        f"{options.households} households of {options.lots} lots: CPU ms median {statistics.median(ms):.0f}, 99th percentile "
        f"{ms[int(0.99 * (len(ms) - 1))]:.0f}, most {ms[-1]:.0f}; LPs median {statistics.median(row[3] for row in rows):.0f}"
    )
    print(f"gap bp median {statistics.median(gaps):.2f}, most {gaps[-1]:.2f}; within 1 bp {sum(gap <= 1 for gap in gaps) / len(gaps):.1%}")
    print(f"memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
    ratios = []
    for (household, policy), (spent, _, objective, _, _) in list(zip(cases, rows, strict=True))[: options.plain]:
        plain_ms, plain_objective = plainly(household, policy, law)
        worse = (objective - plain_objective) / float(household.value_usd) * 1e4
        ratios.append(plain_ms / spent)
        print(
            f"plain {plain_ms:,.0f} ms, here {spent:.0f} ms: {ratios[-1]:.0f} times; objective {worse:+.2f} bp of value from the plain one"
        )
    if ratios:
        print(f"faster than the plain way: median {statistics.median(ratios):.1f} times, {min(ratios):.1f} to {max(ratios):.1f}")


if __name__ == "__main__":
    main()
