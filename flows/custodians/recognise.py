"""Which profile a file belongs to, by what stands in it: never by its name alone, and never by a guess.

None fits, or several do: then a finding names the nearest known header and how it differs.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence

from flows.custodians import troubles
from flows.custodians.landing import Landing
from flows.custodians.profile import Profile, Recognise
from validation.findings import Finding

ROWS_LOOKED_AT = 60
NEAR_ENOUGH = 0.5


def recognise(landing: Landing, profiles: Sequence[Profile], place: str) -> tuple[Profile | None, list[Finding]]:
    """The one profile that fits, or None with an `unknown-layout`, `missing-column` or `ambiguous-layout` finding."""
    rows = {delimiter: first_rows(landing.head, delimiter) for delimiter in {profile.delimiter for profile in profiles}}
    fitting = [profile for profile in profiles if fits(profile, landing.head, rows[profile.delimiter])]
    if len(fitting) == 1:
        return fitting[0], []
    if fitting:
        return None, [troubles.ambiguous_layout(place, [f"{profile.name} {profile.version}" for profile in fitting])]
    return None, [_nearest(profiles, rows, place)]


def fits(profile: Profile, head: str, rows: Sequence[Sequence[str]]) -> bool:
    """Whether the head of a file, as text and as rows, is of this profile."""
    return any(_holds(clue, head, rows) for clue in profile.recognise)


def _holds(clue: Recognise, head: str, rows: Sequence[Sequence[str]]) -> bool:
    if clue.text is not None and not re.search(clue.text, head, re.MULTILINE):
        return False
    if clue.not_text is not None and re.search(clue.not_text, head, re.MULTILINE):
        return False
    if clue.header is None:
        return True
    wanted, unwanted = frozenset(clue.header), frozenset(clue.not_header or ())
    return any(wanted <= cells and not unwanted & cells for cells in map(frozenset, rows))


def first_rows(head: str, delimiter: str) -> list[list[str]]:
    """The first rows of a text as stripped cells, one per physical line."""
    rows = []
    for line in head.lstrip("\ufeff").splitlines()[:ROWS_LOOKED_AT]:
        try:
            rows.append([cell.strip() for cell in next(csv.reader([line], delimiter=delimiter), [])])
        except csv.Error:
            rows.append([])
    return rows


def _nearest(profiles: Sequence[Profile], rows: dict[str, list[list[str]]], place: str) -> Finding:
    """The known header that shares most with a row of the file, and how they differ."""
    best, likeness = troubles.unknown_layout(place), NEAR_ENOUGH
    for profile in profiles:
        for header in profile.headers:
            for line_no, row in enumerate(rows[profile.delimiter], start=1):
                found, known = set(filter(None, row)), set(header)
                alike = len(found & known) / len(found | known)
                if alike > likeness:
                    missing = [name for name in header if name not in found]
                    unexpected = [cell for cell in row if cell and cell not in known]
                    best = troubles.near_layout(place, line_no, f"{profile.name} {profile.version}", missing, unexpected)
                    likeness = alike
    return best
