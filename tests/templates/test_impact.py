"""The page of a change of policy: whole, safe with awkward names, and readable where nothing changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from solver.endings import Effect, Ending, Order
from solver.impact import Impact
from solver.outcome import Side, Status
from templates.render import RunFacts, render_impact
from tests.templates.test_client_report import Shape, text_of

RUN = RunFacts("", date(2026, 11, 20), "Maple Wealth", "Rooftree 0")
SAID = "~ the firm's `bands` (band: Tolerance) is looser: `absolute_frac` from 3 % to 5 %.\n    It says: More.\n"


def ending(shares: int = 10, **more) -> Ending:
    order = Order("A-1", "VTI", Side.SELL, Decimal(shares), Decimal(shares) * 100)
    figures = {"tax_cost": Decimal(100), "drift_after": Decimal("0.02"), "location_score": Decimal(90), **more}
    return Ending(Status.PROPOSED, (order,), **figures)


def effect(old: Ending, new: Ending, **more) -> Effect:
    fields = {"household_id": "H-1", "name": "Ash", "advisor": "Ann", "value": Decimal(1000), "rules": ("bands",), **more}
    return Effect(old=old, new=new, references={"A-1": "123456789"}, **fields)


def page(*effects: Effect, broken=()) -> str:
    return render_impact(Impact(effects), RUN, "old", "new", SAID, broken)


def test_the_page_is_whole():
    stuck = Ending(Status.CONFLICT, stuck=("No sales", "House"), ways_out=("allow some", "raise less"))
    for text in (page(), page(effect(ending(), ending(20))), page(effect(ending(), stuck), broken=["one waits"])):
        shape = Shape(text)
        assert not shape.open and not shape.wrong
        assert text.count("<h1>") == 1


def test_what_changes_is_said_in_old_and_new():
    text = text_of(page(effect(ending(), ending(25, tax_cost=Decimal(40), drift_after=Decimal("0.031")))))
    for said in ("$100 → $40", "−$60", "2.0% → 3.1%", "Of another size: sell 25 VTI in ··6789 instead of 10", "changes 1 of 1 household"):
        assert said in text, text


def test_a_new_conflict_is_a_sentence_with_its_ways_out():
    stuck = Ending(Status.CONFLICT, stuck=("No sales", "House"), ways_out=("allow some", "raise less"))
    text = text_of(page(effect(ending(), stuck)))
    assert "“No sales” and “House” cannot both hold. No sales: allow some; or House: raise less." in text
    assert "Proposed → Rules conflict" in text


def test_names_are_escaped_and_account_numbers_masked():
    hostile = effect(ending(), ending(20), name="<script>alert(1)</script> 123456789", advisor='"><img src=x>')
    text = page(hostile)
    assert "<script" not in text and "<img" not in text
    assert "123456789" not in text
    assert not Shape(text).wrong


def test_where_nothing_changes_the_page_says_so():
    same = effect(ending(), ending())
    text = text_of(page(same, replace(same, household_id="H-2")))
    assert "The new policy changes nothing for any household." in text
    assert "Households that change" not in text
