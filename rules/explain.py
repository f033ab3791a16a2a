"""`rules explain`: the page of a finding's code, or of a kind of rule."""

from __future__ import annotations

import re
from pathlib import Path

from rules.catalogue import KINDS
from rules.verdicts import VERDICTS, verdict_page
from validation.findings import Scope, Severity
from validation.suggest import nearest

PAGES = Path(__file__).parent / "reference"


def explain(word: str) -> str | None:
    """The page of a code or a kind, as Markdown; None where neither has that name."""
    if word in KINDS:
        return (PAGES / f"{word}.md").read_text(encoding="utf-8")
    if word in explained_codes():
        return (PAGES / "codes" / f"{word}.md").read_text(encoding="utf-8")
    return _of_data(word) or verdict_page(word) or _of_run(word)


def _of_run(word: str) -> str | None:
    """A section of the page about runs."""
    _, found, after = (PAGES / "run.md").read_text(encoding="utf-8").partition(f"\n## {word}\n")
    return f"# {word}\n{after.partition(chr(10) + '## ')[0]}" if found else None


def codes_of_runs() -> list[str]:
    """Every code that the page about runs has a section for."""
    return re.findall(r"^## (\S+)$", (PAGES / "run.md").read_text(encoding="utf-8"), re.MULTILINE)


def explained_codes() -> list[str]:
    """Every code that has a page, sorted."""
    return sorted(page.stem for page in (PAGES / "codes").glob("*.md"))


def known_codes() -> list[str]:
    """Every code that a finding may carry."""
    from validation.codes import CODES

    return [*explained_codes(), *CODES, *VERDICTS, *codes_of_runs()]


def no_page(word: str) -> str:
    """What to say where nothing has that name."""
    similar = nearest(word, [*KINDS, *known_codes()])
    fix = f"a similar name exists: `{similar}`" if similar else "the kinds are " + ", ".join(f"`{kind}`" for kind in KINDS)
    return f"error[no-page]: neither a code nor a kind is called `{word}`\n = help: {fix}\n"


def _of_data(word: str) -> str | None:
    """A code of the gate: what it holds back and what cures it, from the gate's own table."""
    from validation.codes import CODES

    code = CODES.get(word)
    if code is None:
        return None
    what = f"{code.severity.capitalize()} about a {code.scope} in the data. {_effect(code.severity, code.scope)}"
    return f"# {word}\n\n{what}\n\n**Prefer.** {code.help[:1].upper()}{code.help[1:]}.\n"


def _effect(severity: Severity, scope: Scope) -> str:
    if severity is not Severity.ERROR:
        return "Nothing is held back."
    return {
        Scope.HOUSEHOLD: "The household is blocked: nothing is traded for it.",
        Scope.FILE: "Every household of that delivery is blocked.",
        Scope.SECURITY: "The security is frozen: counted, and not traded.",
        Scope.LOT: "The lot is frozen: held, counted, and never sold.",
    }.get(scope, "It belongs to no household, and holds nothing of one back.")
