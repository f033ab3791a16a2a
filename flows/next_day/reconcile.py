"""`rooftree reconcile`: a run beside the extracts of a later day, from the two folders to differences and taxes.

The household before is the run's own: its extracts and reference data are read again and must still be what the run hashed.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from flows.ingest import ingest
from flows.next_day.compare import compare
from flows.next_day.difference import Difference
from flows.next_day.filled import reported
from flows.next_day.sent import SentRun, read_run
from flows.next_day.tax import HouseholdTax, household_tax
from flows.rebalance import read_policy
from flows.record import identify
from flows.settings import demand_firm, unusable, warehouse_of
from rules.tax import load_tax_year
from validation.deliveries import blocked_custodians
from validation.findings import Finding, Place, Scope, Severity
from validation.gate import gate
from validation.household import Household
from validation.units import ZERO


@dataclass(frozen=True, slots=True)
class TaxLine:
    """One household's tax of the year, dollars: as the run promised it, and with what was realised instead."""

    household_id: str
    promised: Decimal
    realized: Decimal

    @property
    def difference(self) -> Decimal:
        """Positive where more is owed than was promised."""
        return self.realized - self.promised


@dataclass(frozen=True, slots=True)
class Reconciled:
    """A run and a later day, compared."""

    run_id: str
    as_of: date
    day: date
    sent: int
    differences: tuple[Difference, ...]
    taxes: tuple[TaxLine, ...]
    findings: tuple[Finding, ...]

    @property
    def is_clean(self) -> bool:
        """Whether everything that was sent was done as it was sent."""
        return not any(each.counts for each in self.differences)


def reconcile(run: Path, extracts: Path, firm: Path | None = None, warehouse: Path | None = None) -> Reconciled:
    """Compare what a run sent with the extracts of a later day (a folder named by its date, with custodians' folders in it).

    `firm` is the firm's folder; by default the one that the extracts lie in. Raises FirmUnusable where one of the three cannot
    be read, or the day is not after the run's.
    """
    sent = read_run(run)
    day, home = _day_of(extracts, sent), firm or extracts.resolve().parent.parent
    demand_firm(home)
    place = warehouse_of(home, warehouse)
    before = ingest(home, sent.as_of, place)
    if before.as_of != sent.as_of:
        raise unusable("inputs-changed", f"the extracts of {sent.as_of} are gone from {home}", "the firm's folder as the run saw it")
    findings = [*_changed(home, sent), *_another_year(sent, day)]
    book = gate(before.marts, before.as_of)
    names = sorted({trade.household_id for trade in sent.trades})
    if unknown := [name for name in names if name not in book.household_ids]:
        raise unusable("inputs-changed", f"{home} has no household {', '.join(unknown)}", "the firm's folder as the run saw it")
    households = {name: book.read(name) for name in names}
    with _beside_the_firm(home, extracts, day, place) as (folder, kept):
        after = ingest(folder, day, kept)
        held = blocked_custodians(gate(after.marts, day).findings)
    told = reported(after.marts, sent.as_of, day, households)
    blind = {
        account.account_id
        for each in households.values() for account in each.accounts
        if account.custodian in held or account.account_id not in told.accounts
    }  # fmt: skip
    policy, _ = read_policy(home, sent.as_of)
    law = load_tax_year(sent.as_of.year)
    taxes = {name: household_tax(each, policy, law) for name, each in households.items()}
    differences = compare(sent.trades, told, households, taxes, blind)
    findings += [each for custodian in sorted(held) for each in held[custodian]]
    return Reconciled(sent.run_id, sent.as_of, day, len(sent.trades), tuple(differences), tuple(_taxes(sent, households, taxes)),
                      tuple(findings))  # fmt: skip


def _day_of(extracts: Path, sent: SentRun) -> date:
    help_ = "extracts/<date>/ of the day after, with a folder per custodian"
    if not extracts.is_dir():
        raise unusable("missing-extracts", f"there is no folder {extracts}", help_)
    try:
        day = date.fromisoformat(extracts.resolve().name)
    except ValueError:
        raise unusable("missing-extracts", f"{extracts} is not named by its day", help_) from None
    if day <= sent.as_of:
        raise unusable("missing-extracts", f"{day} is not after the run's day {sent.as_of}", help_)
    return day


def _changed(firm: Path, sent: SentRun) -> Iterator[Finding]:
    """That files which the run read are others now: then the lots before are not those that it named."""
    now = identify(firm, sent.as_of).inputs
    changed = sorted(path for path, digest in sent.inputs.items() if now.get(path) != digest and not path.startswith("templates/"))
    if changed:
        yield Finding(
            "inputs-changed", Severity.WARNING, Scope.FILE, f"{len(changed)} files that the run read are others now, {changed[0]} first",
            "the comparison uses the files as they are now; the run's own are told by run.json", Place(changed[0]), subject=sent.run_id,
        )  # fmt: skip


def _another_year(sent: SentRun, day: date) -> Iterator[Finding]:
    """That the sales fall into another tax year than the run promised its tax for."""
    if day.year != sent.as_of.year:
        message = f"the run's tax is that of {sent.as_of.year}; its sales were made in {day.year}"
        yield Finding(
            "another-tax-year", Severity.WARNING, Scope.FILE, message,
            "tax dollars are those of the run's year; fills and lots are compared as ever", subject=sent.run_id,
        )  # fmt: skip


@contextmanager
def _beside_the_firm(firm: Path, extracts: Path, day: date, warehouse: Path) -> Iterator[tuple[Path, Path]]:
    """A firm's folder that has these extracts, and a warehouse for it: the firm's own where they lie in it, else a passing copy."""
    if extracts.resolve() == (firm / "extracts" / day.isoformat()).resolve():
        yield firm, warehouse
        return
    with tempfile.TemporaryDirectory(prefix="rooftree-") as passing:
        shutil.copytree(firm / "reference", Path(passing) / "reference")
        shutil.copytree(extracts, Path(passing) / "extracts" / day.isoformat())
        yield Path(passing), Path(passing) / "day.duckdb"


def _taxes(sent: SentRun, households: Mapping[str, Household], taxes: Mapping[str, HouseholdTax]) -> Iterator[TaxLine]:
    for name in households:
        promised = sent.promised_tax.get(name, ZERO)
        yield TaxLine(name, promised, promised + taxes[name].difference())
