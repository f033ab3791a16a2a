"""The JSON Schema of profiles, for editors: `python -m flows.custodians.schema` writes profile.schema.json anew."""

from __future__ import annotations

import json
from typing import Any

from flows.custodians.catalogue import FOLDER
from flows.custodians.profile import Profile

SCHEMA = FOLDER / "profile.schema.json"


COLUMN = {"$ref": "#/$defs/Column"}


def profile_schema() -> str:
    """The schema as the text of profile.schema.json, generated from the models."""
    words = _with_short_columns(Profile.model_json_schema(by_alias=True))
    return json.dumps({"$schema": "https://json-schema.org/draft/2020-12/schema", **words}, indent=2, ensure_ascii=False) + "\n"


def _with_short_columns(words: Any) -> Any:
    """Wherever a column may stand, a bare header name may stand for it."""
    if words == COLUMN:
        return {"anyOf": [{"type": "string", "description": "short for `from`"}, COLUMN]}
    if isinstance(words, dict):
        return {key: _with_short_columns(value) for key, value in words.items()}
    return [_with_short_columns(value) for value in words] if isinstance(words, list) else words


if __name__ == "__main__":
    SCHEMA.write_text(profile_schema(), encoding="utf-8")
