"""The record of a run: what went in, which versions worked on it, and the identity that follows from both.

`run_id` is a hash of the inputs, the policy, the versions, the as-of date and the seed; not of the clock, the place of
the folder (its name counts, since it is printed), the number of workers or whether Prefect watched. Equal identities mean equal bytes.
"""

from __future__ import annotations

import hashlib
import json
import platform
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from importlib import metadata
from pathlib import Path

from flows.settings import SEED
from solver.outcome import Status

HOUSE = Path(__file__).resolve().parent.parent
FLOORS = ("flows", "templates", "solver", "rules", "validation")
SOURCES = frozenset({".py", ".yaml", ".sql", ".j2", ".css", ".js", ".json", ".svg"})
PACKAGES = (
    "duckdb", "exchange-calendars", "highspy", "jinja2", "lxml", "numpy", "pandera", "polars", "prefect", "pydantic", "pyomo", "pyyaml",
    "ruamel.yaml", "scipy", "weasyprint",
)  # fmt: skip
ID_LENGTH = 16
CLOCKED = frozenset({"timings.csv"})
"""The files of a run that differ between equal runs, beside run.json's clock."""


@dataclass(frozen=True, slots=True)
class Identity:
    """What a run is made of. `firm_name` stands on every page; `asked` is the day that was asked for, which may lie after the
    extract day `as_of`; `inputs` maps a path relative to the firm's folder to its SHA-256; `households` are the only ones that the run
    is of, by id, empty where it is of the whole book."""

    firm_name: str
    as_of: date
    asked: date
    inputs: Mapping[str, str]
    policy_sha256: str
    versions: Mapping[str, str]
    households: tuple[str, ...] = ()

    @property
    def run_id(self) -> str:
        """Sixteen hexadecimal digits."""
        parts = {
            "firm": self.firm_name, "as_of": self.as_of.isoformat(), "asked": self.asked.isoformat(), "inputs": dict(self.inputs),
            "policy": self.policy_sha256, "versions": dict(self.versions), "seed": SEED,
            **({"households": self.households} if self.households else {}),
        }  # fmt: skip
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:ID_LENGTH]


def identify(firm: Path, as_of: date, asked: date | None = None, households: Iterable[str] = ()) -> Identity:
    """Hash what a run of this day reads: extracts up to the day, reference data, policy and assumptions, the firm's own
    templates, and the code itself."""
    inputs = {
        **_hashes(firm, (path for path in _files(firm / "extracts") if path.relative_to(firm).parts[1] <= as_of.isoformat())),
        **_hashes(firm, [*_files(firm / "reference"), *_files(firm / "templates")]),
    }
    policy = _hashes(firm, [*_files(firm / "policy"), *_files(firm / "assumptions")])
    return Identity(name_of(firm), as_of, asked or as_of, inputs, _digest(policy), versions(), tuple(sorted(set(households))))


def name_of(firm: Path) -> str:
    """What the firm is called on its pages: its folder's name in words (`maple_wealth` is Maple Wealth)."""
    return firm.resolve().name.replace("_", " ").replace("-", " ").title()


def versions_sha256(found: Mapping[str, str]) -> str:
    """One hash of all versions: two processes may share a run only where it is the same."""
    return _digest(found)


def versions() -> dict[str, str]:
    """Versions of everything that an answer depends on; `rooftree_sha256` is the hash of this house's own files."""
    own = _hashes(HOUSE, (path for floor in FLOORS for path in _files(HOUSE / floor) if path.suffix in SOURCES))
    packages = {name: metadata.version(name) for name in PACKAGES}
    return {"rooftree": metadata.version("rooftree"), "rooftree_sha256": _digest(own), "python": platform.python_version(), **packages}


def _files(folder: Path) -> list[Path]:
    """Every file under the folder, hidden and compiled ones left out."""
    return [
        path
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not any(part.startswith(".") or part == "__pycache__" for part in path.relative_to(folder).parts)
    ]


def _hashes(root: Path, paths: Iterable[Path]) -> dict[str, str]:
    return {path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


def _digest(hashes: Mapping[str, str]) -> str:
    return hashlib.sha256(json.dumps(dict(hashes), sort_keys=True).encode()).hexdigest()


def outputs_of(folder: Path) -> dict[str, str]:
    """SHA-256 of every CSV file of a run, orders included, but the one that the clock writes: what `rooftree verify` holds them to."""
    found = {}
    for path in sorted(folder.rglob("*.csv")):
        name = path.relative_to(folder).as_posix()
        if name not in CLOCKED:
            with path.open("rb") as page:
                found[name] = hashlib.file_digest(page, "sha256").hexdigest()
    return found


def run_json(
    identity: Identity,
    statuses: Iterable[Status],
    started: datetime,
    finished: datetime,
    seconds: Mapping[str, float],
    outputs: Mapping[str, str],
) -> str:
    """The text of run.json. `started`, `finished` and `seconds` are the only things in it that the clock decides."""
    counts = Counter(statuses)
    page = {
        "run_id": identity.run_id,
        "as_of": identity.as_of.isoformat(),
        "started": started.isoformat(timespec="seconds"),
        "finished": finished.isoformat(timespec="seconds"),
        "seed": SEED,
        "counts_by_status": {status.value: counts[status] for status in Status},
        **({"households": list(identity.households)} if identity.households else {}),
        "policy_sha256": identity.policy_sha256,
        "inputs": dict(sorted(identity.inputs.items())),
        "outputs": dict(sorted(outputs.items())),
        "versions": dict(identity.versions),
        "seconds": {stage: round(spent, 3) for stage, spent in seconds.items()},
    }
    return json.dumps(page, indent=2, ensure_ascii=False) + "\n"


def run_id_in(folder: Path) -> str | None:
    """The identity of the run that lies in a folder, None where none does."""
    try:
        page = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    found = page.get("run_id") if isinstance(page, dict) else None
    return found if isinstance(found, str) else None


def now() -> datetime:
    """The clock, in UTC: the one place where a run asks for it."""
    return datetime.now(UTC)
