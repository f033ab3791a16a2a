"""What somebody has to do or to leave undone: repurchases, held-back data, cash orders, and pages of undecided households."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

from solver.decision import Decision
from solver.outcome import Barred, Payment, Status
from templates import filters, wording
from templates.view.figures import Figures
from templates.view.names import Names
from templates.view.parts import Line, Lines, Notice
from validation.findings import Finding, Scope, Severity
from validation.household import OrderKind
from validation.units import ZERO

CLIENT_WORDS: tuple[tuple[tuple[str, ...], str, str], ...] = (
    (
        ("basis",),
        "What you paid for some shares is not known",
        "They are kept and counted, and not sold until their purchase price is confirmed.",
    ),
    (("stale", "price"), "Some prices are missing or too old to trade on", "What they belong to is kept until a fresh price arrives."),
    (
        ("lots", "foot", "lot-"),
        "The purchase records of a holding do not add up to what you hold",
        "It is kept and counted until the custodian’s records agree.",
    ),
    (("unknown-security", "unclassified", "exposure"), "An investment has not been classified yet", "It is kept and counted as it is."),
    (("short", "negative"), "An account shows less than nothing of an investment", "That has to be explained before anything is traded."),
    (
        ("total", "truncated", "unreadable", "control", "incomplete"),
        "A file from your custodian arrived incomplete",
        "It has to be delivered again.",
    ),
    (("unmapped", "account-without", "no-account"), "An account could not be matched", "It stays outside of this plan until it is."),
    (("budget-already-spent",), "This year’s limit on gains was already used", "No further net gain is taken."),
    (("order-short", "short-of-cash"), "An account lacks the cash for an order", "Your advisor will ask you where it should come from."),
    (("tax",), "Part of your tax data is not known", "Figures that need it are left out."),
)
"""(parts of a finding's code, what a client reads, what happens to it); the first that fits is used."""
HIDDEN = {"do-not-buy", "order-paid-by", "orders-booked-only", "rules-conflict", "turnover-to-date"}
"""Codes that other parts of the page already say."""


def in_client_words(finding: Finding) -> tuple[str, str]:
    """What a client reads instead of a finding's message, which is written for operations."""
    for parts, what, then in CLIENT_WORDS:
        if any(part in finding.code for part in parts):
            return what, then
    what = {
        Scope.LOT: "Some shares could not be verified",
        Scope.SECURITY: "An investment could not be verified",
        Scope.ACCOUNT: "Something about an account has to be checked",
        Scope.RULE: "One of your rules needs a look",
    }.get(finding.scope, "Some of your account data has to be checked")
    return what, "It is kept as it is until that is done."


def held_back(decision: Decision, names: Names) -> Lines | None:
    """Findings that keep something from being traded, in client words, with the dollars where they are known."""
    relevant = [each for each in decision.findings if each.severity is not Severity.NOTE and each.code not in HIDDEN]
    if not relevant or not decision.status.is_decided:
        return None
    grouped: dict[tuple[str, str], list[Finding]] = defaultdict(list)
    for finding in relevant:
        grouped[in_client_words(finding)].append(finding)
    rows = tuple(_held(what, then, findings, names) for (what, then), findings in grouped.items())
    stake = sum((each.at_stake_usd for each in relevant if each.at_stake_usd), ZERO)
    heading = f"{filters.usd(stake)} is left alone until it is verified" if stake >= 1 else "Left alone until it is verified"
    return Lines(heading, "We act only on data that adds up. This does not stop the rest of the plan.", rows, ("What", "Value"))


def _held(what: str, then: str, findings: list[Finding], names: Names) -> Line:
    stake = sum((each.at_stake_usd for each in findings if each.at_stake_usd), ZERO)
    symbols = sorted({each.subject for each in findings if each.subject in names.household.securities})
    about = f" ({filters.listed(symbols[:4])}{' and others' if len(symbols) > 4 else ''})" if symbols else ""
    return Line(f"{what}{about}", then, filters.usd(stake) if stake >= 1 else filters.NOTHING)


def barred_of(decision: Decision, names: Names) -> Notice | None:
    """The one warning of a proposal that takes losses: what nobody may buy, until when, and what to switch off."""
    barred = decision.outcome.barred if decision.outcome and decision.status is Status.PROPOSED else ()
    if not barred:
        return None
    barred = tuple({(each.symbols, each.until): each for each in barred}.values())  # one line for what several returns sell
    until = filters.date_long(max(each.until for each in barred))
    points = [
        "Not in any account of yours, your spouse’s included, here or anywhere else. "
        "A purchase would cancel the loss, in a retirement account for good."
    ]
    if len(barred) > 1:
        points += [f"{_securities(each, names)}: through {filters.date_long(each.until)}." for each in barred]
    off = sorted({account_id for each in barred for account_id in each.reinvestment_off})
    if off:
        points.append(f"Dividend reinvestment has to be switched off for it in {names.accounts(off)}.")
    strong = (
        f"No purchase of {_securities(barred[0], names) if len(barred) == 1 else f'the {len(barred)} investments below'}, through {until}"
    )
    lead = "This plan takes losses. The tax law takes them back if the same investment is bought within 30 days."
    return Notice(f"Until {until}, leave {'this' if len(barred) == 1 else 'these'} unbought", strong, tuple(points), lead)


def _securities(barred: Barred, names: Names) -> str:
    said = [f"{names.security(symbol)} ({symbol})" if names.security(symbol) != symbol else symbol for symbol in barred.symbols[:4]]
    return filters.listed(said, "or") + (f" and {len(barred.symbols) - 4} others like it" if len(barred.symbols) > 4 else "")


def accounts_of(decision: Decision, figures: Figures, names: Names) -> Lines | None:
    """The accounts of a household that was not decided, with what they hold: nothing of it is touched."""
    if not figures.accounts:
        return None
    rows = tuple(
        Line(
            names.account(each),
            names.where(each),
            filters.usd(figures.total(figures.before, each.account_id))
            if any(account_id == each.account_id for account_id, _ in figures.before)
            else filters.NOTHING,
        )
        for each in figures.accounts
    )
    blocked = decision.status is Status.BLOCKED
    lead = "Values by the last data that we could read." if blocked else f"Values of {filters.date_long(decision.household.as_of)}."
    return Lines("Your accounts, left as they are", lead, rows, ("Account", "Value"))


def orders_of(decision: Decision, names: Names) -> Lines | None:
    """Cash that comes, goes or is kept aside, as this run books it."""
    payments = decision.payments or (decision.outcome.payments if decision.outcome else ())
    if not payments:
        return None
    rows = tuple(_order(each, names) for each in sorted(payments, key=lambda each: (each.due, each.account_id, each.kind)))
    out = sum((each.amount_usd for each in payments if each.kind in {OrderKind.WITHDRAWAL, OrderKind.RMD}), ZERO)
    heading = (
        f"{filters.usd(out)} is ready to be paid out" if out and not any(each.shortfall_usd for each in payments) else "Your cash orders"
    )
    if not decision.status.is_decided:
        heading = "Your cash orders, as far as cash reaches"
    return Lines(
        heading, "Orders that are due have left or entered the figures above; later ones are kept aside in cash.", rows, ("Order", "Amount")
    )


def _order(payment: Payment, names: Names) -> Line:
    account = names.household.account.get(payment.account_id)
    where = names.account(account) if account else "account not known"
    state = "kept aside until then" if payment.reserved else "booked"
    short = f" The account lacks {filters.usd(payment.shortfall_usd)} of it." if payment.shortfall_usd else ""
    return Line(
        f"{wording.ORDERS[payment.kind]}, {filters.date_long(payment.due)}", f"{where}, {state}.{short}", filters.usd(payment.amount_usd)
    )


def undecided_of(decision: Decision, names: Names) -> tuple[Notice | None, Lines | None]:
    """For a household that was not decided: what a person must do, and what stands behind it."""
    if decision.status is Status.BLOCKED:
        stake = max((each.at_stake_usd for each in decision.findings if each.at_stake_usd), default=Decimal(0))
        points = [
            "Our operations desk fetches or corrects the data; a proposal follows as soon as it adds up.",
            "Your accounts stay exactly as they are until then.",
            "If you were expecting a withdrawal, please call your advisor.",
        ]
        return Notice("What happens next", "You do not need to do anything today", tuple(points)), _reasons(decision, names, stake)
    if decision.status is Status.CONFLICT:
        points = [
            "Talk with your advisor about which rule may give way, this once or for good.",
            "A new proposal follows with the next run.",
            "Until then your accounts stay as they are.",
        ]
        return Notice("What happens next", "Your choice is needed", tuple(points)), _conflict(decision, names)
    points = [
        "Our operations desk looks at it by hand.",
        "Your accounts stay exactly as they are until then.",
        "If you were expecting a withdrawal, please call your advisor.",
    ]
    return Notice("What happens next", "You do not need to do anything today", tuple(points)), None


def _reasons(decision: Decision, names: Names, stake: Decimal) -> Lines | None:
    grouped: dict[tuple[str, str], list[Finding]] = defaultdict(list)
    for finding in decision.findings:
        if finding.severity is Severity.ERROR:
            grouped[in_client_words(finding)].append(finding)
    rows = tuple(_held(what, then, findings, names) for (what, then), findings in grouped.items())
    lead = "Your advisor has the details, with the file and the line."
    return Lines("What has to be checked", lead, rows, ("What", "Value")) if rows else None


def _conflict(decision: Decision, names: Names) -> Lines | None:
    relaxations = decision.outcome.conflict if decision.outcome else ()
    rows = tuple(Line(names.clean(each.title), filters.sentence(names.told(each.sentence))) for each in relaxations)
    number = {2: "Two rules collide", 3: "Three rules collide", 4: "Four rules collide"}.get(len(rows), "The rules that collide")
    return Lines(number, "One of them alone has to give way; the line below each says by how much.", rows) if rows else None
