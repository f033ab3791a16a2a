"""Deliveries: what a custodian's folder says of itself, and which accounts it leaves in doubt.

A delivery is the folder of one custodian for one day. Where one file of it cannot be trusted, every household with an
account there waits: nobody knows whose rows are missing.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import polars as pl

from validation.codes import finding
from validation.findings import Finding, Place, Scope, Severity
from validation.marts import Marts
from validation.plain import plain
from validation.suggest import nearest
from validation.trading_days import trading_days_between
from validation.units import ZERO, cents
from validation.waivers import NOBODY, Waivers

HALF = Decimal("0.5")
COUNTS = ("rows", "records")
MOST_COMPARED = 5_000
"""Near misses of an account reference are sought among that many references of the custodian."""


def blocked_custodians(findings: tuple[Finding, ...] | list[Finding]) -> dict[str, list[Finding]]:
    """Custodian → the findings that hold back its whole delivery."""
    blocked: dict[str, list[Finding]] = {}
    for found in findings:
        custodian = found.place.custodian
        if custodian and found.severity is Severity.ERROR and found.scope is Scope.FILE:
            blocked.setdefault(custodian, []).append(found)
    return blocked


def check_deliveries(marts: Marts, as_of: date, waivers: Waivers = NOBODY) -> list[Finding]:
    """Control totals, rejected rows, unmapped accounts, dates of files, and accounts of which nothing came; what is waived
    holds nothing back."""
    paths = dict(marts.deliveries.select("file_no", "path").iter_rows())
    findings = waivers.lift_all([*_control_totals(marts, paths), *_rejects(marts, paths), *_unmapped(marts, paths), *_dates(marts, as_of)])
    broken = set(blocked_custodians([*marts.findings, *findings]))
    return [*findings, *waivers.lift_all(_silent_accounts(marts, broken)), *_accounts_without_cash(marts, broken)]


def _control_totals(marts: Marts, paths: dict[int, str]) -> Iterator[Finding]:
    for row in marts.control_totals.iter_rows(named=True):
        place = Place(paths[row["file_no"]], row["line"])
        of = row["of_file"] or paths[row["file_no"]].rsplit("/", 1)[-1]
        subject = " ".join(part for part in (row["account_ref"], row["symbol"]) if part) or of
        if not row["is_present"]:
            yield finding("file-of-manifest-missing", f"{of} is announced and was not delivered", place, subject=of)
            continue
        reported, computed = row["reported"], row["computed"]
        if reported is None:
            yield finding("control-total", f"the total of {row['measure']} for {subject} cannot be read", place, subject=subject)
        elif computed is not None and abs(reported - computed) <= _slack(row):
            continue
        elif computed is not None and (not row["rejects"] or row["measure"] in COUNTS):
            yield finding(
                "control-total",
                f"{row['measure']} of {subject}: {plain(reported)} is stated, the rows sum to {plain(computed)}",
                place,
                subject=subject,
            )
        elif row["rejects"]:
            # A total of what the rows do not carry (lots without market values) or carry with gaps that have findings
            # of their own says nothing; one that a rejected row may explain is said.
            yield finding(
                "control-total-open",
                f"{row['measure']} of {subject} could not be tied to the {plain(reported)} that is stated",
                place,
                subject=subject,
            )


def _slack(row: dict[str, object]) -> Decimal:
    """Half a unit of the stated total's last decimal; a footer that a custodian sums before rounding may be off by as
    much per row. A manifest sums what stands in the file, so it has no such excuse."""
    half_unit = HALF.scaleb(-int(str(row["decimals"])))
    if row["measure"] in COUNTS:
        return ZERO
    if row["scope"] == "file" and row["of_file"]:
        return HALF.scaleb(-max(int(str(row["decimals"])), 2)) if row["measure"] != "quantity" else HALF.scaleb(-8)
    return half_unit * (1 + int(str(row["addends"]))) if row["measure"] != "quantity" else max(half_unit, Decimal("0.001"))


def _rejects(marts: Marts, paths: dict[int, str]) -> Iterator[Finding]:
    columns = ("file_no", "line", "account_ref", "account_id", "household_id", "column_name", "reason", "raw")
    # A broken row's reference is believed only where a sound row of the custodian bears it too.
    strangers = set(marts.unmapped["account_ref"])
    for file_no, line, ref, account, household, column, reason, raw in marts.rejected.select(columns).iter_rows():
        place = Place(paths[file_no], line)
        said = f"{column}: {reason}" if column and column not in reason else reason
        if household:
            yield finding(
                "rejected-row",
                f"a row of account {account} was rejected: {said}",
                place,
                household_id=household,
                subject=account,
                snippet=raw[:200],
            )
        elif ref in strangers:
            yield finding("rejected-row-unmapped", f"a row of {ref} was rejected: {said}", place, subject=ref, snippet=raw[:200])
        else:
            yield finding(
                "rejected-row-of-nobody", f"a row was rejected: {said}", place, subject=paths[file_no].rsplit("/", 1)[-1], snippet=raw[:200]
            )


def _unmapped(marts: Marts, paths: dict[int, str]) -> Iterator[Finding]:
    if not marts.unmapped.height:
        return
    elsewhere = {ref: custodian for custodian, ref in marts.accounts.select("custodian", "custodian_ref").iter_rows()}
    refs_of: dict[str, list[str]] = {}
    for custodian, ref in marts.accounts.select("custodian", "custodian_ref").iter_rows():
        refs_of.setdefault(custodian, []).append(ref)
    for row in marts.unmapped.iter_rows(named=True):
        ref, custodian = row["account_ref"], row["custodian"]
        mapped = refs_of.get(custodian, [])
        meant = next((known for known in mapped if known.strip().lstrip("0").casefold() == ref.strip().lstrip("0").casefold()), None)
        if meant is None and len(mapped) <= MOST_COMPARED:
            meant = nearest(ref, mapped)
        help_ = (
            f"accounts.csv has {meant!r} at {custodian}; references are compared letter by letter"
            if meant
            else f"accounts.csv has it at {elsewhere[ref]}; the folder's name is the custodian"
            if ref in elsewhere
            else ""
        )
        value = row["market_value"]
        yield finding(
            "unmapped-account",
            f"{custodian} writes account {ref or '(none)'} in {row['rows']} {row['table_name']} rows; it belongs to no household",
            Place(paths[row["file_no"]], row["line"]),
            subject=ref,
            help_=help_,
            at_stake_usd=None if value is None else cents(value),
        )


def _dates(marts: Marts, as_of: date) -> Iterator[Finding]:
    """A file of holdings that states another day than its folder. One trading day is said; more blocks whoever is in it;
    a manifest speaks for the whole folder and has to be of the day."""
    facts = pl.concat([frame.select("file_no", "household_id") for frame in (marts.positions, marts.tax_lots, marts.cash)])
    current = marts.deliveries.filter(pl.col("status") == "current", pl.col("stated_as_of").is_not_null(), pl.col("stated_as_of") != as_of)
    for file_no, path, stated, source in current.select("file_no", "path", "stated_as_of", "as_of_source").iter_rows():
        message = f"the file is of {stated}, the folder of {as_of}"
        subject = path.rsplit("/", 1)[-1]
        if source == "manifest":
            yield Finding(
                "wrong-as-of",
                Severity.ERROR,
                Scope.FILE,
                message,
                "a manifest speaks for its folder; both are of one day",
                Place(path),
                "",
                subject,
            )
        elif max(trading_days_between(stated, as_of), trading_days_between(as_of, stated)) > 1:
            for household in facts.filter(pl.col("file_no") == file_no)["household_id"].unique(maintain_order=True):
                yield finding("wrong-as-of", message, Place(path), household_id=household, subject=subject)
        elif facts.filter(pl.col("file_no") == file_no).height:
            yield finding("other-as-of", message, Place(path), subject=subject)


def _silent_accounts(marts: Marts, broken: set[str]) -> Iterator[Finding]:
    seen = pl.concat(
        [
            frame.select("account_id").unique()
            for frame in (marts.positions, marts.tax_lots, marts.cash, marts.transactions, marts.realized, marts.rejected)
        ]
    ).unique()
    shared = pl.struct("custodian", "custodian_ref").is_duplicated()
    silent = marts.accounts.filter(~shared, ~pl.col("custodian").is_in([*broken])).join(
        seen, on="account_id", how="anti", maintain_order="left"
    )
    delivered = set(marts.deliveries["custodian"])
    for account, household, custodian, ref, line in silent.select(
        "account_id", "household_id", "custodian", "custodian_ref", "line"
    ).iter_rows():
        where = f"no row of {custodian} is of {ref!r}" if custodian in delivered else f"there is no delivery of {custodian}"
        yield finding(
            "account-without-rows",
            f"nothing came of account {account}: {where}",
            Place("reference/accounts.csv", line),
            household_id=household,
            subject=account,
        )


def _accounts_without_cash(marts: Marts, broken: set[str]) -> Iterator[Finding]:
    holding = pl.concat([frame.select("account_id").unique() for frame in (marts.positions, marts.tax_lots)]).unique()
    bare = (
        marts.accounts.filter(~pl.col("custodian").is_in([*broken]), pl.col("status") == "managed")
        .join(holding, on="account_id", how="semi")
        .join(marts.cash.select("account_id").unique(), on="account_id", how="anti", maintain_order="left")
    )
    for account, household, line in bare.select("account_id", "household_id", "line").iter_rows():
        yield finding(
            "no-cash-row",
            f"no cash row came of account {account}",
            Place("reference/accounts.csv", line),
            household_id=household,
            subject=account,
        )
