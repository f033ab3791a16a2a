"""Landing: every delivered file goes into the warehouse once, byte for byte, with its rows, rejects and findings.

The same bytes again change nothing. Other bytes under the same path supersede the earlier delivery, which stays in the
warehouse and counts no more; so does a file that is gone from the folder.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files

import duckdb
import polars as pl
import pyarrow as pa  # type: ignore[import-untyped]  # brings no types of its own

from flows.custodians.engine import nothing, parse_in_batches
from flows.custodians.parsed import TABLES, ParsedFile, ParsedRow
from flows.deliveries import PIECE_BYTES, DeliveredFile, fingerprint_of
from flows.fast_lane import take_fast_lane
from flows.warehouse import Warehouse
from validation.findings import Finding, Place, Scope, Severity


@dataclass(frozen=True, slots=True)
class Landed:
    """One file of the day as the warehouse knows it."""

    file_no: int
    sha256: str
    reader: str
    supersedes: int | None


def land(house: Warehouse, firm: str, day: date, delivered: Sequence[DeliveredFile]) -> None:
    """Bring land.* in line with the folder. Runs inside the caller's transaction."""
    known = _known(house, firm, day)
    present = {(file.custodian, file.place) for file in delivered}
    for key, landed in known.items():
        if key not in present:
            _set_status(house, landed.file_no, "withdrawn")
    for file in delivered:
        before = known.get((file.custodian, file.place))
        if before is None or before.sha256 != file.sha256 or before.reader != reader_fingerprint():
            _land_file(house, firm, day, file, before)
    _mark_duplicates(house, firm, day)


def _known(house: Warehouse, firm: str, day: date) -> dict[tuple[str, str], Landed]:
    rows = house.connection.execute(
        """
        SELECT custodian, path, file_no, sha256, reader, supersedes
        FROM land.source_file WHERE firm = ? AND as_of = ? AND status IN ('current', 'duplicate')
        """,
        [firm, day],
    ).fetchall()
    return {(custodian, path): Landed(*landed) for custodian, path, *landed in rows}


def _mark_duplicates(house: Warehouse, firm: str, day: date) -> None:
    """Of several files of one custodian with the same bytes, the first by path counts."""
    house.connection.execute(
        """
        UPDATE land.source_file AS f SET status = CASE WHEN r.place = 1 THEN 'current' ELSE 'duplicate' END
        FROM (
            SELECT file_no, row_number() OVER (PARTITION BY custodian, sha256 ORDER BY path) AS place
            FROM land.source_file WHERE firm = ? AND as_of = ? AND status IN ('current', 'duplicate')
        ) AS r
        WHERE r.file_no = f.file_no AND f.status <> CASE WHEN r.place = 1 THEN 'current' ELSE 'duplicate' END
        """,
        [firm, day],
    )


def _land_file(house: Warehouse, firm: str, day: date, file: DeliveredFile, before: Landed | None) -> None:
    row = house.first("SELECT coalesce(max(file_no), 0) + 1 FROM land.source_file")
    file_no = int(row[0]) if row else 1
    if before is not None:
        _set_status(house, before.file_no, "reread" if before.sha256 == file.sha256 else "superseded")
    _keep_bytes(house, file)
    parsed = _read(house, file, file_no)
    supersedes = None if before is None else before.supersedes if before.sha256 == file.sha256 else before.file_no
    house.connection.execute(
        """
        INSERT INTO land.source_file BY NAME SELECT
            ? AS file_no, ? AS firm, ?::DATE AS as_of, ? AS custodian, ? AS path, ? AS sha256, ? AS bytes, ? AS reader, ? AS profile,
            ? AS profile_version, ? AS encoding, ?::DATE AS stated_as_of, ? AS as_of_source, ?::DATE AS period_from, ?::DATE AS period_to,
            ? AS lines, ? AS facts, ? AS rejects, ? AS ignored, ? AS trailer_count, ? AS detail_count, ?::INTEGER AS supersedes,
            'current' AS status
        """,
        [
            file_no,
            firm,
            day,
            file.custodian,
            file.place,
            file.sha256,
            file.bytes,
            reader_fingerprint(),
            parsed.profile,
            parsed.profile_version,
            parsed.encoding,
            parsed.as_of,
            parsed.as_of_source,
            *(parsed.period or (None, None)),
            parsed.lines,
            parsed.fact_count,
            len(parsed.rejects),
            len(parsed.ignored),
            parsed.trailer_count,
            parsed.detail_count,
            supersedes,
        ],
    )
    house.append(
        "land.reject",
        pl.DataFrame(
            [(file_no, r.line_no, r.table, r.account_ref, r.column, r.reason, r.raw) for r in parsed.rejects],
            schema={
                "file_no": pl.Int32,
                "line_no": pl.Int32,
                "table_name": pl.String,
                "account_ref": pl.String,
                "column_name": pl.String,
                "reason": pl.String,
                "raw": pl.String,
            },
            orient="row",
        ),
    )
    for finding in parsed.findings:
        house.connection.execute(
            "INSERT INTO land.finding VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                file_no,
                finding.code,
                finding.severity.value,
                finding.scope.value,
                finding.message,
                finding.help,
                finding.place.path,
                finding.place.line,
                finding.place.column,
                finding.place.width,
                finding.subject,
                finding.snippet,
            ],
        )


def _read(house: Warehouse, file: DeliveredFile, file_no: int) -> ParsedFile:
    """Parse the file and land its rows. Rows of a file that is held back as a whole are not kept: they may be half."""

    def keep(rows: Sequence[ParsedRow]) -> None:
        for table, columns in TABLES.items():
            values = [(file_no, row.line_no, *map(row.values.get, columns)) for row in rows if row.table == table]
            schema = {"file_no": pl.Int32, "line_no": pl.Int32, **dict.fromkeys(columns, pl.String)}
            house.append(f"land.{table}", pl.DataFrame(values, schema=schema, orient="row"))

    try:
        parsed = take_fast_lane(house, file, file_no, keep) or parse_in_batches(file.path, file.place, file.custodian, keep)
    except duckdb.Error:
        raise  # The warehouse failed, not the file: the load is rolled back as a whole.
    except Exception as error:
        parsed = nothing(
            file.custodian,
            [
                Finding(
                    "unreadable-file",
                    Severity.ERROR,
                    Scope.FILE,
                    f"the file could not be read: {type(error).__name__}: {error}",
                    "nothing of the file was used; the custodian can deliver it again",
                    Place(file.place),
                    "",
                    file.path.name,
                )
            ],
        )
    if not parsed.is_usable:
        for table in TABLES:
            house.connection.execute(f"DELETE FROM land.{table} WHERE file_no = ?", [file_no])
    return parsed


def _keep_bytes(house: Warehouse, file: DeliveredFile) -> None:
    if house.connection.execute("SELECT 1 FROM land.source_bytes WHERE sha256 = ? LIMIT 1", [file.sha256]).fetchall():
        return
    with file.path.open("rb") as source:
        piece_no = 0
        while piece := source.read(PIECE_BYTES):
            packed = pa.compress(piece, codec="zstd", asbytes=True)
            house.connection.execute("INSERT INTO land.source_bytes VALUES (?, ?, ?, ?)", [file.sha256, piece_no, len(piece), packed])
            piece_no += 1


def _set_status(house: Warehouse, file_no: int, status: str) -> None:
    house.connection.execute("UPDATE land.source_file SET status = ? WHERE file_no = ?", [status, file_no])


@cache
def reader_fingerprint() -> str:
    """Changes when the profiles or the machine that runs them do: then files are read again."""
    rooms = sorted(
        (entry.name, entry.read_bytes()) for entry in (files("flows") / "custodians").iterdir() if entry.name.endswith((".py", ".yaml"))
    )
    profiles = files("flows") / "custodians" / "profiles"
    if profiles.is_dir():
        rooms += sorted((entry.name, entry.read_bytes()) for entry in profiles.iterdir() if entry.is_file())
    return fingerprint_of(part for name, text in rooms for part in (name, text.decode("utf-8", "replace")))
