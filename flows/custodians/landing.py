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
    """What the bytes are: encoding (utf-8-sig, ascii, cp1252), first and last 64 KiB as text.

    long_line, long_tag   a mebibyte passes without the end of a line, or of a tag: no row may be that long
    """

    path: Path
    size: int
    encoding: str
    head: str
    tail: str
    has_control: bool
    ends_in_newline: bool
    long_line: bool = False
    long_tag: bool = False


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
            survey = _survey(stream)
    except OSError as error:
        return None, [troubles.unreadable(place, error.strerror or str(error))]
    encoding = survey.encoding
    if not encoding:
        return None, [troubles.wrong_encoding(place, "neither UTF-8 nor Windows-1252 text")]
    head_text = _newlines(head.decode(encoding, "replace"))
    tail_text = _newlines(tail.decode(encoding.removesuffix("-sig"), "replace"))
    ends = tail.endswith((b"\n", b"\r"))
    return Landing(path, size, encoding, head_text, tail_text, survey.has_control, ends, survey.long_line, survey.long_tag), []


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


class _Survey:
    """One pass over all bytes: the encoding that decodes every one of them, and what no layout has."""

    def __init__(self) -> None:
        self.has_control = self.long_line = self.long_tag = False
        self._is_ascii = self._is_utf8 = self._is_cp1252 = True
        self._wide = codecs.getincrementaldecoder("utf-8")()
        self._narrow = codecs.getincrementaldecoder("cp1252")()

    def see(self, chunk: bytes) -> None:
        self.has_control = self.has_control or _CONTROL.search(chunk) is not None
        if len(chunk) == CHUNK_BYTES:
            self.long_line = self.long_line or not (b"\n" in chunk or b"\r" in chunk)
            self.long_tag = self.long_tag or b">" not in chunk
        if self._is_ascii and chunk.isascii():
            return
        self._is_ascii = False
        self._is_utf8 = self._is_utf8 and _decodes(self._wide, chunk)
        self._is_cp1252 = self._is_cp1252 and _decodes(self._narrow, chunk)

    @property
    def encoding(self) -> str:
        """Empty where none fits."""
        if self._is_ascii:
            return "ascii"
        if self._is_utf8 and _decodes(self._wide, b"", final=True):
            return "utf-8-sig"
        return "cp1252" if self._is_cp1252 else ""


def _survey(stream: BinaryIO) -> _Survey:
    survey = _Survey()
    while chunk := stream.read(CHUNK_BYTES):
        survey.see(chunk)
    return survey


def _decodes(decoder: codecs.IncrementalDecoder, chunk: bytes, final: bool = False) -> bool:
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError:
        return False
    return True
