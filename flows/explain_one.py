"""One household's explanation: read from a run's folder, or made afresh from the firm's."""

from __future__ import annotations

import json
from pathlib import Path

from flows.explanation import Json, explanation_of, not_traded
from flows.pages import REPORTS
from flows.preview import decide_one
from flows.record import run_id_in
from flows.settings import RUNS, unusable
from rules.tax import load_tax_year
from solver.build import build_problem
from solver.compile import compile_policy
from solver.decision import Decision
from solver.look_ahead import look_ahead
from solver.margins import margins
from solver.outcome import Status
from solver.settled import settle
from solver.solve import Solution, solve
from solver.why_not import TRADED_USD, why_not
from templates.filters import file_name
from validation.suggest import nearest


def explained_in(run: Path | None, household_id: str) -> Json:
    """The explanation that a run wrote; without a run, that of the latest in runs/. Raises FirmUnusable where there is none."""
    folder = run or _latest()
    if run_id_in(folder) is None:
        raise unusable("missing-run", f"{folder} holds no run", "the path of a run's folder; `rooftree run` prints it")
    path = folder / REPORTS / f"{file_name(household_id)}.json"
    if not path.is_file():
        known = [each.stem for each in (folder / REPORTS).glob("*.json")]
        similar = nearest(household_id, sorted(known))
        help_ = f"a similar one exists: {similar}" if similar else "statistics.csv of the run names them"
        raise unusable("unknown-household", f"no household of {folder} is called {household_id}", help_)
    page: Json = json.loads(path.read_text(encoding="utf-8"))
    return page


def _latest() -> Path:
    runs = [each for each in RUNS.iterdir() if run_id_in(each) is not None] if RUNS.is_dir() else []
    if not runs:
        raise unusable("missing-run", f"{RUNS} holds no run", "--run names a run's folder, --firm a firm's, which is then decided anew")
    return max(runs, key=lambda each: (each.stat().st_mtime, each.name))


def explained_anew(firm: Path, household_id: str, *, full: bool = False) -> tuple[Json, Decision]:
    """The explanation of a household decided now, and its decision. Nothing is written but the warehouse.

    full    counterfactuals and rule prices by searches of their own
    """
    decision = decide_one(firm, household_id).decision
    if full and decision.explanation is not None and (solution := _solved(decision)) is not None:
        law = load_tax_year(decision.household.as_of.year)
        told = look_ahead(solution, decision.explanation, law, full=True)
        return explanation_of(Decision(**{**_fields(decision), "explanation": told})), decision
    return explanation_of(decision), decision


def _fields(decision: Decision) -> Json:
    return {name: getattr(decision, name) for name in decision.__dataclass_fields__}


def _solved(decision: Decision) -> Solution | None:
    if decision.status is not Status.PROPOSED or decision.policy is None:
        return None
    law = load_tax_year(decision.household.as_of.year)
    return solve(compile_policy(build_problem(decision.household, decision.policy, law)))


def symbol_in(decision: Decision, symbol: str) -> list[Json]:
    """Why each account and lot of a security was not traded, or not further; empty where nothing was proposed. Raises
    FirmUnusable for a symbol that the household neither holds nor may buy."""
    solution = _solved(decision)
    settled = settle(solution) if solution else None
    if settled is None:
        return []
    problem = settled.bound.problem
    known = {each.symbol for each in problem.piles} | {each.symbol for each in problem.pairs}
    if symbol not in known:
        similar = nearest(symbol, sorted(known))
        help_ = f"a similar one exists: {similar}" if similar else "it is neither held where trades are allowed nor in the target's list"
        raise unusable("unknown-security", f"{symbol} can be neither sold nor bought in this household", help_)
    traded = {(trade.account_id, trade.symbol, trade.side) for trade in solution.outcome.trades} if solution else set()
    left = (
        each
        for each in margins(settled)
        if each.traded_usd <= TRADED_USD or (problem.accounts[each.account].account_id, each.symbol, each.side) not in traded
    )
    return [not_traded(each) for each in why_not(settled, left, symbol)]
