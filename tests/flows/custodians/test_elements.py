"""Lines of a Flex report that are read without the parser mean what the parser would say."""

from __future__ import annotations

from pathlib import Path
from xml.parsers import expat

import pytest

from flows.custodians.elements import Sax, elements
from flows.custodians.landing import land
from flows.custodians.row import BrokenXml

PLAIN = '<Lot a="1" b="x" />\n'


def by_parser(path: Path) -> list[tuple[int, str, dict[str, str], tuple[str, ...]]]:
    """What expat alone sees."""
    sax = Sax()
    sax.parser.Parse(path.read_bytes(), True)
    return [(row.line_no, row.element, row.attributes, tuple(name for name, _ in row.ancestors)) for row in sax.found]


def by_lines(path: Path) -> list[tuple[int, str, dict[str, str], tuple[str, ...]]]:
    """What the reader of the house sees."""
    landing, _ = land(path, "x")
    assert landing is not None
    return [(row.line_no, row.element, row.attributes, tuple(name for name, _ in row.ancestors)) for row in elements(landing)]


@pytest.mark.parametrize(
    "inside",
    [
        PLAIN * 5,
        PLAIN * 2 + '<Lot b="2" a="1"/>\n' + PLAIN * 2,
        PLAIN * 2 + "<!--\n" + PLAIN * 3 + "-->\n" + PLAIN,
        PLAIN * 2 + "<![CDATA[\n" + PLAIN + "]]>\n" + PLAIN,
        PLAIN * 2 + "<?note\n" + PLAIN + "?>\n" + PLAIN,
        PLAIN * 2 + '<Lot a="1 &lt; 2" b="Ünïcode" />\n' + PLAIN,
        PLAIN + '<Lot a="a\tb" b="c" />\n' * 2 + '<Lot a="1 > 0" b="" />\n',
        PLAIN + '<Lots c="3">\n' + PLAIN * 3 + "</Lots>\n" + PLAIN,
        PLAIN + '<Lots c="3"><!-- d="4" />\n' + PLAIN + "--></Lots>\n" + PLAIN,
        PLAIN + '<Lot\n a="1"\n b="x" />\n' + PLAIN * 2,
        PLAIN + '<Lot a="1" b="x" /><Lot a="2" b="y" />\n' + PLAIN,
        (PLAIN * 3).replace("\n", "\r\n"),
    ],
)
def test_lines_are_read_as_the_parser_reads_them(tmp_path: Path, inside: str) -> None:
    path = tmp_path / "flex.xml"
    path.write_bytes(f'<Flex>\n<Statement account="U1">\n{inside}</Statement>\n</Flex>\n'.encode())
    assert by_lines(path) == by_parser(path)


@pytest.mark.parametrize(
    "broken",
    [
        f"<Flex>\n{PLAIN * 3}",
        f"<Flex>\n{PLAIN * 3}</Flex>\n{PLAIN}",
        f'<Flex>\n{PLAIN * 2}<Lot a="1" a="1" />\n</Flex>\n',
        f'<Flex>\n{PLAIN * 2}<Lot a="1" b="x" / >\n</Flex>\n',
        f"<Flex>\n{PLAIN * 2}</Statement>\n</Flex>\n",
    ],
)
def test_what_the_parser_refuses_stays_refused(tmp_path: Path, broken: str) -> None:
    path = tmp_path / "flex.xml"
    path.write_text(broken, encoding="utf-8")
    with pytest.raises(expat.ExpatError):
        by_parser(path)
    with pytest.raises(BrokenXml):
        by_lines(path)
