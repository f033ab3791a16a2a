-- One row per delivered row that became no fact, with its account where that could be read.
INSERT INTO marts.rejected
WITH all_rejects AS (
    SELECT file_no, line_no AS line, table_name, account_ref, column_name, reason, raw FROM land.reject
    UNION ALL BY NAME
    SELECT file_no, line, table_name, account_ref, column_name, reason, raw FROM staging.unreadable
    WHERE file_no IN (SELECT file_no FROM this_file)
)
SELECT
    getvariable('snapshot_no'), f.custodian, r.file_no, r.line, coalesce(r.table_name, ''), coalesce(r.account_ref, ''),
    coalesce(a.account_id, ''), coalesce(a.household_id, ''), coalesce(r.column_name, ''), r.reason, r.raw
FROM all_rejects AS r
JOIN this_file AS f ON f.file_no = r.file_no
LEFT JOIN this_account AS a ON a.custodian = f.custodian AND a.custodian_ref = r.account_ref
ORDER BY f.file_order, r.line, coalesce(r.column_name, ''), r.reason;
