"""The memo's page of what is only expected: over the years, under other assumptions, between the best and the worst placement."""

from __future__ import annotations

from dataclasses import replace

from solver.location import Location
from templates.render import render_memo
from tests.templates import made_up


def test_the_benefit_is_told_over_the_years_in_both_kinds_of_dollars():
    page = render_memo(made_up.proposal(), made_up.RUN)
    assert '<th scope="row">10</th><td class="num">+$9,820</td><td class="num">+$7,671</td>' in page


def test_other_assumptions_and_other_rates_stand_beside_the_proposals_own():
    page = render_memo(made_up.proposal(), made_up.RUN)
    for words in ("As proposed", "Assumptions late_2020s", "Tax rates five points higher", "Tax rates five points lower"):
        assert words in page
    assert "+$894" in page
    assert "0.8 years" in page


def test_the_placements_that_the_score_is_measured_between_are_shown():
    decision = made_up.proposal()
    accounts = [account.account_id for account in decision.household.accounts]
    rows = [{accounts[0]: {"us_equity": dollars}, accounts[-1]: {"core_bond": 90_000.0}} for dollars in (100_000.0, 120_000.0, 80_000.0)]
    location = Location(95.6, 0.055, 0.056, 0.051, rows[1], rows[2], placement=rows[0])
    page = render_memo(replace(decision, statistics=replace(decision.statistics, location_after=location)), made_up.RUN)
    assert "5.50% as proposed, 5.60% at best, 5.10% at worst" in page
    section = page[page.index("What the location score is measured between") :]
    assert section.index(">100<") < section.index(">120<") < section.index(">80<")


def test_a_household_of_which_nothing_is_expected_has_no_such_section():
    page = render_memo(made_up.proposal(annual_benefit=None, projections=()), made_up.RUN)
    assert "What better placement is expected to add" not in page
    assert "As proposed" not in page


def test_idle_cash_is_a_row_of_its_own_and_the_column_adds_up():
    page = render_memo(made_up.proposal(), made_up.RUN)
    assert "Idle cash, put to work or raised" in page
    assert "+$4,485" in page
