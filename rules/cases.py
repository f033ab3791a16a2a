"""The language of cases: what operations people expect a policy to do for a household, written in YAML beside the policy.

A case names a household of the firm's book, may change what is given, and says what is expected. This is data; flows/cases
decides the household and compares. Cases stand in `<firm>/cases/**.yaml`, outside of policy/, whose first folders are layers.
"""

from __future__ import annotations

from decimal import Decimal
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self, TypeAlias

from pydantic import BeforeValidator, Discriminator, Field, Tag, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from rules.catalogue import KINDS
from rules.language.base import Rule
from rules.language.grammar import (
    Day,
    Identifier,
    Language,
    Name,
    Names,
    Number,
    PositiveUsd,
    Quantity,
    SomeNames,
    Text,
    Usd,
    as_number,
    as_tuple,
    word_or_list,
)

Ending: TypeAlias = Literal["proposed", "no_trade_needed", "not_due", "blocked", "conflict", "failed"]
Money: TypeAlias = Annotated[
    Decimal,
    BeforeValidator(as_number),
    WithJsonSchema({"anyOf": [{"type": "number"}, {"type": "string", "pattern": r"^-?[0-9]+(_[0-9]+)+(\.[0-9]+)?$"}]}),
]
"""US dollars, signed. May be written 25_000."""
if TYPE_CHECKING:
    AnyRule: TypeAlias = Rule
else:
    AnyRule = Annotated[reduce(or_, KINDS.values()), Field(discriminator="kind")]
"""A rule of any kind, spelt as in a policy file."""


def _wrong(code: str, message: str, fix: str) -> PydanticCustomError:
    """An error of meaning that carries the code and the help of its finding."""
    facts: dict[str, Any] = {"help": fix}
    return PydanticCustomError(code, message, facts)


class YearToDate(Language):
    """What a taxpayer has realised this year so far, before carryforwards; a loss is negative."""

    short_term_usd: Money = Decimal(0)
    """Net short-term gain, dollars."""
    long_term_usd: Money = Decimal(0)
    """Net long-term gain, dollars."""


class Given(Language):
    """What is otherwise than in the firm's data and policy, for this case alone. What is left out is as it is."""

    last_rebalanced: Day | None = None
    """The day of the last rebalance."""
    model: Name | None = None
    """Another model: the id of a target."""
    cash_usd: dict[Name, Usd] = Field(default_factory=dict)
    """Settled cash by account; unsettled cash is then nothing."""
    prices_usd: dict[Name, PositiveUsd] = Field(default_factory=dict)
    """Price of the day by symbol; a price that was stale no longer is."""
    realized_usd: dict[Name, YearToDate] = Field(default_factory=dict)
    """Gains of the year so far, by taxpayer."""
    without_rules: Names = ()
    """Ids of rules that do not hold, in whatever layer they stand."""
    with_rules: Annotated[tuple[AnyRule, ...], BeforeValidator(as_tuple)] = ()
    """Rules that hold for the household as well; one with the id of another takes its place."""


class Between(Language):
    """A figure's least and most, both included."""

    at_least: Number | None = None
    """The least it may be."""
    at_most: Number | None = None
    """The most it may be."""

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.at_least is None and self.at_most is None:
            raise _wrong("case-expects-nothing", "nothing is expected of the figure", "write `at_least:`, `at_most:`, or both")
        return self

    def holds(self, figure: Decimal) -> bool:
        return (self.at_least is None or figure >= self.at_least) and (self.at_most is None or figure <= self.at_most)


class ExpectedTrade(Language):
    """Sales or purchases that are proposed together: their sum over all accounts, unless an account is named. Without an
    amount, there is at least one; with `none: true`, there is none."""

    sell: Name | None = None
    """Symbol that is sold, or `any`."""
    buy: Name | None = None
    """Symbol that is bought, or `any`."""
    account: Name | None = None
    """Where; anywhere in the household, if left out."""
    none: Literal[True] | None = None
    """true: there is no such trade."""
    at_least_usd: Usd | None = None
    """Least amount, dollars at the price of the day."""
    at_most_usd: Usd | None = None
    """Most, dollars."""
    at_least_shares: Quantity | None = None
    """Least number of shares."""
    at_most_shares: Quantity | None = None
    """Most shares."""

    @model_validator(mode="after")
    def _has_a_side(self) -> Self:
        if (self.sell is None) == (self.buy is None):
            raise _wrong("case-contradiction", "a trade is either a sale or a purchase", "write `sell:` or `buy:`, one of the two")
        if self.none and any(limit is not None for limit in self.limits.values()):
            raise _wrong("case-contradiction", "no trade, and an amount of it", "`none: true` stands without amounts")
        return self

    @property
    def limits(self) -> dict[str, Decimal | None]:
        return {name: getattr(self, name) for name in ("at_least_usd", "at_most_usd", "at_least_shares", "at_most_shares")}


class ExpectedRule(Language):
    """What a rule does for the household."""

    rule: Identifier
    """The rule's id."""
    binds: bool | None = None
    """Whether the proposal stands at its limit."""
    price_usd: Between | None = None
    """What the rule costs the household: dollars by which the proposal without it would be better."""


class Expect(Language):
    """What the household's run has to bring. What is left out may be anything."""

    status: (
        Annotated[
            Annotated[Ending, Tag("word")] | Annotated[tuple[Ending, ...], Field(min_length=1), BeforeValidator(as_tuple), Tag("list")],
            Discriminator(word_or_list),
        ]
        | None
    ) = None
    """How the household ends; a list where several are right."""
    trades: (
        Annotated[
            Annotated[Literal["none"], Tag("word")]
            | Annotated[tuple[ExpectedTrade, ...], Field(min_length=1), BeforeValidator(as_tuple), Tag("list")],
            Discriminator(word_or_list),
        ]
        | None
    ) = None
    """Trades that are there or are not; `none` for no trade at all."""
    trade_count: Between | None = None
    """Number of orders."""
    findings: SomeNames | None = None
    """Codes of findings that are told of the household."""
    no_findings: SomeNames | None = None
    """Codes that are not."""
    conflict: SomeNames | None = None
    """Ids of the rules that cannot hold together; exactly these."""
    rules: Annotated[tuple[ExpectedRule, ...], Field(min_length=1), BeforeValidator(as_tuple)] | None = None
    """Rules that bind or do not, and what they cost."""
    drift_after_frac: Between | None = None
    """Drift after the proposal, fraction of the household."""
    turnover_frac: Between | None = None
    """Turnover, fraction of the household."""
    location_score: Between | None = None
    """Location score after the proposal, 0 to 100."""
    tax_cost_usd: Between | None = None
    """Tax of the year with the proposal less tax without it, dollars; negative is a saving."""
    net_short_term_usd: Between | None = None
    """The proposal's net short-term gain, dollars."""
    net_long_term_usd: Between | None = None
    """The proposal's net long-term gain, dollars."""

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if all(value is None for _, value in self):
            raise _wrong("case-expects-nothing", "the case expects nothing", "write `status:`, `trades:`, `findings:` or a figure")
        return self


class Case(Language):
    """One household, what is otherwise, and what is expected of the run."""

    case: Text
    """What has to be so, as a sentence."""
    household: Name
    """A household of the firm's book."""
    given: Given = Given()
    """What is otherwise than in the data and the policy."""
    expect: Expect
    """What the run has to bring."""


class CaseFile(Language):
    """Cases of a firm's policy; rules/README.md tells how to write one."""

    cases: Annotated[tuple[Case, ...], BeforeValidator(as_tuple)]
    """The cases, one `- case: ...` each."""
