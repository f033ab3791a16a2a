"""One batch, on whatever process of whatever machine sees the folder: read, decide, render, draw orders, write down.

`work` is the whole of it. What it is asked comes in two parts: `Ground`, which all batches of a run share, and `Task`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from flows.batches.hand_over import Bucket, read_questions
from flows.batches.record_table import write_records, write_rows
from flows.batches.results import (
    RECORDS,
    REPORTS,
    DrawnInstruction,
    DrawnOrder,
    Ending,
    Held,
    appearing_results,
    ending_of,
    key_of,
    parquet_of,
)
from flows.batches.watchdog import ended_if_stuck, watched
from flows.deliver import SHEETS, household_sheets
from flows.explanation import explanation_json
from flows.log import logger
from flows.orders.desk import Desk
from flows.orders.drawing import Draft, draw
from flows.pages import pages_of
from flows.propose import Question, decide, failed, given_up
from flows.record import versions, versions_sha256
from flows.settings import unusable
from rules.policy import Policy
from rules.tax import TaxYear
from solver.decision import Decision
from templates.filters import file_name
from templates.render import BookRow, RunFacts, TemplateBroken, engine_findings
from validation.findings import Finding
from validation.pricing import Pricing


@dataclass(frozen=True, slots=True)
class Ground:
    """What every batch of a run is decided on."""

    run_id: str
    versions_sha256: str
    as_of: date
    policy: Policy
    tax_year: TaxYear
    pricing: Pricing
    facts: RunFacts
    desk: Desk
    pdf: bool
    results: Path


@dataclass(frozen=True, slots=True)
class Task:
    """Households of one bucket. `given_up`: their worker died of them twice, so they are told as failed and not decided."""

    bucket: Bucket
    household_ids: tuple[str, ...]
    given_up: bool = False


@dataclass(frozen=True, slots=True)
class Done:
    """A batch that stands under its key. `was_there`: an earlier run had made it."""

    task: Task
    key: str
    was_there: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """One household: its decision as shown, its line of the book, its pages by file name, its orders by custodian, and what
    deciding found beyond what was handed over."""

    decision: Decision
    row: BookRow
    pages: Mapping[str, bytes]
    drafts: Mapping[str, Draft]
    findings: tuple[Finding, ...]


def key(ground: Ground, task: Task) -> str:
    """The name of the task's results."""
    return key_of(ground.run_id, task.household_ids, pdf=ground.pdf, given_up=task.given_up)


def work(ground: Ground, task: Task) -> Done:
    """Do the batch, unless its results stand already. Raises TemplateBroken where no page can be made at all, and OSError
    where the folder cannot be written; whatever breaks in a household is that household's ending."""
    _demand_same_code(ground)
    name = key(ground, task)
    if (ground.results / name).is_dir():
        return Done(task, name, was_there=True)
    with appearing_results(ground.results, name) as folder:
        wanted = set(task.household_ids)
        pile = Pile()
        for question in read_questions(task.bucket, ground.as_of, ground.pricing):
            if question.household.household_id in wanted:
                _sign(ground, name, question.household.household_id)
                pile.put_down(answer(ground, question, give_up=task.given_up), folder)
        pile.write(folder)
    _sign(ground, name, "")
    return Done(task, name)


def work_in_a_worker(ground: Ground, task: Task) -> Done:
    """The same in a process that may die of it: one that is stuck for good ends itself."""
    with ended_if_stuck():
        return work(ground, task)


@cache
def _own_versions() -> str:
    return versions_sha256(versions())


def _demand_same_code(ground: Ground) -> None:
    if _own_versions() != ground.versions_sha256:
        message = "a worker runs other code or other packages than the run it works for"
        raise unusable("worker-differs", message, "every machine is set up from the same checkout and requirements.lock")


def get_ready() -> None:
    """In a new worker: import what a batch needs while the book is still being checked (this module has)."""
    engine_findings()


def last_seen(ground: Ground, task: Task) -> str:
    """The household that the task's last worker was at, empty where nothing is known."""
    try:
        return _now(ground, key(ground, task)).read_text(encoding="utf-8")
    except OSError:
        return ""


def answer(ground: Ground, question: Question, *, give_up: bool = False) -> Answer:
    """One household from its checked data to its pages; what breaks on the way is its ending, unless the template is broken."""
    decision = given_up(question) if give_up else _decided(ground, question)
    try:
        return _told(ground, question, decision)
    except TemplateBroken:
        raise
    except Exception as error:
        logger.exception("what is told of household %s failed", question.household.household_id)
        return _told(ground, question, failed(question, error))


def _decided(ground: Ground, question: Question) -> Decision:
    try:
        with watched():
            return decide(ground.policy, ground.tax_year, question)
    except Exception as error:  # the watchdog may bark in the moment after
        return failed(question, error)


def _told(ground: Ground, question: Question, decision: Decision) -> Answer:
    shown = pages_of(ground.facts, ground.pdf, decision)
    decision, told = shown.decision, set(question.findings)
    name = file_name(decision.household.household_id)
    pages = {**shown.pages, f"{name}.json": explanation_json(decision).encode()}
    findings = tuple(each for each in decision.findings if each not in told)
    return Answer(decision, shown.row, pages, draw([decision], ground.desk), findings)


class Pile:
    """A batch's answers as rows. Decisions and pages are let go of household by household: a batch of them is a lot to hold."""

    def __init__(self) -> None:
        self.rows: dict[str, list[list[str]]] = {name: [] for name in SHEETS}
        self.records: dict[type[Any], list[Any]] = {kind: [] for kind in RECORDS.values()}

    def put_down(self, answer: Answer, folder: Path) -> None:
        """Write the household's pages below the folder and keep its rows."""
        for name, content in answer.pages.items():
            (folder / REPORTS / name).write_bytes(content)
        for sheet in household_sheets([answer.decision]):
            self.rows[sheet.name] += [[row.get(column, "") for column in sheet.columns] for row in sheet.rows]
        self.records[Ending].append(ending_of(answer.decision))
        self.records[Finding] += answer.findings
        self.records[BookRow].append(answer.row)
        for custodian, draft in answer.drafts.items():
            self.records[DrawnOrder] += [DrawnOrder(custodian, each) for each in draft.orders]
            self.records[DrawnInstruction] += [DrawnInstruction(custodian, each) for each in draft.instructions]
            self.records[Held] += [Held(custodian, each) for each in draft.unsendable]

    def write(self, folder: Path) -> None:
        """Write every row as Parquet into the folder."""
        for name, rows in self.rows.items():
            write_rows(folder / parquet_of(name), SHEETS[name], rows)
        for name, kind in RECORDS.items():
            write_records(folder / name, kind, self.records[kind])


def _sign(ground: Ground, name: str, household_id: str) -> None:
    _now(ground, name).write_text(household_id, encoding="utf-8")


def _now(ground: Ground, name: str) -> Path:
    return ground.results / f".{name}.now"
