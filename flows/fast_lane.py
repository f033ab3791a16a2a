"""The fast lane for large files of the house's own template: DuckDB lands the rows that need no thought.

The profile engine reads about a hundred thousand rows a second; a book of ten million lots has better things to wait
for. A row is plain when every cell already is the text that the engine would make of it. Plain rows go straight into
the warehouse; all others, with the header and the first row, go through the engine as a small file of their own, so
that rejects, findings and the profile's name are the engine's in either case. Where anything at all is unusual about
the file as a whole (encoding, quoting, blank lines), the lane declines and the engine reads everything.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType

from flows.custodians.engine import Sink, parse_in_batches
from flows.custodians.parsed import ParsedFile, ParsedRow
from flows.deliveries import PIECE_BYTES, DeliveredFile
from flows.warehouse import Warehouse

LEAST_BYTES = 4_000_000
"""Below this the engine is as quick."""
MOST_ODD_SHARE = 0.2
NUMBER = r"-?(0|[1-9][0-9]{0,14})(\.[0-9]{1,8})?"
WORD = r"[A-Za-z0-9]([A-Za-z0-9 ./_-]*[A-Za-z0-9.])?"
NO_WORDS = ("n/a", "na", "null", "none", "nan", "incomplete", "unknown", "various")
"""Words that a profile may read as missing: for the engine to say."""


@dataclass(frozen=True, slots=True)
class Lane:
    """One template: the table it lands in, and per column its canonical name and kind. Constants are added as they are."""

    table: str
    columns: Mapping[str, tuple[str, str]]
    constants: Mapping[str, str]

    @property
    def header(self) -> bytes:
        return ",".join(self.columns).encode()


LANES = (
    Lane(
        "tax_lots",
        MappingProxyType(
            {
                "account": ("account_ref", "word"),
                "symbol": ("symbol", "word"),
                "lot_id": ("lot_id", "word"),
                "acquired_date": ("acquired_date", "date or empty"),
                "quantity": ("quantity", "number"),
                "cost_basis": ("cost_basis", "number or empty"),
                "covered": ("covered", "flag"),
            }
        ),
        MappingProxyType({}),
    ),
    Lane(
        "positions",
        MappingProxyType(
            {
                "account": ("account_ref", "word"),
                "symbol": ("symbol", "word"),
                "quantity": ("quantity", "number"),
                "market_value": ("market_value", "number or empty"),
            }
        ),
        MappingProxyType({}),
    ),
    Lane(
        "cash",
        MappingProxyType(
            {
                "account": ("account_ref", "word"),
                "settled_cash": ("settled_cash", "number"),
                "unsettled_cash": ("unsettled_cash", "number or empty"),
            }
        ),
        MappingProxyType({"currency": "USD"}),
    ),
)


def take_fast_lane(house: Warehouse, file: DeliveredFile, file_no: int, keep: Sink) -> ParsedFile | None:
    """Land the file and return what the engine would have said of it; None where the lane declines (nothing is landed)."""
    lane = _lane_of(file)
    if lane is None:
        return None
    # An error would abort the load's transaction, so DuckDB is asked to note what it cannot read instead.
    try:
        house.connection.execute(_read_sql(lane), [str(file.path)])
        if house.first("SELECT 1 FROM lane_errors LIMIT 1"):
            return None  # Not a plain CSV throughout: the engine knows better words for it.
        odd = house.connection.execute(
            f"SELECT line, {', '.join(lane.columns)} FROM lane WHERE NOT plain OR line = 2 ORDER BY line"
        ).fetchall()
        counted = house.first("SELECT count(*) FROM lane")
        rows = int(counted[0]) if counted else 0
        if rows + 1 != _newlines(file.path) or len(odd) > max(rows * MOST_ODD_SHARE, 1000):
            return None
        parsed = _by_engine(file, lane, odd, keep)
        if parsed.is_usable:
            house.connection.execute(_insert_sql(lane), [file_no])
        plain = rows - len(odd)
        return replace(parsed, lines=parsed.lines + plain, fact_count=parsed.fact_count + plain, detail_count=parsed.detail_count + plain)
    finally:
        for table in ("lane", "lane_errors", "lane_scans"):
            house.connection.execute(f"DROP TABLE IF EXISTS {table}")


def _lane_of(file: DeliveredFile) -> Lane | None:
    if file.bytes < LEAST_BYTES:
        return None
    with file.path.open("rb") as source:
        header = source.readline(200).rstrip(b"\r\n")
        source.seek(-1, 2)
        ends = source.read(1) == b"\n"
    return next((lane for lane in LANES if lane.header == header and ends), None)


def _read_sql(lane: Lane) -> str:
    columns = ", ".join(f"'{name}': 'VARCHAR'" for name in lane.columns)
    plain = " AND ".join(_plain(name, kind) for name, (_, kind) in lane.columns.items())
    return f"""
        CREATE OR REPLACE TEMP TABLE lane AS
        SELECT row_number() OVER () + 1 AS line, *, {plain} AS plain
        FROM read_csv(?, columns = {{{columns}}}, header = true, auto_detect = false, delim = ',', quote = '"', escape = '"',
            strict_mode = true, null_padding = false, allow_quoted_nulls = false, nullstr = '\\x00',
            store_rejects = true, rejects_table = 'lane_errors', rejects_scan = 'lane_scans', rejects_limit = 1)
    """


def _plain(name: str, kind: str) -> str:
    words = ", ".join(f"'{word}'" for word in NO_WORDS)
    tests = {
        "word": f"regexp_full_match({name}, '{WORD}') AND lower({name}) NOT IN ({words})",
        "number": f"regexp_full_match({name}, '{NUMBER}')",
        "date": f"regexp_full_match({name}, '[12][0-9]{{3}}-[0-9]{{2}}-[0-9]{{2}}') AND TRY_CAST({name} AS DATE) IS NOT NULL",
        "flag": f"{name} IN ('true', 'false', '')",
    }
    base = tests[kind.removesuffix(" or empty")]
    return f"coalesce(({name} = '' OR ({base})), false)" if kind.endswith("or empty") else f"coalesce({base}, false)"


def _insert_sql(lane: Lane) -> str:
    chosen = ", ".join(f"nullif({name}, '') AS {canonical}" for name, (canonical, _) in lane.columns.items())
    constants = "".join(f", '{value}' AS {name}" for name, value in lane.constants.items())
    source = f"SELECT ?::INTEGER AS file_no, line AS line_no, {chosen}{constants} FROM lane WHERE plain AND line > 2"
    return f"INSERT INTO land.{lane.table} BY NAME {source}"


def _by_engine(file: DeliveredFile, lane: Lane, odd: Sequence[tuple[object, ...]], keep: Sink) -> ParsedFile:
    """The engine's word on the rows that are not plain, with the lines that they have in the whole file."""
    lines = [1, *(int(str(row[0])) for row in odd)]

    def at_home(line: int) -> int:
        return lines[line - 1] if 0 < line <= len(lines) else line

    with TemporaryDirectory() as folder:
        small = Path(folder) / file.path.name
        with small.open("w", encoding="utf-8", newline="") as text:
            writer = csv.writer(text, lineterminator="\n")
            writer.writerow(lane.columns)
            writer.writerows(row[1:] for row in odd)
        parsed = parse_in_batches(
            small,
            file.place,
            file.custodian,
            lambda rows: keep(tuple(ParsedRow(row.table, at_home(row.line_no), row.values) for row in rows)),
        )
    return replace(
        parsed,
        rejects=tuple(replace(reject, line_no=at_home(reject.line_no)) for reject in parsed.rejects),
        ignored=tuple(at_home(line) for line in parsed.ignored),
        findings=tuple(replace(found, place=replace(found.place, line=at_home(found.place.line))) for found in parsed.findings),
    )


def _newlines(path: Path) -> int:
    count = 0
    with path.open("rb") as source:
        while piece := source.read(PIECE_BYTES):
            count += piece.count(b"\n")
    return count
