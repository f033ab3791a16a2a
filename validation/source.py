"""YAML files as plain values that know their places. Text is data here: no tag is obeyed, no code runs.

Scalars follow the core schema of YAML 1.2 (`no` and `12:30` are text), with two promises on top: a number may be
written `25_000`, and numbers are exact (int or Decimal, never float). Keys are text always. Dates stay text; the models
read them. Aliases and tags are refused: a rule must be readable where it stands, and so nothing can grow or run.

Values are built straight from the parser's events, with the line and column of every key and value. For 1,000 rules
(7,400 lines) that takes a tenth of a second; ruamel.yaml's round-trip loader takes 1.3 s, and its C parser does not
read `12:30` inside brackets. PyYAML gives the events only: its own loader would keep duplicate keys in silence.
"""

from __future__ import annotations

from pathlib import Path

from validation.composing import LINE_BREAK, Builder, Trouble, events
from validation.findings import Finding, Place, Scope, Severity
from validation.places import Document, Loc, Spot, has_part

__all__ = ["MOST_BYTES", "Document", "Loc", "Spot", "has_part", "read_file", "read_yaml"]

MOST_BYTES = 4_000_000
"""A larger file is not policy but a mistake."""


def read_file(file: Path, path: str) -> tuple[Document | None, list[Finding]]:
    """Read one file; `path` is how findings name it. Never raises for what the file holds, or for lack of it."""
    try:
        if file.exists() and not file.is_file():
            # A pipe would be waited for, forever.
            return None, [_file_finding("unreadable-file", f"`{path}` is no file", "check that it is a readable file", path)]
        if file.stat().st_size > MOST_BYTES:
            return None, [_too_large(path, file.stat().st_size)]
        data = file.read_bytes()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        return None, [
            _file_finding("unreadable-file", f"`{path}` cannot be read: {reason.lower()}", "check that it is a readable file", path)
        ]
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - (data.rfind(b"\n", 0, error.start) + 1) + 1
        message = f"the file is not UTF-8: byte 0x{data[error.start]:02x}"
        return None, [_file_finding("not-utf8", message, "save the file as UTF-8", path, line, column)]
    return read_yaml(text, path)


def read_yaml(text: str, path: str) -> tuple[Document | None, list[Finding]]:
    """Read one YAML document. The document is None where the text cannot be read at all; duplicate keys and odd
    numbers leave a document beside their findings, so that everything else is still checked."""
    text = text.removeprefix("\ufeff")
    if len(text) > MOST_BYTES:
        return None, [_too_large(path, len(text))]
    lines = tuple(LINE_BREAK.split(text))
    builder = Builder()
    try:
        value, spot = builder.build(events(text))
    except Trouble as trouble:
        builder.troubles.append(trouble)
        return None, [_as_finding(found, path, lines) for found in builder.troubles]
    findings = [_as_finding(found, path, lines) for found in builder.troubles]
    return Document(path, value, spot, lines), findings


def _as_finding(trouble: Trouble, path: str, lines: tuple[str, ...]) -> Finding:
    line = min(trouble.line, len(lines) - 1)
    place = Place(path, line + 1, trouble.column + 1, trouble.width)
    return Finding(trouble.code, Severity.ERROR, Scope.FILE, trouble.message, trouble.fix, place, snippet=lines[line])


def _too_large(path: str, size: int) -> Finding:
    message = f"the file has {size:,} bytes; at most {MOST_BYTES:,} are read"
    return _file_finding("file-too-large", message, "split it into several files", path)


def _file_finding(code: str, message: str, fix: str, path: str, line: int = 0, column: int = 0) -> Finding:
    return Finding(code, Severity.ERROR, Scope.FILE, message, fix, Place(path, line, column))
