"""Policy in sentences: what binds a household and who overrode whom; what changed between two policies."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from pydantic import BaseModel

from rules.language.base import Rule
from rules.language.words import count, dollars, percent, plain
from rules.policy import AnyRule, HouseholdPolicy, Policy


def show(policy: HouseholdPolicy, name: str = "", kind: str = "") -> str:
    """The rules that bind a household on a day, in sentences, with the rules that each of them replaces; all of them, or
    those of one kind."""
    whom = f"{policy.household_id}, {name}" if name else policy.household_id
    lines = [
        f"{whom}: {count(len(policy.rules), 'rule')} {'binds' if len(policy.rules) == 1 else 'bind'} this household on {policy.as_of}.",
        "",
    ]
    if policy.target is None:
        lines += [f"No target: its model is `{policy.model}`, and no target in effect has that id.", ""]
    for placed in policy.of_kind(kind) if kind else policy.rules:
        lines.append(f"{placed.rule.kind} {placed.rule.id}: {placed.rule.title}")
        lines.append(f"    {placed.rule.full_sentence()}")
        if placed.rule.because:
            lines.append(f"    Because: {placed.rule.because}")
        if placed.rule.source:
            lines.append(f"    Source: {placed.rule.source}")
        lines.append(f"    Says the {placed.layer}{' (a floor)' * placed.rule.floor}, {placed.place.path}:{placed.place.line}")
        for before in placed.replaces:
            lines.append(f"    Replaces the {before.layer}'s, {before.place.path}:{before.place.line}: {before.rule.full_sentence()}")
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def diff(old: Policy, new: Policy) -> str:
    """What changed from one policy to the other, rule by rule; one line where nothing did."""
    before, after = _by_key(old), _by_key(new)
    lines: list[str] = []
    for key in sorted(before.keys() | after.keys()):
        if key not in before:
            lines += [f"+ {_named(after[key])} is new.", f"    {after[key].rule.full_sentence()}"]
        elif key not in after:
            lines += [f"- {_named(before[key])} is gone.", f"    It said: {before[key].rule.full_sentence()}"]
        elif before[key].rule != after[key].rule:
            lines += _changed(before[key], after[key])
    lines += _assumptions_changed(old, new)
    return "\n".join(lines or ["Both policies say the same."]) + "\n"


def _by_key(policy: Policy) -> dict[tuple[str, str, str], AnyRule]:
    return {
        (placed.rule.id, placed.layer, f"{placed.rule.applies_to}|{placed.rule.effective.from_ or ''}"): placed for placed in policy.rules
    }


def _named(placed: AnyRule) -> str:
    return f"the {placed.layer}'s `{placed.rule.id}` ({placed.rule.kind}: {placed.rule.title})"


def _changed(before: AnyRule, after: AnyRule) -> Iterator[str]:
    if before.rule.kind != after.rule.kind:
        yield f"~ {_named(before)} is now a `{after.rule.kind}`."
    else:
        loose, tight = before.rule.loosened_by(after.rule), after.rule.loosened_by(before.rule)
        way = "tighter" if tight and not loose else "looser" if loose and not tight else "different" if loose else "worded anew"
        yield f"~ {_named(before)} is {way}: {'; '.join(_fields(before.rule, after.rule))}."
    was, now = before.rule.full_sentence(), after.rule.full_sentence()
    if was != now:
        yield f"    It said: {was}"
        yield f"    It says: {now}"


def _fields(before: Rule, after: Rule) -> Iterator[str]:
    for name, field in type(before).model_fields.items():
        was, now = getattr(before, name), getattr(after, name)
        if was != now:
            label = field.alias or name
            yield f"`{label}` from {spoken(label, was)} to {spoken(label, now)}"


def spoken(name: str, value: object) -> str:
    """A field's value in words, by the unit in its name."""
    if value is None or value == ():
        return "nothing"
    if isinstance(value, Decimal):
        return dollars(value) if name.endswith("_usd") else percent(value) if "_frac" in name else plain(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(spoken(name, item) for item in value)
    if isinstance(value, dict):
        return ", ".join(f"{key} {spoken(name, item)}" for key, item in value.items()) or "nothing"
    if isinstance(value, BaseModel) and type(value).__str__ is BaseModel.__str__:
        said = [f"{key} {spoken(key, item)}" for key, item in value if item is not None]
        return ", ".join(said) or "nothing"
    return f"\u201c{value}\u201d" if name in {"title", "because"} else str(value) or "everybody"


def _assumptions_changed(old: Policy, new: Policy) -> Iterator[str]:
    for name in sorted(old.assumptions.keys() | new.assumptions.keys()):
        before, after = old.assumptions.get(name), new.assumptions.get(name)
        if before is None or after is None:
            yield f"{'+' if before is None else '-'} the assumptions `{name}` are {'new' if before is None else 'gone'}."
            continue
        for field in type(before).model_fields:
            was, now = getattr(before, field), getattr(after, field)
            if field == "classes":
                for asset_class in sorted(was.keys() | now.keys()):
                    if was.get(asset_class) != now.get(asset_class):
                        yield f"~ the assumptions `{name}` for {asset_class}: {_moved(was.get(asset_class), now.get(asset_class))}."
            elif was != now:
                yield f"~ the assumptions `{name}`: `{field}` from {spoken(field, was)} to {spoken(field, now)}."


def _moved(was: BaseModel | None, now: BaseModel | None) -> str:
    if was is None or now is None:
        return "new" if was is None else "gone"
    return "; ".join(
        f"`{name}` from {spoken(name, getattr(was, name))} to {spoken(name, getattr(now, name))}"
        for name in type(was).model_fields
        if getattr(was, name) != getattr(now, name)
    )
