-- One row per realised lot of a mapped account; overlapping reports are merged like transactions.
INSERT INTO marts.realized
WITH
mapped AS (
    SELECT a.household_id, a.account_id, a.taxpayer_id, a.is_taxable, f.file_order, r.*
    FROM staging.realized AS r
    JOIN this_file AS f ON f.file_no = r.file_no
    JOIN this_account AS a ON a.custodian = f.custodian AND a.custodian_ref = r.account_ref
    WHERE r.sold_date IS NOT NULL AND r.quantity IS NOT NULL
),
numbered AS (
    SELECT *, row_number() OVER (
        PARTITION BY file_no, account_id, symbol, lot_id, acquired_date, sold_date, quantity, proceeds, cost_basis ORDER BY line
    ) AS twin
    FROM mapped
),
merged AS (
    SELECT *
    FROM numbered
    QUALIFY row_number() OVER (
        PARTITION BY account_id, symbol, lot_id, acquired_date, sold_date, quantity, proceeds, cost_basis, twin ORDER BY file_order
    ) = 1
)
SELECT
    getvariable('snapshot_no'), m.household_id, m.account_id, m.taxpayer_id, m.is_taxable, coalesce(s.symbol, n.symbol, c.symbol, m.symbol, ''),
    coalesce(m.lot_id, ''), m.acquired_date, m.sold_date, m.quantity, m.proceeds, m.cost_basis, m.wash_disallowed,
    coalesce(m.term_reported, ''), m.file_no, m.line
FROM merged AS m
LEFT JOIN this_symbol AS s ON s.symbol = m.symbol
LEFT JOIN this_alias AS n ON n.alias = m.symbol AND m.sold_date BETWEEN n.starts AND n.ends
LEFT JOIN this_cusip AS c ON c.cusip = m.symbol
ORDER BY m.household_id, m.account_id, m.sold_date, m.file_order, m.line;
