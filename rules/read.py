"""From files to rules and assumption sets that know their places. Shape only; what they mean together is checked later.

One file may hold many rules (`rules: [...]`) or one assumption set. Every file is read and every rule looked at,
whatever the others are like, so that all findings appear at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from rules.assumptions import Assumptions
from rules.catalogue import KINDS
from rules.policy import LAYERS, AnyRule, PlacedRule
from validation.findings import Finding, Place, Scope, Severity
from validation.shape import shown, validate
from validation.source import Document, Spot, read_file
from validation.suggest import nearest

ENDINGS = {".yaml", ".yml"}
LEFT_ALONE = {".json", ".md", ".txt", ""}
"""Beside YAML, schemas and notes may lie in the folder."""


@dataclass(frozen=True)
class PlacedAssumptions:
    """An assumption set and where it stands."""

    assumptions: Assumptions
    path: str
    spot: Spot = field(repr=False)

    def place_of(self, *loc: str | int) -> Place:
        return self.spot.below(loc).key_place(self.path)


@dataclass
class Reading:
    """What was read: rules, assumption sets, findings, and the documents, whose lines findings quote."""

    rules: list[AnyRule] = field(default_factory=list)
    assumptions: list[PlacedAssumptions] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    documents: dict[str, Document] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)
    is_whole: bool = False
    """Whether this is all of a firm's policy; a lone file cannot know what the others say."""

    def quoting(self, findings: Iterable[Finding]) -> Iterator[Finding]:
        """The findings, each with the line that it points at."""
        for finding in findings:
            document = self.documents.get(finding.place.path)
            yield replace(finding, snippet=document.line(finding.place.line)) if document and not finding.snippet else finding


def read_firm(firm: Path) -> Reading:
    """All of a firm's policy/ and assumptions/; paths are relative to the firm's folder."""
    return read_folders(firm / "policy", firm / "assumptions")


def read_folders(policy: Path, assumptions: Path) -> Reading:
    """A whole policy and its assumption sets, wherever the two folders lie and whatever they are called; the folders right
    below the first are the layers. Paths begin with the folder's own name."""
    reading = Reading(is_whole=True)
    if not policy.is_dir():
        message = f"the firm's folder has no `policy/`: `{policy.name}` is not a folder there"
        reading.findings.append(_whole_file("no-policy", message, "put the rules into policy/*.yaml", "policy"))
        return reading
    for file in files_below(policy, reading, policy.parent):
        layer = layer_of(f"policy/{file.relative_to(policy).as_posix()}")
        read_rule_file(file, file.relative_to(policy.parent).as_posix(), reading, layer)
    for file in files_below(assumptions, reading, assumptions.parent):
        read_assumption_file(file, file.relative_to(assumptions.parent).as_posix(), reading)
    return reading


def files_below(folder: Path, reading: Reading, root: Path) -> list[Path]:
    """The YAML files below a folder, sorted; hidden ones are left alone, others that are not YAML are noted."""
    found = []
    for file in sorted(folder.rglob("*")) if folder.is_dir() else []:
        path = file.relative_to(root).as_posix()
        if file.is_dir() or any(part.startswith(".") for part in file.relative_to(folder).parts):
            continue
        if file.suffix in ENDINGS:
            found.append(file)
        elif file.suffix.lower() not in LEFT_ALONE:
            finding = _whole_file(
                "ignored-file", f"`{path}` is not read: its name does not end in .yaml", "rename it, or move it elsewhere", path
            )
            reading.findings.append(_lighter(finding))
    return found


def layer_of(path: str) -> str:
    """The layer that the first folder under policy/ names; `firm` for a file directly under it."""
    parts = path.split("/")
    below = parts[parts.index("policy") + 1 :] if "policy" in parts else parts
    return below[0] if len(below) > 1 else "firm"


def read_rule_file(file: Path, path: str, reading: Reading, layer: str | None = None) -> None:
    """Read one file of rules into a reading."""
    document, findings = read_file(file, path)
    reading.files.append(path)
    reading.findings += findings
    if document is None:
        return
    reading.documents[path] = document
    layer = layer_of(path) if layer is None else layer
    if layer not in LAYERS:
        similar = nearest(layer, LAYERS)
        fix = (
            f"a layer with a similar name exists: `{similar}`" if similar else "the layers are " + ", ".join(f"`{name}`" for name in LAYERS)
        )
        reading.findings.append(_whole_file("unknown-layer", f"`{layer}` is no layer of policy", fix, path))
        layer = "firm"
    told = list(_rules_of(document, layer, reading, {finding.place.line for finding in findings}))
    reading.findings += _without_echo(told, findings)


def read_assumption_file(file: Path, path: str, reading: Reading) -> None:
    """Read one assumption set into a reading."""
    document, findings = read_file(file, path)
    reading.files.append(path)
    reading.findings += findings
    if document is None:
        return
    reading.documents[path] = document
    if not isinstance(document.value, dict):
        reading.findings.append(_not_a_group(document, "an assumption file is a group of fields", "begin with `id: base_2026`"))
        return
    assumptions, told = validate(Assumptions, document, noun="an assumption set", scope=Scope.FILE)
    reading.findings += _without_echo(told, findings)
    if assumptions is not None:
        reading.assumptions.append(PlacedAssumptions(assumptions, path, document.spot))


def _rules_of(document: Document, layer: str, reading: Reading, spoilt: set[int]) -> Iterator[Finding]:
    """Read a document's rules into the reading; yields what is wrong with their shape."""
    value = document.value
    if value is None:
        yield _lighter(_not_a_group(document, "the file is empty", "begin with `rules:`", "empty-file"))
        return
    if not isinstance(value, dict):
        yield _not_a_group(document, "a policy file begins with `rules:`", "write `rules:`, and below it one `- kind: ...` per rule")
        return
    for key in value:
        if key != "rules":
            fix = "a field with a similar name exists: `rules`" if nearest(key, ["rules"]) else "a policy file holds `rules:` only"
            yield _at(document, (key,), "unknown-key", f"a policy file has no field `{key}`", fix, key=True)
    if "rules" not in value:
        if not any(nearest(key, ["rules"]) for key in value):
            yield _at(
                document,
                (),
                "missing-key",
                "a policy file needs the field `rules`",
                "add `rules:`, and below it one `- kind: ...` per rule",
            )
        return
    if value["rules"] is None:
        yield _lighter(_at(document, ("rules",), "empty-file", "the file holds no rule", "add one, or remove the file", key=True))
        return
    if not isinstance(value["rules"], list):
        yield _at(
            document,
            ("rules",),
            "wrong-type",
            f"`rules` is a list, and {shown(value['rules'])} stands there",
            "write one `- kind: ...` per rule",
        )
        return
    before = len(reading.rules)
    for index, item in enumerate(value["rules"]):
        yield from _one_rule(document, index, item, layer, reading)
    if spoilt:
        # A rule with a number that could not be read, or a field twice, is not judged by what is left of it.
        starts = sorted(document.place(("rules", index)).line for index in range(len(value["rules"])))
        bad = {max((start for start in starts if start <= line), default=0) for line in spoilt}
        reading.rules[before:] = [placed for placed in reading.rules[before:] if placed.place.line not in bad]


def _one_rule(document: Document, index: int, item: Any, layer: str, reading: Reading) -> Iterator[Finding]:
    loc = ("rules", index)
    if not isinstance(item, dict):
        yield _at(document, loc, "wrong-type", f"a rule is a group of fields, and {shown(item)} stands there", "begin with `- kind: band`")
        return
    if "kind" not in item:
        yield _at(
            document, loc, "missing-kind", "a rule needs the field `kind`", "the kinds are " + ", ".join(f"`{kind}`" for kind in KINDS)
        )
        return
    kind = item["kind"]
    if not isinstance(kind, str) or kind not in KINDS:
        similar = nearest(kind, KINDS) if isinstance(kind, str) else None
        fix = f"a kind with a similar name exists: `{similar}`" if similar else "the kinds are " + ", ".join(f"`{name}`" for name in KINDS)
        yield _at(document, (*loc, "kind"), "unknown-kind", f"no kind of rule is called {shown(kind)}", fix)
        return
    rule_id = item.get("id")
    subject = rule_id if isinstance(rule_id, str) else ""
    rule, told = validate(KINDS[kind], document, loc, noun=f"{'an' if kind[0] in 'aeiou' else 'a'} `{kind}` rule", subject=subject)
    yield from told
    if rule is not None:
        reading.rules.append(PlacedRule(rule, document.path, document.spot.below(loc), layer))


def _without_echo(told: Iterable[Finding], heard: Iterable[Finding]) -> list[Finding]:
    """Without what the reader of the text has already said about the very place."""
    places = {(finding.place.line, finding.place.column) for finding in heard}
    return [finding for finding in told if (finding.place.line, finding.place.column) not in places]


def _at(document: Document, loc: tuple[str | int, ...], code: str, message: str, fix: str, *, key: bool = False) -> Finding:
    place = document.key_place(loc) if key else document.place(loc)
    return Finding(code, Severity.ERROR, Scope.RULE, message, fix, place, snippet=document.line(place.line))


def _not_a_group(document: Document, message: str, fix: str, code: str = "wrong-type") -> Finding:
    return Finding(code, Severity.ERROR, Scope.FILE, message, fix, document.place(()), snippet=document.line(document.place(()).line))


def _whole_file(code: str, message: str, fix: str, path: str) -> Finding:
    return Finding(code, Severity.ERROR, Scope.FILE, message, fix, Place(path))


def _lighter(finding: Finding) -> Finding:
    return replace(finding, severity=Severity.WARNING)
