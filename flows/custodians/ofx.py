"""OFX and QFX, both dialects: SGML with unclosed leaves (version 1) and XML (version 2), as rows for the profile engine.

An aggregate that a profile can read (a position, a transaction, a balance) becomes one row; its leaves, nested ones
too, become attributes. What is wrong inside one aggregate stays inside it: the row lacks an attribute and is rejected,
and the rest of the file is read. OFX carries no tax lots.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from flows.custodians.landing import Landing
from flows.custodians.row import BrokenXml, ForbiddenXml, Row

ROWS = frozenset(
    [
        "POSSTOCK",
        "POSMF",
        "POSDEBT",
        "POSOPT",
        "POSOTHER",
        "INVBAL",
        "INVBANKTRAN",
        "REINVEST",
        "INCOME",
        "INVEXPENSE",
        "TRANSFER",
        "SPLIT",
        "RETOFCAP",
        "JRNLFUND",
        "JRNLSEC",
        "MARGININTEREST",
        "CLOSUREOPT",
        "BUYSTOCK",
        "BUYMF",
        "BUYDEBT",
        "BUYOPT",
        "BUYOTHER",
        "SELLSTOCK",
        "SELLMF",
        "SELLDEBT",
        "SELLOPT",
        "SELLOTHER",
        "SECINFO",
        "INVSTMTRS",
    ]
)
LARGEST = 256 * 1024 * 1024
_TAG = re.compile(r"<(?P<end>/?)(?P<name>[A-Za-z0-9._]{1,64})\s*(?P<alone>/?)>(?P<text>[^<]*)")
_DECLARATION = re.compile(r"<!(DOCTYPE|ENTITY|ELEMENT|ATTLIST)", re.IGNORECASE)


def aggregates(landing: Landing) -> Iterator[Row]:
    """The aggregates of a statement in the order of the file. Raises ForbiddenXml or BrokenXml."""
    if landing.size > LARGEST:
        raise BrokenXml("larger than any statement", 0)
    text = landing.path.read_text(encoding=landing.encoding)
    if _DECLARATION.search(text):
        raise ForbiddenXml
    rows = list(_walk(text))
    tickers = {
        row.attributes.get("UNIQUEID", ""): row.attributes["TICKER"]
        for row in rows
        if row.element == "SECINFO" and "TICKER" in row.attributes
    }
    for row in rows:
        own = row.attributes
        own["AGGREGATE"] = row.element
        if own.get("UNIQUEIDTYPE", "").upper() == "CUSIP":
            own["CUSIP"] = own.get("UNIQUEID", "")
        if own.get("UNIQUEID") in tickers:
            own["TICKER"] = tickers[own["UNIQUEID"]]
        yield row
    if not re.search(r"</OFX>\s*\Z", text):
        raise BrokenXml("the closing </OFX> is missing", text.count("\n") + 1)


def _walk(text: str) -> Iterator[Row]:
    stack: list[tuple[str, dict[str, str], int]] = [("", {}, 0)]
    line_no, counted = 1, 0
    for tag in _TAG.finditer(text):
        line_no, counted = line_no + text.count("\n", counted, tag.start()), tag.start()
        name, content = tag["name"].upper(), tag["text"].strip()
        if tag["end"]:
            yield from _close(stack, name)
        elif content:
            stack[-1][1].setdefault(name, html.unescape(content))
        elif not tag["alone"] and len(stack) < 64:
            stack.append((name, {}, line_no))
    # An aggregate that the file breaks off in is not read; the missing end is told by the caller.


def _close(stack: list[tuple[str, dict[str, str], int]], name: str) -> Iterator[Row]:
    if not any(opened == name for opened, _, _ in stack):
        return  # the end tag of a leaf
    while True:
        opened, own, line_no = stack.pop()
        if opened in ROWS and opened == name:
            yield Row(line_no, "", [], opened, own, tuple((outer, attributes) for outer, attributes, _ in stack))
        else:
            for leaf, content in own.items():
                stack[-1][1].setdefault(leaf, content)
        if opened == name:
            return
