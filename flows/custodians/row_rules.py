"""The conditions of row rules, compiled; and which rules can apply in which state of the machine."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import reduce
from typing import TypeAlias

from flows.custodians.columns import Context
from flows.custodians.profile import Condition, Rule
from flows.custodians.row import Row
from flows.custodians.shape import Shape

Test: TypeAlias = Callable[[Row, Shape, Context], bool]


class CompiledRule:
    """One rule ready to be tried: `test` says whether it takes the row, `captures` what it remembers of it.

    `is_simple`: it only emits, `is_noise`: it only skips (or counts), so that the machine's state stays as it is.
    `is_settling`: simple from its second row on, since all that it changes is a constant of the context.
    """

    __slots__ = ("captures", "element", "counts", "is_noise", "is_settling", "is_simple", "number", "rule", "state", "test")

    def __init__(self, number: int, rule: Rule) -> None:
        self.number = number
        self.rule = rule
        self.state = rule.if_.state
        self.test = _all(_tests(rule.if_))
        self.captures = tuple(_captures(rule.if_))
        self.element = re.compile(rule.if_.element) if rule.if_.element is not None else None
        changes = (self.captures, rule.remember, rule.forget, rule.closes, rule.opens, rule.as_of, rule.remark, rule.totals)
        is_steady = not any(changes) and "state" not in rule.set
        self.counts = rule.count
        self.is_simple = rule.do == "emit" and is_steady and not rule.set
        self.is_settling = rule.do == "emit" and is_steady
        self.is_noise = rule.do == "skip" and is_steady and not rule.set and rule.record is None


def compile_rules(rules: Sequence[Rule]) -> tuple[CompiledRule, ...]:
    """The rules of a profile in their order."""
    return tuple(CompiledRule(number, rule) for number, rule in enumerate(rules))


def candidates(rules: Sequence[CompiledRule], state: str, element: str) -> tuple[CompiledRule, ...]:
    """The rules that can apply in one state to one kind of element (empty but for XML), in their order."""
    return tuple(
        rule for rule in rules if (rule.state is None or rule.state == state) and (rule.element is None or rule.element.fullmatch(element))
    )


def _first(row: Row) -> str:
    return row.cells[0] if row.cells else ""


def _tests(condition: Condition) -> list[Test]:
    tests: list[Test] = []
    if condition.blank is not None:
        tests.append(_blank(condition.blank))
    if condition.min_cells is not None or condition.max_cells is not None:
        tests.append(_on_count(condition.min_cells or 0, condition.max_cells))
    if condition.inside is not None:
        tests.append(_inside(condition.inside))
    tests += [_on_context(name, re.compile(pattern)) for name, pattern in condition.context.items()]
    if condition.first is not None:
        tests.append(_on_first(re.compile(condition.first)))
    if condition.line is not None:
        tests.append(_on_line(re.compile(condition.line)))
    tests += [_on_cell(number, re.compile(pattern)) for number, pattern in condition.cells.items()]
    tests += [_on_column(name, re.compile(pattern)) for name, pattern in condition.column.items()]
    if condition.includes is not None or condition.excludes is not None:
        tests.append(_on_set(frozenset(condition.includes or ()), frozenset(condition.excludes or ())))
    return tests


def _all(tests: list[Test]) -> Test:
    if not tests:
        return lambda row, shape, context: True
    return reduce(_both, tests)


def _both(first: Test, second: Test) -> Test:
    return lambda row, shape, context: first(row, shape, context) and second(row, shape, context)


def _blank(wanted: bool) -> Test:
    return lambda row, shape, context: (not row.attributes and not any(map(str.strip, row.cells))) is wanted


def _inside(name: str) -> Test:
    return lambda row, shape, context: any(ancestor == name for ancestor, _ in row.ancestors)


def _on_context(name: str, pattern: re.Pattern[str]) -> Test:
    return lambda row, shape, context: pattern.search(context.get(name, "")) is not None


def _on_first(pattern: re.Pattern[str]) -> Test:
    return lambda row, shape, context: pattern.search(_first(row)) is not None


def _on_line(pattern: re.Pattern[str]) -> Test:
    return lambda row, shape, context: pattern.search(row.raw) is not None


def _on_cell(number: int, pattern: re.Pattern[str]) -> Test:
    return lambda row, shape, context: number < len(row.cells) and pattern.search(row.cells[number]) is not None


def _on_column(name: str, pattern: re.Pattern[str]) -> Test:
    def test(row: Row, shape: Shape, context: Context) -> bool:
        if shape.open:
            return pattern.search(row.attributes.get(name, "")) is not None
        key = shape.keys.get(name)
        if isinstance(key, slice):
            return pattern.search(row.raw[key]) is not None
        return isinstance(key, int) and key < len(row.cells) and pattern.search(row.cells[key]) is not None

    return test


def _on_set(wanted: frozenset[str], unwanted: frozenset[str]) -> Test:
    def test(row: Row, shape: Shape, context: Context) -> bool:
        cells = frozenset(map(str.strip, row.cells))
        return wanted <= cells and not unwanted & cells

    return test


def _on_count(least: int, most: int | None) -> Test:
    def test(row: Row, shape: Shape, context: Context) -> bool:
        filled = 0
        for cell in row.cells:
            if cell and not cell.isspace():
                filled += 1
                if most is not None and filled > most:
                    return False
        return filled >= least

    return test


def _captures(condition: Condition) -> list[Callable[[Row], dict[str, str]]]:
    sources: list[tuple[str | None, Callable[[Row], str]]] = [(condition.first, _first), (condition.line, lambda row: row.raw)]
    sources += [(pattern, _cell_of(number)) for number, pattern in condition.cells.items()]
    return [
        _capture(re.compile(pattern), text_of) for pattern, text_of in sources if pattern is not None and re.compile(pattern).groupindex
    ]


def _cell_of(number: int) -> Callable[[Row], str]:
    return lambda row: row.cells[number]


def _capture(pattern: re.Pattern[str], text_of: Callable[[Row], str]) -> Callable[[Row], dict[str, str]]:
    def capture(row: Row) -> dict[str, str]:
        match = pattern.search(text_of(row))
        return {name: text for name, text in match.groupdict().items() if text is not None} if match else {}

    return capture
