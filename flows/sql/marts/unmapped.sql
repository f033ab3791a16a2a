-- One row per file, table and account reference that the explicit map does not know: it belongs to no household.
INSERT INTO marts.unmapped
WITH rows_ AS (
    SELECT file_no, line, account_ref, 'positions' AS table_name, market_value FROM staging.positions
    UNION ALL SELECT file_no, line, account_ref, 'tax_lots', NULL FROM staging.tax_lots
    UNION ALL SELECT file_no, line, account_ref, 'cash', settled_cash + unsettled_cash FROM staging.cash
    UNION ALL SELECT file_no, line, account_ref, 'transactions', NULL FROM staging.transactions
    UNION ALL SELECT file_no, line, account_ref, 'realized', NULL FROM staging.realized
)
SELECT
    getvariable('snapshot_no'), f.custodian, coalesce(r.account_ref, ''), r.table_name, r.file_no, min(r.line), count(*),
    sum(r.market_value)
FROM rows_ AS r
JOIN this_file AS f ON f.file_no = r.file_no
ANTI JOIN this_account AS a ON a.custodian = f.custodian AND a.custodian_ref = r.account_ref
GROUP BY f.custodian, coalesce(r.account_ref, ''), r.table_name, r.file_no, f.file_order
ORDER BY f.file_order, min(r.line), r.table_name;
