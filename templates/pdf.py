"""A page as PDF, from the same HTML that the browser gets, by WeasyPrint.

WeasyPrint draws inline SVG apart from the page's style sheet, so the page's tokens are put in as plain colours first;
the light ones, since paper is white. Nothing is fetched: what a page names outside of itself is left out. Equal
pages give equal bytes: the date and the identifier in the file come from the page, not from a clock.
"""

from __future__ import annotations

import gc
import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from validation.findings import Finding, FirmUnusable, Scope, Severity

TOKENS = re.compile(r":root\s*{(?P<body>[^}]*)}")
TOKEN = re.compile(r"--(?P<name>[\w-]+):\s*(?P<value>[^;]+);")
STYLE = re.compile(r"<style>(?P<text>.*?)</style>", re.DOTALL)
SCREEN, BRACE = re.compile(r"@media screen[^{]*{"), re.compile(r"[{}]")
USE = re.compile(r"var\(--([\w-]+)\)")


class PdfUnavailable(FirmUnusable):
    """The PDF engine cannot be had on this machine; carries one finding that says what to install."""


def pdf_of(html: str, paper: str = "letter") -> bytes:
    """One page as PDF on `letter` or `A4`; the same bytes for the same HTML.

    Raises PdfUnavailable with the finding `no-pdf-engine` where WeasyPrint or the system's pango is missing.
    """
    weasyprint = _engine()
    with _garbage_left_for_later():
        return _printed(weasyprint, html, paper)


def _printed(weasyprint: Any, html: str, paper: str) -> bytes:
    page = for_paper(html)
    # All reports of a run carry the same styles: they are read once, and so are the system's fonts.
    fonts, sheet = _styles("\n".join(match["text"] for match in STYLE.finditer(page)) + f"@page {{ size: {paper} }}")
    document = weasyprint.HTML(string=STYLE.sub("", page), url_fetcher=_fetcher(), media_type="print").render(
        stylesheets=[sheet], font_config=fonts
    )
    # The identifier is the page's own hash; WeasyPrint would take it from the file's content, dates included.
    return bytes(document.write_pdf(pdf_identifier=hashlib.sha256(html.encode()).digest()[:16], full_fonts=False))


@lru_cache(maxsize=4)
def _styles(text: str) -> tuple[Any, Any]:
    """Fonts, a firm's own `@font-face` among them, and the style sheet for paper, read. A few are kept: fonts take memory."""
    from weasyprint.text.fonts import FontConfiguration

    fonts = FontConfiguration()
    return fonts, _engine().CSS(string=text, media_type="print", font_config=fonts, url_fetcher=_fetcher())


def _fetcher() -> Any:
    """A picture or a font inside the page (a `data:` address) is taken; anything else is left out."""
    return _engine().urls.URLFetcher(allowed_protocols=("data",))


@contextmanager
def _garbage_left_for_later() -> Iterator[None]:
    """A page is a hundred thousand living boxes; looking through them for garbage over and over takes a fifth of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def engine_findings() -> list[Finding]:
    """Empty where PDFs can be made here, else the finding that says what to install; ask before a run, not within it."""
    try:
        _engine()
    except PdfUnavailable as unavailable:
        return unavailable.findings
    return []


def _engine() -> Any:
    try:
        import weasyprint
    except (ImportError, OSError) as error:  # OSError: the Python package is there, pango's libraries are not
        finding = Finding(
            "no-pdf-engine",
            Severity.WARNING,
            Scope.FILE,
            f"PDF reports cannot be made here: {str(error).splitlines()[0]}",
            "WeasyPrint needs pango from "
            "the system (Debian: "
            "`apt-get install libpango-1.0-0 "
            "libpangoft2-1.0-0`); HTML "
            "reports are not affected",
        )
        raise PdfUnavailable([finding]) from error
    return weasyprint


def for_paper(html: str) -> str:
    """The page without styles for screens, which would only be read and left aside, and in plain colours."""
    parts, place = [], 0
    while found := SCREEN.search(html, place):
        parts.append(html[place : found.start()])
        place, depth = found.end(), 1
        while depth:
            brace = BRACE.search(html, place)
            if brace is None:
                return in_plain_colours(html)
            place, depth = brace.end(), depth + (1 if brace[0] == "{" else -1)
    return in_plain_colours("".join([*parts, html[place:]]))


def in_plain_colours(html: str) -> str:
    """The page with every `var(--token)` replaced by the light colour that the page itself defines for it."""
    block = TOKENS.search(html)
    if block is None:
        return html
    colours = {match["name"]: match["value"].strip() for match in TOKEN.finditer(block["body"])}
    return USE.sub(lambda use: colours.get(use[1], use[0]), html)
