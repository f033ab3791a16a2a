"""What the firm knows: reference/*.csv, read to the letter. A cell that is not what it should be becomes a bad cell at
its line; nothing is guessed and nothing is filled in.

Raises only where the book cannot be read at all: a required file or column that is missing, text that is not UTF-8.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from flows.reference_cells import BAD_CELL_SCHEMA, KEYS, typed
from flows.reference_columns import FILES, ReferenceFile
from validation.findings import Finding, FirmUnusable, Place, Scope, Severity
from validation.suggest import nearest

CHUNK_ROWS = 100_000


@dataclass(frozen=True)
class Reference:
    """Typed frames by table, the cells and rows that could not be used, findings, and a fingerprint of all bytes."""

    frames: Mapping[str, pl.DataFrame]
    bad_cells: pl.DataFrame
    findings: tuple[Finding, ...]
    fingerprint: str


def load_reference(firm: Path) -> Reference:
    """Every reference file of the firm. Raises FirmUnusable with a finding per missing or unreadable one."""
    frames: dict[str, pl.DataFrame] = {}
    bad: list[pl.DataFrame] = []
    findings: list[Finding] = []
    whole = hashlib.sha256()
    for table, spec in FILES.items():
        place = f"reference/{spec.name}"
        text, trouble = _text(firm / place, place, spec)
        findings += trouble
        whole.update(f"{spec.name}:{len(text)}:{text}".encode())
        raw, ragged, said = _raw(text, place, spec)
        findings += said
        frame, cells = typed(raw, place, spec)
        frames[table] = frame
        bad += [ragged, cells]
    if any(finding.severity is Severity.ERROR for finding in findings):
        raise FirmUnusable(findings)
    return Reference(frames, pl.concat(bad).sort("path", "line", "column"), tuple(findings), whole.hexdigest())


def _text(path: Path, place: str, spec: ReferenceFile) -> tuple[str, list[Finding]]:
    if not path.is_file():
        if spec.required:
            return "", [
                _file_error(
                    "missing-reference-file",
                    f"the firm has no {place}",
                    "contract: every firm says who its clients are in reference/*.csv",
                    place,
                )
            ]
        return "", [] if not spec.without else [
            Finding(
                "no-reference-file",
                Severity.NOTE,
                Scope.FILE,
                f"the firm has no {place}: {spec.without}",
                "an empty file with a header says so for good",
                Place(place),
                "",
                spec.name,
            )
        ]
    try:
        return path.read_bytes().decode("utf-8-sig"), []
    except UnicodeDecodeError as error:
        return "", [
            _file_error("reference-not-utf8", f"{place} is not UTF-8 (byte {error.start})", "the file can be saved again as UTF-8", place)
        ]
    except OSError as error:
        return "", [
            _file_error("reference-unreadable", f"{place} cannot be read: {error.strerror}", "the file's permissions may bar it", place)
        ]


def _raw(text: str, place: str, spec: ReferenceFile) -> tuple[pl.DataFrame, pl.DataFrame, list[Finding]]:
    """All cells as text with their line, the rows whose cell count is off, and what the header lacks."""
    names = [column.name for column in spec.columns]
    empty = pl.DataFrame(schema={**dict.fromkeys(names, pl.String), "line": pl.Int32})
    no_bad = pl.DataFrame(schema=BAD_CELL_SCHEMA)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = [name.strip() for name in next(reader, [])]
    except csv.Error as error:
        return empty, no_bad, [_file_error("reference-unreadable", f"{place} is no CSV: {error}", "quotes must be closed", place)]
    findings = _header_findings(header, place, spec, bool(text) or spec.required)
    if any(finding.severity is Severity.ERROR for finding in findings):
        return empty, no_bad, findings
    chunks, ragged = [empty], [no_bad]
    try:
        for rows in _chunks(reader):
            wrong = [(line, cells) for line, cells in rows if len(cells) != len(header)]
            if wrong:
                ragged.append(_ragged(wrong, len(header), header, place))
            columns = list(zip(*((line, *cells) for line, cells in rows if len(cells) == len(header)), strict=True)) or [()] * (
                len(header) + 1
            )
            data = {name: columns[1 + header.index(name)] if name in header else None for name in names}
            frame = pl.DataFrame({"line": pl.Series(columns[0], dtype=pl.Int32)}).with_columns(
                pl.lit("").alias(name) if cells is None else pl.Series(name, cells, dtype=pl.String) for name, cells in data.items()
            )
            chunks.append(frame.select(*names, "line"))
    except csv.Error as error:
        findings.append(
            _file_error(
                "reference-unreadable",
                f"{place} is no CSV from line {reader.line_num} on: {error}",
                "quotes must be closed",
                place,
                reader.line_num,
            )
        )
    return pl.concat(chunks), pl.concat(ragged), findings


def _chunks(reader: Iterator[list[str]]) -> Iterator[list[tuple[int, list[str]]]]:
    rows: list[tuple[int, list[str]]] = []
    line = reader.line_num + 1  # type: ignore[attr-defined]
    for cells in reader:
        if cells:
            rows.append((line, cells))
        line = reader.line_num + 1  # type: ignore[attr-defined]
        if len(rows) >= CHUNK_ROWS:
            yield rows
            rows = []
    yield rows


def _header_findings(header: list[str], place: str, spec: ReferenceFile, is_there: bool) -> list[Finding]:
    if not is_there:
        return []
    findings: list[Finding] = []
    names = [column.name for column in spec.columns]
    for column in spec.columns:
        if column.name not in header and not column.rare:
            unknown = [name for name in header if name not in names]
            meant = nearest(column.name, unknown)
            help_ = f"the header has `{meant}` instead" if meant else f"columns: {', '.join(names)}"
            message = f"{place} has no column {column.name}"
            findings.append(
                Finding(
                    "missing-column",
                    Severity.WARNING,
                    Scope.FILE,
                    message + "; it is read as empty",
                    help_,
                    Place(place, 1),
                    "",
                    column.name,
                )
                if column.optional
                else _file_error("missing-column", message, help_, place, 1)
            )
    for name in header:
        if name == "tags":
            continue  # the policy's own words, read where rules are loaded (rules/facts)
        if name not in names:
            findings.append(
                Finding(
                    "unknown-column",
                    Severity.WARNING,
                    Scope.FILE,
                    f"{place} has a column {name or '(empty)'} that nobody reads",
                    f"columns: {', '.join(names)}",
                    Place(place, 1),
                    "",
                    name,
                )
            )
        elif header.count(name) > 1:
            findings.append(_file_error("duplicate-column", f"{place} has the column {name} twice", "a column stands once", place, 1))
    return findings


def _ragged(rows: list[tuple[int, list[str]]], wanted: int, header: list[str], place: str) -> pl.DataFrame:
    records = []
    for line, cells in rows:
        keys = {name: cells[header.index(name)] if name in header and header.index(name) < len(cells) else "" for name in KEYS}
        records.append(
            {
                "code": "bad-row",
                "path": place,
                "line": line,
                "column": "",
                "raw": ",".join(cells)[:200],
                "reason": f"the row has {len(cells)} cells, the header {wanted}",
                "help": "a comma inside a cell needs quotes",
                **keys,
            }
        )
    return pl.DataFrame(records, schema=BAD_CELL_SCHEMA)


def _file_error(code: str, message: str, help_: str, place: str, line: int = 0) -> Finding:
    return Finding(code, Severity.ERROR, Scope.FILE, message, help_, Place(place, line), "", Path(place).name)
