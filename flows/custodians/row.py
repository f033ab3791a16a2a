"""One landed row, whatever file it stood in, and the two reasons why XML ends a reading."""

from __future__ import annotations

NO_ATTRIBUTES: dict[str, str] = {}


class Row:
    """One landed row. Which fields are filled depends on the container. (A plain class: millions are made.)

    raw         the text as delivered (XML: empty; `text` writes the element)
    cells       CSV: the cells; fixed width: the line as the only cell
    attributes  XML: attribute → text; `ancestors` the enclosing elements, outermost first
    fault       why the row cannot be split into cells; empty where it can
    """

    __slots__ = ("ancestors", "attributes", "cells", "element", "fault", "line_no", "raw")

    def __init__(
        self,
        line_no: int,
        raw: str,
        cells: list[str],
        element: str = "",
        attributes: dict[str, str] = NO_ATTRIBUTES,
        ancestors: tuple[tuple[str, dict[str, str]], ...] = (),
        fault: str = "",
    ) -> None:
        self.line_no = line_no
        self.raw = raw
        self.cells = cells
        self.element = element
        self.attributes = attributes
        self.ancestors = ancestors
        self.fault = fault

    @property
    def text(self) -> str:
        """The row as people read it: the line, or the element with its attributes."""
        if not self.element:
            return self.raw
        return f"<{self.element}{''.join(f' {name}={text!r}' for name, text in self.attributes.items())}>"


class ForbiddenXml(Exception):
    """The XML declares a document type; such a file is not read (entities could expand or reach outside)."""


class BrokenXml(Exception):
    """The XML ends too early or is not well formed; carries the line."""

    def __init__(self, message: str, line_no: int) -> None:
        super().__init__(message)
        self.line_no = line_no
