"""The conditions of row rules, compiled; and which rules can apply in which state of the machine."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TypeAlias

from flows.custodians.columns import Shape
from flows.custodians.containers import Row
from flows.custodians.profile import Condition, Rule

Test: TypeAlias = Callable[[Row, Shape], bool]


class CompiledRule:
    """One rule ready to be tried: `test` says whether it takes the row, `captures` what it remembers of it."""

    __slots__ = ("captures", "number", "rule", "state", "test")

    def __init__(self, number: int, rule: Rule) -> None:
        self.number = number
        self.rule = rule
        self.state = rule.if_.state
        self.test = _all(_tests(rule.if_))
        self.captures = tuple(_captures(rule.if_))


def compile_rules(rules: Sequence[Rule]) -> tuple[CompiledRule, ...]:
    """The rules of a profile in their order."""
    return tuple(CompiledRule(number, rule) for number, rule in enumerate(rules))


def in_state(rules: Sequence[CompiledRule], state: str) -> tuple[CompiledRule, ...]:
    """The rules that can apply in one state, in their order."""
    return tuple(rule for rule in rules if rule.state is None or rule.state == state)


def _first(row: Row) -> str:
    return row.cells[0] if row.cells else ""


def _tests(condition: Condition) -> list[Test]:
    tests: list[Test] = []
    if condition.blank is not None:
        tests.append(_blank(condition.blank))
    if condition.element is not None:
        tests.append(_element(re.compile(condition.element)))
    if condition.inside is not None:
        tests.append(_inside(condition.inside))
    if condition.first is not None:
        tests.append(_on_first(re.compile(condition.first)))
    if condition.line is not None:
        tests.append(_on_line(re.compile(condition.line)))
    tests += [_on_cell(number, re.compile(pattern)) for number, pattern in condition.cells.items()]
    tests += [_on_column(name, re.compile(pattern)) for name, pattern in condition.column.items()]
    if condition.includes is not None or condition.excludes is not None:
        tests.append(_on_set(frozenset(condition.includes or ()), frozenset(condition.excludes or ())))
    if condition.min_cells is not None or condition.max_cells is not None:
        tests.append(_on_count(condition.min_cells or 0, condition.max_cells))
    return tests


def _all(tests: list[Test]) -> Test:
    if not tests:
        return lambda row, shape: True
    if len(tests) == 1:
        return tests[0]
    return lambda row, shape: all(test(row, shape) for test in tests)


def _blank(wanted: bool) -> Test:
    return lambda row, shape: (not row.attributes and not any(map(str.strip, row.cells))) is wanted


def _element(pattern: re.Pattern[str]) -> Test:
    return lambda row, shape: pattern.fullmatch(row.element) is not None


def _inside(name: str) -> Test:
    return lambda row, shape: any(ancestor == name for ancestor, _ in row.ancestors)


def _on_first(pattern: re.Pattern[str]) -> Test:
    return lambda row, shape: pattern.search(_first(row)) is not None


def _on_line(pattern: re.Pattern[str]) -> Test:
    return lambda row, shape: pattern.search(row.raw) is not None


def _on_cell(number: int, pattern: re.Pattern[str]) -> Test:
    return lambda row, shape: number < len(row.cells) and pattern.search(row.cells[number]) is not None


def _on_column(name: str, pattern: re.Pattern[str]) -> Test:
    def test(row: Row, shape: Shape) -> bool:
        if shape.open:
            return pattern.search(row.attributes[name]) is not None
        key = shape.keys.get(name)
        if isinstance(key, slice):
            return pattern.search(row.raw[key]) is not None
        return isinstance(key, int) and key < len(row.cells) and pattern.search(row.cells[key]) is not None

    return test


def _on_set(wanted: frozenset[str], unwanted: frozenset[str]) -> Test:
    def test(row: Row, shape: Shape) -> bool:
        cells = frozenset(map(str.strip, row.cells))
        return wanted <= cells and not unwanted & cells

    return test


def _on_count(least: int, most: int | None) -> Test:
    def test(row: Row, shape: Shape) -> bool:
        filled = sum(1 for cell in row.cells if cell.strip())
        return filled >= least and (most is None or filled <= most)

    return test


def _captures(condition: Condition) -> list[Callable[[Row], dict[str, str]]]:
    sources: list[tuple[str | None, Callable[[Row], str]]] = [(condition.first, _first), (condition.line, lambda row: row.raw)]
    sources += [(pattern, _cell_of(number)) for number, pattern in condition.cells.items()]
    return [_capture(re.compile(pattern), text_of) for pattern, text_of in sources if pattern is not None and re.compile(pattern).groupindex]


def _cell_of(number: int) -> Callable[[Row], str]:
    return lambda row: row.cells[number]


def _capture(pattern: re.Pattern[str], text_of: Callable[[Row], str]) -> Callable[[Row], dict[str, str]]:
    def capture(row: Row) -> dict[str, str]:
        match = pattern.search(text_of(row))
        return {name: text for name, text in match.groupdict().items() if text is not None} if match else {}

    return capture
