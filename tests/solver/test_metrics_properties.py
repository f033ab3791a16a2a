"""However odd the household: every statistic is a number, or is n/a and says why."""

from __future__ import annotations

from dataclasses import fields
from datetime import timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from rules.tax import load_tax_year
from solver.baseline import rebalance_account_by_account
from solver.drift import placement_of
from solver.ledger import holdings_after
from solver.metrics import Statistics, compare, ground_of, measure, measure_untouched
from solver.payments import plan_payments, reserved_usd
from tests.solver.making import CLASSES, TODAY, account, assumptions, household, lot, policy, rule, security, target, taxpayer, usd
from validation.household import CashOrder, OrderKind

LAW = load_tax_year(2026)
NAMES = ["us_equity", "core_bond", "reit", "muni_bond", "unclassified"]
WITHOUT_REASON = {"accelerated_tax", "location_before", "location_after", "benefit_over_baseline"}


@st.composite
def securities(draw):
    found = []
    for number in range(draw(st.integers(1, 5))):
        name = draw(st.sampled_from(NAMES[:4] * 4 + NAMES[4:]))
        mix = {name: 1} if draw(st.booleans()) or name == "unclassified" else {name: "0.6", "cash": "0.4"}
        price = draw(st.sampled_from(["0.01", "1", "33.37", "250", "4999.99"]))
        frozen = "unknown-security" if name == "unclassified" else draw(st.sampled_from(["", "", "", "stale-price"]))
        spread, whole = draw(st.sampled_from([0, 2, 50])), draw(st.booleans())
        found.append(security(f"S{number}", price, mix, spread=spread, whole=whole, frozen=frozen))
    return found


@st.composite
def books(draw):
    known = draw(securities())
    accounts = [
        account(
            f"A{number}", draw(st.sampled_from(["taxable", "tax_deferred", "tax_exempt"])),
            taxpayer=draw(st.sampled_from(["T1", "T2"])), status=draw(st.sampled_from(["managed", "managed", "locked", "excluded"])),
            relief=draw(st.sampled_from(["FIFO", "LIFO", "HIFO"])),
        )
        for number in range(draw(st.integers(1, 4)))
    ]  # fmt: skip
    lots = []
    for number in range(draw(st.integers(0, 8))):
        basis = draw(st.sampled_from([None, 0, 1, 1000, 100_000]))
        where = draw(st.sampled_from(accounts))
        lots.append(
            lot(
                where.account_id, draw(st.sampled_from(known)).symbol, f"l{number}",
                draw(st.sampled_from(["0.001", 1, 17, 400, 10_000])), basis,
                TODAY - timedelta(draw(st.sampled_from([0, 1, 365, 366, 3000]))),
                frozen="missing-basis" if where.is_taxable and not basis else "",
            )
        )  # fmt: skip
    cash = {each.account_id: draw(st.sampled_from(["0", "0.01", "1234.56", "1000000", "-50"])) for each in accounts}
    orders = tuple(
        CashOrder(
            draw(st.sampled_from(list(OrderKind))), usd(draw(st.sampled_from(["0.01", 500, 100_000]))), TODAY + timedelta(days),
            each.account_id,
        )
        for each in accounts for days in draw(st.lists(st.sampled_from([-3, 0, 40, 400]), max_size=1))
    )  # fmt: skip
    carry = draw(st.sampled_from([0, 50_000]))
    income = draw(st.sampled_from([0, 90_000, 900_000]))
    returns = [taxpayer(income=income, lt_carryforward_usd=carry), taxpayer("T2", 40_000, state="CA", filing="single")]
    return household(accounts, lots, known, cash=cash, orders=orders, taxpayers=returns)


@st.composite
def policies(draw, book):
    rules = []
    if draw(st.integers(0, 5)):
        holdings = {name: [each.symbol for each in book.securities.values() if each.exposures.get(name)] for name in NAMES[:4]}
        bought = {name: symbols for name, symbols in holdings.items() if symbols}
        mixed = {"us_equity": "0.5", "core_bond": "0.3", "cash": "0.2"}
        rules.append(target(draw(st.sampled_from([{"us_equity": 1}, mixed, {"cash": 1}, {"reit": 0, "cash": 1}])), bought))
    if draw(st.booleans()):
        everywhere = ["tax_deferred", "taxable", "tax_exempt"]
        rules.append(rule("location", assumptions="base_2026", never=[{"asset_class": "us_equity", "in": everywhere}]))
    if draw(st.booleans()):
        rules.append(rule("trade_size", min_usd=usd(250), ticket_usd=usd(draw(st.sampled_from([0, 5])))))
    if draw(st.booleans()):
        rules.append(rule("cash", per=draw(st.sampled_from(["account", "household"])), min_usd=usd(1_000), min_frac=usd("0.01")))
    if draw(st.booleans()):
        rules.append(rule("restraint", applies_to={"securities": ["S0"]}, hold={"min_shares": usd(10), "max_frac": usd("0.1")}))
    given_set = draw(st.sampled_from([None, assumptions(), assumptions(form="multi_year", deferred_convention="liquidation"), *BAD_SETS]))
    return policy(*rules, given=given_set)


BAD_SETS = [
    assumptions({name: {"total_return_frac": "-0.2", "dividend_yield_frac": "0.01"} for name in CLASSES}),
    assumptions(
        {name: {"total_return_frac": "-3", "turnover_frac": 1} for name in CLASSES}, form="multi_year", deferred_convention="tax_adjusted"
    ),
    assumptions({"us_equity": {"total_return_frac": "0.05"}}, discount_frac=usd(1), inflation_frac=usd(0)),
]  # fmt: skip


def assert_sound(figures: Statistics) -> None:
    for each in fields(figures):
        value = getattr(figures, each.name)
        if isinstance(value, Decimal):
            assert value.is_finite(), each.name
        if each.default is None and each.name not in WITHOUT_REASON:
            assert (value is None) == (each.name in figures.not_available), each.name
    assert all(figures.not_available.values())
    assert figures.net_st == figures.st_gains + figures.st_losses
    assert figures.net_lt == figures.lt_gains + figures.lt_losses
    assert figures.st_losses <= 0 >= figures.lt_losses and figures.disallowed_loss >= 0
    for score in (figures.location_score_before, figures.location_score_after):
        assert score is None or 0 <= score <= 100


@settings(max_examples=250, deadline=None)
@given(st.data())
def test_every_statistic_is_a_number_or_says_why_not(data):
    book = data.draw(books())
    bound = data.draw(policies(book))
    payments = plan_payments(book, bound)
    ground = ground_of(book, bound, LAW, payments)
    trades = rebalance_account_by_account(book, bound, payments)
    after = holdings_after(book, trades, payments)
    baseline = measure(book, bound, LAW, trades, payments, holdings=after, ground=ground, reachable=after)
    untouched = measure_untouched(book, bound, LAW, payments)
    compared = compare(untouched, baseline)
    for figures in (baseline, untouched, compared):
        assert_sound(figures)
    assert untouched.trades == 0 == untouched.tax_cost == untouched.cost_of_implementation
    if compared.taxes_deferred is not None:
        assert compared.taxes_saved == compared.taxes_avoided + compared.taxes_deferred
    if baseline.allocation_effect is not None and baseline.value > 100:
        change = baseline.after_tax_return_after - baseline.after_tax_return_before
        assert abs(baseline.annual_benefit / baseline.value + baseline.allocation_effect - change) < Decimal("0.0001")


@settings(max_examples=250, deadline=None)
@given(st.data())
def test_the_baseline_sells_what_is_there_and_spends_what_it_has(data):
    book = data.draw(books())
    bound = data.draw(policies(book))
    payments = plan_payments(book, bound)
    trades = rebalance_account_by_account(book, bound, payments)
    assert len({each.trade_id for each in trades}) == len(trades)
    held = {(each.account_id, each.symbol): each.quantity for each in book.positions}
    for each in trades:
        where, what = book.account[each.account_id], book.securities[each.symbol]
        assert where.is_traded and not what.frozen and each.quantity > 0
        if each.side == "SELL":
            assert each.quantity <= held[each.account_id, each.symbol]
            assert sum((sale.quantity for sale in each.lots), Decimal(0)) == each.quantity
            if where.is_taxable:
                assert all(sale.gain_usd is not None for sale in each.lots)
        closes = each.side == "SELL" and each.quantity == held[each.account_id, each.symbol]
        assert closes or each.quantity % (1 if what.whole_shares else Decimal("0.001")) == 0
    cash = {each.account_id: each.quantity for each in holdings_after(book, trades, payments) if each.symbol == "CASH"}
    for account_id in {each.account_id for each in trades if each.side == "BUY"}:
        assert cash[account_id] >= reserved_usd(payments, account_id) - Decimal("0.02")
    before = {name: sum(row.values()) for name, row in placement_of(book, holdings_after(book, (), payments)).items()}
    after = {name: sum(row.values()) for name, row in placement_of(book, holdings_after(book, trades, payments)).items()}
    costs = {name: sum((each.spread_usd + each.ticket_usd for each in trades if each.account_id == name), Decimal(0)) for name in before}
    assert all(abs(before[name] - after[name] - costs[name]) <= Decimal("0.05") for name in before)
