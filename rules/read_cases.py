"""From files of cases to cases that know their places, checked against the names that the firm's data and policy have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from rules.cases import Case
from rules.explain import known_codes
from rules.facts import Facts
from rules.policy import AnyRule
from rules.read import ENDINGS
from validation.findings import Finding, Place, Scope, Severity
from validation.shape import shown, validate
from validation.source import Document, Spot, read_file
from validation.suggest import nearest

ANY = "any"


@dataclass(frozen=True)
class PlacedCase:
    """A case and where it stands."""

    case: Case
    path: str
    spot: Spot = field(repr=False)
    document: Document = field(repr=False)

    def place_of(self, *loc: str | int) -> Place:
        """Where a field stands: its value, in a list the member."""
        return self.spot.below(loc).value_place(self.path)

    def tell(self, code: str, message: str, fix: str, *loc: str | int) -> Finding:
        """A finding about a part of the case, addressed to its household."""
        place = self.place_of(*loc)
        return Finding(
            code, Severity.ERROR, Scope.FILE, message, fix, place, self.case.household, self.case.household, self.document.line(place.line)
        )


@dataclass
class CaseReading:
    """What was read: cases, findings, and the files looked at."""

    cases: list[PlacedCase] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    files: list[str] = field(default_factory=list)


def case_files(path: Path) -> list[Path]:
    """The YAML files below a folder, sorted, hidden ones left alone; a file is itself."""
    if path.is_file():
        return [path]
    found = sorted(each for each in path.rglob("*") if each.suffix in ENDINGS and each.is_file())
    return [each for each in found if not any(part.startswith(".") for part in each.relative_to(path).parts)]


def read_cases(files: Iterable[Path], root: Path) -> CaseReading:
    """Read files of cases; every case is looked at, whatever the others are like. Paths are relative to `root`."""
    reading = CaseReading()
    for file in files:
        path = file.relative_to(root).as_posix() if file.is_relative_to(root) else file.as_posix()
        reading.files.append(path)
        document, findings = read_file(file, path)
        reading.findings += findings
        if document is not None:
            heard = {(each.place.line, each.place.column) for each in findings}
            told = list(_cases_of(document, reading))
            reading.findings += [each for each in told if (each.place.line, each.place.column) not in heard]
    reading.findings += _twins(reading.cases)
    return reading


def _cases_of(document: Document, reading: CaseReading) -> Iterator[Finding]:
    value = document.value
    if not isinstance(value, dict) or "cases" not in value:
        yield _at(
            document, (), "missing-key", "a file of cases begins with `cases:`", "write `cases:`, and below it one `- case: ...` each"
        )
        return
    for key in value:
        if key != "cases":
            yield _at(document, (key,), "unknown-key", f"a file of cases has no field `{key}`", "a file of cases holds `cases:` only")
    if not isinstance(value["cases"], list):
        said = shown(value["cases"])
        yield _at(document, ("cases",), "wrong-type", f"`cases` is a list, and {said} stands there", "write one `- case: ...` each")
        return
    for index, item in enumerate(value["cases"]):
        loc = ("cases", index)
        if not isinstance(item, dict):
            yield _at(
                document, loc, "wrong-type", f"a case is a group of fields, and {shown(item)} stands there", "begin with `- case: ...`"
            )
            continue
        case, told = validate(Case, document, loc, noun="a case", scope=Scope.FILE)
        yield from told
        if case is not None:
            reading.cases.append(PlacedCase(case, document.path, document.spot.below(loc), document))


def _at(document: Document, loc: tuple[str | int, ...], code: str, message: str, fix: str) -> Finding:
    place = document.place(loc)
    return Finding(code, Severity.ERROR, Scope.FILE, message, fix, place, snippet=document.line(place.line))


def _twins(cases: Iterable[PlacedCase]) -> Iterator[Finding]:
    """A sentence that says two things is none: a failure could not be told from the other's."""
    first: dict[tuple[str, str], PlacedCase] = {}
    for placed in cases:
        before = first.setdefault((placed.case.household, placed.case.case), placed)
        if before is not placed:
            message = f"two cases of {placed.case.household} say “{placed.case.case}”"
            other = before.place_of()
            where = f"in line {other.line}" if before.path == placed.path else f"in {before.path}, line {other.line}"
            yield placed.tell("duplicate-case", message, f"the other stands {where}", "case")


def unknown_in(placed: PlacedCase, facts: Facts, rules: Iterable[AnyRule]) -> Iterator[Finding]:
    """Names of a case that neither the firm's data nor its policy has."""
    case, given, expect = placed.case, placed.case.given, placed.case.expect
    book = next((each for each in facts.books if each.household_id == case.household), None)
    if book is None:
        yield _unknown(placed, "household", case.household, [each.household_id for each in facts.books], "household")
        return
    accounts, payers = [each.account_id for each in book.accounts], [each.taxpayer_id for each in book.taxpayers]
    rules, symbols = list(rules), set(facts.names.get("securities", ()))
    for name in given.cash_usd:
        yield from _check(placed, "account", name, accounts, "given", "cash_usd", name)
    for name in given.prices_usd:
        yield from _check(placed, "symbol", name, symbols, "given", "prices_usd", name)
    for name in given.realized_usd:
        yield from _check(placed, "taxpayer", name, payers, "given", "realized_usd", name)
    if given.model is not None:
        yield from _check(placed, "model", given.model, {each.rule.id for each in rules if each.rule.kind == "target"}, "given", "model")
    ids = {each.rule.id for each in rules}
    for i, name in enumerate(given.without_rules):
        yield from _check(placed, "rule", name, ids, "given", "without_rules", i)
    ids |= {each.id for each in given.with_rules}
    for i, name in enumerate(expect.conflict or ()):
        yield from _check(placed, "rule", name, ids, "expect", "conflict", i)
    for i, rule in enumerate(expect.rules or ()):
        yield from _check(placed, "rule", rule.rule, ids, "expect", "rules", i, "rule")
    for i, trade in enumerate(expect.trades if isinstance(expect.trades, tuple) else ()):
        for side, symbol in (("sell", trade.sell), ("buy", trade.buy)):
            if symbol is not None:
                yield from _check(placed, "symbol", symbol, symbols | {ANY}, "expect", "trades", i, side)
        if trade.account is not None:
            yield from _check(placed, "account", trade.account, accounts, "expect", "trades", i, "account")
    for name, codes in (("findings", expect.findings), ("no_findings", expect.no_findings)):
        for i, code in enumerate(codes or ()):
            yield from _check(placed, "code", code, known_codes(), "expect", name, i)


def _check(placed: PlacedCase, noun: str, name: str, known: Iterable[str], *loc: str | int) -> Iterator[Finding]:
    known = list(known)
    if name not in known:
        yield _unknown(placed, noun, name, known, *loc)


_WHERE = {
    "household": "the households are those of households.csv", "account": "the household's accounts are those of accounts.csv",
    "symbol": "the securities are those of securities.csv", "taxpayer": "the household's taxpayers are those of taxpayers.csv",
    "model": "the models are the ids of targets", "rule": "the rules are those of the firm's policy",
    "code": "`rooftree rules explain CODE` knows every code",
}  # fmt: skip


def _unknown(placed: PlacedCase, noun: str, name: str, known: Iterable[str], *loc: str | int) -> Finding:
    similar = nearest(name, known)
    whose = f"{placed.case.household} has no {noun}" if noun in {"account", "taxpayer"} else f"no {noun} is called"
    finding = placed.tell(f"unknown-{noun}", f"{whose} `{name}`", f"a similar name exists: `{similar}`" if similar else _WHERE[noun], *loc)
    keyed = placed.spot.below(loc)
    if loc[-1] == name and loc[0] == "given":
        return replace(finding, place=keyed.key_place(placed.path))
    return finding
