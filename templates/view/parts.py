"""The pieces a page is made of. Every field is text or a drawing, ready to print; an absent piece is None or empty."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

NO_CHART = Markup("")


@dataclass(frozen=True, slots=True)
class Figure:
    """One of the three large numbers: `tone` is `cost`, `acc` or empty."""

    label: str
    value: str
    unit: str
    note: str
    bar: Markup = NO_CHART
    legend: tuple[tuple[str, str], ...] = ()
    """(token, words) of the bar's parts."""


@dataclass(frozen=True, slots=True)
class MixRow:
    label: str
    left: str
    right: str
    bar: Markup
    drift: str
    tone: str


@dataclass(frozen=True, slots=True)
class Mix:
    rows: tuple[MixRow, ...]
    note: str


@dataclass(frozen=True, slots=True)
class ClassRow:
    name: str
    chart: Markup
    before: str
    target: str
    after: str
    outside_before: bool
    outside_after: bool


@dataclass(frozen=True, slots=True)
class Classes:
    """Every class on one axis. `axis` is (percent from the left, label)."""

    heading: str
    lead: str
    rows: tuple[ClassRow, ...]
    axis: tuple[tuple[str, str], ...]
    legend: tuple[tuple[str, str], ...]
    has_after: bool


@dataclass(frozen=True, slots=True)
class Cell:
    """A heat cell: `level` 0 (empty) to 8 (the largest), `changed` where a trade moved it."""

    text: str
    level: int
    changed: bool = False
    label: str = ""
    was: str = ""


@dataclass(frozen=True, slots=True)
class HeatColumn:
    first: str
    second: str


@dataclass(frozen=True, slots=True)
class HeatRow:
    name: str
    cells: tuple[Cell, ...]
    sub: str = ""
    total: str = ""


@dataclass(frozen=True, slots=True)
class HeatTable:
    """Classes down, accounts or treatments across. `groups` is (treatment, columns spanned)."""

    caption: str
    groups: tuple[tuple[str, int], ...]
    columns: tuple[HeatColumn, ...]
    rows: tuple[HeatRow, ...]
    totals: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AccountTable:
    """Accounts down, classes across: for households with many accounts."""

    caption: str
    classes: tuple[str, ...]
    groups: tuple[tuple[str, tuple[HeatRow, ...]], ...]


@dataclass(frozen=True, slots=True)
class Places:
    heading: str
    lead: str
    tables: tuple[HeatTable, ...]
    accounts: AccountTable | None = None


@dataclass(frozen=True, slots=True)
class Ceiling:
    name: str
    figure: str
    bar: Markup
    note: str


@dataclass(frozen=True, slots=True)
class Ceilings:
    heading: str
    lead: str
    groups: tuple[tuple[str, tuple[Ceiling, ...]], ...]
    """(whose tax return, its ceilings); the name is empty where there is one return only."""


@dataclass(frozen=True, slots=True)
class TradeRow:
    side: str
    name: str
    symbol: str
    amount: str
    shares: str
    tax: str
    is_saving: bool
    reason: str


@dataclass(frozen=True, slots=True)
class AccountTrades:
    title: str
    where: str
    trades: tuple[TradeRow, ...]
    nothing: str = ""
    """Why this account has no trade; empty where it has some."""


@dataclass(frozen=True, slots=True)
class Trades:
    heading: str
    lead: str
    accounts: tuple[AccountTrades, ...]
    totals: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class RuleRow:
    title: str
    note: str
    cost: str


@dataclass(frozen=True, slots=True)
class RulesKept:
    heading: str
    lead: str
    rows: tuple[RuleRow, ...]
    has_costs: bool


@dataclass(frozen=True, slots=True)
class Notice:
    """The one coloured block of a page: something to do or to leave undone."""

    heading: str
    strong: str
    points: tuple[str, ...]
    lead: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a plain list: what, why, and a figure at the right."""

    title: str
    note: str
    figure: str = ""


@dataclass(frozen=True, slots=True)
class Lines:
    heading: str
    lead: str
    rows: tuple[Line, ...]
    head: tuple[str, str] = ("", "")


@dataclass(frozen=True, slots=True)
class Definitions:
    heading: str
    lead: str
    rows: tuple[tuple[str, str], ...]
    approximations: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[tuple[tuple[str, str], ...], ...]:
        """The rows in two columns of about equal length, in reading order."""
        lengths = [len(name) + len(words) + 40 for name, words in self.rows]  # a title and its white space are some 40 letters
        cut = min(range(len(self.rows) + 1), key=lambda n: (abs(sum(lengths[:n]) - sum(lengths[n:])), n))
        return tuple(column for column in (self.rows[:cut], self.rows[cut:]) if column)
