-- One row per transaction of a mapped account. Twins inside one file are real; the same rows in two overlapping files
-- count as often as the file that has most of them (count-max merge).
INSERT INTO marts.transactions
WITH
mapped AS (
    SELECT a.household_id, a.account_id, f.file_order, t.*
    FROM staging.transactions AS t
    JOIN this_file AS f ON f.file_no = t.file_no
    JOIN this_account AS a ON a.custodian = f.custodian AND a.custodian_ref = t.account_ref
    WHERE t.trade_date IS NOT NULL
),
numbered AS (
    SELECT *, row_number() OVER (PARTITION BY file_no, account_id, trade_date, action, symbol, quantity, price, amount ORDER BY line) AS twin
    FROM mapped
),
merged AS (
    SELECT *
    FROM numbered
    QUALIFY row_number() OVER (PARTITION BY account_id, trade_date, action, symbol, quantity, price, amount, twin ORDER BY file_order) = 1
)
SELECT
    getvariable('snapshot_no'), m.household_id, m.account_id, coalesce(s.symbol, n.symbol, c.symbol, m.symbol, ''), m.trade_date, m.settle_date,
    m.action, m.quantity, m.price, m.amount, m.file_no, m.line
FROM merged AS m
LEFT JOIN this_symbol AS s ON s.symbol = m.symbol
LEFT JOIN this_alias AS n ON n.alias = m.symbol AND m.trade_date BETWEEN n.starts AND n.ends
LEFT JOIN this_cusip AS c ON c.cusip = m.symbol
ORDER BY m.household_id, m.account_id, m.trade_date, m.file_order, m.line;
