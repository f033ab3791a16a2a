"""Whether a file that was read to its end is whole, and which day it is of."""

from __future__ import annotations

from datetime import date

from flows.custodians import dates, troubles
from flows.custodians.landing import Landing
from flows.custodians.machine import Machine


def expect(machine: Machine, landing: Landing) -> None:
    """Compare what the layout promises (footer, trailer, levels of detail, a last newline) with what came; leaves findings."""
    expects, place = machine.profile.expects, machine.place
    if expects.closed == "block" and machine.open_line:
        machine.cut(machine.open_line, "the section has no footer: the file ends too early")
    elif expects.closed != "no" and not machine.is_closed:
        machine.cut(machine.lines, "the file has no footer or trailer: it ends too early")
    stated = trailer_count(machine)
    if expects.trailer_count and stated is not None and stated != machine.detail_count:
        machine.cut(machine.lines, f"the trailer counts {stated} records, the file has {machine.detail_count}")
    for given, needed in expects.implies.items():
        if given in machine.context and needed not in machine.context:
            machine.findings.append(troubles.missing_level(place, given, needed))
    if expects.final_newline and not landing.ends_in_newline:
        machine.findings.append(troubles.maybe_cut(place, machine.lines))
    if machine.fact_count == 0 and not machine.findings and not machine.rejects:
        machine.findings.append(troubles.no_rows(place))


def trailer_count(machine: Machine) -> int | None:
    """How many detail records the trailer states; None where there is none."""
    text = machine.context.get("trailer_count", "")
    return int(text) if text.isascii() and text.isdigit() else None


def as_of(machine: Machine) -> tuple[date | None, str]:
    """(day, where it stands). None where the content states no day, or two, which is a finding."""
    said = machine.dates_said
    if len(said) > 1:
        days = ", ".join(f"{day} ({source})" for day, (source, _) in list(said.items())[:4])
        machine.findings.append(troubles.two_as_of_dates(machine.place, max(line for _, line in said.values()), days))
        return None, ""
    for day, (source, _) in said.items():
        return date.fromisoformat(day), source
    return None, ""


def period(machine: Machine) -> tuple[date, date] | None:
    """The first and last day that a report of events covers, where it states both."""
    read = dates.reader(machine.profile.dates)
    try:
        first, last = (date.fromisoformat(read(machine.context[name])) for name in ("period_from", "period_to"))
    except (KeyError, ValueError):
        return None
    return first, last
