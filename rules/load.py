"""The firm's policy as the run uses it: all of it, or none of it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from rules.check import check_policy
from rules.facts import know_tags, read_facts
from rules.policy import Policy
from rules.read import Reading, read_firm
from validation.findings import Finding, Scope, Severity, in_order


def load_policy(firm: Path, as_of: date | None = None) -> tuple[Policy | None, list[Finding]]:
    """Read firm/policy/** and firm/assumptions/*, and check them against the names of firm/reference/*.csv.

    The policy is None where any error concerns the policy itself: a rule set is never applied in part. Errors that
    concern one household (its model names no target) leave the policy standing. With a day, expired rules are told, too.
    """
    return load_reading(read_firm(firm), firm, as_of)


def load_reading(reading: Reading, firm: Path, as_of: date | None = None) -> tuple[Policy | None, list[Finding]]:
    """The same for a policy that was read from anywhere, checked against the names of a firm's reference files."""
    facts = read_facts(firm)
    know_tags(reading, facts)
    findings = in_order([*reading.findings, *reading.quoting(check_policy(reading, facts, as_of))])
    return (None if is_broken(findings) else policy_of(reading)), findings


def policy_of(reading: Reading) -> Policy:
    """The policy of a reading, whatever its findings say."""
    return Policy(tuple(reading.rules), {placed.assumptions.id: placed.assumptions for placed in reading.assumptions})


def is_broken(findings: list[Finding]) -> bool:
    """Whether a finding forbids using the policy at all."""
    return any(finding.severity is Severity.ERROR and finding.scope is not Scope.HOUSEHOLD for finding in findings)
