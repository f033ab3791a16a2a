"""XML as landed rows, one an element: streamed by expat, never a document type, never an entity."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.parsers import expat

from flows.custodians.landing import CHUNK_BYTES, Landing
from flows.custodians.row import BrokenXml, ForbiddenXml, Row

MOST_NESTED = 64
MOST_SHAPES = 1_000


class Sax:
    """Collects the elements that expat reports, with their place and their enclosing elements."""

    def __init__(self) -> None:
        self.found: list[Row] = []
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.parser.EntityDeclHandler = self._doctype
        self._stack: list[tuple[str, dict[str, str]]] = []
        self._enclosing: tuple[tuple[str, dict[str, str]], ...] | None = ()

    def enclosing(self) -> tuple[tuple[str, dict[str, str]], ...]:
        """The elements that are open, outermost first."""
        if self._enclosing is None or len(self._enclosing) != len(self._stack):
            # Siblings share one tuple: a report is long and shallow.
            self._enclosing = tuple(self._stack)
        return self._enclosing

    def _doctype(self, *words: object) -> None:
        raise ForbiddenXml

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        line_no = self.parser.CurrentLineNumber
        self.found.append(Row(line_no, "", [], name, attributes, self.enclosing()))
        if len(self._stack) >= MOST_NESTED:
            raise BrokenXml("nested too deeply", line_no)
        self._stack.append((name, attributes))

    def _end(self, name: str) -> None:
        self._stack.pop()
        if self._enclosing is not None and len(self._stack) < len(self._enclosing):
            self._enclosing = None


def elements(landing: Landing) -> Iterator[Row]:
    """The elements in the order of the file. Raises ForbiddenXml or BrokenXml after the rows before it."""
    sax, shapes, is_clean = Sax(), Shapes(), not landing.has_control
    is_between, skipped, line_no = False, 0, 0
    with landing.path.open("rb") as stream:
        while True:
            piece = stream.readline(CHUNK_BYTES)
            line_no += 1
            read = shapes.read(piece) if is_between else None
            if read is not None:
                # Expat is told of the line's end only, so that the lines after it keep their numbers.
                skipped += 1
                yield Row(line_no, "", [], read[0], read[1], sax.enclosing())
                continue
            try:
                if skipped:
                    sax.parser.Parse(b"\n" * skipped, False)
                    skipped = 0
                sax.parser.Parse(piece, not piece)
            except expat.ExpatError as error:
                yield from sax.found
                raise BrokenXml(expat.ErrorString(error.code), error.lineno) from None
            is_between = is_clean and len(sax.found) == 1 and bool(sax.enclosing()) and shapes.read(piece) is not None
            yield from sax.found
            sax.found.clear()
            if not piece:
                return
            line_no -= not piece.endswith(b"\n")


class Shapes:
    """Reads a line that is one whole element and nothing else, without the parser: reports are made of such lines by the million.

    Such a line means the same by itself wherever it stands between two elements, and only there: `elements` asks for it after
    expat has seen a whole element end on the line before. What is not plain ASCII, holds an entity, or has an attribute
    twice is left to expat.
    """

    _LINE = re.compile(r' *<(?P<name>[A-Za-z]\w*)(?P<attributes>(?: [A-Za-z]\w*="[^"<&]*")+) ?/>\n', re.ASCII)

    def __init__(self) -> None:
        self._known: dict[tuple[str, ...], tuple[str, tuple[str, ...]]] = {}

    def read(self, line: bytes) -> tuple[str, dict[str, str]] | None:
        """(element, attribute → text) of such a line; None for any other."""
        if not line.isascii() or b"&" in line or b"\t" in line or b"\r" in line or b"\x1b" in line or line.count(b"<") != 1:
            return None
        text = line.decode("ascii")
        pieces = text.split('"')
        known = self._known.get(tuple(pieces[::2])) or self._learn(text, pieces)
        return None if known is None else (known[0], dict(zip(known[1], pieces[1::2], strict=True)))

    def _learn(self, text: str, pieces: list[str]) -> tuple[str, tuple[str, ...]] | None:
        match = self._LINE.fullmatch(text)
        names = tuple(piece.strip(" =") for piece in match["attributes"].split('"')[::2][:-1]) if match else ()
        if match is None or len(set(names)) < len(names) or len(self._known) >= MOST_SHAPES:
            return None
        known = self._known[tuple(pieces[::2])] = match["name"], names
        return known
