"""The start of a new profile from a sample file: for `rooftree custodians new FILE`.

It writes down what it sees (container, header, record lengths, elements) and maps only columns whose header some
profile of the house already reads, with a remark. What a column means is for a person to say.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from xml.parsers.expat import ExpatError

from flows.custodians.catalogue import profiles
from flows.custodians.elements import Sax
from flows.custodians.landing import Landing, land
from flows.custodians.parsed import TABLES
from flows.custodians.profile import Column
from flows.custodians.recognise import first_rows
from flows.custodians.row import BrokenXml, ForbiddenXml
from validation.findings import Finding

DELIMITERS = (",", ";", "\t", "|")


class UnreadableSample(Exception):
    """The sample is no text that a profile could be written for; carries the findings."""

    def __init__(self, findings: list[Finding]) -> None:
        super().__init__("; ".join(finding.message for finding in findings))
        self.findings = findings


def start_profile(sample: Path) -> str:
    """The YAML of a first profile for this file, valid as it stands and with every unknown marked. Raises UnreadableSample."""
    landing, findings = land(sample, str(sample))
    if landing is None:
        raise UnreadableSample(findings)
    name = re.sub(r"[^a-z0-9]+", "-", sample.stem.lower()).strip("-") or "new-layout"
    if landing.head.lstrip().startswith("<"):
        return _xml(landing, name)
    delimiter, header_no, header = _header(landing.head)
    return _fixed(landing, name) if len(header) < 2 else _csv(landing, name, delimiter, header_no, header)


def _quoted(text: str) -> str:
    if not text.isprintable():
        return json.dumps(text)
    return "'" + text.replace("'", "''") + "'"


def _top(name: str, container: str, *lines: str) -> list[str]:
    return [f"name: {name}", "version: 1", "title: describe the layout here", "custodian: name it here", f"container: {container}", *lines]


def _header(head: str) -> tuple[str, int, list[str]]:
    """(delimiter, line, cells) of the row that looks most like a header: many filled cells, none of them a number."""
    best: tuple[int, str, int, list[str]] = (0, ",", 1, [])
    for delimiter in DELIMITERS:
        for line_no, cells in enumerate(first_rows(head, delimiter), start=1):
            named = [cell for cell in cells if cell]
            if (
                len(named) > best[0]
                and len(set(named)) == len(named)
                and not any(re.fullmatch(r"[-+$(]*\.?\d[\d.,/:%) -]*", cell) for cell in named)
            ):
                best = (len(named), delimiter, line_no, named)
    return best[1:]


def _known_columns() -> dict[str, dict[str, tuple[str, Column]]]:
    """Canonical table → header name → (canonical column, how it is read), as most profiles of the house read it."""
    votes: dict[tuple[str, str], Counter[str]] = {}
    columns: dict[tuple[str, str, str], Column] = {}
    for profile in profiles():
        for emit in (emit for rule in profile.rows for emit in rule.emit):
            for canonical, column in emit.columns.items():
                for header in map(str.lower, column.from_ or []):
                    votes.setdefault((emit.table, header), Counter())[canonical] += 1
                    columns[emit.table, header, canonical] = column
    known: dict[str, dict[str, tuple[str, Column]]] = {table: {} for table in TABLES}
    for (table, header), count in votes.items():
        canonical = count.most_common(1)[0][0]
        known[table][header] = canonical, columns[table, header, canonical]
    return known


def _csv(landing: Landing, name: str, delimiter: str, header_no: int, header: list[str]) -> str:
    columns = ", ".join(map(_quoted, header))
    before = enumerate(landing.head.splitlines()[: header_no - 1], start=1)
    lines = _top(
        name,
        "csv",
        f"delimiter: {json.dumps(delimiter)}",
        "dates: [YYYY-MM-DD]   # as this layout writes them",
        "headers:",
        f"  - [{columns}]",
        "recognise:",
        f"  - {{header: [{columns}]}}",
        "rows:",
        "  - {if: {blank: true}, do: skip}",
        *(f"  # line {number} stands before the header: {_quoted(text.strip()[:80])}" for number, text in before if text.strip()),
        f"  - {{if: {{includes: [{', '.join(map(_quoted, header[:3]))}]}}, do: header, set: {{state: rows}}}}",
        "  - if: {state: rows}",
        "    do: emit",
        "    emit:",
        *_emit(header),
    )
    return "\n".join(lines) + "\n"


def _emit(header: list[str]) -> list[str]:
    """The emit block of the table that most columns fit: what other profiles read, and the others as questions."""
    known = _known_columns()
    table = max(TABLES, key=lambda name: sum(cell.lower() in known[name] for cell in header))
    mapped: dict[str, str] = {}
    unknown = []
    for cell in header:
        canonical, column = known[table].get(cell.lower(), ("", None))
        if column is None or canonical in mapped:
            unknown.append(f"          # {_quoted(cell)} means ?")
        else:
            reading = "" if column.read_as == "text" else f", as: {column.read_as}"
            mapped[canonical] = f"          {canonical}: {{from: {_quoted(cell)}{reading}}}   # read so by another profile; check it"
    mapped.setdefault("account_ref", "          account_ref: {context: account_ref}   # where does the account stand?")
    return [f"      - table: {table}", "        columns:", *mapped.values(), *unknown]


def _fixed(landing: Landing, name: str) -> str:
    shapes = Counter((line[:3], len(line)) for line in landing.head.splitlines()[:500] if line.strip())
    lines = _top(
        name, "fixed", "recognise:", f"  - {{text: {_quoted(chr(92) + 'A' + re.escape(landing.head.splitlines()[0][:12]))}}}", "records:"
    )
    seen = {length for (_, length), _ in shapes.most_common(4)}
    lines += [
        f"  R{length}: {{length: {length}, fields: {{}}}}   # name the fields: [first, last], counted from 1" for length in sorted(seen)
    ]
    lines += ["rows:", "  - {if: {blank: true}, do: skip}"]
    lines += [f"  # {count} lines begin with {prefix!r} and have {length} characters" for (prefix, length), count in shapes.most_common(8)]
    return "\n".join(lines) + "\n"


def _xml(landing: Landing, name: str) -> str:
    sax = Sax()
    try:
        sax.parser.Parse(landing.head.encode("utf-8"), False)
    except (ExpatError, ForbiddenXml, BrokenXml):
        sax.found = sax.found[:500]  # a sample may be cut or strange; what was seen until then is shown
    elements: dict[str, set[str]] = {}
    for row in sax.found:
        elements.setdefault(row.element, set()).update(row.attributes)
    root = sax.found[0].element if sax.found else "root"
    lines = _top(
        name,
        "xml",
        "dates: [YYYY-MM-DD]   # as this layout writes them",
        "recognise:",
        f"  - {{text: {_quoted(f'<{root}' + chr(92) + 'b')}}}",
        "rows:",
        "  - {if: {blank: true}, do: skip}",
        *(f"  # <{element}> has {', '.join(sorted(attributes)) or 'no attributes'}" for element, attributes in elements.items()),
    )
    return "\n".join(lines) + "\n"
