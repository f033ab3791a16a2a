"""One file in, canonical rows out: land, recognise, run the rules, check that the file is whole.

    parse_file(path, place, custodian)              everything in memory
    parse_in_batches(path, place, custodian, sink)  the rows go to `sink` as they come; fixed memory for huge files
"""

from __future__ import annotations

import gc
import re
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

from flows.custodians import dates
from flows.custodians.catalogue import profiles
from flows.custodians.containers import BrokenXml, ForbiddenXml, rows_of
from flows.custodians.landing import Landing, land, trouble
from flows.custodians.machine import Machine, TooManyRejects
from flows.custodians.parsed import ParsedFile, ParsedRow
from flows.custodians.profile import Profile
from flows.custodians.recognise import recognise
from validation.findings import Finding, Place, Scope, Severity

Sink = Callable[[Sequence[ParsedRow]], object]
BATCH = 50_000


def parse_file(path: Path, place: str, custodian: str) -> ParsedFile:
    """Everything that one file says. Never raises for what stands in the file: trouble is findings and rejects.

    place      the path as findings show it, relative to the firm's folder
    custodian  the folder under the date that the file lies in
    """
    rows: list[ParsedRow] = []
    return _parse(path, place, custodian, profiles(), rows.append, rows)


def parse_in_batches(path: Path, place: str, custodian: str, sink: Sink, size: int = BATCH) -> ParsedFile:
    """Like `parse_file`, but the rows are handed to `sink` in batches and `rows` of the answer stays empty.

    Whether the file is whole is known only at its end: the caller keeps nothing where the answer is not usable.
    """
    batch: list[ParsedRow] = []

    def keep(row: ParsedRow) -> None:
        batch.append(row)
        if len(batch) >= size:
            sink(tuple(batch))
            batch.clear()

    parsed = _parse(path, place, custodian, profiles(), keep, ())
    if batch:
        sink(tuple(batch))
    return parsed


def parse_with(path: Path, place: str, custodian: str, known: Sequence[Profile]) -> ParsedFile:
    """Like `parse_file`, with other profiles than those of the house (to try a new one)."""
    rows: list[ParsedRow] = []
    return _parse(path, place, custodian, known, rows.append, rows)


def _parse(path: Path, place: str, custodian: str, known: Sequence[Profile], keep: Callable[[ParsedRow], object], rows: Sequence[ParsedRow]) -> ParsedFile:
    landing, findings = land(path, place)
    if landing is None:
        return nothing(custodian, findings)
    profile, findings = recognise(landing, known, place)
    if profile is None:
        return nothing(custodian, findings, landing.encoding)
    machine = Machine(profile, landing, place, keep)
    _read_meta(machine, landing, path)
    _run(machine, landing)
    as_of, source = _as_of(machine)
    _expect(machine, landing)
    return ParsedFile(
        profile=profile.name, profile_version=profile.version, custodian=custodian, encoding=landing.encoding,
        as_of=as_of, as_of_source=source, period=_period(machine), rows=tuple(rows), rejects=tuple(machine.rejects),
        ignored=tuple(machine.ignored), lines=machine.lines, findings=tuple(machine.findings),
        trailer_count=_trailer_count(machine), detail_count=machine.detail_count,
        meta=dict(machine.context), fact_count=machine.fact_count,
    )


def nothing(custodian: str, findings: Sequence[Finding], encoding: str = "") -> ParsedFile:
    """The answer for a file that is held back as a whole before any row of it was read."""
    return ParsedFile("", 0, custodian, encoding, None, "", None, (), (), (), 0, tuple(findings))


def _read_meta(machine: Machine, landing: Landing, path: Path) -> None:
    texts = {"head": landing.head, "tail": landing.tail, "name": path.name}
    for meta in machine.profile.file_meta:
        match = re.search(meta.regex, texts[meta.within], re.MULTILINE)
        if match is None:
            if meta.required:
                machine.findings.append(trouble(
                    "missing-meta", f"the file lacks what {machine.profile.name} begins with (`{meta.regex}`)",
                    "deliver the file as the custodian writes it, preamble included", machine.place,
                ))
            continue
        found = {name: text.strip() for name, text in match.groupdict().items() if text is not None}
        machine.context.update(found)
        if "as_of" in found and meta.within != "name":
            _say_as_of(machine, found["as_of"], "header" if meta.within == "head" else "footer")


def _say_as_of(machine: Machine, text: str, source: str) -> None:
    try:
        machine.dates_said.setdefault(dates.reader(machine.profile.dates)(text), (source, 0))
    except ValueError as error:
        machine.findings.append(trouble("unreadable-as-of", f"the file's as-of date cannot be read: {error}", "ask the custodian to deliver the file again", machine.place))


def _run(machine: Machine, landing: Landing) -> None:
    # Millions of small records without a cycle among them: the collector would walk them again and again.
    collecting = gc.isenabled()
    gc.disable()
    try:
        for row in rows_of(landing, machine.profile):
            machine.take(row)
    except ForbiddenXml:
        machine.findings.append(trouble(
            "unsafe-xml", "the XML declares a document type or entities; such a file is not read",
            "ask where the file comes from: custodians write none", machine.place,
        ))
    except BrokenXml as broken:
        machine.cut(broken.line_no, f"the XML is not whole: {broken}")
    except TooManyRejects:
        machine.findings.append(trouble(
            "too-many-rejects", f"reading stopped after {len(machine.rejects)} rejected rows",
            "the file is not what its header promises; ask the custodian to deliver it again", machine.place, machine.lines,
        ))
    finally:
        if collecting:
            gc.enable()


def _expect(machine: Machine, landing: Landing) -> None:
    expects = machine.profile.expects
    if expects.closed == "block" and machine.open_line:
        machine.cut(machine.open_line, "the section has no footer: the file ends too early")
    elif expects.closed != "no" and not machine.is_closed:
        machine.cut(machine.lines, "the file has no footer or trailer: it ends too early")
    stated = _trailer_count(machine)
    if expects.trailer_count and stated is not None and stated != machine.detail_count:
        machine.cut(machine.lines, f"the trailer counts {stated} records, the file has {machine.detail_count}")
    for given, needed in expects.implies.items():
        if given in machine.context and needed not in machine.context:
            machine.findings.append(trouble(
                "missing-level", f"the file has {given} but no {needed}", f"deliver the report with its {needed}, too", machine.place, subject=needed,
            ))
    if expects.final_newline and not landing.ends_in_newline:
        machine.findings.append(Finding(
            "no-final-newline", Severity.WARNING, Scope.FILE, "the last line does not end: the file may be cut in its last cell",
            "compare the last row with its source; a manifest settles it", Place(machine.place, machine.lines),
        ))
    if machine.fact_count == 0 and not machine.findings and not machine.rejects:
        machine.findings.append(Finding(
            "no-rows", Severity.WARNING, Scope.FILE, "the file has a header but no rows", "check whether there should be any", Place(machine.place),
        ))


def _trailer_count(machine: Machine) -> int | None:
    text = machine.context.get("trailer_count", "")
    return int(text) if text.isascii() and text.isdigit() else None


def _as_of(machine: Machine) -> tuple[date | None, str]:
    said = machine.dates_said
    if len(said) > 1:
        days = ", ".join(f"{day} ({source})" for day, (source, _) in list(said.items())[:4])
        machine.findings.append(trouble(
            "two-as-of-dates", f"the file states more than one as-of date: {days}", "ask the custodian which day the file is of", machine.place,
            max(line for _, line in said.values()),
        ))
        return None, ""
    for day, (source, _) in said.items():
        return date.fromisoformat(day), source
    return None, ""


def _period(machine: Machine) -> tuple[date, date] | None:
    read = dates.reader(machine.profile.dates)
    try:
        first, last = (date.fromisoformat(read(machine.context[name])) for name in ("period_from", "period_to"))
    except (KeyError, ValueError):
        return None
    return first, last
