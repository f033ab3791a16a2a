"""The fast lane says of a large file exactly what the engine says of it."""

from __future__ import annotations

import polars as pl
import pytest

from flows import fast_lane
from flows.fast_lane import LEAST_BYTES, take_fast_lane
from flows.ingest import ingest
from tests.small_firm import SmallFirm

ODD_ROWS = (
    "0001,VTI,O1,2020-01-15,ten,5.00,true",
    "0001,VTI,O2,2020-01-15,+7,5.00,true",
    "0001,VTI,O3,01/15/2020,7,5.00,true",
    "0001,VTI,O4,2020-02-30,7,5.00,true",
    " 0001,VTI,O5,2020-01-15,7,--,true",
    "0001,VTI,O6,2020-01-15,7,(5.00),yes",
    "0001,,O7,2020-01-15,7,5.00,true",
    ",VTI,O8,2020-01-15,7,5.00,true",
    '"0001","VTI","O9",2020-01-15,7.123456789,5.00,false',
    "0001,N/A,O10,2020-01-15,7,,",
    "0001,=1+1,O11,2020-01-15,007,5.00,true",
    "0001,VTI,O12,2020-01-15,1e3,5.00,true",
    "0001,VTI,O13,2020-01-15,.5,5.,true",
)


@pytest.fixture
def firm(tmp_path):
    return SmallFirm(tmp_path / "firm")


@pytest.fixture
def both(firm, tmp_path, monkeypatch):
    """The marts and findings of the firm by the engine alone, and with every file on the fast lane that it takes."""

    def load_twice():
        by_engine = ingest(firm.root, None, tmp_path / "engine.duckdb")
        taken = []

        def watched(*words):
            parsed = take_fast_lane(*words)
            taken.append(parsed is not None)
            return parsed

        monkeypatch.setattr(fast_lane, "LEAST_BYTES", 0)
        monkeypatch.setattr("flows.landing.take_fast_lane", watched)
        return by_engine, ingest(firm.root, None, tmp_path / "lane.duckdb"), taken

    return load_twice


def same(one, other):
    for (name, here), (_, there) in zip(one.marts.frames(), other.marts.frames(), strict=True):
        assert here.equals(there), name
    assert one.findings == other.findings
    return True


def test_plain_files_land_the_same_either_way(both):
    by_engine, by_lane, taken = both()
    assert same(by_engine, by_lane)
    assert sum(taken) == 6


@pytest.mark.parametrize("row", ODD_ROWS)
def test_an_odd_row_lands_or_is_rejected_the_same_either_way(firm, both, row):
    firm.add("alpha/lots.csv", row, "0001,VTI,L8,2020-01-16,8,9.00,true")
    by_engine, by_lane, taken = both()
    assert same(by_engine, by_lane)
    assert sum(taken) == 6


@pytest.mark.parametrize(
    "spoilt",
    [
        lambda text: b"\xef\xbb\xbf" + text,
        lambda text: text.replace(b"\n", b"\r\n"),
        lambda text: text.rstrip(b"\n"),
        lambda text: text.replace(b"0001,BND", b"\n0001,BND"),
        lambda text: text.replace(b"L3", b'"L\n3"'),
        lambda text: text.replace(b"L3", b"\xff"),
        lambda text: text.replace(b"L3", b'"L3'),
        lambda text: text.replace(b"L3", b"L3,L3"),
        lambda text: text.replace(b"account", b"acount"),
        lambda text: text.replace(b"0001,BND", b"0001"),
    ],
    ids=[
        "byte order mark",
        "windows newlines",
        "no last newline",
        "blank line",
        "newline in quotes",
        "no utf-8",
        "open quote",
        "long row",
        "header",
        "short row",
    ],
)
def test_whatever_is_odd_about_a_whole_file_is_left_to_the_engine(firm, both, spoilt):
    firm.set("alpha/lots.csv", spoilt(firm.path("alpha/lots.csv").read_bytes()))
    by_engine, by_lane, _ = both()
    assert same(by_engine, by_lane)


def test_small_files_never_take_it(firm, tmp_path):
    assert LEAST_BYTES > 1_000_000
    assert ingest(firm.root, None, tmp_path / "w.duckdb").marts.tax_lots.filter(pl.col("lot_id") == "L1")["line"].to_list() == [2]


def test_every_landed_row_is_accounted_for(firm, both):
    firm.add("alpha/lots.csv", *ODD_ROWS)
    _, by_lane, _ = both()
    files = by_lane.marts.deliveries
    assert (files["facts"] + files["rejects"] + files["ignored"] == files["lines"]).all()
