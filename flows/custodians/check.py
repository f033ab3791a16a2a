"""What the house makes of one file: for `rooftree custodians check FILE`, and for anybody who writes a profile."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from flows.custodians.catalogue import profiles
from flows.custodians.engine import parse_with
from flows.custodians.parsed import ParsedFile, ParsedRow
from flows.custodians.profile import Profile


@dataclass(frozen=True, slots=True)
class Tie:
    """One control total beside the rows of the same file. `computed` is None where the rows cannot say it."""

    line_no: int
    scope: str
    account_ref: str
    symbol: str
    measure: str
    reported: Decimal
    computed: Decimal | None

    @property
    def ties(self) -> bool | None:
        """Equal within a cent (money) or exactly (shares); None where nothing can be compared."""
        if self.computed is None:
            return None
        slack = Decimal(0) if self.measure == "quantity" else Decimal("0.01")
        return abs(self.computed - self.reported) <= slack


@dataclass(frozen=True, slots=True)
class FileCheck:
    """A file as the engine reads it: title of the profile that fits (empty where none), rows per table, totals beside
    the rows; rejects with their reasons and findings stand in `parsed`."""

    path: Path
    title: str
    parsed: ParsedFile
    rows_by_table: Mapping[str, int]
    ties: tuple[Tie, ...]

    @property
    def is_clean(self) -> bool:
        """Read whole, nothing rejected, and no total that differs."""
        return self.parsed.is_usable and not self.parsed.rejects and all(tie.ties is not False for tie in self.ties)


def check_file(path: Path, custodian: str = "", known: Sequence[Profile] | None = None) -> FileCheck:
    """Read one file and compare its own totals. `known` replaces the house's profiles, to try a new one. Never raises."""
    catalogue = profiles() if known is None else known
    parsed = parse_with(path, str(path), custodian or path.parent.name, catalogue)
    titles = {(profile.name, profile.version): profile.title for profile in catalogue}
    return FileCheck(
        path,
        titles.get((parsed.profile, parsed.profile_version), ""),
        parsed,
        dict(Counter(row.table for row in parsed.rows)),
        tuple(_ties(parsed)),
    )


def _ties(parsed: ParsedFile) -> Iterable[Tie]:
    for total in parsed.of_table("control_totals"):
        values = total.values
        reported = values.get("reported")
        # A manifest speaks of other files, and the records of a trailer are counted by the engine itself.
        if reported is None or values.get("of_file") or values.get("measure") in {"rows", "records"}:
            continue
        account, symbol, measure = (values.get(name) or "" for name in ("account_ref", "symbol", "measure"))
        yield Tie(
            total.line_no,
            values.get("scope") or "",
            account,
            symbol,
            measure,
            Decimal(reported),
            _computed(parsed.rows, account, symbol, measure),
        )


def _computed(rows: Sequence[ParsedRow], account: str, symbol: str, measure: str) -> Decimal | None:
    """What the rows sum to. Lots speak for shares and basis where the file has lots, else positions; cash is value."""
    mine = [row for row in rows if _is_of(row, account, symbol)]
    if measure == "market_value":
        amounts = [row.values.get("market_value") for row in mine if row.table == "positions"]
        amounts += [_cash(row) for row in mine if row.table == "cash"]
    else:
        table = next((table for table in ("tax_lots", "positions", "realized") if any(row.table == table for row in mine)), "")
        amounts = [row.values.get(measure) for row in mine if row.table == table]
    if not amounts or any(amount is None for amount in amounts):
        return None
    return sum((Decimal(amount) for amount in amounts if amount is not None), Decimal(0))


def _is_of(row: ParsedRow, account: str, symbol: str) -> bool:
    return (not account or row.values.get("account_ref") == account) and (not symbol or row.values.get("symbol") == symbol)


def _cash(row: ParsedRow) -> str:
    parts = (row.values.get("settled_cash"), row.values.get("unsettled_cash"))
    return str(sum((Decimal(part) for part in parts if part is not None), Decimal(0)))
