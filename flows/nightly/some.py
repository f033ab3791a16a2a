"""The marts of some households only: what is needed to read them, and nothing of the others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flows.warehouse import FACTS, REFERENCE, Warehouse
from validation.marts import Marts

MINE = "SELECT unnest($2::VARCHAR[])"
OF_HOUSEHOLD = f"household_id IN ({MINE})"
TAXPAYER = f"taxpayer_id IN (SELECT taxpayer_id FROM marts.taxpayers WHERE snapshot_no = $1 AND {OF_HOUSEHOLD})"
ACCOUNT = f"account_id IN (SELECT account_id FROM marts.accounts WHERE snapshot_no = $1 AND {OF_HOUSEHOLD})"
WHOSE = {
    "households": OF_HOUSEHOLD, "taxpayers": OF_HOUSEHOLD, "accounts": OF_HOUSEHOLD, "owners": TAXPAYER, "held_away": TAXPAYER,
    "cash_orders": f"({OF_HOUSEHOLD} OR {ACCOUNT})", "positions": OF_HOUSEHOLD, "tax_lots": OF_HOUSEHOLD, "cash": OF_HOUSEHOLD,
    "transactions": OF_HOUSEHOLD, "realized": OF_HOUSEHOLD, "restated": OF_HOUSEHOLD,
}  # fmt: skip
WHOLE = ("securities", "exposures", "prices", "aliases", "waivers", "bad_cells")
"""What is no household's own."""


def marts_of(house: Warehouse, snapshot_no: int, household_ids: Sequence[str]) -> Marts:
    """The book of these households. What files say of themselves (totals, rejected rows) stays behind: it is of the whole day."""
    frames: dict[str, Any] = {}
    for table in (*REFERENCE, *FACTS):
        whose = WHOSE.get(table, "true" if table in WHOLE else "false")
        order = "" if table in FACTS else "ORDER BY line"
        # Both parameters are named in every question: DuckDB refuses one that is given and not used.
        text = f"SELECT * EXCLUDE (snapshot_no) FROM marts.{table} WHERE snapshot_no = $1 AND len($2::VARCHAR[]) > 0 AND {whose} {order}"
        frames[table] = house.query(text, [snapshot_no, list(household_ids)])
    deliveries = house.query(
        """
        SELECT f.file_no, f.custodian, f.path, f.sha256, f.bytes, f.profile, f.profile_version, f.encoding, f.stated_as_of, f.as_of_source,
            f.period_from, f.period_to, f.lines, f.facts, f.rejects, f.ignored, f.status, 0::BIGINT AS findings
        FROM land.source_file AS f
        JOIN marts.snapshot AS s ON s.firm = f.firm AND s.as_of = f.as_of AND s.snapshot_no = $1
        WHERE f.status IN ('current', 'duplicate')
        ORDER BY f.path
        """,
        [snapshot_no],
    )
    return Marts(**frames, deliveries=deliveries)
