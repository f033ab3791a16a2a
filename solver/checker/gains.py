"""This year's gains and brackets, with the exact tax: year to date, carryforwards, ordered withdrawals, proposal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from rules.language.bracket_ceiling import BracketCeiling
from rules.language.gain_budget import GainBudget
from rules.language.harvest import Harvest
from rules.policy import PlacedRule
from rules.tax import UnknownState
from solver.checker.book import BPS, Book, dollars, is_above
from solver.outcome import Status, Term
from solver.tax import Income, Scale, Tax, TaxSchedule, income_of, schedule, tax_of
from validation.findings import Finding
from validation.household import OrderKind, Taxpayer, TaxTreatment
from validation.units import ZERO, cents


@dataclass(frozen=True, slots=True)
class Year:
    """A taxpayer's year: net gains before carryforwards, without and with the proposal."""

    taxpayer: Taxpayer
    st_before: Decimal
    lt_before: Decimal
    st_after: Decimal
    lt_after: Decimal


def _year(book: Book, taxpayer_id: str) -> Year:
    taxpayer = book.household.taxpayer[taxpayer_id]
    st, lt = taxpayer.realized_st_ytd_usd, taxpayer.realized_lt_ytd_usd
    gains = book.net_gains
    return Year(taxpayer, st, lt, st + gains.get((taxpayer_id, Term.ST), ZERO), lt + gains.get((taxpayer_id, Term.LT), ZERO))


def _law(book: Book, taxpayer: Taxpayer) -> tuple[TaxSchedule[Decimal], Income[Decimal]]:
    household = book.household
    law = schedule(book.tax_year, taxpayer.filing_status, taxpayer.state)
    owners = [owner for owner in household.owners if owner.taxpayer_id == taxpayer.taxpayer_id]
    drawn = ZERO
    for payment in book.outcome.payments:
        account = household.account.get(payment.account_id)
        if account is None or account.taxpayer_id != taxpayer.taxpayer_id or account.tax_treatment is not TaxTreatment.TAX_DEFERRED:
            continue
        if payment.kind in {OrderKind.WITHDRAWAL, OrderKind.RMD} and payment.due.year == household.as_of.year:
            drawn += payment.amount_usd - payment.shortfall_usd
    return law, income_of(taxpayer, law, owners, household.as_of, drawn)


def check_gain_budgets(book: Book) -> Iterator[Finding]:
    """Net gains of the year, or the tax on them, stay within the budget. Where the year to date has used it up, no
    further net gain is taken."""
    for placed in book.policy.of(GainBudget):
        if not placed.rule.strength.is_must:
            continue
        chosen = placed.rule.applies_to.taxpayer_ids(book.household)
        groups = [[each] for each in chosen] if placed.rule.per == "taxpayer" else [list(chosen)]
        for group in groups:
            try:
                yield from _budget(book, placed, [_year(book, each) for each in group])
            except UnknownState as unknown:
                yield unknown.finding.of_household(book.household.household_id)


def _budget(book: Book, placed: PlacedRule[GainBudget], years: list[Year]) -> Iterator[Finding]:
    rule = placed.rule
    share = rule.share_of_year(book.household.as_of)
    whose = f"taxpayer {years[0].taxpayer.taxpayer_id}" if rule.per == "taxpayer" and years else "the household"
    for name, amount in rule.limits().items():
        limit = amount * share
        counted = _counted_tax if rule.measure == "tax" else _counted_gain
        before = sum((counted(book, rule, year, name, after=False) for year in years), ZERO)
        after = sum((counted(book, rule, year, name, after=True) for year in years), ZERO)
        if is_above(after, max(limit, before)):
            what = f"{name.replace('_', '-')} {'tax on gains' if rule.measure == 'tax' else 'gains'}"
            said = f"{whose} comes to {dollars(after)} of {what} this year, at most {dollars(limit)} may be"
            yield book.rule_breach("gain-budget", placed, said)


def _counted_gain(book: Book, rule: GainBudget, year: Year, name: str, *, after: bool) -> Decimal:
    st, lt = (year.st_after, year.lt_after) if after else (year.st_before, year.lt_before)
    if rule.use_carryforward:
        st, lt = st - year.taxpayer.st_carryforward_usd, lt - year.taxpayer.lt_carryforward_usd
    return {"net": st + lt, "short_term": st, "long_term": lt}[name]


def _counted_tax(book: Book, rule: GainBudget, year: Year, name: str, *, after: bool) -> Decimal:
    """What the gains add to the year's tax: all of them, or those of one term on top of the other's."""
    law, income = _law(book, year.taxpayer)
    bare = replace(income, st_carryforward=ZERO, lt_carryforward=ZERO)
    held = income if rule.use_carryforward else bare
    st, lt = (year.st_after, year.lt_after) if after else (year.st_before, year.lt_before)
    without = {
        "net": (bare, ZERO, ZERO), "short_term": (held, min(ZERO, st), lt), "long_term": (held, st, min(ZERO, lt)),
    }[name]  # fmt: skip
    return tax_of(law, held, st, lt).total - tax_of(law, *without).total


def check_bracket_ceilings(book: Book) -> Iterator[Finding]:
    """The proposal lifts no taxpayer above a ceiling, nor further above one that the year has passed already."""
    for placed in book.policy.of(BracketCeiling):
        if not placed.rule.strength.is_must:
            continue
        for taxpayer_id in placed.rule.applies_to.taxpayer_ids(book.household):
            year = _year(book, taxpayer_id)
            try:
                law, income = _law(book, year.taxpayer)
            except UnknownState as unknown:
                yield unknown.finding.of_household(book.household.household_id)
                continue
            before = tax_of(law, income, year.st_before, year.lt_before)
            after = tax_of(law, income, year.st_after, year.lt_after)
            bare = tax_of(law, replace(income, st_carryforward=ZERO, lt_carryforward=ZERO), ZERO, ZERO)
            for what, amount, was, top in _ceilings(placed.rule, law, before, after, bare):
                if top is not None and is_above(amount, max(top, was)):
                    said = f"taxpayer {taxpayer_id} comes to {dollars(amount)} of {what}, at most {dollars(top)} may be"
                    yield book.rule_breach("bracket-ceiling", placed, said)


def _ceilings(
    rule: BracketCeiling, law: TaxSchedule[Decimal], before: Tax[Decimal], after: Tax[Decimal], bare: Tax[Decimal]
) -> Iterator[tuple[str, Decimal, Decimal, Decimal | None]]:
    """(what, after, before, ceiling) of every ceiling that the rule names, dollars. Gains lift ordinary income above what
    it is without any gain or loss (`bare`); that they use up a loss which was deducted from it is not lifting it."""
    if rule.ordinary_rate_frac is not None:
        top = _top(law.ordinary, rule.ordinary_rate_frac)
        was = max(before.ordinary_taxable_income, bare.ordinary_taxable_income)
        yield "ordinary taxable income", after.ordinary_taxable_income, was, top
    if rule.gains_rate_frac is not None and after.preferential_income > 0:
        yield "taxable income under gains", after.taxable_income, before.taxable_income, _top(law.gains, rule.gains_rate_frac)
    if "niit" in rule.avoid:
        yield "net investment income tax", after.niit, before.niit, ZERO
    if "amt" in rule.avoid:
        yield "alternative minimum tax", after.amt, before.amt, ZERO
    if rule.magi_below_usd is not None:
        yield "modified adjusted gross income", after.magi, before.magi, rule.magi_below_usd


def _top(scale: Scale[Decimal], rate: Decimal) -> Decimal | None:
    """Where the last bracket of at most this rate ends, dollars; None where no higher rate exists."""
    return next((floor for floor, each in zip(scale.floors, scale.rates, strict=True) if each > rate), None)


def check_harvest_caps(book: Book) -> Iterator[Finding]:
    """Losses sold, less what of them is washed, stay within the harvest rule's cap per taxpayer."""
    for placed in book.policy.of(Harvest):
        cap = placed.rule.max_loss_usd
        reached = {id(trade) for trade in book.trades_under(placed)}
        for taxpayer_id in placed.rule.applies_to.taxpayer_ids(book.household) if cap is not None else ():
            losses = (
                -sold.gain_usd - book.washed(sold).disallowed_usd for sold in book.sold_lots
                if id(sold.trade) in reached and sold.account.taxpayer_id == taxpayer_id and sold.gain_usd is not None and sold.gain_usd < 0
            )  # fmt: skip
            taken = sum(losses, ZERO)
            if cap is not None and is_above(taken, cap):
                said = f"taxpayer {taxpayer_id} takes {dollars(taken)} of losses, at most {dollars(cap)} may be"
                yield book.rule_breach("harvest-cap", placed, said)


def check_forced_harvests(book: Book) -> Iterator[Finding]:
    """Losses sold, less what of them is washed, reach the amount that a harvest rule forces, or all that there is to take."""
    if book.outcome.status not in {Status.PROPOSED, Status.NO_TRADE_NEEDED}:
        return
    for placed in book.policy.of(Harvest):
        forced = placed.rule.force_loss_usd
        reached = {id(trade) for trade in book.trades_under(placed)}
        for taxpayer_id in placed.rule.applies_to.taxpayer_ids(book.household) if forced else ():
            mine = [each for each in book.sold_lots if id(each.trade) in reached and each.account.taxpayer_id == taxpayer_id]
            losses = [each for each in mine if each.gain_usd is not None and each.gain_usd < 0]
            taken = sum((-(each.gain_usd or ZERO) - book.washed(each).disallowed_usd for each in losses), ZERO)
            least = min(forced, _takeable(book, placed, taxpayer_id))
            if is_above(least, taken):
                said = f"taxpayer {taxpayer_id} takes {dollars(taken)} of losses, at least {dollars(least)} must be"
                yield book.rule_breach("forced-harvest", placed, said)


def _takeable(book: Book, placed: PlacedRule[Harvest], taxpayer_id: str) -> Decimal:
    """All losses that the rule reaches in the taxpayer's managed accounts, frozen lots left out, dollars."""
    household, total = book.household, ZERO
    for position in household.positions:
        account, security = household.account[position.account_id], household.securities[position.symbol]
        barred = position.frozen or security.frozen or not security.has_price or not account.is_traded or not account.is_taxable
        bound = placed.rule.applies_to.binds(household, position.account_id, position.symbol)
        if barred or account.taxpayer_id != taxpayer_id or not bound:
            continue
        for lot in position.lots:
            if lot.cost_basis_usd is not None and not lot.frozen:
                kept = 1 - security.half_spread_bps * BPS - book.fee_frac(lot)
                total += max(ZERO, lot.cost_basis_usd - cents(lot.quantity * security.price_usd * kept))
    return total
