"""Waivers: a person lifts the effect of one finding for a while. reference/waivers.csv says who, why, from when and until when.

The data stay as they were delivered, the finding stays in the list, and says that it is waived; it holds nothing back. A
waiver names its finding exactly (code, scope, subject, household), so that it never lifts a neighbour; a delivery's subject
is written `<custodian>/<subject>`, because custodians name their files alike. Which codes may be waived is in `codes`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import TypeAlias

from validation.codes import CODES, finding
from validation.findings import Finding, Place, Scope, Severity
from validation.marts import Marts

WAIVERS = "reference/waivers.csv"
Key: TypeAlias = tuple[str, str, str, str]
"""code, scope, subject, household_id."""


@dataclass(frozen=True, slots=True)
class Waiver:
    """One row of waivers.csv that is in force on the as-of date."""

    who: str
    why: str
    until: date
    line: int


@dataclass(frozen=True)
class Waivers:
    """The waivers in force, and what there is to say about the others. `used` fills as findings are lifted."""

    in_force: Mapping[Key, Waiver]
    said: tuple[Finding, ...] = ()

    def lift(self, found: Finding) -> Finding:
        """The finding as a warning that names who waived it and until when; itself where nobody did."""
        waiver = self.in_force.get(key_of(found))
        if waiver is None or found.severity is not Severity.ERROR:
            return found
        message = f"{found.message}; waived by {waiver.who} until {waiver.until}: {waiver.why}"
        return replace(found, severity=Severity.WARNING, message=message)

    def lift_all(self, findings: Iterable[Finding]) -> list[Finding]:
        """Every finding, lifted where it is waived."""
        return [self.lift(found) for found in findings]

    def findings_beside(self, findings: Iterable[Finding]) -> list[Finding]:
        """What is wrong with waivers, and those in force that none of the day's findings asks for."""
        idle = dict(self.in_force)
        for found in findings if idle else ():
            idle.pop(key_of(found), None)
        unused = [
            finding("unused-waiver", f"nothing of this day is {code} of {subject}", Place(WAIVERS, waiver.line), subject=subject)
            for (code, _, subject, _), waiver in idle.items()
        ]
        return [*self.said, *unused]


NOBODY = Waivers({})


def key_of(found: Finding) -> Key:
    """How a waiver names the finding."""
    custodian = found.place.custodian if found.scope is Scope.FILE else ""
    return found.code, found.scope.value, f"{custodian}/{found.subject}" if custodian else found.subject, found.household_id


def read_waivers(marts: Marts, as_of: date) -> Waivers:
    """The waivers that hold on the as-of date. One that may not be, has expired or cannot be read is a finding and lifts nothing."""
    in_force: dict[Key, Waiver] = {}
    bad = {line: f"{column} {reason}" for line, column, reason in _unreadable(marts)}
    said = [finding("bad-waiver", f"the waiver cannot be read: {reason}", Place(WAIVERS, line)) for line, reason in bad.items()]
    for row in marts.waivers.iter_rows(named=True):
        if row["line"] in bad:
            continue
        place, subject = Place(WAIVERS, row["line"]), row["subject"]
        trouble = _trouble(row["code"], row["scope"], row["from"], row["until"])
        if trouble:
            said.append(finding("bad-waiver", trouble, place, subject=subject))
        elif row["until"] < as_of:
            message = f"the waiver of {row['code']} of {subject} by {row['who']} expired on {row['until']}"
            said.append(finding("expired-waiver", message, place, subject=subject))
        elif row["from"] <= as_of:
            key = (row["code"], row["scope"], subject, row["household_id"] or "")
            in_force[key] = Waiver(row["who"], row["why"], row["until"], row["line"])
    return Waivers(in_force, tuple(said))


def _unreadable(marts: Marts) -> Iterable[tuple[int, str, str]]:
    rows = marts.bad_cells.select("path", "line", "column", "reason").iter_rows()
    return ((line, column, reason) for path, line, column, reason in rows if path == WAIVERS)


def _trouble(code: str, scope: str, starts: date, until: date) -> str:
    known = CODES.get(code)
    if known is None or not known.may_be_waived:
        waivable = ", ".join(name for name, each in CODES.items() if each.may_be_waived)
        return f"{code} cannot be waived; {waivable} can"
    if scope != known.scope.value:
        return f"{code} is of scope {known.scope.value}, not {scope}"
    return f"the waiver ends on {until}, before it begins on {starts}" if until < starts else ""
