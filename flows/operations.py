"""How a firm operates: `<firm>/operations.yaml`, which a firm may have.

    approval:
      policy_approves: false          # true: what no line below holds back is approved by policy, in the firm's name
      tax_above_usd: 10_000           # this year's tax of a proposal, from which on a person decides
      turnover_above_frac: 0.25
      first_rebalance: true           # a household that was never rebalanced before
      findings: [missing-basis]       # a household that has one of these
      approvers: 1                    # how many different people
    prices:
      expire_after_trading_days: 1    # a proposal whose prices are older is not released
    deliveries:
      missing_custodian: stop         # wait | go_on | stop, where a custodian of accounts.csv delivered nothing
      wait_minutes: 120               # then: stop

Without the file every proposal waits for a person, prices expire after one trading day, and a missing custodian stops the night: the
safe side of each, since nobody has said otherwise.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from rules.explain import known_codes
from rules.language.grammar import Frac, Usd, as_tuple
from validation.findings import Finding, FirmUnusable, Place, Scope, Severity
from validation.shape import validate
from validation.source import Document, read_file
from validation.suggest import nearest

FILE = "operations.yaml"
SCHEMA = Path(__file__).parent / "operations.schema.json"
Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$", description="a finding's code, as findings.csv writes it")]


class Section(BaseModel):
    """A part of the file: unknown words are mistakes, and nothing changes once it is read."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Approval(Section):
    """What needs a person before it may be released."""

    policy_approves: bool = Field(
        default=False, description="false: every proposal waits for a person; true: only those that a line here names"
    )
    tax_above_usd: Usd | None = Field(default=None, description="this year's tax above which a person decides, dollars")
    turnover_above_frac: Frac | None = Field(default=None, description="turnover above which a person decides")
    first_rebalance: bool = Field(default=True, description="a household without last_rebalanced waits for a person")
    findings: Annotated[tuple[Code, ...], BeforeValidator(as_tuple)] = Field(
        default=(), description="codes of findings of a household that wait for a person"
    )
    approvers: Annotated[int, Field(ge=1, le=5)] = Field(default=1, description="how many different people must approve")


class Prices(Section):
    """How long a proposal's prices hold."""

    expire_after_trading_days: Annotated[int, Field(ge=0, le=30)] = Field(default=1, description="trading days after the as-of date")


class Deliveries(Section):
    """What a night does where a custodian of accounts.csv delivered nothing for the day."""

    missing_custodian: Literal["wait", "go_on", "stop"] = Field(
        default="stop",
        description="wait: until it comes, at most wait_minutes; go_on: its households are blocked, the others go on; stop: no run",
    )
    wait_minutes: Annotated[int, Field(ge=1, le=24 * 60)] = Field(default=120, description="how long to wait before the night is stopped")


class Operations(Section):
    """The whole file."""

    approval: Approval = Approval()
    prices: Prices = Prices()
    deliveries: Deliveries = Deliveries()


def read_operations(firm: Path) -> Operations:
    """How the firm operates. Raises FirmUnusable with the place of every mistake in the file."""
    path = firm / FILE
    if not path.exists():
        return Operations()
    document, findings = read_file(path, FILE)
    if document is not None and not findings:
        operations, findings = validate(Operations, document, noun=FILE, scope=Scope.FILE)
        findings += _unknown_codes(operations, document) if operations is not None else []
        if operations is not None and not findings:
            return operations
    raise FirmUnusable(findings or [_empty()])


def _unknown_codes(operations: Operations, document: Document) -> list[Finding]:
    """A misspelt code would never hold anything back."""
    known, found = set(known_codes()), []
    for number, code in enumerate(operations.approval.findings):
        if code not in known:
            similar = nearest(code, known)
            help = f"a similar name exists: `{similar}`" if similar else "`rooftree rules explain CODE` knows every code"
            place = document.place(("approval", "findings", number))
            message = f"no finding has the code `{code}`"
            line = document.line(place.line)
            found.append(Finding("unknown-code", Severity.ERROR, Scope.FILE, message, help, place, subject=code, snippet=line))
    return found


def _empty() -> Finding:
    return Finding(
        "unreadable-file", Severity.ERROR, Scope.FILE, f"`{FILE}` holds nothing", "remove it or say something in it", Place(FILE)
    )


def operations_schema() -> str:
    """The schema as the text of operations.schema.json, generated from the models."""
    words = Operations.model_json_schema()
    return json.dumps({"$schema": "https://json-schema.org/draft/2020-12/schema", **words}, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    SCHEMA.write_text(operations_schema(), encoding="utf-8")
