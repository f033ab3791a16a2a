"""What pydantic says about a part of a file, as findings with places, in words that an operations person reads.

All errors of a part are given at once. Union tags, which pydantic puts into its paths, are not in the file and are
skipped; a misspelt key, which pydantic reports twice (one field missing, one unknown), is reported once.
"""

from __future__ import annotations

import re
import typing
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from validation.findings import Finding, Place, Scope, Severity
from validation.source import Document, Loc, has_part
from validation.suggest import nearest

Model = TypeVar("Model", bound=BaseModel)

_YAML_1_1 = {"yes": "true", "on": "true", "y": "true", "no": "false", "off": "false", "n": "false"}
_OUT_OF_RANGE = {
    "greater_than": ("above {gt}", "gt"), "greater_than_equal": ("{ge} or more", "ge"),
    "less_than": ("below {lt}", "lt"), "less_than_equal": ("{le} or less", "le"),
}  # fmt: skip


def validate(
    model: type[Model], document: Document, loc: Loc = (), *, noun: str = "", scope: Scope = Scope.RULE, subject: str = ""
) -> tuple[Model | None, list[Finding]]:
    """Check one part of a document against a model: the model, or every finding that says why not.

    `noun` names the part in messages ("a `band` rule"); `subject` is its identifier. `loc` is the path to the part.
    """
    value: Any = document.value
    for segment in loc:
        value = value[segment]
    try:
        return model.model_validate(value), []
    except ValidationError as error:
        teller = _Teller(model, document, loc, noun or "this part", scope, subject)
        return None, teller.findings(error.errors(include_url=False))


class _Teller:
    def __init__(self, model: type[BaseModel], document: Document, loc: Loc, noun: str, scope: Scope, subject: str) -> None:
        self.model, self.document, self.loc, self.noun, self.scope, self.subject = model, document, loc, noun, scope, subject

    def findings(self, errors: list[ErrorDetails]) -> list[Finding]:
        """Unknown keys first, each taking the missing field that it was meant to be with it."""
        told: list[Finding] = []
        # A list whose members are all wrong counts as empty with pydantic; its members' findings say it better.
        errors = [each for each in errors if each["type"] != "too_short" or not any(_lies_in(other, each) for other in errors)]
        missing = {error["loc"] for error in errors if error["type"] == "missing"}
        for error in errors:
            if error["type"] == "extra_forbidden":
                told.append(self._unknown_key(error, missing))
        for error in errors:
            if error["type"] == "missing" and error["loc"] in missing:
                told.append(self._missing(error["loc"]))
            elif error["type"] not in {"missing", "extra_forbidden"}:
                told.append(self._wrong(error))
        return list(dict.fromkeys(told))

    def _unknown_key(self, error: ErrorDetails, missing: set[tuple[int | str, ...]]) -> Finding:
        *around, key = error["loc"]
        known = sorted(_fields(self.model, tuple(around)))
        absent = [str(loc[-1]) for loc in missing if loc[:-1] == tuple(around)]
        similar = (
            nearest(str(key), absent) or nearest(str(key), known) or _same_beginning(str(key), absent) or _same_beginning(str(key), known)
        )
        missing.discard((*around, similar or ""))
        if similar:
            fix = f"a field with a similar name exists: `{similar}`"
        else:
            fix = "the fields are " + ", ".join(f"`{name}`" for name in known) if known else "nothing stands here"
        place = self.document.key_place((*self.loc, *error["loc"]))
        return self._finding("unknown-key", f"{self._part(around)} has no field `{key}`", fix, place)

    def _missing(self, loc: tuple[int | str, ...]) -> Finding:
        *around, key = loc
        place = self.document.key_place((*self.loc, *around))
        return self._finding("missing-key", f"{self._part(around)} needs the field `{key}`", f"add `{key}:`", place)

    def _part(self, around: Iterable[int | str]) -> str:
        """`a `band` rule`, or `effective` of it: what in the file the path stands for."""
        names = [str(segment) for segment in self._in_file(tuple(around)) if isinstance(segment, str)]
        return f"`{names[-1]}` of {self.noun}" if names else self.noun

    def _in_file(self, loc: tuple[int | str, ...]) -> Iterator[int | str]:
        """The segments of a path that the file has."""
        value: Any = self.document.value
        for segment in self.loc:
            value = value[segment]
        for segment in loc:
            if has_part(value, segment):
                yield segment
                value = value[segment]

    def _wrong(self, error: ErrorDetails) -> Finding:
        in_file = tuple(self._in_file(error["loc"]))
        named = [segment for segment in in_file if isinstance(segment, str)]
        field = named[-1] if named else self.noun
        place = self.document.place((*self.loc, *error["loc"]))
        said = shown(error["input"])
        if isinstance(error["input"], int | Decimal) and not isinstance(error["input"], bool):
            # As the file writes it: 00123 is not 123 to the person who wrote it.
            said = f"`{self.document.line(place.line)[place.column - 1 : place.column - 1 + place.width]}`"
        code, message, fix = _told(error, field, said)
        return self._finding(code, message, fix, place)

    def _finding(self, code: str, message: str, fix: str, place: Place) -> Finding:
        snippet = self.document.line(place.line)
        return Finding(code, Severity.ERROR, self.scope, message, fix, place, subject=self.subject, snippet=snippet)


def _lies_in(inner: ErrorDetails, outer: ErrorDetails) -> bool:
    """Whether one error's place is a part of another's."""
    return len(inner["loc"]) > len(outer["loc"]) and inner["loc"][: len(outer["loc"])] == outer["loc"]


def _same_beginning(key: str, names: list[str]) -> str | None:
    """The one name that begins with the same word: `max_frac` for `max_weight`."""
    word = key.split("_")[0] + "_"
    alike = [name for name in names if name.startswith(word)]
    return alike[0] if "_" in key and len(alike) == 1 else None


def _told(error: ErrorDetails, field: str, said: str) -> tuple[str, str, str]:
    """Code, message and help for one error of a value."""
    kind, value, facts = error["type"], error["input"], error.get("ctx", {})
    if "-" in kind:  # a model that knows its finding's code says the rest as well
        return kind, error["msg"], str(facts.get("help", ""))
    if kind.startswith("union_tag"):
        return _not_a_kind(kind, facts)
    if kind == "not_a_number":
        return _not_a_number(field, value, said)
    if kind == "not_a_date":
        return "not-a-date", f"`{field}` is a date, and {said} is none", "dates are written 2026-01-31"
    if kind == "literal_error":
        return _unknown_value(field, value, said, str(facts.get("expected", "")))
    if kind in _OUT_OF_RANGE:
        words, name = _OUT_OF_RANGE[kind]
        message = f"`{field}` is {words.format(**{name: facts[name]})}, and {said} is not"
        return "out-of-range", message, _range_help(field, value)
    if kind == "string_type" and isinstance(value, int | Decimal) and not isinstance(value, bool):
        return "number-as-name", f"`{field}` is a name, and {said} reads as a number", "put it in quotes, so that its zeros survive"
    if kind == "bool_type" and isinstance(value, str) and value.lower() in _YAML_1_1:
        word = _YAML_1_1[value.lower()]
        return (
            "yaml-1-1-word",
            f"`{field}` is true or false, and `{value}` is a text",
            f"write `{word}`: YAML 1.2 reads `{value}` as a word",
        )
    if kind == "string_pattern_mismatch" and field == "id":
        return "bad-id", f"an id is snake_case, and {said} is not", "small letters, digits and underscores, a letter first"
    if kind in {"string_too_short", "string_pattern_mismatch"}:
        return "empty-text", f"`{field}` is empty", "write a few words, or leave the field out where it may be left out"
    if kind in {"too_short", "dict_too_short"}:
        return "empty-list", f"`{field}` names nothing", "name at least one, or leave the field out where it may be left out"
    if kind == "string_too_long":
        return "text-too-long", f"`{field}` has more than {facts.get('max_length')} characters", "say it shorter"
    if kind == "strength":
        return "unknown-value", f"`strength` is {said}", "write `must`, or `{prefer: {usd: 25, per_usd: 1000}}`"
    return _wrong_type(field, said, kind)


def _not_a_kind(kind: str, facts: dict[str, Any]) -> tuple[str, str, str]:
    """A rule inside of something else, whose `kind` is missing or unknown."""
    kinds = re.findall(r"'([^']+)'", str(facts.get("expected_tags", "")))
    if kind == "union_tag_not_found":
        return "missing-kind", "a rule needs the field `kind`", "write `kind:` and what the rule is about"
    tag = str(facts.get("tag", ""))
    similar = nearest(tag, kinds)
    fix = f"a kind with a similar name exists: `{similar}`" if similar else "the kinds are " + ", ".join(f"`{name}`" for name in kinds)
    return "unknown-kind", f"no kind of rule is called {shown(tag)}", fix


def _not_a_number(field: str, value: object, said: str) -> tuple[str, str, str]:
    text = value if isinstance(value, str) else ""
    if re.fullmatch(r"\d+(:\d\d)+", text):
        return "yaml-1-1-word", f"`{field}` is a number, and `{text}` is a text", "YAML 1.2 reads no times; write a plain number"
    if percent := re.fullmatch(r"([\d.]+)\s*%", text):
        frac = Decimal(percent[1]) / 100 if re.fullmatch(r"\d+(\.\d+)?", percent[1]) else ""
        return "not-a-number", f"`{field}` is a fraction, and `{text}` is a text", f"percentages are fractions: write `{frac}`"
    if re.fullmatch(r"\$?[\d_,]+(\.\d+)?", text):
        plain = text.replace(",", "_").lstrip("$")
        return "not-a-number", f"`{field}` is a number, and {said} is a text", f"write `{plain}`, without quotes, signs or commas"
    return "not-a-number", f"`{field}` is a number, and {said} is not", "numbers are written 25_000 or 0.05"


def _unknown_value(field: str, value: object, said: str, expected: str) -> tuple[str, str, str]:
    choices = re.findall(r"'([^']+)'", expected)
    similar = nearest(value, choices) if isinstance(value, str) else None
    fix = f"a similar one exists: `{similar}`" if similar else "it is one of " + ", ".join(f"`{choice}`" for choice in choices)
    return "unknown-value", f"`{field}` has no choice {said}", fix


def _range_help(field: str, value: object) -> str:
    number = Decimal(value) if isinstance(value, int | Decimal) else Decimal(0)
    if field.endswith("_frac") or 1 < number <= 100:
        if 1 < number <= 100:
            return f"fractions, not percent: {number} % is written {(number / 100).normalize():f}"
        return "fractions are between 0 and 1"
    return "amounts, days and counts are not negative" if number < 0 else "write a number in that range"


def _wrong_type(field: str, said: str, kind: str) -> tuple[str, str, str]:
    expected, fix = next(
        (words for start, words in _TYPES.items() if kind.startswith(start)), ("something else", "see the page of the kind")
    )
    return "wrong-type", f"`{field}` is {expected}, and {said} stands there", fix


_TYPES = {
    "int": ("a whole number", "write digits only"),
    "bool": ("true or false", "write `true` or `false`"),
    "string": ("a text", "write it as a text, in quotes where it looks like a number"),
    "tuple": ("a list", "write `[a, b]`, or one `- ` line each"),
    "list": ("a list", "write `[a, b]`, or one `- ` line each"),
    "dict": ("a group of fields", "write `name: value` lines below it, indented"),
    "model": ("a group of fields", "write `name: value` lines below it, indented"),
}


def shown(value: object) -> str:
    """A value as a message shows it."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, dict):
        return "a group of fields"
    if isinstance(value, list | tuple):
        return "a list"
    text = str(value)
    return f"`{text if len(text) <= 40 else text[:37] + '...'}`"


def _fields(model: type[BaseModel], around: tuple[int | str, ...]) -> set[str]:
    """The field names, as files spell them, of the model that stands at a path."""
    models: list[type[BaseModel]] = [model]
    for segment in around:
        inner = [field for part in models for name, field in part.model_fields.items() if segment in (name, field.alias)]
        if inner:
            models = [found for field in inner for found in _models_in(field.annotation)]
    return {field.alias or name for part in models for name, field in part.model_fields.items()}


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    """Every model that an annotation mentions: of a list, a mapping, a union."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in typing.get_args(annotation):
        yield from _models_in(part)
