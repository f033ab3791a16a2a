"""The state machine that runs the row rules of one profile over one file, row by row.

State is small: the context (what preambles, sections and parent rows have said), the header in force, and
whether a block that was opened has been closed by its footer.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from flows.custodians import troubles
from flows.custodians.binding import BadCell, BoundEmit, bind
from flows.custodians.columns import Context, Value, value_of
from flows.custodians.landing import Landing
from flows.custodians.parsed import ParsedRow, Reject
from flows.custodians.profile import Column, Profile, Totals
from flows.custodians.row import Row
from flows.custodians.row_rules import CompiledRule, candidates, compile_rules
from flows.custodians.shape import DoubledColumn, MissingColumn, Shape, header_shape, record_shape
from validation.findings import Finding

MOST_REJECTS = 100_000
LONGEST_RAW = 500
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f]")
START = "start"


class TooManyRejects(Exception):
    """The file is not what its head promised; reading on would only fill the memory."""


class Machine:
    """One reading of one file. `take` handles a row; what came of it stands in the attributes."""

    def __init__(self, profile: Profile, landing: Landing, place: str, keep: Callable[[ParsedRow], object]) -> None:
        self.profile, self.place, self.keep = profile, place, keep
        self.rejects: list[Reject] = []
        self.ignored: list[int] = []
        self.findings: list[Finding] = []
        self.lines = self.fact_count = self.detail_count = 0
        self.context: Context = {}
        self.dates_said: dict[str, tuple[str, int]] = {}
        self.open_line, self.is_closed, self._is_named = 0, False, False
        self._rules = compile_rules(profile.rows)
        self._state, self._header_line = START, 0
        self._by_state: dict[str, dict[str, tuple[CompiledRule, ...]]] = {}
        self._candidates = self._by_state.setdefault(START, {})
        self._shape = Shape({}, open=profile.container in {"xml", "ofx"})
        self._records = {name: record_shape(record) for name, record in profile.records.items()}
        self._bound: dict[int, tuple[BoundEmit, ...]] = {}
        self._values: dict[tuple[int, str], Value] = {}
        self._said: set[tuple[str, str]] = set()
        self._suspicious = landing.has_control

    def take(self, row: Row) -> None:
        """Let the first rule that fits take the row; without one, or with a bad cell, it is a reject."""
        self.lines += 1
        if row.fault or (self._suspicious and CONTROL.search(row.raw)):
            self._reject(row, row.fault or "a control character stands in the row")
            return
        trying = self._candidates.get(row.element)
        if trying is None:
            trying = self._candidates[row.element] = candidates(self._rules, self._state, row.element)
        shape, context = self._shape, self.context
        for candidate in trying:
            if candidate.test(row, shape, context):
                try:
                    self._apply(candidate, row)
                except BadCell as bad:
                    self._reject(row, str(bad), bad.column, candidate)
                except MissingColumn as missing:
                    self._refuse(candidate, row, troubles.missing_column(self.place, self._header_line or row.line_no, str(missing)))
                except DoubledColumn as doubled:
                    self._refuse(candidate, row, troubles.duplicate_column(self.place, self._header_line or row.line_no, str(doubled)))
                return
        self._reject(row, "no rule of the profile knows this row")

    def _apply(self, compiled: CompiledRule, row: Row) -> None:
        rule = compiled.rule
        if compiled.counts:
            self.detail_count += 1
        if compiled.is_simple:
            self._emit(compiled, row, self._shape_for(compiled, row))
            return
        if compiled.is_noise:
            self.ignored.append(row.line_no)
            return
        if rule.closes:
            self.open_line, self.is_closed, self._is_named = 0, True, False
        for name in rule.remember:
            # Whatever becomes of this row, what follows does not belong to the parent before it.
            self.context.pop(name, None)
        shape = self._shape_for(compiled, row)
        for capture in compiled.captures:
            self.context.update(capture(row))
        if rule.as_of is not None:
            day = self._value(compiled, "as_of", rule.as_of, shape, row)
            if day is not None:
                self.dates_said.setdefault(day, (rule.as_of_source, row.line_no))
        for name, column in rule.remember.items():
            text = self._value(compiled, name, column, shape, row)
            if text is not None:
                self.context[name] = text
        # Everything that can fail on a bad cell stands before the row counts as a fact.
        if rule.do == "emit":
            self._emit(compiled, row, shape)
        else:
            self.ignored.append(row.line_no)
        if rule.do == "header":
            self._header(row)
        for name in rule.forget:
            self.context.pop(name, None)
        if rule.set:
            self._set(rule.set)
        if rule.opens:
            self._open(row.line_no)
            self._is_named = True
        if rule.remark is not None:
            subject = row.element or row.raw.strip()[:60]
            self._once(troubles.of_remark(rule.remark, self.place, row.line_no, subject))
        compiled.is_simple = compiled.is_settling

    def _shape_for(self, compiled: CompiledRule, row: Row) -> Shape:
        rule, shape = compiled.rule, self._shape
        if rule.record is not None:
            length = self.profile.records[rule.record].length
            if len(row.raw) != length:
                raise BadCell("", f"the record has {len(row.raw)} characters, not {length}")
            return self._records[rule.record]
        if rule.do == "emit" and shape.width and len(row.cells) != shape.width:
            if len(row.cells) < shape.width:
                if not rule.ragged:
                    raise BadCell("", f"the row has {len(row.cells)} cells, its header {shape.width}")
                row.cells = row.cells + [""] * (shape.width - len(row.cells))
            elif any(map(str.strip, row.cells[shape.width :])):
                raise BadCell("", f"the row has {len(row.cells)} cells, its header {shape.width}")
        return shape

    def _emit(self, compiled: CompiledRule, row: Row, shape: Shape) -> None:
        bound = self._bound.get(compiled.number)
        if bound is None:
            bound = self._bound[compiled.number] = tuple(bind(emit, self.profile, shape) for emit in compiled.rule.emit)
        cells = row.attributes if shape.open else row.raw if compiled.rule.record is not None else row.cells
        if len(bound) == 1 and not compiled.rule.totals:
            self.keep(ParsedRow(bound[0].table, row.line_no, bound[0].read(cells, row, self.context)))
            self.fact_count += 1
            return
        made = [ParsedRow(emit.table, row.line_no, emit.read(cells, row, self.context)) for emit in bound]
        for number, totals in enumerate(compiled.rule.totals):
            made += self._totals(compiled, number, totals, row, shape)
        for parsed in made:
            self.keep(parsed)
        self.fact_count += 1

    def _totals(self, compiled: CompiledRule, number: int, totals: Totals, row: Row, shape: Shape) -> list[ParsedRow]:
        def read(name: str, column: Column | None) -> str | None:
            return None if column is None else self._value(compiled, f"totals {number} {name}", column, shape, row)

        of_whom: dict[str, str | None] = {
            "scope": totals.scope,
            "account_ref": read("account_ref", totals.account_ref),
            "symbol": read("symbol", totals.symbol),
            "of_file": read("of_file", totals.of_file),
        }
        reported: Mapping[str, str | None] = {measure: read(measure, column) for measure, column in totals.measures.items()}
        return [
            ParsedRow("control_totals", row.line_no, {**of_whom, "measure": measure, "reported": amount})
            for measure, amount in reported.items()
            if amount is not None
        ]

    def _value(self, compiled: CompiledRule, name: str, column: Column, shape: Shape, row: Row) -> str | None:
        key = (compiled.number, name)
        value = self._values.get(key)
        if value is None:
            value = self._values[key] = value_of(column, self.profile, shape)[0]
        cells = row.attributes if shape.open else row.raw if compiled.rule.record is not None else row.cells
        try:
            return value(cells, row, self.context)
        except ValueError as error:
            raise BadCell(name, str(error)) from None
        except IndexError:
            return None

    def _open(self, line_no: int) -> None:
        """A section begins, by its name or by its header; the one before must have had its footer."""
        if self.open_line and self.profile.expects.closed == "block":
            self.cut(self.open_line, "the section has no footer before the next one begins")
        self.open_line = line_no

    def _header(self, row: Row) -> None:
        if not self._is_named:
            self._open(row.line_no)
        self._is_named = False
        self._header_line = row.line_no
        self._shape = header_shape(row.cells)
        self._bound.clear()
        self._values.clear()
        self._compare(row)

    def _compare(self, row: Row) -> None:
        known = {name for header in self.profile.headers for name in header}
        unknown = [name for name in self._shape.keys if name not in known]
        if known and unknown:
            self.findings.append(troubles.unknown_columns(self.place, row.line_no, self.profile.name, unknown))

    def _set(self, words: Mapping[str, str]) -> None:
        self.context.update(words)
        state = words.get("state", self._state)
        if state != self._state:
            self._state = state
            self._candidates = self._by_state.setdefault(state, {})

    def _reject(self, row: Row, reason: str, column: str = "", compiled: CompiledRule | None = None) -> None:
        table = compiled.rule.emit[0].table if compiled is not None and compiled.rule.emit else ""
        self.rejects.append(Reject(row.line_no, reason, row.text[:LONGEST_RAW], column, table, self._account_of(row, compiled)))
        if len(self.rejects) > MOST_REJECTS:
            raise TooManyRejects

    def _account_of(self, row: Row, compiled: CompiledRule | None) -> str:
        """Whose row was rejected, where its own account column can be read; the section's account else."""
        for emit in compiled.rule.emit if compiled is not None else ():
            column = emit.columns.get("account_ref")
            if column is not None and compiled is not None:
                try:
                    shape = self._records[compiled.rule.record] if compiled.rule.record else self._shape
                    return self._value(compiled, "account_ref of reject", column, shape, row) or ""
                except (BadCell, MissingColumn, DoubledColumn):
                    return ""
        return self.context.get("account_ref", "")

    def _refuse(self, compiled: CompiledRule, row: Row, finding: Finding) -> None:
        """The header cannot serve this rule: said once for the file, and every row of it is a reject."""
        self._once(finding)
        self._reject(row, finding.message, finding.subject, compiled)

    def _once(self, finding: Finding) -> None:
        if (finding.code, finding.subject) not in self._said:
            self._said.add((finding.code, finding.subject))
            self.findings.append(finding)

    def cut(self, line_no: int, message: str) -> None:
        """Note that the file is truncated."""
        self.findings.append(troubles.truncated(self.place, line_no, message))
