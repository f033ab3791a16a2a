"""Layers: who may replace whom, and what a floor allows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from rules.checks.telling import ERROR, WARNING, can_meet, meeting_pairs, tell, where
from rules.facts import Facts
from rules.language.selector import ACCOUNT_FIELDS, SECURITY_FIELDS, Selector
from rules.policy import LAYERS, AnyRule
from validation.findings import Finding

_NARROWING = (*ACCOUNT_FIELDS, *SECURITY_FIELDS, "tags")


def layer_trouble(rules: list[AnyRule], facts: Facts) -> Iterator[Finding]:
    """Twins within a layer, replacements that loosen a floor, change the kind or leave a part unbound."""
    by_id: dict[str, list[AnyRule]] = defaultdict(list)
    for placed in rules:
        by_id[placed.rule.id].append(placed)
        yield from _unscoped(placed)
    for group in by_id.values():
        for layer in LAYERS:
            yield from _twins([placed for placed in group if placed.layer == layer], facts)
        for wide in group:
            for near in group:
                if LAYERS.index(near.layer) > LAYERS.index(wide.layer) and can_meet(wide, near, facts):
                    yield from _replacement(wide, near)


def _unscoped(placed: AnyRule) -> Iterator[Finding]:
    """A rule of a near layer that names nobody binds everybody, which is seldom what was meant."""
    reach = placed.rule.applies_to
    named = {"household": ("households", "taxpayers", "accounts", "tags"), "advisor": ("advisors",), "model": ("models",)}
    fields = named.get(placed.layer, ())
    if placed.layer == "model" and placed.rule.kind == "target":
        return
    if fields and not any(getattr(reach, field) for field in (*fields, "households")):
        message = f"`{placed.rule.id}` stands in the {placed.layer} layer and binds every household"
        yield tell("unscoped-rule", WARNING, placed, (), message, f"name its {fields[0]} under `applies_to`, or move it to the firm layer")


def _twins(group: list[AnyRule], facts: Facts) -> Iterator[Finding]:
    for first, second in meeting_pairs(group, facts):
        same_days = first.rule.effective == second.rule.effective
        code = "duplicate-id" if same_days else "overlapping-dates"
        what = "stands twice" if same_days else "has two versions whose dates overlap"
        message = f"`{second.rule.id}` {what} in the {second.layer} layer; first at {first.place.path}:{first.place.line}"
        fix = (
            "give one of them another id, or move it to a nearer layer"
            if same_days
            else "end the earlier one the day before the later begins"
        )
        yield tell(code, ERROR, second, ("id",) if same_days else ("effective",), message, fix)


def _replacement(wide: AnyRule, near: AnyRule) -> Iterator[Finding]:
    if wide.rule.kind != near.rule.kind:
        message = f"`{near.rule.id}` is a `{near.rule.kind}`, and would replace the `{wide.rule.kind}` {where(wide)}"
        yield tell("kind-changed", ERROR, near, ("kind",), message, "give it an id of its own")
        return
    loose = wide.rule.loosened_by(near.rule)
    narrower = not _as_wide(wide.rule.applies_to, near.rule.applies_to)
    if wide.rule.floor:
        for field in loose:
            message = f"`{field}` of `{near.rule.id}` loosens the {wide.layer}'s floor {where(wide)}"
            place = near.place_of(field)
            yield tell("floor-loosened", ERROR, near, (field,), message, "a floor may only be tightened, field by field", at=place)
        if narrower:
            message = f"`{near.rule.id}` binds less than the {wide.layer}'s floor {where(wide)}, which it would replace"
            yield tell(
                "floor-loosened",
                ERROR,
                near,
                ("applies_to",),
                message,
                "give it an id of its own, so that both hold",
                at=near.place_of("applies_to"),
            )
    elif narrower:
        message = f"`{near.rule.id}` replaces {where(wide)} as a whole, but binds only a part of what that one binds"
        yield tell(
            "override-narrows",
            WARNING,
            near,
            ("applies_to",),
            message,
            "give it an id of its own, so that both hold",
            at=near.place_of("applies_to"),
        )


def _as_wide(wide: Selector, near: Selector) -> bool:
    """Whether, within a household, `near` selects at least the accounts and securities that `wide` does."""
    for field in _NARROWING:
        before, after = set(getattr(wide, field)), set(getattr(near, field))
        if after and not (before and before <= after):
            return False
    out = near.except_
    if out is None or out.is_empty or out == wide.except_:
        return True
    return not any(getattr(out, field) for field in _NARROWING)
