"""Under which numbers the firm trades: `reference/order_accounts.csv`, which a firm may have.

Extracts of some custodians mask the account number (`...417`). A masked number cannot be sent, and nothing completes it but
the firm: this file says the full number of an account, and the firm's own block account at a custodian.

    account_id          an account of accounts.csv      } exactly one of the two
    custodian           a custodian's folder name       }
    number              the number as the custodian writes it, in full
    executing_broker    for a block account, where the custodian's allocation file names one
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from validation.findings import Finding, FirmUnusable, Place, Scope, Severity

PLACE = "reference/order_accounts.csv"
COLUMNS = ("account_id", "custodian", "number", "executing_broker")
MASK = re.compile(r"\.{2,}|…|[*•]+|#{2,}|[Xx]{3,}|^.* -(?=\w{3,4}$)")
"""What hides digits, and the label with the last digits that E*TRADE writes (`Individual Brokerage -1234`)."""


@dataclass(frozen=True, slots=True)
class BlockAccount:
    """The firm's own account at a custodian, in which blocks are filled."""

    number: str
    executing_broker: str = ""


@dataclass(frozen=True, slots=True)
class Desk:
    """Full account numbers by account id, block accounts by custodian (lower case)."""

    numbers: Mapping[str, str] = field(default_factory=dict)
    block_accounts: Mapping[str, BlockAccount] = field(default_factory=dict)


def is_masked(number: str) -> bool:
    """Whether part of an account number is hidden: by dots, stars, three X and more, or behind a label."""
    return MASK.search(number) is not None


def agrees(masked: str, number: str) -> bool:
    """Whether a full number can be the masked one: what the mask shows before and after stands at its ends."""
    shown = MASK.split(masked)
    return number.startswith(shown[0]) and number.endswith(shown[-1]) and len(number) >= len(shown[0]) + len(shown[-1])


def read_desk(firm: Path) -> Desk:
    """The firm's order accounts; none where there is no such file.

    Raises FirmUnusable with a finding per line that cannot be used: an order must never go to a number that was misread.
    """
    path = firm / PLACE
    if not path.is_file():
        return Desk()
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise FirmUnusable([_bad(0, f"{PLACE} cannot be read: {error}", "")]) from error
    reader = csv.DictReader(text.splitlines())
    missing = [name for name in COLUMNS[:3] if name not in (reader.fieldnames or ())]
    if missing:
        raise FirmUnusable([_bad(1, f"{PLACE} has no column {' and no column '.join(missing)}", "")])
    numbers: dict[str, str] = {}
    blocks: dict[str, BlockAccount] = {}
    findings: list[Finding] = []
    for row in reader:
        cells = {name: (row.get(name) or "").strip() for name in COLUMNS}
        trouble = list(_troubles(cells, numbers, blocks))
        findings += [_bad(reader.line_num, message, cells["account_id"] or cells["custodian"]) for message in trouble]
        if trouble:
            continue
        if cells["account_id"]:
            numbers[cells["account_id"]] = cells["number"]
        else:
            blocks[cells["custodian"].lower()] = BlockAccount(cells["number"], cells["executing_broker"])
    if findings:
        raise FirmUnusable(findings)
    return Desk(numbers, blocks)


def _troubles(cells: Mapping[str, str], numbers: Mapping[str, str], blocks: Mapping[str, BlockAccount]) -> Iterator[str]:
    if bool(cells["account_id"]) == bool(cells["custodian"]):
        yield "exactly one of account_id and custodian is filled"
    if not cells["number"] or is_masked(cells["number"]):
        yield f"the number `{cells['number']}` is not a full account number"
    if cells["account_id"] in numbers or cells["custodian"].lower() in blocks:
        yield f"`{cells['account_id'] or cells['custodian']}` has a number already"


def _bad(line: int, message: str, subject: str) -> Finding:
    help_ = "columns account_id or custodian, number, executing_broker; one line per account"
    return Finding("bad-order-account", Severity.ERROR, Scope.FILE, message, help_, Place(PLACE, line), subject=subject)
