from __future__ import annotations

from dataclasses import replace

import pytest

from solver.outcome import Status
from templates.render import render_memo
from templates.view.memo import memo_view
from templates.view.names import Names
from tests.templates import made_up
from tests.templates.test_client_report import Shape, every_case, text_of


@pytest.mark.parametrize("case", every_case())
def test_every_household_has_a_whole_memo(case: str) -> None:
    decision = every_case()[case]
    page = render_memo(decision, made_up.RUN)  # type: ignore[arg-type]
    shape = Shape(page)
    assert not shape.open and not shape.wrong
    assert "None" not in text_of(page) and "Decimal" not in page
    for account in decision.household.accounts:  # type: ignore[attr-defined]
        assert account.custodian_ref not in page


def dollars(text: str) -> int:
    return int(text.replace("−", "-").replace("$", "").replace(",", "").replace("+", "")) if text not in {"–", ""} else 0


def test_the_parts_of_a_trade_add_up_to_its_worth_and_the_worths_to_the_proposal() -> None:
    worth = memo_view(made_up.proposal(), made_up.RUN).worth
    assert worth
    rows = [row for _, rows in worth.groups for row in rows]
    for row in rows:
        if row.amount:
            assert abs(sum(map(dollars, row.cells)) - dollars(row.total)) <= len(row.cells)
    assert abs(sum(dollars(row.total) for row in rows) - dollars(worth.total)) <= len(rows)


def test_idle_cash_has_its_own_row() -> None:
    worth = memo_view(made_up.proposal(), made_up.RUN).worth
    assert worth and worth.groups[-1][0] == "All accounts"
    assert worth.groups[-1][1][0].what == "Idle cash, put to work or raised"


def test_statistics_stand_in_three_columns() -> None:
    rows = {row.label: (row.today, row.proposal, row.alone) for row in memo_view(made_up.proposal(), made_up.RUN).statistics}
    assert rows["Drift"] == ("9.5%", "1.2%", "1.2%") or rows["Drift"] == ("9.5%", "1.2%", "5.4%")
    assert rows["Tax cost, exact"] == ("–", "$2,067", "$36,076")
    assert rows["Location score"] == ("83", "96", "55")


def test_the_certificate_says_how_far_the_best_could_be() -> None:
    certificate = memo_view(made_up.proposal(), made_up.RUN).certificate
    assert certificate[0] == ("Within gap", "at most $15 from the best possible, 0.06 bp of value")
    assert ("$42,459", "better than doing nothing, in dollars of today") in certificate


def test_binding_rules_show_slack_margin_price_and_where_they_stand() -> None:
    price = memo_view(made_up.proposal(), made_up.RUN).prices[0]
    assert (price.slack, price.margin, price.price, price.place) == ("$22", "$0.21 per $1", "$2,330", "policy/firm/keep_acme.yaml:2:5")


def test_lots_foot_to_their_total() -> None:
    lots = memo_view(made_up.proposal(), made_up.RUN).lots
    assert lots
    assert abs(sum(dollars(row.gain) for row in lots.rows) - dollars(lots.gain)) <= len(lots.rows)
    assert abs(sum(dollars(row.proceeds) for row in lots.rows) - dollars(lots.proceeds)) <= len(lots.rows)


def test_findings_keep_their_file_and_line_and_lose_account_numbers() -> None:
    finding = memo_view(made_up.proposal(), made_up.RUN).findings[0]
    assert finding.place == "extracts/2026-11-20/schwab/lots.csv:214:6"
    assert finding.message == "Lot 12 of MUB in account ··4417 has no cost basis."


@pytest.mark.parametrize("status", [Status.BLOCKED, Status.CONFLICT, Status.FAILED])
def test_an_undecided_household_says_who_has_to_act(status: Status) -> None:
    view = memo_view(made_up.every_status()[status], made_up.RUN)
    assert view.worth is None and not view.statistics
    assert view.certificate[0][1].endswith("to act")


def test_an_account_has_one_mask_by_whichever_number_a_message_names_it() -> None:
    of = made_up.household()
    account = replace(of.accounts[0], account_id="A-1009-1")
    names = Names(replace(of, accounts=(account,)), made_up.RUN)
    assert names.clean("lot of A-1009-1, at the custodian 40024417") == "lot of ··4417, at the custodian ··4417"


def test_a_proposal_that_mends_a_broken_must_has_no_worth_against_doing_nothing() -> None:
    decision = made_up.proposal()
    assert decision.outcome
    view = memo_view(replace(decision, outcome=replace(decision.outcome, worth_usd=0.0)), made_up.RUN)
    assert not any("doing nothing" in plain for _, plain in view.certificate)
