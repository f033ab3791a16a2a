"""Damage to delivered files, and what must hold whatever the damage: no crash, no lost row, nothing made up.

`python -m tests.flows.custodians.fuzz 20000` damages so many files and says what came of them.
"""

from __future__ import annotations

import random
import sys
import tempfile
from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path

from flows.custodians.engine import parse_file
from flows.custodians.parsed import TABLES, ParsedFile
from tests.flows.custodians.files import deliveries
from validation.findings import Severity

JUNK = [
    b"", b"--", b"N/A", b"(1,500.00)", b"1.234,56", b"=cmd|' /C calc'!A0", b"+1+1", b"@SUM(A1)", b"\x00\x00", b"\xff\xfe", b"\xc3\x28",
    b"'", b'"', b'""', b",,,,", b"../../etc/passwd", b"9" * 60, b"1e308", b"NaN", b"Infinity", b"\xd9\xa3", b"\r",
    b"\x0c", b"31/31/2026", b"0000-00-00", b"<!ENTITY x 'y'>", b"&lol;", b"-", b"$", b"()", b"\xe2\x80\x8b", b"Total", b"\xef\xbb\xbf",
]  # fmt: skip
DATES = {"acquired_date", "holding_from", "trade_date", "settle_date", "sold_date", "price_date"}
NUMBERS = {
    "quantity", "settled_quantity", "pending_split_quantity", "price", "market_value", "cost_basis", "unit_cost", "wash_disallowed",
    "settled_cash", "unsettled_cash", "amount", "proceeds", "reported",
}  # fmt: skip


def damaged(content: bytes, dice: random.Random) -> bytes:
    """The same file with one to three kinds of damage."""
    for _ in range(dice.randint(1, 3)):
        content = dice.choice(DAMAGES)(content, dice)
    return content


def _truncate(content: bytes, dice: random.Random) -> bytes:
    return content[: dice.randint(0, len(content))]


def _junk(content: bytes, dice: random.Random) -> bytes:
    at = dice.randint(0, len(content))
    return content[:at] + dice.choice(JUNK) + content[at + dice.randint(0, 8) :]


def _noise(content: bytes, dice: random.Random) -> bytes:
    at = dice.randint(0, len(content))
    return content[:at] + dice.randbytes(dice.randint(1, 40)) + content[at:]


def _flip(content: bytes, dice: random.Random) -> bytes:
    if not content:
        return content
    at = dice.randrange(len(content))
    return content[:at] + bytes([content[at] ^ (1 << dice.randrange(8))]) + content[at + 1 :]


def _lines(content: bytes, dice: random.Random) -> bytes:
    lines = content.split(b"\n")
    a, b = dice.randrange(len(lines)), dice.randrange(len(lines))
    match dice.randrange(4):
        case 0:
            lines[a], lines[b] = lines[b], lines[a]
        case 1:
            lines.insert(a, lines[b])
        case 2:
            del lines[a]
        case _:
            lines[a] += lines[b]
    return b"\n".join(lines)


def _cells(content: bytes, dice: random.Random) -> bytes:
    lines = content.split(b"\n")
    at = dice.randrange(len(lines))
    cells = lines[at].split(b",")
    a, b = dice.randrange(len(cells)), dice.randrange(len(cells))
    match dice.randrange(4):
        case 0:
            cells[a], cells[b] = cells[b], cells[a]
        case 1:
            cells[a] = dice.choice(JUNK)
        case 2:
            cells.insert(a, dice.choice(JUNK))
        case _:
            del cells[a]
    lines[at] = b",".join(cells)
    return b"\n".join(lines)


def _endings(content: bytes, dice: random.Random) -> bytes:
    return content.replace(b"\n", dice.choice([b"\r\n", b"\r", b"\n\n"]))


def _encoding(content: bytes, dice: random.Random) -> bytes:
    text = content.decode("utf-8", "replace")
    return text.encode(dice.choice(["utf-16", "utf-8-sig", "utf-32", "cp1252"]), "replace")


DAMAGES = [_truncate, _junk, _junk, _noise, _flip, _flip, _lines, _lines, _cells, _cells, _cells, _endings, _encoding]


def assert_nothing_is_lost_or_made_up(parsed: ParsedFile) -> None:
    """Every landed row is a fact, a reject or ignored; every fact is canonical text that reads back exactly."""
    assert parsed.foots, (parsed.lines, parsed.fact_count, len(parsed.rejects), len(parsed.ignored))
    assert parsed.profile or not parsed.is_usable
    for reject in parsed.rejects:
        assert reject.reason
        assert reject.line_no >= 1
    for finding in parsed.findings:
        assert finding.help
        assert finding.place.path == parsed.custodian
    for row in parsed.rows:
        assert set(row.values) <= set(TABLES[row.table])
        for name, text in row.values.items():
            if text is None:
                continue
            assert text == text.strip() != ""
            if name in NUMBERS:
                assert "e" not in text.lower()
                assert Decimal(text).is_finite()
            elif name in DATES:
                assert date.fromisoformat(text).isoformat() == text


def main(count: int) -> None:
    """Damage `count` files, evenly over the layouts, and print what came of them."""
    files, outcomes = sorted(deliveries().items()), Counter[str]()
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(count):
            layout, delivered = files[seed % len(files)]
            content = damaged(delivered.text.encode("utf-8"), random.Random(seed))
            path = Path(folder) / delivered.name
            path.write_bytes(content)
            try:
                parsed = parse_file(path, "x", "x")
                assert_nothing_is_lost_or_made_up(parsed)
            except Exception:
                print(f"seed {seed}, layout {layout}")
                raise
            errors = [finding.code for finding in parsed.findings if finding.severity is Severity.ERROR]
            outcomes[errors[0] if errors else "rejects" if parsed.rejects else "read"] += 1
    print(f"{count} damaged files, no crash, no lost row:", dict(outcomes.most_common()))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)
