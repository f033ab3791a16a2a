-- One row per delivered lot of a mapped account. A custodian's lot id is kept; where there is none, one is derived from
-- what a partial sale leaves unchanged: acquisition date, unit cost, and an ordinal among equals.
INSERT INTO marts.tax_lots
WITH
mapped AS (
    SELECT a.household_id, a.account_id, a.is_taxable, f.file_order, l.*
    FROM staging.tax_lots AS l
    JOIN this_file AS f ON f.file_no = l.file_no
    JOIN this_account AS a ON a.custodian = f.custodian AND a.custodian_ref = l.account_ref
    WHERE l.quantity IS NOT NULL
),
resolved AS (
    SELECT
        m.* EXCLUDE (symbol, cusip),
        coalesce(s.symbol, n.symbol, c.symbol, m.symbol, m.cusip, '') AS symbol,
        CASE WHEN coalesce(s.symbol, n.symbol) <> c.symbol THEN c.symbol WHEN s.cusip <> m.cusip THEN m.cusip ELSE '' END AS disputed_symbol
    FROM mapped AS m
    LEFT JOIN this_symbol AS s ON s.symbol = m.symbol
    LEFT JOIN this_alias AS n ON n.alias = m.symbol AND getvariable('as_of')::DATE BETWEEN n.starts AND n.ends
    LEFT JOIN this_cusip AS c ON c.cusip = coalesce(m.cusip, m.symbol)
),
stems AS (
    SELECT
        *,
        coalesce(strftime(acquired_date, '%Y-%m-%d'), 'undated') || '@'
        || coalesce(round(cost_basis::DOUBLE / nullif(quantity, 0)::DOUBLE, 6)::DECIMAL(24, 6)::VARCHAR, 'unknown') AS stem
    FROM resolved
    WHERE lot_id IS NULL
),
identified AS (
    SELECT * EXCLUDE (lot_id), lot_id, false AS is_derived FROM resolved WHERE lot_id IS NOT NULL
    UNION ALL BY NAME
    SELECT
        * EXCLUDE (lot_id, stem),
        stem || '#' || row_number() OVER (PARTITION BY account_id, symbol, stem ORDER BY quantity, file_order, line) AS lot_id,
        true AS is_derived
    FROM stems
)
SELECT
    getvariable('snapshot_no'), household_id, account_id, symbol, disputed_symbol, is_taxable, lot_id, is_derived,
    acquired_date, holding_from, quantity, decimals, cost_basis, covered, file_no, line
FROM identified
ORDER BY household_id, account_id, symbol, file_order, line;
