from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from html.parser import HTMLParser

import pytest

from solver.outcome import Barred, OrderKind, Payment, Status
from templates.render import render_client_report
from templates.view.client import client_view
from tests.templates import made_up
from validation.household import AccountStatus

AWKWARD = {
    "markup": "<script>alert(1)</script><img src=x onerror=alert(1)> & \"quotes\" 'single' {{ 7*7 }} {% raw %}",
    "right to left": "משפחת כהן־לוי ‮evil‬",
    "emoji": "The 🏡👩‍👩‍👧 Family",
    "long": "A" * 200,
    "long words": "Von der Hohenzollern-Sigmaringen und zu " * 5,
    "blank": "   ",
}


class Shape(HTMLParser):
    """Open and close tags of a page, to see that it is whole."""

    VOID = frozenset({"meta", "br", "img", "input", "col", "rect", "line", "circle", "link", "hr"})

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)


def text_of(page: str) -> str:
    body = page.split("</style>", 1)[1]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body))


def every_case() -> dict[str, object]:
    cases = {str(status): decision for status, decision in made_up.every_status().items()}
    cases |= {
        "one account": made_up.with_accounts(1), "sixty accounts": made_up.with_accounts(60), "400 trades": made_up.with_trades(400),
        "three taxpayers": made_up.three_taxpayers(), "negative tax": made_up.negative_tax(), "no statistics": made_up.without_statistics(),
    }  # fmt: skip
    return cases


@pytest.mark.parametrize("case", every_case())
def test_every_household_has_a_whole_page_without_script_or_request(case: str) -> None:
    page = render_client_report(every_case()[case], made_up.RUN)  # type: ignore[arg-type]
    shape = Shape(page)
    assert not shape.open and not shape.wrong
    assert not {"script", "link", "img", "iframe", "object"} & {tag for tag, _ in shape.seen}
    assert "http" not in page.replace("http://www.w3.org", "") and "url(" not in page and "@import" not in page
    assert "None" not in text_of(page).replace("None of them", "") and "NaN" not in page and "Decimal" not in page


@pytest.mark.parametrize("case", every_case())
def test_charts_have_a_text_alternative_and_tables_have_heads_with_scope(case: str) -> None:
    shape = Shape(render_client_report(every_case()[case], made_up.RUN))  # type: ignore[arg-type]
    for tag, attributes in shape.seen:
        if tag == "svg":
            assert attributes.get("aria-label") or attributes.get("aria-hidden") == "true"
        if tag == "th":
            assert attributes.get("scope") in {"col", "row", "colgroup", "rowgroup"}
    assert ("html", {"lang": "en"}) in shape.seen
    assert sum(tag == "h1" for tag, _ in shape.seen) == 1


def test_no_account_number_is_on_any_page_nor_in_a_title() -> None:
    for decision in every_case().values():
        page = render_client_report(decision, made_up.RUN)  # type: ignore[arg-type]
        for account in decision.household.accounts:  # type: ignore[attr-defined]
            assert account.custodian_ref not in page


def test_equal_decisions_and_runs_give_equal_bytes() -> None:
    assert render_client_report(made_up.proposal(), made_up.RUN) == render_client_report(made_up.proposal(), made_up.RUN)


@pytest.mark.parametrize("kind", AWKWARD)
def test_a_name_never_becomes_markup_or_template(kind: str) -> None:
    name = AWKWARD[kind]
    of = made_up.household(name=name)
    of = replace(of, accounts=tuple(replace(each, owner=name, registration=name) for each in of.accounts))
    of = replace(of, securities={symbol: replace(each, name=name) for symbol, each in of.securities.items()})
    page = render_client_report(made_up.proposal(of), replace(made_up.RUN, firm_name=name))
    shape = Shape(page)
    assert not shape.open and not shape.wrong
    assert not {"script", "img"} & {tag for tag, _ in shape.seen}
    if kind == "markup":
        assert "{{ 7*7 }}" in text_of(page)


def test_the_first_sentence_says_what_happened_as_simply_as_two_ratios() -> None:
    view = client_view(made_up.proposal(), made_up.RUN)
    assert view.headline == "Your 60/40 portfolio has become 68/32, more risk than you chose."
    assert view.lead.startswith("We propose 12 trades in 4 accounts that bring it back to 61/39 for $2,067 of tax")


def test_the_first_sentence_is_neutral_where_class_names_do_not_say_what_is_a_stock() -> None:
    decision = made_up.proposal()
    blind = {
        name.replace("equity", "alpha").replace("bond", "beta").replace("reit", "gamma"): weight for name, weight in made_up.TARGETS.items()
    }
    assert decision.statistics
    strange = {
        name.replace("equity", "alpha").replace("bond", "beta").replace("reit", "gamma"): weight
        for name, weight in decision.statistics.weights_before.items()
    }
    moved = replace(decision, statistics=replace(decision.statistics, targets=blind, weights_before=strange))
    view = client_view(moved, made_up.RUN)
    assert "/" not in view.headline
    assert view.mix is None


@pytest.mark.parametrize("status", [Status.BLOCKED, Status.CONFLICT, Status.FAILED])
def test_an_undecided_household_reads_what_happens_next_and_no_figure(status: Status) -> None:
    view = client_view(made_up.every_status()[status], made_up.RUN)
    assert view.next_step and view.next_step.points
    assert view.accounts
    assert not view.numbers and not view.trades and not view.classes and not view.places and not view.rules and not view.definitions


def test_a_conflict_shows_each_rule_with_its_way_out() -> None:
    view = client_view(made_up.conflict(), made_up.RUN)
    assert view.conflict
    assert [(row.title, row.note) for row in view.conflict.rows] == [
        ("At most $10,000 of net gains in 2026", "Raise it to $14,380."),
        ("Sell all tobacco by December 31", "Move the date to January 4, 2027."),
    ]


@pytest.mark.parametrize("status", [Status.NO_TRADE_NEEDED, Status.NOT_DUE])
def test_a_household_that_is_left_alone_sees_how_it_stands(status: Status) -> None:
    view = client_view(made_up.every_status()[status], made_up.RUN)
    assert [figure.label for figure in view.numbers] == ["Drift", "Largest distance", "Placement"]
    assert view.classes and not view.classes.has_after
    assert view.places and len(view.places.tables) == 1
    assert view.trades is None and view.barred is None


def test_a_saving_says_what_it_is_compared_with_and_how_it_splits() -> None:
    saved = client_view(made_up.proposal(), made_up.RUN).numbers[1]
    assert saved.value == "$34,009"
    assert [words for _, words in saved.legend] == ["$14,885 avoided", "$19,124 deferred to later years"]
    assert "$36,076" in saved.note and "each account on its own" in saved.note


def test_a_saving_of_two_signs_is_said_in_words_instead_of_a_bar() -> None:
    tax, saved, benefit = client_view(made_up.negative_tax(), made_up.RUN).numbers
    assert tax.value == "−$1,106" and "falls" in tax.note
    assert not saved.bar and "$1,900 avoided and −$374 deferred" in saved.note
    assert benefit.value == "$0"


def test_a_missing_figure_is_na_with_its_reason_and_never_zero() -> None:
    tax, saved, benefit = client_view(made_up.without_statistics(), made_up.RUN).numbers
    assert (tax.value, saved.value, benefit.value) == ("n/a", "n/a", "n/a")
    assert tax.note == "The tax law of the year is not known."


def test_accounts_without_trades_say_why() -> None:
    decision = made_up.proposal()
    of = decision.household
    locked = replace(
        of, accounts=tuple(replace(each, status=AccountStatus.LOCKED) if each.account_id == "e-1" else each for each in of.accounts)
    )
    trades = client_view(replace(decision, household=locked), made_up.RUN).trades
    assert trades
    still = [account for account in trades.accounts if not account.trades]
    assert [account.title for account in still] == ["Ellen, Roth IRA ··7719"]
    assert still[0].nothing == "This account counts in your allocation and is left untouched."


def test_many_accounts_are_summed_by_treatment_and_then_listed_one_by_one() -> None:
    places = client_view(made_up.with_accounts(60), made_up.RUN).places
    assert places and places.accounts
    assert [len(table.columns) for table in places.tables] == [3, 3]
    assert sum(len(rows) for _, rows in places.accounts.groups) == 60


def test_totals_of_accounts_stay_what_they_were_but_for_costs() -> None:
    places = client_view(made_up.proposal(), made_up.RUN).places
    assert places
    today, after = places.tables
    assert today.totals == after.totals == ("1,020", "140", "640", "410", "190")


def test_each_tax_return_has_its_own_ceilings() -> None:
    ceilings = client_view(made_up.three_taxpayers(), made_up.RUN).ceilings
    assert ceilings
    assert [who for who, _ in ceilings.groups] == ["Person 1", "Person 2", "Person 3"]
    budget = ceilings.groups[2][1][0]
    assert "after losses carried forward" in budget.note


def test_a_budget_bar_says_what_came_before_what_is_proposed_and_what_is_left() -> None:
    ceilings = client_view(made_up.proposal(), made_up.RUN).ceilings
    assert ceilings
    budget = ceilings.groups[0][1][0]
    assert budget.figure == "$13,180 of $20,000"
    assert budget.note == "$6,200 from earlier this year, +$6,980 proposed now. $6,820 left."


def test_the_warning_names_what_not_to_buy_until_when_and_what_to_switch_off() -> None:
    barred = client_view(made_up.proposal(), made_up.RUN).barred
    assert barred
    assert barred.strong == "No purchase of Total bond fund (BND), through December 20, 2026"
    assert barred.points[-1] == "Dividend reinvestment has to be switched off for it in Ellen, traditional IRA ··8832."


def test_several_returns_selling_the_same_fund_are_one_line_of_the_warning() -> None:
    decision = made_up.proposal()
    assert decision.outcome
    same = Barred(("BND",), date(2026, 12, 20), ("t-1",), ())
    twice = replace(decision, outcome=replace(decision.outcome, barred=(same, replace(same, account_ids=("t-2",)))))
    barred = client_view(twice, made_up.RUN).barred
    assert barred and len(barred.points) == 1


def test_held_back_lots_are_told_in_client_words_with_their_value() -> None:
    held = client_view(made_up.proposal(), made_up.RUN).held
    assert held
    assert held.heading == "$8,420 is left alone until it is verified"
    assert held.rows[0].title == "What you paid for some shares is not known (MUB)"


def test_cash_orders_say_whether_they_are_booked_or_kept_aside() -> None:
    payments = (
        Payment(OrderKind.RMD, "d-1", Decimal(4_000), date(2026, 11, 20), False),
        Payment(OrderKind.SET_ASIDE, "t-1", Decimal(30_000), date(2027, 1, 15), True),
    )
    orders = client_view(made_up.proposal(payments=payments), made_up.RUN).orders
    assert orders and orders.heading == "$4,000 is ready to be paid out"
    assert [(row.title, row.note, row.figure) for row in orders.rows] == [
        ("Required distribution, November 20, 2026", "Ellen, traditional IRA ··8832, booked.", "$4,000"),
        ("Set aside, January 15, 2027", "Ellen and Thomas, joint account ··4417, kept aside until then.", "$30,000"),
    ]


def test_priced_rules_come_first_and_the_page_says_that_prices_do_not_add() -> None:
    rules = client_view(made_up.proposal(), made_up.RUN).rules
    assert rules and "do not add" in rules.lead
    assert [row.cost for row in rules.rows] == ["$2,330", "$2,127"]


def test_what_was_approximated_is_printed() -> None:
    definitions = client_view(made_up.proposal(), made_up.RUN).definitions
    assert definitions and definitions.approximations == ("No state’s credits are computed.",)


def test_a_household_without_target_band_or_policy_still_has_a_page() -> None:
    decision = replace(made_up.proposal(), policy=None, explanation=None)
    assert decision.statistics
    bare = replace(decision, statistics=replace(decision.statistics, targets={}))
    view = client_view(bare, made_up.RUN)
    assert view.classes and view.classes.heading == "What you own, by class"
    assert view.headline
