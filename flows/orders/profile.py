"""The words of an outbound profile: one YAML file that says which files a custodian takes, and what stands in which column.

These models are the whole language. `outbound.schema.json` is generated from them.
"""

from __future__ import annotations

import re
from dataclasses import fields
from string import ascii_uppercase
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from flows.orders.records import GRAINS

Grain = Literal["order", "block", "allocation", "lot"]
OWN_FILES = frozenset({"unsendable.csv", "manifest.csv"})
"""Written for every custodian, in the house's own layout."""


def _compiles(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"no regular expression: {error}") from None
    return pattern


class _Word(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Symbols(_Word):
    """What the custodian takes for a security."""

    pattern: Annotated[str, AfterValidator(_compiles)] = Field(description="the whole symbol, as it is sent")
    class_separator: str | None = Field(
        None, max_length=1, description="between ticker and share class (BRK.B, BRK B); without it such a symbol is not respelt"
    )
    cusip: bool = Field(False, description="where the symbol does not fit, the CUSIP is taken")


class Column(_Word):
    """One column: where its text comes from and how long it may be."""

    letter: str = Field("", pattern=r"^([A-Z]?)$", description="the vendor's letter of the column, where it names columns so")
    name: str = Field(min_length=1, description="the column's heading")
    from_: str | None = Field(None, alias="from", description="a field of the record of this grain (flows/orders/records.py)")
    const: str | None = Field(None, description="the same text in every row")
    map: dict[str, str] = Field({}, description="the house's word → the custodian's; a word that it lacks cannot be sent")
    width: int | None = Field(None, ge=1, description="the most characters that the custodian takes")

    @model_validator(mode="after")
    def _has_one_source(self) -> Column:
        if (self.from_ is None) == (self.const is None):
            raise ValueError("a column has exactly one of `from` and `const`")
        return self


class OutboundFile(_Word):
    """One file: a row per record of its grain. A file that would have no row is not written."""

    file: str = Field(pattern=r"^[a-z0-9-]+\.(csv|txt)$")
    title: str
    grain: Grain
    header: bool = True
    columns: list[Column] = Field(min_length=1)

    @model_validator(mode="after")
    def _asks_for_what_there_is(self) -> OutboundFile:
        if self.file in OWN_FILES:
            raise ValueError(f"`{self.file}` is the house's own")
        known = {field.name for field in fields(GRAINS[self.grain])}
        for column in self.columns:
            if column.from_ is not None and column.from_ not in known:
                raise ValueError(f"a record of grain `{self.grain}` has no `{column.from_}`: {', '.join(sorted(known))}")
        letters = [column.letter for column in self.columns]
        if any(letters) and letters != list(ascii_uppercase[: len(letters)]):
            raise ValueError("columns with letters stand in the order A, B, C … without a gap")
        return self


class OutboundProfile(_Word):
    """What one custodian takes."""

    name: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    version: int = Field(ge=1)
    title: str
    source: str = Field(description="the vendor's page, and what it leaves open")
    custodians: list[str] = Field(description="names of custodian folders; empty for the layout of everybody else")
    symbols: Symbols
    decimals: dict[str, int] = Field({}, description="security type → decimals of a quantity; a type that is not named: whole shares")
    blocks: Literal["never", "with_block_account", "always"] = Field(
        description="whether orders of several accounts go as one block: only where reference/order_accounts.csv names the firm's "
        "block account there, or in any case"
    )
    files: list[OutboundFile] = Field(min_length=1)

    @model_validator(mode="after")
    def _every_grain_has_its_file(self) -> OutboundProfile:
        grains = [file.grain for file in self.files]
        needed = {"order", "lot"} | ({"block", "allocation"} if self.blocks != "never" else set())
        if missing := needed - set(grains):
            raise ValueError(f"no file of grain {', '.join(sorted(missing))}: those records would leave the house nowhere")
        if len(set(grains)) != len(grains):
            raise ValueError("two files of one grain would send the same records twice")
        return self
