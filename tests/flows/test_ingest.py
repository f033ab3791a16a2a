"""Landing and loading: nothing is lost, nothing is counted twice, and a load is whole or not at all."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import date
from pathlib import Path

import duckdb
import polars as pl
import pytest

from flows.ingest import Ingested, ingest
from flows.supersession import deliveries_of
from tests.small_firm import EXTRACTS, SmallFirm
from validation.findings import FirmUnusable
from validation.gate import gate

HOUSE = Path(__file__).parents[2]


@pytest.fixture
def firm(tmp_path: Path) -> SmallFirm:
    return SmallFirm(tmp_path / "firm")


def load(firm: SmallFirm, as_of: date | None = None, patience: float = 120) -> Ingested:
    return ingest(firm.root, as_of, firm.warehouse, patience)


def ask(firm: SmallFirm, question: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(firm.warehouse)) as warehouse:
        return warehouse.execute(question).fetchall()


def codes(ingested: Ingested) -> list[str]:
    return [finding.code for finding in ingested.findings]


def remembered(ingested: Ingested) -> list[str]:
    return [finding.code for finding in ingested.history]


def codes_of_failure(firm: SmallFirm, as_of: date | None = None) -> list[str]:
    with pytest.raises(FirmUnusable) as failure:
        load(firm, as_of)
    return [finding.code for finding in failure.value.findings]


def test_every_file_is_landed_with_its_bytes_and_its_rows_add_up(firm):
    marts = load(firm).marts
    assert marts.deliveries.height == len(EXTRACTS)
    assert (marts.deliveries["facts"] + marts.deliveries["rejects"] + marts.deliveries["ignored"] == marts.deliveries["lines"]).all()
    sizes = dict(ask(firm, "SELECT f.path, sum(b.length) FROM land.source_file f JOIN land.source_bytes b USING (sha256) GROUP BY ALL"))
    assert sizes == {f"extracts/2026-11-20/{name}": len(text) for name, text in EXTRACTS.items()}


def test_every_fact_knows_its_file_and_line(firm):
    marts = load(firm).marts
    lots = marts.tax_lots.join(marts.deliveries.select("file_no", "path"), on="file_no")
    row = lots.filter(pl.col("lot_id") == "L2").row(0, named=True)
    assert (row["path"], row["line"]) == ("extracts/2026-11-20/alpha/lots.csv", 3)


def test_the_same_bytes_again_change_nothing(firm):
    first = load(firm)
    before = ask(firm, "SELECT file_no, path, status FROM land.source_file ORDER BY ALL")
    again = load(firm)
    assert ask(firm, "SELECT file_no, path, status FROM land.source_file ORDER BY ALL") == before
    assert again.findings == first.findings
    assert all(one.equals(other) for (_, one), (_, other) in zip(first.marts.frames(), again.marts.frames(), strict=True))


def test_a_fresh_warehouse_gives_the_same_marts(firm, tmp_path):
    one, other = load(firm), ingest(firm.root, None, tmp_path / "other.duckdb")
    assert all(here.equals(there) for (_, here), (_, there) in zip(one.marts.frames(), other.marts.frames(), strict=True))


def test_whatever_a_warehouse_saw_before_the_book_and_its_findings_are_the_same(firm, tmp_path):
    """Lots without ids, overlapping files and copies are where the order of arrival could show."""
    firm.set("alpha/lots-2.csv", firm.path("alpha/lots.csv").read_bytes())
    firm.set("alpha/transactions-2.csv", firm.path("alpha/transactions.csv").read_text().replace("2026-08-05", "2026-08-04"))
    firm.set("beta/more.csv", firm.path("beta/positions.csv").read_text().replace("13000.00", "13000.01"))
    firm.set("beta/cash.csv", "account,settled_cash,unsettled_cash\n77,1.00,0\n")
    load(firm)
    firm.cell("beta/cash.csv", 2, "settled_cash", "250.00")
    firm.set("alpha/transactions.csv", firm.path("alpha/transactions.csv").read_text() + "0001,2026-11-09,,buy,BND,1,70.00,-70.00\n")
    firm.change("beta/positions.csv", "13000.00", "13000.02")
    firm.cell("alpha/lots.csv", 2, "cost_basis", "21000.00")
    old, fresh = load(firm), ingest(firm.root, None, tmp_path / "fresh.duckdb")
    assert len(old.history) == 4 and fresh.history == ()
    assert old.findings == fresh.findings
    assert gate(old.marts, old.as_of).findings == gate(fresh.marts, fresh.as_of).findings != ()
    for (name, here), (_, there) in zip(old.marts.frames(), fresh.marts.frames(), strict=True):
        assert here.drop("file_no", strict=False).equals(there.drop("file_no", strict=False)), name


def test_the_deliveries_of_a_day_are_listed_with_their_status(firm):
    load(firm)
    firm.cell("alpha/lots.csv", 2, "cost_basis", "21000.00")
    load(firm)
    seen, said = deliveries_of(firm.warehouse, firm.root, None)
    assert [(each.status, each.facts) for each in seen if each.path.endswith("alpha/lots.csv")] == [("superseded", 4), ("current", 4)]
    assert all(each.lines == each.facts + each.rejects + each.ignored for each in seen)
    assert [finding.code for finding in said] == ["superseded-file"]
    with pytest.raises(FirmUnusable, match="no warehouse"):
        deliveries_of(firm.warehouse.with_name("none.duckdb"), firm.root, None)


def test_a_corrected_file_supersedes_and_says_what_changed(firm):
    load(firm)
    firm.cell("alpha/lots.csv", 2, "cost_basis", "21000.00")
    corrected = load(firm)
    (finding,) = corrected.history
    assert finding.code == "superseded-file"
    assert "1 lots with another basis" in finding.message
    assert corrected.marts.tax_lots.filter(pl.col("lot_id") == "L1")["cost_basis"].to_list() == [21000]
    assert ask(firm, "SELECT count(*) FROM land.source_file WHERE status = 'superseded'") == [(1,)]
    assert remembered(load(firm)) == ["superseded-file"]


def test_a_file_that_is_gone_from_the_folder_counts_no_more(firm):
    load(firm)
    firm.remove("alpha/transactions.csv")
    after = load(firm)
    assert after.marts.transactions.height == 0
    assert (codes(after), remembered(after)) == ([], ["withdrawn-file"])


def test_days_do_not_mix(firm):
    earlier = SmallFirm(firm.root, date(2026, 11, 19))
    earlier.cell("alpha/cash.csv", 2, "settled_cash", "7.00")
    assert load(firm).marts.cash["settled_cash"].to_list() == [1000, 500, 250]
    yesterday = load(firm, date(2026, 11, 19))
    assert yesterday.as_of == date(2026, 11, 19)
    assert yesterday.marts.cash["settled_cash"].to_list() == [7, 500, 250]
    assert load(firm).marts.cash["settled_cash"].to_list() == [1000, 500, 250]


def test_a_day_without_extracts_stands_on_the_one_before_and_says_so(firm):
    ingested = load(firm, date(2026, 11, 24))
    assert ingested.as_of == date(2026, 11, 20)
    assert codes(ingested) == ["earlier-extract-day"]


def test_a_firm_that_cannot_be_read_says_why(firm):
    assert codes_of_failure(firm, date(2020, 1, 1)) == ["no-extract-day"]
    firm.remove("prices.csv")
    firm.set("accounts.csv", b"account_id\xff")
    firm.set("taxpayers.csv", "taxpayer_id,household_id\n")
    failed = codes_of_failure(firm)
    assert {"missing-reference-file", "reference-not-utf8", "missing-column"} == set(failed)
    with pytest.raises(FirmUnusable):
        ingest(firm.root / "nowhere", None, firm.warehouse)


def test_no_cash_orders_and_nothing_held_away_is_a_note(firm):
    firm.remove("flows.csv")
    firm.remove("held_away.csv")
    assert codes(load(firm)) == ["no-reference-file", "no-reference-file"]


def test_reference_text_survives_a_byte_order_mark_and_windows_newlines(firm):
    path = firm.path("accounts.csv")
    firm.set("accounts.csv", b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert load(firm).marts.accounts["custodian_ref"].to_list() == ["0001", "0002", "77"]


def test_lines_are_counted_through_quoted_newlines(firm):
    firm.change("households.csv", "H1,Ash,", 'H1,"Ash\nand Ash",')
    assert load(firm).marts.households["line"].to_list() == [2, 4]


def test_a_stray_file_beside_the_custodians_is_said(firm):
    (firm.root / "extracts/2026-11-20/notes.txt").write_text("hello")
    (firm.root / "extracts/old").mkdir()
    assert codes(load(firm)) == ["file-without-custodian", "not-an-extract-day"]


def test_a_lot_without_an_id_gets_one_that_a_partial_sale_does_not_change(firm):
    header = '"ITOT Lot Details for XXXX-77 as of 02:45 AM ET, 11/20/2026"\n\n'
    columns = "Open Date,Quantity,Price,Cost/Share,Market Value,Cost Basis,Gain/Loss $,Gain/Loss %,Holding Period\n"
    rest = "$130.00,$90.00,$0.00,${basis},$0.00,0%,Long Term\n"
    rows = "01/15/2020 10:00:00,{first}," + rest + "01/15/2020,60," + rest.format(basis="5400.00")
    firm.cell("accounts.csv", 4, "custodian", "schwab")
    firm.cell("accounts.csv", 4, "custodian_ref", "XXXX-77")
    ids = {}
    for first, basis in (("40", "3600.00"), ("30", "2700.00")):
        firm.set("schwab/lots.csv", header + columns + rows.format(first=first, basis=basis) + "Total,,,,,,,,\n")
        lots = load(firm).marts.tax_lots.filter(pl.col("household_id") == "H2")
        ids[first] = sorted(lots["lot_id"])
    assert ids["40"] == ids["30"] == ["2020-01-15@90.000000#1", "2020-01-15@90.000000#2"]


def test_a_second_writer_is_told_who_holds_the_warehouse(firm):
    load(firm)
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(firm.warehouse)],
        cwd=HOUSE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert holder.stdout is not None and holder.stdout.readline() == "held\n"
        with pytest.raises(FirmUnusable) as failure:
            load(firm, patience=0.3)
        (finding,) = failure.value.findings
        assert finding.code == "warehouse-locked"
        assert f"process {holder.pid}" in finding.message
    finally:
        holder.kill()
        holder.wait()
    assert load(firm, patience=5).findings == ()


def test_killed_in_the_middle_of_a_load_the_warehouse_keeps_the_last_whole_one(firm):
    before = load(firm)
    firm.cell("alpha/lots.csv", 2, "cost_basis", "21000.00")
    victim = subprocess.Popen(
        [sys.executable, "-c", DIE_HALFWAY, str(firm.root), str(firm.warehouse)], cwd=HOUSE, stdout=subprocess.PIPE, text=True
    )
    assert victim.stdout is not None and victim.stdout.readline() == "half\n"
    os.kill(victim.pid, signal.SIGKILL)
    victim.wait()
    assert ask(firm, "SELECT cost_basis::VARCHAR FROM marts.tax_lots WHERE lot_id = 'L1'") == [("20000.000000",)]
    assert ask(firm, "SELECT count(*) FROM land.source_file WHERE status <> 'current'") == [(0,)]
    completed = load(firm)
    assert completed.marts.tax_lots.height == before.marts.tax_lots.height
    assert remembered(completed) == ["superseded-file"]


def test_a_file_that_is_no_warehouse_is_said(firm):
    firm.warehouse.write_bytes(b"not a database, " * 100)
    assert codes_of_failure(firm) == ["warehouse-unreadable"]


def test_marts_of_an_older_version_are_built_again_from_what_was_landed(firm):
    first = load(firm)
    ask(firm, "ALTER TABLE marts.tax_lots DROP COLUMN covered")
    ask(firm, "UPDATE land.version SET marts = 'older'")
    again = load(firm)
    assert again.marts.tax_lots.equals(first.marts.tax_lots)
    assert ask(firm, "SELECT max(file_no) FROM land.source_file") == [(len(EXTRACTS),)]


HOLD = """
import sys, time
from pathlib import Path
from flows.warehouse import open_warehouse
with open_warehouse(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""
DIE_HALFWAY = """
import sys, time
from pathlib import Path
import flows.ingest
def stop(*_):
    print("half", flush=True)
    time.sleep(60)
land = flows.ingest.land
def land_and_stop(*words):
    land(*words)
    stop()
flows.ingest.land = land_and_stop
flows.ingest.ingest(Path(sys.argv[1]), None, Path(sys.argv[2]))
"""
