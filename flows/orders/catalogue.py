"""The outbound profiles of the house, which custodian takes which, and their JSON Schema.

`python -m flows.orders.catalogue` writes outbound.schema.json anew.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from flows.orders.profile import OutboundProfile

FOLDER = Path(__file__).resolve().parent.parent / "custodians" / "outbound"
SCHEMA = FOLDER / "outbound.schema.json"


def read_profile(text: str) -> OutboundProfile:
    """One profile from its YAML. Raises pydantic's ValidationError or ruamel's YAMLError where it is none."""
    document: Any = YAML(typ="safe", pure=True).load(text)
    return OutboundProfile.model_validate(document)


@cache
def profiles() -> tuple[OutboundProfile, ...]:
    """All outbound profiles, by name. Raises ValueError where two claim one custodian, or not exactly one takes everybody else."""
    found = tuple(read_profile(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.yaml")))
    claimed = [custodian for profile in found for custodian in profile.custodians]
    if len(set(claimed)) != len(claimed) or sum(not profile.custodians for profile in found) != 1:
        raise ValueError("every custodian has one outbound profile, and one profile is for everybody else")
    return found


def profile_of(custodian: str) -> OutboundProfile:
    """The profile of a custodian's folder name, letter case aside; the generic one where none names it."""
    name = custodian.lower()
    named = [profile for profile in profiles() if name in profile.custodians]
    return named[0] if named else next(profile for profile in profiles() if not profile.custodians)


def outbound_schema() -> str:
    """The schema as the text of outbound.schema.json, generated from the models."""
    words = OutboundProfile.model_json_schema(by_alias=True)
    return json.dumps({"$schema": "https://json-schema.org/draft/2020-12/schema", **words}, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    SCHEMA.write_text(outbound_schema(), encoding="utf-8")
