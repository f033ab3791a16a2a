-- One row per total that a file states, beside what its rows add up to (mapped or not: a total is of the file).
--   scope file             all rows of the file named (a manifest speaks of other files of its folder), or of its own
--   scope account…         the rows of that account (and symbol) in the total's own file; cash is part of a market value
INSERT INTO marts.control_totals
WITH
stated AS (
    SELECT t.*, f.custodian, f.file_order, TRY_CAST(t.reported AS DECIMAL(24, 8)) AS amount,
        CASE WHEN strpos(t.reported, '.') > 0 THEN length(t.reported) - strpos(t.reported, '.') ELSE 0 END AS decimals,
        coalesce(o.file_no, CASE WHEN coalesce(t.of_file, '') = '' THEN t.file_no END) AS about
    FROM land.control_totals AS t
    JOIN this_file AS f ON f.file_no = t.file_no
    LEFT JOIN this_file AS o
        ON t.of_file <> '' AND o.custodian = f.custodian AND regexp_extract(o.path, '[^/]*$') = regexp_extract(t.of_file, '[^/]*$')
),
rows_ AS (
    SELECT file_no, account_ref, symbol, 'positions' AS table_name, quantity, market_value, cost_basis FROM staging.positions
    UNION ALL SELECT file_no, account_ref, symbol, 'tax_lots', quantity, NULL, cost_basis FROM staging.tax_lots
    UNION ALL SELECT file_no, account_ref, NULL, 'cash', NULL, settled_cash + unsettled_cash, NULL FROM staging.cash
    UNION ALL SELECT file_no, account_ref, symbol, 'transactions', quantity, NULL, NULL FROM staging.transactions
    UNION ALL SELECT file_no, account_ref, symbol, 'realized', quantity, NULL, cost_basis FROM staging.realized
),
parts AS (
    SELECT t.file_no, t.line_no, t.measure, t.scope, t.account_ref, t.symbol, t.of_file, r.table_name,
        count(*) AS addends,
        CASE t.measure WHEN 'quantity' THEN sum(r.quantity) WHEN 'market_value' THEN sum(r.market_value) WHEN 'cost_basis' THEN sum(r.cost_basis) END
            AS total,
        bool_or(t.measure = 'cost_basis' AND r.cost_basis IS NULL AND r.table_name <> 'cash') AS has_gap
    FROM stated AS t
    JOIN rows_ AS r ON r.file_no = t.about
        AND (t.scope = 'file' OR coalesce(t.account_ref, '') = '' OR r.account_ref = t.account_ref)
        AND (t.scope = 'file' OR coalesce(t.symbol, '') = '' OR r.symbol = t.symbol)
    WHERE t.measure NOT IN ('rows', 'records')
    GROUP BY t.file_no, t.line_no, t.measure, t.scope, t.account_ref, t.symbol, t.of_file, r.table_name
),
addends AS (
    -- Where a file nests lots under positions, both say the same: lots speak for quantities, positions for values.
    -- What one addend does not state cannot be tied: the total stays empty.
    SELECT file_no, line_no, measure, scope, account_ref, symbol, of_file, sum(addends) AS addends,
        CASE
            WHEN bool_or(has_gap) THEN NULL
            WHEN measure = 'market_value' THEN sum(total) FILTER (table_name IN ('positions', 'cash'))
            ELSE coalesce(sum(total) FILTER (table_name = 'tax_lots'), sum(total) FILTER (table_name <> 'tax_lots'))
        END AS total
    FROM parts
    GROUP BY file_no, line_no, measure, scope, account_ref, symbol, of_file
)
SELECT
    getvariable('snapshot_no'), t.custodian, t.file_no, t.line_no, t.scope, coalesce(t.account_ref, ''), coalesce(t.symbol, ''), t.measure,
    coalesce(t.of_file, ''), t.amount, t.decimals,
    CASE
        WHEN t.measure = 'rows' THEN (SELECT s.facts + s.rejects FROM land.source_file AS s WHERE s.file_no = t.about)::DECIMAL(24, 8)
        WHEN t.measure = 'records' THEN (SELECT s.detail_count FROM land.source_file AS s WHERE s.file_no = t.about)::DECIMAL(24, 8)
        WHEN a.file_no IS NULL THEN 0
        ELSE a.total
    END,
    coalesce(a.addends, 0), coalesce(o.rejects, 0), t.about IS NOT NULL
FROM stated AS t
LEFT JOIN this_file AS o ON o.file_no = t.about
LEFT JOIN addends AS a
    ON a.file_no = t.file_no AND a.line_no = t.line_no AND a.measure = t.measure AND a.scope IS NOT DISTINCT FROM t.scope
    AND a.account_ref IS NOT DISTINCT FROM t.account_ref AND a.symbol IS NOT DISTINCT FROM t.symbol
    AND a.of_file IS NOT DISTINCT FROM t.of_file
ORDER BY t.file_order, t.line_no, t.measure;
