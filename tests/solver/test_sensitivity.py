from __future__ import annotations

import pytest

from rules.tax import load_tax_year
from solver import ledger
from solver.metrics import ground_of, measure
from solver.sensitivity import sensitivities
from tests.solver.making import CLASSES, account, assumptions, household, lot, policy, replace, rule, security, target, usd

LAW = load_tax_year(2026)
STOCK, BOND = security("VTI", 250, "us_equity"), security("BND", 100, "core_bond")
MODEL = target({"us_equity": "0.6", "core_bond": "0.4"}, {"us_equity": ["VTI"], "core_bond": ["BND"]})


def turned(bound):
    """Bonds and stocks of 100,000 each change places between the taxable account and the IRA."""
    lots = [lot("TX", "BND", "a", 1_000, 100_000), lot("IRA", "VTI", "b", 400, 1)]
    book = household([account("TX"), account("IRA", "tax_deferred")], lots, [STOCK, BOND])
    trades = []
    for account_id, sold, bought, shares in (("TX", BOND, STOCK, 400), ("IRA", STOCK, BOND, 1_000)):
        position = next(each for each in book.positions if each.account_id == account_id)
        trades.append(ledger.sell(book, book.account[account_id], sold, {position.lots[0]: position.quantity}, position.quantity))
        trades.append(ledger.buy(book.account[account_id], bought, usd(shares)))
    ground = ground_of(book, bound, LAW, ())
    return measure(book, bound, LAW, trades, (), holdings=ledger.holdings_after(book, trades, ()), ground=ground), ground


def test_higher_rates_make_placement_worth_more():
    figures, ground = turned(policy(MODEL, given=assumptions()))
    found = {each.changed: each for each in sensitivities(figures, ground)}
    assert set(found) == {"rates+5", "rates-5"}
    assert found["rates-5"].annual_benefit_usd < float(figures.annual_benefit) < found["rates+5"].annual_benefit_usd
    assert found["rates+5"].score == pytest.approx(100)
    # Five points more on 4,500 of interest that the IRA now holds, less five on stocks' dividends and gains.
    more = 0.05 * (4_500 - 1_500 - 0.05 * 5_000)
    assert found["rates+5"].annual_benefit_usd - float(figures.annual_benefit) == pytest.approx(more, abs=0.01)


def test_another_assumption_set_is_tried_where_it_knows_the_classes():
    other = replace_id(assumptions({**CLASSES, "core_bond": {"total_return_frac": "0.03", "ordinary_yield_frac": "0.03"}}), "low_yields")
    blind = replace_id(assumptions({"us_equity": CLASSES["us_equity"]}), "blind")
    bound = replace(policy(MODEL, given=assumptions()), assumption_sets={each.id: each for each in (assumptions(), other, blind)})
    # With several sets a location rule names its own; here the first is the household's.
    bound = with_location(bound)
    figures, ground = turned(bound)
    found = {each.changed: each for each in sensitivities(figures, ground)}
    assert set(found) == {"low_yields", "rates+5", "rates-5"}
    assert found["low_yields"].annual_benefit_usd == pytest.approx(float(figures.annual_benefit) - 1_500 * 0.22, abs=0.01)


def test_without_expected_figures_there_is_nothing_to_vary():
    figures, ground = turned(policy(MODEL))
    assert sensitivities(figures, ground) == ()


def test_taxes_saved_stand_under_other_rates_and_split_exactly():
    # The baseline sells 400 VTI bought at 150 for 250 (a long-term gain of 40,000 less spread); the proposal sells bonds at cost.
    figures, ground = turned(policy(MODEL, given=assumptions()))
    book = household([account("TX")], [lot("TX", "VTI", "a", 400, 60_000)], [STOCK, BOND])
    position = book.positions[0]
    sale = ledger.sell(book, book.account["TX"], STOCK, {position.lots[0]: position.quantity}, position.quantity)
    alone = measure(
        book, ground.policy, LAW, [sale], (), holdings=ledger.holdings_after(book, [sale], ()),
        ground=ground_of(book, ground.policy, LAW, ()),
    )  # fmt: skip
    gain = float(alone.net_lt - figures.net_lt - figures.net_st)
    saved = float(alone.tax_cost - figures.tax_cost)
    found = {each.changed: each for each in sensitivities(figures, ground, alone)}
    assert found["rates+5"].taxes_saved_usd == pytest.approx(saved + 0.05 * gain, abs=0.01)
    (of_book,) = alone.by_taxpayer.values()
    discount = of_book.later_value / of_book.rates.later
    assert found["rates+5"].taxes_deferred_usd == pytest.approx(gain * (of_book.rates.later + 0.05) * discount, abs=0.01)
    for each in found.values():
        assert each.taxes_avoided_usd + each.taxes_deferred_usd == pytest.approx(each.taxes_saved_usd)


def replace_id(given, name):
    return given.model_copy(update={"id": name})


def with_location(bound):
    return replace(bound, rules=(*bound.rules, rule("location", assumptions="base_2026")))
