"""The bytes of one file before anybody understands them: size, encoding, head, tail, and what cannot be read at all.

The file is read in one pass of fixed memory, whatever its size. Archives are never opened: a custodian's file
arrives unpacked, or an operator unpacks it, so that no zip bomb can go off here.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from flows.custodians import troubles
from validation.findings import Finding

HEAD_BYTES = 64 * 1024
CHUNK_BYTES = 1024 * 1024
BOM = b"\xef\xbb\xbf"
_ARCHIVES = {
    b"PK\x03\x04": "zip",
    b"\x1f\x8b": "gzip",
    b"BZh": "bzip2",
    b"\xfd7zXZ": "xz",
    b"7z\xbc\xaf": "7z",
    b"\x28\xb5\x2f\xfd": "zstd",
}
_WIDE = (b"\xff\xfe", b"\xfe\xff")
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f]")


@dataclass(frozen=True, slots=True)
class Landing:
    """What the bytes are: encoding (utf-8-sig, ascii, cp1252; empty where none fits), first and last 64 KiB as text."""

    path: Path
    size: int
    encoding: str
    head: str
    tail: str
    has_control: bool
    ends_in_newline: bool


def land(path: Path, place: str) -> tuple[Landing | None, list[Finding]]:
    """Read the bytes once. Returns None and a finding where they are no text of a known encoding."""
    try:
        size = path.stat().st_size
        with path.open("rb") as stream:
            head = stream.read(HEAD_BYTES)
            finding = _unreadable_from_the_start(head, place)
            if finding is not None:
                return None, [finding]
            stream.seek(max(0, size - HEAD_BYTES))
            tail = stream.read()
            stream.seek(0)
            encoding, has_control = _survey(stream)
    except OSError as error:
        return None, [troubles.unreadable(place, error.strerror or str(error))]
    if not encoding:
        return None, [troubles.wrong_encoding(place, "neither UTF-8 nor Windows-1252 text")]
    head_text = _newlines(head.decode(encoding, "replace"))
    tail_text = _newlines(tail.decode(encoding.removesuffix("-sig"), "replace"))
    return Landing(path, size, encoding, head_text, tail_text, has_control, tail.endswith((b"\n", b"\r"))), []


def _newlines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _unreadable_from_the_start(head: bytes, place: str) -> Finding | None:
    if not head.removeprefix(BOM).strip():
        return troubles.empty(place)
    for magic, name in _ARCHIVES.items():
        if head.startswith(magic):
            return troubles.compressed(place, name)
    if head.startswith(_WIDE):
        return troubles.wrong_encoding(place, "UTF-16 text")
    return None


def _survey(stream: BinaryIO) -> tuple[str, bool]:
    """The encoding that decodes every byte, and whether there are control characters that no layout has."""
    wide = codecs.getincrementaldecoder("utf-8")()
    narrow = codecs.getincrementaldecoder("cp1252")()
    is_ascii, is_utf8, is_cp1252, has_control = True, True, True, False
    while chunk := stream.read(CHUNK_BYTES):
        if chunk.isascii() and is_ascii:
            has_control = has_control or _CONTROL.search(chunk) is not None
            continue
        is_ascii = False
        has_control = has_control or _CONTROL.search(chunk) is not None
        is_utf8 = is_utf8 and _decodes(wide, chunk)
        is_cp1252 = is_cp1252 and _decodes(narrow, chunk)
    if is_utf8 and not is_ascii:
        is_utf8 = _decodes(wide, b"", final=True)
    if is_ascii:
        return "ascii", has_control
    return ("utf-8-sig" if is_utf8 else "cp1252" if is_cp1252 else ""), has_control


def _decodes(decoder: codecs.IncrementalDecoder, chunk: bytes, final: bool = False) -> bool:
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError:
        return False
    return True
