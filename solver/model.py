"""The household's model in Pyomo: base variables, and one Block per term, named by the rule.

Every row is stated as one linear expression from the term's arrays (no Pyomo expression is built lot by lot); the LP
file of this model (`lp_text`) reads rule by rule and is what the golden files under tests/golden/lp hold.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from io import StringIO
from math import inf
from typing import Any

import pyomo.environ as pyo
from pyomo.core.expr.numeric_expr import LinearExpression
from pyomo.core.expr.relational_expr import EqualityExpression, InequalityExpression
from pyomo.repn.plugins.lp_writer import LPWriter

from solver.compile import BoundPolicy
from solver.problem import Problem
from solver.terms.base import Row, Term


def build_model(bound: BoundPolicy) -> pyo.ConcreteModel:
    """State every term."""
    model = pyo.ConcreteModel()
    lower, upper = base_bounds(bound)
    model.x = pyo.Var(range(bound.base_columns))
    base = list(model.x.values())
    for variable, low, high in zip(base, lower, upper, strict=False):
        variable.setlb(_finite(low))
        variable.setub(_finite(high))
    for variable in base[bound.problem.columns.amounts :]:
        variable.domain = pyo.Binary
    objective_columns: list[Any] = []
    objective_values: list[float] = []
    constant = 0.0
    for term in bound.terms:
        if term.is_empty:
            continue
        block = pyo.Block()
        model.add_component(block_name(term.name), block)
        owned = _own_columns(block, term)
        _rows(block, term.rows, base, owned)
        for columns, values in zip(term.cost_columns, term.cost_values, strict=True):
            objective_columns += [base[i] for i in columns]
            objective_values += [float(value) for value in values]
        for variable, column in zip(owned, term.columns, strict=True):
            if column.cost:
                objective_columns.append(variable)
                objective_values.append(column.cost)
        constant += term.constant
    model.cost = pyo.Objective(expr=LinearExpression(constant=constant, linear_coefs=objective_values, linear_vars=objective_columns))
    return model


def block_name(name: str) -> str:
    """A Pyomo component name of a rule id."""
    return "rule_" + re.sub(r"\W", "_", name)


def base_names(problem: Problem) -> list[str]:
    """Readable names of the base columns, in order."""
    accounts = [account.account_id for account in problem.accounts]
    slices = [f"sell[{accounts[each.account]},{each.symbol},{each.lot.lot_id if each.lot else ''}]" for each in problem.slices]
    piles = [f"{accounts[each.account]},{each.symbol}" for each in problem.piles]
    pairs = [f"{accounts[each.account]},{each.symbol}" for each in problem.pairs]
    returns = [each.taxpayer_id for each in problem.returns]
    return [
        *slices,
        *(f"sold[{each}]" for each in piles),
        *(f"buy[{each}]" for each in pairs),
        *(f"cash[{each}]" for each in accounts),
        *(f"net_st[{each}]" for each in returns),
        *(f"net_lt[{each}]" for each in returns),
        *(slices[j].replace("sell", "washed", 1) for j in problem.washable),
        *(f"selling[{each}]" for each in piles),
        *(f"buying[{each}]" for each in pairs),
    ]


def lp_text(bound: BoundPolicy) -> str:
    """The model as an LP file that a person can read: columns such as `sell(T,STK,old)`, rows such as `cash_floor.floor_household`.

    The model itself only numbers its components, which is quicker; the names are put in here. Numbers have ten significant
    digits, so that the text does not hang on the last bit of anybody's processor.
    """
    written = StringIO()
    LPWriter().write(build_model(bound), written, symbolic_solver_labels=True)
    names = _component_names(bound)
    text = _COMPONENT.sub(lambda found: names[found[0]], written.getvalue())
    return _NUMBER.sub(lambda found: f"{float(found[0]):.10g}", text)


_COMPONENT = re.compile(r"\bx\(\d+\)|\b[cr]_[elu]_rule_\w+_rows\(\d+\)_|\brule_\w+_own\(\d+\)")
_NUMBER = re.compile(r"(?<![\w.,(])\d+\.\d+(e[-+]?\d+)?(?![\w.,)])")


def _component_names(bound: BoundPolicy) -> dict[str, str]:
    """Name in the LP file by the name that Pyomo gives it."""
    names = {f"x({i})": name for i, name in enumerate(_told_apart(base_names(bound.problem)))}
    for term in bound.terms:
        block = block_name(term.name)
        for i, name in enumerate(_told_apart(f"{term.name}.{column.name}" for column in term.columns)):
            names[f"{block}_own({i})"] = name
        for i, name in enumerate(_told_apart(f"{term.name}.{row.name}" for row in term.rows)):
            names |= {f"c_{sense}_{block}_rows({i})_": name for sense in "elu"}
            names |= {f"r_l_{block}_rows({i})_": f"{name}.low", f"r_u_{block}_rows({i})_": f"{name}.high"}
    return names


def _told_apart(names: Iterable[str]) -> list[str]:
    """The names as an LP file may spell them; what comes several times is numbered."""
    spelt = [re.sub(r"[^\w.,()]", "_", name.replace("[", "(").replace(",]", "]").replace("]", ")")) for name in names]
    often, seen = Counter(spelt), Counter[str]()
    for place, name in enumerate(spelt):
        if often[name] > 1:
            seen[name] += 1
            spelt[place] = f"{name}.{seen[name]}"
    return spelt


def base_bounds(bound: BoundPolicy) -> tuple[list[float], list[float]]:
    """Bounds of the base columns: what exists to be sold or bought, tightened by every term's bounds."""
    problem = bound.problem
    count = len(problem.returns)
    switches = len(problem.piles) + len(problem.pairs)
    washable = len(problem.washable)
    lower = [0.0] * (problem.columns.amounts - 2 * count - washable) + [-inf] * (2 * count) + [0.0] * (washable + switches)
    upper = [
        *(each.value_usd for each in problem.slices),
        *(each.value_usd for each in problem.piles),
        *(each.limit_usd for each in problem.pairs),
        *([inf] * len(problem.accounts)),
        *([inf] * (2 * count)),
        *(problem.slices[j].quantity for j in problem.washable),
        *([1.0] * switches),
    ]
    for term in bound.terms:
        for each in term.bounds:
            for i in each.columns:
                if each.lower is not None:
                    lower[i] = max(lower[i], each.lower)
                if each.upper is not None:
                    upper[i] = min(upper[i], each.upper)
    return lower, upper


def _finite(value: float) -> float | None:
    return value if abs(value) < inf else None


def _own_columns(block: pyo.Block, term: Term) -> list[Any]:
    if not term.columns:
        return []
    block.own = pyo.Var(range(len(term.columns)))
    owned = list(block.own.values())
    for variable, column in zip(owned, term.columns, strict=True):
        variable.setlb(_finite(column.lower))
        variable.setub(_finite(column.upper))
        if column.switch or column.whole:
            variable.domain = pyo.Binary if column.switch else pyo.NonNegativeIntegers
    return owned


def _rows(block: pyo.Block, rows: list[Row], base: Sequence[Any], owned: Sequence[Any]) -> None:
    if not rows:
        return

    def state(_: pyo.Block, i: int) -> Any:
        row = rows[i]
        variables = [base[j] if j >= 0 else owned[-1 - j] for j in row.columns]
        body = LinearExpression(constant=0.0, linear_coefs=row.coefficients.tolist(), linear_vars=variables)
        if row.lower == row.upper:
            return EqualityExpression((body, row.lower))
        if row.lower == -inf:
            return InequalityExpression((body, row.upper), False)
        return (_finite(row.lower), body, _finite(row.upper))

    block.rows = pyo.Constraint(range(len(rows)), rule=state)
