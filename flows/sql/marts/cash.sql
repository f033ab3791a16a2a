-- One row per delivered cash row of a mapped account.
INSERT INTO marts.cash
SELECT
    getvariable('snapshot_no'), a.household_id, a.account_id, c.currency, c.settled_cash, c.unsettled_cash, c.file_no, c.line
FROM staging.cash AS c
JOIN this_file AS f ON f.file_no = c.file_no
JOIN this_account AS a ON a.custodian = f.custodian AND a.custodian_ref = c.account_ref
ORDER BY a.household_id, a.account_id, f.file_order, c.line;
