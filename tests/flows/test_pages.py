import os

from flows.pages import pages_of
from flows.propose import Question, undecided
from solver.outcome import Status
from templates.filters import file_name
from templates.render import RunFacts
from tests.solver.making import TODAY, account, household

RUN = RunFacts("0123456789abcdef", TODAY, "Maple Wealth", "Rooftree 0")


def blocked():
    return undecided(Status.BLOCKED, Question(household([account("A")], cash={"A": 10})), None)


def test_every_household_has_a_page_and_a_memo_and_only_proposals_a_pdf():
    assert sorted(pages_of(RUN, True, blocked()).pages) == ["H.html", "H.memo.html"]


def test_a_household_whose_page_cannot_be_made_fails_alone(monkeypatch):
    from flows import pages

    made, real = [], pages.render_client_report

    def breaks_once(decision, run):
        made.append(decision.status)
        if len(made) == 1:
            raise ZeroDivisionError
        return real(decision, run)

    monkeypatch.setattr(pages, "render_client_report", breaks_once)
    shown = pages_of(RUN, True, blocked())
    assert made == [Status.BLOCKED, Status.FAILED]
    assert shown.decision.status is Status.FAILED
    assert shown.row.status is Status.FAILED
    assert shown.decision.findings[-1].code == "household-failed"


def test_no_household_can_take_a_page_of_the_book():
    assert [file_name(each) for each in ("index", "index-2", "index-x", "indexed")] == ["%69ndex", "%69ndex-2", "index-x", "indexed"]
    assert os.sep not in file_name("a/b")
