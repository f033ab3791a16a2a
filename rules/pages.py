"""The part of a kind's page that follows from its model: the table of its fields."""

from __future__ import annotations

from decimal import Decimal

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from rules.catalogue import KINDS
from rules.language.base import Rule
from rules.language.words import plain

COMMON = {*Rule.model_fields, "strength_"}
"""Fields of every kind; rules/README.md tells of them."""


def field_table(kind: str) -> str:
    """The fields of a kind beside the common ones, with their defaults, as a Markdown table."""
    rows = [
        f"| `{field.alias or name}` | {_default(field)} | {(field.description or '').replace(chr(10), ' ')} |"
        for name, field in KINDS[kind].model_fields.items()
        if name not in COMMON
    ]
    return "\n".join(["| field | default | meaning |", "|---|---|---|", *rows])


def with_table(page: str, kind: str) -> str:
    """A page with its table as of the model: what stands between `## Fields` and the next heading or the end."""
    before, _, after = page.partition("## Fields\n")
    rest = after.partition("\n## ")
    return f"{before}## Fields\n\n{field_table(kind)}\n" + (f"\n## {rest[2]}" if rest[1] else "")


def _default(field: FieldInfo) -> str:
    value = field.default
    if value is PydanticUndefined and field.default_factory is None:
        return "required"
    if value in (None, (), PydanticUndefined):
        return ""
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, Decimal):
        return f"`{plain(value)}`"
    if hasattr(value, "model_dump"):
        inside = ", ".join(f"{name}: {plain(part) if isinstance(part, Decimal) else part}" for name, part in value if part is not None)
        return f"`{{{inside}}}`"
    return f"`{value}`"
