"""JSON Schema, generated from the models, so that editors complete and explain rules while they are written.

The files lie beside the models (policy.schema.json, assumptions.schema.json, cases.schema.json); `rooftree rules schema` writes them anew,
`--check` says whether they are stale, and a copy can be written beside a firm's policy.
"""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, models_json_schema

from rules.assumptions import Assumptions
from rules.cases import CaseFile
from rules.catalogue import KINDS
from validation.findings import Finding, Place, Scope, Severity

HERE = Path(__file__).parent
DIALECT = "http://json-schema.org/draft-07/schema#"
"""What yaml-language-server understands in full."""
REFRESH = "rooftree rules schema"


class _Plain(GenerateJsonSchema):
    """Numbers as numbers, and no defaults that are only emptiness."""

    def encode_default(self, dft: Any) -> Any:
        if isinstance(dft, Decimal):
            return int(dft) if dft == dft.to_integral_value() else float(dft)
        if isinstance(dft, BaseModel):
            return (
                "must"
                if type(dft).__name__ == "Strength"
                else {name: self.encode_default(value) for name, value in dft if value is not None and value != ()}
            )
        return super().encode_default(dft)


def policy_schema() -> dict[str, Any]:
    """The schema of a policy file."""
    _, generated = models_json_schema([(model, "validation") for model in KINDS.values()], schema_generator=_Plain)
    parts = _with_kinds(generated["$defs"])
    return {
        "$schema": DIALECT,
        "title": "Rooftree policy",
        "description": "Rules of a firm's policy; rules/README.md tells how to write one.",
        "type": "object",
        "additionalProperties": False,
        "required": ["rules"],
        "properties": {
            "rules": {
                "description": "The rules, one `- kind: ...` each.",
                "anyOf": [
                    {"type": "array", "items": {"oneOf": [{"$ref": f"#/$defs/{model.__name__}"} for model in KINDS.values()]}},
                    {"type": "null"},
                ],
            }
        },
        "$defs": _tidy(parts),
    }


def _with_kinds(parts: dict[str, Any]) -> dict[str, Any]:
    """Definitions in which every rule needs its `kind`, and strength is a word or a price."""
    for model in KINDS.values():
        part = parts[model.__name__]
        part["required"] = ["kind", *(name for name in part.get("required", []) if name != "kind")]
        part["properties"]["kind"].pop("default", None)
    priced = {"type": "object", "additionalProperties": False, "required": ["prefer"], "properties": {"prefer": {"$ref": "#/$defs/Price"}}}
    parts["Strength"] = {"description": "`must`, or `{prefer: {usd: 25, per_usd: 1000}}`", "oneOf": [{"const": "must"}, priced]}
    return parts


def cases_schema() -> dict[str, Any]:
    """The schema of a file of cases."""
    schema = CaseFile.model_json_schema(schema_generator=_Plain)
    parts = _with_kinds(schema.pop("$defs"))
    return {"$schema": DIALECT, **_tidy(schema), "title": "Rooftree cases", "$defs": _tidy(parts)}


def assumptions_schema() -> dict[str, Any]:
    """The schema of an assumption file."""
    schema = Assumptions.model_json_schema(schema_generator=_Plain)
    return {"$schema": DIALECT, **_tidy(schema)}


def _tidy(part: Any) -> Any:
    """Without the titles that only repeat a field's name, and without empty defaults."""
    if isinstance(part, list):
        return [_tidy(inner) for inner in part]
    if not isinstance(part, dict):
        return part
    empty = part.get("default", 0) in (None, [], {}) and ("type" in part or "anyOf" in part or "$ref" in part or "oneOf" in part)
    dropped = {"title"} if isinstance(part.get("title"), str) and ("type" in part or "anyOf" in part or "oneOf" in part) else set()
    dropped |= {"default"} if empty else set()
    return {name: _tidy(inner) for name, inner in part.items() if name not in dropped and name != "discriminator"}


def schema_files() -> dict[str, str]:
    """File name → text of every schema, as of the models."""
    schemas = {"policy.schema.json": policy_schema(), "assumptions.schema.json": assumptions_schema(), "cases.schema.json": cases_schema()}
    return {name: json.dumps(schema, indent=2, ensure_ascii=False) + "\n" for name, schema in schemas.items()}


def write_schemas(folder: Path = HERE) -> list[Path]:
    """Write all files into a folder; the paths written."""
    written = []
    for name, text in schema_files().items():
        (folder / name).write_text(text, encoding="utf-8")
        written.append(folder / name)
    return written


def stale_schemas(folder: Path = HERE) -> list[Finding]:
    """A finding for every schema file of a folder that is missing or no longer what the models say."""
    findings = []
    for name, text in schema_files().items():
        file = folder / name
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            message = f"`{name}` is not what the models say"
            findings.append(Finding("stale-schema", Severity.ERROR, Scope.FILE, message, f"`{REFRESH}` writes it anew", Place(name)))
    return findings
