"""A very large book, for measuring ingest and gate alone: `python -m tests.bench.large FOLDER --lots 10000000`.

Ten lots to an account, four accounts to a household: ten million lots are a million accounts of 250,000 households. DuckDB
writes it in seconds; it is uniform and dull on purpose, where tests/bench/book.py draws households as they are.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import duckdb

from tests.bench.market import AS_OF, SECURITIES, write_market

ACCOUNTS_OF_HOUSEHOLD, LOTS_OF_ACCOUNT, HOLDINGS_OF_ACCOUNT = 4, 10, 4
CUSTODIAN = "fielding"

REFERENCE = {
    "households": """SELECT format('L{:07d}', h) household_id, 'Household ' || h AS name, 'Ruth Amsel' advisor, 'balanced_60_40' model,
        '' last_rebalanced, '' AS mode FROM range(households()) t(h) ORDER BY h""",
    "taxpayers": """SELECT format('T{:07d}', h) taxpayer_id, format('L{:07d}', h) household_id, 'single' filing_status, 'TX' state,
        90000 ordinary_income, 0 taxable_interest, 0 nonqualified_dividends, 0 qualified_dividends, '' deduction,
        '' deduction_amt_addback, 0 st_carryforward, 0 lt_carryforward, 0 realized_st_ytd, 0 realized_lt_ytd
        FROM range(households()) t(h) ORDER BY h""",
    "owners": """SELECT format('owner {:07d}', h) AS owner, format('T{:07d}', h) taxpayer_id, '1970-01-01' birth_date, '' spouse_of
        FROM range(households()) t(h) ORDER BY h""",
    "accounts": """SELECT format('A{:08d}', a) account_id, format('L{:07d}', a // 4) household_id, format('T{:07d}', a // 4) taxpayer_id,
        format('owner {:07d}', a // 4) AS owner, 'fielding' custodian, format('A{:08d}', a) custodian_ref, 'x' registration,
        ['taxable', 'tax_deferred', 'taxable', 'tax_exempt'][a % 4 + 1] tax_treatment, 'managed' status, '' relief_method,
        'false' reinvest_dividends FROM range(4 * households()) t(a) ORDER BY a""",
    "flows": "SELECT '' account_id, '' household_id, '' kind, '' amount, '' due WHERE false",
    "held_away": "SELECT '' taxpayer_id, '' symbol, '' trade_date, '' side, '' quantity WHERE false",
}
LOT = """SELECT i // 10 AS a, i % 10 AS n, s.symbol, s.price, 1 + hash(i) % 400 AS quantity,
    DATE '2026-11-01' - (hash(i + 7) % 3000)::INTEGER AS acquired_date
    FROM range(lots()) t(i) JOIN security s ON s.place = (i // 10 * 7 + i % 10 % 4) % (SELECT count(*) FROM security)"""
EXTRACTS = {
    "lots": """SELECT format('A{:08d}', a) account, symbol, symbol || '-' || n AS lot_id, acquired_date, quantity,
        (quantity * price * 0.8)::DECIMAL(18, 2) cost_basis, 'true' covered FROM lot ORDER BY a, n""",
    "positions": """SELECT format('A{:08d}', a) account, symbol, sum(quantity)::BIGINT quantity,
        (sum(quantity) * any_value(price))::DECIMAL(18, 2) market_value FROM lot GROUP BY a, symbol ORDER BY a, symbol""",
    "cash": "SELECT format('A{:08d}', a) account, '1000.00' settled_cash, '0' unsettled_cash FROM range(4 * households()) t(a) ORDER BY a",
}


def write_large(folder: Path, lots: int) -> Path:
    """Write the firm's reference data and one delivery, with a manifest that ties, and return the folder."""
    extracts = folder / "extracts" / str(AS_OF) / CUSTODIAN
    for place in (folder / "reference", extracts):
        place.mkdir(parents=True, exist_ok=True)
    write_market(folder / "reference")
    households = lots // (ACCOUNTS_OF_HOUSEHOLD * LOTS_OF_ACCOUNT)
    with duckdb.connect(config={"memory_limit": "2GB", "threads": 2, "temp_directory": str(folder / "spill")}) as engine:
        engine.execute(f"CREATE MACRO households() AS {households}")
        engine.execute(f"CREATE MACRO lots() AS {households * ACCOUNTS_OF_HOUSEHOLD * LOTS_OF_ACCOUNT}")
        engine.execute("CREATE TABLE security (place BIGINT, symbol VARCHAR, price DECIMAL(18, 2))")
        rows = [(place, listed.symbol, listed.price) for place, listed in enumerate(SECURITIES)]
        engine.executemany("INSERT INTO security VALUES (?, ?, ?)", rows)
        engine.execute(f"CREATE TABLE lot AS {LOT}")
        for place, questions in ((folder / "reference", REFERENCE), (extracts, EXTRACTS)):
            for name, question in questions.items():
                engine.execute(f"COPY ({question}) TO '{place / name}.csv' (HEADER)")
        engine.execute(
            f"""COPY (
                SELECT 'lots.csv' AS file, '{AS_OF}' AS as_of, count(*) AS rows, sum(quantity)::BIGINT AS sum_quantity,
                    NULL AS sum_market_value FROM lot
                UNION ALL SELECT 'positions.csv', '{AS_OF}', count(*), sum(quantity)::BIGINT, sum(market_value)
                    FROM ({EXTRACTS["positions"]})
                UNION ALL SELECT 'cash.csv', '{AS_OF}', 4 * households(), NULL, NULL
            ) TO '{extracts / "manifest.csv"}' (HEADER)"""
        )
    return folder


def write_pershing(path: Path, records: int) -> Path:
    """Write one GCUS file of so many position records (pairs of 750 characters) and its counted trailer, ten to an account."""
    pairs = records // 2
    day = AS_OF.strftime("%m/%d/%Y")
    first = f"BOF      PERSHING GLOBAL CUST POS    DATA OF  {day} TO REMOTE ABCD BEGINS HERE  {day} 04:12:33            REFRESHED"
    last = f"EOF      PERSHING GLOBAL CUST POS    TOTAL DETAIL RECORDS: {2 * pairs:010d}"
    quantity = "format('{:018d}+', 100000 * (1 + hash(i) % 400))"
    position = f"""'GCA' || format('{{:08d}}', 2 * i + 1) || format('P{{:08d}}', i // 5) || '1' || format('{{:09d}}', i % 40)
        || repeat(' ', 24) || 'USD' || repeat(' ', 16) || {quantity} || {quantity} || repeat(' ', 171) || repeat('0', 18) || '+'
        || repeat(' ', 133) || rpad(format('S{{}}', i % 40), 9, ' ') || repeat(' ', 221)
        || format('{{:018d}}+', 50000 * (1 + hash(i) % 400)) || repeat(' ', 66)
        || 'X'"""
    filler = "'GCB' || format('{:08d}', 2 * i + 2) || repeat(' ', 738) || 'X'"
    with path.open("w", encoding="ascii") as file, duckdb.connect(config={"memory_limit": "1GB", "threads": 2}) as engine:
        file.write(first + "\n")
        answer = engine.execute(f"SELECT {position} || chr(10) || {filler} FROM range({pairs}) t(i)")
        while rows := answer.fetchmany(10_000):
            file.write("\n".join(row[0] for row in rows) + "\n")
        file.write(last + "\n")
    return path


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the book from the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.large", description=write_large.__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--lots", type=int, default=10_000_000)
    parser.add_argument("--pershing", type=int, help="write one GCUS file FOLDER of so many detail records instead")
    given = parser.parse_args(arguments)
    print(write_pershing(given.folder, given.pershing) if given.pershing else write_large(given.folder, given.lots))


if __name__ == "__main__":
    main()
