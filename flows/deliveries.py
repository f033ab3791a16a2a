"""What lies in the extracts folder: which day counts, and which files were delivered for it. Reads names and bytes only."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from validation.findings import Finding, FirmUnusable, Place, Scope, Severity

PIECE_BYTES = 1 << 24


@dataclass(frozen=True, slots=True)
class DeliveredFile:
    """One file below extracts/<as-of>/<custodian>/. `place` is relative to the firm's folder, with forward slashes."""

    custodian: str
    place: str
    path: Path
    sha256: str
    bytes: int


def find_day(firm: Path, wanted: date | None) -> tuple[date, list[Finding]]:
    """The extract day that a run stands on: the latest one that is not after `wanted`, or the latest at all.

    Also returns what there is to say about the folder. Raises FirmUnusable where the firm or any such day is missing.
    """
    extracts = firm / "extracts"
    if not firm.is_dir():
        raise FirmUnusable([_error("missing-firm", f"there is no folder {firm}", "the path of a firm's folder")])
    if not extracts.is_dir():
        raise FirmUnusable(
            [_error("no-extract-day", f"{firm} has no folder extracts", "extracts/<as-of date>/<custodian>/ holds the files")]
        )
    days: list[date] = []
    findings: list[Finding] = []
    for folder in sorted(extracts.iterdir()):
        found = _day_of(folder.name)
        if found is not None:
            days.append(found)
        elif not folder.name.startswith("."):
            findings.append(
                Finding(
                    "not-an-extract-day",
                    Severity.WARNING,
                    Scope.FILE,
                    f"{folder.name} is no date and was passed over",
                    "folders below extracts are named by their as-of date, like 2026-11-20",
                    Place(f"extracts/{folder.name}"),
                    "",
                    folder.name,
                )
            )
    reached = [day for day in days if wanted is None or day <= wanted]
    if not reached:
        limit = f" on or before {wanted}" if wanted else ""
        raise FirmUnusable(
            [_error("no-extract-day", f"there is no extract day{limit}", f"known days: {', '.join(map(str, days)) or 'none'}")]
        )
    day = max(reached)
    if wanted is not None and day != wanted:
        findings.append(
            Finding(
                "earlier-extract-day",
                Severity.WARNING,
                Scope.FILE,
                f"there are no extracts of {wanted}; the book is that of {day}",
                f"custodian files of {wanted} belong in extracts/{wanted}/<custodian>/",
                Place(f"extracts/{day}"),
                "",
                str(day),
            )
        )
    return day, findings


def day_before(firm: Path, day: date) -> date | None:
    """The latest extract day in the firm's folder before `day`, None where it is the first."""
    earlier = [found for folder in (firm / "extracts").iterdir() if (found := _day_of(folder.name)) is not None and found < day]
    return max(earlier, default=None)


def _day_of(name: str) -> date | None:
    try:
        return date.fromisoformat(name)
    except ValueError:
        return None


def find_files(firm: Path, day: date) -> tuple[list[DeliveredFile], list[Finding]]:
    """Every file that was delivered for the day, by place, with what stands in the wrong place. Links are not followed:
    a delivery is what lies in the folder."""
    root = firm / "extracts" / day.isoformat()
    files: list[DeliveredFile] = []
    findings: list[Finding] = []
    for path in sorted(root.rglob("*")):
        inside = path.relative_to(root)
        place = path.relative_to(firm).as_posix()
        if any(part.startswith(".") for part in inside.parts) or (path.is_dir() and not path.is_symlink()):
            continue
        if path.is_symlink() or not path.is_file():
            findings.append(
                _misplaced("not-a-file", f"{inside} is a link or a device and was not read", "deliveries are ordinary files", place)
            )
        elif len(inside.parts) == 1:
            findings.append(
                _misplaced(
                    "file-without-custodian",
                    f"{inside} stands in no custodian's folder and was not read",
                    f"it belongs in extracts/{day}/<custodian>/",
                    place,
                )
            )
        else:
            files.append(DeliveredFile(inside.parts[0], place, path, *_fingerprint(path)))
    return files, findings


def fingerprint_of(parts: Iterable[str]) -> str:
    """One sha256 over texts, none of which can run into the next."""
    whole = hashlib.sha256()
    for part in parts:
        whole.update(f"{len(part)}:{part}".encode())
    return whole.hexdigest()


def _fingerprint(path: Path) -> tuple[str, int]:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest(), path.stat().st_size


def _misplaced(code: str, message: str, help_: str, place: str) -> Finding:
    return Finding(code, Severity.WARNING, Scope.FILE, message, help_, Place(place), "", Path(place).name)


def _error(code: str, message: str, help_: str) -> Finding:
    return Finding(code, Severity.ERROR, Scope.FILE, message, help_)
