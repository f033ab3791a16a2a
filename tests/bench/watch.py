# ruff: noqa: E501  (questions stand here as they read best)
"""Who is due in a book of a million households: `python -m tests.bench.watch FOLDER --households 1000000` makes the marts, then scans.

The marts are written by SQL, ordered by household as a load leaves them: two accounts to a household, ten lots to an account. Days since
the last rebalance run from 0 to 399, one household in fifty has a cash order, every tenth lot stands at a loss.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Sequence
from pathlib import Path

from flows.nightly.monitor import watch
from flows.warehouse import Warehouse, open_warehouse
from rules.load import load_policy
from tests.bench.book import MODELS
from tests.bench.market import AS_OF, SECURITIES, write_market

PREPARE = f"""
CREATE TEMP TABLE listed AS SELECT * FROM (VALUES {{listed}}) AS t(place, symbol, price, asset_class);
INSERT INTO marts.snapshot VALUES (1, 'bench', '{AS_OF}', 'bench');
INSERT INTO marts.households BY NAME SELECT 1 AS snapshot_no, format('L{{{{:07d}}}}', h) household_id, 'Household' AS name,
    'adviser ' || h % 50 AS advisor, [{{models}}][1 + h % 3] AS model,
    DATE '{AS_OF}' - ((h * 7919) % 400)::INTEGER AS last_rebalanced, '' AS mode, h + 2 AS line FROM range({{households}}) t(h);
INSERT INTO marts.taxpayers BY NAME SELECT 1 AS snapshot_no, format('T{{{{:07d}}}}', h) taxpayer_id, format('L{{{{:07d}}}}', h) household_id,
    'single' filing_status, 'TX' state, 90000 ordinary_income, h + 2 AS line FROM range({{households}}) t(h);
INSERT INTO marts.accounts BY NAME SELECT 1 AS snapshot_no, format('A{{{{:08d}}}}', a) account_id, format('L{{{{:07d}}}}', a // 2) household_id,
    format('T{{{{:07d}}}}', a // 2) taxpayer_id, 'fielding' custodian, format('A{{{{:08d}}}}', a) custodian_ref,
    ['taxable', 'tax_deferred'][1 + a % 2] tax_treatment, 'managed' status, a + 2 AS line FROM range(2 * {{households}}) t(a);
INSERT INTO marts.cash_orders BY NAME SELECT 1 AS snapshot_no, '' account_id, format('L{{{{:07d}}}}', h * 50) household_id,
    ['withdrawal', 'contribution'][1 + h % 2] kind, 5000 amount, DATE '{AS_OF}' + (h % 5)::INTEGER - 2 AS due, h + 2 AS line
    FROM range({{households}} // 50) t(h);
INSERT INTO marts.cash BY NAME SELECT 1 AS snapshot_no, format('L{{{{:07d}}}}', a // 2) household_id, format('A{{{{:08d}}}}', a) account_id,
    'USD' currency, 6000 settled_cash, 0 unsettled_cash, 1 AS file_no, a + 2 AS line FROM range(2 * {{households}}) t(a);
INSERT INTO marts.tax_lots BY NAME SELECT 1 AS snapshot_no, format('L{{{{:07d}}}}', i // 20) household_id, format('A{{{{:08d}}}}', i // 10) account_id,
    s.symbol, '' disputed_symbol, i // 10 % 2 = 0 AS is_taxable, 'N' || i % 10 AS lot_id, false is_derived,
    DATE '{AS_OF}' - (hash(i + 7) % 3000)::INTEGER AS acquired_date, NULL::DATE AS holding_from, (1 + hash(i) % 400)::DECIMAL(24, 8) quantity,
    0 decimals, ((1 + hash(i) % 400) * s.price * CASE WHEN hash(i + 3) % 10 = 0 THEN 1.1 ELSE 0.8 END)::DECIMAL(24, 6) cost_basis,
    true covered, 1 AS file_no, i + 2 AS line
    FROM range(20 * {{households}}) t(i) JOIN listed AS s ON s.place = (i // 10 * 7 + i % 10 % 4) % (SELECT count(*) FROM listed);
INSERT INTO marts.positions BY NAME SELECT 1 AS snapshot_no, household_id, account_id, symbol, '' cusip, true is_known, '' disputed_symbol,
    '' AS sub_account, '' AS description, sum(quantity) quantity, sum(quantity) settled_quantity, 0 pending_split_quantity,
    0 market_value, false is_short, 1 AS file_no, 0 AS line FROM marts.tax_lots GROUP BY household_id, account_id, symbol;
"""
MARKET = f"""
INSERT INTO marts.securities BY NAME SELECT 1 AS snapshot_no, symbol, symbol AS cusip, symbol AS name, 'etf' security_type, symbol AS identity_group,
    asset_class AS equivalent_group, 1 AS half_spread_bps, false whole_shares, symbol AS issuer, place + 2 AS line FROM listed;
INSERT INTO marts.exposures BY NAME SELECT 1 AS snapshot_no, symbol, asset_class, 1 AS weight, place + 2 AS line FROM listed;
INSERT INTO marts.prices BY NAME SELECT 1 AS snapshot_no, symbol, DATE '{AS_OF}' AS date, price, 'close' AS source, place + 2 AS line FROM listed;
"""
RULES = """rules:
  - {kind: cadence, id: cadence, title: At least yearly and at most monthly, min_days: 30, max_days: 365, drift_trigger_frac: 0.05}
  - {kind: harvest, id: harvest, title: Losses worth having, min_loss_usd: 250, min_loss_frac: 0.01}
  - {kind: wash_sale, id: wash, title: No washed losses}
  - {kind: cash, id: cash, title: Keep a percent in cash, min_frac: 0.001}
"""


def make_marts(house: Warehouse, households: int) -> None:
    """Write the book's marts into an empty warehouse."""
    listed = ", ".join(f"({place}, '{each.symbol}', {each.price}, '{each.asset_class}')" for place, each in enumerate(SECURITIES))
    models = ", ".join(f"'{name}'" for name in MODELS)
    for statement in (PREPARE.format(listed=listed, models=models, households=households) + MARKET).split(";\n"):
        if statement.strip():
            house.connection.execute(statement)


def write_policy(firm: Path) -> None:
    """A firm of three models whose rules every household is under."""
    (firm / "reference").mkdir(parents=True, exist_ok=True)
    write_market(firm / "reference")
    (firm / "policy" / "firm").mkdir(parents=True, exist_ok=True)
    targets = "".join(
        f"  - kind: target\n    id: {name}\n    title: {name}\n    weights_frac: "
        + "{" + ", ".join(f"{part}: {weight}" for part, weight in {**parts, 'cash': round(1 - sum(parts.values()), 2)}.items()) + "}\n"
        for name, parts in MODELS.items()
    )  # fmt: skip
    (firm / "policy" / "firm" / "rules.yaml").write_text(RULES + targets, encoding="utf-8")


def peak_gb() -> float:
    """The most memory that this process has held so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def main(arguments: Sequence[str] | None = None) -> None:
    """Make the marts where the folder has none yet, and scan them; run twice, the second time tells the scan's own memory."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.watch", description=main.__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--households", type=int, default=1_000_000)
    given = parser.parse_args(arguments)
    warehouse = given.folder / f"{given.households}.duckdb"
    if not warehouse.exists():
        began = time.perf_counter()
        with open_warehouse(warehouse) as house:
            make_marts(house, given.households)
        print(f"marts of {given.households:,} households in {time.perf_counter() - began:.1f} s")
    write_policy(given.folder / "firm")
    policy, findings = load_policy(given.folder / "firm", AS_OF)
    assert policy is not None, findings
    with open_warehouse(warehouse) as house:
        lots = (house.first("SELECT count(*) FROM marts.tax_lots") or (0,))[0]
        wall, cpu, before = time.perf_counter(), time.process_time(), peak_gb()
        seen = watch(house, 1, AS_OF, policy)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(
        f"{seen.rows.height:,} households, {lots:,} lots: {wall:.1f} s, {cpu:.1f} s of CPU, peak {peak_gb():.2f} GB ({before:.2f} before)"
    )
    print(f"{seen.due.height:,} due, {seen.to_harvest.height:,} with losses worth taking, {seen.asked:,} asked one by one")
    for reason, count in seen.rows.filter("is_due").group_by("reason").len().sort("len", descending=True).iter_rows():
        print(f"  {reason:<12} {count:,}")


if __name__ == "__main__":
    main()
