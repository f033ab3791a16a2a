"""The sandbox in which templates render, and the finding that a broken one becomes.

Templates are sandboxed, strict about undefined names and escape everything. A firm's own folder is looked into first;
the house's files stay reachable as `house/…`, so that a firm extends a page and redefines one block of it. A template
that is broken raises `TemplateBroken` with its file and line; nothing half-made is returned.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from traceback import extract_tb

from jinja2 import ChoiceLoader, FileSystemLoader, PrefixLoader, StrictUndefined, TemplateError, TemplateNotFound, TemplateSyntaxError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from validation.findings import Finding, FirmUnusable, Place, Scope, Severity

HOUSE = Path(__file__).resolve().parent


class TemplateBroken(FirmUnusable):
    """A template could not be read or did not render; carries one finding with its line. No page was made."""


def render(template: str, page: object, folder: Path | None, more: Mapping[str, object] | None = None) -> str:
    """One template with its view under the name `page`; raises TemplateBroken with the template's line."""
    try:
        return environment(folder).get_template(template).render({"page": page, **(more or {})})
    except (TemplateError, TypeError, ValueError, AttributeError, ArithmeticError, LookupError, RecursionError) as error:
        raise TemplateBroken([broken(error, template, folder)]) from error


@lru_cache(maxsize=8)
def environment(folder: Path | None) -> ImmutableSandboxedEnvironment:
    """The environment of a firm's folder (None: the house alone); compiled templates are kept, changed ones re-read."""
    house = FileSystemLoader(HOUSE)
    own = [FileSystemLoader(folder)] if folder else []
    return ImmutableSandboxedEnvironment(
        loader=ChoiceLoader([*own, PrefixLoader({"house": house}), house]), undefined=StrictUndefined, autoescape=True, trim_blocks=True,
        lstrip_blocks=True, keep_trailing_newline=False, auto_reload=folder is not None,
    )  # fmt: skip


def check_templates(folder: Path) -> list[Finding]:
    """Findings of a firm's template folder before any page is made: files that do not compile. Empty where all do."""
    found: list[Finding] = []
    for path in sorted(folder.rglob("*.j2")):
        name = path.relative_to(folder).as_posix()
        try:
            environment(folder).get_template(name)
        except (TemplateError, UnicodeDecodeError) as error:
            found.append(broken(error, name, folder))
    return found


def broken(error: Exception, template: str, folder: Path | None) -> Finding:
    """The finding of a template that failed: what, and on which line of which file."""
    path, line = _where(error, template)
    ours = folder is None or not path.is_relative_to(folder)
    place = Place(path.relative_to(HOUSE).as_posix() if path.is_relative_to(HOUSE) else f"templates/{path.relative_to(folder).as_posix()}"
                  if folder and path.is_relative_to(folder) else path.name, line)  # fmt: skip
    help_text = 'the page\'s names are the fields of templates/view; `{% extends "house/…" %}` keeps the rest of a page'
    return Finding(
        "broken-template",
        Severity.ERROR,
        Scope.FILE,
        f"{'the house’s' if ours else 'the firm’s'} template `{place.path}` cannot be rendered: {_what(error)}",
        help_text,
        place,
        subject=template,
        snippet=_snippet(path, line),
    )


def _what(error: Exception) -> str:
    if isinstance(error, TemplateNotFound):
        return f"there is no template `{error.name}`"
    return str(error).splitlines()[0].rstrip(".") if str(error) else type(error).__name__


def _where(error: Exception, template: str) -> tuple[Path, int]:
    if isinstance(error, TemplateSyntaxError) and error.filename:
        return Path(error.filename), error.lineno
    frames = [frame for frame in extract_tb(error.__traceback__) if frame.filename.endswith((".j2", ".css", ".js"))]
    return (Path(frames[-1].filename), frames[-1].lineno or 0) if frames else (Path(template), 0)


def _snippet(path: Path, line: int) -> str:
    if not line or not path.is_file():
        return ""
    lines: Sequence[str] = path.read_text(encoding="utf-8", errors="replace").splitlines()
    return lines[line - 1] if line <= len(lines) else ""
