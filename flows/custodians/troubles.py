"""Every finding about a whole file, with its code and what to do: the page to read when a file is held back.

Errors hold the file back; warnings ask for a look. Rows that cannot be read are no findings here but rejects.
"""

from __future__ import annotations

from collections.abc import Sequence

from flows.custodians.profile import Remark
from validation.findings import Finding, Place, Scope, Severity

AGAIN = "ask the custodian to deliver the file again"


def _error(code: str, message: str, help: str, place: str, line: int = 0, subject: str = "") -> Finding:
    return Finding(code, Severity.ERROR, Scope.FILE, message, help, Place(place, line), subject=subject)


def _warning(code: str, message: str, help: str, place: str, line: int = 0, subject: str = "") -> Finding:
    return Finding(code, Severity.WARNING, Scope.FILE, message, help, Place(place, line), subject=subject)


def listed(names: Sequence[str]) -> str:
    """Names as a finding shows them: quoted, cut, at most eight."""
    shown = ", ".join(f"`{name[:40]}`" for name in names[:8])
    return (shown + (f" and {len(names) - 8} more" if len(names) > 8 else "")) or "nothing"


def unreadable(place: str, why: str) -> Finding:
    """The operating system does not give the bytes."""
    return _error("unreadable-file", f"the file cannot be read: {why}", "make the file readable and run again", place)


def empty(place: str) -> Finding:
    """No bytes, or blanks only."""
    return _error("empty-file", "the file is empty", AGAIN, place)


def compressed(place: str, kind: str) -> Finding:
    """An archive or a spreadsheet; archives are never opened here."""
    return _error("compressed-file", f"the file is a {kind} archive or a spreadsheet", "unpack it, or save the sheet as CSV (UTF-8)", place)


def wrong_encoding(place: str, found: str) -> Finding:
    """Bytes that are no UTF-8, Windows-1252 or ASCII text."""
    return _error("wrong-encoding", f"the file is {found}", "deliver it as UTF-8 text; a spreadsheet or a binary file is not read", place)


def unknown_layout(place: str) -> Finding:
    """No profile fits and none is near."""
    help = "start a profile with `rooftree custodians new FILE`, or deliver the generic templates"
    return _error("unknown-layout", "no profile knows this layout, and none is near", help, place)


def near_layout(place: str, line: int, nearest: str, missing: Sequence[str], unexpected: Sequence[str]) -> Finding:
    """No profile fits, one is near: its header and the difference. Only columns missing: `missing-column`."""
    if missing and not unexpected:
        message = f"the header lacks {listed(missing)} (nearest layout: {nearest})"
        return _error("missing-column", message, "deliver the file with all columns of the layout", place, line, missing[0])
    message = f"no profile knows this header; nearest is {nearest}: missing {listed(missing)}, unexpected {listed(unexpected)}"
    help = "compare the header with the layout; a new layout needs a new profile (`rooftree custodians new FILE`)"
    return _error("unknown-layout", message, help, place, line)


def ambiguous_layout(place: str, fitting: Sequence[str]) -> Finding:
    """Several profiles fit."""
    help = "one of these profiles claims too much; narrow its `recognise`"
    return _error("ambiguous-layout", f"the file fits several layouts: {', '.join(fitting)}", help, place)


def missing_column(place: str, line: int, names: str) -> Finding:
    """A header without a mapped column."""
    message = f"the header lacks the column {names}"
    return _error("missing-column", message, "deliver the file with all columns of the layout", place, line, names.strip("`"))


def duplicate_column(place: str, line: int, name: str) -> Finding:
    """A header with a mapped column twice."""
    message = f"the header has the column `{name}` twice"
    return _error("duplicate-column", message, "deliver the file with each column once", place, line, name)


def unknown_columns(place: str, line: int, profile: str, names: Sequence[str]) -> Finding:
    """A header with columns that the profile has never seen; they are not read."""
    message = f"the header has columns that {profile} does not know: {listed(names)}"
    help = "the columns are not read; check whether the custodian has changed its layout"
    return _warning("unknown-column", message, help, place, line, names[0][:40])


def missing_meta(place: str, profile: str, pattern: str) -> Finding:
    """A preamble or footer that the layout always has is not there."""
    message = f"the file lacks what {profile} begins with (`{pattern}`)"
    return _error("missing-meta", message, "deliver the file as the custodian writes it, preamble included", place)


def unreadable_as_of(place: str, why: str) -> Finding:
    """The as-of date is written in no known way."""
    return _error("unreadable-as-of", f"the file's as-of date cannot be read: {why}", AGAIN, place)


def two_as_of_dates(place: str, line: int, days: str) -> Finding:
    """The content contradicts itself about its day."""
    return _error(
        "two-as-of-dates", f"the file states more than one as-of date: {days}", "ask the custodian which day the file is of", place, line
    )


def truncated(place: str, line: int, message: str) -> Finding:
    """A footer, trailer, end tag or counted record is missing."""
    help = "ask the custodian to deliver the whole file again; nothing of this one is used"
    return _error("truncated-file", message, help, place, line)


def maybe_cut(place: str, line: int) -> Finding:
    """A layout without a footer whose last line has no end."""
    message = "the last line does not end: the file may be cut in its last cell"
    return _warning("no-final-newline", message, "compare the last row with its source; a manifest settles it", place, line)


def endless_row(place: str) -> Finding:
    """A mebibyte without the end of a row."""
    return _error("endless-row", "a row of the file is longer than a mebibyte", AGAIN, place)


def unsafe_xml(place: str) -> Finding:
    """A document type or entities: such a file is not read."""
    message = "the XML declares a document type or entities; such a file is not read"
    return _error("unsafe-xml", message, "ask where the file comes from: custodians write none", place)


def too_many_rejects(place: str, line: int, rejects: int) -> Finding:
    """Reading was given up."""
    help = "the file is not what its header promises; ask the custodian to deliver it again"
    return _error("too-many-rejects", f"reading stopped after {rejects} rejected rows", help, place, line)


def missing_level(place: str, given: str, needed: str) -> Finding:
    """A report with one level of detail but not the one that is read."""
    return _error("missing-level", f"the file has {given} but no {needed}", f"deliver the report with its {needed}, too", place, 0, needed)


def no_rows(place: str) -> Finding:
    """Recognised, and nothing in it."""
    return _warning("no-rows", "the file is recognised but holds no rows to read", "check whether there should be any", place)


def of_remark(remark: Remark, place: str, line: int, subject: str) -> Finding:
    """What a rule of a profile has to say about a row."""
    message = f"{remark.message}: {subject}"
    return Finding(remark.code, Severity(remark.severity), Scope.FILE, message, remark.help, Place(place, line), subject=subject)
