"""The profiles of the house: every YAML file of this folder, checked against the models."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from flows.custodians.profile import Profile

FOLDER = Path(__file__).resolve().parent


def read_profile(text: str) -> Profile:
    """One profile from its YAML. Raises pydantic's ValidationError or ruamel's YAMLError where it is none."""
    document: Any = YAML(typ="safe", pure=True).load(text)
    return Profile.model_validate(document)


@cache
def profiles() -> tuple[Profile, ...]:
    """All profiles, by name and version."""
    found = [read_profile(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.yaml"))]
    return tuple(sorted(found, key=lambda profile: (profile.name, profile.version)))
