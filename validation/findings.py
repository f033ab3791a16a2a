"""What the house has to say about its input: a fact, its place, and what to do about it.

Every room collects findings instead of raising on the first one; they are printed once, together. One
record serves a rule file (file:line:column), a custodian extract (the same) and data (table, row).

    FirmUnusable            the run cannot be made at all (exit code 2)
    └── carries the findings that say why
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum


class Severity(StrEnum):
    """How bad it is: an error holds something back, a warning asks for a look, a note informs."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Scope(StrEnum):
    """What the finding holds back or speaks of, from the smallest to the largest."""

    ROW = "row"
    LOT = "lot"
    SECURITY = "security"
    ACCOUNT = "account"
    HOUSEHOLD = "household"
    FILE = "file"
    RULE = "rule"


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where it stands: a path relative to the firm's folder, with 1-based line and column (0 = the whole file)."""

    path: str
    line: int = 0
    column: int = 0
    width: int = 1

    def __str__(self) -> str:
        numbers = [str(number) for number in (self.line, self.column) if number]
        return ":".join([self.path, *numbers])

    @property
    def custodian(self) -> str:
        """The custodian's folder of a place below extracts/<day>/, empty elsewhere."""
        parts = self.path.split("/")
        return parts[2] if len(parts) > 3 and parts[0] == "extracts" else ""


NOWHERE = Place("")


@dataclass(frozen=True, slots=True)
class Finding:
    """One fact, in lower case, that names its subject; `help` says what to do, as a statement.

    code            kebab-case, stable; `rooftree rules explain CODE` prints its page
    household_id    empty where it concerns many
    subject         the bare identifier of what it is about (a lot id, a symbol, a rule id)
    snippet         the offending line of a text file, for the caret
    at_stake_usd    dollars that the finding holds back, where that can be said
    """

    code: str
    severity: Severity
    scope: Scope
    message: str
    help: str = ""
    place: Place = NOWHERE
    household_id: str = ""
    subject: str = ""
    snippet: str = ""
    at_stake_usd: Decimal | None = None

    def of_household(self, household_id: str) -> Finding:
        """The same finding, addressed to one household."""
        return replace(self, household_id=household_id)


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """Sorted for people and for equal bytes: errors first, then by place, code and subject; twins once."""
    rank = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.NOTE: 2}
    return sorted(
        dict.fromkeys(findings),
        key=lambda finding: (
            rank[finding.severity],
            finding.place,
            finding.household_id,
            finding.code,
            finding.subject,
            finding.message,
        ),
    )


class FirmUnusable(Exception):
    """The firm's folder or policy does not allow a run; nothing was written. Carries every finding that says why."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = in_order(findings)
        super().__init__("; ".join(finding.message for finding in self.findings[:3]))

    def __reduce__(self) -> tuple[type[FirmUnusable], tuple[list[Finding]]]:
        """Travel between processes with the findings, not with their summary."""
        return type(self), (self.findings,)
