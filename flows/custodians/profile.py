"""The words of a custodian profile: one YAML file that says how one family of layouts is read.

These models are the whole language. `profile.schema.json` is generated from them, the engine runs what they
say, and nothing about a layout stands anywhere else.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from flows.custodians.parsed import TABLES


def _compiles(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"no regular expression: {error}") from None
    return pattern


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _as_column(value: Any) -> Any:
    return {"from": value} if isinstance(value, str) else value


Pattern = Annotated[str, AfterValidator(_compiles), Field(description="a Python regular expression, searched for")]
Names = Annotated[list[str], BeforeValidator(_as_list, json_schema_input_type=str | list[str]), Field(min_length=1)]


class _Word(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Recognise(_Word):
    """One way to know the layout by its content; every given condition must hold."""

    text: Pattern | None = Field(None, description="found in the first 64 KiB")
    not_text: Pattern | None = Field(None, description="not found in the first 64 KiB")
    header: list[str] | None = Field(None, description="one of the first 60 rows holds all these cells")
    not_header: list[str] | None = Field(None, description="that row holds none of these cells")

    @model_validator(mode="after")
    def _says_something(self) -> Recognise:
        if self.text is None and self.header is None:
            raise ValueError("a recognition needs `text` or `header`")
        return self


class FileMeta(_Word):
    """A regex whose named groups become context: account_ref, as_of, symbol, period_from, period_to, any label."""

    regex: Pattern
    within: Literal["head", "tail", "name"] = Field("head", description="first 64 KiB, last 64 KiB, or the file's name")
    required: bool = Field(False, description="its absence is a `missing-meta` error for the file")


class Ancestor(_Word):
    """An attribute of an enclosing XML element."""

    element: str
    attribute: str


ColumnOrName: TypeAlias = Annotated["Column", BeforeValidator(_as_column)]


class Classify(_Word):
    """An ordered table of regexes over free text; the first that is found decides.

    A meaning such as `deposit/withdrawal` is decided by the sign of the first filled column of `sign_of` (zero counts
    as positive).
    """

    table: list[tuple[Pattern, str]]
    sign_of: list[ColumnOrName] = []
    otherwise: str | None = Field(None, description="meaning where nothing is found; without it the row is rejected")


class Column(_Word):
    """Where a canonical column comes from and how its text is read. A bare string is short for `from`."""

    from_: Names | None = Field(None, alias="from", description="header names, newest first; or a record's field; or an attribute")
    header_like: Pattern | None = Field(None, description="a header name that this regex is found in")
    context: str | None = Field(None, description="a value remembered from the file, a section or a parent row")
    ancestor: Ancestor | None = None
    const: str | None = None
    read_as: Literal["text", "decimal", "date", "is_negative"] = Field("text", alias="as")
    regex: Pattern | None = Field(None, description="only its first group is read; a cell without it is rejected")
    remove: Pattern | None = Field(None, description="deleted from the cell before it is read")
    map: dict[str, str] | None = Field(None, description="code → meaning")
    map_strict: bool = Field(True, description="false: a code that the map does not know stays as it is")
    classify: Classify | None = None
    missing: list[str] = Field([], description="further spellings of a missing value")
    scale: int = Field(0, ge=0, le=18, description="implied decimals")
    sign_from: str | None = Field(None, description="the field that holds the sign byte: + - or blank")
    prefix: str = Field("", description="put before a text that is there")
    absolute: bool = Field(False, description="the sign is dropped")
    negate: bool = False
    signed_by: str | None = Field(
        None, description="canonical column of the action: sell and transfer_out count negative, buy, reinvest and transfer_in positive"
    )
    times: ColumnOrName | None = Field(None, description="multiplied by another column")
    minus: ColumnOrName | None = Field(None, description="less another column; missing where either is missing")
    plus: ColumnOrName | None = Field(None, description="and another column; missing where either is missing")
    or_else: ColumnOrName | None = Field(None, description="read where this one is missing")
    required: bool = Field(False, description="a missing value rejects the row")
    optional: bool = Field(False, description="the header may lack the column")

    @model_validator(mode="after")
    def _has_one_source(self) -> Column:
        sources = (self.from_, self.header_like, self.context, self.ancestor, self.const)
        if sum(source is not None for source in sources) != 1:
            raise ValueError("a column has exactly one of from, header_like, context, ancestor, const")
        return self


class Totals(_Word):
    """A footer or trailer: what the custodian says the rows sum to, one control total per measure that is filled."""

    scope: Literal["file", "account", "account+symbol"]
    account_ref: ColumnOrName | None = None
    symbol: ColumnOrName | None = None
    of_file: ColumnOrName | None = None
    measures: dict[Literal["rows", "records", "quantity", "market_value", "cost_basis"], ColumnOrName]


class Emit(_Word):
    """One canonical row made of one landed row."""

    table: str
    only: dict[str, list[str]] = Field({}, description="column → the only texts with which the row is read; with others it is rejected")
    columns: dict[str, ColumnOrName]

    @model_validator(mode="after")
    def _is_canonical(self) -> Emit:
        if self.table not in TABLES:
            raise ValueError(f"`{self.table}` is no canonical table: {', '.join(TABLES)}")
        for name in self.columns:
            if name not in TABLES[self.table]:
                raise ValueError(f"`{name}` is no column of {self.table}: {', '.join(TABLES[self.table])}")
        return self


class Condition(_Word):
    """When a row rule applies; every given condition must hold. Named groups are copied into the sticky context."""

    state: str | None = None
    first: Pattern | None = Field(None, description="found in the first cell, blanks kept")
    line: Pattern | None = Field(None, description="found in the whole line")
    cells: dict[int, Pattern] = Field({}, description="found in the cell of that 0-based number")
    column: dict[str, Pattern] = Field({}, description="found in the cell under that header name (or attribute)")
    includes: list[str] | None = Field(None, description="the row holds all these cells (header rows)")
    excludes: list[str] | None = Field(None, description="the row holds none of these cells")
    blank: bool | None = Field(None, description="every cell is empty")
    min_cells: int | None = Field(None, description="at least so many filled cells")
    max_cells: int | None = Field(None, description="at most so many filled cells")
    context: dict[str, Pattern] = Field({}, description="found in a remembered value")
    element: Pattern | None = Field(None, description="the whole name of the XML element")
    inside: str | None = Field(None, description="name of an enclosing XML element")


class Remark(_Word):
    """A finding that a rule leaves once per distinct subject."""

    code: str
    message: str
    severity: Literal["error", "warning", "note"] = "warning"
    help: str = ""


class Rule(_Word):
    """One row rule. The rules stand in order; the first whose condition holds takes the row."""

    if_: Condition = Field(alias="if")
    do: Literal["header", "skip", "emit"]
    set: dict[str, str] = Field({}, description="into the context; `state` is the state of the machine")
    remember: dict[str, ColumnOrName] = Field({}, description="context name → column of this row")
    forget: list[str] = []
    record: str | None = Field(None, description="fixed width: the record layout of this line")
    count: bool = Field(False, description="a detail record that the trailer counts")
    closes: bool = Field(False, description="the footer or trailer that shows the file is whole")
    opens: bool = Field(False, description="a section begins; without its footer the file is truncated")
    ragged: bool = Field(False, description="the row may be shorter than its header")
    as_of: ColumnOrName | None = Field(None, description="a date that the file is as of")
    as_of_source: Literal["header", "footer", "rows", "manifest"] = "rows"
    emit: list[Emit] = []
    totals: list[Totals] = []
    remark: Remark | None = None

    @model_validator(mode="after")
    def _emits_what_it_does(self) -> Rule:
        if (self.do == "emit") != bool(self.emit or self.totals):
            raise ValueError("`do: emit` goes with `emit` or `totals`, and only with them")
        return self


class Record(_Word):
    """A fixed-width record: its length and its fields as 1-based inclusive columns, as vendors print them."""

    length: int
    fields: dict[str, tuple[int, int]]


class Expects(_Word):
    """What a whole file has."""

    closed: Literal["no", "file", "block"] = Field(default="no", description="a footer once per file, or once per header")
    trailer_count: bool = Field(default=False, description="context `trailer_count` states the detail records")
    implies: dict[str, str] = Field(
        default={}, description="context that must be there where another is (levels of detail that belong together)"
    )
    final_newline: bool = Field(default=False, description="a last line without its end is worth a warning")


class Profile(_Word):
    """One family of layouts of one custodian."""

    name: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    version: int = Field(ge=1)
    title: str
    custodian: str = Field(description="who writes it; `any` for the generic templates")
    container: Literal["csv", "fixed", "xml", "ofx"]
    delimiter: str = Field(",", min_length=1, max_length=1)
    encodings: list[Literal["utf-8-sig", "cp1252", "ascii"]] = ["utf-8-sig", "cp1252"]
    numbers: Literal["us", "plain"] = Field("us", description="us: $ , % ( ) and trailing signs; plain: digits and a point")
    missing: list[str] = Field(["", "--", "N/A", "n/a"], description="spellings of a missing value")
    dates: list[str] = Field(["YYYY-MM-DD"], description="YYYY YY MM DD M D Mon, and literal signs")
    date_orders: list[tuple[str, str]] = Field(
        [], description="pairs of formats, such as MM/DD/YYYY and DD/MM/YYYY, that the file itself must tell apart"
    )
    recognise: list[Recognise] = Field(min_length=1, description="any of them")
    headers: list[list[str]] = Field([], description="every known header, for the nearest-header help and unknown columns")
    file_meta: list[FileMeta] = []
    records: dict[str, Record] = {}
    rows: list[Rule] = Field(min_length=1)
    expects: Expects = Expects()

    @model_validator(mode="after")
    def _records_exist(self) -> Profile:
        for rule in self.rows:
            if rule.record is not None and rule.record not in self.records:
                raise ValueError(f"record `{rule.record}` is not described under `records`")
        return self
