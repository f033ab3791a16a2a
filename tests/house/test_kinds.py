"""One kind, one name, in every room."""

from __future__ import annotations

from pathlib import Path

import pytest

from rules.catalogue import KINDS
from solver.compile import BIND

HOUSE = Path(__file__).parents[2]
ROOMS = ["rules/language/{}.py", "rules/reference/{}.md", "solver/terms/{}.py", "tests/cases/{}.yaml", "tests/golden/lp/{}.lp"]


@pytest.mark.parametrize("room", ROOMS)
@pytest.mark.parametrize("kind", KINDS)
def test_every_room_knows_every_kind(kind, room):
    assert (HOUSE / room.format(kind)).is_file(), f"`{kind}` has no {room.format(kind)}"


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_is_called_in_its_model_what_its_file_is_called(kind):
    model = KINDS[kind]
    assert model.__module__ == f"rules.language.{kind}"
    assert model.__name__ == "".join(word.capitalize() for word in kind.split("_"))
    assert model.model_fields["kind"].default == kind


@pytest.mark.parametrize("kind", KINDS)
def test_the_solver_binds_a_kind_in_the_room_of_its_name(kind):
    assert BIND[kind].__module__ == f"solver.terms.{kind}"


def test_there_are_fourteen_kinds_and_no_room_has_one_more():
    assert len(KINDS) == 14
    assert set(BIND) == set(KINDS)
    assert {file.stem for file in (HOUSE / "tests/golden/lp").glob("*.lp")} == set(KINDS)
    assert {file.stem for file in (HOUSE / "tests/cases").glob("*.yaml")} - {"layers", "selectors"} == set(KINDS)


def test_the_language_has_no_kind_that_the_catalogue_lacks():
    shared = {"__init__", "base", "grammar", "priced", "selector", "words"}
    assert {file.stem for file in (HOUSE / "rules/language").glob("*.py")} - shared == set(KINDS)
    assert {file.stem for file in (HOUSE / "rules/reference").glob("*.md")} - {"run"} == set(KINDS)
