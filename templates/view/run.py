"""The run around a household: the few facts that every page prints, handed in so that no page asks a clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from templates.filters import HOUSE_STYLE, NumberStyle


@dataclass(frozen=True, slots=True)
class RunFacts:
    """What the pages of one run have in common.

    produced    the program's name and version, printed in the foot
    templates   the firm's own `templates/` folder, or None: files found there come before the house's
    numbers     how the firm writes numbers and dates
    class_names what the firm calls its asset classes, by class; the rest are named by the house
    """

    run_id: str
    as_of: date
    firm_name: str
    produced: str = "Rooftree"
    templates: Path | None = None
    class_names: Mapping[str, str] = field(default_factory=dict)
    numbers: NumberStyle = HOUSE_STYLE

    @property
    def short_id(self) -> str:
        """The first letters of the run's hash: enough to find it, short enough to print."""
        return self.run_id[:12]
