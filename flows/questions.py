"""Households as questions: what the gate let through of each, with what was said of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

from flows.log import logger
from flows.propose import Question, nothing_but_a_name
from validation.findings import Finding
from validation.gate import GatedBook
from validation.household_records import Book


def questions_of(book: GatedBook, remarks: Iterable[Finding]) -> list[Callable[[], Question]]:
    """Every household by id, each to be read when its turn comes; what the policy's check says of one goes with it."""
    told = by_household(remarks)
    return [partial(_question, book, each, told.get(each, ())) for each in book.household_ids]


def by_household(remarks: Iterable[Finding]) -> Mapping[str, list[Finding]]:
    """Household → what the check of the policy says of it."""
    told: dict[str, list[Finding]] = defaultdict(list)
    for remark in remarks:
        told[remark.household_id].append(remark)
    return told


def question_of(book: Book, household_id: str, findings: Sequence[Finding], *, is_blocked: bool) -> Question:
    """One household with its findings; one that cannot even be read is a question of its own, and fails alone."""
    try:
        household, trouble = book.read(household_id), ""
    except Exception as error:
        logger.exception("household %s cannot be read", household_id)
        household, trouble = nothing_but_a_name(household_id, book.as_of), type(error).__name__
    return Question(household, tuple(findings), is_blocked, trouble)


def _question(book: GatedBook, household_id: str, told: Sequence[Finding]) -> Question:
    return question_of(book.book, household_id, (*book.findings_of(household_id), *told), is_blocked=book.is_blocked(household_id))
