"""The JSON Schema of profiles, for editors: `python -m flows.custodians.schema` writes profile.schema.json anew."""

from __future__ import annotations

import json

from flows.custodians.catalogue import FOLDER
from flows.custodians.profile import Profile

SCHEMA = FOLDER / "profile.schema.json"


def profile_schema() -> str:
    """The schema as the text of profile.schema.json, generated from the models."""
    words = Profile.model_json_schema(by_alias=True)
    return json.dumps({"$schema": "https://json-schema.org/draft/2020-12/schema", **words}, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    SCHEMA.write_text(profile_schema(), encoding="utf-8")
