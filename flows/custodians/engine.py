"""One file in, canonical rows out: land, recognise, run the rules, check that the file is whole.

parse_file(path, place, custodian)              everything in memory
parse_in_batches(path, place, custodian, sink)  the rows go to `sink` as they come; fixed memory for huge files
"""

from __future__ import annotations

import gc
import re
from collections.abc import Callable, Sequence
from pathlib import Path

from flows.custodians import dates, troubles
from flows.custodians.catalogue import profiles
from flows.custodians.containers import rows_of
from flows.custodians.landing import Landing, land
from flows.custodians.machine import Machine, TooManyRejects
from flows.custodians.parsed import ParsedFile, ParsedRow
from flows.custodians.profile import Profile
from flows.custodians.recognise import recognise
from flows.custodians.row import BrokenXml, ForbiddenXml
from flows.custodians.wholeness import as_of, expect, period, trailer_count
from validation.findings import Finding

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


def _parse(
    path: Path, place: str, custodian: str, known: Sequence[Profile], keep: Callable[[ParsedRow], object], rows: Sequence[ParsedRow]
) -> ParsedFile:
    landing, findings = land(path, place)
    if landing is None:
        return nothing(custodian, findings)
    profile, findings = recognise(landing, known, place)
    findings = [*findings, *_unfit(landing, profile, place)] if profile is not None else findings
    if profile is None or findings:
        return nothing(custodian, findings, landing.encoding)
    machine = Machine(_dated(profile, landing), landing, place, keep)
    _read_meta(machine, landing, path)
    _run(machine, landing)
    day, source = as_of(machine)
    expect(machine, landing)
    return ParsedFile(
        profile=profile.name,
        profile_version=profile.version,
        custodian=custodian,
        encoding=landing.encoding,
        as_of=day,
        as_of_source=source,
        period=period(machine),
        rows=tuple(rows),
        rejects=tuple(machine.rejects),
        ignored=tuple(machine.ignored),
        lines=machine.lines,
        findings=tuple(machine.findings),
        trailer_count=trailer_count(machine),
        detail_count=machine.detail_count,
        meta=dict(machine.context),
        fact_count=machine.fact_count,
    )


def _unfit(landing: Landing, profile: Profile, place: str) -> list[Finding]:
    """Why the bytes cannot be read by the profile that knows them: another encoding, or rows without end."""
    found = []
    if landing.encoding != "ascii" and landing.encoding not in profile.encodings:
        found.append(troubles.wrong_encoding(place, f"{landing.encoding} text, which {profile.name} never is"))
    if landing.long_tag if profile.container in {"xml", "ofx"} else landing.long_line:
        found.append(troubles.endless_row(place))
    return found


def _dated(profile: Profile, landing: Landing) -> Profile:
    """The profile with the order of day and month that the file's own dates prove; without proof such dates are rejected."""
    told = (dates.told_order(pair, landing.head + "\n" + landing.tail) for pair in profile.date_orders)
    return profile.model_copy(update={"dates": [*profile.dates, *filter(None, told)]}) if profile.date_orders else profile


def nothing(custodian: str, findings: Sequence[Finding], encoding: str = "") -> ParsedFile:
    """The answer for a file that is held back as a whole before any row of it was read."""
    return ParsedFile("", 0, custodian, encoding, None, "", None, (), (), (), 0, tuple(findings))


def _read_meta(machine: Machine, landing: Landing, path: Path) -> None:
    texts = {"head": landing.head, "tail": landing.tail, "name": path.name}
    for meta in machine.profile.file_meta:
        match = re.search(meta.regex, texts[meta.within], re.MULTILINE)
        if match is None:
            if meta.required:
                machine.findings.append(troubles.missing_meta(machine.place, machine.profile.name, meta.regex))
            continue
        found = {name: text.strip() for name, text in match.groupdict().items() if text is not None}
        machine.context.update(found)
        if "as_of" in found and meta.within != "name":
            _say_as_of(machine, found["as_of"], "header" if meta.within == "head" else "footer")


def _say_as_of(machine: Machine, text: str, source: str) -> None:
    try:
        machine.dates_said.setdefault(dates.reader(machine.profile.dates)(text), (source, 0))
    except ValueError as error:
        machine.findings.append(troubles.unreadable_as_of(machine.place, str(error)))


def _run(machine: Machine, landing: Landing) -> None:
    # Millions of small records without a cycle among them: the collector would walk them again and again.
    collecting = gc.isenabled()
    gc.disable()
    try:
        for row in rows_of(landing, machine.profile):
            machine.take(row)
    except ForbiddenXml:
        machine.findings.append(troubles.unsafe_xml(machine.place))
    except BrokenXml as broken:
        machine.cut(broken.line_no, f"the XML is not whole: {broken}")
    except TooManyRejects:
        machine.findings.append(troubles.too_many_rejects(machine.place, machine.lines, len(machine.rejects)))
    finally:
        if collecting:
            gc.enable()
